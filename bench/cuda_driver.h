// NVIDIA's driver as hinge_bench_cuda needs it beside Hinge's calls: streams, events, graphs, bare
// launches, and kernels to compare with.
#pragma once

#include <cstddef>
#include <dlfcn.h>
#include <stdexcept>
#include <string>

namespace hinge::bench {

/// Handles are opaque. Optional functions are null where it has none.
struct Driver {
#define HINGE_BENCH_DRIVER(REQUIRED, OPTIONAL)                                                     \
  REQUIRED(get_error_name, "cuGetErrorName", int, const char **)                                   \
  REQUIRED(device_get, "cuDeviceGet", int *, int)                                                  \
  REQUIRED(device_get_attribute, "cuDeviceGetAttribute", int *, int, int)                          \
  REQUIRED(stream_create, "cuStreamCreate", void **, unsigned)                                     \
  REQUIRED(stream_synchronize, "cuStreamSynchronize", void *)                                      \
  REQUIRED(event_create, "cuEventCreate", void **, unsigned)                                       \
  REQUIRED(event_record, "cuEventRecord", void *, void *)                                          \
  REQUIRED(event_synchronize, "cuEventSynchronize", void *)                                        \
  REQUIRED(event_elapsed_time, "cuEventElapsedTime", float *, void *, void *)                      \
  REQUIRED(module_load_data, "cuModuleLoadDataEx", void **, const void *, unsigned, int *,         \
           void **)                                                                                \
  REQUIRED(module_get_function, "cuModuleGetFunction", void **, void *, const char *)              \
  REQUIRED(launch_kernel, "cuLaunchKernel", void *, unsigned, unsigned, unsigned, unsigned,        \
           unsigned, unsigned, unsigned, void *, void **, void **)                                 \
  REQUIRED(copy, "cuMemcpyDtoDAsync_v2", unsigned long long, unsigned long long, std::size_t,      \
           void *)                                                                                 \
  OPTIONAL(total_mem, "cuDeviceTotalMem_v2", std::size_t *, int)                                   \
  OPTIONAL(begin_capture, "cuStreamBeginCapture_v2", void *, int)                                  \
  OPTIONAL(end_capture, "cuStreamEndCapture", void *, void **)                                     \
  OPTIONAL(graph_instantiate, "cuGraphInstantiateWithFlags", void **, void *, unsigned long long)  \
  OPTIONAL(graph_launch, "cuGraphLaunch", void *, void *)                                          \
  OPTIONAL(graph_exec_destroy, "cuGraphExecDestroy", void *)                                       \
  OPTIONAL(graph_destroy, "cuGraphDestroy", void *)
#define HINGE_DECLARE(name, symbol, ...) int (*name)(__VA_ARGS__) = nullptr;
  HINGE_BENCH_DRIVER(HINGE_DECLARE, HINGE_DECLARE)
#undef HINGE_DECLARE

  Driver() {
    void *library = nullptr;
    for (const char *name : {"libcuda.so.1", "libcuda.so"})
      if (!library)
        library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library)
      throw std::runtime_error("libcuda.so.1 could not be loaded");
#define HINGE_OPTIONAL(name, symbol, ...)                                                          \
  name = reinterpret_cast<decltype(name)>(dlsym(library, symbol));
#define HINGE_REQUIRED(name, symbol, ...)                                                          \
  HINGE_OPTIONAL(name, symbol, )                                                                   \
  if (!name)                                                                                       \
    throw std::runtime_error("the driver has no " symbol);
    HINGE_BENCH_DRIVER(HINGE_REQUIRED, HINGE_OPTIONAL)
#undef HINGE_REQUIRED
#undef HINGE_OPTIONAL
  }

  void check(int error, const char *what) const {
    const char *name = nullptr;
    if (error)
      throw std::runtime_error(std::string(what) + ": " +
                               (get_error_name(error, &name) || !name ? "unknown error" : name));
  }
  bool has_graphs() const {
    return begin_capture && end_capture && graph_instantiate && graph_launch &&
           graph_exec_destroy && graph_destroy;
  }
};

/// Six parameters and nothing to do; copies of 1 and 4 float4 a thread; ReLU of a float a thread.
inline constexpr const char *ptx = R"(
.version 6.0
.target sm_70
.address_size 64
.visible .entry empty(.param .u64 a, .param .u64 b, .param .u64 c, .param .u64 d, .param .u32 e,
                      .param .u32 f)
{
  ret;
}
.visible .entry copy1(.param .u64 to, .param .u64 from)
{
  .reg .b32 %r<4>;
  .reg .b64 %d<4>;
  .reg .f32 %f<5>;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %tid.x;
  mad.lo.s32 %r3, %r1, 256, %r2;
  mul.wide.u32 %d3, %r3, 16;
  ld.param.u64 %d1, [to];
  ld.param.u64 %d2, [from];
  add.s64 %d1, %d1, %d3;
  add.s64 %d2, %d2, %d3;
  ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%d2];
  st.global.v4.f32 [%d1], {%f1, %f2, %f3, %f4};
  ret;
}
.visible .entry copy4(.param .u64 to, .param .u64 from)
{
  .reg .b32 %r<4>;
  .reg .b64 %d<4>;
  .reg .f32 %f<17>;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %tid.x;
  mad.lo.s32 %r3, %r1, 1024, %r2;
  mul.wide.u32 %d3, %r3, 16;
  ld.param.u64 %d1, [to];
  ld.param.u64 %d2, [from];
  add.s64 %d1, %d1, %d3;
  add.s64 %d2, %d2, %d3;
  ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%d2];
  ld.global.v4.f32 {%f5, %f6, %f7, %f8}, [%d2+4096];
  ld.global.v4.f32 {%f9, %f10, %f11, %f12}, [%d2+8192];
  ld.global.v4.f32 {%f13, %f14, %f15, %f16}, [%d2+12288];
  st.global.v4.f32 [%d1], {%f1, %f2, %f3, %f4};
  st.global.v4.f32 [%d1+4096], {%f5, %f6, %f7, %f8};
  st.global.v4.f32 [%d1+8192], {%f9, %f10, %f11, %f12};
  st.global.v4.f32 [%d1+12288], {%f13, %f14, %f15, %f16};
  ret;
}
.visible .entry relu(.param .u64 to, .param .u64 from)
{
  .reg .b32 %r<2>;
  .reg .b64 %d<4>;
  .reg .f32 %f<2>;
  mov.u32 %r1, %tid.x;
  mul.wide.u32 %d3, %r1, 4;
  ld.param.u64 %d1, [to];
  ld.param.u64 %d2, [from];
  add.s64 %d1, %d1, %d3;
  add.s64 %d2, %d2, %d3;
  ld.global.f32 %f1, [%d2];
  max.f32 %f1, %f1, 0f00000000;
  st.global.f32 [%d1], %f1;
  ret;
}
)";

} // namespace hinge::bench

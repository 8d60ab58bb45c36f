// The emulator as a program sees it: functions found by name, and a context for kernels.
#pragma once

#include <gtest/gtest.h>

#include <dlfcn.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

inline constexpr int success = 0, invalid_value = 1, out_of_memory = 2, not_initialized = 3,
                     no_device = 100, invalid_context = 201, no_binary_for_gpu = 209,
                     invalid_ptx = 218, unsupported_ptx_version = 222, invalid_handle = 400,
                     not_ready = 600, illegal_address = 700, context_is_destroyed = 709,
                     misaligned_address = 716, launch_failed = 719;

using Pointer = unsigned long long;

inline void *library() {
  static void *const handle = dlopen(HINGE_GPU_EMULATOR_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  return handle;
}

/// Calls a function of the library: call<int(unsigned)>("cuInit", 0).
template <class Signature, class... Arguments>
auto call(const char *name, Arguments... arguments) {
  void *symbol = library() ? dlsym(library(), name) : nullptr;
  if (!symbol) {
    ADD_FAILURE() << name << " is not in " << HINGE_GPU_EMULATOR_LIBRARY;
    std::abort();
  }
  return reinterpret_cast<Signature *>(symbol)(arguments...);
}

inline int init() { return call<int(unsigned)>("cuInit", 0u); }
inline int retain(void **context, int device) {
  return call<int(void **, int)>("cuDevicePrimaryCtxRetain", context, device);
}
inline int release(int device) { return call<int(int)>("cuDevicePrimaryCtxRelease_v2", device); }
inline int set_current(void *context) { return call<int(void *)>("cuCtxSetCurrent", context); }
inline int synchronize() { return call<int()>("cuCtxSynchronize"); }
inline int allocate(Pointer *p, std::size_t size) {
  return call<int(Pointer *, std::size_t)>("cuMemAlloc_v2", p, size);
}
inline int deallocate(Pointer p) { return call<int(Pointer)>("cuMemFree_v2", p); }
inline int to_device(Pointer to, const void *from, std::size_t size) {
  return call<int(Pointer, const void *, std::size_t)>("cuMemcpyHtoD_v2", to, from, size);
}
inline int to_host(void *to, Pointer from, std::size_t size) {
  return call<int(void *, Pointer, std::size_t)>("cuMemcpyDtoH_v2", to, from, size);
}
inline int to_device_async(Pointer to, const void *from, std::size_t size, void *stream) {
  return call<int(Pointer, const void *, std::size_t, void *)>("cuMemcpyHtoDAsync_v2", to, from,
                                                               size, stream);
}
inline int to_host_async(void *to, Pointer from, std::size_t size, void *stream) {
  return call<int(void *, Pointer, std::size_t, void *)>("cuMemcpyDtoHAsync_v2", to, from, size,
                                                         stream);
}
inline int load(void **module, const std::string &ptx) {
  return call<int(void **, const void *)>("cuModuleLoadData", module,
                                          static_cast<const void *>(ptx.c_str()));
}
inline int get_function(void **function, void *module, const char *name) {
  return call<int(void **, void *, const char *)>("cuModuleGetFunction", function, module, name);
}
inline int create_stream(void **stream, unsigned flags) {
  return call<int(void **, unsigned)>("cuStreamCreate", stream, flags);
}
inline int synchronize(void *stream) { return call<int(void *)>("cuStreamSynchronize", stream); }
inline int query(void *stream) { return call<int(void *)>("cuStreamQuery", stream); }

struct Sizes {
  unsigned grid_x = 1, block_x = 1, shared = 0, block_y = 1, grid_y = 1, block_z = 1;
};
inline int launch(void *function, const Sizes &s, std::vector<void *> parameters,
                  void *stream = nullptr) {
  return call<int(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                  void *, void **, void **)>("cuLaunchKernel", function, s.grid_x, s.grid_y, 1u,
                                             s.block_x, s.block_y, s.block_z, s.shared, stream,
                                             parameters.data(), static_cast<void **>(nullptr));
}

inline const std::string header = ".version 6.0\n.target sm_70\n.address_size 64\n";

class Emulator : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_TRUE(library()) << dlerror();
    ASSERT_EQ(init(), success);
    ASSERT_EQ(retain(&context_, 0), success);
    ASSERT_EQ(set_current(context_), success);
  }
  void TearDown() override {
    EXPECT_EQ(set_current(nullptr), success);
    EXPECT_EQ(release(0), success);
    EXPECT_EQ(call<unsigned long long()>("hinge_gpu_emulator_live_bytes"), 0u);
  }

  static void *function(const std::string &ptx, const char *name = "k") {
    void *module = nullptr, *f = nullptr;
    EXPECT_EQ(load(&module, ptx), success) << ptx;
    EXPECT_EQ(get_function(&f, module, name), success);
    return f;
  }

  template <class T>
  static Pointer on_device(const std::vector<T> &host) {
    Pointer p = 0;
    EXPECT_EQ(allocate(&p, host.size() * sizeof(T)), success);
    EXPECT_EQ(to_device(p, host.data(), host.size() * sizeof(T)), success);
    return p;
  }

  template <class T>
  static std::vector<T> on_host(Pointer p, std::size_t count) {
    std::vector<T> host(count);
    EXPECT_EQ(to_host(host.data(), p, count * sizeof(T)), success);
    return host;
  }

  void *context_ = nullptr;
};

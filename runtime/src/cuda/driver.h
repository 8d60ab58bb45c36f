// NVIDIA's driver, loaded when it is first needed. The part of its interface that Hinge uses is
// declared here, with the names and values of cuda.h. So a build needs no CUDA toolkit.
#pragma once

#include "hinge/hinge.h"

#include <cstddef>
#include <cstdint>

namespace hinge::detail::cuda {

using Result = int;                 // CUresult
using Device = int;                 // CUdevice
using Address = unsigned long long; // CUdeviceptr
struct Context_;
struct Module_;
struct Function_;
struct Stream_;
using Context = Context_ *;
using Module = Module_ *;
using Function = Function_ *;
using Stream = Stream_ *;

inline constexpr Result success = 0, error_out_of_memory = 2, error_invalid_context = 201;

/// Whether a stream belongs to no context: CU_STREAM_LEGACY and CU_STREAM_PER_THREAD are streams of
/// the current one.
inline bool is_default_stream(const void *stream) {
  return reinterpret_cast<std::uintptr_t>(stream) <= 2;
}

enum PointerAttribute { pointer_memory_type = 2, pointer_device_ordinal = 9 };
enum MemoryType : unsigned { memory_unknown = 0, memory_host = 1, memory_device = 2 };
enum DeviceAttribute {
  device_multiprocessors = 16,
  device_capability_major = 75,
  device_capability_minor = 76,
  device_pageable_memory_access = 88
};

/// The driver's functions. Those marked optional are null in older drivers.
struct Driver {
#define HINGE_CUDA_FUNCTIONS(REQUIRED, OPTIONAL)                                                   \
  REQUIRED(init, "cuInit", unsigned flags)                                                         \
  REQUIRED(driver_get_version, "cuDriverGetVersion", int *version)                                 \
  REQUIRED(get_error_name, "cuGetErrorName", Result error, const char **name)                      \
  REQUIRED(get_error_string, "cuGetErrorString", Result error, const char **text)                  \
  REQUIRED(device_get_count, "cuDeviceGetCount", int *count)                                       \
  REQUIRED(device_get, "cuDeviceGet", Device *device, int ordinal)                                 \
  REQUIRED(device_get_name, "cuDeviceGetName", char *name, int size, Device device)                \
  REQUIRED(device_get_attribute, "cuDeviceGetAttribute", int *value, int attribute, Device device) \
  REQUIRED(device_can_access_peer, "cuDeviceCanAccessPeer", int *can, Device device, Device peer)  \
  REQUIRED(device_primary_ctx_retain, "cuDevicePrimaryCtxRetain", Context *context, Device device) \
  REQUIRED(ctx_get_current, "cuCtxGetCurrent", Context *context)                                   \
  REQUIRED(ctx_set_current, "cuCtxSetCurrent", Context context)                                    \
  REQUIRED(ctx_push_current, "cuCtxPushCurrent_v2", Context context)                               \
  REQUIRED(ctx_pop_current, "cuCtxPopCurrent_v2", Context *context)                                \
  REQUIRED(ctx_get_device, "cuCtxGetDevice", Device *device)                                       \
  REQUIRED(module_load_data, "cuModuleLoadDataEx", Module *module, const void *image,              \
           unsigned count, int *options, void **values)                                            \
  REQUIRED(module_unload, "cuModuleUnload", Module module)                                         \
  REQUIRED(module_get_function, "cuModuleGetFunction", Function *function, Module module,          \
           const char *name)                                                                       \
  REQUIRED(launch_kernel, "cuLaunchKernel", Function function, unsigned grid_x, unsigned grid_y,   \
           unsigned grid_z, unsigned block_x, unsigned block_y, unsigned block_z,                  \
           unsigned shared_bytes, Stream stream, void **parameters, void **extra)                  \
  REQUIRED(mem_alloc, "cuMemAlloc_v2", Address *memory, std::size_t bytes)                         \
  REQUIRED(mem_free, "cuMemFree_v2", Address memory)                                               \
  REQUIRED(memcpy_async, "cuMemcpyAsync", Address to, Address from, std::size_t bytes,             \
           Stream stream)                                                                          \
  REQUIRED(memset_d8_async, "cuMemsetD8Async", Address to, unsigned char value, std::size_t bytes, \
           Stream stream)                                                                          \
  REQUIRED(memset_d2d8_async, "cuMemsetD2D8Async", Address to, std::size_t pitch,                  \
           unsigned char value, std::size_t width, std::size_t height, Stream stream)              \
  REQUIRED(stream_synchronize, "cuStreamSynchronize", Stream stream)                               \
  REQUIRED(stream_get_ctx, "cuStreamGetCtx", Stream stream, Context *context)                      \
  REQUIRED(pointer_get_attribute, "cuPointerGetAttribute", void *value, int attribute,             \
           Address pointer)                                                                        \
  OPTIONAL(ctx_get_id, "cuCtxGetId", Context context, unsigned long long *id)

#define HINGE_DECLARE(name, symbol, ...) Result (*name)(__VA_ARGS__) = nullptr;
  HINGE_CUDA_FUNCTIONS(HINGE_DECLARE, HINGE_DECLARE)
#undef HINGE_DECLARE

  hinge_status status = HINGE_OK; // why there is no driver to use
  char message[256] = "";
  int version = 0;
  int devices = 0;
};

/// Loads the driver, once. status says whether it can be used.
const Driver &driver();

/// HINGE_OK, or the status and the message that say why there is no device.
hinge_status check_driver();

/// The status for the result of the driver's function called `function`. Writes the message of a
/// failure.
[[gnu::cold]] hinge_status driver_failed(Result error, const char *function);
inline hinge_status driver_status(Result error, const char *function) {
  return error == success ? HINGE_OK : driver_failed(error, function);
}

} // namespace hinge::detail::cuda

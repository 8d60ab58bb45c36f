// Initialization, errors and devices.
#include "state.h"

#include <cstdio>

namespace gpu_emulator {
namespace {

struct ResultText {
  int result;
  const char *name, *text;
};
constexpr ResultText result_texts[] = {
    {success, "CUDA_SUCCESS", "no error"},
    {invalid_value, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {out_of_memory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {not_initialized, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {4, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {no_device, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {invalid_device, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {invalid_context, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {no_binary_for_gpu, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {invalid_ptx, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {unsupported_ptx_version, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {invalid_handle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {not_found, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {not_ready, "CUDA_ERROR_NOT_READY", "device not ready"},
    {illegal_address, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {launch_out_of_resources, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
     "too many resources requested for launch"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {context_is_destroyed, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {misaligned_address, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {launch_failed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
     "system has unsupported display driver / cuda driver combination"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

const ResultText *find_text(int result) {
  for (const ResultText &t : result_texts)
    if (t.result == result)
      return &t;
  return nullptr;
}

int device_attribute(const Driver &d, int attribute) {
  switch (attribute) {
  case 1: // MAX_THREADS_PER_BLOCK
  case 2: // MAX_BLOCK_DIM_X
  case 3: // MAX_BLOCK_DIM_Y
    return 1024;
  case 4: // MAX_BLOCK_DIM_Z
    return 64;
  case 5: // MAX_GRID_DIM_X
    return 0x7fffffff;
  case 6: // MAX_GRID_DIM_Y
  case 7: // MAX_GRID_DIM_Z
    return 65535;
  case 8: // MAX_SHARED_MEMORY_PER_BLOCK
    return default_shared;
  case 10: // WARP_SIZE
    return 32;
  case 12: // MAX_REGISTERS_PER_BLOCK
    return 65536;
  case 13: // CLOCK_RATE, in kHz
    return 1980000;
  case 16: // MULTIPROCESSOR_COUNT
    return d.sms;
  case 36: // MEMORY_CLOCK_RATE, in kHz
    return 2619000;
  case 37: // GLOBAL_MEMORY_BUS_WIDTH
    return 5120;
  case 38: // L2_CACHE_SIZE
    return 50 << 20;
  case 39: // MAX_THREADS_PER_MULTIPROCESSOR
    return 2048;
  case 41: // UNIFIED_ADDRESSING
    return 1;
  case 75: // COMPUTE_CAPABILITY_MAJOR
    return d.capability / 10;
  case 76: // COMPUTE_CAPABILITY_MINOR
    return d.capability % 10;
  case 81: // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
    return shared_of_opt_in + 1024;
  case 97: // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    return shared_of_opt_in;
  default:
    return 0;
  }
}

} // namespace
} // namespace gpu_emulator

using namespace gpu_emulator;

HINGE_EXPORT int cuInit(unsigned flags) {
  return call_uninitialised(__func__, [&](Driver &d) -> int {
    if (flags)
      return invalid_value;
    d.devices = from_environment("HINGE_GPU_EMULATOR_DEVICES", 1);
    d.capability = from_environment("HINGE_GPU_EMULATOR_CAPABILITY", 90);
    d.version = from_environment("HINGE_GPU_EMULATOR_DRIVER", 13000);
    d.sms = from_environment("HINGE_GPU_EMULATOR_SMS", 132);
    if (d.devices <= 0)
      return no_device;
    d.primary.resize(static_cast<std::size_t>(d.devices));
    d.initialised = true;
    return success;
  });
}

HINGE_EXPORT int cuDriverGetVersion(int *version) {
  return call_uninitialised(__func__, [&](Driver &d) -> int {
    if (!version)
      return invalid_value;
    *version = d.initialised ? d.version : from_environment("HINGE_GPU_EMULATOR_DRIVER", 13000);
    return success;
  });
}

HINGE_EXPORT int cuGetErrorName(int result, const char **name) {
  return call_uninitialised(__func__, [&](Driver &) -> int {
    const ResultText *t = find_text(result);
    *name = t ? t->name : nullptr;
    return t ? success : invalid_value;
  });
}

HINGE_EXPORT int cuGetErrorString(int result, const char **text) {
  return call_uninitialised(__func__, [&](Driver &) -> int {
    const ResultText *t = find_text(result);
    *text = t ? t->text : nullptr;
    return t ? success : invalid_value;
  });
}

HINGE_EXPORT int cuDeviceGetCount(int *count) {
  return call(__func__, [&](Driver &d) -> int {
    *count = d.devices;
    return success;
  });
}

HINGE_EXPORT int cuDeviceGet(int *device, int ordinal) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, ordinal))
      return invalid_device;
    *device = ordinal;
    return success;
  });
}

HINGE_EXPORT int cuDeviceGetName(char *name, int size, int device) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device))
      return invalid_device;
    std::snprintf(name, static_cast<std::size_t>(size), "GPU emulator %d", device);
    return success;
  });
}

HINGE_EXPORT int cuDeviceGetAttribute(int *value, int attribute, int device) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device))
      return invalid_device;
    if (!value || attribute <= 0)
      return invalid_value;
    *value = device_attribute(d, attribute);
    return success;
  });
}

HINGE_EXPORT int cuDeviceCanAccessPeer(int *can, int device, int peer) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device) || !is_device(d, peer))
      return invalid_device;
    *can = 0;
    return success;
  });
}

HINGE_EXPORT int cuDeviceTotalMem_v2(std::size_t *bytes, int device) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device))
      return invalid_device;
    *bytes = device_memory;
    return success;
  });
}

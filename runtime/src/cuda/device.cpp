// Devices, streams and memory: the functions of hinge/cuda.h that are not operators.
#include "cuda/launch.h"

#include "error.h"

#include "hinge/cuda.h"

using namespace hinge::detail;
using namespace hinge::detail::cuda;

static hinge_status check_device(int device) {
  if (hinge_status s = check_driver())
    return s;
  return device >= 0 && device < driver().devices
             ? HINGE_OK
             : fail(HINGE_INVALID_ARGUMENT, "device is %d: expected 0 to %d", device,
                    driver().devices - 1);
}

hinge_status hinge_cuda_device_count(int *count) {
  if (!count)
    return fail(HINGE_INVALID_ARGUMENT, "count is null");
  const hinge_status s = check_driver();
  *count = s == HINGE_OK ? driver().devices : 0;
  return s;
}

hinge_status hinge_cuda_get_device_info(int device, hinge_cuda_device_info *info) {
  if (!info)
    return fail(HINGE_INVALID_ARGUMENT, "info is null");
  if (hinge_status s = check_device(device))
    return s;
  const Driver &d = driver();
  hinge_cuda_device_info i{};
  Device handle = 0;
  if (const Result error = d.device_get(&handle, device))
    return driver_failed(error, "cuDeviceGet");
  if (const Result error = d.device_get_name(i.name, sizeof i.name, handle))
    return driver_failed(error, "cuDeviceGetName");
  const struct {
    int attribute;
    int *value;
  } attributes[] = {{device_capability_major, &i.compute_capability[0]},
                    {device_capability_minor, &i.compute_capability[1]},
                    {device_multiprocessors, &i.multiprocessors}};
  for (const auto &a : attributes)
    if (const Result error = d.device_get_attribute(a.value, a.attribute, handle))
      return driver_failed(error, "cuDeviceGetAttribute");
  i.driver_version = d.version;
  *info = i;
  return HINGE_OK;
}

hinge_status hinge_cuda_set_device(int device) {
  if (hinge_status s = check_device(device))
    return s;
  return use_primary_context(device);
}

hinge_status hinge_cuda_set_stream(void *stream) {
  thread_stream = stream;
  return HINGE_OK;
}

void *hinge_cuda_get_stream(void) { return thread_stream; }

hinge_status hinge_cuda_synchronize(void *stream) {
  const Call call(stream);
  if (call.status() != HINGE_OK)
    return call.status();
  return driver_status(driver().stream_synchronize(call.stream()), "cuStreamSynchronize");
}

hinge_status hinge_cuda_alloc(size_t bytes, void **memory) {
  if (!memory)
    return fail(HINGE_INVALID_ARGUMENT, "memory is null");
  const Call call(nullptr);
  if (call.status() != HINGE_OK)
    return call.status();
  Address address = 0;
  if (bytes > 0)
    if (const Result error = driver().mem_alloc(&address, bytes))
      return driver_failed(error, "cuMemAlloc");
  *memory = reinterpret_cast<void *>(address);
  return HINGE_OK;
}

hinge_status hinge_cuda_free(void *memory) {
  if (!memory)
    return HINGE_OK;
  const Call call(nullptr);
  if (call.status() != HINGE_OK)
    return call.status();
  return driver_status(driver().mem_free(reinterpret_cast<Address>(memory)), "cuMemFree");
}

hinge_status hinge_cuda_copy(void *to, const void *from, size_t bytes, void *stream) {
  if (bytes > 0 && (!to || !from))
    return fail(HINGE_INVALID_ARGUMENT, "%s is null: expected %zu bytes", to ? "from" : "to",
                bytes);
  const Call call(stream);
  if (call.status() != HINGE_OK)
    return call.status();
  if (bytes == 0)
    return HINGE_OK;
  return driver_status(driver().memcpy_async(reinterpret_cast<Address>(to),
                                             reinterpret_cast<Address>(from), bytes, call.stream()),
                       "cuMemcpyAsync");
}

#include "cuda/driver.h"

#include "error.h"

#include <cstdarg>
#include <cstdio>
#include <dlfcn.h>
#include <initializer_list>
#include <type_traits>

namespace hinge::detail::cuda {

// The kernels are PTX 6.0, which CUDA 9.0 introduces.
static constexpr int least_version = 9000;

namespace {

[[gnu::format(printf, 1, 2)]] Driver unusable(const char *format, ...) {
  Driver d;
  d.status = HINGE_NO_DEVICE;
  va_list args;
  va_start(args, format);
  std::vsnprintf(d.message, sizeof d.message, format, args);
  va_end(args);
  return d;
}

const char *name_of(const Driver &d, Result error) {
  const char *name = nullptr;
  return d.get_error_name(error, &name) == success && name ? name : "an unknown error";
}

Driver load() {
  // The versioned name is the driver's own. The other one may be a symbolic link of a toolkit or a
  // container.
  void *library = nullptr;
  for (const char *name : {"libcuda.so.1", "libcuda.so"})
    if (!library)
      library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return unusable("there is no NVIDIA driver: libcuda.so.1 and libcuda.so could not be loaded");
  Driver d;
  const char *missing = nullptr;
  const auto find = [&](auto &function, const char *symbol, bool required) {
    function =
        reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, symbol));
    if (!function && required && !missing)
      missing = symbol;
  };
#define HINGE_REQUIRED(name, symbol, ...) find(d.name, symbol, true);
#define HINGE_OPTIONAL(name, symbol, ...) find(d.name, symbol, false);
  HINGE_CUDA_FUNCTIONS(HINGE_REQUIRED, HINGE_OPTIONAL)
#undef HINGE_REQUIRED
#undef HINGE_OPTIONAL
  if (d.driver_get_version && d.driver_get_version(&d.version) == success &&
      d.version < least_version)
    return unusable("the NVIDIA driver is too old: it supports CUDA %d.%d, expected 9.0 or newer",
                    d.version / 1000, d.version % 1000 / 10);
  if (missing)
    return unusable("the NVIDIA driver is too old: it has no %s", missing);
  if (const Result error = d.init(0))
    return unusable("the NVIDIA driver finds no GPU to use: cuInit returned %d, %s", error,
                    name_of(d, error));
  if (const Result error = d.device_get_count(&d.devices))
    return unusable("cuDeviceGetCount returned %d, %s", error, name_of(d, error));
  if (d.devices == 0)
    return unusable("the NVIDIA driver finds no GPU");
  return d;
}

} // namespace

const Driver &driver() {
  static const Driver d = load();
  return d;
}

hinge_status check_driver() {
  const Driver &d = driver();
  return d.status == HINGE_OK ? HINGE_OK : fail(d.status, "%s", d.message);
}

hinge_status driver_failed(Result error, const char *function) {
  const Driver &d = driver();
  const char *text = nullptr;
  if (d.get_error_string(error, &text) != success || !text)
    text = "unknown error";
  return fail(error == error_out_of_memory ? HINGE_OUT_OF_MEMORY : HINGE_DEVICE_ERROR,
              "%s returned %d, %s: %s", function, error, name_of(d, error), text);
}

} // namespace hinge::detail::cuda

// The functions of NVIDIA's driver that hinge_bench_cuda calls next to Hinge: streams, events,
// graphs and launches.
#pragma once

#include "symbol.h"

#include <cstddef>
#include <dlfcn.h>
#include <stdexcept>
#include <string>

namespace hinge::bench {

/// Loads libcuda. Handles are void pointers. All functions return 0 or an error of CUDA's.
class Driver {
  using Handle = void *;
  template <class... Arguments>
  using Function = int (*)(Arguments...);

  void *library_ = load();

public:
  Function<int, const char **> get_error_name = required("cuGetErrorName");
  Function<int *, int> device_get = required("cuDeviceGet");
  Function<int *, int, int> device_get_attribute = required("cuDeviceGetAttribute");
  Function<Handle *, unsigned> stream_create = required("cuStreamCreate");
  Function<Handle> stream_synchronize = required("cuStreamSynchronize");
  Function<Handle *, unsigned> event_create = required("cuEventCreate");
  Function<Handle, Handle> event_record = required("cuEventRecord");
  Function<Handle> event_synchronize = required("cuEventSynchronize");
  Function<float *, Handle, Handle> event_elapsed_time = required("cuEventElapsedTime");
  Function<Handle *, const void *, unsigned, int *, void **> module_load_data =
      required("cuModuleLoadDataEx");
  Function<Handle *, Handle, const char *> module_get_function = required("cuModuleGetFunction");
  Function<Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Handle,
           void **, void **>
      launch_kernel = required("cuLaunchKernel");
  Function<unsigned long long, unsigned long long, std::size_t, Handle> copy =
      required("cuMemcpyDtoDAsync_v2");

  // Null if the driver lacks them.
  Function<std::size_t *, int> total_mem = optional("cuDeviceTotalMem_v2");
  Function<Handle, int> begin_capture = optional("cuStreamBeginCapture_v2");
  Function<Handle, Handle *> end_capture = optional("cuStreamEndCapture");
  Function<Handle *, Handle, unsigned long long> graph_instantiate =
      optional("cuGraphInstantiateWithFlags");
  Function<Handle, Handle> graph_launch = optional("cuGraphLaunch");
  Function<Handle> graph_exec_destroy = optional("cuGraphExecDestroy");
  Function<Handle> graph_destroy = optional("cuGraphDestroy");

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

private:
  static void *load() {
    for (const char *name : {"libcuda.so.1", "libcuda.so"})
      if (void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL))
        return library;
    throw std::runtime_error("libcuda.so.1 could not be loaded");
  }
  Symbol optional(const char *name) const { return Symbol(dlsym(library_, name)); }
  Symbol required(const char *name) const {
    void *const address = dlsym(library_, name);
    if (!address)
      throw std::runtime_error(std::string("the driver has no ") + name);
    return Symbol(address);
  }
};

} // namespace hinge::bench

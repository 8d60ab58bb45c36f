// A call on a GPU: its context and stream, and how the host functions of kernels launch them.
#pragma once

#include "driver.h"

#include "../kernels.h"

#include <cstdint>
#include <type_traits>

namespace hinge::detail::cuda {

/// What the launches of a call need, while it lasts: the context is current, and what was before
/// becomes so again.
class Call {
public:
  /// status() says whether the call can go on, with the message where not.
  explicit Call(void *stream);
  ~Call();
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

  hinge_status status() const { return status_; }
  Stream stream() const { return stream_; }
  Context context() const { return context_; }
  Device device() const { return device_; }
  int multiprocessors() const { return multiprocessors_; }

  /// Of a context, also where another had its address before; the address itself in drivers before
  /// CUDA 12.
  unsigned long long context_id() const { return context_id_; }

  /// Loads the kernels of a host function, and launches none.
  template <class... Args>
  hinge_status load(const Kernel<int(Args...)> &kernel) {
    only_loads_ = true;
    halide_dimension_t none[3] = {};
    halide_buffer_t buffer{};
    buffer.dim = none;
    const hinge_status s = run(kernel, nothing<Args>(&buffer)...);
    only_loads_ = false;
    return s;
  }

  /// Runs the host function of a kernel, with buffers whose `device` is where they are.
  template <class Fn, class... Args>
  hinge_status run(const Kernel<Fn> &kernel, Args... args) {
    last_kernel = kernel.name;
    begin_launch();
    kernel.run(args...);
    return launch_status();
  }

private:
  friend struct Launcher;

  template <class T>
  static T nothing(halide_buffer_t *buffer) {
    if constexpr (std::is_pointer_v<T>)
      return buffer;
    else
      return T{};
  }

  hinge_status enter(void *stream);
  void begin_launch();
  hinge_status launch_status();

  hinge_status status_ = HINGE_OK;
  const struct LoadedKernels *loaded_ = nullptr; // those of the host function that runs
  bool only_loads_ = false;                      // hinge_cuda_load's
  Stream stream_ = nullptr;
  Context context_ = nullptr;
  unsigned long long context_id_ = 0;
  Device device_ = 0;
  int multiprocessors_ = 0;
  bool is_pushed_ = false;
};

/// Makes the primary context of a device current on this thread.
hinge_status use_primary_context(int ordinal);

/// The stream of this thread's calls that are given none.
extern thread_local void *thread_stream;

} // namespace hinge::detail::cuda

extern "C" {
/// What the host functions of generators/cuda_module.cpp call, on the thread of a Call. `cell` is
/// the function's own, null at first; `ptx` its kernels, 0 at their end.
int hinge_cuda_load_kernels(void **cell, const char *ptx, int bytes);

/// `arguments` and what is beside them end in a null; of a buffer an argument is its
/// halide_buffer_t.
int hinge_cuda_launch(void *in_cell, const char *kernel, int grid_x, int grid_y, int grid_z,
                      int block_x, int block_y, int block_z, int shared_bytes,
                      const std::int64_t *sizes, void **arguments, const std::uint8_t *is_buffer);
}

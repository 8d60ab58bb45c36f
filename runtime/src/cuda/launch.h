// A call on a GPU: its context and stream, and how the host functions of kernels launch them.
#pragma once

#include "cuda/driver.h"
#include "dispatch/kernels.h"

#include <cstdint>
#include <type_traits>

namespace hinge::detail::cuda {

/// A call's context, stream and device. The context is current while the object exists. Afterwards
/// the previous one is current again.
class Call {
public:
  /// status() says whether the call can go on. If it cannot, the message is written.
  explicit Call(void *stream);
  ~Call();
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

  hinge_status status() const { return status_; }
  Stream stream() const { return stream_; }
  Context context() const { return context_; }
  Device device() const { return device_; }
  int multiprocessors() const { return multiprocessors_; }

  /// A number that no other context ever has, even at the same address. Drivers before CUDA 12 have
  /// no such number; then it is the address.
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

  /// Runs the host function of a kernel, with buffers whose `device` is their address.
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
  const struct LoadedKernels *loaded_ = nullptr; // by the host function that runs
  bool only_loads_ = false;                      // in hinge_cuda_load
  Stream stream_ = nullptr;
  Context context_ = nullptr;
  unsigned long long context_id_ = 0;
  Device device_ = 0;
  int multiprocessors_ = 0;
  bool is_pushed_ = false;
};

/// Makes the primary context of a device current on this thread.
hinge_status use_primary_context(int ordinal);

/// The stream for calls of this thread that are given none.
extern thread_local void *thread_stream;

} // namespace hinge::detail::cuda

extern "C" {
/// The kernels' host functions call this on the thread of a Call. `cell` belongs to the function
/// and is null at first; `ptx` is the text of its kernels, with a 0 at its end.
int hinge_cuda_load_kernels(void **cell, const char *ptx, int bytes);

/// The kernels' host functions call this for each launch. `arguments` end in a null. The argument
/// of a buffer is its halide_buffer_t.
int hinge_cuda_launch(void *in_cell, const char *kernel, int grid_x, int grid_y, int grid_z,
                      int block_x, int block_y, int block_z, int shared_bytes,
                      const std::int64_t *sizes, void **arguments, const std::uint8_t *is_buffer);
}

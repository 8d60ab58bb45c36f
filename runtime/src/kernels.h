// The kernels by target, from the generated list kernels.inc.
#pragma once

#include "hinge/hinge.h"

#include <HalideRuntime.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace hinge::detail {

inline constexpr const char *activation_names[] = {
#define HINGE_ACTIVATION(name, enumerator) #enumerator,
#include "activations.inc"
#undef HINGE_ACTIVATION
};
inline constexpr int activation_count = std::size(activation_names);

inline constexpr int max_panel_vectors = 8;

// What the operators of generators/*.cpp compile to. Buffers are described, never allocated.
using activation_fn = int(halide_buffer_t *x, halide_buffer_t *y);
using activation_inplace_fn = int(halide_buffer_t *y);
using activation_backward_fn = int(halide_buffer_t *y, halide_buffer_t *dy, halide_buffer_t *dx);
using activation_backward_inplace_fn = int(halide_buffer_t *y, halide_buffer_t *dx);
using activation_mask_fn = int(halide_buffer_t *x, halide_buffer_t *mask);
using activation_backward_mask_fn = int(halide_buffer_t *mask, std::int32_t first_bit,
                                        halide_buffer_t *dy, halide_buffer_t *dx);
using activation_backward_mask_inplace_fn = int(halide_buffer_t *mask, std::int32_t first_bit,
                                                halide_buffer_t *dx);
using mask_count_columns_fn = int(halide_buffer_t *mask, halide_buffer_t *counts);
using mask_count_rows_fn = int(halide_buffer_t *mask, std::int32_t bits, halide_buffer_t *counts);
using linear_fn = int(halide_buffer_t *x, halide_buffer_t *packed, std::int32_t tile_rows,
                      halide_buffer_t *y);
using linear_pack_fn = int(halide_buffer_t *weight, halide_buffer_t *packed);
using linear_half_fn = linear_fn;
using linear_pack_half_fn = linear_pack_fn;
using linear_backward_fn = int(halide_buffer_t *a, halide_buffer_t *b, std::int32_t tile_rows,
                               std::int32_t accumulate, halide_buffer_t *c);
using linear_backward_rest_fn = linear_backward_fn;

template <class Fn>
struct Kernel {
  const char *name = nullptr; // null: the list has no such kernel
  Fn *run = nullptr;
};

/// An instruction set with its kernels and what its profile says about them.
struct Target {
  const char *name;
  std::uint32_t required; // mask of HINGE_CPU_*
  const char *required_names;
  int lanes;         // floats in a vector
  int panel_vectors; // vectors in a full panel of packed weights
  int group;         // full panels that the batch-1 loop computes side by side
  const char *profile;

  // [vectors in a panel]: tallest register tile, 0: none; of whole vectors, of the gradients'
  // products and of half vectors
  std::array<int, max_panel_vectors + 1> tile_rows{};
  std::array<int, max_panel_vectors + 1> backward_tile_rows{};
  std::array<int, max_panel_vectors + 1> half_tile_rows{};

  // By operator: [activation][vectors in a panel], 0 where one does not apply.
  template <class Fn>
  using Table = std::array<std::array<Kernel<Fn>, max_panel_vectors + 1>, activation_count>;
  Table<activation_fn> activation{};
  Table<activation_inplace_fn> activation_inplace{};
  Table<activation_backward_fn> activation_backward{};
  Table<activation_backward_inplace_fn> activation_backward_inplace{};
  Table<activation_mask_fn> activation_mask{};
  Table<activation_backward_mask_fn> activation_backward_mask{};
  Table<activation_backward_mask_inplace_fn> activation_backward_mask_inplace{};
  Table<mask_count_columns_fn> mask_count_columns{};
  Table<mask_count_rows_fn> mask_count_rows{};
  Table<linear_fn> linear{};
  Table<linear_pack_fn> linear_pack{};
  Table<linear_half_fn> linear_half{}; // vectors of lanes / 2
  Table<linear_pack_half_fn> linear_pack_half{};
  Table<linear_backward_fn> linear_backward{};
  Table<linear_backward_rest_fn> linear_backward_rest{};

  bool has_fma() const;
};

/// Worst first.
struct Targets {
  const Target *begin_;
  const Target *end_;
  const Target *begin() const { return begin_; }
  const Target *end() const { return end_; }
  int size() const { return int(end_ - begin_); }
};
Targets targets();
inline constexpr int max_targets = 16;

/// The name of the kernel that this thread ran last. __thread: thread_local would have every file
/// but its own ask whether it is initialized.
extern __thread const char *last_kernel;

/// Runs a kernel and remembers its name for hinge_last_kernel. Not 0: see kernel_status.
template <class Fn, class... Args>
int run_kernel(const Kernel<Fn> &kernel, Args... args) {
  last_kernel = kernel.name;
  return kernel.run(args...);
}

[[gnu::cold]] hinge_status kernel_failed(int error);

/// The status for what the last kernel on this thread returned. Not 0 is a bug of Hinge's, as the
/// arguments were checked before; it is reported, not printed.
inline hinge_status kernel_status(int error) { return error ? kernel_failed(error) : HINGE_OK; }

template <class T>
inline constexpr halide_type_t halide_type{};
template <>
inline constexpr halide_type_t halide_type<float>{halide_type_float, 32, 1};
template <>
inline constexpr halide_type_t halide_type<std::uint8_t>{halide_type_uint, 8, 1};
template <>
inline constexpr halide_type_t halide_type<std::int32_t>{halide_type_int, 32, 1};

/// A buffer over memory that somebody else owns.
template <int dimensions, class T = float>
class Buffer {
public:
  Buffer() = default;

  /// extents, then strides of the dimensions after the first, in elements; that of the first is 1.
  Buffer(const T *data, const std::array<std::int32_t, dimensions> &extents,
         const std::array<std::int32_t, dimensions - 1> &strides = {})
      : buffer_{0,    nullptr,        reinterpret_cast<std::uint8_t *>(const_cast<T *>(data)),
                0,    halide_type<T>, dimensions,
                dim_, nullptr} {
    for (int d = 0; d < dimensions; d++)
      dim_[d] = {0, extents[d], d == 0 ? 1 : strides[d - 1], 0};
  }

  Buffer(const Buffer &other) { *this = other; }
  Buffer &operator=(const Buffer &other) {
    std::copy(other.dim_, other.dim_ + dimensions, dim_);
    buffer_ = other.buffer_;
    buffer_.dim = dim_;
    return *this;
  }

  /// Another part of the same memory's rows.
  void set_columns(const T *data, std::int32_t extent) {
    buffer_.host = reinterpret_cast<std::uint8_t *>(const_cast<T *>(data));
    dim_[0].extent = extent;
  }

  void set_first_stride(std::int32_t stride) { dim_[0].stride = stride; }

  /// Kernels take pointers to buffers that are not const, and write to none of what they say.
  halide_buffer_t *get() const { return const_cast<halide_buffer_t *>(&buffer_); }

private:
  halide_dimension_t dim_[dimensions];
  halide_buffer_t buffer_;
};

/// Rows of a matrix, or of a part of one.
struct Rows {
  float *data;
  std::int64_t stride; // in elements

  Rows part(std::int64_t row, std::int64_t col) const {
    return {data + row * stride + col, stride};
  }

  Buffer<2> buffer(std::int64_t rows, std::int64_t cols) const {
    // The stride of a single row is not used, and need not fit.
    return {data, {std::int32_t(cols), std::int32_t(rows)}, {rows > 1 ? std::int32_t(stride) : 0}};
  }
};

} // namespace hinge::detail

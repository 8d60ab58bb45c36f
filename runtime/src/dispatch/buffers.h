// Matrices to pass to kernels: halide_buffer_t over memory that this code does not own.
#pragma once

#include <HalideRuntime.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace hinge::detail {

template <class T>
inline constexpr halide_type_t halide_type{};
template <>
inline constexpr halide_type_t halide_type<float>{halide_type_float, 32, 1};
template <>
inline constexpr halide_type_t halide_type<std::uint8_t>{halide_type_uint, 8, 1};
template <>
inline constexpr halide_type_t halide_type<std::int32_t>{halide_type_int, 32, 1};

template <int dimensions, class T = float>
class Buffer {
public:
  Buffer() = default;

  /// `strides` has the dimensions after the first, in elements. The first one has stride 1.
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

  /// Kernels take pointers to buffers that are not const, and write to none of their members.
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
    // The stride of a single row is not used, and may not fit 32 bits.
    return {data, {std::int32_t(cols), std::int32_t(rows)}, {rows > 1 ? std::int32_t(stride) : 0}};
  }
};

/// Rows of a mask.
struct Bits {
  std::uint8_t *data;
  std::int64_t stride; // in bytes

  /// `rows` rows of `bytes` bytes from byte `byte` of row `row` on.
  Buffer<2, std::uint8_t> buffer(std::int64_t row, std::int64_t byte, std::int64_t rows,
                                 std::int64_t bytes) const {
    return {data + row * stride + byte,
            {std::int32_t(bytes), std::int32_t(rows)},
            {rows > 1 ? std::int32_t(stride) : 0}};
  }
};

} // namespace hinge::detail

// The buffers that the kernels of fixed layers get.
#pragma once

#include <hinge/plan/masks.h>

#include <HalideRuntime.h>

#include <cstdint>

namespace hinge::fixed {

using Buffer = halide_buffer_t *;
using Int = std::int32_t;

/// A kernel that is generated for a shape reads only the pointer of a buffer. Other kernels also
/// read the dimensions.
inline halide_buffer_t buffer(const void *data, halide_dimension_t *dimensions = nullptr) {
  halide_buffer_t b{};
  b.host = static_cast<std::uint8_t *>(const_cast<void *>(data));
  b.dim = dimensions;
  return b;
}

/// A matrix without gaps between its rows. `is_known`: its kernel is generated for the shape.
template <bool is_known>
class DenseBuffer {
public:
  DenseBuffer(const void *data, std::int64_t rows, std::int64_t cols) {
    if constexpr (is_known) {
      buffer_ = buffer(data);
    } else {
      dimensions_[0] = {0, Int(cols), 1, 0};
      dimensions_[1] = {0, Int(rows), Int(cols), 0};
      buffer_ = buffer(data, dimensions_);
    }
  }
  DenseBuffer(const void *data, plan::ElementwiseShape shape)
      : DenseBuffer(data, shape.rows, shape.cols) {}
  DenseBuffer(const DenseBuffer &) = delete;
  DenseBuffer &operator=(const DenseBuffer &) = delete;

  Buffer get() { return &buffer_; }

private:
  halide_dimension_t dimensions_[2];
  halide_buffer_t buffer_;
};

/// The bytes of the mask of a matrix of that shape.
constexpr plan::ElementwiseShape mask_bytes(plan::ElementwiseShape shape) {
  return {shape.rows, plan::mask_row_bytes(shape.cols)};
}

} // namespace hinge::fixed

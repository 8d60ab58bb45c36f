// What the code of all generated layers has in common.
#pragma once

#ifdef HINGE_LAYER_MINIMAL
#include "one_target.h"
#else
#include "targets.h"
#endif

#include <hinge/record.h>

#include <HalideRuntime.h>

#include <cstddef>
#include <cstdint>

namespace hinge::layer {

inline bool overlap(const void *a, std::size_t a_bytes, const void *b, std::size_t b_bytes) {
  const auto i = reinterpret_cast<std::uintptr_t>(a), j = reinterpret_cast<std::uintptr_t>(b);
  return i < j + b_bytes && j < i + a_bytes;
}

/// Of a buffer whose shape is known when the kernel is generated it reads nothing but the pointer;
/// of others the dimensions.
inline halide_buffer_t buffer(const void *data, halide_dimension_t *dimensions = nullptr) {
  halide_buffer_t b{};
  b.host = static_cast<std::uint8_t *>(const_cast<void *>(data));
  b.dim = dimensions;
  return b;
}

/// A matrix without gaps between its rows. A kernel reads the shape if it was not known when it was
/// generated.
template <bool known>
class Matrix {
public:
  Matrix(const void *data, std::int64_t rows, std::int64_t cols) {
    if constexpr (known) {
      buffer_ = buffer(data);
    } else {
      dimensions_[0] = {0, std::int32_t(cols), 1, 0};
      dimensions_[1] = {0, std::int32_t(rows), std::int32_t(cols), 0};
      buffer_ = buffer(data, dimensions_);
    }
  }
  Matrix(const Matrix &) = delete;
  Matrix &operator=(const Matrix &) = delete;
  halide_buffer_t *get() { return &buffer_; }

private:
  halide_dimension_t dimensions_[2];
  halide_buffer_t buffer_;
};

constexpr std::int64_t mask_row_bytes(std::int64_t cols) { return (cols + 7) / 8; }

/// How many elements a mask and what it is made from take turns on, 16 KiB: the second finds them
/// in L1.
inline constexpr std::int64_t in_l1 = 4096;

} // namespace hinge::layer

// In a function of a layer, whose arguments bear the names that users know.
#define HINGE_REFUSE_IF(condition, message)                                                        \
  do {                                                                                             \
    if (condition)                                                                                 \
      return this->refuse(message);                                                                \
  } while (false)
#define HINGE_REFUSE_NULL(argument) HINGE_REFUSE_IF(!(argument), #argument " is null")
#define HINGE_REFUSE_OVERLAP(output, output_bytes, other, other_bytes)                             \
  HINGE_REFUSE_IF((output) && (other) && overlap(output, output_bytes, other, other_bytes),        \
                  #output " overlaps " #other)

// Masks: one bit an element, rows of whole bytes.
#pragma once

#include <cstdint>

namespace hinge::plan {

/// The bytes of a row of `cols` bits. `cols` may be the largest 64-bit number.
constexpr std::int64_t mask_row_bytes(std::int64_t cols) { return cols / 8 + (cols % 8 != 0); }

/// An element-wise kernel's view of a matrix without gaps.
struct ElementwiseShape {
  std::int64_t rows, cols; // rows 0: any number
};

/// A matrix without gaps is one long row, which has fewer tails. A mask whose rows end within a
/// byte keeps its rows. `rows` 0: any number.
constexpr ElementwiseShape elementwise_shape(std::int64_t rows, std::int64_t cols, bool has_mask) {
  if (has_mask && cols % 8 != 0)
    return {rows, cols};
  return {1, rows * cols};
}

} // namespace hinge::plan

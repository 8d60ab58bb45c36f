// Matrices of bits, as kernels take them.
#pragma once

#include "kernels.h"

#include "hinge/hinge.h"

#include <cstdint>

namespace hinge::detail {

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

/// Whether rows of bits follow each other without a gap, in the middle of a byte included.
template <class M>
bool is_dense_mask(const M &mask) {
  return mask.rows == 1 || (mask.cols % 8 == 0 && mask.row_stride == mask.cols / 8);
}

/// The mask of a checked x that is not empty, by `act`, which is not none; what the kernel
/// returned.
int write_mask(const Target &target, hinge_activation act, const hinge_const_view &x,
               const hinge_mask &mask);

} // namespace hinge::detail

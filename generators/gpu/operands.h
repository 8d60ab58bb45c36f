// The loads by which threads of a block read matrices that may end within their tile.
#pragma once

#include <Halide.h>

namespace hinge::gpu {

/// Promises that rows of a matrix begin at multiples of `lanes` elements. LLVM loads and stores
/// vectors there only with this promise.
template <class Buffer>
void set_aligned_rows(Buffer &matrix, int lanes) {
  matrix.dim(1).set_stride(matrix.dim(1).stride() / lanes * lanes);
}

/// -0.0f. Halide 21 treats a float -0.0f like 0.0f, and may make one select of two.
inline Halide::Expr minus_zero() {
  return Halide::reinterpret<float>(
      Halide::Internal::make_const(Halide::UInt(32), std::uint64_t(1) << 31));
}

/// i, or an index inside if i is past the last of `size` elements. Elements come `lanes` at a time,
/// so that a vector stays one. `size` is a multiple of that and not 0.
inline Halide::Expr inside(const Halide::Expr &i, const Halide::Expr &size, int lanes) {
  return min(i / lanes, size / lanes - 1) * lanes + i % lanes;
}

/// Element k of row m of a non-empty matrix, for a product whose tiles reach past its edges. Past
/// the last row it is any element. Past the last column it is -0.0f: that times 0 is -0 and changes
/// no sum, not even -0. Columns come `lanes` at a time, like in inside().
template <class Buffer>
Halide::Expr padded(const Buffer &matrix, const Halide::Expr &k, const Halide::Expr &m, int lanes) {
  const Halide::Expr cols = matrix.dim(0).extent(), rows = matrix.dim(1).extent();
  return select(k / lanes < cols / lanes, matrix(inside(k, cols, lanes), min(m, rows - 1)),
                minus_zero());
}

/// dy where bit n of row m of a mask is set, otherwise 0: all of dy's bits or none. A select of
/// four floats by four bits would not do. LLVM 21 makes PTX of it that selects only one of them
/// (prefetched operands of dweight).
template <class Mask>
Halide::Expr pass_by_bits(const Mask &mask, const Halide::Expr &n, const Halide::Expr &m,
                          const Halide::Expr &dy) {
  using Bits = std::uint32_t;
  const Halide::Expr byte = Halide::cast<Bits>(mask(n / 8, m));
  const Halide::Expr bit = (byte >> Halide::cast<Bits>(n % 8)) & 1;
  return Halide::reinterpret<float>(Halide::reinterpret<Bits>(dy) & (0 - bit));
}

} // namespace hinge::gpu

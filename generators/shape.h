// Shapes that a kernel may know when it is generated.
#pragma once

#include <Halide.h>

namespace hinge {

/// A matrix of `cols` x `rows` elements at (0, 0); 0: as many as its buffer says. Where the columns
/// are known, its rows have no gaps between them.
template <class Buffer>
void set_shape(Buffer &matrix, int cols, int rows) {
  auto i = matrix.dim(0), m = matrix.dim(1);
  i.set_min(0);
  m.set_min(0);
  if (cols > 0) {
    i.set_extent(cols);
    m.set_stride(cols);
  }
  if (rows > 0)
    m.set_extent(rows);
}

/// With CUDA all rows of a matrix begin at a multiple of `lanes` elements: without that promise
/// LLVM loads and stores no vectors there.
template <class Buffer>
void set_aligned_rows(const Halide::Target &target, Buffer &matrix, int lanes) {
  if (target.has_feature(Halide::Target::CUDA))
    matrix.dim(1).set_stride(matrix.dim(1).stride() / lanes * lanes);
}

/// -0.0f. Written as a float Halide 21 takes it for the same as 0.0f and may make one select of
/// two.
inline Halide::Expr minus_zero() {
  return Halide::reinterpret<float>(
      Halide::Internal::make_const(Halide::UInt(32), std::uint64_t(1) << 31));
}

/// i, or where it is past the last of `size` elements, one inside: they come `lanes` at a time, of
/// which `size` is a multiple and not 0, so that a vector stays one.
inline Halide::Expr inside(const Halide::Expr &i, const Halide::Expr &size, int lanes) {
  return min(i / lanes, size / lanes - 1) * lanes + i % lanes;
}

/// Element k of row m of a matrix that is not empty, for a product whose tiles reach past its
/// edges: past the last row what is in it; past the last column -0.0f, which times 0 is -0 and adds
/// nothing to any sum, also not to -0. Columns come `lanes` at a time, of which there are a
/// multiple.
template <class Buffer>
Halide::Expr padded(const Buffer &matrix, const Halide::Expr &k, const Halide::Expr &m, int lanes) {
  const Halide::Expr cols = matrix.dim(0).extent(), rows = matrix.dim(1).extent();
  return select(k / lanes < cols / lanes, matrix(inside(k, cols, lanes), min(m, rows - 1)),
                minus_zero());
}

} // namespace hinge

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

} // namespace hinge

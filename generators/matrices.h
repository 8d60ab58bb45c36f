// The layout of the caller's matrices in kernels: column i is dimension 0, row m is dimension 1.
#pragma once

#include "predicated_load.h"

#include <Halide.h>

namespace hinge {

/// A matrix of `cols` x `rows` elements at (0, 0). 0 means that its buffer gives the number. If
/// `cols` is known, its rows have no gaps between them.
template <class Buffer>
void set_shape(Buffer &matrix, int cols = 0, int rows = 0) {
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

/// matrix(i, m) becomes value(previous element). An update of one buffer reads and writes it. An
/// input and an output over the same memory would be undefined behaviour.
template <class Value>
void define_inplace(Halide::Func matrix, const Halide::Var &i, const Halide::Var &m, Value value) {
  matrix(i, m) = Halide::undef<float>(); // no code: the update finds the caller's elements
  matrix(i, m) = value(own_load(matrix, i, m));
}

} // namespace hinge

// Loads that Halide's front end does not offer: masked loads from a caller's buffer.
#pragma once

#include <Halide.h>

namespace hinge {

/// Element `i` of row `row` of a matrix whose rows are `stride` elements apart. Nothing is read if
/// `inside` is false, and the value is then arbitrary.
///
/// Halide masks a load only together with its whole stage (TailStrategy::Predicate). Accumulators
/// are then masked too and leave their registers, and calls in an output's update cannot read that
/// output. This is the load that lowering would write. Neither bounds inference nor the order of
/// stages knows of it. The parameter keeps LLVM from assuming that the memory is aligned.
inline Halide::Expr predicated_load(const Halide::Parameter &matrix, const Halide::Expr &stride,
                                    const Halide::Expr &i, const Halide::Expr &row,
                                    const Halide::Expr &inside) {
  return Halide::Internal::Load::make(matrix.type(), matrix.name(), i + row * stride,
                                      Halide::Buffer<>(), matrix, inside,
                                      Halide::Internal::ModulusRemainder());
}

inline Halide::Expr predicated_load(const Halide::ImageParam &input, const Halide::Expr &i,
                                    const Halide::Expr &row, const Halide::Expr &inside) {
  return predicated_load(input.parameter(), input.dim(1).stride(), i, row, inside);
}

inline Halide::Expr predicated_load(const Halide::Func &output, const Halide::Expr &i,
                                    const Halide::Expr &row, const Halide::Expr &inside) {
  return predicated_load(output.function().output_buffers()[0],
                         output.output_buffer().dim(1).stride(), i, row, inside);
}

/// Element (i, row) where `inside` is true, and element (other, row) elsewhere. A lane past the
/// last column then computes what a column computes: it raises no exception that the column does
/// not raise. With 0 it would compute infinity * 0, which is invalid. `other` is best a column of
/// the same vector: LLVM takes another vector's from its register, which is then missing elsewhere.
template <class Matrix>
Halide::Expr padded_load(const Matrix &matrix, const Halide::Expr &i, const Halide::Expr &row,
                         const Halide::Expr &inside, const Halide::Expr &other) {
  const Halide::Expr value = predicated_load(matrix, i, row, inside);
  if (Halide::Internal::is_const_one(inside))
    return value;
  return select(inside, value, predicated_load(matrix, other, row, Halide::Internal::const_true()));
}

/// Element (i, row) of an output that is updated. The plain output(i, row) has no parameter, so
/// LLVM would assume aligned vectors in a matrix without gaps (maxps, vmovaps).
inline Halide::Expr own_load(const Halide::Func &output, const Halide::Expr &i,
                             const Halide::Expr &row) {
  return predicated_load(output, i, row, Halide::Internal::const_true());
}

} // namespace hinge

// A load that Halide's front end does not offer: masked, from a buffer of the caller's.
#pragma once

#include <Halide.h>

namespace hinge {

/// Element `i` of row `row` of a matrix whose rows are dim(1).stride() elements apart: nothing is
/// read where `inside` is false, and the value is arbitrary there.
///
/// Halide masks loads only with their whole stage (TailStrategy::Predicate), accumulators
/// included, which then leave their registers; and what an output's update calls cannot read that
/// output. So this is the load as lowering would write it. Neither bounds inference nor the order
/// of stages knows of it. Without the parameter LLVM would be told that the memory is aligned.
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

/// What is at (i, row) of an output that is updated. Written output(i, row) the load has no
/// parameter, and of a matrix without gaps LLVM is told that its vectors are aligned (maxps,
/// vmovaps).
inline Halide::Expr own_load(const Halide::Func &output, const Halide::Expr &i,
                             const Halide::Expr &row) {
  return predicated_load(output, i, row, Halide::Internal::const_true());
}

} // namespace hinge

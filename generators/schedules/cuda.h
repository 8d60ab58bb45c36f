// The schedules for GPUs, which those of schedules.h call where the target has CUDA.
#pragma once

#include "schedules.h"

namespace hinge::cuda {

void schedule_elementwise(Halide::Stage stage, const Halide::Var &i, const Halide::Var &m,
                          const Halide::Expr &rows, ElementwiseTile tile);

void schedule_activation_mask(Halide::Func mask, Halide::Func bits, const Halide::Var &byte,
                              const Halide::Var &m, const Halide::RVar &bit_in_byte);

/// `packed` (j, k, q), with one panel q, from `weight_tile` (k, j).
void schedule_linear_pack(Halide::Func packed, Halide::Func weight_tile, const Halide::Var &j,
                          const Halide::Var &k);

/// The tile of a block: what its threads compute, and share of the operands.
struct ProductTile {
  int columns, rows;               // of the output
  int thread_columns, thread_rows; // those of a thread; columns by fours
  int terms;                       // of the sum, staged at a time
  int threads;                     // that load them, at least those that compute; 0: the same
  int lanes;       // 4 where rows of the left operand and of the output begin at 16 bytes, else 1
  int right_lanes; // the same for the right operand
};

struct ProductFuncs {
  Halide::Func output; // (column, row)
  Halide::Func sum;    // (column, row), reduces over the terms
  Halide::Func left;   // (row, term)
  Halide::Func right;  // (column, term)
  Halide::Var column, row, term;
  bool left_is_transposed = false; // `left` is contiguous in memory along its rows, not its terms
};

void schedule_product(ProductFuncs f, ProductTile tile);

/// `output` (n) is `sum`, one chain over the rows of a matrix for each of its columns n.
void schedule_columns(Halide::Func output, Halide::Func sum, const Halide::Var &n);

} // namespace hinge::cuda

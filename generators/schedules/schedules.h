// What an algorithm hands to its schedule, and the schedules by architecture: simd.cpp for CPUs,
// cuda.cpp for GPUs. The tile sizes come from generators/profiles/ through the generators'
// parameters.
#pragma once

#include <Halide.h>

namespace hinge {

struct ElementwiseTile {
  int lanes;  // floats in a vector; with CUDA 4 where all rows begin at 16 bytes, else 1
  int unroll; // vectors in a step of the loop; with CUDA those of a thread
};

/// `stage` computes a matrix of `rows` rows point by point, (i, m) (column, row).
void schedule_elementwise(const Halide::Target &target, Halide::Stage stage, Halide::Var i,
                          Halide::Var m, Halide::Expr rows, ElementwiseTile tile);

/// `mask` packs `bits` (byte, row), which reduces over the bits of a byte, `bit_in_byte`.
void schedule_activation_mask(const Halide::Target &target, Halide::Func mask, Halide::Func bits,
                              Halide::Var byte, Halide::Var m, Halide::RVar bit_in_byte, int lanes);

/// `stage` of `dx` computes its `rows` rows point by point, (i, m), from `words` of 32 bits of a
/// mask, with CUDA from its bytes.
void schedule_from_mask(const Halide::Target &target, Halide::Func dx, Halide::Stage stage,
                        Halide::Func words, Halide::Var i, Halide::Var m, Halide::Expr rows,
                        ElementwiseTile tile);

/// `counts` is `sums`, which adds up over the rows of a mask; `i` is the bit in a row.
void schedule_mask_count_columns(const Halide::Target &target, Halide::Func counts,
                                 Halide::Func sums, Halide::Var i, int lanes);

struct LinearTile {
  int lanes;      // floats in a vector
  int vectors;    // vectors in a panel of packed weights, so the tile's width nr = vectors * lanes
  int rows;       // largest height mr of the register tile
  int group;      // batch 1: panels computed side by side (1: no such loop)
  bool one_panel; // no more output features than one panel has
  int terms = 0;  // of the sum, which may take two a step of its loop; 0: any; 1: one a step
  int least_rows = 1; // smallest height of the register tile
};

struct LinearFuncs {
  Halide::Func y;   // (n, m): output feature, batch row
  Halide::Func acc; // (j, m, q): feature in the panel, batch row, panel; reduces over in_features
  Halide::Var j, m, q, n;
  Halide::Expr tile_rows;
};

void schedule_linear(const Halide::Target &target, LinearFuncs f, LinearTile tile);

struct LinearBackwardFuncs {
  Halide::Func c;   // (k, i)
  Halide::Func acc; // (j, i, q): column in the panel, row, panel; reduces over the inner dimension
  Halide::Var j, i, q, k;
  Halide::Expr tile_rows;
};

void schedule_linear_backward(const Halide::Target &target, LinearBackwardFuncs f, LinearTile tile);

/// `packed` is (feature in the panel, in_feature, panel), with CUDA from `weight_tile` (in_feature,
/// feature).
void schedule_linear_pack(const Halide::Target &target, Halide::Func packed,
                          Halide::Func weight_tile, const std::vector<Halide::Var> &jkq, int lanes);

} // namespace hinge

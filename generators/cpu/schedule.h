// The schedules for CPUs, and the parts of an algorithm that it hands to its schedule. The tile
// sizes come from the profiles through the generators' parameters.
#pragma once

#include "../masks.h"
#include "chains.h"

#include <Halide.h>

namespace hinge::cpu {

struct ElementwiseTile {
  int lanes;  // floats in a vector
  int unroll; // vectors in a step of the loop
};

/// `stage` computes a matrix point by point; `i` is its column.
void schedule_elementwise(const Halide::Target &target, Halide::Stage stage, const Halide::Var &i,
                          ElementwiseTile tile);

void schedule_activation_mask(MaskFuncs f, const Halide::RVar &bit_in_byte, int lanes);

/// `stage` of `dx` computes its rows point by point from `words` of 32 bits of a mask; `i` is the
/// column.
void schedule_from_mask(Halide::Func dx, Halide::Stage stage, Halide::Func words,
                        const Halide::Var &i, int lanes);

/// `counts` is `sums`, which adds up over the rows of a mask; `i` is the bit in a row.
void schedule_mask_count_columns(Halide::Func counts, Halide::Func sums, const Halide::Var &i,
                                 int lanes);

struct LinearTile {
  int lanes;          // floats in a vector
  int vectors;        // in a panel of packed weights: the tile is nr = vectors * lanes wide
  int rows;           // largest height mr of the register tile
  int group;          // panels computed side by side for a batch of 1; 1: there is no such loop
  bool one_panel;     // no more output features than one panel has
  int terms = 0;      // of a chain, whose loop may take two a step; 0: any; 1: one a step
  int least_rows = 1; // smallest height of the register tile
};

struct LinearFuncs {
  Halide::Func y;   // (n, m): output feature, batch row
  Halide::Func sum; // (j, m, q): feature in the panel, batch row, panel
  Chains chains;    // the last parts of the sum
  Groups groups;    // those before them; none if `total` is not defined
  Halide::Var j, m, q, n;
  Halide::Expr tile_rows;
};

void schedule_linear(const Halide::Target &target, LinearFuncs f, LinearTile tile);

struct LinearGradientFuncs {
  Halide::Func c;   // (k, i)
  Halide::Func acc; // (j, i, q): column in the panel, row, panel; reduces over the inner dimension
  Halide::Var j, i, q, k;
  Halide::Expr tile_rows;
};

void schedule_linear_gradient(const Halide::Target &target, LinearGradientFuncs f, LinearTile tile);

/// `packed` is (feature in the panel j, in_feature k, panel q).
void schedule_linear_pack(Halide::Func packed, const Halide::Var &j, const Halide::Var &k,
                          const Halide::Var &q, int lanes);

} // namespace hinge::cpu

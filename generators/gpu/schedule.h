// The schedules for GPUs, and the parts of an algorithm that it hands to its schedule. The tile
// sizes come from the profile through the generators' parameters.
#pragma once

#include "../masks.h"

#include <Halide.h>

#include <hinge/plan/chains.h>

#include <numeric>

namespace hinge::gpu {

struct ElementwiseTile {
  int lanes;  // 4 if all rows begin at 16 bytes, otherwise 1
  int unroll; // vectors of a thread
};

/// `stage` computes a matrix of `rows` rows point by point, (i, m) (column, row).
void schedule_elementwise(Halide::Stage stage, const Halide::Var &i, const Halide::Var &m,
                          const Halide::Expr &rows, ElementwiseTile tile);

void schedule_activation_mask(MaskFuncs f, const Halide::RVar &bit_in_byte);

/// `packed` (j, k, q), with one panel q, from `weight_tile` (k, j).
void schedule_linear_pack(Halide::Func packed, Halide::Func weight_tile, const Halide::Var &j,
                          const Halide::Var &k);

/// The tile of a block: its outputs, and the operands that its threads share.
struct ProductTile {
  int columns, rows;               // of the output
  int thread_columns, thread_rows; // those of a thread; columns come by fours
  int terms;                       // of the sum, staged at a time
  int threads;                     // that load them, at least those that compute; 0: the same
  int lanes;       // 4 if rows of the left operand and of the output begin at 16 bytes, else 1
  int right_lanes; // the same for the right operand
};

struct ProductFuncs {
  Halide::Func output; // (column, row)
  Halide::Func sum;    // (column, row), reduces over the terms, or over terms of parts
  Halide::Func left;   // (row, term)
  Halide::Func right;  // (column, term)
  Halide::Var column, row, term;
  bool left_is_transposed = false; // `left` is contiguous in memory along its rows, not its terms
};

/// A part of a sum begins at multiples of this many terms. It divides those staged at a time.
inline int part_step(int terms) { return std::gcd(terms, int(plan::chain_step)); }

void schedule_product(ProductFuncs f, ProductTile tile);

/// The parts of a sum (hinge/plan/chains.h).
struct SumParts {
  Halide::Expr terms, parts, part_terms;
};

/// A sum in parts: f.sum is the total of the parts before the one at hand, and that one's chain.
/// The first chain begins with `first`. `staged` terms are staged at a time.
void define_sum_in_parts(const ProductFuncs &f, const Halide::Expr &first, const SumParts &parts,
                         int staged);

/// f.output's value.
Halide::Expr sum_of_parts(const ProductFuncs &f);

/// A generator of a product. Its parameters are those of ProductTile.
template <class T>
class Product : public Halide::Generator<T> {
public:
  Halide::GeneratorParam<int> columns{"columns", 64};
  Halide::GeneratorParam<int> rows{"rows", 64};
  Halide::GeneratorParam<int> thread_columns{"thread_columns", 4};
  Halide::GeneratorParam<int> thread_rows{"thread_rows", 4};
  Halide::GeneratorParam<int> terms{"terms", 16};
  Halide::GeneratorParam<int> threads{"threads", 0};
  Halide::GeneratorParam<int> lanes{"lanes", 1};

protected:
  ProductTile tile(int right_lanes) const {
    return {columns, rows, thread_columns, thread_rows, terms, threads, lanes, right_lanes};
  }
};

/// `output` (n) is `sum`, one chain over the rows of a matrix for each of its columns n.
void schedule_columns(Halide::Func output, Halide::Func sum, const Halide::Var &n);

} // namespace hinge::gpu

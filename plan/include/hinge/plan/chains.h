// The chains of a sum of products. Linear's sums over in_features, and dx's over out_features, are
// cut into parts. Each part is one chain of FMAs, and the sums of the parts are added in order. The
// contract (docs/contract.md) defines the bits by these parts, so their size depends on the number
// of terms alone.
#pragma once

#include <hinge/plan/tiles.h>

#include <cstdint>

namespace hinge::plan {

/// The terms of a part are a multiple of this, so that vectors of its operands stay aligned.
inline constexpr std::int64_t chain_step = 16;

/// Parts are no longer than this. dx makes blocks of g that are as long.
inline constexpr std::int64_t longest_chain = 256;

/// The parts that a small register tile computes side by side, at most.
inline constexpr int most_side_by_side = 4;

/// The terms in each part of a sum. The last part may have fewer, but at least four: LLVM unrolls
/// loops of three, and then makes fma(a, b, 0) a product, which may be -0.
///
/// A tile that computes its parts one after the other takes 1 to 5 % more time for a second part of
/// 32 to 128 terms, and 15 to 25 % for one of 8 to 16. A small tile computes them side by side. It
/// takes half the time or less, because a chain waits 4 cycles for each of its terms
/// (docs/decisions.md, "Sums in parts").
constexpr std::int64_t chain_terms(std::int64_t terms) {
  if (terms < 2 * chain_step)
    return terms > 1 ? terms : 1;
  const std::int64_t needed = (terms + longest_chain - 1) / longest_chain;
  const std::int64_t chains = needed > 2 ? needed : 2;
  std::int64_t size = (terms + chains * chain_step - 1) / (chains * chain_step) * chain_step;
  while (size > 0 && terms % size >= 1 && terms % size <= 3)
    size -= chain_step;
  return size > chain_step || terms == 2 * chain_step ? size : terms;
}

/// The parts of a sum of `terms`; 1 if it has no terms.
constexpr std::int64_t chains_of(std::int64_t terms) {
  return terms > 0 ? (terms - 1) / chain_terms(terms) + 1 : 1;
}

/// The use of an output's present value: a chain begins with it, or it is added to a whole chain.
enum class Accumulate : std::int32_t { no, before, after };

/// The tallest of `rows` heights of a register tile that computes so many chains of each output
/// side by side; 0: none does. They fit the vector registers with a row of the panel and a
/// broadcast, and their addresses fit the others.
constexpr int rows_side_by_side(int chains, int rows, int vectors, int registers) {
  while (rows > 0 && chains > 1 &&
         (rows * vectors * chains + vectors + 1 > registers || rows * chains > 8))
    rows--;
  return rows;
}

/// The parts that a tile computes side by side: 1, 2 or 4 of `parts`.
constexpr int chains_side_by_side(std::int64_t parts, int rows, int vectors, int registers) {
  int chains = most_side_by_side;
  while (chains > 1 &&
         (chains > parts || rows_side_by_side(chains, rows, vectors, registers) < rows))
    chains /= 2;
  return chains;
}

/// The most stack that a fixed layer's kernel takes for parts that come one after the other. Its
/// frame then stays below a page of 4096 bytes: Windows wants larger ones probed (__chkstk).
inline constexpr std::int64_t most_parts_stack = 3584;

/// The rows of a fixed layer's tile, if its sums have `parts`: tile.rows, or fewer so that the
/// parts fit the stack. Halide keeps a place for the last chains, the total, the result, and twice
/// for a group of chains before the last.
constexpr int rows_in_parts(const FixedTile &tile, std::int64_t parts, int registers) {
  for (int rows = tile.rows; rows > 1; rows--) {
    const int side = chains_side_by_side(parts, rows, tile.vectors, registers);
    const std::int64_t places = parts > side ? 2 + 3 * side : 0;
    if (places * rows * tile.nr() * std::int64_t(sizeof(float)) <= most_parts_stack)
      return rows;
  }
  return 1;
}

} // namespace hinge::plan

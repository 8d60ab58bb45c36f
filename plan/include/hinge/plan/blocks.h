// Blocks: how much of a call one step computes before the next step takes its turn. Its results are
// then still in a cache for the next step.
#pragma once

#include <algorithm>
#include <cstdint>

namespace hinge::plan {

/// A mask and its activation take turns on this many elements, 16 KiB. The second one finds them in
/// L1.
inline constexpr std::int64_t mask_turn = 4096;

/// A block of the gradient g = act'(y) * dy, 11 KiB on the stack: rows of the product's output by
/// terms of its sums. A call may run on a thread with a small stack, and takes 16 KiB at most.
inline constexpr std::int64_t gradient_block_floats = 2816;

/// The most terms of dweight's blocks. Its rows are longer than its sums as a rule, so it has lower
/// blocks of more rows. A block of dx has the terms of a part of its sums (chains.h).
inline constexpr std::int64_t dweight_block_terms = 112;

/// The rows of a block of so many terms, up to 256. They are 11 or a multiple of 12, because the
/// tallest tiles have 4 or 6. The right operand is read once for each block of rows.
constexpr std::int64_t gradient_block_rows(std::int64_t terms) {
  const std::int64_t rows = gradient_block_floats / std::max<std::int64_t>(1, terms);
  return rows < 12 ? rows : rows / 12 * 12;
}

/// The rows of g that a fixed layer makes at once: at least one, and at most the batch. The layer
/// adds all of them to dweight at a time, so it needs more of them than a block of the library has.
/// They take 11 KiB of stack for up to 64 outputs, then 44 KiB, and a row for more than 11,264
/// outputs.
constexpr std::int64_t fixed_gradient_rows(std::int64_t out_features, std::int64_t batch) {
  const std::int64_t floats =
      out_features <= 64 ? gradient_block_floats : 4 * gradient_block_floats;
  const std::int64_t rows = std::max<std::int64_t>(1, floats / out_features);
  return batch > 0 ? std::min(rows, batch) : rows;
}

} // namespace hinge::plan

// Blocks: how much of a call one step computes before the next step takes its turn. Its results are
// then still in a cache for the next step.
#pragma once

#include <algorithm>
#include <cstdint>

namespace hinge::plan {

/// A mask and its activation take turns on this many elements, 16 KiB. The second one finds them in
/// L1.
inline constexpr std::int64_t mask_turn = 4096;

/// A block of the gradient g = act'(y) * dy, 48 KiB on the stack: rows of the product's output by
/// terms of its sums. The rows are a multiple of 6, the tallest tile of full panels. The right
/// operand is read once for each block of rows. The output is read and written again for each 256
/// terms. The gradient of the input of 512x784->128 runs at 113 GFLOP/s with 48 x 256, and at 102
/// with 64 x 128 (Zen 4; FMA limit 117).
inline constexpr std::int64_t gradient_block_rows = 48;
inline constexpr std::int64_t gradient_block_terms = 256;
inline constexpr std::int64_t gradient_block_floats = gradient_block_rows * gradient_block_terms;

/// The rows of g that a fixed layer makes at once: 48 KiB of them, at least one, and at most the
/// batch. `batch` 0: any.
constexpr std::int64_t fixed_gradient_rows(std::int64_t out_features, std::int64_t batch) {
  const std::int64_t rows = std::max<std::int64_t>(1, gradient_block_floats / out_features);
  return batch > 0 ? std::min(rows, batch) : rows;
}

} // namespace hinge::plan

// The chains of a sum of products. Linear's sums over in_features, and dx's over out_features, are
// cut into parts. Each part is one chain of FMAs. The contract (docs/contract.md) defines the bits
// by these parts, so their size depends on the number of terms alone.
#pragma once

#include <cstdint>

namespace hinge::plan {

/// The terms of a part are a multiple of this, because a GPU stages 16 terms at a time.
inline constexpr std::int64_t chain_step = 16;

/// Longer sums are parts of this length. They are as long as the blocks of g that dx has.
inline constexpr std::int64_t longest_chain = 256;

/// The terms in each part of a sum of `terms`; the last part may have fewer. A tile that computes
/// its parts one after the other takes 1 to 5 % more time for a second part of 32 to 128 terms, and
/// 15 to 25 % for one of 8 to 16. A tile that computes them side by side takes half the time or
/// less, if it is small: it waits 4 cycles for each term of a chain (docs/decisions.md, "Chains").
constexpr std::int64_t chain_terms(std::int64_t terms) {
  if (terms < 2 * chain_step)
    return terms > 1 ? terms : 1;
  const std::int64_t chains = terms < 208 ? 2 : 4;
  const std::int64_t steps = (terms + chains * chain_step - 1) / (chains * chain_step);
  return steps * chain_step < longest_chain ? steps * chain_step : longest_chain;
}

/// The parts of a sum of `terms`; 1 if it has no terms.
constexpr std::int64_t chains_of(std::int64_t terms) {
  return terms > 0 ? (terms - 1) / chain_terms(terms) + 1 : 1;
}

} // namespace hinge::plan

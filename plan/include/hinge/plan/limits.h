// The sizes that one kernel call can index. Kernels compute indices in 32 bits, so larger calls are
// cut.
#pragma once

#include <algorithm>
#include <cstdint>

namespace hinge::plan {

/// A matrix of one kernel call spans at most this many elements, gaps between rows included.
inline constexpr std::int64_t max_span = INT32_MAX;

/// The most elements that one call of an element-wise kernel computes. Its step is several vectors,
/// and the index of the last one stays below 2^31.
inline constexpr std::int64_t max_elementwise = std::int64_t(1) << 30;

/// The rows that one call can index in a matrix whose rows are `widest` elements apart; at least 1.
constexpr std::int64_t most_rows(std::int64_t widest, std::int64_t span = max_span) {
  return std::max<std::int64_t>(1, span / std::max<std::int64_t>(1, widest));
}

/// `total` units cut into equal pieces of `size`, the last one possibly shorter.
struct Pieces {
  std::int64_t total, size;

  constexpr std::int64_t count() const { return (total + size - 1) / size; }
  constexpr std::int64_t begin(std::int64_t i) const { return i * size; }
  constexpr std::int64_t length(std::int64_t i) const { return std::min(size, total - i * size); }
};

/// At least `least` pieces if there are that many multiples of `step`. No piece is above `most`
/// units.
constexpr Pieces cut(std::int64_t total, std::int64_t least, std::int64_t step, std::int64_t most) {
  std::int64_t size = total;
  if (least > 1) {
    size = (total + least - 1) / least;
    size = (size + step - 1) / step * step;
  }
  return {total, std::min(size, most)};
}

/// Calls part(begin, length) for consecutive ranges of `count`, each of at most `most`. Stops when
/// one returns something else than 0 (HINGE_OK, or a kernel's success). Returns the last result.
template <class Part>
auto in_parts(std::int64_t count, std::int64_t most, const Part &part)
    -> decltype(part(count, count)) {
  for (std::int64_t begin = 0; begin < count; begin += most)
    if (const auto failure = part(begin, std::min(most, count - begin)))
      return failure;
  return {};
}

/// Sizes of fixed layers: hinge_add_linear's features and batch, hinge_add_activation's elements.
inline constexpr std::int64_t max_fixed_features = 65536;
inline constexpr std::int64_t max_fixed_elements = max_elementwise;

/// The most features that the padding of a panel can add: 8 vectors of 16 lanes.
inline constexpr std::int64_t max_padding = 128;

/// The elements of the largest matrix of a fixed Linear layer. `batch` 0: any number of rows, and
/// the call cuts them.
constexpr std::int64_t largest_fixed_matrix(std::int64_t in_features, std::int64_t out_features,
                                            std::int64_t batch) {
  return std::max(
      {in_features * (out_features + max_padding), batch * in_features, batch * out_features});
}

} // namespace hinge::plan

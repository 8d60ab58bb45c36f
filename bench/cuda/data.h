// The data of the rows, and how results are compared.
#pragma once

#include <cstdint>
#include <vector>

namespace hinge::bench {

using Floats = std::vector<float>;

/// Normal numbers, the same ones in every run. They repeat after 2^20 + 7.
Floats normal(std::int64_t size, unsigned seed, float scale = 1);

/// (cols, rows) from (rows, cols).
Floats transposed(const Floats &a, std::int64_t rows, std::int64_t cols);

bool same_bits(const Floats &a, const Floats &b);

/// The largest difference, as a share of the largest value in `a`.
double difference(const Floats &a, const Floats &b);

} // namespace hinge::bench

#include "data.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

namespace hinge::bench {

Floats normal(std::int64_t size, unsigned seed, float scale) {
  Floats values(static_cast<std::size_t>(size));
  std::mt19937 random(seed);
  std::normal_distribution<float> distribution(0, scale);
  const std::size_t period = std::min<std::size_t>(values.size(), (1 << 20) + 7);
  std::generate_n(values.begin(), period, [&] { return distribution(random); });
  for (std::size_t i = period; i < values.size(); i++)
    values[i] = values[i - period];
  return values;
}

Floats transposed(const Floats &a, std::int64_t rows, std::int64_t cols) {
  Floats t(a.size());
  for (std::int64_t i = 0; i < rows; i++)
    for (std::int64_t j = 0; j < cols; j++)
      t[std::size_t(j * rows + i)] = a[std::size_t(i * cols + j)];
  return t;
}

bool same_bits(const Floats &a, const Floats &b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

double difference(const Floats &a, const Floats &b) {
  double most = 0, largest = 0;
  for (std::size_t i = 0; i < a.size(); i++) {
    most = std::max(most, std::abs(double(a[i]) - double(b[i])));
    largest = std::max(largest, std::abs(double(a[i])));
  }
  return largest > 0 ? most / largest : most;
}

} // namespace hinge::bench

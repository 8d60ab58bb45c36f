// Shared by the examples that measure time.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace timing {

/// Wall time.
template <class Function>
double seconds(Function function) {
  const auto begin = std::chrono::steady_clock::now();
  function();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The median of one or more values.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Adds --rounds, the number of measurements for a median.
inline void add_rounds(CLI::App &app, int &rounds) {
  app.add_option("--rounds", rounds, "measurements that a time is the median of")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
}

} // namespace timing

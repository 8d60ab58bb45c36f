// What the examples time with.
#pragma once

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace timing {

/// On the wall.
template <class Function>
double seconds(Function function) {
  const auto begin = std::chrono::steady_clock::now();
  function();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Of one value or more.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// --rounds: of how many measurements a median is.
inline void add_rounds(CLI::App &app, int &rounds) {
  app.add_option("--rounds", rounds, "measurements that a time is the median of")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
}

} // namespace timing

// A call that is large enough for the pool.
#pragma once

#include <hinge/hinge.h>

#include <cstdint>
#include <vector>

/// A call that the pool shares: 2^20 elements in 4 tasks a thread.
inline bool compute_is_right() {
  constexpr std::int64_t n = 1 << 20;
  std::vector<float> x(n), y(n, 9.0f);
  for (std::int64_t i = 0; i < n; i++)
    x[std::size_t(i)] = float(i % 17) - 8.0f;
  const hinge_const_view from{x.data(), 1, n, n, HINGE_FLOAT32};
  const hinge_view to{y.data(), 1, n, n, HINGE_FLOAT32};
  if (hinge_activation_forward(HINGE_ACTIVATION_RELU, &from, &to) != HINGE_OK)
    return false;
  for (std::int64_t i = 0; i < n; i++)
    if (y[std::size_t(i)] != (x[std::size_t(i)] < 0 ? 0 : x[std::size_t(i)]))
      return false;
  return true;
}

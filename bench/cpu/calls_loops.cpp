// Plain loops, which this build's compiler vectorizes for the machine that it runs on.
#include "cpu/calls_loops.h"

namespace hinge::bench {

void plain_relu(const float *x, float *y, std::size_t n) {
  for (std::size_t i = 0; i < n; i++)
    y[i] = x[i] < 0.0f ? 0.0f : x[i];
}

void plain_relu6(const float *x, float *y, std::size_t n) {
  for (std::size_t i = 0; i < n; i++) {
    const float at_least_0 = x[i] < 0.0f ? 0.0f : x[i];
    y[i] = at_least_0 > 6.0f ? 6.0f : at_least_0;
  }
}

void plain_backward(const float *y, const float *dy, float *dx, std::size_t n) {
  for (std::size_t i = 0; i < n; i++)
    dx[i] = y[i] <= 0.0f ? 0.0f : dy[i];
}

} // namespace hinge::bench

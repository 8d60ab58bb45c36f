// Loops that a program would write instead of a small call of Hinge.
#pragma once

#include <cstddef>

namespace hinge::bench {

void plain_relu(const float *x, float *y, std::size_t n);
void plain_relu6(const float *x, float *y, std::size_t n);
void plain_backward(const float *y, const float *dy, float *dx, std::size_t n); // of ReLU

} // namespace hinge::bench

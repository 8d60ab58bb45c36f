// Hand-written loops of intrinsics for the instruction set of a target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace hinge::bench {

struct Handwritten {
  /// y = act(x), n floats. y may be x. Data that does not fit the caches is written by nontemporal
  /// stores.
  using Map = void(const float *x, float *y, std::size_t n);
  Map *relu, *relu6;
  /// y = -x, as STREAM's scale. The factor is -1, because repeated calls in place must not reach
  /// zero or infinity.
  Map *scale;
  Map *copy;

  /// dx = act'(y) * dy. dx may be dy.
  using Backward = void(const float *y, const float *dy, float *dx, std::size_t n);
  Backward *relu_backward, *relu6_backward;
  /// dx = y + dy, which accesses memory as an activation's gradient does.
  Backward *add;
  /// y = act(x), and the mask of y in bit i % 8 of byte i / 8.
  using MapAndMask = void(const float *x, float *y, std::uint8_t *mask, std::size_t n);
  MapAndMask *relu_mask, *relu6_mask;
  /// dx = dy where the mask is set, else 0. dx may be dy.
  void (*backward_mask)(const std::uint8_t *mask, const float *dy, float *dx, std::size_t n);

  /// y = ReLU(y + bias), rows x cols, dense: what remains to do after a matrix product.
  void (*bias_relu)(float *y, const float *bias, std::size_t rows, std::size_t cols);

  /// Reads n floats. The result has no meaning.
  float (*read)(const float *x, std::size_t n);

  /// Runs multiplications and additions in registers alone, as many at once as the CPU can. Each
  /// step has flop_per_step floating-point operations. The result has no meaning.
  float (*fma)(std::int64_t steps);
  int flop_per_step;
};

/// The loops for the target of that name. Ends the program if there are none.
const Handwritten &handwritten(const std::string &target);

} // namespace hinge::bench

// Loops as one would write them by hand with intrinsics, for the instruction set of a target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace hinge::bench {

struct Handwritten {
  /// y = act(x), n floats; in place where y is x. What does not fit the caches is written past
  /// them.
  using Map = void(const float *x, float *y, std::size_t n);
  Map *relu, *relu6;
  /// y = -x, as STREAM's scale; a factor for ever in place must stay off zero and infinity.
  Map *scale;
  Map *copy;

  /// dx = act'(y) * dy; in place where dx is dy.
  using Backward = void(const float *y, const float *dy, float *dx, std::size_t n);
  Backward *relu_backward, *relu6_backward;
  /// dx = y + dy: what an activation's gradient does to memory.
  Backward *add;
  /// y = act(x) and the mask of y: bit i % 8 of byte i / 8.
  using MapAndMask = void(const float *x, float *y, std::uint8_t *mask, std::size_t n);
  MapAndMask *relu_mask, *relu6_mask;
  /// dx = dy where the mask is set, else 0; in place where dx is dy.
  void (*backward_mask)(const std::uint8_t *mask, const float *dy, float *dx, std::size_t n);

  /// y = ReLU(y + bias), rows x cols, dense: what a matrix product leaves to do.
  void (*bias_relu)(float *y, const float *bias, std::size_t rows, std::size_t cols);

  /// Reads n floats. The result has no meaning.
  float (*read)(const float *x, std::size_t n);

  /// Multiplications and additions in registers alone, as many as the CPU can run at once;
  /// flop_per_step floating-point operations in each step. The result has no meaning.
  float (*fma)(std::int64_t steps);
  int flop_per_step;
};

/// For the target of that name. Ends the program if there is none.
const Handwritten &handwritten(const std::string &target);

} // namespace hinge::bench

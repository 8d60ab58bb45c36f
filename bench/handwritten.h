// Loops as one would write them by hand with intrinsics, for the instruction set of a target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace hinge::bench {

struct Handwritten {
  /// y = act(x), n floats; in place where y is x.
  void (*relu)(const float *x, float *y, std::size_t n);
  void (*relu6)(const float *x, float *y, std::size_t n);

  /// Multiplications and additions in registers alone, as many as the CPU can run at once;
  /// flop_per_step floating-point operations in each step. The result has no meaning.
  float (*fma)(std::int64_t steps);
  int flop_per_step;
};

/// For the target of that name. Ends the program if there is none.
const Handwritten &handwritten(const std::string &target);

} // namespace hinge::bench

// A shared object with a Hinge of its own, as a plug-in or a module of Python has it.
#include <hinge/hinge.h>

#include <cstdint>
#include <vector>

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED int module_set_threads(int threads) { return hinge_set_num_threads(threads); }

EXPORTED int module_get_threads(void) { return hinge_get_num_threads(); }

/// 1 if a call that the pool shares is right.
EXPORTED int module_compute(void) {
  constexpr std::int64_t n = 1 << 20;
  std::vector<float> x(n, -1.0f), y(n, 9.0f);
  x.back() = 2.0f;
  const hinge_const_view from{x.data(), 1, n, n, HINGE_FLOAT32};
  const hinge_view to{y.data(), 1, n, n, HINGE_FLOAT32};
  if (hinge_activation_forward(HINGE_ACTIVATION_RELU, &from, &to) != HINGE_OK)
    return 0;
  std::vector<float> expected(n, 0.0f);
  expected.back() = 2.0f;
  return y == expected;
}

// The CPU's time for a small call, beside a bare launch of the driver's.
#include "bench.h"

#include <array>
#include <cstdio>

namespace hinge::bench {

static Work bare_launch(const Bench &bench) {
  return [&bench] {
    unsigned long long a = 0;
    unsigned b = 0;
    void *parameters[] = {&a, &a, &a, &a, &b, &b};
    bench.driver.check(bench.driver.launch_kernel(bench.kernels.empty, 1, 1, 1, 256, 1, 1, 0,
                                                  bench.stream, parameters, nullptr),
                       "cuLaunchKernel");
  };
}

void launches(Bench &bench) {
  const Memory<float> x = bench.upload(normal(256, 1)), y(256);
  const cuda::View vx(x.data(), 1, 256), vy(y.data(), 1, 256);
  const Memory<float> in = bench.upload(normal(32 * 10, 2)), out(32 * 20);
  const Memory<float> weight = bench.upload(normal(20 * 10, 3));
  const cuda::ConstView vin(in.data(), 32, 10), vweight(weight.data(), 20, 10);
  const cuda::View vout(out.data(), 32, 20);
  const cuda::Linear layer(vweight, nullptr, Activation::relu, bench.stream);
  const std::array<std::pair<const char *, Work>, 2> rows = {
      {{"launch/activation_256", [&] { cuda::relu(vx, vy, bench.stream); }},
       {"launch/linear_32x10x20", [&] { layer(vin, vout, bench.stream); }}}};
  for (const auto &[name, work] : rows) {
    if (!bench.wanted(name))
      continue;
    std::vector<Side> sides;
    sides.emplace_back("hinge", work);
    sides.emplace_back("bare_empty", bare_launch(bench));
    sides.emplace_back("bare_relu", bench.launch(bench.kernels.relu, 1, x.data(), y.data()));
    bench.timer.measure_launches(sides);
    bench.results.add(name, {&sides[0], &sides[1], &sides[2]}, {{"clock", "wall"}});
    std::printf("  %.2fx of a bare launch\n", median(sides[0].call) / median(sides[1].call));
  }
}

} // namespace hinge::bench

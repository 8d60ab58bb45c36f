// Part 4, the bench: the call beside a plain loop that the compiler vectorizes for any CPU.
#include "scale_call.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace {

template <class Run>
void measure(benchmark::State &state, const Run &run) {
  const std::int64_t n = state.range(0);
  const std::vector<float> x(std::size_t(n), 1.5f);
  std::vector<float> y(x.size());
  for (auto _ : state) {
    run(x.data(), y.data(), n);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * 2 * n * std::int64_t(sizeof(float)));
}

void hinge_scale(benchmark::State &state) {
  measure(state, [](const float *x, float *y, std::int64_t n) {
    skeleton::scale(0.3f, {x, 1, n}, {y, 1, n});
  });
}

void plain_loop(benchmark::State &state) {
  measure(state, [](const float *x, float *y, std::int64_t n) {
    for (std::int64_t i = 0; i < n; i++)
      y[i] = 0.3f * x[i];
  });
}

// The cost of a call, data in L1, and data in no cache.
BENCHMARK(hinge_scale)->Arg(64)->Arg(4096)->Arg(16 << 20);
BENCHMARK(plain_loop)->Arg(64)->Arg(4096)->Arg(16 << 20);

} // namespace

BENCHMARK_MAIN();

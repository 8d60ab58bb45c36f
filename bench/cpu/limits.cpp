// The machine's limits, measured by loops that do nothing else: FMAs in registers, and five ways to
// access the data of each memory level.
#include "cpu/bench.h"
#include "cpu/handwritten.h"

#include "hinge/hinge.hpp"

namespace hinge::bench {

/// Half of a cache, so that other data does not evict it. Of L3, which cores share, a quarter.
static std::size_t working_set_floats(const std::string &level) {
  if (level == "DRAM")
    return out_of_cache_floats();
  const int number = level[1] - '0';
  return cache_bytes(number) / sizeof(float) / (number == 3 ? 4 : 2);
}

/// Registers run(first part, last part, floats in each), which moves `moves` times the bytes of a
/// part. A part is a number of whole pages.
template <class Run>
static void add(const std::string &access, const std::string &level, int parts, double moves,
                const std::shared_ptr<std::unique_ptr<Array>> &shared, const Run &run) {
  benchmark::RegisterBenchmark(("limit/" + access + "/" + level).c_str(),
                               [=](benchmark::State &state) {
                                 const std::size_t size = working_set_floats(level);
                                 if (!*shared)
                                   *shared = std::make_unique<Array>(normal(size, 7));
                                 float *data = (*shared)->data();
                                 const std::size_t n = size / std::size_t(parts) / 1024 * 1024;
                                 for (auto _ : state) {
                                   run(data, data + size - n, n);
                                   benchmark::ClobberMemory();
                                 }
                                 state.counters["bytes"] = moves * double(n) * sizeof(float);
                               });
}

void register_limits() {
  const Handwritten &loops = handwritten(target());
  benchmark::RegisterBenchmark("limit/fma", [&loops](benchmark::State &state) {
    constexpr int steps = 10000; // 20 us
    for (auto _ : state)
      benchmark::DoNotOptimize(loops.fma(steps));
    state.counters["flop"] = double(steps) * loops.flop_per_step;
  });
  for (const char *level : {"L1", "L2", "L3", "DRAM"}) {
    const auto shared = std::make_shared<std::unique_ptr<Array>>();
    add("read", level, 1, 1, shared,
        [&loops](float *a, float *, std::size_t n) { benchmark::DoNotOptimize(loops.read(a, n)); });
    add("copy", level, 2, 2, shared,
        [&loops](float *a, float *b, std::size_t n) { loops.copy(a, b, n); });
    add("update", level, 1, 2, shared,
        [&loops](float *a, float *, std::size_t n) { loops.scale(a, a, n); });
    // As an activation's gradient accesses memory: from two arrays to a third one, or to one of the
    // two.
    add("add", level, 3, 3, shared,
        [&loops](float *a, float *c, std::size_t n) { loops.add(a, a + n, c, n); });
    add("accumulate", level, 2, 3, shared,
        [&loops](float *a, float *b, std::size_t n) { loops.add(a, b, b, n); });
  }
}

} // namespace hinge::bench

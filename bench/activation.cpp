// ReLU and ReLU6 beside a hand-written loop for the same instruction set and beside memcpy.
#include "bench.h"
#include "handwritten.h"

#include "hinge/hinge.hpp"

#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

namespace hinge::bench {

namespace {

struct Buffers {
  Array x, y;
  explicit Buffers(std::size_t size) : x(normal(size, 1)), y(normal(size, 2)) {}
};

/// Made when the first benchmark of a size runs, and shared by all of them: 512 MiB out of cache.
using SharedBuffers = std::shared_ptr<std::unique_ptr<Buffers>>;

struct Operator {
  const char *name;
  Activation act;
  void (*Handwritten::*loop)(const float *, float *, std::size_t);
};
constexpr Operator operators[] = {{"relu", Activation::relu, &Handwritten::relu},
                                  {"relu6", Activation::relu6, &Handwritten::relu6}};

} // namespace

/// 256 MiB, or less where two such arrays would take more than half of the memory that is free.
static std::size_t out_of_cache_floats() {
  std::size_t size = std::size_t(64) << 20;
  const std::string available = proc_field("/proc/meminfo", "MemAvailable");
  if (!available.empty()) // "24130012 kB"
    while (2 * size * sizeof(float) > std::stoull(available) * 1024 / 2)
      size /= 2;
  return size;
}

/// Registers run(x, y) on data of that size.
template <class Run>
static void add(const std::string &name, std::size_t size, const SharedBuffers &shared,
                const Run &run) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State &state) {
    if (!*shared)
      *shared = std::make_unique<Buffers>(size);
    const float *x = (*shared)->x.data();
    float *y = (*shared)->y.data();
    for (auto _ : state) {
      run(x, y);
      benchmark::ClobberMemory();
    }
    // In and out of place, and memcpy: all of it is read and all of it written.
    state.counters["bytes"] = 2.0 * double(size) * sizeof(float);
  });
}

/// Both give the same bits, or the benches compare different things.
static void check(const Operator &op, const Handwritten &loops) {
  constexpr std::size_t size = 1000; // not a multiple of any unrolled loop
  Array x = normal(size, 3), expected(size), y(size);
  const float special[] = {NAN,  -NAN,     -0.0f,
                           0.0f, INFINITY, -INFINITY,
                           6.0f, 7.0f,     std::numeric_limits<float>::denorm_min()};
  for (std::size_t i = 0; i < size; i += 10)
    x[i] = special[i / 10 % std::size(special)];
  activation_forward(op.act, {x.data(), 1, size}, {expected.data(), 1, size});
  (loops.*op.loop)(x.data(), y.data(), size);
  if (std::memcmp(y.data(), expected.data(), size * sizeof(float)) != 0)
    fail(std::string(op.name) + ": the hand-written loop and Hinge give different bits");
}

void register_activations() {
  const Handwritten &loops = handwritten(target());
  for (const Operator &op : operators)
    check(op, loops);

  // x and y in L1, in L2, and out of cache.
  for (const std::size_t size :
       {std::size_t(4) << 10, std::size_t(64) << 10, out_of_cache_floats()}) {
    const auto n = std::int64_t(size);
    const std::string shape = "/" + std::to_string(size) + "/";
    const auto shared = std::make_shared<std::unique_ptr<Buffers>>();

    add("limit/memcpy/" + std::to_string(size), size, shared,
        [=](const float *x, float *y) { std::memcpy(y, x, size * sizeof(float)); });
    for (const Operator &op : operators) {
      const auto loop = loops.*op.loop;
      const Activation act = op.act;
      const std::string out_of_place = op.name + shape, in_place = op.name + ("_inplace" + shape);
      add(out_of_place + "hinge", size, shared, [=](const float *x, float *y) {
        activation_forward(act, {x, 1, n}, {y, 1, n});
      });
      add(out_of_place + "handwritten", size, shared,
          [=](const float *x, float *y) { loop(x, y, size); });
      // From the second pass on y holds what the first left; no loop branches on the values.
      add(in_place + "hinge", size, shared, [=](const float *, float *y) {
        activation_forward(act, {y, 1, n}, {y, 1, n});
      });
      add(in_place + "handwritten", size, shared,
          [=](const float *, float *y) { loop(y, y, size); });
    }
  }
}

} // namespace hinge::bench

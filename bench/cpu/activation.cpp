// ReLU and ReLU6 beside a hand-written loop for the same instruction set, and beside memcpy and a
// scale, which only move the same bytes.
#include "cpu/bench.h"
#include "cpu/handwritten.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>
#include <vector>

namespace hinge::bench {

namespace {

struct Buffers {
  Array x, y;
  explicit Buffers(std::size_t floats) : x(normal(floats, 1)), y(normal(floats, 2)) {}
};

/// The first benchmark of a size that runs makes the buffers, and all share them: out of cache they
/// take 512 MiB.
using SharedBuffers = std::shared_ptr<std::unique_ptr<Buffers>>;

struct Operator {
  const char *name;
  Activation act;
  Handwritten::Map *Handwritten::*loop;
};
constexpr Operator operators[] = {{"relu", Activation::relu, &Handwritten::relu},
                                  {"relu6", Activation::relu6, &Handwritten::relu6}};

/// Where x and y are: the same buffer or two, beginning on a page or one float behind it.
struct Placement {
  const char *suffix;
  bool in_place;
  std::size_t offset;
};
constexpr Placement placements[] = {{"", false, 0},
                                    {"_inplace", true, 0},
                                    {"_unaligned", false, 1},
                                    {"_inplace_unaligned", true, 1}};

/// Ends the program if the loop and Hinge give different bits.
void check(const Operator &op, Handwritten::Map *loop, const float *x, float *y, std::size_t n) {
  loop(x, y, n);
  constexpr std::size_t piece = 16384;
  Array expected(piece);
  for (std::size_t i = 0; i < n; i += piece) {
    const std::size_t size = std::min(piece, n - i);
    activation_forward(op.act, {x + i, 1, std::int64_t(size)},
                       {expected.data(), 1, std::int64_t(size)});
    if (std::memcmp(y + i, expected.data(), size * sizeof(float)) != 0)
      fail(std::string(op.name) + ": the hand-written loop and Hinge give different bits");
  }
}

/// Checks special values, which the benches' data lacks, and a size that leaves a tail.
void check_special(const Operator &op, Handwritten::Map *loop) {
  constexpr std::size_t size = 1001;
  Array x = normal(size, 3), y(size);
  const float special[] = {NAN,  -NAN,     -0.0f,
                           0.0f, INFINITY, -INFINITY,
                           6.0f, 7.0f,     std::numeric_limits<float>::denorm_min()};
  for (std::size_t i = 0; i < size; i += 7)
    x[i] = special[i / 7 % std::size(special)];
  for (const std::size_t offset : {0, 1})
    check(op, loop, x.data() + offset, y.data() + offset, size - offset);
  loop(x.data(), y.data(), size);
  loop(x.data(), x.data(), size);
  if (std::memcmp(x.data(), y.data(), size * sizeof(float)) != 0)
    fail(std::string(op.name) + ": the hand-written loop gives other bits in place");
}

/// Registers run(x, y) on data of that size. The first run calls before(x, y) first.
template <class Run, class Before>
void add(const std::string &name, std::size_t size, const Placement &placement,
         const SharedBuffers &shared, const Run &run, const Before &before) {
  const auto first = std::make_shared<bool>(true);
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State &state) {
    if (!*shared)
      *shared = std::make_unique<Buffers>(size + 1);
    // From the second pass on, y in place holds what the first pass wrote. That changes no time,
    // because no loop branches on values.
    float *y = (*shared)->y.data() + placement.offset;
    const float *x = placement.in_place ? y : (*shared)->x.data() + placement.offset;
    if (*first)
      before(x, y);
    *first = false;
    for (auto _ : state) {
      run(x, y);
      benchmark::ClobberMemory();
    }
    // In place and out of place, a call reads all floats and writes all floats.
    state.counters["bytes"] = 2.0 * double(size) * sizeof(float);
    state.counters["data"] = (placement.in_place ? 1.0 : 2.0) * double(size) * sizeof(float);
  });
}

void register_size(std::size_t size, const Placement &placement, const SharedBuffers &shared,
                   int threads) {
  const Handwritten &loops = handwritten(target());
  const auto n = std::int64_t(size);
  auto name = [&](const char *op, const char *peer) {
    return std::string(op) + placement.suffix + "/" + std::to_string(size) + "/" + peer;
  };
  const auto nothing = [](const float *, float *) {};
  for (const Operator &op : operators) {
    const Activation act = op.act;
    add(
        name(op.name, "hinge"), size, placement, shared,
        [=](const float *x, float *y) {
          activation_forward(act, {x, 1, n}, {y, 1, n});
        },
        nothing);
    if (threads > 1)
      continue;
    const auto loop = loops.*op.loop;
    add(
        name(op.name, "handwritten"), size, placement, shared,
        [=](const float *x, float *y) { loop(x, y, size); },
        [=](const float *x, float *y) {
          if (x != y)
            check(op, loop, x, y, size);
        });
  }
  if (threads > 1)
    return;
  add(
      name("plain", "scale"), size, placement, shared,
      [=, scale = loops.scale](const float *x, float *y) { scale(x, y, size); }, nothing);
  if (!placement.in_place)
    add(
        name("plain", "memcpy"), size, placement, shared,
        [=](const float *x, float *y) { std::memcpy(y, x, size * sizeof(float)); }, nothing);
}

} // namespace

void register_activations(const Options &options) {
  for (const Operator &op : operators)
    check_special(op, handwritten(target()).*op.loop);

  // x and y in L1, in L2 and out of cache. With --all, powers of four from 64 floats on, where the
  // cost of a call counts.
  const std::size_t largest = out_of_cache_floats();
  std::vector<std::size_t> sizes = {std::size_t(4) << 10, std::size_t(64) << 10, largest};
  if (options.all) {
    sizes.clear();
    for (std::size_t size = 64; size < largest; size *= 4)
      sizes.push_back(size);
    sizes.push_back(largest);
  }
  for (const std::size_t size : sizes) {
    const auto shared = std::make_shared<std::unique_ptr<Buffers>>();
    for (const Placement &placement : placements)
      if (options.all || placement.offset == 0)
        register_size(size, placement, shared, options.threads);
  }
}

} // namespace hinge::bench

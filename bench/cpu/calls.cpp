// hinge_call_bench: what a small call costs beside its kernel, and beside a plain loop that is
// called through a pointer.
//
// All ways take turns, 200 times, so that other load meets all alike. It prints the medians.
#include "cpu/calls_loops.h"

#include "dispatch/buffers.h"
#include "dispatch/target.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace hinge::bench {

namespace {

using detail::Buffer;
using detail::Key;

constexpr int turns = 200;
constexpr std::size_t most = 4096;

/// The data of all ways. Outputs lie at other places in a page than inputs, so that no load has the
/// low address bits of a store.
struct Data {
  alignas(4096) float x[most];
  alignas(4096) float y[most + 512];
  alignas(4096) float z[most + 1024];
  alignas(4096) std::uint8_t mask[4096];
  float *out = y + 64, *out2 = z + 128;
};
Data data;

/// One way to do something. Its times are those of a call, in ns.
struct Way {
  std::function<void(int calls)> run;
  std::vector<double> times;

  double median() {
    std::nth_element(times.begin(), times.begin() + turns / 2, times.end());
    return times[turns / 2];
  }
};

/// A line of the table.
struct Line {
  std::string name;
  std::int64_t floats;
  Way loop, kernel, call; // `loop` may be empty
};

/// A pointer that the compiler knows nothing about.
template <class Fn>
Fn *opaque(Fn *function) {
  __asm__ volatile("" : "+r"(function));
  return function;
}

template <class F>
Way way(F f) {
  return {[f](int calls) {
            for (int i = 0; i < calls; i++) {
              f();
              __asm__ volatile("" ::: "memory");
            }
          },
          {}};
}

void measure(Way *way, std::int64_t floats) {
  const int calls = int(400000 / (floats + 200));
  const auto begin = std::chrono::steady_clock::now();
  way->run(calls);
  const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - begin;
  way->times.push_back(time.count() / calls);
}

void print(Line &line) {
  const double kernel = line.kernel.median(), call = line.call.median();
  std::printf("| %s | %lld | ", line.name.c_str(), static_cast<long long>(line.floats));
  if (line.loop.run)
    std::printf("%.1f | %.1f | %.1f | %.1f | %.2fx |\n", line.loop.median(), kernel, call,
                call - kernel, line.loop.median() / call);
  else
    std::printf("| %.1f | %.1f | %.1f | |\n", kernel, call, call - kernel);
}

/// y = act(x), out of place and in place.
void add_forward(std::vector<Line> *lines, const char *name, hinge_activation act,
                 decltype(plain_relu) *loop, std::int64_t n, const detail::Target &target) {
  const Key key{detail::Type::float32, act};
  for (const bool in_place : {false, true}) {
    float *y = data.out, *x = in_place ? y : data.x;
    const hinge_const_view from{x, 1, n, n, HINGE_FLOAT32};
    const hinge_view to{y, 1, n, n, HINGE_FLOAT32};
    const auto run = opaque(target.activation_row[key].run);
    const auto run_in_place = opaque(target.activation_inplace_row[key].run);
    const auto count = std::int32_t(n);
    lines->push_back(
        {std::string(name) + (in_place ? " in place" : ""), n,
         way([=, loop = opaque(loop)] { loop(x, y, std::size_t(n)); }),
         in_place ? way([=] { run_in_place(y, count); }) : way([=] { run(x, y, count); }),
         way([=] { hinge_activation_forward(act, &from, &to); })});
  }
}

/// ReLU's gradient and masks.
void add_training(std::vector<Line> *lines, std::int64_t n, const detail::Target &target) {
  constexpr hinge_activation act = HINGE_ACTIVATION_RELU;
  const Key key{detail::Type::float32, act};
  float *x = data.x, *dy = data.out, *dx = data.out2;
  std::uint8_t *bits = data.mask;
  const auto count = std::int32_t(n), bytes = count / 8;
  const hinge_const_view y_view{x, 1, n, n, HINGE_FLOAT32}, dy_view{dy, 1, n, n, HINGE_FLOAT32};
  const hinge_view dx_view{dx, 1, n, n, HINGE_FLOAT32};
  const hinge_mask mask{bits, 1, n, bytes};
  const hinge_const_mask const_mask{bits, 1, n, bytes};

  const auto backward = opaque(target.activation_backward_row[key].run);
  lines->push_back({"ReLU backward", n,
                    way([=, loop = opaque(plain_backward)] { loop(x, dy, dx, std::size_t(n)); }),
                    way([=] { backward(x, dy, dx, count); }),
                    way([=] { hinge_activation_backward(act, &y_view, &dy_view, &dx_view); })});
  const auto write = opaque(target.activation_mask_row[key].run);
  lines->push_back({"ReLU mask", n, {}, way([=] { write(x, count, bits, bytes); }), way([=] {
                      hinge_activation_mask(act, &y_view, &mask);
                    })});
  const auto from_mask = opaque(target.activation_backward_mask_row[{}].run);
  lines->push_back({"backward from mask",
                    n,
                    {},
                    way([=] { from_mask(bits, bytes, 0, dy, dx, count); }),
                    way([=] { hinge_activation_backward_mask(&const_mask, &dy_view, &dx_view); })});
}

} // namespace

static int run() {
  for (std::size_t i = 0; i < most; i++)
    data.x[i] = data.out[i] = float(int(i * 7919 % 17) - 8) / 2 + 0.25f;
  const detail::Target *target = detail::active_target();
  if (!target) {
    std::fprintf(stderr, "hinge_call_bench: %s\n", hinge_last_error());
    return 1;
  }
  std::vector<Line> lines;
  for (const std::int64_t n : {64, 256, 1024, 4096}) {
    add_forward(&lines, "ReLU", HINGE_ACTIVATION_RELU, plain_relu, n, *target);
    add_forward(&lines, "ReLU6", HINGE_ACTIVATION_RELU6, plain_relu6, n, *target);
    add_training(&lines, n, *target);
  }
  std::printf("Target %s; times in ns\n\n", target->name);
  std::printf("| | floats | loop | kernel | call | call - kernel | loop / call |\n"
              "|---|---:|---:|---:|---:|---:|---:|\n");
  for (int turn = 0; turn < turns; turn++)
    for (Line &line : lines)
      for (Way *way : {&line.loop, &line.kernel, &line.call})
        if (way->run)
          measure(way, line.floats);
  for (Line &line : lines)
    print(line);
  return 0;
}

} // namespace hinge::bench

int main() { return hinge::bench::run(); }

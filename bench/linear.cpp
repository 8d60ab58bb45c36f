// Linear + ReLU beside the peers of peers.h, one thread each.
#include "bench.h"
#include "handwritten.h"
#include "peers.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace hinge::bench {

namespace {

struct Shape {
  std::int64_t batch, in, out;
};
// A small layer that lives in L1, a lone vector through 4 MiB of weights, two of control and audio
// networks, the widening half of a transformer's MLP, and a square that is limited by FMA alone.
constexpr Shape shapes[] = {{32, 10, 20},   {1, 1024, 1024},  {8, 64, 64},
                            {32, 256, 256}, {128, 768, 3072}, {512, 1024, 1024}};

class HingeLinear {
public:
  HingeLinear(const Problem &problem, float *y)
      : p_(problem), y_(y),
        layer_({p_.weight.data(), p_.out, p_.in}, p_.bias.data(), Activation::relu) {}
  void operator()() { layer_({p_.x.data(), p_.batch, p_.in}, {y_, p_.batch, p_.out}); }

private:
  const Problem &p_;
  float *y_;
  Linear layer_;
};

/// One problem and what Hinge makes of it, for all peers to be held against.
struct Case {
  Problem problem;
  Array y;        // the peers' to write
  Array expected; // Hinge's
  Array tolerance;

  explicit Case(const Shape &s)
      : problem{s.batch,
                s.in,
                s.out,
                normal(std::size_t(s.batch * s.in), 4),
                normal(std::size_t(s.out * s.in), 5),
                normal(std::size_t(s.out), 6)},
        y(std::size_t(s.batch * s.out)), expected(y.size()), tolerance(y.size()) {
    HingeLinear(problem, expected.data())();
    // A sum of K products and a bias in any order is off by less than K eps sum |x w|
    // (Higham, Accuracy and Stability of Numerical Algorithms, 4.2).
    for (std::size_t i = 0; i < y.size(); i++) {
      const std::size_t m = i / std::size_t(s.out), n = i % std::size_t(s.out);
      const float *x = problem.x.data() + m * std::size_t(s.in);
      const float *w = problem.weight.data() + n * std::size_t(s.in);
      double sum = std::fabs(problem.bias[n]);
      for (std::int64_t k = 0; k < s.in; k++)
        sum += std::fabs(double(x[k]) * w[k]);
      tolerance[i] = float(double(s.in) * std::numeric_limits<float>::epsilon() * sum);
    }
  }

  void check(const std::string &name) const {
    for (std::size_t i = 0; i < y.size(); i++)
      if (!(std::fabs(y[i] - expected[i]) <= tolerance[i]))
        fail(name + ": y[" + std::to_string(i) + "] is " + std::to_string(y[i]) + ", Hinge's is " +
             std::to_string(expected[i]));
  }
};

/// Made when the first benchmark of a shape runs.
using SharedCase = std::shared_ptr<std::unique_ptr<Case>>;

} // namespace

template <class Peer>
static void add(const Shape &s, const SharedCase &shared, const std::string &peer_name) {
  const std::string name = "linear/" + std::to_string(s.batch) + "x" + std::to_string(s.in) + "x" +
                           std::to_string(s.out) + "/" + peer_name;
  auto run = [=, peer = std::shared_ptr<Peer>()](benchmark::State &state) mutable {
    if (!*shared)
      *shared = std::make_unique<Case>(s);
    Case &c = **shared;
    if (!peer) {
      peer = std::make_shared<Peer>(c.problem, c.y.data());
      std::fill_n(c.y.data(), c.y.size(), NAN);
      (*peer)();
      c.check(name);
    }
    for (auto _ : state) {
      (*peer)();
      benchmark::ClobberMemory();
    }
    state.counters["flop"] = 2.0 * double(s.batch) * double(s.in) * double(s.out);
  };
  benchmark::RegisterBenchmark(name.c_str(), run);
}

void register_linear() {
  for (const Shape &s : shapes) {
    const auto shared = std::make_shared<std::unique_ptr<Case>>();
    add<HingeLinear>(s, shared, "hinge");
    add<Naive>(s, shared, "naive");
#ifdef HINGE_BENCH_OPENBLAS
    add<OpenBlas>(s, shared, "openblas");
#endif
#ifdef HINGE_BENCH_ONEDNN
    add<OneDnn>(s, shared, "onednn");
#endif
  }

  benchmark::RegisterBenchmark("limit/fma", [](benchmark::State &state) {
    const Handwritten &loops = handwritten(target());
    constexpr int steps = 10000; // 20 us
    for (auto _ : state)
      benchmark::DoNotOptimize(loops.fma(steps));
    state.counters["flop"] = double(steps) * loops.flop_per_step;
  });
}

} // namespace hinge::bench

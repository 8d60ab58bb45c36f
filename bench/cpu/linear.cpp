// Linear + ReLU beside the peers of bench/peers.
#include "cpu/bench.h"
#include "peers/peers.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace hinge::bench {

namespace {

// In this order: a small layer in L1; one vector through 4 MiB of weights; two layers of control
// and audio networks; the widening half of a transformer's MLP; a square that FMA alone limits.
constexpr Shape some_shapes[] = {{32, 10, 20},   {1, 1024, 1024},  {8, 64, 64},
                                 {32, 256, 256}, {128, 768, 3072}, {512, 1024, 1024}};

// With --all: every batch through every layer.
constexpr std::int64_t batches[] = {1, 4, 8, 16, 32, 128, 512};
constexpr struct {
  std::int64_t in, out;
} layers[] = {{10, 20},   {16, 16},   {64, 64},     {64, 10},    {128, 64},   {256, 256},
              {512, 128}, {784, 128}, {1024, 1024}, {768, 3072}, {3072, 768}, {4096, 16}};

/// The naive loops run at these shapes only. They show what a compiler does, and take up to a
/// second.
bool is_one_of_some(const Shape &shape) {
  return std::find(std::begin(some_shapes), std::end(some_shapes), shape) != std::end(some_shapes);
}

class HingeLinear final : public Peer {
public:
  HingeLinear(const Problem &problem, float *y, int)
      : p_(problem), y_(y),
        layer_({p_.weight.data(), p_.shape.out, p_.shape.in}, p_.bias.data(), Activation::relu) {}
  void operator()() override {
    const auto [batch, in, out] = p_.shape;
    layer_({p_.x.data(), batch, in}, {y_, batch, out});
  }

private:
  const Problem &p_;
  float *y_;
  Linear layer_;
};

const PeerType hinge_type = {[] { return std::string(hinge_version()); }, make_peer<HingeLinear>,
                             true};

double norm(const float *a, std::int64_t n) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; i++)
    sum += double(a[i]) * a[i];
  return std::sqrt(sum);
}

/// One problem and Hinge's result, with which all peers are compared.
struct Case {
  Problem problem;
  Array y;        // the peers write it
  Array expected; // Hinge's

  explicit Case(const Shape &s)
      : problem{s, normal(std::size_t(s.batch * s.in), 4), normal(std::size_t(s.out * s.in), 5),
                normal(std::size_t(s.out), 6)},
        y(std::size_t(s.batch * s.out)), expected(y.size()) {
    HingeLinear(problem, expected.data(), 1)();
  }

  /// The error of a sum of K products and a bias, in any order, is below K eps (|b| + sum |x w|)
  /// (Higham, Accuracy and Stability of Numerical Algorithms, 4.2). sum |x w| is at most |x| |w|.
  void check(const std::string &name) const {
    const auto [batch, in, out] = problem.shape;
    std::vector<double> w_norms;
    for (std::int64_t n = 0; n < out; n++)
      w_norms.push_back(norm(problem.weight.data() + n * in, in));
    for (std::int64_t m = 0; m < batch; m++) {
      const double x_norm = norm(problem.x.data() + m * in, in);
      for (std::int64_t n = 0; n < out; n++) {
        const double tolerance =
            double(in) * std::numeric_limits<float>::epsilon() *
            (std::fabs(problem.bias[std::size_t(n)]) + x_norm * w_norms[std::size_t(n)]);
        const auto i = std::size_t(m * out + n);
        if (!(std::fabs(y[i] - expected[i]) <= tolerance))
          fail(name + ": y[" + std::to_string(m) + ", " + std::to_string(n) + "] is " +
               std::to_string(y[i]) + ", Hinge's is " + std::to_string(expected[i]));
      }
    }
  }
};

/// The first benchmark of a shape that runs makes the case.
using SharedCase = std::shared_ptr<std::unique_ptr<Case>>;

void add(const Shape &s, const SharedCase &shared, const std::string &peer_name,
         const PeerType &type, int threads) {
  const std::string name = "linear/" + std::to_string(s.batch) + "x" + std::to_string(s.in) + "x" +
                           std::to_string(s.out) + "/" + peer_name;
  const auto peer = std::make_shared<std::unique_ptr<Peer>>();
  benchmark::RegisterBenchmark(name.c_str(), [=, &type](benchmark::State &state) {
    if (!*shared)
      *shared = std::make_unique<Case>(s);
    Case &c = **shared;
    if (!*peer) {
      *peer = type.make(c.problem, c.y.data(), threads);
      std::fill_n(c.y.data(), c.y.size(), NAN);
      (**peer)();
      c.check(name);
    }
    Peer &run = **peer;
    for (auto _ : state) {
      run();
      benchmark::ClobberMemory();
    }
    state.counters["flop"] = 2.0 * double(s.batch) * double(s.in) * double(s.out);
    // The weights, the bias, x and y, once each.
    state.counters["bytes"] = state.counters["data"] =
        double(sizeof(float)) * double(s.in * s.out + s.out + s.batch * s.in + s.batch * s.out);
  });
}

void register_shape(const Shape &shape, int threads) {
  const auto shared = std::make_shared<std::unique_ptr<Case>>();
  add(shape, shared, "hinge", hinge_type, threads);
  for (const NamedPeer &peer : peers())
    if (peer.type && (threads == 1 || peer.type->has_threads) &&
        (!peer.type->fits || peer.type->fits(shape)) &&
        (peer.type != &naive || is_one_of_some(shape)))
      add(shape, shared, peer.name, *peer.type, threads);
}

} // namespace

void register_linear(const Options &options) {
  if (options.all) {
    for (const auto &one : layers)
      for (const std::int64_t batch : batches)
        register_shape({batch, one.in, one.out}, options.threads);
  } else {
    for (const Shape &shape : some_shapes)
      register_shape(shape, options.threads);
  }
}

} // namespace hinge::bench

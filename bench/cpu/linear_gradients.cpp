// The gradients of Linear + ReLU, and a whole training step, beside the peers of bench/peers.
#include "cpu/bench.h"
#include "peers/peers.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace hinge::bench {

namespace {

constexpr Shape some_shapes[] = {
    {32, 10, 20}, {8, 64, 64}, {32, 256, 256}, {128, 768, 3072}, {512, 1024, 1024}};
constexpr Shape more_shapes[] = {{32, 64, 64}, {1, 1024, 1024}, {128, 256, 256}, {128, 784, 128}};
/// A whole step runs at these shapes without --all: layers where the cost of a call counts.
constexpr Shape step_shapes[] = {{32, 10, 20}, {32, 64, 64}};

struct NamedPart {
  const char *name;
  Part part;
};
constexpr NamedPart parts[] = {{"backward_dx", Part::dx},
                               {"backward_dweight", Part::dweight},
                               {"backward", Part::gradients},
                               {"step", Part::step}};

class HingeTraining final : public Peer {
public:
  HingeTraining(const Training &training, Gradients &out, Part part, int)
      : t_(training), out_(out), part_(part),
        layer_({p_.weight.data(), p_.shape.out, p_.shape.in}, p_.bias.data(), Activation::relu),
        mask_(std::size_t(p_.shape.batch * mask_row_bytes(p_.shape.out))) {}

  void operator()() override {
    const auto [batch, in, out] = p_.shape;
    const ConstView x(p_.x.data(), batch, in), weight(p_.weight.data(), out, in);
    const ConstView dy(t_.dy.data(), batch, out);
    const View y(out_.y.data(), batch, out), dx(out_.dx.data(), batch, in);
    const View dweight(out_.dweight.data(), out, in);
    float *dbias = out_.dbias.data();
    switch (part_) {
    case Part::dx:
      linear_backward(Activation::relu, {}, weight, y, dy, dx, {}, nullptr);
      break;
    case Part::dweight:
      linear_backward(Activation::relu, x, {}, y, dy, {}, dweight, dbias);
      break;
    case Part::gradients:
      linear_backward(Activation::relu, x, weight, y, dy, dx, dweight, dbias);
      break;
    case Part::step:
      const MaskView mask(mask_.data(), batch, out);
      layer_.forward(x, y, mask);
      linear_backward(mask, x, weight, dy, dx, dweight, dbias);
      layer_.repack(weight, p_.bias.data());
    }
  }

private:
  const Training &t_;
  const Problem &p_ = t_.problem;
  Gradients &out_;
  Part part_;
  Linear layer_;
  std::vector<std::uint8_t> mask_;
};

const PeerType hinge_type = {[] { return std::string(hinge_version()); }, nullptr, true, nullptr,
                             make_training<HingeTraining>};

/// The Euclidean norms of a matrix's rows and columns.
struct Norms {
  std::vector<double> rows, columns;

  Norms(const float *a, std::int64_t m, std::int64_t n)
      : rows(std::size_t(m)), columns(std::size_t(n)) {
    for (std::size_t r = 0; r < rows.size(); r++)
      for (std::size_t c = 0; c < columns.size(); c++) {
        const double square = double(a[r * columns.size() + c]) * a[r * columns.size() + c];
        rows[r] += square;
        columns[c] += square;
      }
    for (std::vector<double> *norms : {&rows, &columns})
      for (double &norm : *norms)
        norm = std::sqrt(norm);
  }
};

/// One problem and Hinge's results, with which all peers are compared.
struct Case {
  Training training;
  Gradients out;      // the peers write it
  Gradients expected; // Hinge's

  explicit Case(const Shape &s)
      : training{{s, normal(std::size_t(s.batch * s.in), 4), normal(std::size_t(s.out * s.in), 5),
                  normal(std::size_t(s.out), 6)},
                 normal(std::size_t(s.batch * s.out), 10)},
        out(s), expected(s) {
    HingeTraining(training, expected, Part::step, 1)();
    restore();
  }

  void restore() {
    std::copy_n(expected.y.data(), expected.y.size(), out.y.data());
    for (Array *result : {&out.dx, &out.dweight, &out.dbias})
      std::fill_n(result->data(), result->size(), NAN);
  }

  /// Uses the bound of the forward's check. A sum of n products of a row of A and a column of B has
  /// an error below n eps |a| |b|, and below n eps (|a| |b| + |c|) if it begins with c. A peer
  /// whose y is on the other side of 0 would fail, but these data have no such y.
  void check(const std::string &name, Part part) const {
    const auto [batch, in, n] = training.problem.shape;
    Array g(training.dy.size());
    activation_backward(Activation::relu, {expected.y.data(), batch, n},
                        {training.dy.data(), batch, n}, {g.data(), batch, n});
    const Norms g_norms(g.data(), batch, n), x_norms(training.problem.x.data(), batch, in),
        w_norms(training.problem.weight.data(), n, in);
    if (part == Part::step)
      compare(name + ": y", out.y, expected.y, in, x_norms.rows, w_norms.rows,
              training.problem.bias.data());
    if (wants_dx(part))
      compare(name + ": dx", out.dx, expected.dx, n, g_norms.rows, w_norms.columns);
    if (wants_dweight(part)) {
      compare(name + ": dweight", out.dweight, expected.dweight, batch, g_norms.columns,
              x_norms.columns);
      compare(name + ": dbias", out.dbias, expected.dbias, batch, g_norms.columns,
              {std::sqrt(double(batch))});
    }
  }

private:
  static void compare(const std::string &what, const Array &result, const Array &wanted,
                      std::int64_t terms, const std::vector<double> &row_norms,
                      const std::vector<double> &column_norms, const float *first = nullptr) {
    const double eps = double(terms) * std::numeric_limits<float>::epsilon();
    for (std::size_t r = 0; r < row_norms.size(); r++)
      for (std::size_t c = 0; c < column_norms.size(); c++) {
        const std::size_t i = r * column_norms.size() + c;
        const double tolerance =
            eps * (row_norms[r] * column_norms[c] + (first ? std::fabs(first[c]) : 0.0));
        if (!(std::fabs(result[i] - wanted[i]) <= tolerance))
          fail(what + "[" + std::to_string(r) + ", " + std::to_string(c) + "] is " +
               std::to_string(result[i]) + ", Hinge's is " + std::to_string(wanted[i]));
      }
  }
};
using SharedCase = std::shared_ptr<std::unique_ptr<Case>>;

/// The floating-point operations of a part, and the bytes that it accesses, once each.
struct Work {
  double flop, bytes;
  Work(const Shape &s, Part part) {
    const double x = double(s.batch * s.in), y = double(s.batch * s.out);
    const double weight = double(s.out * s.in), bias = double(s.out);
    const bool dx = wants_dx(part), dweight = wants_dweight(part);
    const int products = (part == Part::step) + dx + dweight;
    flop = products * 2.0 * double(s.batch) * weight;
    // dy and y; for dx also the weights; for dweight and dbias also x; in a step the packed
    // weights.
    bytes = 2 * y + (dx ? x + weight : 0) + (dweight ? weight + bias + x : 0) +
            (part == Part::step ? weight + bias : 0);
    bytes *= sizeof(float);
  }
};

void add(const Shape &s, const NamedPart &p, const SharedCase &shared, const std::string &peer_name,
         const PeerType &type, int threads) {
  const std::string name = std::string(p.name) + "/" + std::to_string(s.batch) + "x" +
                           std::to_string(s.in) + "x" + std::to_string(s.out) + "/" + peer_name;
  const auto peer = std::make_shared<std::unique_ptr<Peer>>();
  benchmark::RegisterBenchmark(name.c_str(), [=, &type](benchmark::State &state) {
    if (!*shared)
      *shared = std::make_unique<Case>(s);
    Case &c = **shared;
    if (!*peer) {
      c.restore(); // making a peer may run it
      *peer = type.make_training(c.training, c.out, p.part, threads);
      c.restore();
      (**peer)();
      (**peer).unpack();
      c.check(name, p.part);
    }
    Peer &run = **peer;
    for (auto _ : state) {
      run();
      benchmark::ClobberMemory();
    }
    const Work work(s, p.part);
    state.counters["flop"] = work.flop;
    state.counters["bytes"] = state.counters["data"] = work.bytes;
  });
}

bool is_one_of_some(const Shape &shape) {
  return std::find(std::begin(some_shapes), std::end(some_shapes), shape) !=
             std::end(some_shapes) ||
         std::find(std::begin(step_shapes), std::end(step_shapes), shape) != std::end(step_shapes);
}

void register_shape(const Shape &shape, const NamedPart &part, const SharedCase &shared,
                    int threads) {
  add(shape, part, shared, "hinge", hinge_type, threads);
  for (const NamedPeer &peer : peers())
    if (peer.type && peer.type->make_training && (threads == 1 || peer.type->has_threads) &&
        (peer.type != &naive || is_one_of_some(shape)))
      add(shape, part, shared, peer.name, *peer.type, threads);
}

} // namespace

void register_linear_gradients(const Options &options) {
  auto each = [&](const auto &shapes, auto wanted) {
    for (const Shape &shape : shapes) {
      const auto shared = std::make_shared<std::unique_ptr<Case>>();
      for (const NamedPart &part : parts)
        if (wanted(part.part))
          register_shape(shape, part, shared, options.threads);
    }
  };
  if (options.all) {
    const auto everything = [](Part) { return true; };
    each(some_shapes, everything);
    each(more_shapes, everything);
  } else {
    each(some_shapes, [](Part part) { return part == Part::gradients; });
    each(step_shapes, [](Part part) { return part == Part::step; });
  }
}

} // namespace hinge::bench

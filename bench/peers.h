// Linear + ReLU, its training and activations' gradients by others. Each is made once, for where
// its data lies, and run many times.
#pragma once

#include "bench.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace hinge::bench {

struct Shape {
  std::int64_t batch, in, out;
  bool operator==(const Shape &s) const { return batch == s.batch && in == s.in && out == s.out; }
};

/// y = ReLU(x W^T + b): x (batch, in), weight (out, in), bias (out), all dense.
struct Problem {
  Shape shape;
  Array x, weight, bias;
};

class Peer {
public:
  virtual ~Peer() = default;
  /// Computes the problem once. It reads the problem's x; how it keeps the weights is its own
  /// choice.
  virtual void operator()() = 0;
  /// Brings results that it keeps in a layout of its own to where the problem has them. Not timed:
  /// who trains with it keeps them there.
  virtual void unpack() {}
};

/// What of training a layer is computed. `dweight` includes dbias; `gradients` is all three; `step`
/// is the forward and then all three, with weights that are other ones each time.
enum class Part { dx, dweight, gradients, step };
constexpr bool wants_dx(Part part) { return part != Part::dweight; }
constexpr bool wants_dweight(Part part) { return part != Part::dx; }

/// A problem in training: dy (batch, out), and the results, each by whom they are computed. y is
/// read where the part is not a step.
struct Training {
  Problem problem;
  Array dy;
};
struct Gradients {
  Array y, dx, dweight, dbias;
  explicit Gradients(const Shape &s)
      : y(std::size_t(s.batch * s.out)), dx(std::size_t(s.batch * s.in)),
        dweight(std::size_t(s.out * s.in)), dbias(std::size_t(s.out)) {}
};

/// dx = act'(y) * dy by an activation's output y, n floats; in place where dx is dy.
struct ActivationBackward {
  bool relu6; // else ReLU
  const float *y, *dy;
  float *dx;
  std::size_t n;
};

struct PeerType {
  /// With the instruction set that it uses here.
  std::string (*version)();
  std::unique_ptr<Peer> (*make)(const Problem &problem, float *y, int threads);
  bool has_threads = false;
  /// Null: fits every shape.
  bool (*fits)(const Shape &) = nullptr;
  /// Null: does not do that.
  std::unique_ptr<Peer> (*make_training)(const Training &training, Gradients &out, Part part,
                                         int threads) = nullptr;
  std::unique_ptr<Peer> (*make_activation_backward)(const ActivationBackward &problem,
                                                    int threads) = nullptr;
};

template <class P>
std::unique_ptr<Peer> make_peer(const Problem &problem, float *y, int threads) {
  return std::make_unique<P>(problem, y, threads);
}

template <class P>
std::unique_ptr<Peer> make_training(const Training &training, Gradients &out, Part part,
                                    int threads) {
  return std::make_unique<P>(training, out, part, threads);
}

template <class P>
std::unique_ptr<Peer> make_activation_backward(const ActivationBackward &problem, int threads) {
  return std::make_unique<P>(problem, threads);
}

// A peer is a file peer_<name>.cpp that defines `const PeerType <name>`, and some lines in
// CMakeLists.txt, which writes peers.inc: HINGE_PEER(name), or HINGE_NO_PEER(name) where it was not
// found.
#define HINGE_PEER(name) extern const PeerType name;
#define HINGE_NO_PEER(name)
#include "peers.inc"
#undef HINGE_PEER
#undef HINGE_NO_PEER

/// Null where it was not found.
struct NamedPeer {
  const char *name;
  const PeerType *type;
};
const std::vector<NamedPeer> &peers();

/// Whether a() takes less time than b(): the least of five blocks of calls each, in turn. A peer
/// that can do the same in two ways does what is quicker for the shape.
template <class A, class B>
bool quicker(const A &a, const B &b) {
  using Clock = std::chrono::steady_clock;
  auto seconds = [](const auto &f, int calls) {
    const auto begin = Clock::now();
    for (int i = 0; i < calls; i++)
      f();
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  int calls = 1;
  while (seconds(a, calls) < 1e-4) // a clock's tick is 20 to 40 ns
    calls *= 2;
  double best_a = 1e9, best_b = 1e9;
  for (int round = 0; round < 5; round++) {
    best_a = std::min(best_a, seconds(a, calls));
    best_b = std::min(best_b, seconds(b, calls));
  }
  return best_a < best_b;
}

/// (in, out) from (out, in).
Array transposed(const Problem &problem);

} // namespace hinge::bench

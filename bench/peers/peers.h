// The peers: Linear + ReLU, its training and activations' gradients by other libraries. A peer is
// made once for a problem and its memory, and runs many times.
#pragma once

#include "cpu/bench.h"

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

/// y = ReLU(x W^T + b) with x (batch, in), weight (out, in) and bias (out), all dense.
struct Problem {
  Shape shape;
  Array x, weight, bias;
};

class Peer {
public:
  virtual ~Peer() = default;
  /// Computes the problem once. It reads the problem's x, but may keep the weights in a layout of
  /// its own.
  virtual void operator()() = 0;
  /// Copies results from a layout of its own to the problem's. It is not timed, because a training
  /// program keeps them in that layout.
  virtual void unpack() {}
};

/// What part of a training step is computed. `dweight` includes dbias. `gradients` is all three.
/// `step` is the forward and then all three, with other weights each time.
enum class Part { dx, dweight, gradients, step };
constexpr bool wants_dx(Part part) { return part != Part::dweight; }
constexpr bool wants_dweight(Part part) { return part != Part::dx; }

/// A problem in training, with dy (batch, out). Each peer writes its own Gradients. All parts but a
/// step read y.
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

/// dx = act'(y) * dy from an activation's output y, n floats. dx may be dy.
struct ActivationBackward {
  bool relu6; // else ReLU
  const float *y, *dy;
  float *dx;
  std::size_t n;
};

struct PeerType {
  /// Includes the instruction set that it uses here.
  std::string (*version)();
  std::unique_ptr<Peer> (*make)(const Problem &problem, float *y, int threads);
  bool has_threads = false;
  /// Null if it fits every shape.
  bool (*fits)(const Shape &) = nullptr;
  /// Both are null if it computes no gradients.
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

// Each peer has a file <name>.cpp that defines `const PeerType <name>`, a declaration here, and a
// call of hinge_peer in CMakeLists.txt. The build compiles the files of the peers that it finds.
extern const PeerType eigen, eigen_fixed, layer, libxsmm, naive, onednn, openblas, xnnpack;

struct NamedPeer {
  const char *name;
  const PeerType *type; // null if the build did not find it
};
/// All peers; CMakeLists.txt writes this list.
const std::vector<NamedPeer> &peers();

/// Whether a() takes less time than b(). It compares the least of five blocks of calls each, in
/// turn. A peer with two ways to compute a result uses the faster one for the shape.
template <class A, class B>
bool faster(const A &a, const B &b) {
  using Clock = std::chrono::steady_clock;
  auto seconds = [](const auto &f, int calls) {
    const auto begin = Clock::now();
    for (int i = 0; i < calls; i++)
      f();
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  int calls = 1;
  while (seconds(a, calls) < 1e-4) // reading the clock takes 20 to 40 ns
    calls *= 2;
  double best_a = 1e9, best_b = 1e9;
  for (int round = 0; round < 5; round++) {
    best_a = std::min(best_a, seconds(a, calls));
    best_b = std::min(best_b, seconds(b, calls));
  }
  return best_a < best_b;
}

/// The weights as (in, out).
Array transposed(const Problem &problem);

} // namespace hinge::bench

// The gradients of ReLU and ReLU6, and the forward with its mask, beside loops and oneDNN. In rows
// from a mask only Hinge and the hand-written loop read a mask; the others read y.
#include "cpu/bench.h"
#include "cpu/handwritten.h"
#include "peers/peers.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

namespace hinge::bench {

namespace {

/// In L1 and L2, and in L3 and out of cache. out_of_cache_floats() gives the largest size.
constexpr std::size_t some_sizes[] = {std::size_t(4) << 10, std::size_t(64) << 10};
constexpr std::size_t more_sizes[] = {std::size_t(1) << 20, std::size_t(16) << 20};

struct Operator {
  const char *name;
  Activation act;
  Handwritten::Backward *Handwritten::*backward;
  Handwritten::MapAndMask *Handwritten::*mask;
  Handwritten::Map *Handwritten::*forward;
};
constexpr Operator operators[] = {{"relu", Activation::relu, &Handwritten::relu_backward,
                                   &Handwritten::relu_mask, &Handwritten::relu},
                                  {"relu6", Activation::relu6, &Handwritten::relu6_backward,
                                   &Handwritten::relu6_mask, &Handwritten::relu6}};

/// What is computed. For each element it moves `moved` bytes, and its data has `data` bytes.
struct Variant {
  const char *suffix;
  bool in_place, from_mask, forward;
  double moved, data;
};
constexpr Variant variants[] = {{"_backward", false, false, false, 12, 12},
                                {"_backward_inplace", true, false, false, 12, 8},
                                {"_backward_frommask_inplace", true, true, false, 8.125, 4.125},
                                {"_mask", false, false, true, 8.125, 8.125}};

struct Case {
  Array y;      // holds inputs instead of outputs; the gradients are the same
  Array dy, dx; // the forward writes its output to dx
  Array bits;

  explicit Case(std::size_t size) : y(normal(size, 8)), dy(size), dx(size), bits(size / 32 + 1) {
    for (std::size_t i = 0; i < size; i++)
      y[i] *= 4; // some above 6
    restore();
  }
  std::uint8_t *mask() { return reinterpret_cast<std::uint8_t *>(bits.data()); }
  std::int64_t size() const { return std::int64_t(y.size()); }

  /// Makes dy what it was at first, and fills dx with NaN, which no variant computes.
  void restore() {
    const Array first = normal(std::min(dy.size(), std::size_t(1) << 20), 9);
    for (std::size_t i = 0; i < dy.size(); i++)
      dy[i] = first[i % first.size()];
    std::fill_n(dx.data(), dx.size(), NAN);
  }
};
using SharedCase = std::shared_ptr<std::unique_ptr<Case>>;

template <class F>
class Call final : public Peer {
public:
  explicit Call(const F &f) : f_(f) {}
  void operator()() override { f_(); }

private:
  F f_;
};
template <class F>
std::unique_ptr<Peer> call(const F &f) {
  return std::make_unique<Call<F>>(f);
}

std::unique_ptr<Peer> make_hinge(const Operator &op, const Variant &variant, Case &c) {
  const std::int64_t n = c.size();
  const Activation act = op.act;
  const float *y = c.y.data(), *dy = c.dy.data();
  float *dx = variant.in_place ? c.dy.data() : c.dx.data();
  std::uint8_t *mask = c.mask();
  if (variant.forward)
    return call([=] { activation_forward(act, {y, 1, n}, {dx, 1, n}, {mask, 1, n}); });
  if (!variant.from_mask)
    return call([=] { activation_backward(act, {y, 1, n}, {dy, 1, n}, {dx, 1, n}); });
  return call([=] { activation_backward({mask, 1, n}, {dy, 1, n}, {dx, 1, n}); });
}

std::unique_ptr<Peer> make_handwritten(const Operator &op, const Variant &variant, Case &c) {
  const Handwritten &loops = handwritten(target());
  const auto n = c.y.size();
  const float *y = c.y.data(), *dy = c.dy.data();
  float *dx = variant.in_place ? c.dy.data() : c.dx.data();
  std::uint8_t *mask = c.mask();
  if (variant.forward)
    return call([=, loop = loops.*op.mask] { loop(y, dx, mask, n); });
  if (!variant.from_mask)
    return call([=, loop = loops.*op.backward] { loop(y, dy, dx, n); });
  return call([=, loop = loops.backward_mask] { loop(mask, dy, dx, n); });
}

/// Compares one run with Hinge's result, computed out of place and from y. It compares values, not
/// bits, because oneDNN multiplies by 0 and so makes -0 of a negative dy.
void check(const std::string &name, const Operator &op, const Variant &variant, Case &c,
           Peer &run) {
  const std::int64_t n = c.size();
  c.restore();
  if (variant.from_mask)
    activation_mask(op.act, {c.y.data(), 1, n}, {c.mask(), 1, n});
  if (variant.forward)
    std::memset(c.mask(), 0x55, std::size_t(mask_row_bytes(n)));
  if (variant.in_place)
    std::copy_n(c.dy.data(), n, c.dx.data());
  run();
  const float *dy = variant.in_place ? c.dx.data() : c.dy.data();
  const float *result = variant.in_place ? c.dy.data() : c.dx.data();
  constexpr std::int64_t piece = 16384;
  Array expected(piece);
  std::uint8_t expected_mask[piece / 8];
  for (std::int64_t i = 0; i < n; i += piece) {
    const std::int64_t size = std::min(piece, n - i);
    const ConstView y(c.y.data() + i, 1, size);
    const View to(expected.data(), 1, size);
    if (variant.forward)
      activation_forward(op.act, y, to);
    else
      activation_backward(op.act, y, {dy + i, 1, size}, to);
    if (!std::equal(result + i, result + i + size, expected.data()))
      fail(name + " and Hinge give different numbers");
    if (!variant.forward)
      continue;
    activation_mask(op.act, y, {expected_mask, 1, size});
    if (std::memcmp(c.mask() + i / 8, expected_mask, std::size_t(mask_row_bytes(size))) != 0)
      fail(name + " and Hinge give different masks");
  }
}

/// Registers the peer that make(case) returns. If it computes the same as Hinge (`like_hinge`), its
/// first run is checked.
template <class Make>
void add(const Operator &op, const Variant &variant, std::size_t size, const char *peer_name,
         const SharedCase &shared, const Make &make, bool like_hinge = true) {
  const std::string name =
      std::string(op.name) + variant.suffix + "/" + std::to_string(size) + "/" + peer_name;
  const auto peer = std::make_shared<std::unique_ptr<Peer>>();
  benchmark::RegisterBenchmark(name.c_str(), [=, &op, &variant](benchmark::State &state) {
    if (!*shared)
      *shared = std::make_unique<Case>(size);
    Case &c = **shared;
    if (!*peer) {
      *peer = make(c);
      if (like_hinge)
        check(name, op, variant, c, **peer);
    }
    if (variant.from_mask) // the masks of ReLU and ReLU6 share their memory
      activation_mask(op.act, {c.y.data(), 1, c.size()}, {c.mask(), 1, c.size()});
    Peer &run = **peer;
    for (auto _ : state) {
      run();
      benchmark::ClobberMemory();
    }
    state.counters["bytes"] = variant.moved * double(size);
    state.counters["data"] = variant.data * double(size);
  });
}

void register_variant(const Operator &op, const Variant &variant, std::size_t size,
                      const SharedCase &shared, int threads) {
  add(op, variant, size, "hinge", shared,
      [&op, &variant](Case &c) { return make_hinge(op, variant, c); });
  if (threads == 1)
    add(op, variant, size, "handwritten", shared,
        [&op, &variant](Case &c) { return make_handwritten(op, variant, c); });
  if (variant.forward) {
    add(
        op, variant, size, "without", shared,
        [act = op.act](Case &c) {
          const float *x = c.y.data();
          float *y = c.dx.data();
          return call([=, n = c.size()] { activation_forward(act, {x, 1, n}, {y, 1, n}); });
        },
        false);
    return;
  }
  for (const NamedPeer &peer : peers())
    if (peer.type && peer.type->make_activation_backward &&
        (threads == 1 || peer.type->has_threads))
      add(op, variant, size, peer.name, shared, [=, &op, &variant, type = peer.type](Case &c) {
        return type->make_activation_backward({op.act == Activation::relu6, c.y.data(), c.dy.data(),
                                               variant.in_place ? c.dy.data() : c.dx.data(),
                                               c.y.size()},
                                              threads);
      });
}

/// Checks the hand-written loops on special values, which the benches' data lacks, and on sizes
/// that leave a tail.
void check_special() {
  for (const Operator &op : operators)
    for (const Variant &variant : variants)
      for (const std::size_t size : {1001, 1008, 63}) {
        Case c(size);
        const float special[] = {-0.0f, 0.0f, INFINITY, -INFINITY, 6.0f, 7.0f};
        for (std::size_t i = 0; i < size; i += 7)
          c.y[i] = special[i / 7 % std::size(special)];
        const auto run = make_handwritten(op, variant, c);
        check(std::string(op.name) + variant.suffix + ": the hand-written loop", op, variant, c,
              *run);
      }
}

} // namespace

void register_activation_gradients(const Options &options) {
  if (options.threads == 1)
    check_special();
  std::vector<std::size_t> sizes(std::begin(some_sizes), std::end(some_sizes));
  const std::size_t largest = out_of_cache_floats();
  if (options.all)
    std::copy_if(std::begin(more_sizes), std::end(more_sizes), std::back_inserter(sizes),
                 [&](std::size_t size) { return size < largest; });
  sizes.push_back(largest);
  for (const std::size_t size : sizes) {
    const auto shared = std::make_shared<std::unique_ptr<Case>>();
    for (const Operator &op : operators)
      if (options.all || op.act == Activation::relu)
        for (const Variant &variant : variants)
          register_variant(op, variant, size, shared, options.threads);
  }
}

} // namespace hinge::bench

// Element-wise operators beside the rate of copying.
#include "bench.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>

namespace hinge::bench {

namespace {

struct Operator {
  std::string name;
  double bytes;        // read and written for an element
  const float *result; // y or dx on the device
  Work gpu;
  std::function<void()> cpu; // computes the same into the host's y or dx
};

/// The data of one size, on the device and on the host.
class Rows {
public:
  Rows(Bench &bench, std::int64_t floats)
      : bench_(bench), n_(floats), size_("/" + std::to_string(floats)), host_x_(normal(n_, 1)),
        host_y_(normal(n_, 2)), host_dx_(host_x_), host_bits_(std::size_t(n_ / 8)),
        x_(bench.upload(host_x_)), y_(bench.upload(host_y_)), dx_(bench.upload(host_x_)),
        bits_(host_bits_.size()) {}

  void run() {
    const std::vector<Operator> operators = {mask(),       relu_to_y(), relu_in_place(),
                                             relu6_to_y(), backward(),  backward_from_mask()};
    // The largest sizes take too long on the CPU.
    const bool checked = n_ <= (1 << 24);
    std::vector<bool> agrees;
    for (const Operator &o : operators)
      agrees.push_back(checked && check(o));

    std::vector<Side> sides = copies();
    for (const Operator &o : operators)
      if (bench_.wanted(o.name + size_))
        sides.emplace_back("hinge", o.gpu);
    bench_.timer.measure(sides);
    graphs_ = std::none_of(sides.begin(), sides.end(),
                           [](const Side &side) { return side.graph.empty(); });

    const double copy_us = add_copies(sides);
    std::size_t side = 3;
    for (std::size_t i = 0; i < operators.size(); i++) {
      if (!bench_.wanted(operators[i].name + size_))
        continue;
      Json more = {{"bytes", operators[i].bytes * double(n_)}};
      if (checked)
        more["bits_as_cpu"] = bool(agrees[i]);
      add(operators[i], sides[side++], more, copy_us);
    }
  }

private:
  // ---- The operators: relu_mask comes first, because relu_backward_frommask reads its mask ---

  Operator mask() {
    return {
        "relu_mask", 8.125, y_.data(),
        [this] { cuda::activation_forward(Activation::relu, view(x_), view(y_), mask_, stream_); },
        [this] { activation_forward(Activation::relu, view(host_x_), view(host_y_), host_mask_); }};
  }
  Operator relu_to_y() {
    return {"relu", 8, y_.data(), [this] { cuda::relu(view(x_), view(y_), stream_); },
            [this] { relu(view(host_x_), view(host_y_)); }};
  }
  Operator relu_in_place() {
    return {"relu_inplace", 8, dx_.data(), [this] { cuda::relu_inplace(view(dx_), stream_); },
            [this] { relu_inplace(view(host_dx_)); }};
  }
  Operator relu6_to_y() {
    return {"relu6", 8, y_.data(), [this] { cuda::relu6(view(x_), view(y_), stream_); },
            [this] { relu6(view(host_x_), view(host_y_)); }};
  }
  Operator backward() {
    return {"relu_backward", 12, dx_.data(),
            [this] {
              cuda::activation_backward(Activation::relu, view(x_), view(y_), view(dx_), stream_);
            },
            [this] {
              activation_backward(Activation::relu, view(host_x_), view(host_y_), view(host_dx_));
            }};
  }
  Operator backward_from_mask() {
    return {"relu_backward_frommask", 8.125, dx_.data(),
            [this] { cuda::activation_backward(mask_, view(y_), view(dx_), stream_); },
            [this] { activation_backward(host_mask_, view(host_y_), view(host_dx_)); }};
  }

  cuda::View view(const Memory<float> &memory) const { return {memory.data(), 1, n_}; }
  View view(Floats &values) const { return {values.data(), 1, n_}; }

  // ---- Steps of run() ------------------------------------------------------------------------

  /// Whether the GPU computes the CPU's bits.
  bool check(const Operator &o) {
    o.gpu();
    o.cpu();
    const Floats &expected = o.result == y_.data() ? host_y_ : host_dx_;
    const bool same = same_bits(bench_.download(o.result, std::size_t(n_)), expected);
    if (!same)
      bench_.results.fail(o.name + size_ + ": other bits than on the CPU");
    return same;
  }

  std::vector<Side> copies() const {
    const auto address = [](const float *p) { return reinterpret_cast<unsigned long long>(p); };
    std::vector<Side> sides;
    sides.emplace_back("memcpy", [this, to = address(y_.data()), from = address(x_.data())] {
      bench_.driver.check(bench_.driver.copy(to, from, std::size_t(n_) * sizeof(float), stream_),
                          "cuMemcpyDtoDAsync");
    });
    const Kernels &k = bench_.kernels;
    sides.emplace_back("kernel", bench_.launch(k.copy1, unsigned(n_ / 1024), x_.data(), y_.data()));
    sides.emplace_back("kernel_4",
                       bench_.launch(k.copy4, unsigned(n_ / 4096), x_.data(), y_.data()));
    return sides;
  }

  /// Returns the time of the fastest copy.
  double add_copies(const std::vector<Side> &sides) {
    double copy_us = INFINITY;
    for (std::size_t i = 0; i < 3; i++)
      copy_us = std::min(copy_us, median(sides[i].times(graphs_)));
    bench_.results.add("copy" + size_, {&sides[0], &sides[1], &sides[2]}, {{"bytes", copied_}});
    std::printf("  %.3f TB/s\n", copied_ / copy_us / 1e6);
    return copy_us;
  }

  void add(const Operator &o, const Side &side, const Json &more, double copy_us) {
    const double moved = more["bytes"], us = median(side.times(graphs_));
    bench_.results.add(o.name + size_, {&side}, more);
    std::printf("  %.3f TB/s, %.1f %% of copying\n", moved / us / 1e6,
                100 * moved / us / (copied_ / copy_us));
  }

  Bench &bench_;
  std::int64_t n_;
  std::string size_; // as it ends the rows' names
  void *stream_ = bench_.stream;
  double copied_ = 2.0 * double(n_) * sizeof(float); // bytes that a copy reads and writes
  bool graphs_ = false;                              // whether every side has a graph's time

  Floats host_x_, host_y_, host_dx_;
  std::vector<std::uint8_t> host_bits_;
  Memory<float> x_, y_, dx_;
  Memory<std::uint8_t> bits_;
  MaskView host_mask_{host_bits_.data(), 1, n_};
  cuda::MaskView mask_{bits_.data(), 1, n_};
};

} // namespace

void element_wise(Bench &bench, std::int64_t floats) {
  constexpr std::array names = {"copy",     "relu",          "relu_inplace",
                                "relu6",    "relu_backward", "relu_backward_frommask",
                                "relu_mask"};
  const std::string size = "/" + std::to_string(floats);
  if (std::any_of(names.begin(), names.end(),
                  [&](const char *name) { return bench.wanted(name + size); }))
    Rows(bench, floats).run();
}

} // namespace hinge::bench

// Linear + ReLU beside cuBLASLt.
#include "bench.h"

#include "hinge/hinge.hpp"

#include <cmath>

namespace hinge::bench {

namespace {

struct Problem {
  Shape shape;
  Floats x, weight, bias;

  explicit Problem(const Shape &s)
      : shape(s), x(normal(s.batch * s.in, 1)),
        weight(normal(s.out * s.in, 2, 1 / std::sqrt(float(s.in)))), bias(normal(s.out, 3)) {}
  std::size_t outputs() const { return std::size_t(shape.batch * shape.out); }

  /// The CPU's result.
  Floats compute() const {
    const auto [batch, in, out] = shape;
    Floats y(outputs());
    Linear(ConstView(weight.data(), out, in), bias.data(), Activation::relu)
        .forward(ConstView(x.data(), batch, in), View(y.data(), batch, out));
    return y;
  }
};

/// The problem's matrices on the device.
struct Uploaded {
  Memory<float> x, weight, transposed_weight, bias;

  Uploaded(const Bench &bench, const Problem &p)
      : x(bench.upload(p.x)), weight(bench.upload(p.weight)),
        transposed_weight(bench.upload(transposed(p.weight, p.shape.out, p.shape.in))),
        bias(bench.upload(p.bias)) {}
};

/// cuBLASLt's fastest way to compute y. A row-major matrix is a transposed one in column-major
/// order, so this asks for Y^T = W X^T. Hinge packs its weights; cuBLASLt may therefore have them
/// in the order that it is faster with.
Work fastest_product(Bench &bench, const Shape &s, const Uploaded &data, const Memory<float> &y) {
  const auto time = [&bench](const Work &work) { return bench.timer.quick_time(work); };
  Work fastest;
  double least = INFINITY;
  for (bool transpose : {true, false}) {
    const Memory<float> &weight = transpose ? data.weight : data.transposed_weight;
    const Work work = bench.cublaslt->prepare(
        {transpose, false, s.out, s.batch, s.in, weight.data(), transpose ? s.in : s.out,
         data.x.data(), s.in, y.data(), s.out, data.bias.data()},
        time);
    if (const double us = time(work); us < least) {
      least = us;
      fastest = work;
    }
  }
  return fastest;
}

void measure(Bench &bench, const std::string &row, const Shape &shape) {
  const auto [batch, in, out] = shape;
  const Problem problem(shape);
  const Uploaded data(bench, problem);
  const Memory<float> y(problem.outputs()), peer_y(problem.outputs());
  const cuda::ConstView vx(data.x.data(), batch, in), vweight(data.weight.data(), out, in);
  const cuda::View vy(y.data(), batch, out);
  const cuda::Linear layer(vweight, data.bias.data(), Activation::relu, bench.stream);

  std::vector<Side> sides;
  sides.emplace_back("hinge", [&] { layer(vx, vy, bench.stream); });
  Json more = {{"flop", 2.0 * double(batch) * double(in) * double(out)}};
  bench.add_cublaslt(
      more, [&] { sides.emplace_back("cublaslt", fastest_product(bench, shape, data, peer_y)); });
  bench.timer.measure(sides);

  const Floats result = bench.download(y.data(), y.size());
  const bool has_peer = sides.size() > 1;
  more.update(bench.checks(
      row, same_bits(result, problem.compute()),
      has_peer ? difference(result, bench.download(peer_y.data(), peer_y.size())) : -1));
  bench.add_linear(row, sides, more);
}

} // namespace

void linear(Bench &bench, const Shape &s) {
  const std::string row = "linear/" + std::to_string(s.batch) + "x" + std::to_string(s.in) + "x" +
                          std::to_string(s.out);
  if (bench.wanted(row))
    bench.results.guard(row, [&] { measure(bench, row, s); });
}

} // namespace hinge::bench

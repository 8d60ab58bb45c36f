// The gradients of Linear + ReLU beside cuBLASLt, which computes only the two products of dx and
// dweight: neither ReLU's gradient nor dbias.
#include "bench.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cmath>

namespace hinge::bench {

namespace {

struct Problem {
  Shape shape;
  Floats x, weight, y, dy;

  /// dy is 0 where y is, so that the products alone give the same results.
  explicit Problem(const Shape &s)
      : shape(s), x(normal(s.batch * s.in, 1)),
        weight(normal(s.out * s.in, 2, 1 / std::sqrt(float(s.in)))), y(normal(s.batch * s.out, 3)),
        dy(normal(s.batch * s.out, 4)) {
    for (std::size_t i = 0; i < y.size(); i++)
      if (y[i] <= 0)
        dy[i] = 0;
  }
};

struct Gradients {
  Floats dx, dweight, dbias;
};

/// The CPU's results.
Gradients compute(const Problem &p) {
  const auto [batch, in, out] = p.shape;
  Gradients g{Floats(p.x.size()), Floats(p.weight.size()), Floats(std::size_t(out))};
  linear_backward(Activation::relu, ConstView(p.x.data(), batch, in),
                  ConstView(p.weight.data(), out, in), ConstView(p.y.data(), batch, out),
                  ConstView(p.dy.data(), batch, out), View(g.dx.data(), batch, in),
                  View(g.dweight.data(), out, in), g.dbias.data());
  return g;
}

/// The problem and the results on the device.
struct Uploaded {
  Memory<float> x, weight, y, dy, dx, dweight, dbias, peer_dx, peer_dweight;

  Uploaded(const Bench &bench, const Problem &p)
      : x(bench.upload(p.x)), weight(bench.upload(p.weight)), y(bench.upload(p.y)),
        dy(bench.upload(p.dy)), dx(x.size()), dweight(weight.size()),
        dbias(std::size_t(p.shape.out)), peer_dx(x.size()), peer_dweight(weight.size()) {}
};

Work hinge_call(const Bench &bench, const Shape &shape, const Uploaded &d) {
  const auto [batch, in, out] = shape;
  return [&d, batch = batch, in = in, out = out, stream = bench.stream] {
    cuda::linear_backward(
        Activation::relu, cuda::ConstView(d.x.data(), batch, in),
        cuda::ConstView(d.weight.data(), out, in), cuda::ConstView(d.y.data(), batch, out),
        cuda::ConstView(d.dy.data(), batch, out), cuda::View(d.dx.data(), batch, in),
        cuda::View(d.dweight.data(), out, in), d.dbias.data(), false, stream);
  };
}

Work peer_call(Bench &bench, const Shape &shape, const Uploaded &d) {
  const auto [batch, in, out] = shape;
  const auto time = [&bench](const Work &work) { return bench.timer.quick_time(work); };
  const Work dx = bench.cublaslt->prepare(
      {false, false, in, batch, out, d.weight.data(), in, d.dy.data(), out, d.peer_dx.data(), in},
      time);
  const Work dweight = bench.cublaslt->prepare(
      {false, true, in, out, batch, d.x.data(), in, d.dy.data(), out, d.peer_dweight.data(), in},
      time);
  return [dx, dweight] {
    dx();
    dweight();
  };
}

void measure(Bench &bench, const std::string &row, const Shape &shape) {
  const Problem problem(shape);
  const Uploaded data(bench, problem);
  std::vector<Side> sides;
  sides.emplace_back("hinge", hinge_call(bench, shape, data));
  Json more = {{"flop", 4.0 * double(shape.batch) * double(shape.in) * double(shape.out)},
               {"cublaslt_does", "two products, without ReLU's gradient and dbias"}};
  bench.add_cublaslt(more, [&] { sides.emplace_back("cublaslt", peer_call(bench, shape, data)); });
  bench.timer.measure(sides);

  const auto download = [&](const Memory<float> &m) { return bench.download(m.data(), m.size()); };
  const Floats dx = download(data.dx), dweight = download(data.dweight);
  const Gradients expected = compute(problem);
  const bool bits = same_bits(dx, expected.dx) && same_bits(dweight, expected.dweight) &&
                    same_bits(download(data.dbias), expected.dbias);
  const bool has_peer = sides.size() > 1;
  more.update(bench.checks(row, bits,
                           has_peer ? std::max(difference(dx, download(data.peer_dx)),
                                               difference(dweight, download(data.peer_dweight)))
                                    : -1));
  bench.add_linear(row, sides, more);
}

} // namespace

void linear_gradients(Bench &bench, const Shape &s) {
  const std::string row = "backward/" + std::to_string(s.batch) + "x" + std::to_string(s.in) + "x" +
                          std::to_string(s.out);
  if (bench.wanted(row))
    bench.results.guard(row, [&] { measure(bench, row, s); });
}

} // namespace hinge::bench

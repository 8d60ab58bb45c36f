// Gradients compared with mathematics: with central differences, and for whole networks with a
// backward in double, within a bound that is computed along with it.
#include "support.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

using namespace hinge_test;

namespace {

// ---- Running error analysis ----------------------------------------------------------------

/// A number that is computed twice: in double as the reference, and by Hinge in float. Hinge is
/// wrong unless |computed - value| <= error.
struct Number {
  double value, error, computed;
};

Number exact(float x) { return {x, 0, x}; }

/// gamma_n = n u / (1 - n u) bounds n roundings of relative error u. Higham, Accuracy and Stability
/// of Numerical Algorithms, 2nd ed., 3.1.
double gamma(double n, double u) { return n * u / (1 - n * u); }

/// The sum start + sum of left(r) right(r) over `terms` terms, with its error bound. The bound
/// adds:
///   - The errors of the factors: |l^ r^ - l r| <= |l| |r^ - r| + |r^| |l^ - l|. Hats mark computed
///     values.
///   - The roundings of the float sum, in any order and with or without FMA. Each term goes through
///   at
///     most terms + 1 of them: gamma_(terms+1) times the sum of the computed magnitudes (a running
///     error bound, Higham 3.3).
///   - The same for the double sum, and half a denormal for each product.
template <class L, class R>
Number chain(std::int64_t terms, const L &left, const R &right, const Number &start,
             double computed) {
  const double n = double(terms + 1);
  double value = start.value, propagated = start.error, in_float = std::fabs(start.computed),
         in_double = std::fabs(start.value);
  for (std::int64_t r = 0; r < terms; r++) {
    const Number a = left(r), b = right(r);
    value += a.value * b.value;
    propagated += std::fabs(a.value) * b.error + std::fabs(b.computed) * a.error;
    in_float += std::fabs(a.computed * b.computed);
    in_double += std::fabs(a.value * b.value);
  }
  const double error = propagated + gamma(n, std::ldexp(1.0, -24)) * in_float +
                       gamma(n, std::ldexp(1.0, -53)) * in_double + n * std::ldexp(1.0, -150);
  return {value, error * (1 + 1e-9),
          computed}; // the roundings of the bound, which is summed in double
}

struct Matrix {
  Matrix(std::int64_t m, std::int64_t n)
      : rows(m), cols(n), numbers(std::size_t(m * n), Number{0, 0, 0}) {}
  Matrix(const std::vector<float> &v, std::int64_t m, std::int64_t n) : Matrix(m, n) {
    std::transform(v.begin(), v.end(), numbers.begin(), exact);
  }
  Number &at(std::int64_t m, std::int64_t n) { return numbers[std::size_t(m * cols + n)]; }
  const Number &at(std::int64_t m, std::int64_t n) const {
    return numbers[std::size_t(m * cols + n)];
  }
  std::int64_t rows, cols;
  std::vector<Number> numbers;
};

/// How tight the bounds are, over all comparisons.
struct Tightness {
  double worst = 0;                 // error / bound
  std::int64_t terms = 0, seen = 0; // terms other than 0; those whose loss breaks the bound

  void add(const Number &n) {
    if (n.error > 0)
      worst = std::max(worst, std::fabs(n.computed - n.value) / n.error);
  }
  /// Counts a term as seen if a sum without it would exceed the bound.
  void add_term(double term, const Number &sum) {
    terms += term != 0;
    seen += std::fabs(term) > 2 * sum.error;
  }
};

void expect_within(const Matrix &m, const char *what, Tightness &tightness) {
  for (std::int64_t i = 0; i < m.rows; i++)
    for (std::int64_t k = 0; k < m.cols; k++) {
      const Number &n = m.at(i, k);
      ASSERT_LE(std::fabs(n.computed - n.value), n.error)
          << what << "[" << i << ", " << k << "] is " << n.computed << ", expected " << n.value;
      tightness.add(n);
    }
}

// ---- One layer -----------------------------------------------------------------------------

class Gradients : public ::testing::TestWithParam<TestTarget> {
  ScopedTarget scope{GetParam().name};
};

INSTANTIATE_TEST_SUITE_P(on, Gradients, ::testing::ValuesIn(usable_targets()), target_name);

/// The activation in double, by its definition.
double act_in_double(hinge_activation act, double z) {
  return act == HINGE_ACTIVATION_NONE   ? z
         : act == HINGE_ACTIVATION_RELU ? std::max(z, 0.0)
                                        : std::min(std::max(z, 0.0), 6.0);
}

/// The distance from z to the nearest jump of the derivative.
double from_kink(hinge_activation act, double z) {
  if (act == HINGE_ACTIVATION_NONE)
    return INFINITY;
  return act == HINGE_ACTIVATION_RELU ? std::fabs(z) : std::min(std::fabs(z), std::fabs(z - 6));
}

TEST_P(Gradients, of_activations_are_central_differences) {
  const double h = std::ldexp(1.0, -10); // z + h is exact; only z - h and the quotient round
  std::vector<float> z = random_values(5000, 1), dy = random_values(5000, 2), y(5000);
  for (float &v : z)
    v *= 5;
  std::vector<std::uint8_t> mask(50 * 13);
  for (hinge_activation act : elementwise_activations) {
    ASSERT_HINGE_OK(activation_forward_mask(act, const_view(z, 50, 100), view(y, 50, 100),
                                            mask_view(mask, 50, 100)));
    std::vector<float> from_y(5000), from_z(5000), from_mask(5000);
    ASSERT_HINGE_OK(activation_backward(act, const_view(y, 50, 100), const_view(dy, 50, 100),
                                        view(from_y, 50, 100)));
    ASSERT_HINGE_OK(activation_backward(act, const_view(z, 50, 100), const_view(dy, 50, 100),
                                        view(from_z, 50, 100)));
    ASSERT_HINGE_OK(activation_backward_mask(const_mask_view(mask, 50, 100),
                                             const_view(dy, 50, 100), view(from_mask, 50, 100)));
    int checked = 0;
    for (std::size_t i = 0; i < z.size(); i++) {
      const double v = z[i];
      if (from_kink(act, v) <= h)
        continue;
      const double difference =
          (act_in_double(act, v + h) - act_in_double(act, v - h)) / (2 * h) * dy[i];
      ASSERT_NEAR(difference, from_y[i], 1e-9) << v;
      ASSERT_NEAR(difference, from_z[i], 1e-9) << v;
      ASSERT_NEAR(difference, from_mask[i], 1e-9) << v;
      checked++;
    }
    EXPECT_GT(checked, 4900);
  }
}

TEST_P(Gradients, of_linear_with_its_activation_are_central_differences) {
  // The loss is the sum of dy * act(x W^T + b), in double. It is piecewise linear in every element
  // of x, W and b. A central difference is exact but for rounding unless a unit crosses a kink;
  // units that could get dy = 0.
  const std::int64_t batch = 7, in = 9, out = 19;
  const double h = 1e-4;
  for (hinge_activation act : all_activations) {
    std::vector<float> x = random_values(std::size_t(batch * in), 1),
                       w = random_values(std::size_t(out * in), 2),
                       b = random_values(std::size_t(out), 3),
                       dy = random_values(std::size_t(batch * out), 4);
    const std::vector<double> xd(x.begin(), x.end()), wd(w.begin(), w.end()),
        bd(b.begin(), b.end());
    const auto z_at = [&](const std::vector<double> &xs, const std::vector<double> &ws,
                          const std::vector<double> &bs, std::int64_t m, std::int64_t n) {
      double z = bs[std::size_t(n)];
      for (std::int64_t k = 0; k < in; k++)
        z += xs[std::size_t(m * in + k)] * ws[std::size_t(n * in + k)];
      return z;
    };
    int left_out = 0;
    for (std::int64_t m = 0; m < batch; m++)
      for (std::int64_t n = 0; n < out; n++)
        if (from_kink(act, z_at(xd, wd, bd, m, n)) < 1e-3) { // no x or w is as large as 10
          dy[std::size_t(m * out + n)] = 0;
          left_out++;
        }
    EXPECT_LT(left_out, 3);
    const auto loss = [&](const std::vector<double> &xs, const std::vector<double> &ws,
                          const std::vector<double> &bs) {
      double sum = 0;
      for (std::int64_t m = 0; m < batch; m++)
        for (std::int64_t n = 0; n < out; n++)
          sum += double(dy[std::size_t(m * out + n)]) * act_in_double(act, z_at(xs, ws, bs, m, n));
      return sum;
    };
    const auto difference = [&](const std::vector<double> &of, std::size_t i, const auto &loss_of) {
      std::vector<double> up = of, down = of;
      up[i] += h;
      down[i] -= h;
      return (loss_of(up) - loss_of(down)) / (up[i] - down[i]);
    };

    const LinearPtr l = create_linear(const_view(w, out, in), b.data(), act);
    std::vector<float> y(dy.size()), dx(x.size()), dw(w.size()), db(b.size());
    ASSERT_HINGE_OK(linear_forward(l.get(), const_view(x, batch, in), view(y, batch, out)));
    hinge::linear_backward(hinge::Activation(act), hinge::ConstView(x.data(), batch, in),
                           hinge::ConstView(w.data(), out, in),
                           hinge::ConstView(y.data(), batch, out), {dy.data(), batch, out},
                           hinge::View(dx.data(), batch, in), hinge::View(dw.data(), out, in),
                           db.data());
    // A float sum has at most 19 products of about 1: 20 roundings of about 10 * 2^-24.
    const double tolerance = 1e-5;
    for (std::size_t i = 0; i < dx.size(); i++)
      ASSERT_NEAR(difference(xd, i, [&](const std::vector<double> &v) { return loss(v, wd, bd); }),
                  dx[i], tolerance);
    for (std::size_t i = 0; i < dw.size(); i++)
      ASSERT_NEAR(difference(wd, i, [&](const std::vector<double> &v) { return loss(xd, v, bd); }),
                  dw[i], tolerance);
    for (std::size_t i = 0; i < db.size(); i++)
      ASSERT_NEAR(difference(bd, i, [&](const std::vector<double> &v) { return loss(xd, wd, v); }),
                  db[i], tolerance);
  }
}

// ---- Networks ------------------------------------------------------------------------------

/// A layer of a network, its batch and its gradients as Hinge computes them.
struct Layer {
  /// The source of the derivative in one call: the output, the input of the activation, or the
  /// mask. apart: the activation's gradient has a call of its own.
  enum Way { output, input, mask, apart, apart_by_mask };

  std::int64_t in, out;
  hinge_activation act;
  Way way;
  int accumulate;
  std::vector<float> weight, bias;
  std::vector<float> y, dx, dw, db;
  std::vector<float> old_dw, old_db; // the gradients to add to
};

struct Network {
  std::int64_t batch;
  std::vector<float> x, dy;
  std::vector<Layer> layers;
};

Network random_network(std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto from_to = [&](int least, int most) {
    return least + std::int64_t(random() % std::uint32_t(most - least + 1));
  };
  const auto values = [&](std::int64_t count, double scale) {
    std::vector<float> v = random_values(std::size_t(count), random());
    for (float &x : v)
      x = float(x * scale);
    return v;
  };
  Network net;
  net.batch = from_to(1, 40);
  std::int64_t width = from_to(1, 70);
  net.x = values(net.batch * width, 2);
  for (std::int64_t count = from_to(1, 5); count > 0; count--) {
    Layer l;
    l.in = width;
    l.out = width = from_to(1, 70);
    l.act = all_activations[from_to(0, 2)];
    l.way = Layer::Way(from_to(0, 4));
    l.accumulate = int(from_to(0, 1));
    // He's scale keeps the size of values from layer to layer; 1.5 times that saturates ReLU6.
    l.weight = values(l.out * l.in, 1.5 * std::sqrt(2.0 / double(l.in)));
    l.bias = values(l.out, 0.5);
    l.old_dw = values(l.out * l.in, 1);
    l.old_db = values(l.out, 1);
    net.layers.push_back(std::move(l));
  }
  net.dy = values(net.batch * width, 1);
  return net;
}

/// Forward and backward through all layers by Hinge.
void run(Network &net) {
  const std::int64_t batch = net.batch;
  std::vector<std::vector<float>> sums(net.layers.size()); // the input of each activation
  std::vector<std::vector<std::uint8_t>> masks(net.layers.size());
  const std::vector<float> *x = &net.x;
  for (std::size_t i = 0; i < net.layers.size(); i++) {
    Layer &l = net.layers[i];
    const hinge_const_view in = const_view(*x, batch, l.in);
    const hinge_const_view weight = const_view(l.weight, l.out, l.in);
    l.y.resize(std::size_t(batch * l.out));
    sums[i].resize(l.y.size());
    masks[i].resize(std::size_t(batch * mask_row_bytes(l.out)), 0xff);
    const LinearPtr fused = create_linear(weight, l.bias.data(), l.act);
    const bool with_mask = l.way == Layer::mask || l.way == Layer::apart_by_mask;
    if (with_mask && l.act != HINGE_ACTIVATION_NONE) { // NONE sets every bit
      ASSERT_HINGE_OK(linear_forward_mask(fused.get(), in, view(l.y, batch, l.out),
                                          mask_view(masks[i], batch, l.out)));
    } else {
      ASSERT_HINGE_OK(linear_forward(fused.get(), in, view(l.y, batch, l.out)));
    }
    const LinearPtr plain = create_linear(weight, l.bias.data(), HINGE_ACTIVATION_NONE);
    ASSERT_HINGE_OK(linear_forward(plain.get(), in, view(sums[i], batch, l.out)));
    x = &l.y;
  }
  std::vector<float> dy = net.dy;
  for (std::size_t i = net.layers.size(); i-- > 0;) {
    Layer &l = net.layers[i];
    l.dx.resize(std::size_t(batch * l.in));
    l.dw = l.old_dw;
    l.db = l.old_db;
    const hinge_const_view in = const_view(i ? net.layers[i - 1].y : net.x, batch, l.in),
                           weight = const_view(l.weight, l.out, l.in),
                           y = const_view(l.way == Layer::input ? sums[i] : l.y, batch, l.out),
                           gradient = const_view(dy, batch, l.out);
    const hinge_view dx = view(l.dx, batch, l.in), dw = view(l.dw, l.out, l.in);
    const hinge_const_mask mask = const_mask_view(masks[i], batch, l.out);
    hinge_activation act = l.act;
    if ((l.way == Layer::apart || l.way == Layer::apart_by_mask) && act != HINGE_ACTIVATION_NONE) {
      ASSERT_HINGE_OK(l.way == Layer::apart
                          ? activation_backward(act, y, gradient, view(dy, batch, l.out))
                          : activation_backward_mask(mask, gradient, view(dy, batch, l.out)));
      act = HINGE_ACTIVATION_NONE;
    }
    ASSERT_HINGE_OK(l.way == Layer::mask
                        ? hinge_linear_backward_mask(&in, &weight, &mask, &gradient, &dx, &dw,
                                                     l.db.data(), l.accumulate)
                        : hinge_linear_backward(act, &in, &weight, &y, &gradient, &dx, &dw,
                                                l.db.data(), l.accumulate));
    dy = l.dx;
  }
}

/// Computes the same in double with bounds, and fails where Hinge's numbers exceed them.
/// `ambiguous` counts the units that are so close to a kink that double cannot tell their side.
void compare(const Network &net, Tightness &tightness, std::int64_t &units,
             std::int64_t &ambiguous) {
  const std::int64_t batch = net.batch;
  std::vector<Matrix> activations{Matrix(net.x, batch, net.layers[0].in)};
  std::vector<std::vector<bool>> passing;
  for (const Layer &l : net.layers) {
    const Matrix &x = activations.back();
    Matrix y(batch, l.out);
    passing.emplace_back();
    for (std::int64_t m = 0; m < batch; m++)
      for (std::int64_t n = 0; n < l.out; n++) {
        const float computed = l.y[std::size_t(m * l.out + n)];
        const Number z = chain(
            l.in, [&](std::int64_t k) { return x.at(m, k); },
            [&](std::int64_t k) { return exact(l.weight[std::size_t(n * l.in + k)]); },
            exact(l.bias[std::size_t(n)]), 0);
        // An activation increases no distance between two values.
        y.at(m, n) = {act_in_double(l.act, z.value), z.error, computed};
        // The derivative jumps at a kink. Where double cannot tell the side of the unit, the
        // reference takes Hinge's side; elsewhere Hinge must have taken the reference's side.
        const bool taken = passes(l.act, bits(computed));
        if (from_kink(l.act, z.value) <= z.error)
          ambiguous++;
        else
          ASSERT_EQ(l.act == HINGE_ACTIVATION_NONE ||
                        (z.value > 0 && (l.act == HINGE_ACTIVATION_RELU || z.value < 6)),
                    taken)
              << z.value;
        passing.back().push_back(taken);
        units++;
      }
    ASSERT_NO_FATAL_FAILURE(expect_within(y, "y", tightness));
    activations.push_back(std::move(y));
  }
  // Given the derivatives, the backward consists of sums of products.
  Matrix dy(net.dy, batch, net.layers.back().out);
  for (std::size_t i = net.layers.size(); i-- > 0;) {
    const Layer &l = net.layers[i];
    const Matrix &x = activations[i];
    for (std::int64_t m = 0; m < batch; m++)
      for (std::int64_t n = 0; n < l.out; n++)
        if (!passing[i][std::size_t(m * l.out + n)])
          dy.at(m, n) = {0, 0, 0};
    Matrix dx(batch, l.in), dw(l.out, l.in), db(1, l.out);
    for (std::int64_t m = 0; m < batch; m++)
      for (std::int64_t k = 0; k < l.in; k++) {
        const auto weight = [&](std::int64_t n) {
          return exact(l.weight[std::size_t(n * l.in + k)]);
        };
        dx.at(m, k) = chain(
            l.out, [&](std::int64_t n) { return dy.at(m, n); }, weight, exact(0),
            l.dx[std::size_t(m * l.in + k)]);
        for (std::int64_t n = 0; n < l.out; n++)
          tightness.add_term(dy.at(m, n).value * weight(n).value, dx.at(m, k));
      }
    for (std::int64_t n = 0; n < l.out; n++) {
      const auto g = [&](std::int64_t m) { return dy.at(m, n); };
      for (std::int64_t k = 0; k < l.in; k++) {
        const auto input = [&](std::int64_t m) { return x.at(m, k); };
        const std::size_t at = std::size_t(n * l.in + k);
        dw.at(n, k) = chain(batch, g, input, exact(l.accumulate ? l.old_dw[at] : 0), l.dw[at]);
        for (std::int64_t m = 0; m < batch; m++)
          tightness.add_term(g(m).value * input(m).value, dw.at(n, k));
      }
      db.at(0, n) = chain(
          batch, g, [](std::int64_t) { return exact(1); },
          exact(l.accumulate ? l.old_db[std::size_t(n)] : 0), l.db[std::size_t(n)]);
      for (std::int64_t m = 0; m < batch; m++)
        tightness.add_term(g(m).value, db.at(0, n));
    }
    ASSERT_NO_FATAL_FAILURE(expect_within(dx, "dx", tightness));
    ASSERT_NO_FATAL_FAILURE(expect_within(dw, "dweight", tightness));
    ASSERT_NO_FATAL_FAILURE(expect_within(db, "dbias", tightness));
    dy = std::move(dx);
  }
}

TEST_P(Gradients, of_random_networks_are_within_their_error_bounds) {
  Tightness tightness;
  std::int64_t units = 0, ambiguous = 0;
  for (std::uint32_t seed = 1; seed <= 60; seed++) {
    Network net = random_network(seed);
    ASSERT_NO_FATAL_FAILURE(run(net)) << "seed " << seed;
    ASSERT_NO_FATAL_FAILURE(compare(net, tightness, units, ambiguous)) << "seed " << seed;
  }
  // A loose bound proves nothing. Errors reach 0.42 of it, 0.54 without FMA. There are 5 million
  // terms in all gradients; 98.8 % of them would break the bound if they were missing. The others
  // are too small beside their sums.
  EXPECT_GT(tightness.worst, 0.2);
  EXPECT_GT(double(tightness.seen), 0.98 * double(tightness.terms));
  EXPECT_LT(ambiguous, units / 400); // 247 of 143,780
}

TEST(GradientBound, allows_another_order_and_no_missing_term) {
  // The gradient of a weight over a batch of 200 is summed forwards, backwards and as a tree, and
  // without one of its terms.
  const std::int64_t terms = 200;
  int missed = 0;
  for (std::uint32_t seed = 1; seed <= 50; seed++) {
    const std::vector<float> g = random_values(std::size_t(terms), 2 * seed),
                             x = random_values(std::size_t(terms), 2 * seed + 1);
    float forwards = 0, backwards = 0;
    std::vector<float> tree;
    for (std::size_t m = 0; m < std::size_t(terms); m++) {
      forwards = fused(g[m], x[m], forwards);
      backwards = fused(g[std::size_t(terms) - 1 - m], x[std::size_t(terms) - 1 - m], backwards);
      tree.push_back(g[m] * x[m]);
    }
    while (tree.size() > 1) {
      std::vector<float> sums;
      for (std::size_t i = 0; i < tree.size(); i += 2)
        sums.push_back(i + 1 < tree.size() ? tree[i] + tree[i + 1] : tree[i]);
      tree = sums;
    }
    const Number sum = chain(
        terms, [&](std::int64_t m) { return exact(g[std::size_t(m)]); },
        [&](std::int64_t m) { return exact(x[std::size_t(m)]); }, exact(0), 0);
    for (float result : {forwards, backwards, tree[0]})
      ASSERT_LE(std::fabs(result - sum.value), sum.error);
    for (std::size_t left_out = 0; left_out < std::size_t(terms); left_out++) {
      float without = 0;
      for (std::size_t m = 0; m < std::size_t(terms); m++)
        if (m != left_out)
          without = fused(g[m], x[m], without);
      missed += std::fabs(without - sum.value) <= sum.error;
    }
  }
  EXPECT_LT(missed, 100); // 81 of 10,000 terms are as small as the bound
}

} // namespace

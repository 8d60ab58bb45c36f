// A tour of what ReLU is for, in seven stations. Hinge's kernels compute every number. A line with
// a check mark is a claim that the program has checked; it exits with 1 if one does not hold. The
// random numbers are the program's own, so that everything but the times is the same on every
// target with FMA. Without FMA, the sums of the training that explodes differ.
//
//   make tour             builds and runs it
//   hinge_tour [FILE]     writes the pictures' series to FILE, as JSON for plot_tour.py
#include "safetensors.h"
#include "timing.h"

#include <CLI/CLI.hpp>
#include <hinge/hinge.hpp>
#include <hinge/statistics.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using hinge::Activation;
using hinge::ConstView;
using hinge::View;
using Floats = std::vector<float>;

// ---- What the stations share ---------------------------------------------------------------

/// Random numbers that are the same everywhere. The distributions of <random> differ from library
/// to library, but the bits of its generators do not.
class Random {
public:
  explicit Random(unsigned seed) : bits_(seed) {}
  float uniform(float low, float high) {
    return low + (high - low) * (float(bits_() >> 8) * 0x1p-24f);
  }
  /// A nearly normal number, without libm: the sum of twelve uniform numbers has a variance of 1.
  float normal() {
    float sum = -6;
    for (int i = 0; i < 12; i++)
      sum += uniform(0, 1);
    return sum;
  }

private:
  std::mt19937 bits_;
};

Floats normals(std::int64_t count, Random &random) {
  Floats values(std::size_t(count), 0.0f);
  for (float &v : values)
    v = random.normal();
  return values;
}

/// Numbers for weight and bias as torch.nn.Linear initialises them: uniform within
/// 1/sqrt(in_features).
Floats initial(std::int64_t count, std::int64_t in_features, Random &random) {
  const float range = 1 / std::sqrt(float(in_features));
  Floats values(std::size_t(count), 0.0f);
  for (float &v : values)
    v = random.uniform(-range, range);
  return values;
}

/// Linear and activation with what training needs. Gradients read the weights as they are; outputs
/// need them packed.
struct Layer {
  std::int64_t in_features, out_features;
  Activation activation;
  Floats weight, bias; // (out_features, in_features), (out_features)
  Floats dweight, dbias;
  Floats y, dy; // (batch, out_features): the last output and its gradient
  hinge::Linear linear;

  Layer(std::int64_t in, std::int64_t out, Activation act, Floats w, Floats b)
      : in_features(in), out_features(out), activation(act), weight(std::move(w)),
        bias(std::move(b)), dweight(weight.size()), dbias(bias.size()),
        linear(weight_view(), bias.data(), act) {}

  ConstView weight_view() const { return {weight.data(), out_features, in_features}; }
  View of_batch(Floats &values) const {
    return {values.data(), std::int64_t(values.size()) / out_features, out_features};
  }
};

struct Network {
  std::vector<Layer> layers;

  Network() = default;
  /// The widths {2, 8, 1} make Linear(2, 8), the activation, Linear(8, 1).
  Network(const std::vector<std::int64_t> &widths, Activation hidden, Random &random) {
    for (std::size_t i = 1; i < widths.size(); i++) {
      const std::int64_t in = widths[i - 1], out = widths[i];
      Floats weight = initial(out * in, in, random), bias = initial(out, in, random);
      layers.emplace_back(in, out, i + 1 < widths.size() ? hidden : Activation::none,
                          std::move(weight), std::move(bias));
    }
  }

  const Floats &forward(ConstView x) {
    for (Layer &layer : layers) {
      layer.y.resize(std::size_t(x.rows * layer.out_features));
      const View y = layer.of_batch(layer.y);
      layer.linear(x, y);
      x = y;
    }
    return layers.back().y;
  }

  /// Takes a step of gradient descent after forward(x). dy is the loss's gradient by the output.
  void learn(const ConstView &x, Floats dy, float rate) {
    layers.back().dy = std::move(dy);
    for (std::size_t i = layers.size(); i-- > 0;) {
      Layer &layer = layers[i];
      std::optional<ConstView> input = x;
      std::optional<View> dx; // the first layer computes none, because its input is the data
      if (i > 0) {
        Layer &below = layers[i - 1];
        below.dy.resize(below.y.size());
        input = below.of_batch(below.y);
        dx = below.of_batch(below.dy);
      }
      hinge::linear_backward(layer.activation, input, layer.weight_view(), layer.of_batch(layer.y),
                             layer.of_batch(layer.dy), dx,
                             View(layer.dweight.data(), layer.out_features, layer.in_features),
                             layer.dbias.data());
    }
    for (Layer &layer : layers) {
      for (std::size_t i = 0; i < layer.weight.size(); i++)
        layer.weight[i] -= rate * layer.dweight[i];
      for (std::size_t i = 0; i < layer.bias.size(); i++)
        layer.bias[i] -= rate * layer.dbias[i];
      layer.linear.repack(layer.weight_view(), layer.bias.data());
    }
  }
};

/// A vector as a matrix of one row.
ConstView row_view(const Floats &values) { return {values.data(), 1, std::int64_t(values.size())}; }
View row_view(Floats &values) { return {values.data(), 1, std::int64_t(values.size())}; }

bool same_bits(const Floats &a, const Floats &b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

double share(std::int64_t part, std::int64_t whole) { return double(part) / double(whole); }

double share_equal(const Floats &values, float value) {
  return share(std::count(values.begin(), values.end(), value), std::int64_t(values.size()));
}

/// The value as "%.3g". NaN has no sign, because CPUs differ in that.
std::string number(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.3g", value);
  return std::isnan(value) ? "nan" : buffer;
}

class Tour {
public:
  nlohmann::json series; // what plot_tour.py draws

  void station(int number, const char *title, std::initializer_list<const char *> formulas) const {
    std::printf("\n%d. %s\n", number, title);
    for (const char *formula : formulas)
      std::printf("   %s\n", formula);
    std::printf("\n");
  }
  void claim(bool holds, const char *what) {
    std::printf("   %s %s\n", holds ? "✓" : "✗ DOES NOT HOLD:", what);
    false_claims_ += !holds;
  }
  int false_claims() const { return false_claims_; }

private:
  int false_claims_ = 0;
};

// ---- 1. The functions ----------------------------------------------------------------------

void the_functions(Tour &tour) {
  tour.station(1, "The Rectified Linear Unit",
               {"ReLU(x) = max(0, x)            ReLU'(x)  = 1 where x > 0, else 0",
                "ReLU6(x) = min(max(0, x), 6)   ReLU6'(x) = 1 where 0 < x < 6, else 0"});

  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  // The expected values for each x: ReLU, its derivative, ReLU6, its derivative.
  const struct {
    float x, relu, drelu, relu6, drelu6;
    const char *what;
  } rows[] = {{-inf, 0, 0, 0, 0, ""},
              {-2.5f, 0, 0, 0, 0, ""},
              {-0.0f, -0.0f, 0, -0.0f, 0, "-0 stays -0"},
              {0, 0, 0, 0, 0, "at the kink the derivative is taken as 0"},
              {0.5f, 0.5f, 1, 0.5f, 1, ""},
              {5.5f, 5.5f, 1, 5.5f, 1, ""},
              {6, 6, 1, 6, 0, "ReLU6's second kink: 0 as well"},
              {7.5f, 7.5f, 1, 6, 0, ""},
              {inf, inf, 1, 6, 0, ""},
              {nan, nan, 1, nan, 1, "NaN is passed on, not hidden; so is its gradient"}};
  Floats x, relu_wanted, drelu_wanted, relu6_wanted, drelu6_wanted;
  for (const auto &row : rows) {
    x.push_back(row.x);
    relu_wanted.push_back(row.relu);
    drelu_wanted.push_back(row.drelu);
    relu6_wanted.push_back(row.relu6);
    drelu6_wanted.push_back(row.drelu6);
  }
  // The derivative is the gradient with a dy of 1.
  auto both = [](Activation act, const Floats &of) {
    const Floats ones(of.size(), 1.0f);
    Floats y(of.size()), dx(of.size());
    hinge::activation_forward(act, row_view(of), row_view(y));
    hinge::activation_backward(act, row_view(y), row_view(ones), row_view(dx));
    return std::pair(y, dx);
  };
  const auto [relu, drelu] = both(Activation::relu, x);
  const auto [relu6, drelu6] = both(Activation::relu6, x);
  std::printf("   %6s  %6s  %6s  %6s  %6s\n", "x", "ReLU", "ReLU'", "ReLU6", "ReLU6'");
  for (std::size_t i = 0; i < x.size(); i++)
    std::printf("   %6g  %6g  %6g  %6g  %6g%s%s\n", x[i], relu[i], drelu[i], relu6[i], drelu6[i],
                *rows[i].what ? "   " : "", rows[i].what);
  tour.claim(same_bits(relu, relu_wanted) && same_bits(relu6, relu6_wanted) &&
                 same_bits(drelu, drelu_wanted) && same_bits(drelu6, drelu6_wanted),
             "Every value is as docs/contract.md has it, to the bit");

  Floats curve;
  for (int i = -120; i <= 320; i++)
    curve.push_back(float(i) / 40);
  const auto [y, dy] = both(Activation::relu, curve);
  const auto [y6, dy6] = both(Activation::relu6, curve);
  tour.series["functions"] = {
      {"x", curve}, {"relu", y}, {"drelu", dy}, {"relu6", y6}, {"drelu6", dy6}};
}

// ---- 2. A layer with each ------------------------------------------------------------------

void a_layer(Tour &tour) {
  tour.station(2, "A layer with each: torch.nn.Linear(10, 20), then nn.ReLU() or nn.ReLU6()",
               {"y = act(x W^T + b)    x: (32, 10)   W: (20, 10)   b: (20)   y: (32, 20)"});

  constexpr std::int64_t batch = 32, in_features = 10, out_features = 20;
  Random random(1);
  const Floats weight = initial(out_features * in_features, in_features, random);
  const Floats bias = initial(out_features, in_features, random);
  const Floats small = normals(batch * in_features, random);
  Floats large = small; // the sums of normal inputs do not reach 6
  for (float &v : large)
    v *= 10;

  auto outputs = [&](const char *name, Activation act, const Floats &x) {
    const hinge::Linear layer(ConstView(weight.data(), out_features, in_features), bias.data(),
                              act);
    Floats y(batch * out_features);
    layer(ConstView(x.data(), batch, in_features), View(y.data(), batch, out_features));
    const auto [min, max] = std::minmax_element(y.begin(), y.end());
    std::printf("   %-26s  %7.2f to %5.2f  %6.1f %%  %6.1f %%\n", name, *min, *max,
                100 * share_equal(y, 0), 100 * share_equal(y, 6));
    return y;
  };
  std::printf("   %-26s  %16s  %8s  %8s\n", "", "range of y", "at 0", "at 6");
  const Floats sums = outputs("Linear", Activation::none, small);
  const Floats relu = outputs("Linear, ReLU", Activation::relu, small);
  const Floats relu6 = outputs("Linear, ReLU6", Activation::relu6, small);
  const Floats large_sums = outputs("Linear, x 10 times", Activation::none, large);
  const Floats large_relu = outputs("Linear, ReLU, x 10 times", Activation::relu, large);
  const Floats large_relu6 = outputs("Linear, ReLU6, x 10 times", Activation::relu6, large);

  // An activation gives the same bits fused into the layer and alone.
  auto alone = [](Activation act, Floats y) {
    hinge::activation_forward(act, row_view(y), row_view(y));
    return y;
  };
  tour.claim(same_bits(relu, alone(Activation::relu, sums)) &&
                 same_bits(relu6, alone(Activation::relu6, sums)) &&
                 same_bits(large_relu, alone(Activation::relu, large_sums)) &&
                 same_bits(large_relu6, alone(Activation::relu6, large_sums)),
             "The zeros are the negative sums, the sixes those above 6; all else is as it was");
}

// ---- 3. Non-linearity ----------------------------------------------------------------------

constexpr float xor_x[] = {0, 0, 0, 1, 1, 0, 1, 1}; // (4, 2)
constexpr float xor_target[] = {0, 1, 1, 0};
constexpr std::int64_t xor_width = 8;
constexpr int xor_steps = 2000;
constexpr float xor_rate = 0.1f;
constexpr unsigned xor_seeds = 20;

struct XorFit {
  std::vector<double> loss; // before each step and after the last
  Network network;
  Floats y;

  bool solved() const {
    for (std::size_t i = 0; i < 4; i++)
      if ((y[i] > 0.5f) != (xor_target[i] > 0.5f))
        return false;
    return loss.back() < 1e-3;
  }
};

XorFit fit_xor(Activation hidden, unsigned seed) {
  Random random(seed);
  XorFit fit{{}, Network({2, xor_width, 1}, hidden, random), {}};
  const ConstView x(xor_x, 4, 2);
  for (int step = 0;; step++) {
    fit.y = fit.network.forward(x);
    double loss = 0; // mean squared error
    Floats dy(4);
    for (std::size_t i = 0; i < 4; i++) {
      const float error = fit.y[i] - xor_target[i];
      loss += double(error) * double(error) / 4;
      dy[i] = error / 2;
    }
    fit.loss.push_back(loss);
    if (step == xor_steps)
      return fit;
    fit.network.learn(x, std::move(dy), xor_rate);
  }
}

/// The four outputs of two layers with nothing between them, computed by one layer: W = W2 W1,
/// b = W2 b1 + b2.
Floats xor_by_one_layer(const Network &network) {
  const Layer &first = network.layers[0], &second = network.layers[1];
  Floats transposed(first.weight.size()), weight(2), bias(1), y(4);
  for (std::size_t n = 0; n < xor_width; n++)
    for (std::size_t k = 0; k < 2; k++)
      transposed[k * xor_width + n] = first.weight[n * 2 + k];
  hinge::Linear(ConstView(transposed.data(), 2, xor_width))(row_view(second.weight),
                                                            row_view(weight));
  hinge::Linear(second.weight_view(), second.bias.data())(row_view(first.bias), row_view(bias));
  hinge::Linear(row_view(weight), bias.data())(ConstView(xor_x, 4, 2), View(y.data(), 4, 1));
  return y;
}

void non_linearity(Tour &tour) {
  tour.station(
      3, "The bend: XOR with and without ReLU between two layers",
      {"W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2): without it two layers are one",
       "One layer has f(0,0) + f(1,1) = f(0,1) + f(1,0); XOR asks for 0 = 2. So the four errors,",
       "with signs + - - +, add up to 2, and their mean square is at least 1/4 (all of them 1/2)"});

  std::vector<XorFit> with, without; // one of each for a seed, from the same initial weights
  for (unsigned seed = 1; seed <= xor_seeds; seed++) {
    with.push_back(fit_xor(Activation::relu, seed));
    without.push_back(fit_xor(Activation::none, seed));
  }
  const auto solved = [](const std::vector<XorFit> &fits) {
    return int(std::count_if(fits.begin(), fits.end(), [](const XorFit &f) { return f.solved(); }));
  };
  double least = 1, farthest = 0; // losses without ReLU: in any step; from 1/4, at the end
  for (const XorFit &fit : without) {
    least = std::min(least, *std::min_element(fit.loss.begin(), fit.loss.end()));
    farthest = std::max(farthest, std::abs(fit.loss.back() - 0.25));
  }

  const Floats one = xor_by_one_layer(without[0].network);
  std::printf("   Linear(2, %d), Linear(%d, 1): %d steps of gradient descent at %g, seed 1\n",
              int(xor_width), int(xor_width), xor_steps, xor_rate);
  std::printf("   %-8s  %6s  %12s  %16s  %12s\n", "x", "target", "nothing", "same, as 1 layer",
              "ReLU between");
  float apart = 0;
  for (std::size_t i = 0; i < 4; i++) {
    std::printf("   (%g, %g)    %6g  %12.4f  %16.4f  %12.4f\n", xor_x[2 * i], xor_x[2 * i + 1],
                xor_target[i], without[0].y[i], one[i], with[0].y[i]);
    apart = std::max(apart, std::abs(one[i] - without[0].y[i]));
  }
  std::printf("   %-8s  %6s  %12.4f  %16s  %12.1e\n", "loss", "", without[0].loss.back(), "",
              with[0].loss.back());
  std::printf("   Solved, of %u seeds: %d without, %d with ReLU\n", xor_seeds, solved(without),
              solved(with));
  for (unsigned seed = 1; seed <= xor_seeds; seed++) {
    XorFit &fit = with[seed - 1];
    if (fit.solved())
      continue;
    Layer &hidden = fit.network.layers[0];
    hinge::UnitStatistics statistics(Activation::relu, xor_width);
    statistics.add(hidden.of_batch(hidden.y));
    int never_zero = 0;
    for (std::int64_t unit = 0; unit < xor_width; unit++)
      never_zero += statistics.zeros(unit) == 0;
    std::printf(
        "   Seed %u stops at %.4f: %d units are 0 for all four inputs and %d for none, so that\n"
        "   %d are left to bend\n",
        seed, fit.loss.back(), int(statistics.dead_units()), never_zero,
        int(xor_width - statistics.dead_units()) - never_zero);
  }
  tour.claim(apart < 1e-5f, "Two layers without a bend give what the one layer W2 W1 gives");
  tour.claim(least > 0.25 - 1e-6 && farthest < 1e-3,
             "Without ReLU the loss ends at 1/4 for every seed and is never less");
  tour.claim(solved(without) == 0 && solved(with) >= 18,
             "With ReLU nearly every seed ends at 0, from the same weights by the same training");

  // The picture shows every tenth loss, and the outputs over the square around the four inputs.
  constexpr int grid = 41;
  Floats square;
  for (int i = 0; i < grid; i++)
    for (int j = 0; j < grid; j++) {
      square.push_back(-0.5f + 2.0f * float(j) / (grid - 1));
      square.push_back(-0.5f + 2.0f * float(i) / (grid - 1));
    }
  auto series = [&](std::vector<XorFit> &fits) {
    nlohmann::json losses;
    for (const XorFit &fit : fits) {
      std::vector<double> thinned;
      for (std::size_t i = 0; i < fit.loss.size(); i += 10)
        thinned.push_back(fit.loss[i]);
      losses.push_back(thinned);
    }
    const Floats &surface = fits[0].network.forward(ConstView(square.data(), grid * grid, 2));
    return nlohmann::json{{"losses", losses}, {"surface", surface}};
  };
  tour.series["xor"] = {{"grid", grid}, {"with", series(with)}, {"without", series(without)}};
}

// ---- 4. Noise ------------------------------------------------------------------------------

/// The mean and the variance of each column of y, which is (rows, columns).
std::pair<std::vector<double>, std::vector<double>> moments(const Floats &y, std::size_t columns) {
  std::vector<double> mean(columns), variance(columns);
  const std::size_t rows = y.size() / columns;
  for (std::size_t i = 0; i < y.size(); i++)
    mean[i % columns] += double(y[i]) / double(rows);
  for (std::size_t i = 0; i < y.size(); i++) {
    const double d = double(y[i]) - mean[i % columns];
    variance[i % columns] += d * d / double(rows);
  }
  return {mean, variance};
}

/// The variance of max(0, N(mean, 1)).
double rectified_variance(double mean) {
  const double density = std::exp(-mean * mean / 2) / std::sqrt(2 * std::acos(-1.0));
  const double positive = std::erfc(-mean / std::sqrt(2.0)) / 2; // its probability
  const double first = mean * positive + density;
  const double second = (mean * mean + 1) * positive + mean * density;
  return second - first * first;
}

void noise(Tour &tour) {
  tour.station(
      4, "Noise: what an inactive unit no longer passes on",
      {"x = signal + noise, s = w x + b: mean m by the signal, variance 1 by the noise",
       "m << 0: ReLU(s) = 0, whatever the noise does; m >> 0: ReLU(s) = s, noise included"});

  constexpr std::size_t features = 16, units = 9;
  constexpr std::int64_t repeats = 20000;
  constexpr double means[units] = {-4, -3, -2, -1, 0, 1, 2, 3, 4};
  Random random(4);
  const Floats signal = normals(features, random);
  Floats weight = normals(units * features, random), bias(units);
  for (std::size_t n = 0; n < units; n++) {
    float *row = weight.data() + n * features;
    float squares = 0, product = 0;
    for (std::size_t k = 0; k < features; k++)
      squares += row[k] * row[k];
    for (std::size_t k = 0; k < features; k++) {
      row[k] /= std::sqrt(squares); // a row of length 1 keeps the noise's variance of 1
      product += row[k] * signal[k];
    }
    bias[n] = float(means[n]) - product;
  }
  Floats x = normals(repeats * std::int64_t(features), random); // the noise alone
  for (std::size_t i = 0; i < x.size(); i++)
    x[i] += signal[i % features];

  auto outputs = [&](Activation act) {
    const hinge::Linear layer(ConstView(weight.data(), units, features), bias.data(), act);
    Floats y(std::size_t(repeats) * units);
    layer(ConstView(x.data(), repeats, features), View(y.data(), repeats, units));
    return y;
  };
  const auto [mean, before] = moments(outputs(Activation::none), units);
  const auto after = moments(outputs(Activation::relu), units).second;
  std::vector<double> wanted;
  double off = 0;
  std::printf("   Variance of each unit's output over %d inputs\n", int(repeats));
  std::printf("   %6s  %8s  %8s  %8s  %9s\n", "mean s", "s", "ReLU(s)", "in theory", "taken out");
  for (std::size_t n = 0; n < units; n++) {
    wanted.push_back(rectified_variance(means[n]));
    off = std::max({off, std::abs(after[n] - wanted[n]), std::abs(before[n] - 1)});
    std::printf("   %6.2f  %8.4f  %8.4f  %8.4f  %7.2f %%\n", mean[n], before[n], after[n],
                wanted[n], 100 * (1 - after[n] / before[n]));
  }
  tour.claim(after[2] < 0.01 * before[2] && after[1] < 0.001 * before[1],
             "From inactive units, mean -2 and below, more than 99 % of the noise is gone");
  tour.claim(after[7] > 0.98 * before[7] && after[8] > 0.98 * before[8],
             "Active units, mean 3 and above, keep theirs: ReLU is no filter for them");
  tour.claim(off < 0.05, "Both variances are those of the theory");
  tour.series["noise"] = {{"mean", mean}, {"before", before}, {"after", after}, {"theory", wanted}};
}

// ---- 5. Zeros in a trained network ---------------------------------------------------------

constexpr std::int64_t images = 360, pixels = 64, classes = 10;

struct Digits {
  Floats x; // (images, pixels), 0 to 1
  std::vector<std::uint8_t> labels;
  ConstView view() const { return {x.data(), images, pixels}; }
};

Digits read_digits() {
  const safetensors::File file(HINGE_EXAMPLE_DATA "/digits_test.safetensors");
  Digits digits;
  for (const std::uint8_t ink : file.values<std::uint8_t>("images", {images, pixels}))
    digits.x.push_back(float(ink) / 16);
  digits.labels = file.values<std::uint8_t>("labels", {images});
  return digits;
}

std::int64_t count_right(const Floats &logits, const Digits &digits) {
  std::int64_t right = 0;
  for (std::int64_t i = 0; i < images; i++) {
    const float *row = logits.data() + i * classes;
    right += std::max_element(row, row + classes) - row == digits.labels[std::size_t(i)];
  }
  return right;
}

void sparsity(Tour &tour) {
  tour.station(5, "Zeros: a network before and after training",
               {"64 pixels -> Linear 64, ReLU -> Linear 32, ReLU6 -> Linear 10, on 360 digits"});

  const Digits digits = read_digits();
  // Two networks of the same shape: one with initial weights, one that PyTorch trained
  // (data/README.md).
  const safetensors::File file(HINGE_EXAMPLE_DATA "/digits_mlp.safetensors");
  Random random(5);
  Network initialised, trained;
  auto add = [&](const std::string &name, std::int64_t in, std::int64_t out, Activation act) {
    Floats weight = initial(out * in, in, random), bias = initial(out, in, random);
    initialised.layers.emplace_back(in, out, act, std::move(weight), std::move(bias));
    trained.layers.emplace_back(
        in, out, act, file.values<float>(name + ".weight", {std::uint64_t(out), std::uint64_t(in)}),
        file.values<float>(name + ".bias", {std::uint64_t(out)}));
  };
  add("fc1", pixels, 64, Activation::relu);
  add("fc2", 64, 32, Activation::relu6);
  add("fc3", 32, classes, Activation::none);

  struct Counts {
    double at_0, at_6;
    int dead;
  } counts[2][2]; // layer, whether trained
  bool counts_agree = true, dead_get_nothing = true;
  std::int64_t right[2], all_dead = 0;
  for (const bool after : {false, true}) {
    Network &network = after ? trained : initialised;
    right[after] = count_right(network.forward(digits.view()), digits);
    for (std::size_t i = 0; i < 2; i++) {
      Layer &layer = network.layers[i];
      hinge::UnitStatistics statistics(layer.activation, layer.out_features);
      statistics.add(layer.of_batch(layer.y));
      counts[i][after] = {100 * statistics.zero_share(), 100 * statistics.saturated_share(),
                          int(statistics.dead_units())};
      counts_agree = counts_agree && statistics.zero_share() == share_equal(layer.y, 0) &&
                     (layer.activation != Activation::relu6 ||
                      statistics.saturated_share() == share_equal(layer.y, 6));

      // Every output has a gradient of 1. No part of it may reach a dead unit's weights.
      const Floats ones(layer.y.size(), 1.0f);
      const ConstView x = i == 0 ? digits.view() : network.layers[0].of_batch(network.layers[0].y);
      hinge::linear_backward(layer.activation, x, std::nullopt, layer.of_batch(layer.y),
                             ConstView(ones.data(), images, layer.out_features), std::nullopt,
                             View(layer.dweight.data(), layer.out_features, layer.in_features),
                             layer.dbias.data());
      for (std::int64_t unit = 0; unit < statistics.units(); unit++)
        if (statistics.zeros(unit) == statistics.rows()) {
          all_dead++;
          const float *row = layer.dweight.data() + unit * layer.in_features;
          dead_get_nothing = dead_get_nothing && layer.dbias[std::size_t(unit)] == 0 &&
                             std::count(row, row + layer.in_features, 0.0f) == layer.in_features;
        }
    }
  }
  std::printf("   %-20s   %-30s   %s\n", "", "before", "after");
  std::printf("   %-20s   %7s  %7s  %10s    %7s  %7s  %10s\n", "", "at 0", "at 6", "dead units",
              "at 0", "at 6", "dead units");
  const char *const names[] = {"fc1, ReLU, 64 units", "fc2, ReLU6, 32 units"};
  for (std::size_t i = 0; i < 2; i++) {
    const auto &[before, after] = counts[i];
    std::printf("   %-20s   %5.1f %%  %5.1f %%  %10d    %5.1f %%  %5.1f %%  %10d\n", names[i],
                before.at_0, before.at_6, before.dead, after.at_0, after.at_6, after.dead);
  }
  std::printf("   %-20s   %28d    %28d\n", "digits read right", int(right[0]), int(right[1]));
  std::printf(
      "   Zeros are no aim of training: here it left fewer than the initial weights gave\n");
  tour.claim(counts_agree, "UnitStatistics counts in masks what counting the outputs gives");
  tour.claim(all_dead > 0 && dead_get_nothing,
             "A unit that is 0 for every image gets a gradient of exactly 0: it cannot come back");
}

// ---- 6. A bound ----------------------------------------------------------------------------

constexpr int bound_steps = 10;
constexpr float bound_rate = 0.7f, modest_rate = 0.07f;
constexpr int modest_steps = 100;
constexpr unsigned bound_seeds = 10;

struct Course {
  std::vector<double> largest, loss; // largest hidden activation, and loss, before each step
  std::int64_t right = 0;            // images read right after the last step
  double no_gradient = 0;            // share of hidden outputs at 0 or at ReLU6's 6, then
};

/// Trains five hidden layers on the 360 digits. Every step uses all digits.
Course train(Activation hidden, const Digits &digits, unsigned seed, int steps, float rate) {
  Random random(seed);
  Network network({pixels, 64, 64, 64, 64, 64, classes}, hidden, random);
  for (Layer &layer : network.layers) { // He et al. (2015) scale weights before ReLU by this factor
    for (float &w : layer.weight)
      w *= std::sqrt(6.0f);
    std::fill(layer.bias.begin(), layer.bias.end(), 0.0f);
    layer.linear.repack(layer.weight_view(), layer.bias.data());
  }
  Course course;
  Floats margins(images * classes), dy(margins.size());
  for (int step = 0;; step++) {
    const Floats &y = network.forward(digits.view());
    double largest = 0;
    for (std::size_t i = 0; i + 1 < network.layers.size(); i++)
      for (const float v : network.layers[i].y)
        if (!(v <= largest)) // NaN also takes this branch, and then stays
          largest = std::isnan(largest) ? largest : double(v);
    // The loss is the hinge loss, which is a ReLU as well: the sum over classes of max(0, 1 - t y)
    // with t = 1 for the right class, else -1. Its gradient is bounded, as softmax's is, but needs
    // no exp.
    for (std::size_t i = 0; i < y.size(); i++) {
      const float t = digits.labels[i / classes] == i % classes ? 1.0f : -1.0f;
      margins[i] = 1 - t * y[i];
      dy[i] = -t / float(images);
    }
    hinge::activation_backward(Activation::relu, row_view(margins), row_view(dy), row_view(dy));
    hinge::relu_inplace(row_view(margins));
    double loss = 0;
    for (const float margin : margins)
      loss += double(margin) / images;
    course.largest.push_back(largest);
    course.loss.push_back(loss);
    if (step == steps) {
      course.right = count_right(y, digits);
      hinge::UnitStatistics statistics(hidden, 64);
      for (std::size_t i = 0; i + 1 < network.layers.size(); i++)
        statistics.add(network.layers[i].of_batch(network.layers[i].y));
      course.no_gradient = statistics.zero_share() + statistics.saturated_share();
      return course;
    }
    network.learn(digits.view(), dy, rate);
  }
}

void a_bound(Tour &tour) {
  tour.station(
      6, "The bound: ReLU and ReLU6 at a learning rate that is too high",
      {"ReLU6(x) <= 6, so that a layer's sums are at most 6 |W| + |b|, however large the one",
       "below has become; with ReLU the layers' growth is multiplied"});

  const Digits digits = read_digits();
  std::vector<Course> relu, relu6;
  int exploded = 0, exploded6 = 0;
  double largest6 = 0;
  const auto explodes = [](const Course &course) {
    return std::any_of(course.largest.begin(), course.largest.end(),
                       [](double v) { return !(v < 1e6); });
  };
  for (unsigned seed = 1; seed <= bound_seeds; seed++) {
    relu.push_back(train(Activation::relu, digits, seed, bound_steps, bound_rate));
    relu6.push_back(train(Activation::relu6, digits, seed, bound_steps, bound_rate));
    exploded += explodes(relu.back());
    exploded6 += explodes(relu6.back());
    for (const double v : relu6.back().largest)
      largest6 = v <= largest6 ? largest6 : v;
  }
  const Course modest = train(Activation::relu, digits, 1, modest_steps, modest_rate);
  const Course modest6 = train(Activation::relu6, digits, 1, modest_steps, modest_rate);

  std::printf("   64 pixels, 5 hidden layers of 64, 10 classes; 360 digits; hinge loss; seed 1\n");
  std::printf(
      "   rate %g: %d (ReLU) and %d (ReLU6) of 360 right after %d steps. Ten times that:\n\n",
      modest_rate, int(modest.right), int(modest6.right), modest_steps);
  std::printf("   %4s  %-26s  %s\n", "", "          ReLU", "          ReLU6");
  std::printf("   %4s  %14s  %10s  %14s  %10s\n", "step", "largest output", "loss",
              "largest output", "loss");
  for (std::size_t step = 0; step <= bound_steps; step++)
    std::printf("   %4zu  %14s  %10s  %14s  %10s\n", step, number(relu[0].largest[step]).c_str(),
                number(relu[0].loss[step]).c_str(), number(relu6[0].largest[step]).c_str(),
                number(relu6[0].loss[step]).c_str());
  std::printf("   Outputs above a million, of %u seeds: %d with ReLU, %d with ReLU6\n", bound_seeds,
              exploded, exploded6);
  std::printf(
      "   A bound is no cure for the rate: ReLU6 does not learn at it either. %d are right, and\n"
      "   %.1f %% of its hidden outputs are at 0 or 6, where no gradient passes (%.1f %% at %g)\n",
      int(relu6[0].right), 100 * relu6[0].no_gradient, 100 * modest6.no_gradient, modest_rate);
  bool finite6 = true;
  for (const Course &course : relu6)
    for (const double loss : course.loss)
      finite6 = finite6 && loss < 1e4;
  tour.claim(exploded == bound_seeds, "With ReLU the activations explode, for every seed");
  tour.claim(largest6 <= 6 && finite6,
             "With ReLU6 none is above 6 in any step, and the losses stay below 10,000");
  tour.claim(modest.right > 300 && modest6.right > 300, "At a tenth of the rate both learn");

  auto series = [](const std::vector<Course> &courses) {
    nlohmann::json all;
    for (const Course &course : courses)
      all.push_back({{"largest", course.largest}, {"loss", course.loss}});
    return all; // values that are not finite become null
  };
  tour.series["bound"] = {{"rate", bound_rate}, {"relu", series(relu)}, {"relu6", series(relu6)}};
}

// ---- 7. In place ---------------------------------------------------------------------------

void in_place(Tour &tour, int rounds) {
  tour.station(
      7, "In place: torch.nn.ReLU(inplace=True)",
      {"x = ReLU(x): no second buffer, but what x was is gone",
       "ReLU' from y instead of x: y > 0 where x > 0, so y has all that a backward needs"});

  {
    constexpr std::int64_t count = std::int64_t(1) << 24;
    Random random(7);
    const Floats some = normals(4096, random);
    Floats x(count), y(count); // writes y, so that its pages exist before the clock runs
    for (std::size_t i = 0; i < x.size(); i++)
      x[i] = some[i % some.size()];
    std::vector<double> out_of_place, over_x;
    for (int round = 0; round < rounds; round++) { // both take turns, to see the same machine
      out_of_place.push_back(timing::seconds([&] { hinge::relu(row_view(x), row_view(y)); }));
      over_x.push_back(timing::seconds([&] { hinge::relu_inplace(row_view(y)); }));
    }
    const double mib = double(count * std::int64_t(sizeof(float))) / double(1 << 20);
    std::printf("   16 Mi floats, medians of %d\n", rounds);
    std::printf("   %-22s  %3.0f MiB in 2 buffers  %6.2f ms\n", "y = ReLU(x)", 2 * mib,
                1e3 * timing::median(out_of_place));
    std::printf("   %-22s  %3.0f MiB in 1 buffer   %6.2f ms\n", "x = ReLU(x)", mib,
                1e3 * timing::median(over_x));
#if !defined(__OPTIMIZE__) || HINGE_EXAMPLE_SANITIZED
    std::printf("   (not an optimized build: these times say nothing)\n");
#endif
    hinge::relu(row_view(x), row_view(y));
    hinge::relu_inplace(row_view(x));
    tour.claim(same_bits(x, y), "Both give the same bits, in place in half the memory");
  }

  const Floats before = {-2, -0.5f, 1, 4};
  Floats after = before;
  hinge::relu_inplace(row_view(after));
  std::printf("\n   %-38s  %6g  %6g  %6g  %6g\n", "x before", before[0], before[1], before[2],
              before[3]);
  std::printf("   %-38s  %6g  %6g  %6g  %6g\n", "x after, in place", after[0], after[1], after[2],
              after[3]);
  // HardSwish(x) = x ReLU6(x + 3) / 6. Its derivative needs x, and differs if y replaces x.
  auto hard_swish_derivative = [](const Floats &x) {
    Floats shifted = x, passes(x.size()), ones(x.size(), 1.0f), derivative(x.size());
    for (float &v : shifted)
      v += 3;
    hinge::activation_backward(Activation::relu6, row_view(shifted), row_view(ones),
                               row_view(passes));
    hinge::relu6_inplace(row_view(shifted));
    for (std::size_t i = 0; i < x.size(); i++)
      derivative[i] = (shifted[i] + x[i] * passes[i]) / 6;
    return derivative;
  };
  const Floats right = hard_swish_derivative(before), wrong = hard_swish_derivative(after);
  std::printf("   %-38s  %6.3f  %6.3f  %6.3f  %6.3f\n", "HardSwish'(x), of a second branch on x",
              right[0], right[1], right[2], right[3]);
  std::printf("   %-38s  %6.3f  %6.3f  %6.3f  %6.3f\n", "the same from x after", wrong[0], wrong[1],
              wrong[2], wrong[3]);
  tour.claim(right[0] != wrong[0] && right[1] != wrong[1],
             "A backward that needs x itself gets another derivative from what is left of it");

  // ReLU's own backward from each of the values that a program can keep: x, y, or a bit for each
  // element.
  constexpr std::int64_t rows = 1000, columns = 1003;
  Random random(8);
  Floats x = normals(rows * columns, random), y(x.size());
  const Floats dy = normals(rows * columns, random);
  for (float &v : x)
    v *= 5;
  x[0] = -0.0f;
  x[1] = 6;
  x[2] = std::numeric_limits<float>::quiet_NaN();
  bool same = true;
  std::vector<std::uint8_t> bits(std::size_t(rows * hinge::mask_row_bytes(columns)));
  const hinge::MaskView mask(bits.data(), rows, columns);
  for (const Activation act : {Activation::relu, Activation::relu6}) {
    const View y_view(y.data(), rows, columns);
    hinge::activation_forward(act, ConstView(x.data(), rows, columns), y_view, mask);
    Floats from_x(x.size()), from_y(x.size()), from_mask(x.size());
    hinge::activation_backward(act, row_view(x), row_view(dy), row_view(from_x));
    hinge::activation_backward(act, row_view(y), row_view(dy), row_view(from_y));
    std::fill(y.begin(), y.end(), -1.0f); // with a mask, y is not needed
    hinge::activation_backward(mask, ConstView(dy.data(), rows, columns),
                               View(from_mask.data(), rows, columns));
    same = same && same_bits(from_x, from_y) && same_bits(from_x, from_mask);
  }
  std::printf("\n   To keep for the backward of (%d, %d): x or y %zu bytes, a mask %zu\n",
              int(rows), int(columns), x.size() * sizeof(float), bits.size());
  tour.claim(same, "ReLU's and ReLU6's gradients are the same bits from x, from y and from a mask");
}

/// `json` is a file for the pictures' series, or "" for none.
void run(const std::string &json, int rounds) {
  Tour tour;
  std::printf("Hinge %s, target %s: a tour of ReLU in seven stations\n", hinge_version(),
              hinge::target().c_str());
  the_functions(tour);
  a_layer(tour);
  non_linearity(tour);
  noise(tour);
  sparsity(tour);
  a_bound(tour);
  in_place(tour, rounds);
  if (!json.empty()) {
    std::ofstream file(json);
    file << tour.series << '\n';
    if (!file.flush())
      throw std::runtime_error(json + " cannot be written");
  }
  if (tour.false_claims() > 0)
    throw std::runtime_error(std::to_string(tour.false_claims()) + " of the claims do not hold");
}

} // namespace

int main(int argc, char **argv) {
  std::string json;
  int rounds = 7;
  CLI::App app("Shows what ReLU is for, with numbers from the kernels.", "hinge_tour");
  app.add_option("json", json, "file to write the pictures' series to");
  timing::add_rounds(app, rounds);
  try {
    app.parse(argc, argv);
    run(json, rounds);
    return 0;
  } catch (const CLI::ParseError &e) {
    return app.exit(e) == 0 ? 0 : 2; // prints --help, or what was wrong
  } catch (const std::exception &e) {
    std::fflush(stdout);
    std::fprintf(stderr, "hinge_tour: %s\n", e.what());
    return 1;
  }
}

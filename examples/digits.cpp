// Reads handwritten digits with a small network that PyTorch trained:
// 64 pixels -> Linear 64 + ReLU -> Linear 32 + ReLU6 -> Linear 10. It compares the outputs with
// PyTorch's and times Hinge against plain loops. It exits with 1 if it reads other digits than
// PyTorch.
//
//   make demo                            builds and runs it
//   hinge_demo_digits [FOLDER]           the folder of digits_mlp.safetensors and
//                                        digits_test.safetensors
//   hinge_demo_digits --network FILE     reads with another network of these layers, and does not
//                                        compare
#include "digits.h"
#include "safetensors.h"
#include "timing.h"

#include <hinge/hinge.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using digits::classes;
using digits::pixels;
using digits::side;

constexpr std::size_t expected_right = 348; // PyTorch reads this many of the 360 images right

// PyTorch adds the same products in another order, so the last bits of a float32 sum differ: by
// about 1e-5 in logits of up to 30. Weights rounded to float16 would change the logits by 6e-3, a
// missing activation by 12.
constexpr double allowed_difference = 1e-4;

// The training left weights such as 1e-40 in units that died. On subnormal numbers, and on products
// that become subnormal, many CPUs switch to slow microcode. A weight below this limit is too small
// to change any output here; run() checks that.
constexpr float tiny_weight = 1e-20f;

/// One layer, for Hinge and for the plain loops.
struct Layer {
  std::int64_t in_features;
  std::int64_t out_features;
  hinge::Activation activation;
  std::vector<float> weight; // (out_features, in_features)
  std::vector<float> bias;
  hinge::Linear linear;

  Layer(std::int64_t in, std::int64_t out, hinge::Activation act, std::vector<float> w,
        std::vector<float> b)
      : in_features(in), out_features(out), activation(act), weight(std::move(w)),
        bias(std::move(b)), linear(hinge::ConstView(weight.data(), out, in), bias.data(), act) {}
};

using Network = std::vector<Layer>;

/// The output of each layer for a batch: (batch, out_features).
using Outputs = std::vector<std::vector<float>>;

struct TestSet {
  digits::Images images;
  Outputs torch; // PyTorch's outputs; empty if the network is not PyTorch's
};

constexpr const char *output_names[] = {"relu1", "relu6_2", "logits"};

Network read_network(const std::string &path) {
  const safetensors::File file(path);
  Network network;
  for (const digits::LayerShape &shape : digits::layers) {
    const std::string name = shape.name;
    network.emplace_back(shape.in_features, shape.out_features, shape.activation,
                         file.values<float>(name + ".weight", digits::weight_shape(shape)),
                         file.values<float>(name + ".bias", digits::bias_shape(shape)));
  }
  return network;
}

bool is_tiny(float weight) { return std::abs(weight) < tiny_weight; }

Network without_tiny_weights(const Network &network) {
  Network result;
  for (const Layer &layer : network) {
    std::vector<float> weight = layer.weight;
    std::replace_if(weight.begin(), weight.end(), is_tiny, 0.0f);
    result.emplace_back(layer.in_features, layer.out_features, layer.activation, std::move(weight),
                        layer.bias);
  }
  return result;
}

TestSet read_test_set(const std::string &path, bool with_torch) {
  const safetensors::File file(path);
  TestSet test{digits::read_images(file), {}};
  if (with_torch)
    for (std::size_t i = 0; i < std::size(output_names); i++)
      test.torch.push_back(
          file.values<float>(output_names[i], {std::uint64_t(test.images.count),
                                               std::uint64_t(digits::layers[i].out_features)}));
  return test;
}

Outputs make_outputs(const Network &network, std::int64_t batch) {
  Outputs outputs;
  for (const Layer &layer : network)
    outputs.emplace_back(batch * layer.out_features);
  return outputs;
}

/// y = act(x W^T + b) with Hinge.
void hinge_layer(const Layer &layer, const float *x, std::int64_t batch, float *y) {
  layer.linear(hinge::ConstView(x, batch, layer.in_features),
               hinge::View(y, batch, layer.out_features));
}

/// The same in plain loops. The activation has a loop of its own, which the compiler vectorizes. As
/// branches after each sum, its mispredictions make the whole take 1.4 times as long.
void plain_layer(const Layer &layer, const float *x, std::int64_t batch, float *y) {
  for (std::int64_t m = 0; m < batch; m++)
    for (std::int64_t n = 0; n < layer.out_features; n++) {
      const float *x_row = x + m * layer.in_features;
      const float *w_row = layer.weight.data() + n * layer.in_features;
      float acc = layer.bias[std::size_t(n)];
      for (std::int64_t k = 0; k < layer.in_features; k++)
        acc += x_row[k] * w_row[k];
      y[m * layer.out_features + n] = acc;
    }
  if (layer.activation == hinge::Activation::none)
    return;
  const float upper = layer.activation == hinge::Activation::relu6 ? 6.0f : INFINITY;
  for (std::int64_t i = 0; i < batch * layer.out_features; i++)
    y[i] = std::min(std::max(y[i], 0.0f), upper);
}

template <class RunLayer>
void forward(const Network &network, RunLayer run_layer, const float *x, std::int64_t batch,
             Outputs &outputs) {
  for (std::size_t i = 0; i < network.size(); i++) {
    run_layer(network[i], x, batch, outputs[i].data());
    x = outputs[i].data();
  }
}

/// The distance between an image's two largest logits, for the image where it is smallest.
double closest_decision(std::vector<float> logits) {
  double closest = INFINITY;
  for (auto row = logits.begin(); row != logits.end(); row += classes) {
    std::partial_sort(row, row + 2, row + classes, std::greater<float>());
    closest = std::min(closest, double(row[0]) - double(row[1]));
  }
  return closest;
}

/// Returns NaN if a difference is NaN.
double largest_difference(const std::vector<float> &a, const std::vector<float> &b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); i++) {
    const double difference = std::abs(double(a[i]) - double(b[i]));
    if (std::isnan(difference))
      return difference;
    largest = std::max(largest, difference);
  }
  return largest;
}

void draw(const std::vector<std::int64_t> &shown, const digits::Images &images,
          const std::vector<std::int64_t> &predicted) {
  // A character is about twice as high as wide. Two characters make a pixel, so an image has 16
  // columns.
  static const char *const shades[] = {"  ", "░░", "▒▒", "▓▓", "██"};
  for (std::int64_t y = 0; y < side; y++) {
    for (const std::int64_t image : shown) {
      std::printf("  ");
      for (std::int64_t x = 0; x < side; x++)
        std::printf("%s", shades[(images.ink[std::size_t(image * pixels + y * side + x)] + 2) / 4]);
    }
    std::printf("\n");
  }
  for (const std::int64_t image : shown) {
    const std::int64_t read = predicted[std::size_t(image)];
    const int label = images.labels[std::size_t(image)];
    const std::string text = "read " + std::to_string(read) +
                             (read == label ? ", right" : ", is " + std::to_string(label));
    std::printf("  %-16s", text.c_str());
  }
  std::printf("\n");
}

/// Seconds for all images, with `step` images per call.
template <class RunLayer>
double time_images(const Network &network, RunLayer run_layer, const digits::Images &images,
                   std::int64_t step, Outputs &outputs) {
  return timing::seconds([&] {
    for (std::int64_t i = 0; i < images.count; i += step)
      forward(network, run_layer, images.x.data() + i * pixels, step, outputs);
  });
}

void print_times(const char *title, const Network &network, const digits::Images &images,
                 int rounds) {
  Outputs outputs = make_outputs(network, images.count);
  std::printf("  %s\n", title);
  for (const std::int64_t step : {std::int64_t(1), images.count}) {
    std::vector<double> hinge, plain;
    for (int i = 0; i < rounds; i++) { // they take turns, so that both see the same machine
      hinge.push_back(time_images(network, hinge_layer, images, step, outputs));
      plain.push_back(time_images(network, plain_layer, images, step, outputs));
    }
    const double hinge_us = 1e6 * timing::median(hinge) / double(images.count);
    const double plain_us = 1e6 * timing::median(plain) / double(images.count);
    std::printf("    %-12s  %7.3f us  %9.3f us  %7.1fx\n",
                ("batch " + std::to_string(step)).c_str(), hinge_us, plain_us, plain_us / hinge_us);
  }
}

/// `cleaned` is the network without tiny weights, or null if the network is not PyTorch's.
void print_all_times(const Network &network, const Network *cleaned, const digits::Images &images,
                     int rounds) {
  std::printf("\nTime per image, one thread, medians of %d\n", rounds);
#if !defined(__OPTIMIZE__) || HINGE_EXAMPLE_SANITIZED
  std::printf("  (not an optimized build: these times say nothing)\n");
#endif
  std::printf("    %-12s  %10s  %12s  %8s\n", "", "Hinge", "plain loops", "ratio");
  print_times("as trained", network, images, rounds);
  if (!cleaned)
    return;
  print_times("tiny weights set to 0", *cleaned, images, rounds);
  std::ptrdiff_t weights = 0, tiny = 0, subnormal = 0;
  for (const Layer &layer : network) {
    weights += std::ptrdiff_t(layer.weight.size());
    tiny += std::count_if(layer.weight.begin(), layer.weight.end(), is_tiny);
    subnormal += std::count_if(layer.weight.begin(), layer.weight.end(),
                               [](float w) { return std::fpclassify(w) == FP_SUBNORMAL; });
  }
  std::printf(
      "  %td of %td weights are below %.0e, %td of them subnormal numbers: for these many\n"
      "  CPUs switch to slow microcode. Hinge leaves the CPU's floating-point modes alone.\n"
      "  With 0 in their place all outputs are the same.\n",
      tiny, weights, double(tiny_weight), subnormal);
}

/// Returns whether every difference is allowed.
bool print_differences(const Outputs &outputs, const Outputs &torch) {
  bool allowed = true;
  std::printf("\nLargest difference from PyTorch's outputs\n");
  for (std::size_t i = 0; i < outputs.size(); i++) {
    const double difference = largest_difference(outputs[i], torch[i]);
    allowed = allowed && difference <= allowed_difference;
    std::printf("  %-8s %.1e\n", output_names[i], difference);
  }
  std::printf("  Rounding: PyTorch adds in another order. Up to %.0e is allowed; the two largest\n"
              "  logits of an image, which decide, are %.1e or more apart.\n",
              allowed_difference, closest_decision(torch.back()));
  return allowed;
}

void print_shares(const Outputs &outputs, std::int64_t batch) {
  std::printf("\nShare of outputs at a bound of their activation\n");
  for (std::size_t i = 0; i < outputs.size(); i++) {
    const digits::LayerShape &shape = digits::layers[i];
    if (shape.activation == hinge::Activation::none)
      continue;
    hinge::UnitStatistics units(shape.activation, shape.out_features);
    units.add(hinge::ConstView(outputs[i].data(), batch, shape.out_features));
    digits::print_statistics(shape, units);
  }
}

/// If `network_path` is empty, it reads with PyTorch's network and compares the outputs.
void run(const std::string &folder, const std::string &network_path, int rounds) {
  const bool from_torch = network_path.empty();
  const Network network =
      read_network(from_torch ? folder + "/digits_mlp.safetensors" : network_path);
  const TestSet test = read_test_set(folder + "/digits_test.safetensors", from_torch);
  const digits::Images &images = test.images;
  Outputs outputs = make_outputs(network, images.count);
  forward(network, hinge_layer, images.x.data(), images.count, outputs);

  std::printf("Hinge %s, target %s\n", hinge_version(), network[0].linear.info().target);
  std::printf("Network: %s\n", digits::network_text);

  const std::vector<std::int64_t> predicted = digits::predict(outputs.back());
  std::vector<std::int64_t> right, wrong; // images
  for (std::int64_t i = 0; i < images.count; i++) {
    const bool is_right = predicted[std::size_t(i)] == images.labels[std::size_t(i)];
    (is_right ? right : wrong).push_back(i);
  }
  std::printf("Accuracy: %zu of %d right (%.1f %%)\n\n", right.size(), int(images.count),
              digits::percent(std::int64_t(right.size()), images.count));

  // Shows three different digits that were read right, and one that was not.
  std::vector<std::int64_t> shown;
  for (const std::int64_t image : right) {
    auto same_label = [&](std::int64_t other) {
      return images.labels[std::size_t(other)] == images.labels[std::size_t(image)];
    };
    if (shown.size() < 3 && std::none_of(shown.begin(), shown.end(), same_label))
      shown.push_back(image);
  }
  if (!wrong.empty())
    shown.push_back(wrong.front());
  draw(shown, images, predicted);

  const bool same_outputs = !from_torch || print_differences(outputs, test.torch);
  print_shares(outputs, images.count);
  if (!same_outputs)
    throw std::runtime_error("outputs differ from PyTorch's by more than is allowed");
  if (from_torch && right.size() != expected_right)
    throw std::runtime_error("expected " + std::to_string(expected_right) + " right, got " +
                             std::to_string(right.size()));

  // The plain loops must compute the same, or the times compare different things.
  Outputs others = make_outputs(network, images.count);
  forward(network, plain_layer, images.x.data(), images.count, others);
  if (!from_torch) {
    if (digits::predict(others.back()) != predicted)
      throw std::runtime_error("the plain loops read other digits");
    return print_all_times(network, nullptr, images, rounds);
  }
  if (!(largest_difference(others.back(), test.torch.back()) <= allowed_difference))
    throw std::runtime_error("the plain loops' logits differ from PyTorch's");
  const Network cleaned = without_tiny_weights(network);
  forward(cleaned, hinge_layer, images.x.data(), images.count, others);
  if (others != outputs)
    throw std::runtime_error("without its tiny weights the network computes something else");
  print_all_times(network, &cleaned, images, rounds);
}

} // namespace

int main(int argc, char **argv) {
  std::string folder = HINGE_EXAMPLE_DATA, network;
  CLI::App app("Reads handwritten digits with a trained network.", "hinge_demo_digits");
  app.add_option("folder", folder, "of digits_mlp.safetensors and digits_test.safetensors")
      ->capture_default_str()
      ->check(CLI::ExistingDirectory);
  app.add_option("--network", network,
                 "read with this network, as hinge_train_digits --out writes it")
      ->check(CLI::ExistingFile);
  int rounds = 101;
  timing::add_rounds(app, rounds);
  try {
    app.parse(argc, argv);
    run(folder, network, rounds);
    return 0;
  } catch (const CLI::ParseError &e) {
    return app.exit(e) == 0 ? 0 : 2; // prints --help, or what was wrong
  } catch (const std::exception &e) {
    std::fflush(stdout);
    std::fprintf(stderr, "hinge_demo_digits: %s\n", e.what());
    return 1;
  }
}

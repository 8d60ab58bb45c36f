// Shared by the examples with handwritten digits (digits.cpp, train_digits.cpp): the network's
// layers, the images, the report.
#pragma once

#include "safetensors.h"

#include <hinge/hinge.hpp>
#include <hinge/statistics.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace digits {

constexpr std::int64_t side = 8; // pixels in a row and in a column of an image
constexpr std::int64_t pixels = side * side;
constexpr std::int64_t classes = 10;
constexpr int max_ink = 16; // a pixel's largest value

struct LayerShape {
  const char *name; // its tensors are name.weight and name.bias
  std::int64_t in_features, out_features;
  hinge::Activation activation;
  const char *activation_name;
};

constexpr LayerShape layers[] = {{"fc1", pixels, 64, hinge::Activation::relu, "ReLU"},
                                 {"fc2", 64, 32, hinge::Activation::relu6, "ReLU6"},
                                 {"fc3", 32, classes, hinge::Activation::none, "none"}};
constexpr const char *network_text =
    "64 pixels -> Linear 64, ReLU -> Linear 32, ReLU6 -> Linear 10";

inline safetensors::Shape weight_shape(const LayerShape &layer) {
  return {std::uint64_t(layer.out_features), std::uint64_t(layer.in_features)};
}
inline safetensors::Shape bias_shape(const LayerShape &layer) {
  return {std::uint64_t(layer.out_features)};
}

struct Images {
  std::int64_t count = 0;
  std::vector<std::uint8_t> ink; // (count, pixels), 0 to 16
  std::vector<std::uint8_t> labels;
  std::vector<float> x; // the network's input, (count, pixels), 0 to 1
};

inline Images read_images(const safetensors::File &file) {
  const safetensors::Shape &shape = file.at("labels").shape;
  const std::uint64_t count = shape.empty() ? 0 : shape[0];
  Images images;
  images.count = std::int64_t(count);
  images.labels = file.values<std::uint8_t>("labels", {count});
  images.ink = file.values<std::uint8_t>("images", {count, pixels});
  if (count == 0 || *std::max_element(images.ink.begin(), images.ink.end()) > max_ink ||
      *std::max_element(images.labels.begin(), images.labels.end()) >= classes)
    throw std::runtime_error(file.path() +
                             ": expected images with pixels of 0 to 16 and labels of 0 to 9");
  for (const std::uint8_t v : images.ink)
    images.x.push_back(float(v) / max_ink);
  return images;
}

/// The class with the largest logit, for each image.
inline std::vector<std::int64_t> predict(const std::vector<float> &logits) {
  std::vector<std::int64_t> predicted;
  for (auto row = logits.begin(); row != logits.end(); row += classes)
    predicted.push_back(std::max_element(row, row + classes) - row);
  return predicted;
}

inline double percent(std::int64_t part, std::int64_t whole) {
  return 100.0 * double(part) / double(whole);
}

/// Counts the units that are at the upper bound in every row. No gradient passes through them, as
/// none passes through dead units.
inline std::int64_t stuck_units(const hinge::UnitStatistics &units) {
  std::int64_t stuck = 0;
  for (std::int64_t unit = 0; unit < units.units(); unit++)
    stuck += units.rows() > 0 && units.saturated(unit) == units.rows();
  return stuck;
}

inline void print_statistics(const LayerShape &layer, const hinge::UnitStatistics &units) {
  std::printf("  %s, %-6s %4.1f %% are 0", layer.name, layer.activation_name,
              100 * units.zero_share());
  if (layer.activation == hinge::Activation::relu6)
    std::printf(", %.1f %% are 6", 100 * units.saturated_share());
  std::printf("; of %d units %d are dead (always 0)", int(units.units()), int(units.dead_units()));
  if (layer.activation == hinge::Activation::relu6)
    std::printf(", %d always 6", int(stuck_units(units)));
  std::printf("\n");
}

} // namespace digits

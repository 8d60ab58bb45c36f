// The code of a layer that hinge_add_linear generates, for its Shape: in_features, out_features,
// batch, has_bias, and its kernels' types.
#pragma once

#include "layer_code.h"

#include <algorithm>

namespace hinge::layer {

inline constexpr std::int64_t any_batch = 0; // as many rows as a call says

template <class Shape>
struct LinearTarget {
  typename Shape::Forward *forward;
  std::int64_t nr; // output features in a panel of packed weights
  std::int64_t mr; // rows of the tallest register tile
};

/// A matrix of `rows` rows without gaps, for kernels that do not know how many.
class Rows {
public:
  Rows(const float *data, std::int64_t rows, std::int64_t cols)
      : dimensions_{{0, std::int32_t(cols), 1, 0}, {0, std::int32_t(rows), std::int32_t(cols), 0}},
        buffer_(buffer(data, dimensions_)) {}
  Rows(const Rows &) = delete;
  Rows &operator=(const Rows &) = delete;
  halide_buffer_t *get() { return &buffer_; }

private:
  halide_dimension_t dimensions_[2];
  halide_buffer_t buffer_;
};

/// Calls run(begin, count, height) for `rows` rows in tiles as tall as they can be, up to
/// `tallest`, of two heights a row apart, so that no row is computed twice.
template <class Run>
void in_tiles(std::int64_t rows, std::int64_t tallest, const Run &run) {
  const std::int64_t tiles = (rows + tallest - 1) / tallest, height = (rows + tiles - 1) / tiles;
  const std::int64_t low = tiles * height - rows; // tiles that are a row lower
  const std::int64_t tall_rows = (tiles - low) * height;
  if (tall_rows > 0)
    run(0, tall_rows, height);
  if (low > 0)
    run(tall_rows, rows - tall_rows, height - 1);
}

template <class Shape>
class Linear : public Targets<LinearTarget<Shape>> {
public:
  using Targets<LinearTarget<Shape>>::Targets;

  template <class Packed>
  hinge_status pack(const float *weight, Packed *packed) {
    if (!weight)
      return this->refuse("weight is null");
    if (!packed)
      return this->refuse("packed is null");
    if (overlap(weight, sizeof(float) * in_features * out_features, packed, sizeof *packed))
      return this->refuse("packed overlaps weight");
    int index = 0;
    if (hinge_status s = this->find_active(&index))
      return s;
    const std::int64_t nr = this->target(index).nr;
    float *to = packed->values;
    for (std::int64_t panel = 0; panel < out_features; panel += nr)
      for (std::int64_t k = 0; k < in_features; k++)
        for (std::int64_t n = panel; n < panel + nr; n++)
          *to++ = n < out_features ? weight[n * in_features + k] : 0.0f;
    packed->target = index;
    return HINGE_OK;
  }

  template <class Packed>
  hinge_status forward(const float *x, const Packed *packed, const float *bias, float *y,
                       std::int64_t batch) {
    if constexpr (Shape::batch == any_batch) {
      if (batch < 0)
        return this->refuse("batch is negative");
      if (batch == 0)
        return HINGE_OK;
      if (batch > INT64_MAX / (4 * widest))
        return this->refuse("batch: its rows overflow the address space");
    }
    if (!x)
      return this->refuse("x is null");
    if (!packed)
      return this->refuse("packed is null");
    if (Shape::has_bias && !bias)
      return this->refuse("bias is null");
    if (!y)
      return this->refuse("y is null");
    const std::size_t x_bytes = sizeof(float) * in_features * std::size_t(batch);
    const std::size_t y_bytes = sizeof(float) * out_features * std::size_t(batch);
    if (overlap(y, y_bytes, x, x_bytes))
      return this->refuse("y overlaps x");
    if (overlap(y, y_bytes, packed, sizeof *packed))
      return this->refuse("y overlaps packed");
    if (Shape::has_bias && overlap(y, y_bytes, bias, sizeof(float) * out_features))
      return this->refuse("y overlaps bias");
    int index = 0;
    if (hinge_status s = this->find_active(&index))
      return s;
    if (packed->target != index)
      return this->refuse("packed is for another target: pack the weights again");

    const LinearTarget<Shape> &t = this->target(index);
    halide_buffer_t packed_buffer = buffer(packed->values);
    auto run = [&](halide_buffer_t *x_buffer, halide_buffer_t *y_buffer, auto... tile_rows) {
      if constexpr (Shape::has_bias) {
        halide_buffer_t bias_buffer = buffer(bias);
        t.forward(x_buffer, &packed_buffer, &bias_buffer, tile_rows..., y_buffer);
      } else {
        t.forward(x_buffer, &packed_buffer, tile_rows..., y_buffer);
      }
    };
    if constexpr (Shape::batch == any_batch) {
      // No more rows a call than the kernel's 32 bits can index.
      for (std::int64_t row = 0; row < batch; row += most_rows)
        in_tiles(std::min(batch - row, most_rows), t.mr,
                 [&](std::int64_t begin, std::int64_t count, std::int64_t height) {
                   Rows x_rows(x + (row + begin) * in_features, count, in_features);
                   Rows y_rows(y + (row + begin) * out_features, count, out_features);
                   run(x_rows.get(), y_rows.get(), std::int32_t(height));
                 });
    } else {
      halide_buffer_t x_buffer = buffer(x), y_buffer = buffer(y);
      run(&x_buffer, &y_buffer);
    }
    return HINGE_OK;
  }

private:
  static constexpr std::int64_t in_features = Shape::in_features;
  static constexpr std::int64_t out_features = Shape::out_features;
  static constexpr std::int64_t widest = std::max(in_features, out_features);
  static constexpr std::int64_t most_rows = INT32_MAX / widest;
};

} // namespace hinge::layer

// The code of a layer that hinge_add_linear generates, for its Shape (linear.cpp.in).
#pragma once

#include "layer_code.h"

#include <algorithm>

namespace hinge::layer {

/// Kernels of a target, null where the layer has none, and the sizes that they were generated with.
template <class Shape>
struct LinearTarget {
  std::int64_t nr; // output features in a panel of packed weights
  // Rows of the tallest register tile: of the forward, of dx and of dweight.
  std::int64_t mr, dx_mr, dweight_mr;
  typename Shape::Forward *forward;
  typename Shape::Mask *mask;
  typename Shape::G *g;
  typename Shape::Dx *dx;
  typename Shape::Dweight *dweight;
  typename Shape::Dbias *dbias;
};

/// What an element-wise kernel runs over, rows x cols: one row, unless there is a mask whose rows
/// end within a byte (_hinge_elementwise_shape in HingeAddLinear.cmake).
template <bool known>
class Elements {
public:
  Elements(std::int64_t rows, std::int64_t cols, bool has_mask) : rows_(rows), cols_(cols) {
    if (!has_mask || cols % 8 == 0) {
      cols_ = rows * cols;
      rows_ = 1;
    }
  }
  Matrix<known> matrix(const float *data) const { return {data, rows_, cols_}; }
  Matrix<known> mask(const std::uint8_t *bits) const {
    return {bits, rows_, mask_row_bytes(cols_)};
  }

private:
  std::int64_t rows_, cols_;
};

/// Calls run(begin, count, height) for `rows` rows in tiles as tall as they can be, up to
/// `tallest`, of two heights a row apart, so that no row is computed twice.
template <class Run>
void in_tiles(std::int64_t rows, std::int64_t tallest, const Run &run) {
  const std::int64_t tiles = (rows + tallest - 1) / tallest, height = (rows + tiles - 1) / tiles;
  const std::int64_t low = tiles * height - rows; // tiles that are a row lower
  const std::int64_t tall_rows = (tiles - low) * height;
  if (tall_rows > 0)
    run(0, tall_rows, std::int32_t(height));
  if (low > 0)
    run(tall_rows, rows - tall_rows, std::int32_t(height - 1));
}

template <class Shape>
class Linear : public Targets<LinearTarget<Shape>> {
public:
  using Targets<LinearTarget<Shape>>::Targets;

  template <class Packed>
  hinge_status pack(const float *weight, Packed *packed) {
    HINGE_REFUSE_NULL(weight);
    HINGE_REFUSE_NULL(packed);
    HINGE_REFUSE_OVERLAP(packed, sizeof *packed, weight, weight_bytes);
    int index = 0;
    if (hinge_status s = this->find_active(&index))
      return s;
    const std::int64_t nr = this->target(index).nr;
    float *to = packed->values;
    for (std::int64_t panel = 0; panel < out_features; panel += nr)
      for (std::int64_t k = 0; k < in_features; k++)
        for (std::int64_t n = panel; n < panel + nr; n++)
          *to++ = n < out_features ? weight[n * in_features + k] : 0.0f;
    this->set_target_of(packed, index);
    return HINGE_OK;
  }

  /// bias and mask: null where the layer has none
  template <class Packed>
  hinge_status forward(const float *x, const Packed *packed, const float *bias, float *y,
                       std::uint8_t *mask, std::int64_t batch) {
    if (Shape::any_batch) {
      if (hinge_status s = check_batch(batch))
        return s;
      if (batch == 0)
        return HINGE_OK;
    }
    HINGE_REFUSE_NULL(x);
    HINGE_REFUSE_NULL(packed);
    if (Shape::has_bias)
      HINGE_REFUSE_NULL(bias);
    HINGE_REFUSE_NULL(y);
    if (Shape::has_mask)
      HINGE_REFUSE_NULL(mask);
    const Bytes bytes(batch);
    HINGE_REFUSE_OVERLAP(y, bytes.y, x, bytes.x);
    HINGE_REFUSE_OVERLAP(y, bytes.y, packed, sizeof *packed);
    HINGE_REFUSE_OVERLAP(y, bytes.y, bias, bias_bytes);
    if constexpr (Shape::has_mask) {
      HINGE_REFUSE_OVERLAP(mask, bytes.mask, x, bytes.x);
      HINGE_REFUSE_OVERLAP(mask, bytes.mask, packed, sizeof *packed);
      HINGE_REFUSE_OVERLAP(mask, bytes.mask, bias, bias_bytes);
      HINGE_REFUSE_OVERLAP(mask, bytes.mask, y, bytes.y);
    }
    int index = 0;
    if (hinge_status s = this->find_active(&index))
      return s;
    HINGE_REFUSE_IF(!this->is_target_of(packed, index),
                    "packed is for another target: pack the weights again");

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
    // No more rows a call than the kernel's 32 bits can index.
    const std::int64_t most =
        Shape::has_mask ? std::max(t.mr, in_l1 / out_features) : most_call_rows;
    for (std::int64_t row = 0; row < batch; row += Shape::any_batch ? most : batch) {
      const std::int64_t count = Shape::any_batch ? std::min(batch - row, most) : batch;
      const float *const x_rows = x + row * in_features;
      float *const y_rows = y + row * out_features;
      if constexpr (Shape::any_batch) {
        in_tiles(count, t.mr, [&](std::int64_t begin, std::int64_t rows, std::int32_t height) {
          run(Matrix<false>(x_rows + begin * in_features, rows, in_features).get(),
              Matrix<false>(y_rows + begin * out_features, rows, out_features).get(), height);
        });
      } else {
        run(Matrix<true>(x, batch, in_features).get(), Matrix<true>(y, batch, out_features).get());
      }
      if constexpr (Shape::has_mask) {
        const Elements<!Shape::any_batch> elements(count, out_features, true);
        t.mask(elements.matrix(y_rows).get(), elements.mask(mask + row * mask_bytes).get());
      }
    }
    return HINGE_OK;
  }

  /// y: null where the layer has a mask or no activation; mask and dbias: null where it has none
  hinge_status backward(const float *x, const float *weight, const float *y,
                        const std::uint8_t *mask, const float *dy, float *dx, float *dweight,
                        float *dbias, int accumulate, std::int64_t batch) {
    HINGE_REFUSE_IF(accumulate != 0 && accumulate != 1, "accumulate is neither 0 nor 1");
    if (Shape::any_batch)
      if (hinge_status s = check_batch(batch))
        return s;
    if (batch > 0) {
      HINGE_REFUSE_NULL(dy);
      if (Shape::has_mask)
        HINGE_REFUSE_NULL(mask);
      else if (Shape::has_activation)
        HINGE_REFUSE_NULL(y);
      HINGE_REFUSE_IF(dx && !weight, "weight is null, which dx needs");
      HINGE_REFUSE_IF(dweight && !x, "x is null, which dweight needs");
    }
    const Bytes bytes(batch);
    if (!dx)
      weight = nullptr; // nothing is read from it
    if (!dweight)
      x = nullptr;
    HINGE_REFUSE_OVERLAP(dx, bytes.x, x, bytes.x);
    HINGE_REFUSE_OVERLAP(dx, bytes.x, weight, weight_bytes);
    HINGE_REFUSE_OVERLAP(dx, bytes.x, y, bytes.y);
    HINGE_REFUSE_OVERLAP(dx, bytes.x, mask, bytes.mask);
    HINGE_REFUSE_OVERLAP(dx, bytes.x, dy, bytes.y);
    HINGE_REFUSE_OVERLAP(dweight, weight_bytes, x, bytes.x);
    HINGE_REFUSE_OVERLAP(dweight, weight_bytes, weight, weight_bytes);
    HINGE_REFUSE_OVERLAP(dweight, weight_bytes, y, bytes.y);
    HINGE_REFUSE_OVERLAP(dweight, weight_bytes, mask, bytes.mask);
    HINGE_REFUSE_OVERLAP(dweight, weight_bytes, dy, bytes.y);
    HINGE_REFUSE_OVERLAP(dweight, weight_bytes, dx, bytes.x);
    HINGE_REFUSE_OVERLAP(dbias, bias_bytes, x, bytes.x);
    HINGE_REFUSE_OVERLAP(dbias, bias_bytes, weight, weight_bytes);
    HINGE_REFUSE_OVERLAP(dbias, bias_bytes, y, bytes.y);
    HINGE_REFUSE_OVERLAP(dbias, bias_bytes, mask, bytes.mask);
    HINGE_REFUSE_OVERLAP(dbias, bias_bytes, dy, bytes.y);
    HINGE_REFUSE_OVERLAP(dbias, bias_bytes, dx, bytes.x);
    HINGE_REFUSE_OVERLAP(dbias, bias_bytes, dweight, weight_bytes);
    int index = 0;
    if (hinge_status s = this->find_active(&index))
      return s;
    if (!dx && !dweight && !dbias)
      return HINGE_OK;
    if (Shape::any_batch && batch == 0 && !accumulate) { // sums of nothing
      if (dweight)
        std::fill_n(dweight, out_features * in_features, 0.0f);
      if (dbias)
        std::fill_n(dbias, out_features, 0.0f);
    }

    const LinearTarget<Shape> &t = this->target(index);
    halide_buffer_t weight_buffer = buffer(weight), dbias_buffer = buffer(dbias);
    constexpr std::int64_t most = Shape::has_activation ? Shape::block_rows : most_call_rows;
    [[maybe_unused]] alignas(64) float block[Shape::has_activation ? most * out_features : 1];
    for (std::int64_t row = 0; row < batch; row += Shape::any_terms ? most : batch) {
      const std::int64_t count = Shape::any_terms ? std::min(batch - row, most) : batch;
      const float *g = dy + row * out_features;
      if constexpr (Shape::has_activation) {
        const Elements<!Shape::any_terms> elements(count, out_features, Shape::has_mask);
        Matrix<!Shape::any_terms> g_matrix = elements.matrix(block);
        if constexpr (Shape::has_mask)
          t.g(elements.mask(mask + row * mask_bytes).get(), 0, elements.matrix(g).get(),
              g_matrix.get());
        else
          t.g(elements.matrix(y + row * out_features).get(), elements.matrix(g).get(),
              g_matrix.get());
        g = block;
      }
      halide_buffer_t g_buffer = buffer(g), x_buffer = buffer(x ? x + row * in_features : nullptr);
      const std::int32_t add = accumulate || row > 0 ? -1 : 0; // all bits or none
      auto with_terms = [&](auto run) {
        if constexpr (Shape::any_terms)
          run(std::int32_t(count));
        else
          run();
      };
      if (dx) {
        if constexpr (Shape::any_terms)
          in_tiles(count, t.dx_mr, [&](std::int64_t begin, std::int64_t rows, std::int32_t height) {
            halide_buffer_t g_rows = buffer(g + begin * out_features);
            t.dx(&g_rows, &weight_buffer, height,
                 Matrix<false>(dx + (row + begin) * in_features, rows, in_features).get());
          });
        else
          t.dx(&g_buffer, &weight_buffer, Matrix<true>(dx, batch, in_features).get());
      }
      if (dweight)
        in_tiles(out_features, t.dweight_mr,
                 [&](std::int64_t begin, std::int64_t rows, std::int32_t height) {
                   halide_buffer_t g_columns = buffer(g + begin);
                   Matrix<false> part(dweight + begin * in_features, rows, in_features);
                   with_terms([&](auto... terms) {
                     t.dweight(&g_columns, &x_buffer, terms..., add, height, part.get());
                   });
                 });
      if constexpr (Shape::has_bias)
        if (dbias)
          with_terms([&](auto... terms) { t.dbias(&g_buffer, terms..., add, &dbias_buffer); });
    }
    return HINGE_OK;
  }

private:
  static constexpr std::int64_t in_features = Shape::in_features;
  static constexpr std::int64_t out_features = Shape::out_features;
  static constexpr std::int64_t mask_bytes = mask_row_bytes(out_features); // a row
  static constexpr std::int64_t widest = std::max(in_features, out_features);
  static constexpr std::int64_t most_call_rows = INT32_MAX / widest;
  static constexpr std::size_t weight_bytes = sizeof(float) * in_features * out_features;
  static constexpr std::size_t bias_bytes = sizeof(float) * out_features;

  struct Bytes {
    explicit Bytes(std::int64_t batch)
        : x(sizeof(float) * in_features * std::size_t(batch)),
          y(sizeof(float) * out_features * std::size_t(batch)),
          mask(mask_bytes * std::size_t(batch)) {}
    std::size_t x, y, mask;
  };

  hinge_status check_batch(std::int64_t batch) const {
    HINGE_REFUSE_IF(batch < 0, "batch is negative");
    HINGE_REFUSE_IF(batch > INT64_MAX / (4 * widest), "batch: its rows overflow the address space");
    return HINGE_OK;
  }
};

} // namespace hinge::layer

#undef HINGE_REFUSE_IF
#undef HINGE_REFUSE_NULL
#undef HINGE_REFUSE_OVERLAP

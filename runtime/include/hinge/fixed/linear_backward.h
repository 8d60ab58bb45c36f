// The code behind a layer of hinge_add_linear with BACKWARD: the gradients.
#pragma once

#include <hinge/fixed/linear.h>

namespace hinge::fixed {

/// `y` is null if the layer has a mask or no activation. `mask` and `dbias` are null if the layer
/// has none.
template <class Shape>
struct LinearBackward {
  const float *x, *weight, *y;
  const std::uint8_t *mask;
  const float *dy;
  float *dx, *dweight, *dbias;
  int accumulate;
  std::int64_t batch = Shape::batch;

  bool asks_for_nothing() const { return !dx && !dweight && !dbias; }

  // What a single gradient lacks. The table of regions has what the whole call needs.
  bool lacks_weight() const { return batch > 0 && dx && !weight; }
  bool lacks_x() const { return batch > 0 && dweight && !x; }

  /// dx alone reads weight, and dweight alone reads x.
  Regions<5, 3> regions() const {
    const LinearSizes<Shape> bytes(batch);
    const bool any = batch > 0, from_mask = Shape::has_mask;
    return {{region("x", dweight ? x : nullptr, bytes.x, false),
             region("weight", dx ? weight : nullptr, bytes.weight, false),
             region("y", y, bytes.y, any && Shape::has_activation && !from_mask),
             region("mask", mask, bytes.mask, any && from_mask), region("dy", dy, bytes.y, any),
             region("dx", dx, bytes.x, false), region("dweight", dweight, bytes.weight, false),
             region("dbias", dbias, bytes.bias, false)}};
  }
};

// One overload for each signature of LinearKernels.
inline void run_dx(int kernel(Buffer, Buffer, Int, Buffer), Buffer g, Buffer weight, Int height,
                   Buffer dx) {
  kernel(g, weight, height, dx);
}
inline void run_dx(int kernel(Buffer, Buffer, Buffer), Buffer g, Buffer weight, Int, Buffer dx) {
  kernel(g, weight, dx);
}
inline void run_dweight(int kernel(Buffer, Buffer, Int, Int, Int, Buffer), Buffer g, Buffer x,
                        Int terms, Int accumulate, Int height, Buffer dweight) {
  kernel(g, x, terms, accumulate, height, dweight);
}
inline void run_dweight(int kernel(Buffer, Buffer, Int, Int, Buffer), Buffer g, Buffer x, Int,
                        Int accumulate, Int height, Buffer dweight) {
  kernel(g, x, accumulate, height, dweight);
}
inline void run_dbias(int kernel(Buffer, Int, Int, Buffer), Buffer g, Int terms, Int accumulate,
                      Buffer dbias) {
  kernel(g, terms, accumulate, dbias);
}
inline void run_dbias(int kernel(Buffer, Int, Buffer), Buffer g, Int, Int accumulate,
                      Buffer dbias) {
  kernel(g, accumulate, dbias);
}

/// Rows of g = act'(y) * dy whose gradients are computed before the next rows' ones.
struct GradientRows {
  std::int64_t row, count;
  const float *g;
  Int accumulate; // all bits or none
};

/// Makes rows of g, from the mask or from y.
template <class Shape>
void make_g(const LinearTarget<Shape> &t, const LinearBackward<Shape> &call, std::int64_t row,
            std::int64_t count, float *to) {
  constexpr bool is_known = Shape::terms > 0;
  const std::int64_t first = row * Shape::out_features;
  const plan::ElementwiseShape shape =
      plan::elementwise_shape(count, Shape::out_features, Shape::has_mask);
  DenseBuffer<is_known> dy(call.dy + first, shape), g(to, shape);
  if constexpr (Shape::has_mask) {
    DenseBuffer<is_known> mask(call.mask + row * LinearSizes<Shape>::mask_row, mask_bytes(shape));
    t.g(mask.get(), 0, dy.get(), g.get());
  } else {
    DenseBuffer<is_known> y(call.y + first, shape);
    t.g(y.get(), dy.get(), g.get());
  }
}

template <class Shape>
void compute_dx(const LinearTarget<Shape> &t, const LinearBackward<Shape> &call,
                const GradientRows &part) {
  halide_buffer_t weight = buffer(call.weight);
  const auto run = [&](std::int64_t begin, std::int64_t rows, Int height) {
    halide_buffer_t g = buffer(part.g + begin * Shape::out_features);
    DenseBuffer<(Shape::terms > 0)> dx(call.dx + (part.row + begin) * Shape::in_features, rows,
                                       Shape::in_features);
    run_dx(t.dx, &g, &weight, height, dx.get());
  };
  if constexpr (Shape::terms > 0)
    run(0, Shape::terms, 0);
  else
    plan::in_row_tiles(part.count, t.dx_mr, run);
}

template <class Shape>
void compute_dweight(const LinearTarget<Shape> &t, const LinearBackward<Shape> &call,
                     const GradientRows &part) {
  halide_buffer_t x = buffer(call.x + part.row * Shape::in_features);
  plan::in_row_tiles(t.dweight_tiles, [&](std::int64_t begin, std::int64_t rows, Int height) {
    halide_buffer_t g = buffer(part.g + begin);
    DenseBuffer<false> dweight(call.dweight + begin * Shape::in_features, rows, Shape::in_features);
    run_dweight(t.dweight, &g, &x, Int(part.count), part.accumulate, height, dweight.get());
  });
}

template <class Shape>
void compute_dbias(const LinearTarget<Shape> &t, const LinearBackward<Shape> &call,
                   const GradientRows &part) {
  halide_buffer_t g = buffer(part.g), dbias = buffer(call.dbias);
  run_dbias(t.dbias, &g, Int(part.count), part.accumulate, &dbias);
}

/// The gradients of a batch without rows: sums of nothing.
template <class Shape>
void write_zeros(const LinearBackward<Shape> &call) {
  if (call.dweight)
    std::fill_n(call.dweight, Shape::in_features * Shape::out_features, 0.0f);
  if (call.dbias)
    std::fill_n(call.dbias, Shape::out_features, 0.0f);
}

template <class Shape>
void compute_gradients(const LinearTarget<Shape> &t, const LinearBackward<Shape> &call) {
  constexpr std::int64_t most = Shape::has_activation
                                    ? plan::fixed_gradient_rows(Shape::out_features, Shape::batch)
                                    : plan::most_rows(LinearSizes<Shape>::widest);
  [[maybe_unused]] alignas(
      64) float block[std::size_t(Shape::has_activation ? most * Shape::out_features : 1)];
  plan::in_parts(call.batch, Shape::terms > 0 ? Shape::terms : most,
                 [&](std::int64_t row, std::int64_t count) {
                   const float *g = call.dy + row * Shape::out_features;
                   if constexpr (Shape::has_activation) {
                     make_g(t, call, row, count, block);
                     g = block;
                   }
                   const GradientRows part{row, count, g, call.accumulate || row > 0 ? -1 : 0};
                   if (call.dx)
                     compute_dx(t, call, part);
                   if (call.dweight)
                     compute_dweight(t, call, part);
                   if constexpr (Shape::has_bias)
                     if (call.dbias)
                       compute_dbias(t, call, part);
                   return 0;
                 });
}

template <class Dispatch>
HINGE_ALWAYS_INLINE hinge_status
linear_backward(Dispatch &dispatch, const LinearBackward<typename Dispatch::Target::Shape> &call) {
  using Shape = typename Dispatch::Target::Shape;
  if (call.accumulate != 0 && call.accumulate != 1)
    return dispatch.refuse_number("accumulate", call.accumulate, 1);
  if (is_wrong_batch<Shape>(call.batch))
    return dispatch.refuse_number("batch", call.batch, most_batch<Shape>);
  if (call.lacks_weight())
    return dispatch.refuse_null("weight", LinearSizes<Shape>::weight, "dx");
  if (call.lacks_x())
    return dispatch.refuse_null("x", LinearSizes<Shape>(call.batch).x, "dweight");
  if (is_wrong(call.regions()))
    return dispatch.refuse_memory(call.regions());
  int index = 0;
  if (hinge_status s = dispatch.find_active(&index))
    return s;
  if (call.asks_for_nothing())
    return HINGE_OK;
  if (call.batch == 0 && !call.accumulate)
    write_zeros(call);
  compute_gradients(dispatch.target(index), call);
  return HINGE_OK;
}

} // namespace hinge::fixed

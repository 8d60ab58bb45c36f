// What the arguments of each operator must be, wherever its memory is: the checks that the CPU's
// and the GPU's functions share. A refusal names the argument; then nothing was read or written.
// Those of small calls are inline.
#pragma once

#include "error.h"
#include "view.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdint>
#include <iterator>

namespace hinge::detail {

/// Same data and, where it matters, same row stride.
inline bool same_memory(const hinge_const_view &x, const hinge_view &y) {
  return x.data == y.data && (x.row_stride == y.row_stride || x.rows <= 1);
}

[[gnu::cold]] inline hinge_status refuse_overlap(const char *output, const char *input) {
  return fail(HINGE_INVALID_ARGUMENT,
              "%s overlaps %s: expected the same data and row_stride (in place), or no common "
              "element",
              output, input);
}

struct ForwardArguments {
  Region x, y, mask;
  bool in_place;
};

inline hinge_status check_activation_forward(hinge_activation act, const hinge_const_view *x,
                                             const hinge_view *y, ForwardArguments *a) {
  if (hinge_status s = check_activation(act, /*none_allowed=*/false))
    return s;
  if (hinge_status s = check_view("x", x, &a->x))
    return s;
  if (hinge_status s = check_view("y", y, &a->y))
    return s;
  if (hinge_status s = check_shape("y", *y, "x", x->rows, x->cols))
    return s;
  a->in_place = same_memory(*x, *y);
  return !a->in_place && overlap(a->x, a->y) ? refuse_overlap("y", "x") : HINGE_OK;
}

inline hinge_status check_activation_forward_mask(hinge_activation act, const hinge_const_view *x,
                                                  const hinge_view *y, const hinge_mask *mask,
                                                  ForwardArguments *a) {
  if (hinge_status s = check_activation_forward(act, x, y, a))
    return s;
  if (hinge_status s = check_mask("mask", mask, &a->mask))
    return s;
  if (hinge_status s = check_shape("mask", *mask, "x", x->rows, x->cols))
    return s;
  if (overlap(a->mask, a->x))
    return refuse_sharing("mask", "x");
  return overlap(a->mask, a->y) ? refuse_sharing("mask", "y") : HINGE_OK;
}

inline hinge_status check_activation_mask(hinge_activation act, const hinge_const_view *y,
                                          const hinge_mask *mask, Region *y_region,
                                          Region *mask_region) {
  if (hinge_status s = check_activation(act, /*none_allowed=*/false))
    return s;
  if (hinge_status s = check_view("y", y, y_region))
    return s;
  if (hinge_status s = check_mask("mask", mask, mask_region))
    return s;
  if (hinge_status s = check_shape("mask", *mask, "y", y->rows, y->cols))
    return s;
  return overlap(*mask_region, *y_region) ? refuse_sharing("mask", "y") : HINGE_OK;
}

struct BackwardArguments {
  Region y, dy, dx; // y: or the mask
  bool in_place;
};

inline hinge_status check_activation_backward(hinge_activation act, const hinge_const_view *y,
                                              const hinge_const_view *dy, const hinge_view *dx,
                                              BackwardArguments *a) {
  if (hinge_status s = check_activation(act, /*none_allowed=*/false))
    return s;
  if (hinge_status s = check_view("y", y, &a->y))
    return s;
  if (hinge_status s = check_view("dy", dy, &a->dy))
    return s;
  if (hinge_status s = check_view("dx", dx, &a->dx))
    return s;
  if (hinge_status s = check_shape("dy", *dy, "y", y->rows, y->cols))
    return s;
  if (hinge_status s = check_shape("dx", *dx, "y", y->rows, y->cols))
    return s;
  if (overlap(a->y, a->dx))
    return refuse_sharing("dx", "y", "element");
  a->in_place = same_memory(*dy, *dx);
  return !a->in_place && overlap(a->dy, a->dx) ? refuse_overlap("dx", "dy") : HINGE_OK;
}

inline hinge_status check_activation_backward_mask(const hinge_const_mask *mask,
                                                   const hinge_const_view *dy, const hinge_view *dx,
                                                   BackwardArguments *a) {
  if (hinge_status s = check_mask("mask", mask, &a->y))
    return s;
  if (hinge_status s = check_view("dy", dy, &a->dy))
    return s;
  if (hinge_status s = check_view("dx", dx, &a->dx))
    return s;
  if (hinge_status s = check_shape("dy", *dy, "mask", mask->rows, mask->cols))
    return s;
  if (hinge_status s = check_shape("dx", *dx, "mask", mask->rows, mask->cols))
    return s;
  if (overlap(a->y, a->dx))
    return refuse_sharing("dx", "mask");
  a->in_place = same_memory(*dy, *dx);
  return !a->in_place && overlap(a->dy, a->dx) ? refuse_overlap("dx", "dy") : HINGE_OK;
}

/// That a layer (hinge_linear or hinge_cuda_linear) is one.
template <class Linear>
hinge_status check_linear(const Linear *linear) {
  if (!linear)
    return fail(HINGE_INVALID_ARGUMENT, "linear is null");
  if (linear->state != Linear::alive)
    return fail(HINGE_INVALID_ARGUMENT, "linear is no layer: it was destroyed or overwritten");
  return HINGE_OK;
}

/// The arguments of a layer's ..._packed_bytes.
inline hinge_status check_packed_bytes(std::int64_t in_features, std::int64_t out_features,
                                       const std::size_t *bytes) {
  if (!bytes)
    return fail(HINGE_INVALID_ARGUMENT, "bytes is null");
  if (in_features < 0)
    return fail(HINGE_INVALID_ARGUMENT, "in_features is %" PRId64 ": expected 0 or more",
                in_features);
  if (out_features < 0)
    return fail(HINGE_INVALID_ARGUMENT, "out_features is %" PRId64 ": expected 0 or more",
                out_features);
  return HINGE_OK;
}

/// The bias of a layer, or null, for `weight`, which is checked.
inline hinge_status check_bias(const hinge_const_view &weight, const float *bias, Region *region) {
  *region = {};
  return bias ? check_memory("bias", bias, std::size_t(weight.rows) * sizeof(float), region)
              : HINGE_OK;
}

/// What a layer is created from; `linear`: where the handle goes.
inline hinge_status check_linear_create(const hinge_const_view *weight, const float *bias,
                                        hinge_activation act, const void *linear,
                                        Region *weight_region, Region *bias_region) {
  if (!linear)
    return fail(HINGE_INVALID_ARGUMENT, "linear is null");
  if (hinge_status s = check_activation(act, /*none_allowed=*/true))
    return s;
  if (hinge_status s = check_view("weight", weight, weight_region))
    return s;
  return check_bias(*weight, bias, bias_region);
}

/// Of a layer that is alive; but for an empty call's data.
template <class Linear>
hinge_status check_linear_forward(const Linear &linear, const hinge_const_view *x,
                                  const hinge_view *y, ForwardArguments *a) {
  if (hinge_status s = check_view("x", x, &a->x))
    return s;
  if (hinge_status s = check_view("y", y, &a->y))
    return s;
  if (x->cols != linear.in_features)
    return fail(HINGE_INVALID_ARGUMENT, "x.cols is %" PRId64 ": expected in_features, %" PRId64,
                x->cols, linear.in_features);
  if (y->cols != linear.out_features)
    return fail(HINGE_INVALID_ARGUMENT, "y.cols is %" PRId64 ": expected out_features, %" PRId64,
                y->cols, linear.out_features);
  if (y->rows != x->rows)
    return fail(HINGE_INVALID_ARGUMENT, "y.rows is %" PRId64 ": expected x.rows, %" PRId64, y->rows,
                x->rows);
  if (overlap(a->x, a->y))
    return refuse_sharing("y", "x", "element");
  return overlap(linear.memory, a->y) ? refuse_sharing("y", "the packed weights") : HINGE_OK;
}

template <class Linear>
hinge_status check_linear_forward_mask(const Linear &linear, const hinge_const_view *x,
                                       const hinge_view *y, const hinge_mask *mask,
                                       ForwardArguments *a) {
  if (hinge_status s = check_linear_forward(linear, x, y, a))
    return s;
  if (linear.activation == HINGE_ACTIVATION_NONE)
    return fail(HINGE_INVALID_ARGUMENT,
                "linear has no activation, of which there could be a mask: expected relu or relu6");
  if (hinge_status s = check_mask("mask", mask, &a->mask))
    return s;
  if (hinge_status s = check_shape("mask", *mask, "y", y->rows, y->cols))
    return s;
  const struct {
    const char *name;
    const Region &region;
  } others[] = {{"x", a->x}, {"y", a->y}, {"the packed weights", linear.memory}};
  for (const auto &other : others)
    if (overlap(a->mask, other.region))
      return refuse_sharing("mask", other.name);
  return HINGE_OK;
}

/// Other weights for a layer that is alive, of its shape and outside its memory.
template <class Linear>
hinge_status check_linear_repack(const Linear &linear, const hinge_const_view *weight,
                                 const float *bias, Region *weight_region, Region *bias_region) {
  if (hinge_status s = check_view("weight", weight, weight_region))
    return s;
  if (weight->rows != linear.out_features)
    return fail(HINGE_INVALID_ARGUMENT,
                "weight.rows is %" PRId64 ": expected out_features, %" PRId64, weight->rows,
                linear.out_features);
  if (weight->cols != linear.in_features)
    return fail(HINGE_INVALID_ARGUMENT,
                "weight.cols is %" PRId64 ": expected in_features, %" PRId64, weight->cols,
                linear.in_features);
  if (hinge_status s = check_bias(*weight, bias, bias_region))
    return s;
  if (overlap(linear.memory, *weight_region))
    return refuse_sharing("weight", "the layer's memory");
  return overlap(linear.memory, *bias_region) ? refuse_sharing("bias", "the layer's memory")
                                              : HINGE_OK;
}

/// An argument and its memory; of what multiple of bytes its elements are where that matters.
struct Argument {
  const char *name = nullptr;
  Region region = {};
  std::uintptr_t element = sizeof(float);
};

/// The arguments of Linear's gradients; `mask` in place of `act` and `y`, or null.
struct LinearBackwardCall {
  hinge_activation act;
  const hinge_const_view *x, *weight, *y;
  const hinge_const_mask *mask;
  const hinge_const_view *dy;
  const hinge_view *dx, *dweight;
  float *dbias;
  int accumulate;

  using Arguments = std::array<Argument, 8>;

  /// Fills the members below and, if it is asked for, all arguments; what is neither read nor
  /// written is empty.
  hinge_status check(Arguments *arguments = nullptr);

  std::int64_t batch = 0, out_features = 0;
  std::int64_t in_features = 0;                 // where something asked for has them
  bool wants_dx = false, wants_dweight = false; // asked for, and not empty
  bool is_sum_of_nothing() const { return batch == 0 || out_features == 0; }
};

// Inline, and so is its caller: through memory its members took a small call 10 ns more, of 125.
[[gnu::always_inline]] inline hinge_status LinearBackwardCall::check(Arguments *arguments) {
  Region dy_region, y_region{}, mask_region{}, x_region{}, weight_region{}, dx_region{},
      dweight_region{}, dbias_region{};
  if (accumulate != 0 && accumulate != 1)
    return fail(HINGE_INVALID_ARGUMENT, "accumulate is %d: expected 0 or 1", accumulate);
  if (hinge_status s = check_view("dy", dy, &dy_region))
    return s;
  batch = dy->rows;
  out_features = dy->cols;
  if (mask) {
    if (hinge_status s = check_mask("mask", mask, &mask_region))
      return s;
    if (hinge_status s = check_shape("mask", *mask, "dy", batch, out_features))
      return s;
  } else if (act != HINGE_ACTIVATION_NONE) {
    if (hinge_status s = check_view("y", y, &y_region))
      return s;
    if (hinge_status s = check_shape("y", *y, "dy", batch, out_features))
      return s;
  }
  // What is asked for says what is read; all of it agrees on in_features.
  in_features = 0;
  const char *by = nullptr; // the view that in_features is from
  auto check = [&](const char *name, const auto *v, std::int64_t rows, const char *rows_name,
                   Region *region) {
    if (hinge_status s = check_view(name, v, region))
      return s;
    if (v->rows != rows)
      return fail(HINGE_INVALID_ARGUMENT, "%s.rows is %" PRId64 ": expected %s, %" PRId64, name,
                  v->rows, rows_name, rows);
    if (by && v->cols != in_features)
      return fail(HINGE_INVALID_ARGUMENT, "%s.cols is %" PRId64 ": expected %s.cols, %" PRId64,
                  name, v->cols, by, in_features);
    by = name;
    in_features = v->cols;
    return HINGE_OK;
  };
  if (dx) {
    if (hinge_status s = check("weight", weight, out_features, "dy.cols", &weight_region))
      return s;
    if (hinge_status s = check("dx", dx, batch, "dy.rows", &dx_region))
      return s;
  }
  if (dweight) {
    if (hinge_status s = check("x", x, batch, "dy.rows", &x_region))
      return s;
    if (hinge_status s = check("dweight", dweight, out_features, "dy.cols", &dweight_region))
      return s;
  }
  if (dbias)
    if (hinge_status s =
            check_memory("dbias", dbias, std::size_t(out_features) * sizeof(float), &dbias_region))
      return s;

  const Argument inputs[] = {{"x", x_region},
                             {"weight", weight_region},
                             {"y", y_region},
                             {"mask", mask_region, 1},
                             {"dy", dy_region}};
  const Argument outputs[] = {
      {"dx", dx_region}, {"dweight", dweight_region}, {"dbias", dbias_region}};
  for (const Argument &output : outputs) {
    for (const Argument &input : inputs)
      if (overlap(output.region, input.region))
        return refuse_sharing(output.name, input.name, "element");
    for (const Argument *other = outputs; other != &output; other++)
      if (overlap(output.region, other->region))
        return refuse_sharing(output.name, other->name, "element");
  }
  if (arguments)
    std::copy(std::begin(inputs), std::end(inputs),
              std::copy(std::begin(outputs), std::end(outputs), arguments->begin()));
  wants_dx = dx && batch > 0 && in_features > 0;
  wants_dweight = dweight && out_features > 0 && in_features > 0;
  return HINGE_OK;
}

} // namespace hinge::detail

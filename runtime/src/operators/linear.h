// Linear layers: the requirements for the arguments of each operator, for memory of any place. A
// layer is a hinge_linear or a hinge_cuda_linear.
#pragma once

#include "operators/arguments.h"

#include <array>
#include <cinttypes>
#include <cstdint>

namespace hinge::detail {

/// Checks that a layer is one. A layer in memory of the caller is recognized after its end too,
/// because that memory is still there. With a destroyed layer in memory of Hinge's the caller is
/// wrong before any check: this first read is where AddressSanitizer reports it.
template <class Layer>
hinge_status check_layer(const Layer *linear) {
  if (!linear)
    return fail(HINGE_INVALID_ARGUMENT, "linear is null");
  if (linear->state != Layer::alive)
    return fail(HINGE_INVALID_ARGUMENT, "linear is no layer: it was destroyed or overwritten");
  return HINGE_OK;
}

/// y = act(x W^T + b).
template <class Layer>
struct LinearForward {
  const Layer *linear;
  const hinge_const_view *x;
  const hinge_view *y;

  [[gnu::always_inline]] hinge_status check() {
    if (hinge_status s = check_layer(linear))
      return s;
    if (hinge_status s = check_view("x", x, &x_region))
      return s;
    if (hinge_status s = check_view("y", y, &y_region))
      return s;
    if (x->cols != linear->in_features)
      return fail(HINGE_INVALID_ARGUMENT, "x.cols is %" PRId64 ": expected in_features, %" PRId64,
                  x->cols, linear->in_features);
    if (y->cols != linear->out_features)
      return fail(HINGE_INVALID_ARGUMENT, "y.cols is %" PRId64 ": expected out_features, %" PRId64,
                  y->cols, linear->out_features);
    if (y->rows != x->rows)
      return fail(HINGE_INVALID_ARGUMENT, "y.rows is %" PRId64 ": expected x.rows, %" PRId64,
                  y->rows, x->rows);
    if (overlap(x_region, y_region))
      return refuse_sharing("y", "x", "element");
    return overlap(linear->memory, y_region) ? refuse_sharing("y", "the packed weights") : HINGE_OK;
  }
  bool is_empty() const { return y->rows == 0 || y->cols == 0; }
  std::array<Argument, 2> arguments() const { return {{{"x", x_region}, {"y", y_region}}}; }

  // Found by check().
  Region x_region{}, y_region{};
};

/// Refuses a mask for a layer without an activation.
[[gnu::cold]] hinge_status refuse_mask_of_none();

/// The same, with the mask.
template <class Layer>
struct LinearForwardMask : LinearForward<Layer> {
  const hinge_mask *mask;

  using LinearForward<Layer>::linear, LinearForward<Layer>::x_region;
  using LinearForward<Layer>::y, LinearForward<Layer>::y_region;

  [[gnu::always_inline]] hinge_status check() {
    if (hinge_status s = LinearForward<Layer>::check())
      return s;
    if (linear->activation == HINGE_ACTIVATION_NONE)
      return refuse_mask_of_none();
    if (hinge_status s = check_mask("mask", mask, &mask_region))
      return s;
    if (hinge_status s = check_shape("mask", *mask, "y", y->rows, y->cols))
      return s;
    if (overlap(mask_region, x_region))
      return refuse_sharing("mask", "x");
    if (overlap(mask_region, y_region))
      return refuse_sharing("mask", "y");
    return overlap(mask_region, linear->memory) ? refuse_sharing("mask", "the packed weights")
                                                : HINGE_OK;
  }
  std::array<Argument, 3> arguments() const {
    return {{{"x", x_region}, {"y", y_region}, {"mask", mask_region, 1}}};
  }

  Region mask_region{};
};

/// Checks the arguments of a layer's ..._packed_bytes.
hinge_status check_packed_bytes(std::int64_t in_features, std::int64_t out_features,
                                const std::size_t *bytes);

/// Weights to pack: `weight` (out_features, in_features) and `bias`, or null.
struct LinearWeights {
  const hinge_const_view *weight;
  const float *bias;

  hinge_status check();
  std::array<Argument, 2> arguments() const {
    return {{{"weight", weight_region}, {"bias", bias_region}}};
  }

  Region weight_region{}, bias_region{};
};

/// A layer to create, and the place for its handle.
template <class Layer>
struct LinearCreate : LinearWeights {
  GivenActivation act;
  Layer **linear;

  [[gnu::always_inline]] hinge_status check() {
    if (!linear)
      return fail(HINGE_INVALID_ARGUMENT, "linear is null");
    if (hinge_status s = check_activation(act.value(), /*none_allowed=*/true))
      return s;
    return LinearWeights::check();
  }
};

/// Checks that `memory`, for a layer, shares nothing with its weights.
hinge_status check_memory_of_layer(const Region &memory, const LinearWeights &weights);

/// Other weights for a layer, of its shape and outside its memory.
template <class Layer>
struct LinearRepack : LinearWeights {
  Layer *linear;

  [[gnu::always_inline]] hinge_status check() {
    if (hinge_status s = check_layer(linear))
      return s;
    if (hinge_status s = check_view("weight", weight, &weight_region))
      return s;
    if (weight->rows != linear->out_features)
      return fail(HINGE_INVALID_ARGUMENT,
                  "weight.rows is %" PRId64 ": expected out_features, %" PRId64, weight->rows,
                  linear->out_features);
    if (weight->cols != linear->in_features)
      return fail(HINGE_INVALID_ARGUMENT,
                  "weight.cols is %" PRId64 ": expected in_features, %" PRId64, weight->cols,
                  linear->in_features);
    if (hinge_status s = LinearWeights::check())
      return s;
    for (const Argument &a : arguments())
      if (overlap(linear->memory, a.region))
        return refuse_sharing(a.name, "the layer's memory");
    return HINGE_OK;
  }
};

} // namespace hinge::detail

// Activations and their masks: the requirements for the arguments of each operator, for memory of
// any place. A refusal names the argument; then nothing is read or written.
#pragma once

#include "operators/arguments.h"

#include <array>
#include <cinttypes>
#include <cstdint>

namespace hinge::detail {

/// y = act(x).
struct ActivationForward {
  GivenActivation act;
  const hinge_const_view *x;
  const hinge_view *y;

  [[gnu::always_inline]] hinge_status check() {
    if (hinge_status s = check_activation(act.value(), /*none_allowed=*/false))
      return s;
    if (hinge_status s = check_view("x", x, &x_region))
      return s;
    if (hinge_status s = check_view("y", y, &y_region))
      return s;
    if (hinge_status s = check_shape("y", *y, "x", x->rows, x->cols))
      return s;
    in_place = same_memory(*x, *y);
    return !in_place && overlap(x_region, y_region) ? refuse_overlap("y", "x") : HINGE_OK;
  }
  bool is_empty() const { return x->rows == 0 || x->cols == 0; }
  std::array<Argument, 2> arguments() const { return {{{"x", x_region}, {"y", y_region}}}; }

  // Found by check().
  Region x_region{}, y_region{};
  bool in_place = false;
};

/// The same, with the mask.
struct ActivationForwardMask : ActivationForward {
  const hinge_mask *mask;

  [[gnu::always_inline]] hinge_status check() {
    if (hinge_status s = ActivationForward::check())
      return s;
    if (hinge_status s = check_mask("mask", mask, &mask_region))
      return s;
    if (hinge_status s = check_shape("mask", *mask, "x", x->rows, x->cols))
      return s;
    if (overlap(mask_region, x_region))
      return refuse_sharing("mask", "x");
    return overlap(mask_region, y_region) ? refuse_sharing("mask", "y") : HINGE_OK;
  }
  std::array<Argument, 3> arguments() const {
    return {{{"x", x_region}, {"y", y_region}, {"mask", mask_region, 1}}};
  }

  Region mask_region{};
};

/// The mask alone, from the activation's output or input.
struct ActivationMask {
  GivenActivation act;
  const hinge_const_view *y;
  const hinge_mask *mask;

  [[gnu::always_inline]] hinge_status check() {
    if (hinge_status s = check_activation(act.value(), /*none_allowed=*/false))
      return s;
    if (hinge_status s = check_view("y", y, &y_region))
      return s;
    if (hinge_status s = check_mask("mask", mask, &mask_region))
      return s;
    if (hinge_status s = check_shape("mask", *mask, "y", y->rows, y->cols))
      return s;
    return overlap(mask_region, y_region) ? refuse_sharing("mask", "y") : HINGE_OK;
  }
  bool is_empty() const { return y->rows == 0 || y->cols == 0; }
  std::array<Argument, 2> arguments() const {
    return {{{"y", y_region}, {"mask", mask_region, 1}}};
  }

  Region y_region{}, mask_region{};
};

/// dx = act'(y) * dy.
struct ActivationBackward {
  GivenActivation act;
  const hinge_const_view *y, *dy;
  const hinge_view *dx;

  [[gnu::always_inline]] hinge_status check() {
    if (hinge_status s = check_activation(act.value(), /*none_allowed=*/false))
      return s;
    if (hinge_status s = check_view("y", y, &y_region))
      return s;
    if (hinge_status s = check_view("dy", dy, &dy_region))
      return s;
    if (hinge_status s = check_view("dx", dx, &dx_region))
      return s;
    if (hinge_status s = check_shape("dy", *dy, "y", y->rows, y->cols))
      return s;
    if (hinge_status s = check_shape("dx", *dx, "y", y->rows, y->cols))
      return s;
    if (overlap(y_region, dx_region))
      return refuse_sharing("dx", "y", "element");
    in_place = same_memory(*dy, *dx);
    return !in_place && overlap(dy_region, dx_region) ? refuse_overlap("dx", "dy") : HINGE_OK;
  }
  bool is_empty() const { return y->rows == 0 || y->cols == 0; }
  std::array<Argument, 3> arguments() const {
    return {{{"y", y_region}, {"dy", dy_region}, {"dx", dx_region}}};
  }

  Region y_region{}, dy_region{}, dx_region{};
  bool in_place = false;
};

/// dx = dy where the mask is set, otherwise 0.
struct ActivationBackwardMask {
  const hinge_const_mask *mask;
  const hinge_const_view *dy;
  const hinge_view *dx;

  [[gnu::always_inline]] hinge_status check() {
    if (hinge_status s = check_mask("mask", mask, &mask_region))
      return s;
    if (hinge_status s = check_view("dy", dy, &dy_region))
      return s;
    if (hinge_status s = check_view("dx", dx, &dx_region))
      return s;
    if (hinge_status s = check_shape("dy", *dy, "mask", mask->rows, mask->cols))
      return s;
    if (hinge_status s = check_shape("dx", *dx, "mask", mask->rows, mask->cols))
      return s;
    if (overlap(mask_region, dx_region))
      return refuse_sharing("dx", "mask");
    in_place = same_memory(*dy, *dx);
    return !in_place && overlap(dy_region, dx_region) ? refuse_overlap("dx", "dy") : HINGE_OK;
  }
  bool is_empty() const { return mask->rows == 0 || mask->cols == 0; }
  std::array<Argument, 3> arguments() const {
    return {{{"mask", mask_region, 1}, {"dy", dy_region}, {"dx", dx_region}}};
  }

  Region mask_region{}, dy_region{}, dx_region{};
  bool in_place = false;
};

/// Adds the set bits of rows and columns to counts. Either array of counts may be null.
struct MaskCount {
  const hinge_const_mask *mask;
  std::int64_t *per_row, *per_column;

  [[gnu::always_inline]] hinge_status check() {
    if (hinge_status s = check_mask("mask", mask, &mask_region))
      return s;
    if (hinge_status s = check_counts("per_row", per_row, mask->rows, &row_region))
      return s;
    if (hinge_status s = check_counts("per_column", per_column, mask->cols, &column_region))
      return s;
    if (overlap(row_region, mask_region))
      return refuse_sharing("per_row", "mask");
    if (overlap(column_region, mask_region))
      return refuse_sharing("per_column", "mask");
    return overlap(column_region, row_region) ? refuse_sharing("per_column", "per_row") : HINGE_OK;
  }
  bool is_empty() const { return mask->rows == 0 || mask->cols == 0; }
  std::array<Argument, 3> arguments() const {
    return {{{"mask", mask_region, 1},
             {"per_row", row_region, sizeof *per_row},
             {"per_column", column_region, sizeof *per_column}}};
  }

  Region mask_region{}, row_region{}, column_region{};

private:
  static hinge_status check_counts(const char *name, const std::int64_t *counts, std::int64_t n,
                                   Region *region) {
    *region = {};
    std::size_t bytes = 0;
    if (!counts)
      return HINGE_OK;
    if (__builtin_mul_overflow(std::size_t(n), sizeof *counts, &bytes))
      return fail(HINGE_INVALID_ARGUMENT, "%s: %" PRId64 " counts overflow the address space", name,
                  n);
    return check_memory(name, counts, bytes, region);
  }
};

} // namespace hinge::detail

// Linear's gradients: the requirements for their arguments, for memory of any place.
#pragma once

#include "operators/arguments.h"

#include <array>
#include <cinttypes>
#include <cstdint>

namespace hinge::detail {

/// dx = g W, dweight = g^T x, dbias = (1 ... 1) g. Here g is act'(y) * dy, or from a mask dy where
/// the mask is set. Null dx, dweight and dbias are not asked for.
///
/// All of check() is inline, and so is its caller. A small call of 125 ns takes 10 ns more with the
/// members in memory (Zen 4).
struct LinearBackward {
  GivenActivation act;
  const hinge_const_view *x, *weight, *y;
  const hinge_const_mask *mask;
  bool from_mask; // instead of act, which is none, and y
  const hinge_const_view *dy;
  const hinge_view *dx, *dweight;
  float *dbias;
  int accumulate;

  [[gnu::always_inline]] hinge_status check() {
    if (hinge_status s = check_g())
      return s;
    if (hinge_status s = check_products())
      return s;
    if (hinge_status s = check_overlaps())
      return s;
    wants_dx = dx && batch > 0 && in_features > 0;
    wants_dweight = dweight && out_features > 0 && in_features > 0;
    return HINGE_OK;
  }
  bool is_empty() const { return false; } // a sum of nothing is 0, and is written

  /// The gradients, then the inputs. A region is empty if nothing is read or written there.
  std::array<Argument, 8> arguments() const {
    return {{{"dx", dx_region},
             {"dweight", dweight_region},
             {"dbias", dbias_region},
             {"x", x_region},
             {"weight", weight_region},
             {"y", y_region},
             {"mask", mask_region, 1},
             {"dy", dy_region}}};
  }

  // Found by check().
  std::int64_t batch = 0, out_features = 0;
  std::int64_t in_features = 0;                 // where something asked for has them
  bool wants_dx = false, wants_dweight = false; // asked for, and not empty
  Region dx_region{}, dweight_region{}, dbias_region{}, x_region{}, weight_region{}, y_region{},
      mask_region{}, dy_region{};

  bool has_y() const { return !from_mask && act != HINGE_ACTIVATION_NONE; }
  bool is_sum_of_nothing() const { return batch == 0 || out_features == 0; }

private:
  /// The arguments that g is made from.
  [[gnu::always_inline]] hinge_status check_g() {
    if (from_mask && !mask)
      return fail(HINGE_INVALID_ARGUMENT, "mask is null: expected a mask");
    if (hinge_status s = check_activation(act.value(), /*none_allowed=*/true))
      return s;
    if (accumulate != 0 && accumulate != 1)
      return fail(HINGE_INVALID_ARGUMENT, "accumulate is %d: expected 0 or 1", accumulate);
    if (hinge_status s = check_view("dy", dy, &dy_region))
      return s;
    batch = dy->rows;
    out_features = dy->cols;
    if (from_mask) {
      if (hinge_status s = check_mask("mask", mask, &mask_region))
        return s;
      return check_shape("mask", *mask, "dy", batch, out_features);
    }
    if (!has_y())
      return HINGE_OK;
    if (hinge_status s = check_view("y", y, &y_region))
      return s;
    return check_shape("y", *y, "dy", batch, out_features);
  }

  /// The gradients that are asked for. They decide which arguments are read; all of these agree on
  /// in_features.
  [[gnu::always_inline]] hinge_status check_products() {
    const char *by = nullptr; // the view that in_features is from
    if (dx) {
      if (hinge_status s =
              check_operand("weight", weight, out_features, "dy.cols", &weight_region, &by))
        return s;
      if (hinge_status s = check_operand("dx", dx, batch, "dy.rows", &dx_region, &by))
        return s;
    }
    if (dweight) {
      if (hinge_status s = check_operand("x", x, batch, "dy.rows", &x_region, &by))
        return s;
      if (hinge_status s =
              check_operand("dweight", dweight, out_features, "dy.cols", &dweight_region, &by))
        return s;
    }
    return dbias ? check_memory("dbias", dbias, std::size_t(out_features) * sizeof(float),
                                &dbias_region)
                 : HINGE_OK;
  }

  template <class V>
  [[gnu::always_inline]] hinge_status check_operand(const char *name, const V *v, std::int64_t rows,
                                                    const char *rows_name, Region *region,
                                                    const char **by) {
    if (hinge_status s = check_view(name, v, region))
      return s;
    if (v->rows != rows)
      return fail(HINGE_INVALID_ARGUMENT, "%s.rows is %" PRId64 ": expected %s, %" PRId64, name,
                  v->rows, rows_name, rows);
    if (*by && v->cols != in_features)
      return fail(HINGE_INVALID_ARGUMENT, "%s.cols is %" PRId64 ": expected %s.cols, %" PRId64,
                  name, v->cols, *by, in_features);
    *by = name;
    in_features = v->cols;
    return HINGE_OK;
  }

  /// A gradient shares no element with an input that is read, nor with another gradient.
  [[gnu::always_inline]] hinge_status check_overlaps() const {
    const auto meets = [](const Region &gradient, const auto &...others) {
      return (ranges_overlap(gradient, others) || ...);
    };
    return (dx && meets(dx_region, x_region, weight_region, y_region, mask_region, dy_region)) ||
                   (dweight && meets(dweight_region, dx_region, x_region, weight_region, y_region,
                                     mask_region, dy_region)) ||
                   (dbias && meets(dbias_region, dx_region, dweight_region, x_region, weight_region,
                                   y_region, mask_region, dy_region))
               ? check_shared_elements(arguments())
               : HINGE_OK;
  }

  /// The same, exactly, for arguments whose ranges overlap.
  [[gnu::noinline]] static hinge_status check_shared_elements(std::array<Argument, 8> all) {
    constexpr std::size_t gradients = 3;
    for (std::size_t i = 0; i < gradients; i++) {
      for (std::size_t j = gradients; j < all.size(); j++)
        if (overlap(all[i].region, all[j].region))
          return refuse_sharing(all[i].name, all[j].name, "element");
      for (std::size_t j = 0; j < i; j++)
        if (overlap(all[i].region, all[j].region))
          return refuse_sharing(all[i].name, all[j].name, "element");
    }
    return HINGE_OK;
  }
};

} // namespace hinge::detail

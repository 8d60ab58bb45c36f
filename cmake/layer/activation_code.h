// The code of an activation that hinge_add_activation generates, for its Shape (activation.cpp.in).
#pragma once

#include "layer_code.h"

#include <algorithm>

namespace hinge::layer {

/// Kernels of a target, null where the layer has none.
template <class Shape>
struct ActivationTarget {
  typename Shape::Forward *forward;
  typename Shape::Mask *mask;
  typename Shape::Backward *backward;
};

template <class Shape>
class Activation : public Targets<ActivationTarget<Shape>> {
public:
  using Targets<ActivationTarget<Shape>>::Targets;

  /// In place y is x; mask is null where the layer has none.
  hinge_status forward(const float *x, float *y, std::uint8_t *mask, std::int64_t size) {
    if (hinge_status s = check_size(size))
      return s;
    if (size == 0)
      return HINGE_OK;
    const std::size_t bytes = sizeof(float) * std::size_t(size);
    const std::size_t mask_bytes = std::size_t(mask_row_bytes(size));
    HINGE_REFUSE_NULL(x);
    if (!Shape::in_place) {
      HINGE_REFUSE_NULL(y);
      HINGE_REFUSE_OVERLAP(y, bytes, x, bytes);
    }
    if constexpr (Shape::has_mask) {
      HINGE_REFUSE_NULL(mask);
      HINGE_REFUSE_OVERLAP(mask, mask_bytes, x, bytes);
      HINGE_REFUSE_OVERLAP(mask, mask_bytes, y, bytes);
    }
    int index = 0;
    if (hinge_status s = this->find_active(&index))
      return s;
    const ActivationTarget<Shape> &t = this->target(index);
    const std::int64_t most = Shape::has_mask ? in_l1 : most_elements;
    in_parts(size, most, [&](std::int64_t begin, std::int64_t count) {
      Elements y_part(y + begin, 1, count);
      if constexpr (Shape::in_place)
        t.forward(y_part.get());
      else
        t.forward(Elements(x + begin, 1, count).get(), y_part.get());
      if constexpr (Shape::has_mask)
        t.mask(y_part.get(), Elements(mask + begin / 8, 1, mask_row_bytes(count)).get());
    });
    return HINGE_OK;
  }

  /// From y, or from the mask where the layer has one; in place dx is dy.
  hinge_status backward(const float *y, const std::uint8_t *mask, const float *dy, float *dx,
                        std::int64_t size) {
    if (hinge_status s = check_size(size))
      return s;
    if (size == 0)
      return HINGE_OK;
    const std::size_t bytes = sizeof(float) * std::size_t(size);
    const std::size_t mask_bytes = std::size_t(mask_row_bytes(size));
    if (Shape::has_mask)
      HINGE_REFUSE_NULL(mask);
    else
      HINGE_REFUSE_NULL(y);
    HINGE_REFUSE_NULL(dy);
    if (Shape::in_place) {
      HINGE_REFUSE_OVERLAP(dy, bytes, y, bytes);
      HINGE_REFUSE_OVERLAP(dy, bytes, mask, mask_bytes);
    } else {
      HINGE_REFUSE_NULL(dx);
      HINGE_REFUSE_OVERLAP(dx, bytes, y, bytes);
      HINGE_REFUSE_OVERLAP(dx, bytes, mask, mask_bytes);
      HINGE_REFUSE_OVERLAP(dx, bytes, dy, bytes);
    }
    int index = 0;
    if (hinge_status s = this->find_active(&index))
      return s;
    const ActivationTarget<Shape> &t = this->target(index);
    in_parts(size, most_elements, [&](std::int64_t begin, std::int64_t count) {
      Elements dx_part(dx + begin, 1, count);
      auto run = [&](auto... source) {
        if constexpr (Shape::in_place)
          t.backward(source..., dx_part.get());
        else
          t.backward(source..., Elements(dy + begin, 1, count).get(), dx_part.get());
      };
      if constexpr (Shape::has_mask)
        run(Elements(mask + begin / 8, 1, mask_row_bytes(count)).get(), 0);
      else
        run(Elements(y + begin, 1, count).get());
    });
    return HINGE_OK;
  }

private:
  using Elements = Matrix<!Shape::any_size>;
  // What a kernel's 32 bits can index.
  static constexpr std::int64_t most_elements = std::int64_t(1) << 30;

  hinge_status check_size(std::int64_t size) const {
    if (Shape::any_size) {
      HINGE_REFUSE_IF(size < 0, "size is negative");
      HINGE_REFUSE_IF(size > INT64_MAX / 4, "size: its elements overflow the address space");
    }
    return HINGE_OK;
  }

  /// Calls run(begin, count) for parts of `most` elements.
  template <class Run>
  static void in_parts(std::int64_t size, std::int64_t most, const Run &run) {
    for (std::int64_t begin = 0; begin < size; begin += Shape::any_size ? most : size)
      run(begin, Shape::any_size ? std::min(most, size - begin) : size);
  }
};

} // namespace hinge::layer

#undef HINGE_REFUSE_IF
#undef HINGE_REFUSE_NULL
#undef HINGE_REFUSE_OVERLAP

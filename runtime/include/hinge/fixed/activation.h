// The code behind a layer of hinge_add_activation, for its Shape. `hingec layer` writes a source
// with
//   struct Shape {
//     static constexpr std::int64_t size; // 0: any
//     static constexpr bool in_place, has_mask;
//   };
// an array of ActivationTarget<Shape>, a Dispatch of it, and C functions that call both.
#pragma once

#include <hinge/fixed/buffers.h>
#include <hinge/fixed/regions.h>
#include <hinge/plan/blocks.h>
#include <hinge/plan/limits.h>
#include <hinge/plan/masks.h>

#include <hinge/dispatch.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace hinge::fixed {

/// The signatures of a layer's kernels. A kernel that works in place has y = x or dx = dy.
template <class Shape>
struct ActivationKernels {
  template <bool condition, class Yes, class No>
  using If = std::conditional_t<condition, Yes, No>;

  using Forward = If<Shape::in_place, int(Buffer y), int(Buffer x, Buffer y)>;
  using Mask = int(Buffer y, Buffer mask);
  using Backward =
      If<Shape::has_mask,
         If<Shape::in_place, int(Buffer mask, Int first_bit, Buffer dx),
            int(Buffer mask, Int first_bit, Buffer dy, Buffer dx)>,
         If<Shape::in_place, int(Buffer y, Buffer dx), int(Buffer y, Buffer dy, Buffer dx)>>;
};

/// A target of a layer and its kernels. Null: the layer has none.
template <class S>
struct ActivationTarget {
  using Shape = S;
  using Kernels = ActivationKernels<S>;

  hinge_dispatch_target cpu;
  typename Kernels::Forward *forward;
  typename Kernels::Mask *mask;
  typename Kernels::Backward *backward;
};

inline std::size_t float_bytes(std::int64_t size) { return sizeof(float) * std::size_t(size); }

/// The largest size whose elements fit the address space.
inline constexpr std::int64_t most_elements = INT64_MAX / std::int64_t(sizeof(float));

template <class Shape>
bool is_wrong_size(std::int64_t size) {
  return Shape::size == 0 && (size < 0 || size > most_elements);
}

/// `y` is x if the layer works in place. `mask` is null if the layer has none.
template <class Shape>
struct ActivationForward {
  const float *x;
  float *y;
  std::uint8_t *mask;
  std::int64_t size = Shape::size;

  Regions<1, 2> regions() const {
    return {{region("x", x, float_bytes(size)),
             region("y", Shape::in_place ? nullptr : y, float_bytes(size), !Shape::in_place),
             region("mask", mask, std::size_t(plan::mask_row_bytes(size)), Shape::has_mask)}};
  }
};

/// `y` is null if the layer has a mask, and `mask` is null if it has none. `dx` is dy in place.
template <class Shape>
struct ActivationBackward {
  const float *y;
  const std::uint8_t *mask;
  const float *dy;
  float *dx;
  std::int64_t size = Shape::size;

  Regions<3, 1> regions() const {
    return {{region("y", y, float_bytes(size), !Shape::has_mask),
             region("mask", mask, std::size_t(plan::mask_row_bytes(size)), Shape::has_mask),
             region("dy", Shape::in_place ? nullptr : dy, float_bytes(size), !Shape::in_place),
             region(Shape::in_place ? "dy" : "dx", dx, float_bytes(size))}};
  }
};

// One overload for each signature of ActivationKernels.
inline void run_activation(int kernel(Buffer), Buffer, Buffer y) { kernel(y); }
inline void run_activation(int kernel(Buffer, Buffer), Buffer x, Buffer y) { kernel(x, y); }
inline void run_backward(int kernel(Buffer, Buffer), Buffer from, Buffer, Buffer dx) {
  kernel(from, dx);
}
inline void run_backward(int kernel(Buffer, Buffer, Buffer), Buffer from, Buffer dy, Buffer dx) {
  kernel(from, dy, dx);
}
inline void run_backward(int kernel(Buffer, Int, Buffer), Buffer from, Buffer, Buffer dx) {
  kernel(from, 0, dx);
}
inline void run_backward(int kernel(Buffer, Int, Buffer, Buffer), Buffer from, Buffer dy,
                         Buffer dx) {
  kernel(from, 0, dy, dx);
}

template <class Shape>
void compute_forward(const ActivationTarget<Shape> &t, const ActivationForward<Shape> &call) {
  constexpr bool is_known = Shape::size > 0;
  constexpr std::int64_t most = Shape::has_mask ? plan::mask_turn : plan::max_elementwise;
  plan::in_parts(call.size, is_known ? call.size : most,
                 [&](std::int64_t begin, std::int64_t count) {
                   DenseBuffer<is_known> x(call.x + begin, 1, count), y(call.y + begin, 1, count);
                   run_activation(t.forward, x.get(), y.get());
                   if constexpr (Shape::has_mask) {
                     DenseBuffer<is_known> mask(call.mask + begin / 8, mask_bytes({1, count}));
                     t.mask(y.get(), mask.get());
                   }
                   return 0;
                 });
}

template <class Shape>
void compute_backward(const ActivationTarget<Shape> &t, const ActivationBackward<Shape> &call) {
  constexpr bool is_known = Shape::size > 0;
  plan::in_parts(call.size, is_known ? call.size : plan::max_elementwise,
                 [&](std::int64_t begin, std::int64_t count) {
                   DenseBuffer<is_known> dy(call.dy + begin, 1, count),
                       dx(call.dx + begin, 1, count);
                   if constexpr (Shape::has_mask) {
                     DenseBuffer<is_known> mask(call.mask + begin / 8, mask_bytes({1, count}));
                     run_backward(t.backward, mask.get(), dy.get(), dx.get());
                   } else {
                     DenseBuffer<is_known> y(call.y + begin, 1, count);
                     run_backward(t.backward, y.get(), dy.get(), dx.get());
                   }
                   return 0;
                 });
}

/// Checks a call, and gives it to the active target.
template <class Dispatch, class Call, class Compute>
hinge_status run_checked(Dispatch &dispatch, const Call &call, const Compute &compute) {
  if (is_wrong_size<typename Dispatch::Target::Shape>(call.size))
    return dispatch.refuse_number("size", call.size, most_elements);
  if (call.size == 0)
    return HINGE_OK;
  if (is_wrong(call.regions()))
    return dispatch.refuse_memory(call.regions());
  int index = 0;
  if (hinge_status s = dispatch.find_active(&index))
    return s;
  compute(dispatch.target(index));
  return HINGE_OK;
}

template <class Dispatch>
HINGE_ALWAYS_INLINE hinge_status activation_forward(
    Dispatch &dispatch, const ActivationForward<typename Dispatch::Target::Shape> &call) {
  return run_checked(dispatch, call, [&](const auto &t) { compute_forward(t, call); });
}

template <class Dispatch>
HINGE_ALWAYS_INLINE hinge_status activation_backward(
    Dispatch &dispatch, const ActivationBackward<typename Dispatch::Target::Shape> &call) {
  return run_checked(dispatch, call, [&](const auto &t) { compute_backward(t, call); });
}

} // namespace hinge::fixed

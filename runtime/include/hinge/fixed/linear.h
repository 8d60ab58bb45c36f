// The code behind a layer of hinge_add_linear, for its Shape: packing and the forward. `hingec
// layer` writes a source with
//   struct Shape {
//     static constexpr std::int64_t in_features, out_features, batch; // batch 0: any
//     // Rows whose gradients a kernel's call adds up; 0: any number, or no BACKWARD.
//     static constexpr std::int64_t terms;
//     static constexpr bool has_bias, has_mask;
//     static constexpr bool has_activation; // with BACKWARD
//     using Packed = ...; // the packed weights of the layer's C header
//   };
// an array of LinearTarget<Shape>, a Dispatch or OneTarget of it, and C functions that call both.
#pragma once

#include <hinge/fixed/buffers.h>
#include <hinge/fixed/regions.h>
#include <hinge/plan/blocks.h>
#include <hinge/plan/limits.h>
#include <hinge/plan/masks.h>
#include <hinge/plan/panels.h>
#include <hinge/plan/tiles.h>

#include <hinge/dispatch.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace hinge::fixed {

/// The signatures of a layer's kernels. A size that is not known when a kernel is generated is an
/// argument of the kernel. A kernel for any batch gets the height of its register tiles. A kernel
/// for any terms gets the number of terms of its sums.
template <class Shape>
struct LinearKernels {
  template <bool condition, class Yes, class No>
  using If = std::conditional_t<condition, Yes, No>;
  static constexpr bool any_batch = Shape::batch == 0, any_terms = Shape::terms == 0;

  using Forward = If<Shape::has_bias,
                     If<any_batch, int(Buffer x, Buffer packed, Buffer bias, Int height, Buffer y),
                        int(Buffer x, Buffer packed, Buffer bias, Buffer y)>,
                     If<any_batch, int(Buffer x, Buffer packed, Int height, Buffer y),
                        int(Buffer x, Buffer packed, Buffer y)>>;
  using Mask = int(Buffer y, Buffer mask);
  using G = If<Shape::has_mask, int(Buffer mask, Int first_bit, Buffer dy, Buffer g),
               int(Buffer y, Buffer dy, Buffer g)>;
  using Dx = If<any_terms, int(Buffer g, Buffer weight, Int height, Buffer dx),
                int(Buffer g, Buffer weight, Buffer dx)>;
  using Dweight =
      If<any_terms, int(Buffer g, Buffer x, Int terms, Int accumulate, Int height, Buffer dweight),
         int(Buffer g, Buffer x, Int accumulate, Int height, Buffer dweight)>;
  using Dbias = If<any_terms, int(Buffer g, Int terms, Int accumulate, Buffer dbias),
                   int(Buffer g, Int accumulate, Buffer dbias)>;
};

/// A target of a layer: its kernels and the sizes that they are generated with. Null: the layer has
/// no such kernel.
template <class S>
struct LinearTarget {
  using Shape = S;
  using Kernels = LinearKernels<S>;

  hinge_dispatch_target cpu;
  std::int64_t nr; // output features in a panel of packed weights
  // Rows of the tallest register tile: of the forward and of dx.
  std::int64_t mr, dx_mr;
  // The rows of dweight in register tiles. They are known here, so that no call divides: all
  // gradients of 1x16->16 take 52 ns, and 54 with the divisions.
  plan::RowTiles dweight_tiles;
  typename Kernels::Forward *forward;
  typename Kernels::Mask *mask;
  typename Kernels::G *g;
  typename Kernels::Dx *dx;
  typename Kernels::Dweight *dweight;
  typename Kernels::Dbias *dbias;
};

/// Sizes that follow from the shape. The bytes of x, y and the mask are those of `batch` rows.
template <class Shape>
struct LinearSizes {
  static constexpr std::int64_t in = Shape::in_features, out = Shape::out_features;
  static constexpr std::int64_t widest = std::max(in, out);
  static constexpr std::int64_t mask_row = plan::mask_row_bytes(out);
  static constexpr std::size_t weight = sizeof(float) * std::size_t(in * out);
  static constexpr std::size_t bias = sizeof(float) * std::size_t(out);

  explicit constexpr LinearSizes(std::int64_t batch)
      : x(sizeof(float) * std::size_t(in) * std::size_t(batch)),
        y(sizeof(float) * std::size_t(out) * std::size_t(batch)),
        mask(std::size_t(mask_row) * std::size_t(batch)) {}
  std::size_t x, y, mask;
};

/// The largest batch whose rows fit the address space.
template <class Shape>
inline constexpr std::int64_t most_batch = INT64_MAX / (std::int64_t(sizeof(float)) *
                                                        LinearSizes<Shape>::widest);

template <class Shape>
bool is_wrong_batch(std::int64_t batch) {
  return Shape::batch == 0 && (batch < 0 || batch > most_batch<Shape>);
}

template <class Shape>
struct LinearPack {
  const float *weight;
  typename Shape::Packed *packed;

  Regions<1, 1> regions() const {
    return {{region("weight", weight, LinearSizes<Shape>::weight),
             region("packed", packed, sizeof *packed)}};
  }
};

/// Copies rows of `weight` into panels of nr output features, with the last one again past it.
template <class Shape>
void pack_panels(const float *weight, std::int64_t nr, float *to) {
  for (std::int64_t panel = 0; panel < Shape::out_features; panel += nr)
    for (std::int64_t k = 0; k < Shape::in_features; k++)
      for (std::int64_t n = panel; n < panel + nr; n++)
        *to++ = weight[std::min(n, Shape::out_features - 1) * Shape::in_features + k];
}

/// The place of the first packed weight. The type of packed weights asks for no alignment, because
/// malloc gives 16 bytes. So packing looks for a cache line, and `begin` says where it is. A copy
/// may lie across lines: kernels assume no alignment.
template <class Packed>
std::int32_t first_on_line(const Packed &packed) {
  const std::uintptr_t past =
      reinterpret_cast<std::uintptr_t>(packed.values) % plan::cache_line_bytes;
  return std::int32_t((plan::cache_line_bytes - past) % plan::cache_line_bytes / sizeof(float));
}

/// No `begin`, also of weights that were never packed, leads out of the values.
template <class Packed>
const float *first_weight(const Packed &packed) {
  static_assert((plan::most_floats_before_line & (plan::most_floats_before_line + 1)) == 0);
  return packed.values + (packed.begin & plan::most_floats_before_line);
}

template <class Dispatch>
hinge_status linear_pack(Dispatch &dispatch,
                         const LinearPack<typename Dispatch::Target::Shape> &call) {
  using Shape = typename Dispatch::Target::Shape;
  if (is_wrong(call.regions()))
    return dispatch.refuse_memory(call.regions());
  int index = 0;
  if (hinge_status s = dispatch.find_active(&index))
    return s;
  call.packed->begin = first_on_line(*call.packed);
  pack_panels<Shape>(call.weight, dispatch.target(index).nr,
                     call.packed->values + call.packed->begin);
  dispatch.set_target_of(call.packed, index);
  return HINGE_OK;
}

/// `bias` and `mask` are null if the layer has none.
template <class Shape>
struct LinearForward {
  const float *x;
  const typename Shape::Packed *packed;
  const float *bias;
  float *y;
  std::uint8_t *mask;
  std::int64_t batch = Shape::batch;

  Regions<3, 2> regions() const {
    const LinearSizes<Shape> bytes(batch);
    return {{region("x", x, bytes.x), region("packed", packed, sizeof *packed),
             region("bias", bias, bytes.bias, Shape::has_bias), region("y", y, bytes.y),
             region("mask", mask, bytes.mask, Shape::has_mask)}};
  }
};

/// One overload for each signature of LinearKernels::Forward. The kernels of layers check nothing,
/// so they always return 0.
inline void run_forward(int kernel(Buffer, Buffer, Buffer, Int, Buffer), Buffer x, Buffer packed,
                        Buffer bias, Int height, Buffer y) {
  kernel(x, packed, bias, height, y);
}
inline void run_forward(int kernel(Buffer, Buffer, Buffer, Buffer), Buffer x, Buffer packed,
                        Buffer bias, Int, Buffer y) {
  kernel(x, packed, bias, y);
}
inline void run_forward(int kernel(Buffer, Buffer, Int, Buffer), Buffer x, Buffer packed, Buffer,
                        Int height, Buffer y) {
  kernel(x, packed, height, y);
}
inline void run_forward(int kernel(Buffer, Buffer, Buffer), Buffer x, Buffer packed, Buffer, Int,
                        Buffer y) {
  kernel(x, packed, y);
}

/// y of rows [row, row + count).
template <class Shape>
void forward_rows(const LinearTarget<Shape> &t, const LinearForward<Shape> &call, std::int64_t row,
                  std::int64_t count) {
  halide_buffer_t packed = buffer(first_weight(*call.packed)), bias = buffer(call.bias);
  const auto run = [&](std::int64_t begin, std::int64_t rows, Int height) {
    DenseBuffer<(Shape::batch > 0)> x(call.x + begin * Shape::in_features, rows,
                                      Shape::in_features);
    DenseBuffer<(Shape::batch > 0)> y(call.y + begin * Shape::out_features, rows,
                                      Shape::out_features);
    run_forward(t.forward, x.get(), &packed, &bias, height, y.get());
  };
  if constexpr (Shape::batch > 0)
    run(0, Shape::batch, 0);
  else
    plan::in_row_tiles(count, t.mr, [&](std::int64_t begin, std::int64_t rows, Int height) {
      run(row + begin, rows, height);
    });
}

/// The mask of rows [row, row + count) of y.
template <class Shape>
void mask_rows(const LinearTarget<Shape> &t, const LinearForward<Shape> &call, std::int64_t row,
               std::int64_t count) {
  const plan::ElementwiseShape shape = plan::elementwise_shape(count, Shape::out_features, true);
  DenseBuffer<(Shape::batch > 0)> y(call.y + row * Shape::out_features, shape);
  DenseBuffer<(Shape::batch > 0)> mask(call.mask + row * LinearSizes<Shape>::mask_row,
                                       mask_bytes(shape));
  t.mask(y.get(), mask.get());
}

template <class Shape>
void compute_forward(const LinearTarget<Shape> &t, const LinearForward<Shape> &call) {
  std::int64_t most = Shape::batch;
  if (Shape::batch == 0)
    most = Shape::has_mask ? std::max(t.mr, plan::mask_turn / Shape::out_features)
                           : plan::most_rows(LinearSizes<Shape>::widest);
  plan::in_parts(call.batch, most, [&](std::int64_t row, std::int64_t count) {
    forward_rows(t, call, row, count);
    if constexpr (Shape::has_mask)
      mask_rows(t, call, row, count);
    return 0;
  });
}

/// It is inlined into its only caller, like the gradients, so that the call's arguments stay in
/// registers.
template <class Dispatch>
HINGE_ALWAYS_INLINE hinge_status
linear_forward(Dispatch &dispatch, const LinearForward<typename Dispatch::Target::Shape> &call) {
  using Shape = typename Dispatch::Target::Shape;
  if (is_wrong_batch<Shape>(call.batch))
    return dispatch.refuse_number("batch", call.batch, most_batch<Shape>);
  if (call.batch == 0)
    return HINGE_OK;
  if (is_wrong(call.regions()))
    return dispatch.refuse_memory(call.regions());
  int index = 0;
  if (hinge_status s = dispatch.find_active(&index))
    return s;
  if (!dispatch.is_target_of(call.packed, index))
    return dispatch.refuse_target_of(call.packed, index);
  compute_forward(dispatch.target(index), call);
  return HINGE_OK;
}

} // namespace hinge::fixed

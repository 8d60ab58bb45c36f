// Activations and their gradients.
#include "operators/activation.h"
#include "host/elementwise.h"
#include "host/run.h"
#include "host/small.h"

#include "hinge/hinge.h"

namespace hinge::detail {

namespace {

struct Activate : Elementwise {
  const Kernel<activation_fn> &kernel;
  const Kernel<activation_inplace_fn> &inplace_kernel;
  Rows x;

  int compute(std::int64_t row, std::int64_t col, Rows y, std::int64_t part_rows,
              std::int64_t part_cols) const {
    const Buffer<2> y_part = y.buffer(part_rows, part_cols);
    if (arrays == 0)
      return run_kernel(inplace_kernel, y_part.get());
    const Buffer<2> x_part = x.part(row, col).buffer(part_rows, part_cols);
    return run_kernel(kernel, x_part.get(), y_part.get());
  }
};

struct ActivateBackward : Elementwise {
  const Kernel<activation_backward_fn> &kernel;
  const Kernel<activation_backward_inplace_fn> &inplace_kernel;
  Rows y, dy;

  int compute(std::int64_t row, std::int64_t col, Rows dx, std::int64_t part_rows,
              std::int64_t part_cols) const {
    const Buffer<2> y_part = y.part(row, col).buffer(part_rows, part_cols);
    const Buffer<2> dx_part = dx.buffer(part_rows, part_cols);
    if (arrays == 0)
      return run_kernel(inplace_kernel, y_part.get(), dx_part.get());
    const Buffer<2> dy_part = dy.part(row, col).buffer(part_rows, part_cols);
    return run_kernel(kernel, y_part.get(), dy_part.get(), dx_part.get());
  }
};

} // namespace

[[gnu::always_inline]] static inline int compute(const ActivationForward &op,
                                                 const Target &target) {
  const Key key{Type::float32, op.act};
  const bool dense = is_dense(*op.x) && is_dense(*op.y);
  const std::int64_t widest = std::max(op.x->row_stride, op.y->row_stride);
  return run_elementwise(Activate{elementwise(*op.y, dense, widest, op.in_place ? 0 : 2),
                                  target.activation[key], target.activation_inplace[key],
                                  rows_of(*op.x)});
}

[[gnu::always_inline]] static inline int compute(const ActivationBackward &op,
                                                 const Target &target) {
  const Key key{Type::float32, op.act};
  const bool dense = is_dense(*op.y) && is_dense(*op.dy) && is_dense(*op.dx);
  const std::int64_t widest = std::max({op.y->row_stride, op.dy->row_stride, op.dx->row_stride});
  return run_elementwise(ActivateBackward{
      elementwise(*op.dx, dense, widest, op.in_place ? 0 : 3), target.activation_backward[key],
      target.activation_backward_inplace[key], rows_of(*op.y), rows_of(*op.dy)});
}

/// The kernels of a small forward.
struct ForwardRow {
  const Target &target;
  hinge_activation act;
  const hinge_const_view *x;
  const hinge_view *y;

  [[gnu::always_inline]] hinge_status operator()(std::int64_t i, std::int32_t n) const {
    const Key key{Type::float32, act};
    float *to = elements(*y) + i;
    if (x->data == y->data)
      return run_row_kernel(target.activation_inplace_row[key], to, n);
    return run_row_kernel(target.activation_row[key], elements(*x) + i, to, n);
  }
};

/// The kernels of a small backward.
struct BackwardRow {
  const Target &target;
  hinge_activation act;
  const hinge_const_view *y, *dy;
  const hinge_view *dx;

  [[gnu::always_inline]] hinge_status operator()(std::int64_t i, std::int32_t n) const {
    const Key key{Type::float32, act};
    const float *at = elements(*y) + i;
    float *to = elements(*dx) + i;
    if (dy->data == dx->data)
      return run_row_kernel(target.activation_backward_inplace_row[key], at, to, n);
    return run_row_kernel(target.activation_backward_row[key], at, elements(*dy) + i, to, n);
  }
};

// Out of line, so that the way of most calls needs few registers: the general paths, and small
// calls with a head.
[[gnu::noinline]] static hinge_status forward(hinge_activation act, const hinge_const_view *x,
                                              const hinge_view *y) {
  return host::run(ActivationForward{act, x, y});
}

[[gnu::noinline]] static hinge_status backward(hinge_activation act, const hinge_const_view *y,
                                               const hinge_const_view *dy, const hinge_view *dx) {
  return host::run(ActivationBackward{act, y, dy, dx});
}

[[gnu::noinline]] static hinge_status forward_with_head(hinge_activation act,
                                                        const hinge_const_view *x,
                                                        const hinge_view *y, const Target *target) {
  return run_with_head(ForwardRow{*target, act, x, y}, *y);
}

[[gnu::noinline]] static hinge_status
backward_with_head(hinge_activation act, const hinge_const_view *y, const hinge_const_view *dy,
                   const hinge_view *dx, const Target *target) {
  return run_with_head(BackwardRow{*target, act, y, dy, dx}, *dx);
}

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_activation_forward(hinge_activation act, const hinge_const_view *x,
                                      const hinge_view *y) {
  SmallCall call(x);
  call.add(GivenActivation(act));
  call.add(x);
  call.add(y);
  call.require_same_or_apart(x, y);
  const Target *target = small_target(call);
  if (!target)
    return forward(act, x, y);
  if (call.has_head(y))
    return forward_with_head(act, x, y, target);
  return ForwardRow{*target, act, x, y}(0, std::int32_t(call.size()));
}

hinge_status hinge_activation_backward(hinge_activation act, const hinge_const_view *y,
                                       const hinge_const_view *dy, const hinge_view *dx) {
  SmallCall call(y);
  call.add(GivenActivation(act));
  call.add(y);
  call.add(dy);
  call.add(dx);
  call.require_apart(y, dx);
  call.require_same_or_apart(dy, dx);
  const Target *target = small_target(call);
  if (!target)
    return backward(act, y, dy, dx);
  if (call.has_head(dx))
    return backward_with_head(act, y, dy, dx, target);
  return BackwardRow{*target, act, y, dy, dx}(0, std::int32_t(call.size()));
}

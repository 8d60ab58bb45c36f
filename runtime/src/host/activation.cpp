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


// The general paths.
[[gnu::noinline]] static hinge_status forward(hinge_activation act, const hinge_const_view *x,
                                              const hinge_view *y) {
  return host::run(ActivationForward{act, x, y});
}

[[gnu::noinline]] static hinge_status backward(hinge_activation act, const hinge_const_view *y,
                                               const hinge_const_view *dy, const hinge_view *dx) {
  return host::run(ActivationBackward{act, y, dy, dx});
}

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_activation_forward(hinge_activation act, const hinge_const_view *x,
                                      const hinge_view *y) {
  SmallCall call(x);
  call.add(GivenActivation(act));
  call.add(x);
  call.add(y);
  const bool in_place = call.find_in_place(x, y);
  const Target *target = small_target(call);
  if (!target)
    return forward(act, x, y);
  const Key key{Type::float32, act};
  const float *from = elements(*x);
  float *to = elements(*y);
  return call.run(to, [&](std::int64_t i, std::int32_t n) {
    return in_place ? run_row_kernel(target->activation_inplace_row[key], to + i, n)
                    : run_row_kernel(target->activation_row[key], from + i, to + i, n);
  });
}

hinge_status hinge_activation_backward(hinge_activation act, const hinge_const_view *y,
                                       const hinge_const_view *dy, const hinge_view *dx) {
  SmallCall call(y);
  call.add(GivenActivation(act));
  call.add(y);
  call.add(dy);
  call.add(dx);
  call.require_apart(y, dx);
  const bool in_place = call.find_in_place(dy, dx);
  const Target *target = small_target(call);
  if (!target)
    return backward(act, y, dy, dx);
  const Key key{Type::float32, act};
  const float *at = elements(*y), *from = elements(*dy);
  float *to = elements(*dx);
  return call.run(to, [&](std::int64_t i, std::int32_t n) {
    return in_place
               ? run_row_kernel(target->activation_backward_inplace_row[key], at + i, to + i, n)
               : run_row_kernel(target->activation_backward_row[key], at + i, from + i, to + i, n);
  });
}

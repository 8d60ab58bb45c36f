#include "checks.h"
#include "elementwise.h"
#include "target.h"

namespace hinge::detail {

namespace {

struct Forward : Elementwise {
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

struct Backward : Elementwise {
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

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_activation_forward(hinge_activation act, const hinge_const_view *x,
                                      const hinge_view *y) {
  ForwardArguments a;
  if (hinge_status s = check_activation_forward(act, x, y, &a))
    return s;
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  if (x->rows == 0 || x->cols == 0)
    return HINGE_OK;
  const bool dense = is_dense(*x) && is_dense(*y);
  const Forward f{
      elementwise(*y, dense, std::max(x->row_stride, y->row_stride), a.in_place ? 0 : 2),
      target->activation[std::size_t(act)][0], target->activation_inplace[std::size_t(act)][0],
      rows_of(*x)};
  return kernel_status(run_elementwise(f));
}

hinge_status hinge_activation_backward(hinge_activation act, const hinge_const_view *y,
                                       const hinge_const_view *dy, const hinge_view *dx) {
  BackwardArguments a;
  if (hinge_status s = check_activation_backward(act, y, dy, dx, &a))
    return s;
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  if (y->rows == 0 || y->cols == 0)
    return HINGE_OK;
  const bool dense = is_dense(*y) && is_dense(*dy) && is_dense(*dx);
  const std::int64_t widest = std::max({y->row_stride, dy->row_stride, dx->row_stride});
  const Backward f{elementwise(*dx, dense, widest, a.in_place ? 0 : 3),
                   target->activation_backward[std::size_t(act)][0],
                   target->activation_backward_inplace[std::size_t(act)][0], rows_of(*y),
                   rows_of(*dy)};
  return kernel_status(run_elementwise(f));
}

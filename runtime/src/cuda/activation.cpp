// Activations and their masks on a GPU.
#include "operators/activation.h"
#include "cuda/kernels.h"
#include "cuda/mask.h"
#include "cuda/memory.h"
#include "cuda/run.h"

#include "hinge/cuda.h"

#include <hinge/plan/gpu_tiles.h>
#include <hinge/plan/limits.h>

namespace hinge::detail::cuda {

namespace {

/// The matrix as one long row.
template <class V>
V as_one_row(V v) {
  v.cols *= v.rows;
  v.rows = std::min<std::int64_t>(v.rows, 1);
  return v;
}

/// From column `col` on, of a matrix of one row.
template <class V>
V columns(V v, std::int64_t col, std::int64_t cols) {
  v.data = elements(v) + col;
  v.cols = cols;
  return v;
}
hinge_const_mask columns(hinge_const_mask m, std::int64_t col, std::int64_t cols) {
  m.data += col / 8;
  m.cols = cols;
  return m;
}
hinge_mask columns(hinge_mask m, std::int64_t col, std::int64_t cols) {
  m.data += col / 8;
  m.cols = cols;
  return m;
}

/// Calls run(row, rows, views...) for parts that a kernel can index; as one long row if `dense`.
template <class Run, class... Views>
hinge_status run_elementwise(bool dense, const Run &run, Views... views) {
  const std::int64_t widest = std::max({views.row_stride...});
  const std::int64_t rows = std::max({views.rows...});
  if (dense || rows == 1) {
    const std::int64_t cols = std::max({as_one_row(views).cols...});
    // Parts begin at a multiple of the alignment, and of a mask's bytes.
    return plan::in_parts(cols, plan::max_elementwise, [&](std::int64_t col, std::int64_t count) {
      return run(0, 1, columns(as_one_row(views), col, count)...);
    });
  }
  return plan::in_parts(
      rows, most_rows(widest, plan::gpu_elementwise_rows),
      [&](std::int64_t row, std::int64_t count) { return run(row, count, views...); });
}

} // namespace

hinge_status write_mask(Call &call, hinge_activation act, const hinge_const_view &y,
                        const hinge_mask &mask) {
  const auto &kernel = kernels().activation_mask[{Type::float32, act}];
  return run_elementwise(
      is_dense(y) && is_dense_mask(mask),
      [&](std::int64_t row, std::int64_t rows, const hinge_const_view &y_part,
          const hinge_mask &mask_part) {
        return call.run(kernel, rows_on_device(y_part, row, rows).get(),
                        mask_rows_on_device(mask_part, row, rows).get());
      },
      y, mask);
}

static hinge_status launch(Call &call, const ActivationForward &op) {
  const Key key{Type::float32, op.act, 0, is_aligned(*op.x) && is_aligned(*op.y)};
  const auto &kernel = kernels().activation[key];
  const auto &inplace_kernel = kernels().activation_inplace[key];
  return run_elementwise(
      is_dense(*op.x) && is_dense(*op.y),
      [&](std::int64_t row, std::int64_t rows, const hinge_const_view &x_part,
          const hinge_view &y_part) {
        const Buffer<2> to = rows_on_device(y_part, row, rows);
        return op.in_place ? call.run(inplace_kernel, to.get())
                           : call.run(kernel, rows_on_device(x_part, row, rows).get(), to.get());
      },
      *op.x, *op.y);
}

static hinge_status launch(Call &call, const ActivationMask &op) {
  return write_mask(call, op.act, *op.y, *op.mask);
}

static hinge_status launch(Call &call, const ActivationForwardMask &op) {
  // The mask comes first, because in place x is overwritten.
  if (hinge_status s = write_mask(call, op.act, *op.x, *op.mask))
    return s;
  return launch(call, static_cast<const ActivationForward &>(op));
}

static hinge_status launch(Call &call, const ActivationBackward &op) {
  const bool aligned = is_aligned(*op.y) && is_aligned(*op.dy) && is_aligned(*op.dx);
  const Key key{Type::float32, op.act, 0, aligned};
  const auto &kernel = kernels().activation_backward[key];
  const auto &inplace_kernel = kernels().activation_backward_inplace[key];
  return run_elementwise(
      is_dense(*op.y) && is_dense(*op.dy) && is_dense(*op.dx),
      [&](std::int64_t row, std::int64_t rows, const hinge_const_view &y_part,
          const hinge_const_view &dy_part, const hinge_view &dx_part) {
        const Buffer<2> from = rows_on_device(y_part, row, rows),
                        to = rows_on_device(dx_part, row, rows);
        return op.in_place ? call.run(inplace_kernel, from.get(), to.get())
                           : call.run(kernel, from.get(), rows_on_device(dy_part, row, rows).get(),
                                      to.get());
      },
      *op.y, *op.dy, *op.dx);
}

static hinge_status launch(Call &call, const ActivationBackwardMask &op) {
  const Key key{Type::float32, HINGE_ACTIVATION_NONE, 0, is_aligned(*op.dy) && is_aligned(*op.dx)};
  const auto &kernel = kernels().activation_backward_mask[key];
  const auto &inplace_kernel = kernels().activation_backward_mask_inplace[key];
  constexpr std::int32_t first_bit = 0;
  return run_elementwise(
      is_dense_mask(*op.mask) && is_dense(*op.dy) && is_dense(*op.dx),
      [&](std::int64_t row, std::int64_t rows, const hinge_const_mask &mask_part,
          const hinge_const_view &dy_part, const hinge_view &dx_part) {
        const Buffer<2, std::uint8_t> bits = mask_rows_on_device(mask_part, row, rows);
        const Buffer<2> to = rows_on_device(dx_part, row, rows);
        return op.in_place ? call.run(inplace_kernel, bits.get(), first_bit, to.get())
                           : call.run(kernel, bits.get(), first_bit,
                                      rows_on_device(dy_part, row, rows).get(), to.get());
      },
      *op.mask, *op.dy, *op.dx);
}

} // namespace hinge::detail::cuda

using namespace hinge::detail;

hinge_status hinge_cuda_activation_forward(hinge_activation act, const hinge_const_view *x,
                                           const hinge_view *y, void *stream) {
  return cuda::run(ActivationForward{act, x, y}, stream);
}

hinge_status hinge_cuda_activation_mask(hinge_activation act, const hinge_const_view *y,
                                        const hinge_mask *mask, void *stream) {
  return cuda::run(ActivationMask{act, y, mask}, stream);
}

hinge_status hinge_cuda_activation_forward_mask(hinge_activation act, const hinge_const_view *x,
                                                const hinge_view *y, const hinge_mask *mask,
                                                void *stream) {
  return cuda::run(ActivationForwardMask{{act, x, y}, mask}, stream);
}

hinge_status hinge_cuda_activation_backward(hinge_activation act, const hinge_const_view *y,
                                            const hinge_const_view *dy, const hinge_view *dx,
                                            void *stream) {
  return cuda::run(ActivationBackward{act, y, dy, dx}, stream);
}

hinge_status hinge_cuda_activation_backward_mask(const hinge_const_mask *mask,
                                                 const hinge_const_view *dy, const hinge_view *dx,
                                                 void *stream) {
  return cuda::run(ActivationBackwardMask{mask, dy, dx}, stream);
}

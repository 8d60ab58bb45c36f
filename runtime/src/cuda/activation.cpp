// Activations and their masks on a GPU.
#include "activation.h"

#include "view.h"

#include "../elementwise.h"

#include "hinge/cuda.h"

namespace hinge::detail::cuda {

namespace {

constexpr std::int64_t block_rows = 8; // of element-wise kernels (generators/schedules/cuda.cpp)

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
  v.data += col;
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

/// Calls run(row, rows, views...) for parts that a kernel can index; as one long row where `dense`.
template <class Run, class... Views>
hinge_status run_elementwise(bool dense, const Run &run, Views... views) {
  const std::int64_t widest = std::max({views.row_stride...});
  const std::int64_t rows = std::max({views.rows...});
  if (dense || rows == 1) {
    const std::int64_t cols = std::max({as_one_row(views).cols...});
    // A multiple of what is aligned, and of a mask's bytes.
    return in_parts(cols, max_elementwise_elements, [&](std::int64_t col, std::int64_t count) {
      return run(0, 1, columns(as_one_row(views), col, count)...);
    });
  }
  return in_parts(rows, most_rows(widest, block_rows),
                  [&](std::int64_t row, std::int64_t count) { return run(row, count, views...); });
}

} // namespace

hinge_status write_mask(Call &call, hinge_activation act, const hinge_const_view &y,
                        const hinge_mask &mask) {
  const auto &kernel = kernels().activation_mask[std::size_t(act)][0][0];
  return run_elementwise(
      is_dense(y) && is_dense_mask(mask),
      [&](std::int64_t row, std::int64_t rows, const hinge_const_view &y_part,
          const hinge_mask &mask_part) {
        return call.run(kernel, rows_on_device(y_part, row, rows).get(),
                        mask_rows_on_device(mask_part, row, rows).get());
      },
      y, mask);
}

static hinge_status forward(Call &call, hinge_activation act, const hinge_const_view &x,
                            const hinge_view &y, bool in_place) {
  const std::size_t aligned = is_aligned(x) && is_aligned(y);
  const auto &kernel = kernels().activation[std::size_t(act)][0][aligned];
  const auto &inplace_kernel = kernels().activation_inplace[std::size_t(act)][0][aligned];
  return run_elementwise(
      is_dense(x) && is_dense(y),
      [&](std::int64_t row, std::int64_t rows, const hinge_const_view &x_part,
          const hinge_view &y_part) {
        const Buffer<2> to = rows_on_device(y_part, row, rows);
        return in_place ? call.run(inplace_kernel, to.get())
                        : call.run(kernel, rows_on_device(x_part, row, rows).get(), to.get());
      },
      x, y);
}

} // namespace hinge::detail::cuda

using namespace hinge::detail;
using namespace hinge::detail::cuda;

hinge_status hinge_cuda_activation_forward(hinge_activation act, const hinge_const_view *x,
                                           const hinge_view *y, void *stream) {
  ForwardArguments a;
  if (hinge_status s = check_activation_forward(act, x, y, &a))
    return s;
  Call call(stream);
  if (hinge_status s = check_locations(call, std::array<Argument, 2>{{{"x", a.x}, {"y", a.y}}}))
    return s;
  return x->rows == 0 || x->cols == 0 ? HINGE_OK : cuda::forward(call, act, *x, *y, a.in_place);
}

hinge_status hinge_cuda_activation_mask(hinge_activation act, const hinge_const_view *y,
                                        const hinge_mask *mask, void *stream) {
  Region y_region, mask_region;
  if (hinge_status s = check_activation_mask(act, y, mask, &y_region, &mask_region))
    return s;
  Call call(stream);
  if (hinge_status s = check_locations(
          call, std::array<Argument, 2>{{{"y", y_region}, {"mask", mask_region, 1}}}))
    return s;
  return y->rows == 0 || y->cols == 0 ? HINGE_OK : cuda::write_mask(call, act, *y, *mask);
}

hinge_status hinge_cuda_activation_forward_mask(hinge_activation act, const hinge_const_view *x,
                                                const hinge_view *y, const hinge_mask *mask,
                                                void *stream) {
  ForwardArguments a;
  if (hinge_status s = check_activation_forward_mask(act, x, y, mask, &a))
    return s;
  Call call(stream);
  if (hinge_status s = check_locations(
          call, std::array<Argument, 3>{{{"x", a.x}, {"y", a.y}, {"mask", a.mask, 1}}}))
    return s;
  if (x->rows == 0 || x->cols == 0)
    return HINGE_OK;
  // The mask first, as in place x is overwritten.
  if (hinge_status s = cuda::write_mask(call, act, *x, *mask))
    return s;
  return cuda::forward(call, act, *x, *y, a.in_place);
}

hinge_status hinge_cuda_activation_backward(hinge_activation act, const hinge_const_view *y,
                                            const hinge_const_view *dy, const hinge_view *dx,
                                            void *stream) {
  BackwardArguments a;
  if (hinge_status s = check_activation_backward(act, y, dy, dx, &a))
    return s;
  Call call(stream);
  if (hinge_status s =
          check_locations(call, std::array<Argument, 3>{{{"y", a.y}, {"dy", a.dy}, {"dx", a.dx}}}))
    return s;
  if (y->rows == 0 || y->cols == 0)
    return HINGE_OK;
  const std::size_t aligned = is_aligned(*y) && is_aligned(*dy) && is_aligned(*dx);
  const auto &kernel = kernels().activation_backward[std::size_t(act)][0][aligned];
  const auto &inplace_kernel = kernels().activation_backward_inplace[std::size_t(act)][0][aligned];
  return run_elementwise(
      is_dense(*y) && is_dense(*dy) && is_dense(*dx),
      [&](std::int64_t row, std::int64_t rows, const hinge_const_view &y_part,
          const hinge_const_view &dy_part, const hinge_view &dx_part) {
        const Buffer<2> from = rows_on_device(y_part, row, rows),
                        to = rows_on_device(dx_part, row, rows);
        return a.in_place ? call.run(inplace_kernel, from.get(), to.get())
                          : call.run(kernel, from.get(), rows_on_device(dy_part, row, rows).get(),
                                     to.get());
      },
      *y, *dy, *dx);
}

hinge_status hinge_cuda_activation_backward_mask(const hinge_const_mask *mask,
                                                 const hinge_const_view *dy, const hinge_view *dx,
                                                 void *stream) {
  BackwardArguments a;
  if (hinge_status s = check_activation_backward_mask(mask, dy, dx, &a))
    return s;
  Call call(stream);
  if (hinge_status s = check_locations(
          call, std::array<Argument, 3>{{{"mask", a.y, 1}, {"dy", a.dy}, {"dx", a.dx}}}))
    return s;
  if (mask->rows == 0 || mask->cols == 0)
    return HINGE_OK;
  const std::size_t aligned = is_aligned(*dy) && is_aligned(*dx);
  const auto &kernel = kernels().activation_backward_mask[HINGE_ACTIVATION_NONE][0][aligned];
  const auto &inplace_kernel =
      kernels().activation_backward_mask_inplace[HINGE_ACTIVATION_NONE][0][aligned];
  constexpr std::int32_t first_bit = 0;
  return run_elementwise(
      is_dense_mask(*mask) && is_dense(*dy) && is_dense(*dx),
      [&](std::int64_t row, std::int64_t rows, const hinge_const_mask &mask_part,
          const hinge_const_view &dy_part, const hinge_view &dx_part) {
        const Buffer<2, std::uint8_t> bits = mask_rows_on_device(mask_part, row, rows);
        const Buffer<2> to = rows_on_device(dx_part, row, rows);
        return a.in_place ? call.run(inplace_kernel, bits.get(), first_bit, to.get())
                          : call.run(kernel, bits.get(), first_bit,
                                     rows_on_device(dy_part, row, rows).get(), to.get());
      },
      *mask, *dy, *dx);
}

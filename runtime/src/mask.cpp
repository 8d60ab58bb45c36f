// Masks: written beside an activation, read by its backward, counted.
#include "mask.h"

#include "checks.h"
#include "elementwise.h"
#include "target.h"

namespace hinge::detail {

namespace {

/// Mask and activation take turns on this many elements, 16 KiB: the second finds them in L1.
constexpr std::int64_t in_l1 = 4096;

/// The mask of `x`, whose elements it only reads; those of an in-place call before they change,
/// which gives the same bits.
struct Mask : Elementwise {
  const Kernel<activation_mask_fn> &mask_kernel;
  Rows x;
  Bits mask;

  /// Writes the bytes whose first bit is in the part. A part may begin and end within a byte; as
  /// every part of a row does so, each byte is written once.
  int write(std::int64_t row, std::int64_t col, std::int64_t part_rows,
            std::int64_t part_cols) const {
    const std::int64_t first = (col + 7) / 8;
    const std::int64_t bytes = (col + part_cols + 7) / 8 - first;
    if (bytes == 0)
      return 0;
    const std::int64_t x_cols = std::min(bytes * 8, cols - first * 8);
    return run_kernel(mask_kernel, x.part(row, first * 8).buffer(part_rows, x_cols).get(),
                      mask.buffer(row, first, part_rows, bytes).get());
  }

  int compute(std::int64_t row, std::int64_t col, Rows, std::int64_t part_rows,
              std::int64_t part_cols) const {
    return write(row, col, part_rows, part_cols);
  }
};

struct ForwardMask : Mask {
  const Kernel<activation_fn> &kernel;
  const Kernel<activation_inplace_fn> &inplace_kernel;

  int compute(std::int64_t row, std::int64_t col, Rows y, std::int64_t part_rows,
              std::int64_t part_cols) const {
    const Pieces columns = cut(part_cols, 1, 8, in_l1);
    const Pieces p = cut(part_rows, 1, 1, std::max<std::int64_t>(1, in_l1 / part_cols));
    for (std::int64_t i = 0; i < p.count(); i++)
      for (std::int64_t c = 0; c < columns.count(); c++)
        if (const int error =
                piece(row + p.begin(i), col + columns.begin(c),
                      y.part(p.begin(i), columns.begin(c)), p.length(i), columns.length(c)))
          return error;
    return 0;
  }

private:
  int piece(std::int64_t row, std::int64_t col, Rows y, std::int64_t part_rows,
            std::int64_t part_cols) const {
    if (const int error = write(row, col, part_rows, part_cols))
      return error;
    const Buffer<2> y_part = y.buffer(part_rows, part_cols);
    if (arrays == 0)
      return run_kernel(inplace_kernel, y_part.get());
    return run_kernel(kernel, x.part(row, col).buffer(part_rows, part_cols).get(), y_part.get());
  }
};

struct BackwardMask : Elementwise {
  const Kernel<activation_backward_mask_fn> &kernel;
  const Kernel<activation_backward_mask_inplace_fn> &inplace_kernel;
  Bits mask;
  Rows dy;

  int compute(std::int64_t row, std::int64_t col, Rows dx, std::int64_t part_rows,
              std::int64_t part_cols) const {
    const auto first_bit = std::int32_t(col % 8);
    const Buffer<2, std::uint8_t> bits =
        mask.buffer(row, col / 8, part_rows, (first_bit + part_cols + 7) / 8);
    const Buffer<2> dx_part = dx.buffer(part_rows, part_cols);
    if (arrays == 0)
      return run_kernel(inplace_kernel, bits.get(), first_bit, dx_part.get());
    return run_kernel(kernel, bits.get(), first_bit,
                      dy.part(row, col).buffer(part_rows, part_cols).get(), dx_part.get());
  }
};

} // namespace

int write_mask(const Target &target, hinge_activation act, const hinge_const_view &x,
               const hinge_mask &mask) {
  const bool dense = is_dense(x) && is_dense_mask(mask);
  const hinge_view read_only{const_cast<float *>(x.data), x.rows, x.cols, x.row_stride};
  return run_elementwise(
      Mask{elementwise(read_only, dense, std::max(x.row_stride, mask.row_stride), /*arrays=*/0),
           target.activation_mask[std::size_t(act)][0],
           rows_of(x),
           {mask.data, mask.row_stride}});
}

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_activation_mask(hinge_activation act, const hinge_const_view *y,
                                   const hinge_mask *mask) {
  Region y_region, mask_region;
  if (hinge_status s = check_activation_mask(act, y, mask, &y_region, &mask_region))
    return s;
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  if (y->rows == 0 || y->cols == 0)
    return HINGE_OK;
  return kernel_status(write_mask(*target, act, *y, *mask));
}

hinge_status hinge_activation_forward_mask(hinge_activation act, const hinge_const_view *x,
                                           const hinge_view *y, const hinge_mask *mask) {
  ForwardArguments a;
  if (hinge_status s = check_activation_forward_mask(act, x, y, mask, &a))
    return s;
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  if (x->rows == 0 || x->cols == 0)
    return HINGE_OK;
  const bool dense = is_dense(*x) && is_dense(*y) && is_dense_mask(*mask);
  const std::int64_t widest = std::max({x->row_stride, y->row_stride, mask->row_stride});
  const ForwardMask f{{elementwise(*y, dense, widest, a.in_place ? 0 : 2),
                       target->activation_mask[std::size_t(act)][0],
                       rows_of(*x),
                       {mask->data, mask->row_stride}},
                      target->activation[std::size_t(act)][0],
                      target->activation_inplace[std::size_t(act)][0]};
  return kernel_status(run_elementwise(f));
}

hinge_status hinge_activation_backward_mask(const hinge_const_mask *mask,
                                            const hinge_const_view *dy, const hinge_view *dx) {
  BackwardArguments a;
  if (hinge_status s = check_activation_backward_mask(mask, dy, dx, &a))
    return s;
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  if (mask->rows == 0 || mask->cols == 0)
    return HINGE_OK;
  const bool dense = is_dense_mask(*mask) && is_dense(*dy) && is_dense(*dx);
  const std::int64_t widest = std::max({mask->row_stride, dy->row_stride, dx->row_stride});
  const BackwardMask f{elementwise(*dx, dense, widest, a.in_place ? 0 : 2),
                       target->activation_backward_mask[HINGE_ACTIVATION_NONE][0],
                       target->activation_backward_mask_inplace[HINGE_ACTIVATION_NONE][0],
                       {const_cast<std::uint8_t *>(mask->data), mask->row_stride},
                       rows_of(*dy)};
  return kernel_status(run_elementwise(f));
}

hinge_status hinge_mask_count(const hinge_const_mask *mask, int64_t *per_row, int64_t *per_column) {
  Region mask_region, row_region, column_region;
  if (hinge_status s = check_mask("mask", mask, &mask_region))
    return s;
  auto check_counts = [](const char *name, const int64_t *counts, int64_t n, Region *region) {
    *region = {0, 0, 0, 0};
    std::size_t bytes = 0;
    if (!counts)
      return HINGE_OK;
    if (__builtin_mul_overflow(std::size_t(n), sizeof *counts, &bytes))
      return fail(HINGE_INVALID_ARGUMENT, "%s: %" PRId64 " counts overflow the address space", name,
                  n);
    return check_memory(name, counts, bytes, region);
  };
  if (hinge_status s = check_counts("per_row", per_row, mask->rows, &row_region))
    return s;
  if (hinge_status s = check_counts("per_column", per_column, mask->cols, &column_region))
    return s;
  if (overlap(row_region, mask_region))
    return refuse_sharing("per_row", "mask");
  if (overlap(column_region, mask_region))
    return refuse_sharing("per_column", "mask");
  if (overlap(column_region, row_region))
    return refuse_sharing("per_column", "per_row");
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  if (mask->rows == 0 || mask->cols == 0)
    return HINGE_OK;

  // The kernels count in 32 bits, a part at a time.
  constexpr std::int64_t most_counts = 512, most_columns = std::int64_t(1) << 30;
  std::int32_t counts[most_counts];
  const Bits bits{const_cast<std::uint8_t *>(mask->data), mask->row_stride};
  // Calls the kernel on parts of at most most_rows x most_cols; the first column is that of a byte.
  auto parts = [&](std::int64_t most_rows, std::int64_t most_cols, auto part) {
    const Pieces columns = cut(mask->cols, 1, 8, most_cols);
    const Pieces rows = cut(
        mask->rows, 1, 1,
        std::clamp<std::int64_t>(
            max_elementwise_elements / std::max<std::int64_t>(1, mask->row_stride), 1, most_rows));
    int error = 0;
    for (std::int64_t c = 0; c < columns.count() && error == 0; c++)
      for (std::int64_t r = 0; r < rows.count() && error == 0; r++)
        error = part(rows.begin(r), rows.length(r), columns.begin(c), columns.length(c),
                     bits.buffer(rows.begin(r), columns.begin(c) / 8, rows.length(r),
                                 (columns.length(c) + 7) / 8));
    return error;
  };
  auto add = [&](std::int64_t *to, std::int64_t n) {
    for (std::int64_t i = 0; i < n; i++)
      to[i] += counts[i];
  };
  int error = 0;
  if (per_row)
    error = parts(most_counts, most_columns,
                  [&](std::int64_t row, std::int64_t rows, std::int64_t, std::int64_t cols,
                      const Buffer<2, std::uint8_t> &part) {
                    const Buffer<1, std::int32_t> out(counts, {std::int32_t(rows)});
                    const int e = run_kernel(target->mask_count_rows[HINGE_ACTIVATION_NONE][0],
                                             part.get(), std::int32_t(cols), out.get());
                    add(per_row + row, rows);
                    return e;
                  });
  if (per_column && error == 0)
    error = parts(most_columns, most_counts,
                  [&](std::int64_t, std::int64_t, std::int64_t col, std::int64_t cols,
                      const Buffer<2, std::uint8_t> &part) {
                    const Buffer<1, std::int32_t> out(counts, {std::int32_t(cols)});
                    const int e = run_kernel(target->mask_count_columns[HINGE_ACTIVATION_NONE][0],
                                             part.get(), out.get());
                    add(per_column + col, cols);
                    return e;
                  });
  return kernel_status(error);
}

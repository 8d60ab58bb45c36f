// Masks: written beside an activation, read by its backward, counted.
#include "host/mask.h"

#include "host/elementwise.h"
#include "host/run.h"
#include "host/small.h"
#include "operators/activation.h"

#include <hinge/plan/blocks.h>
#include <hinge/plan/masks.h>

namespace hinge::detail {

namespace {

/// Writes the mask of `x`, and only reads its elements. An in-place call writes the mask before
/// they change, which gives the same bits.
struct WriteMask : Elementwise {
  const Kernel<activation_mask_fn> &mask_kernel;
  Rows x;
  Bits mask;

  /// Writes the bytes whose first bit is in the part. A part may begin and end within a byte.
  /// Because every part of a row does so, each byte is written once.
  int write(std::int64_t row, std::int64_t col, std::int64_t part_rows,
            std::int64_t part_cols) const {
    const std::int64_t first = plan::mask_row_bytes(col);
    const std::int64_t bytes = plan::mask_row_bytes(col + part_cols) - first;
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

struct ActivateWithMask : WriteMask {
  const Kernel<activation_fn> &kernel;
  const Kernel<activation_inplace_fn> &inplace_kernel;

  int compute(std::int64_t row, std::int64_t col, Rows y, std::int64_t part_rows,
              std::int64_t part_cols) const {
    const std::int64_t most = plan::most_rows(part_cols, plan::mask_turn);
    return plan::in_parts(part_rows, most, [&](std::int64_t m, std::int64_t turn_rows) {
      return plan::in_parts(part_cols, plan::mask_turn,
                            [&](std::int64_t n, std::int64_t turn_cols) {
                              return turn(row + m, col + n, y.part(m, n), turn_rows, turn_cols);
                            });
    });
  }

private:
  int turn(std::int64_t row, std::int64_t col, Rows y, std::int64_t part_rows,
           std::int64_t part_cols) const {
    if (const int error = write(row, col, part_rows, part_cols))
      return error;
    const Buffer<2> y_part = y.buffer(part_rows, part_cols);
    if (arrays == 0)
      return run_kernel(inplace_kernel, y_part.get());
    return run_kernel(kernel, x.part(row, col).buffer(part_rows, part_cols).get(), y_part.get());
  }
};

struct MaskGradient : Elementwise {
  const Kernel<activation_backward_mask_fn> &kernel;
  const Kernel<activation_backward_mask_inplace_fn> &inplace_kernel;
  Bits mask;
  Rows dy;

  int compute(std::int64_t row, std::int64_t col, Rows dx, std::int64_t part_rows,
              std::int64_t part_cols) const {
    const auto first_bit = std::int32_t(col % 8);
    const Buffer<2, std::uint8_t> bits =
        mask.buffer(row, col / 8, part_rows, plan::mask_row_bytes(first_bit + part_cols));
    const Buffer<2> dx_part = dx.buffer(part_rows, part_cols);
    if (arrays == 0)
      return run_kernel(inplace_kernel, bits.get(), first_bit, dx_part.get());
    return run_kernel(kernel, bits.get(), first_bit,
                      dy.part(row, col).buffer(part_rows, part_cols).get(), dx_part.get());
  }
};

template <class M>
Bits bits_of(const M &mask) {
  return {const_cast<std::uint8_t *>(mask.data), mask.row_stride};
}

/// Counts the bits of a mask by kernels, which count in 32 bits, a part at a time.
class Count {
public:
  Count(const Target &target, const hinge_const_mask &mask)
      : target_(target), mask_(mask), bits_(bits_of(mask)) {}

  int rows(std::int64_t *per_row) {
    return in_parts(most_counts, most_others, [&](const Part &p) {
      const Buffer<1, std::int32_t> out(counts_, {std::int32_t(p.rows)});
      const int error =
          run_kernel(target_.mask_count_rows[{}], p.bits.get(), std::int32_t(p.cols), out.get());
      add(per_row + p.row, p.rows);
      return error;
    });
  }

  int columns(std::int64_t *per_column) {
    return in_parts(most_others, most_counts, [&](const Part &p) {
      const Buffer<1, std::int32_t> out(counts_, {std::int32_t(p.cols)});
      const int error = run_kernel(target_.mask_count_columns[{}], p.bits.get(), out.get());
      add(per_column + p.col, p.cols);
      return error;
    });
  }

private:
  static constexpr std::int64_t most_counts = 512, most_others = std::int64_t(1) << 30;

  struct Part {
    std::int64_t row, rows, col, cols; // col: that of a byte's first bit
    Buffer<2, std::uint8_t> bits;
  };

  /// Runs on parts of at most most_rows x most_cols.
  template <class Run>
  int in_parts(std::int64_t most_rows, std::int64_t most_cols, const Run &run) const {
    const std::int64_t most =
        std::min(most_rows, plan::most_rows(mask_.row_stride, plan::max_elementwise));
    return plan::in_parts(mask_.cols, most_cols, [&](std::int64_t col, std::int64_t cols) {
      return plan::in_parts(mask_.rows, most, [&](std::int64_t row, std::int64_t rows) {
        return run(Part{row, rows, col, cols,
                        bits_.buffer(row, col / 8, rows, plan::mask_row_bytes(cols))});
      });
    });
  }

  void add(std::int64_t *to, std::int64_t n) const {
    for (std::int64_t i = 0; i < n; i++)
      to[i] += counts_[i];
  }

  const Target &target_;
  const hinge_const_mask &mask_;
  Bits bits_;
  std::int32_t counts_[most_counts];
};

} // namespace

int write_mask(const Target &target, hinge_activation act, const hinge_const_view &x,
               const hinge_mask &mask) {
  const bool dense = is_dense(x) && is_dense_mask(mask);
  const hinge_view read_only{const_cast<void *>(x.data), x.rows, x.cols, x.row_stride, x.type};
  return run_elementwise(WriteMask{
      elementwise(read_only, dense, std::max(x.row_stride, mask.row_stride), /*arrays=*/0),
      target.activation_mask[{Type::float32, act}], rows_of(x), bits_of(mask)});
}

[[gnu::always_inline]] static inline int compute(const ActivationMask &op, const Target &target) {
  return write_mask(target, op.act, *op.y, *op.mask);
}

[[gnu::always_inline]] static inline int compute(const ActivationForwardMask &op,
                                                 const Target &target) {
  const Key key{Type::float32, op.act};
  const bool dense = is_dense(*op.x) && is_dense(*op.y) && is_dense_mask(*op.mask);
  const std::int64_t widest = std::max({op.x->row_stride, op.y->row_stride, op.mask->row_stride});
  return run_elementwise(
      ActivateWithMask{{elementwise(*op.y, dense, widest, op.in_place ? 0 : 2),
                        target.activation_mask[key], rows_of(*op.x), bits_of(*op.mask)},
                       target.activation[key],
                       target.activation_inplace[key]});
}

[[gnu::always_inline]] static inline int compute(const ActivationBackwardMask &op,
                                                 const Target &target) {
  const bool dense = is_dense_mask(*op.mask) && is_dense(*op.dy) && is_dense(*op.dx);
  const std::int64_t widest = std::max({op.mask->row_stride, op.dy->row_stride, op.dx->row_stride});
  return run_elementwise(MaskGradient{
      elementwise(*op.dx, dense, widest, op.in_place ? 0 : 2), target.activation_backward_mask[{}],
      target.activation_backward_mask_inplace[{}], bits_of(*op.mask), rows_of(*op.dy)});
}

static int compute(const MaskCount &op, const Target &target) {
  Count count(target, *op.mask);
  int error = op.per_row ? count.rows(op.per_row) : 0;
  if (op.per_column && error == 0)
    error = count.columns(op.per_column);
  return error;
}

/// The mask of a small call.
[[gnu::always_inline]] static inline hinge_status write_row(const Target &target,
                                                            hinge_activation act,
                                                            const hinge_const_view *x,
                                                            const hinge_mask *mask) {
  const std::int64_t n = x->rows * x->cols;
  return run_row_kernel(target.activation_mask_row[{Type::float32, act}], elements(*x),
                        std::int32_t(n), mask->data, std::int32_t(plan::mask_row_bytes(n)));
}

/// The kernels of a small backward.
struct MaskGradientRow {
  const Target &target;
  const hinge_const_mask *mask;
  const hinge_const_view *dy;
  const hinge_view *dx;

  [[gnu::always_inline]] hinge_status operator()(std::int64_t i, std::int32_t n) const {
    const std::uint8_t *bits = mask->data + i / 8;
    const auto first_bit = std::int32_t(i % 8), bytes = (first_bit + n + 7) / 8;
    float *to = elements(*dx) + i;
    if (dy->data == dx->data)
      return run_row_kernel(target.activation_backward_mask_inplace_row[{}], bits, bytes, first_bit,
                            to, n);
    return run_row_kernel(target.activation_backward_mask_row[{}], bits, bytes, first_bit,
                          elements(*dy) + i, to, n);
  }
};

// Out of line, so that the way of most calls needs few registers: the general paths, and a small
// call with a head.
[[gnu::noinline]] static hinge_status mask_only(hinge_activation act, const hinge_const_view *y,
                                                const hinge_mask *mask) {
  return host::run(ActivationMask{act, y, mask});
}

[[gnu::noinline]] static hinge_status forward(hinge_activation act, const hinge_const_view *x,
                                              const hinge_view *y, const hinge_mask *mask) {
  return host::run(ActivationForwardMask{{act, x, y}, mask});
}

[[gnu::noinline]] static hinge_status backward(const hinge_const_mask *mask,
                                               const hinge_const_view *dy, const hinge_view *dx) {
  return host::run(ActivationBackwardMask{mask, dy, dx});
}

[[gnu::noinline]] static hinge_status backward_with_head(const hinge_const_mask *mask,
                                                         const hinge_const_view *dy,
                                                         const hinge_view *dx,
                                                         const Target *target) {
  return run_with_head(MaskGradientRow{*target, mask, dy, dx}, *dx);
}

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_activation_mask(hinge_activation act, const hinge_const_view *y,
                                   const hinge_mask *mask) {
  SmallCall call(y);
  call.add(GivenActivation(act));
  call.add(y);
  call.add_mask(mask);
  call.require_apart(mask, call.mask_bytes(), y, call.bytes());
  const Target *target = small_target(call);
  return target ? write_row(*target, act, y, mask) : mask_only(act, y, mask);
}

hinge_status hinge_activation_forward_mask(hinge_activation act, const hinge_const_view *x,
                                           const hinge_view *y, const hinge_mask *mask) {
  SmallCall call(x);
  call.add(GivenActivation(act));
  call.add(x);
  call.add(y);
  call.add_mask(mask);
  call.require_apart(mask, call.mask_bytes(), x, call.bytes());
  call.require_apart(mask, call.mask_bytes(), y, call.bytes());
  call.require_same_or_apart(x, y);
  const Target *target = small_target(call);
  if (!target || call.size() > hinge::plan::mask_turn)
    return forward(act, x, y, mask);
  write_row(*target, act, x, mask);
  return hinge_activation_forward(act, x, y);
}

hinge_status hinge_activation_backward_mask(const hinge_const_mask *mask,
                                            const hinge_const_view *dy, const hinge_view *dx) {
  SmallCall call(mask);
  call.add_mask(mask);
  call.add(dy);
  call.add(dx);
  call.require_apart(dx, call.bytes(), mask, call.mask_bytes());
  call.require_same_or_apart(dy, dx);
  const Target *target = small_target(call);
  if (!target)
    return backward(mask, dy, dx);
  if (call.has_head(dx))
    return backward_with_head(mask, dy, dx, target);
  return MaskGradientRow{*target, mask, dy, dx}(0, std::int32_t(call.size()));
}

hinge_status hinge_mask_count(const hinge_const_mask *mask, int64_t *per_row, int64_t *per_column) {
  return host::run(MaskCount{mask, per_row, per_column});
}

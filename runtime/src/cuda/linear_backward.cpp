// The gradients of Linear + activation on a GPU: dx = g W, dweight = g^T x, dbias = (1 ... 1) g,
// with g = act'(y) * dy made where it is read.
#include "view.h"

#include "hinge/cuda.h"

namespace hinge::detail::cuda {

namespace {

class Backward {
public:
  Backward(Call &call, const LinearBackwardCall &c) : call_(call), c_(c) {}

  hinge_status dx() const {
    // The terms are cut by no call: what dx has is written.
    if (c_.weight->rows > 1 && c_.weight->row_stride > max_span / c_.weight->rows)
      return fail(HINGE_INVALID_ARGUMENT,
                  "weight: %" PRId64 " rows, %" PRId64
                  " apart: expected at most 2^31 - 1 elements, gaps included",
                  c_.weight->rows, c_.weight->row_stride);
    const bool aligned = has_aligned_gradient() && c_.in_features % 4 == 0 &&
                         is_aligned(*c_.weight) && is_aligned(*c_.dx);
    const auto run = [&](const auto &table) {
      const int t = choose_tile(table[HINGE_ACTIVATION_NONE], c_.in_features, c_.batch,
                                c_.out_features, call_.multiprocessors());
      const auto &kernel = table[HINGE_ACTIVATION_NONE][std::size_t(t)][aligned];
      const std::int64_t most = most_rows(std::max(widest_gradient(), stride_of(*c_.dx)),
                                          kernels().tiles[std::size_t(t)].rows);
      return in_parts(c_.batch, most, [&](std::int64_t row, std::int64_t rows) {
        return run_kernel(kernel, row, rows, 0, c_.out_features, 0,
                          rows_on_device(*c_.weight, 0, c_.out_features).get(),
                          rows_on_device(*c_.dx, row, rows).get());
      });
    };
    return c_.mask ? run(kernels().linear_dx_mask) : run(kernels().linear_dx);
  }

  hinge_status dweight() const {
    const bool aligned = has_aligned_gradient() && c_.in_features % 4 == 0 && is_aligned(*c_.x) &&
                         is_aligned(*c_.dweight);
    const auto run = [&](const auto &table) {
      const int t = choose_tile(table[HINGE_ACTIVATION_NONE], c_.in_features, c_.out_features,
                                c_.batch, call_.multiprocessors());
      const auto &kernel = table[HINGE_ACTIVATION_NONE][std::size_t(t)][aligned];
      // A multiple of a mask's bytes and of what is aligned.
      const std::int64_t most_units = std::max<std::int64_t>(
          8, most_rows(stride_of(*c_.dweight), kernels().tiles[std::size_t(t)].rows) / 8 * 8);
      return over_batch(stride_of(*c_.x), [&](std::int64_t row, std::int64_t rows, int accumulate) {
        return in_parts(c_.out_features, most_units, [&](std::int64_t n, std::int64_t units) {
          return run_kernel(kernel, row, rows, n, units, accumulate,
                            rows_on_device(*c_.x, row, rows).get(),
                            rows_on_device(*c_.dweight, n, units).get());
        });
      });
    };
    return c_.mask ? run(kernels().linear_dweight_mask) : run(kernels().linear_dweight);
  }

  hinge_status dbias() const {
    const Buffer<1> to = on_device(Buffer<1>(c_.dbias, {std::int32_t(c_.out_features)}));
    return over_batch(0, [&](std::int64_t row, std::int64_t rows, int accumulate) {
      const auto run = [&](const auto &table) {
        return run_kernel(table[HINGE_ACTIVATION_NONE][0][0], row, rows, 0, c_.out_features,
                          accumulate, to.get());
      };
      return c_.mask ? run(kernels().linear_dbias_mask) : run(kernels().linear_dbias);
    });
  }

private:
  template <class V>
  static std::int64_t stride_of(const V &v) {
    return v.rows > 1 ? v.row_stride : 0;
  }

  bool has_y() const { return !c_.mask && c_.act != HINGE_ACTIVATION_NONE; }

  /// Of what g is made of.
  std::int64_t widest_gradient() const {
    return std::max(
        {stride_of(*c_.dy), has_y() ? stride_of(*c_.y) : 0, c_.mask ? stride_of(*c_.mask) : 0});
  }
  bool has_aligned_gradient() const {
    return c_.out_features % 4 == 0 && is_aligned(*c_.dy) && (!has_y() || is_aligned(*c_.y));
  }

  /// Parts of the batch, all but the first added to what is there: the same chains.
  template <class Part>
  hinge_status over_batch(std::int64_t widest, const Part &part) const {
    return in_parts(c_.batch, most_rows(std::max(widest, widest_gradient()), max_block_rows),
                    [&](std::int64_t row, std::int64_t rows) {
                      return part(row, rows, row > 0 ? 1 : c_.accumulate);
                    });
  }

  /// A kernel on g[row ..., n ...], `others` its other buffers.
  template <class Fn, class... Others>
  hinge_status run_kernel(const Kernel<Fn> &kernel, std::int64_t row, std::int64_t rows,
                          std::int64_t n, std::int64_t units, int accumulate,
                          Others... others) const {
    const auto part = [&](hinge_const_view v) {
      v.data += n;
      v.cols = units;
      return rows_on_device(v, row, rows);
    };
    const Buffer<2> dy = part(*c_.dy);
    if constexpr (is_from_mask<Fn>) {
      hinge_const_mask m = *c_.mask;
      m.data += n / 8;
      m.cols = units;
      return call_.run(kernel, mask_rows_on_device(m, row, rows).get(), dy.get(),
                       std::int32_t(accumulate), others...);
    } else {
      // Without an activation y is not looked at.
      return call_.run(kernel, (has_y() ? part(*c_.y) : dy).get(), dy.get(), std::int32_t(c_.act),
                       std::int32_t(accumulate), others...);
    }
  }

  template <class Fn>
  static constexpr bool is_from_mask =
      std::is_same_v<Fn, linear_dx_mask_fn> || std::is_same_v<Fn, linear_dbias_mask_fn>;

  Call &call_;
  const LinearBackwardCall &c_;
};

template <class V>
hinge_status fill_with_zeros(Call &call, const V &v) {
  const auto data = reinterpret_cast<Address>(v.data);
  const std::size_t width = std::size_t(v.cols) * sizeof(float);
  return v.rows > 1 ? driver_status(driver().memset_d2d8_async(
                                        data, std::size_t(v.row_stride) * sizeof(float), 0, width,
                                        std::size_t(v.rows), call.stream()),
                                    "cuMemsetD2D8Async")
                    : driver_status(driver().memset_d8_async(data, 0, width, call.stream()),
                                    "cuMemsetD8Async");
}

hinge_status backward(LinearBackwardCall c, void *stream) {
  LinearBackwardCall::Arguments arguments;
  if (hinge_status s = c.check(&arguments))
    return s;
  Call call(stream);
  if (hinge_status s = check_locations(call, arguments))
    return s;
  hinge_status s = HINGE_OK;
  if (c.is_sum_of_nothing()) {
    if (c.wants_dx)
      s = fill_with_zeros(call, *c.dx);
    if (s == HINGE_OK && c.wants_dweight && !c.accumulate)
      s = fill_with_zeros(call, *c.dweight);
    if (s == HINGE_OK && c.dbias && c.out_features > 0 && !c.accumulate)
      s = fill_with_zeros(call, hinge_view{c.dbias, 1, c.out_features, 0});
    return s;
  }
  const Backward b(call, c);
  if (c.wants_dx)
    s = b.dx();
  if (s == HINGE_OK && c.wants_dweight)
    s = b.dweight();
  if (s == HINGE_OK && c.dbias)
    s = b.dbias();
  return s;
}

} // namespace

} // namespace hinge::detail::cuda

hinge_status hinge_cuda_linear_backward(hinge_activation act, const hinge_const_view *x,
                                        const hinge_const_view *weight, const hinge_const_view *y,
                                        const hinge_const_view *dy, const hinge_view *dx,
                                        const hinge_view *dweight, float *dbias, int accumulate,
                                        void *stream) {
  if (hinge_status s = hinge::detail::check_activation(act, /*none_allowed=*/true))
    return s;
  return hinge::detail::cuda::backward(
      {act, x, weight, y, nullptr, dy, dx, dweight, dbias, accumulate}, stream);
}

hinge_status hinge_cuda_linear_backward_mask(const hinge_const_view *x,
                                             const hinge_const_view *weight,
                                             const hinge_const_mask *mask,
                                             const hinge_const_view *dy, const hinge_view *dx,
                                             const hinge_view *dweight, float *dbias,
                                             int accumulate, void *stream) {
  if (!mask)
    return hinge::detail::fail(HINGE_INVALID_ARGUMENT, "mask is null: expected a mask");
  return hinge::detail::cuda::backward(
      {HINGE_ACTIVATION_NONE, x, weight, nullptr, mask, dy, dx, dweight, dbias, accumulate},
      stream);
}

// The gradients of Linear and its activation on a GPU: dx = g W, dweight = g^T x, dbias = (1 ... 1)
// g. g = act'(y) * dy is computed where it is read.
#include "cuda/kernels.h"
#include "cuda/launch.h"
#include "cuda/memory.h"
#include "cuda/run.h"
#include "operators/linear_backward.h"

#include "hinge/cuda.h"

#include <hinge/plan/chains.h>
#include <hinge/plan/gpu_tiles.h>
#include <hinge/plan/limits.h>

#include <algorithm>
#include <type_traits>

namespace hinge::detail::cuda {

namespace {

class Gradients {
public:
  Gradients(Call &call, const LinearBackward &op) : call_(call), op_(op) {}

  hinge_status dx() const {
    return op_.from_mask ? dx(kernels().linear_gradient_x_mask) : dx(kernels().linear_gradient_x);
  }
  hinge_status dweight() const {
    return op_.from_mask ? dweight(kernels().linear_gradient_weight_mask)
                         : dweight(kernels().linear_gradient_weight);
  }
  hinge_status dbias() const {
    return op_.from_mask ? dbias(kernels().linear_gradient_bias_mask)
                         : dbias(kernels().linear_gradient_bias);
  }

private:
  template <class Fn>
  hinge_status dx(const Table<Fn> &table) const {
    // No call cuts the terms, because dx is written, not added to.
    if (stride_of(*op_.weight) > plan::max_span / op_.weight->rows)
      return fail(HINGE_INVALID_ARGUMENT,
                  "weight: %" PRId64 " rows, %" PRId64
                  " apart: expected at most 2^31 - 1 elements, gaps included",
                  op_.weight->rows, op_.weight->row_stride);
    const Chosen c =
        choose(table, op_.batch, op_.out_features, is_aligned(*op_.weight) && is_aligned(*op_.dx));
    const std::int64_t most =
        most_rows(std::max(widest_gradient(), stride_of(*op_.dx)), c.block_rows);
    return plan::in_parts(op_.batch, most, [&](std::int64_t row, std::int64_t rows) {
      return run_kernel(table[c.key], {row, rows, 0, op_.out_features}, /*accumulate=*/0,
                        std::int32_t(plan::chains_of(op_.out_features)),
                        std::int32_t(plan::chain_terms(op_.out_features)),
                        rows_on_device(*op_.weight, 0, op_.out_features).get(),
                        rows_on_device(*op_.dx, row, rows).get());
    });
  }

  template <class Fn>
  hinge_status dweight(const Table<Fn> &table) const {
    const Chosen c =
        choose(table, op_.out_features, op_.batch, is_aligned(*op_.x) && is_aligned(*op_.dweight));
    // Parts begin at a multiple of the alignment and of a mask's bytes.
    const std::int64_t most_units =
        std::max<std::int64_t>(8, most_rows(stride_of(*op_.dweight), c.block_rows) / 8 * 8);
    return over_batch(stride_of(*op_.x), [&](std::int64_t row, std::int64_t rows, int accumulate) {
      return plan::in_parts(op_.out_features, most_units, [&](std::int64_t n, std::int64_t units) {
        return run_kernel(table[c.key], {row, rows, n, units}, accumulate,
                          rows_on_device(*op_.x, row, rows).get(),
                          rows_on_device(*op_.dweight, n, units).get());
      });
    });
  }

  template <class Fn>
  hinge_status dbias(const Table<Fn> &table) const {
    const Buffer<1> to = on_device(Buffer<1>(op_.dbias, {std::int32_t(op_.out_features)}));
    return over_batch(0, [&](std::int64_t row, std::int64_t rows, int accumulate) {
      return run_kernel(table[{}], {row, rows, 0, op_.out_features}, accumulate, to.get());
    });
  }

  struct Chosen {
    Key key;
    std::int64_t block_rows;
  };

  /// The kernel for a product of `rows` x in_features, with sums of `terms`. `aligned` says whether
  /// its two other matrices are.
  template <class Fn>
  Chosen choose(const Table<Fn> &table, std::int64_t rows, std::int64_t terms, bool aligned) const {
    const int tile = choose_tile(table, Type::float32, HINGE_ACTIVATION_NONE, op_.in_features, rows,
                                 terms, call_.multiprocessors());
    aligned = aligned && has_aligned_gradient() && op_.in_features % plan::gpu_vector == 0;
    return {{Type::float32, HINGE_ACTIVATION_NONE, tile, aligned},
            kernels().tiles[Type::float32][std::size_t(tile)].rows};
  }

  /// The widest stride of the matrices that g is made from.
  std::int64_t widest_gradient() const {
    return std::max({stride_of(*op_.dy), op_.has_y() ? stride_of(*op_.y) : 0,
                     op_.from_mask ? stride_of(*op_.mask) : 0});
  }
  bool has_aligned_gradient() const {
    return op_.out_features % plan::gpu_vector == 0 && is_aligned(*op_.dy) &&
           (!op_.has_y() || is_aligned(*op_.y));
  }

  /// Parts of the batch. All but the first are added to the previous result, which gives the same
  /// chains.
  template <class Part>
  hinge_status over_batch(std::int64_t widest, const Part &part) const {
    const std::int64_t most = most_rows(std::max(widest, widest_gradient()), plan::max_grid_rows);
    return plan::in_parts(op_.batch, most, [&](std::int64_t row, std::int64_t rows) {
      return part(row, rows, row > 0 ? 1 : op_.accumulate);
    });
  }

  /// A part of g.
  struct Part {
    std::int64_t row, rows, n, units;
  };

  /// A kernel on a part of g; `others` are its arguments after `accumulate`.
  template <class Fn, class... Others>
  hinge_status run_kernel(const Kernel<Fn> &kernel, const Part &p, int accumulate,
                          Others... others) const {
    const auto part = [&](hinge_const_view v) {
      v.data = elements(v) + p.n;
      v.cols = p.units;
      return rows_on_device(v, p.row, p.rows);
    };
    const Buffer<2> dy = part(*op_.dy);
    if constexpr (is_from_mask<Fn>) {
      hinge_const_mask m = *op_.mask;
      m.data += p.n / 8;
      m.cols = p.units;
      return call_.run(kernel, mask_rows_on_device(m, p.row, p.rows).get(), dy.get(),
                       std::int32_t(accumulate), others...);
    } else {
      // y is not read without an activation.
      return call_.run(kernel, (op_.has_y() ? part(*op_.y) : dy).get(), dy.get(),
                       std::int32_t(op_.act), std::int32_t(accumulate), others...);
    }
  }

  template <class Fn>
  static constexpr bool is_from_mask = std::is_same_v<Fn, linear_gradient_x_mask_fn> ||
                                       std::is_same_v<Fn, linear_gradient_weight_mask_fn> ||
                                       std::is_same_v<Fn, linear_gradient_bias_mask_fn>;

  Call &call_;
  const LinearBackward &op_;
};

template <class V>
hinge_status fill_with_zeros(const Call &call, const V &v) {
  const auto data = reinterpret_cast<Address>(v.data);
  const std::size_t width = std::size_t(v.cols) * sizeof(float);
  return v.rows > 1 ? driver_status(driver().memset_d2d8_async(
                                        data, std::size_t(v.row_stride) * sizeof(float), 0, width,
                                        std::size_t(v.rows), call.stream()),
                                    "cuMemsetD2D8Async")
                    : driver_status(driver().memset_d8_async(data, 0, width, call.stream()),
                                    "cuMemsetD8Async");
}

/// The gradients of a call without a batch or output features.
hinge_status write_sums_of_nothing(const Call &call, const LinearBackward &op) {
  hinge_status s = HINGE_OK;
  if (op.wants_dx)
    s = fill_with_zeros(call, *op.dx);
  if (s == HINGE_OK && op.wants_dweight && !op.accumulate)
    s = fill_with_zeros(call, *op.dweight);
  if (s == HINGE_OK && op.dbias && op.out_features > 0 && !op.accumulate)
    s = fill_with_zeros(call, hinge_view{op.dbias, 1, op.out_features, 0});
  return s;
}

} // namespace

static hinge_status launch(Call &call, const LinearBackward &op) {
  if (op.is_sum_of_nothing())
    return write_sums_of_nothing(call, op);
  const Gradients g(call, op);
  hinge_status s = HINGE_OK;
  if (op.wants_dx)
    s = g.dx();
  if (s == HINGE_OK && op.wants_dweight)
    s = g.dweight();
  if (s == HINGE_OK && op.dbias)
    s = g.dbias();
  return s;
}

} // namespace hinge::detail::cuda

using namespace hinge::detail;

hinge_status hinge_cuda_linear_backward(hinge_activation act, const hinge_const_view *x,
                                        const hinge_const_view *weight, const hinge_const_view *y,
                                        const hinge_const_view *dy, const hinge_view *dx,
                                        const hinge_view *dweight, float *dbias, int accumulate,
                                        void *stream) {
  return cuda::run(LinearBackward{act, x, weight, y, /*mask=*/nullptr, /*from_mask=*/false, dy, dx,
                                  dweight, dbias, accumulate},
                   stream);
}

hinge_status hinge_cuda_linear_backward_mask(const hinge_const_view *x,
                                             const hinge_const_view *weight,
                                             const hinge_const_mask *mask,
                                             const hinge_const_view *dy, const hinge_view *dx,
                                             const hinge_view *dweight, float *dbias,
                                             int accumulate, void *stream) {
  return cuda::run(LinearBackward{HINGE_ACTIVATION_NONE, x, weight, /*y=*/nullptr, mask,
                                  /*from_mask=*/true, dy, dx, dweight, dbias, accumulate},
                   stream);
}

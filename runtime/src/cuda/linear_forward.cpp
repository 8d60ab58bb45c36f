// y = act(x W^T + b) on a GPU.
#include "cuda/kernels.h"
#include "cuda/launch.h"
#include "cuda/linear.h"
#include "cuda/mask.h"
#include "cuda/memory.h"
#include "cuda/run.h"
#include "operators/linear.h"

#include "hinge/cuda.h"

#include <hinge/plan/chains.h>
#include <hinge/plan/limits.h>

#include <algorithm>

namespace hinge::detail::cuda {

static hinge_status check_context(const Call &call, const LinearForward<hinge_cuda_linear> &op) {
  return check_context_of(call, *op.linear);
}
static hinge_status check_context(const Call &call,
                                  const LinearForwardMask<hinge_cuda_linear> &op) {
  return check_context_of(call, *op.linear);
}

static hinge_status launch(Call &call, const LinearForward<hinge_cuda_linear> &op) {
  const hinge_cuda_linear &l = *op.linear;
  const hinge_const_view &x = *op.x;
  const hinge_view &y = *op.y;
  const int tile = choose_tile(kernels().linear, Type::float32, l.activation, l.out_features,
                               x.rows, l.in_features, call.multiprocessors());
  const bool aligned = is_aligned(x) && is_aligned(y) && l.in_features % plan::gpu_vector == 0;
  const auto &kernel = kernels().linear[{Type::float32, l.activation, tile, aligned}];
  const Buffer<3> packed = l.buffer();
  const int block_rows = kernels().tiles[Type::float32][std::size_t(tile)].rows;
  const std::int64_t most = most_rows(std::max(stride_of(x), stride_of(y)), block_rows);
  return plan::in_parts(x.rows, most, [&](std::int64_t row, std::int64_t rows) {
    // x may be null if in_features is 0: nothing is read from it.
    const Buffer<2> from = l.in_features > 0 ? rows_on_device(x, row, rows)
                                             : on_device(Rows{elements(y), 0}.buffer(rows, 0));
    return call.run(kernel, from.get(), packed.get(), std::int32_t(plan::chains_of(l.in_features)),
                    std::int32_t(plan::chain_terms(l.in_features)),
                    rows_on_device(y, row, rows).get());
  });
}

static hinge_status launch(Call &call, const LinearForwardMask<hinge_cuda_linear> &op) {
  if (hinge_status s = launch(call, static_cast<const LinearForward<hinge_cuda_linear> &>(op)))
    return s;
  const hinge_view &y = *op.y;
  return write_mask(call, op.linear->activation, {y.data, y.rows, y.cols, y.row_stride, y.type},
                    *op.mask);
}

} // namespace hinge::detail::cuda

using namespace hinge::detail;

hinge_status hinge_cuda_linear_forward(const hinge_cuda_linear *linear, const hinge_const_view *x,
                                       const hinge_view *y, void *stream) {
  return cuda::run(LinearForward<hinge_cuda_linear>{linear, x, y}, stream);
}

hinge_status hinge_cuda_linear_forward_mask(const hinge_cuda_linear *linear,
                                            const hinge_const_view *x, const hinge_view *y,
                                            const hinge_mask *mask, void *stream) {
  return cuda::run(LinearForwardMask<hinge_cuda_linear>{{linear, x, y}, mask}, stream);
}

#include "error.h"
#include "stream.h"
#include "target.h"
#include "threads.h"
#include "view.h"

#include <cinttypes>

namespace hinge::detail {

// Kernels index with 32-bit integers: a call gets at most this many elements, gaps included.
static constexpr std::int64_t max_call_elements = std::int64_t(1) << 30;

// From here on a call is shared with the pool: 2^18 elements, 2 MiB of traffic, take about 50 us,
// ten times what it costs to wake a thread.
static constexpr std::int64_t parallel_elements = std::int64_t(1) << 18;

namespace {

/// A checked call: y = act(x), in place where x is y.
struct Elementwise {
  const Target &target;
  hinge_activation act;
  const float *x;
  float *y;
  std::int64_t x_stride, y_stride, rows, cols;

  /// A part of the matrix, by one call of a kernel.
  int call(std::int64_t row, std::int64_t part_rows, std::int64_t col,
           std::int64_t part_cols) const {
    const std::array<std::int32_t, 2> extents{std::int32_t(part_cols), std::int32_t(part_rows)};
    // The stride of a single row is not used, and need not fit.
    auto stride = [&](std::int64_t s) { return part_rows > 1 ? std::int32_t(s) : 0; };
    Buffer<2> y_part(y + row * y_stride + col, extents, {stride(y_stride)});
    if (x == y)
      return run_kernel(target.activation_inplace[std::size_t(act)][0], y_part.get());
    Buffer<2> x_part(x + row * x_stride + col, extents, {stride(x_stride)});
    return run_kernel(target.activation[std::size_t(act)][0], x_part.get(), y_part.get());
  }

  /// A part of one row, streamed: tile by tile into L1 and from there past the caches. What comes
  /// before the first cache line of y and after the last one is computed in place.
  int stream(std::int64_t row, std::int64_t col, std::int64_t part_cols) const {
    alignas(cache_line) float tile[stream_tile];
    const std::int64_t end = col + part_cols;
    const auto past_line = std::int64_t(reinterpret_cast<std::uintptr_t>(y + row * y_stride + col) %
                                        std::uintptr_t(cache_line));
    constexpr std::int64_t line_floats = cache_line / sizeof(float);
    const std::int64_t head =
        past_line ? (cache_line - past_line) / std::int64_t(sizeof(float)) : 0;
    int error = head ? call(row, 1, col, head) : 0;
    col += head;
    while (error == 0 && end - col >= line_floats) {
      const std::int64_t count = std::min(stream_tile, (end - col) / line_floats * line_floats);
      const std::array<std::int32_t, 2> extents{std::int32_t(count), 1};
      Buffer<2> x_part(x + row * x_stride + col, extents, {0}), tile_part(tile, extents, {0});
      error = run_kernel(target.activation[std::size_t(act)][0], x_part.get(), tile_part.get());
      if (error == 0)
        stream_copy(tile, y + row * y_stride + col, count);
      col += count;
    }
    stream_fence();
    return error || col == end ? error : call(row, 1, col, end - col);
  }

  /// A part of the matrix.
  int operator()(std::int64_t row, std::int64_t part_rows, std::int64_t col,
                 std::int64_t part_cols) const {
    // Below a few tiles a row's ends cost more than streaming gains; floats that straddle their own
    // alignment cannot be streamed.
    if (x == y || part_cols < 4 * stream_tile ||
        reinterpret_cast<std::uintptr_t>(y) % sizeof(float) != 0 ||
        !should_stream(rows * cols * std::int64_t(sizeof(float))))
      return call(row, part_rows, col, part_cols);
    int error = 0;
    for (std::int64_t m = row; m < row + part_rows && error == 0; m++)
      error = stream(m, col, part_cols);
    return error;
  }
};

/// Cuts what is too large for one kernel call, or is shared with the pool.
int run(const Elementwise &f) {
  const std::int64_t tasks =
      num_threads() > 1 && f.rows * f.cols >= parallel_elements ? 4 * num_threads() : 1;
  if (f.rows == 1) {
    const Pieces p = cut(f.cols, tasks, 1024, max_call_elements);
    return parallel_for(p.count(),
                        [&](std::int64_t i) { return f(0, 1, p.begin(i), p.length(i)); });
  }
  // Rows of more than 2^30 elements are cut as well.
  const Pieces columns = cut(f.cols, 1, 1, max_call_elements);
  const std::int64_t stride = std::max(f.x_stride, f.y_stride);
  const Pieces p = cut(f.rows, tasks, 1, std::max<std::int64_t>(1, max_call_elements / stride));
  return parallel_for(p.count(), [&](std::int64_t i) {
    int error = 0;
    for (std::int64_t c = 0; c < columns.count() && error == 0; c++)
      error = f(p.begin(i), p.length(i), columns.begin(c), columns.length(c));
    return error;
  });
}

} // namespace

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_activation_forward(hinge_activation act, const hinge_const_view *x,
                                      const hinge_view *y) {
  Region x_region, y_region;
  if (hinge_status s = check_activation(act, /*none_allowed=*/false))
    return s;
  if (hinge_status s = check_view("x", x, &x_region))
    return s;
  if (hinge_status s = check_view("y", y, &y_region))
    return s;
  if (y->rows != x->rows || y->cols != x->cols)
    return fail(HINGE_INVALID_ARGUMENT,
                "y is %" PRId64 " x %" PRId64 ": expected the shape of x, %" PRId64 " x %" PRId64,
                y->rows, y->cols, x->rows, x->cols);
  const bool in_place = x->data == y->data && (x->row_stride == y->row_stride || x->rows <= 1);
  if (!in_place && overlap(x_region, y_region))
    return fail(HINGE_INVALID_ARGUMENT,
                "y overlaps x: expected the same data and row_stride (in place), or no common "
                "element");
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  if (x->rows == 0 || x->cols == 0)
    return HINGE_OK;
  const bool dense = x->rows == 1 || (x->row_stride == x->cols && y->row_stride == y->cols);
  const Elementwise f{*target,
                      act,
                      x->data,
                      y->data,
                      x->row_stride,
                      y->row_stride,
                      dense ? 1 : x->rows,
                      dense ? x->rows * x->cols : x->cols};
  // Most calls are small and dense: one call of a kernel, without asking the pool. 2^18 elements
  // fit every last-level cache.
  return kernel_status(dense && f.cols < parallel_elements ? f.call(0, 1, 0, f.cols) : run(f));
}

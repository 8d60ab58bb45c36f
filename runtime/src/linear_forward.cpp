// y = act(x W^T + b): which kernel calls compute it, and on which threads.
#include "checks.h"
#include "linear.h"
#include "mask.h"
#include "threads.h"

namespace hinge::detail {

// What a second call of a kernel costs: about 15 ns, in which a CPU could do this many vector FMAs.
static constexpr std::int64_t second_call_fmas = 64;

// Two calls that read the same panels take turns after this many floats, 256 KiB: what the first
// read is then still in L2 for the second.
static constexpr std::int64_t shared_floats = std::int64_t(1) << 16;

// Rows of x that are a multiple of 4096 bytes apart share the ways of one L1 set, of which there
// are 8 or more: a tile takes no more of them than leave one for the panel. 128x4096->16 went from
// 75 to 114 GFLOP/s on a Zen 4 (32 KiB, 8 ways).
static constexpr int most_sharing_rows = 7;
static bool share_a_set(const hinge_const_view &x) {
  return x.row_stride % (4096 / sizeof(float)) == 0;
}

namespace {

struct Forward {
  const hinge_linear &l;
  const hinge_const_view &x;
  const hinge_view &y;

  /// Rows [row, row + rows) of the panels [panel, panel + panels) of one segment.
  int operator()(const Segment &s, std::int64_t row, std::int64_t rows, std::int64_t panel,
                 std::int64_t panels) const {
    const std::int64_t widest = std::max({x.row_stride, y.row_stride, std::int64_t(1)});
    std::int64_t call_rows = rows;
    if (rows > 1 && rows > max_call_elements / widest)
      call_rows = std::max<std::int64_t>(1, max_call_elements / widest);
    const std::int64_t end = panel + panels;
    for (std::int64_t r = row; r < row + rows; r += call_rows) {
      const std::int64_t m = std::min(call_rows, row + rows - r);
      for (std::int64_t q = panel; q < end;) {
        std::int64_t count = std::min(end - q, s.max_call_panels);
        // The batch-1 loop takes whole groups of panels without padding; they go first.
        const std::int64_t unpadded = std::min(count, s.full_panels - q);
        if (m == 1 && s.group > 1 && unpadded >= s.group)
          count = unpadded / s.group * s.group;
        if (const int error = tile(s, r, m, q, count))
          return error;
        q += count;
      }
    }
    return 0;
  }

private:
  int tile(const Segment &s, std::int64_t row, std::int64_t rows, std::int64_t panel,
           std::int64_t panels) const {
    const int tallest = share_a_set(x) ? std::min(s.tile_rows, most_sharing_rows) : s.tile_rows;
    const auto [height, low_tiles, tall_rows] = RowTiles(rows, tallest);
    // With tiles of one height the last ones would compute a row each a second time.
    if (low_tiles * l.in_features * s.vectors * panels <= second_call_fmas)
      return call(s, row, rows, panel, panels, height);
    const std::int64_t step = std::max<std::int64_t>(1, shared_floats / l.panel_floats(s));
    for (std::int64_t q = panel, end = panel + panels; q < end; q += step) {
      const std::int64_t count = std::min(step, end - q);
      int error = call(s, row, tall_rows, q, count, height);
      if (error == 0)
        error = call(s, row + tall_rows, rows - tall_rows, q, count, height - 1);
      if (error)
        return error;
    }
    return 0;
  }

  int call(const Segment &s, std::int64_t row, std::int64_t rows, std::int64_t panel,
           std::int64_t panels, std::int64_t tile_rows) const {
    const std::int64_t n = panel * s.nr;
    const auto cols = std::int32_t(std::min(panels * s.nr, s.count - n));
    const auto m = std::int32_t(rows), k = std::int32_t(l.in_features);
    // The stride of a single row is not used, and need not fit.
    auto stride = [&](std::int64_t row_stride) { return m > 1 ? std::int32_t(row_stride) : 0; };
    // Without in_features x may be null; nothing is read from it.
    const float *x_rows = k > 0 ? x.data + row * x.row_stride : s.packed;
    const Buffer<2> x_part(x_rows, {k, m}, {stride(x.row_stride)});
    const Buffer<3> packed = l.panels_buffer(s, panel, panels);
    const Buffer<2> y_part(y.data + row * y.row_stride + s.first + n, {cols, m},
                           {stride(y.row_stride)});
    return run_kernel(*s.kernel, x_part.get(), packed.get(), std::int32_t(tile_rows), y_part.get());
  }
};

} // namespace

static bool is_one_tile(const hinge_linear &l, const hinge_const_view &x, const hinge_view &y) {
  return x.rows >= l.least_one_tile_rows && x.rows <= l.most_one_tile_rows &&
         (x.rows <= most_sharing_rows || !share_a_set(x)) &&
         // Few rows times a stride of 24 bits fit the kernels' 32.
         ((x.row_stride | y.row_stride) >> 24) == 0 &&
         (num_threads() == 1 || double(x.rows) * l.row_work() < parallel_work);
}

/// A batch of one register tile: one kernel call a segment, with as little around it as there can
/// be. With the general path below 1x16->16 took 42 ns, with this one 35.
static int run_one_tile(const hinge_linear &l, const hinge_const_view &x, const hinge_view &y) {
  const auto rows = std::int32_t(x.rows);
  const float *x_data = l.in_features > 0 ? x.data : y.data; // may be null; nothing is read
  const Buffer<2> x_buffer(x_data, {std::int32_t(l.in_features), rows},
                           {std::int32_t(x.row_stride)});
  Buffer<2> y_buffer(y.data, {0, rows}, {std::int32_t(y.row_stride)});
  for (const Segment &s : l.segments) {
    if (s.panels == 0)
      continue;
    y_buffer.set_columns(y.data + s.first, std::int32_t(s.count));
    if (const int error =
            run_kernel(*s.kernel, x_buffer.get(), s.packed_buffer.get(), rows, y_buffer.get()))
      return error;
  }
  return 0;
}

/// All rows and panels, shared with the pool where that pays.
static int run(const Forward &f) {
  const hinge_linear &l = f.l;
  const std::int64_t rows = f.x.rows;
  const Segment &full = l.segments[0], &rest = l.segments[1];
  auto all_panels = [&](std::int64_t row, std::int64_t count) {
    int error = full.panels ? f(full, row, count, 0, full.panels) : 0;
    if (error == 0 && rest.panels)
      error = f(rest, row, count, 0, rest.panels);
    return error;
  };
  const int threads = num_threads();
  if (threads == 1 || double(rows) * l.row_work() < parallel_work)
    return all_panels(0, rows);

  // By panels where there are enough of them: every thread then reads its own part of the weights,
  // which are mostly larger than x. By rows else.
  const std::int64_t tasks = 4 * threads;
  const std::int64_t panels = full.panels + rest.panels;
  const int tile_rows = full.panels ? full.tile_rows : rest.tile_rows;
  if (panels >= tasks || panels >= rows / tile_rows) {
    const Pieces p = cut(panels, tasks, 1, panels);
    return parallel_for(p.count(), [&](std::int64_t i) {
      const std::int64_t begin = p.begin(i), end = begin + p.length(i);
      const std::int64_t in_full = std::max<std::int64_t>(0, std::min(end, full.panels) - begin);
      int error = in_full ? f(full, 0, rows, begin, in_full) : 0;
      if (error == 0 && end > full.panels)
        error = f(rest, 0, rows, 0, rest.panels);
      return error;
    });
  }
  const Pieces p = cut(rows, tasks, tile_rows, rows);
  return parallel_for(p.count(),
                      [&](std::int64_t i) { return all_panels(p.begin(i), p.length(i)); });
}

} // namespace hinge::detail

using namespace hinge::detail;

namespace hinge::detail {

static int run_forward(const hinge_linear &l, const hinge_const_view &x, const hinge_view &y) {
  return is_one_tile(l, x, y) ? run_one_tile(l, x, y) : run({l, x, y});
}

} // namespace hinge::detail

hinge_status hinge_linear_forward(const hinge_linear *linear, const hinge_const_view *x,
                                  const hinge_view *y) {
  ForwardArguments a;
  if (hinge_status s = check_linear(linear))
    return s;
  if (hinge_status s = check_linear_forward(*linear, x, y, &a))
    return s;
  if (y->rows == 0 || y->cols == 0)
    return HINGE_OK;
  return kernel_status(run_forward(*linear, *x, *y));
}

hinge_status hinge_linear_forward_mask(const hinge_linear *linear, const hinge_const_view *x,
                                       const hinge_view *y, const hinge_mask *mask) {
  ForwardArguments a;
  if (hinge_status s = check_linear(linear))
    return s;
  if (hinge_status s = check_linear_forward_mask(*linear, x, y, mask, &a))
    return s;
  if (y->rows == 0 || y->cols == 0)
    return HINGE_OK;
  int error = run_forward(*linear, *x, *y);
  if (error == 0)
    error = write_mask(*linear->target, linear->activation,
                       {y->data, y->rows, y->cols, y->row_stride}, *mask);
  return kernel_status(error);
}

// y = act(x W^T + b): which kernel calls compute it, and on which threads.
#include "host/linear.h"
#include "host/mask.h"
#include "host/run.h"
#include "host/small.h"
#include "host/threads.h"
#include "operators/linear.h"

#include <hinge/plan/limits.h>
#include <hinge/plan/tiles.h>

#include <algorithm>

namespace hinge::detail {

/// The vector FMAs that a CPU can do while a second call of a kernel begins, about 15 ns.
static constexpr std::int64_t second_call_fmas = 64;

/// The floats of panels after which two calls take turns, 256 KiB. The second call finds in L2 what
/// the first one reads.
static constexpr std::int64_t shared_floats = std::int64_t(1) << 16;

/// The floats and rows of y that all parts of the sums pass through before others have their turn:
/// 64 KiB. A part finds in L2 what the one before it wrote. More rows would share the sets of a
/// cache if they are a multiple of 4096 bytes apart.
static constexpr std::int64_t parts_turn_floats = std::int64_t(1) << 14, parts_turn_rows = 96;

/// Rows of x that are a multiple of 4096 bytes apart share the ways of one L1 set, which has 8 ways
/// or more. A tile must leave one way for the panel. 128x4096->16 reaches 114 GFLOP/s on a Zen 4
/// (32 KiB, 8 ways), and 75 without this limit.
static constexpr int most_sharing_rows = 7;
static bool share_a_set(const hinge_const_view &x) {
  return x.row_stride % (4096 / sizeof(float)) == 0;
}

namespace {

/// Parts of the sums that one kernel call computes.
struct Group {
  const Kernel<linear_fn> *kernel;
  std::int64_t first_term, terms;
  bool is_last;
};

/// Calls f(group) for all parts of the sums, in groups as large as a tile of that height has.
template <class F>
[[gnu::always_inline]] inline int in_groups(const hinge_linear &l, const Segment &s,
                                            std::int64_t height, const F &f) {
  for (std::int64_t part = 0; part < l.parts;) {
    const PartsKernel *k = s.kernels;
    while (k->parts > 1 && (k->parts > l.parts - part || k->tile_rows < height))
      k++;
    const std::int64_t first = part * l.part_terms;
    part += k->parts;
    const bool is_last = part == l.parts;
    const std::int64_t terms = is_last ? l.in_features - first : k->parts * l.part_terms;
    if (const int error = f(Group{k->kernel, first, terms, is_last}))
      return error;
  }
  return 0;
}

/// The kernel calls for parts of a product.
struct Product {
  const hinge_linear &l;
  const hinge_const_view &x;
  const hinge_view &y;

  /// Rows [row, row + rows) of the panels [panel, panel + panels) of one segment.
  int operator()(const Segment &s, std::int64_t row, std::int64_t rows, std::int64_t panel,
                 std::int64_t panels) const {
    const std::int64_t most = rows > 1 ? plan::most_rows(std::max(x.row_stride, y.row_stride)) : 1;
    return plan::in_parts(rows, most, [&](std::int64_t r, std::int64_t m) {
      for (std::int64_t q = panel, end = panel + panels; q < end;) {
        std::int64_t count = std::min(end - q, s.max_call_panels);
        // The batch-1 loop takes whole groups of panels without padding; they go first.
        const std::int64_t unpadded = std::min(count, s.full_panels - q);
        if (m == 1 && s.group > 1 && unpadded >= s.group)
          count = unpadded / s.group * s.group;
        if (const int error = tile(s, row + r, m, q, count))
          return error;
        q += count;
      }
      return 0;
    });
  }

private:
  int tile(const Segment &s, std::int64_t row, std::int64_t rows, std::int64_t panel,
           std::int64_t panels) const {
    const int tallest = share_a_set(x) ? std::min(s.tile_rows, most_sharing_rows) : s.tile_rows;
    if (l.parts == 1)
      return tiles(s, row, rows, panel, panels, tallest);
    // y is written and read again between the parts.
    const std::int64_t most_rows = std::max<std::int64_t>(1, parts_turn_rows / tallest) * tallest;
    return plan::in_parts(rows, most_rows, [&](std::int64_t r, std::int64_t m) {
      const std::int64_t step = plan::most_rows(m * s.nr, parts_turn_floats);
      return plan::in_parts(panels, step, [&](std::int64_t q, std::int64_t count) {
        return tiles(s, row + r, m, panel + q, count, tallest);
      });
    });
  }

  int tiles(const Segment &s, std::int64_t row, std::int64_t rows, std::int64_t panel,
            std::int64_t panels, int tallest) const {
    const plan::RowTiles tiles(rows, tallest);
    return in_groups(l, s, tiles.height, [&](const Group &g) {
      // Tiles of one height make the last ones compute a row each a second time. A later part would
      // then be added a second time.
      if (l.parts == 1 && tiles.low_tiles * g.terms * s.vectors * panels <= second_call_fmas)
        return call(s, g, row, rows, panel, panels, std::int32_t(tiles.height));
      const std::int64_t step = plan::most_rows(g.terms * s.nr, shared_floats);
      return plan::in_parts(panels, step, [&](std::int64_t q, std::int64_t count) {
        return plan::in_row_tiles(tiles, [&](std::int64_t r, std::int64_t m, std::int32_t height) {
          return call(s, g, row + r, m, panel + q, count, height);
        });
      });
    });
  }

  int call(const Segment &s, const Group &g, std::int64_t row, std::int64_t rows,
           std::int64_t panel, std::int64_t panels, std::int32_t tile_rows) const {
    const std::int64_t n = panel * s.nr;
    const auto cols = std::int32_t(std::min(panels * s.nr, s.count - n));
    const auto m = std::int32_t(rows), k = std::int32_t(g.terms);
    // The stride of a single row is not used, and need not fit.
    auto stride = [&](std::int64_t row_stride) { return m > 1 ? std::int32_t(row_stride) : 0; };
    // x may be null if in_features is 0: nothing is read from it.
    const float *x_rows = k > 0 ? elements(x) + row * x.row_stride + g.first_term : s.packed;
    const Buffer<2> x_part(x_rows, {k, m}, {stride(x.row_stride)});
    const Buffer<3> packed = l.panels_buffer(s, panel, panels, g.first_term);
    const Buffer<2> y_part(elements(y) + row * y.row_stride + s.first + n, {cols, m},
                           {stride(y.row_stride)});
    return run_kernel(*g.kernel, x_part.get(), packed.get(), tile_rows, std::int32_t(l.part_terms),
                      std::int32_t(g.first_term > 0), std::int32_t(g.is_last), y_part.get());
  }
};

} // namespace

static bool is_one_tile(const hinge_linear &l, const hinge_const_view &x, const hinge_view &y) {
  return x.rows >= l.least_one_tile_rows && x.rows <= l.most_one_tile_rows &&
         (x.rows <= most_sharing_rows || !share_a_set(x)) &&
         // A few rows times a stride of 24 bits fit the 32 bits of kernels.
         ((x.row_stride | y.row_stride) >> 24) == 0 &&
         (x.rows <= l.most_unshared_rows || num_threads() == 1);
}

/// A batch of one register tile. It takes one kernel call a segment and little around it: 1x16->16
/// takes 35 ns, and 42 with the general path below.
[[gnu::always_inline]] static inline int
run_one_tile(const hinge_linear &l, const hinge_const_view &x, const hinge_view &y) {
  const auto rows = std::int32_t(x.rows);
  const float *x_data =
      l.in_features > 0 ? elements(x) : elements(y); // may be null; nothing is read
  Buffer<2> x_buffer(x_data, {std::int32_t(l.in_features), rows}, {std::int32_t(x.row_stride)});
  Buffer<2> y_buffer(elements(y), {0, rows}, {std::int32_t(y.row_stride)});
  for (const Segment &s : l.segments) {
    if (s.panels == 0)
      continue;
    y_buffer.set_columns(elements(y) + s.first, std::int32_t(s.count));
    const int error = in_groups(l, s, rows, [&](const Group &g) {
      x_buffer.set_columns(x_data + g.first_term, std::int32_t(g.terms));
      const auto run = [&](const Buffer<3> &packed, std::int32_t add) {
        return run_kernel(*g.kernel, x_buffer.get(), packed.get(), rows, std::int32_t(l.part_terms),
                          add, std::int32_t(g.is_last), y_buffer.get());
      };
      return g.first_term == 0 ? run(s.packed_buffer, 0)
                               : run(l.panels_buffer(s, 0, s.panels, g.first_term), 1);
    });
    if (error)
      return error;
  }
  return 0;
}

/// All rows and panels, shared with the pool if that pays.
static int run(const Product &product) {
  const hinge_linear &l = product.l;
  const std::int64_t rows = product.x.rows;
  const Segment &full = l.segments[0], &rest = l.segments[1];
  auto all_panels = [&](std::int64_t row, std::int64_t count) {
    int error = full.panels ? product(full, row, count, 0, full.panels) : 0;
    if (error == 0 && rest.panels)
      error = product(rest, row, count, 0, rest.panels);
    return error;
  };
  const int threads = num_threads();
  if (threads == 1 || rows <= l.most_unshared_rows)
    return all_panels(0, rows);

  // Tasks are ranges of panels if there are enough of them. Every thread then reads its own part of
  // the weights, which are mostly larger than x. Otherwise tasks are ranges of rows.
  const std::int64_t tasks = 4 * threads;
  const std::int64_t panels = full.panels + rest.panels;
  const int tile_rows = full.panels ? full.tile_rows : rest.tile_rows;
  if (panels >= tasks || panels >= rows / tile_rows) {
    const plan::Pieces p = plan::cut(panels, tasks, 1, panels);
    return parallel_for(p.count(), [&](std::int64_t i) {
      const std::int64_t begin = p.begin(i), end = begin + p.length(i);
      const std::int64_t in_full = std::max<std::int64_t>(0, std::min(end, full.panels) - begin);
      int error = in_full ? product(full, 0, rows, begin, in_full) : 0;
      if (error == 0 && end > full.panels)
        error = product(rest, 0, rows, 0, rest.panels);
      return error;
    });
  }
  const plan::Pieces p = plan::cut(rows, tasks, tile_rows, rows);
  return parallel_for(p.count(),
                      [&](std::int64_t i) { return all_panels(p.begin(i), p.length(i)); });
}

static int run_forward(const hinge_linear &l, const hinge_const_view &x, const hinge_view &y) {
  return is_one_tile(l, x, y) ? run_one_tile(l, x, y) : run({l, x, y});
}

[[gnu::always_inline]] static inline int compute(const LinearForward<hinge_linear> &op,
                                                 const Target &) {
  return run_forward(*op.linear, *op.x, *op.y);
}

[[gnu::always_inline]] static inline int compute(const LinearForwardMask<hinge_linear> &op,
                                                 const Target &target) {
  const hinge_view &y = *op.y;
  const int error = run_forward(*op.linear, *op.x, y);
  return error ? error
               : write_mask(target, op.linear->activation,
                            {y.data, y.rows, y.cols, y.row_stride, y.type}, *op.mask);
}

[[gnu::returns_nonnull]] static const Target *target_of(const LinearForward<hinge_linear> &op) {
  return op.linear->target;
}
[[gnu::returns_nonnull]] static const Target *target_of(const LinearForwardMask<hinge_linear> &op) {
  return op.linear->target;
}

// The general path.
[[gnu::noinline]] static hinge_status forward(const hinge_linear *linear, const hinge_const_view *x,
                                              const hinge_view *y) {
  return host::run(LinearForward<hinge_linear>{linear, x, y});
}

/// The bytes from a matrix's first element to past its last one. `rows` is a tile's.
static std::uintptr_t bytes_of(std::int64_t rows, std::int64_t cols, std::int64_t row_stride) {
  return std::uintptr_t((rows - 1) * row_stride + cols) * sizeof(float);
}

/// Whether a call is correct and one register tile. Any other takes the general path, which finds
/// out why.
[[gnu::always_inline]] static inline bool is_small(const hinge_linear *l, const hinge_const_view *x,
                                                   const hinge_view *y) {
  if (!l || l->state != hinge_linear::alive || !x || !y)
    return false;
  const std::int64_t rows = x->rows, in = l->in_features, out = l->out_features;
  if (((x->cols ^ in) | (y->cols ^ out) | (y->rows ^ rows) | (x->type ^ HINGE_FLOAT32) |
       (y->type ^ HINGE_FLOAT32)) != 0 ||
      ((in - 1) | (out - 1)) < 0 || !is_one_tile(*l, *x, *y) ||
      (rows > 1 && (x->row_stride < in || y->row_stride < out)) || !is_low(x->data) ||
      !is_low(y->data))
    return false;
  const auto x_begin = reinterpret_cast<std::uintptr_t>(x->data);
  const auto y_begin = reinterpret_cast<std::uintptr_t>(y->data);
  const std::uintptr_t x_end = x_begin + bytes_of(rows, in, x->row_stride);
  const std::uintptr_t y_end = y_begin + bytes_of(rows, out, y->row_stride);
  return (x_end <= y_begin || y_end <= x_begin) &&
         (l->memory.end <= y_begin || y_end <= l->memory.begin);
}

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_linear_forward(const hinge_linear *linear, const hinge_const_view *x,
                                  const hinge_view *y) {
  return is_small(linear, x, y) ? kernel_status(run_one_tile(*linear, *x, *y))
                                : forward(linear, x, y);
}

hinge_status hinge_linear_forward_mask(const hinge_linear *linear, const hinge_const_view *x,
                                       const hinge_view *y, const hinge_mask *mask) {
  return host::run(LinearForwardMask<hinge_linear>{{linear, x, y}, mask});
}

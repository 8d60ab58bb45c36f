// Linear's gradients: which kernel calls compute which blocks, and on which threads. All three are
// products C = A B or C += A B of a register tile that reads B and C in the caller's memory:
//   dx = g W, dweight = g^T x, dbias = (1 ... 1) g, with g = act'(y) * dy.
// g never exists as a whole. A block of it is computed on the stack, and multiplied from there.
#include "dispatch/buffers.h"
#include "host/linear.h"
#include "host/run.h"
#include "host/threads.h"
#include "operators/linear_backward.h"

#include <hinge/plan/blocks.h>
#include <hinge/plan/chains.h>
#include <hinge/plan/limits.h>
#include <hinge/plan/masks.h>
#include <hinge/plan/panels.h>
#include <hinge/plan/tiles.h>

#include <algorithm>

namespace hinge::detail {

namespace {

// dweight with few terms takes the time that writing it takes. A block is then one tile high, so
// that whole rows are written one after the other, not strips of a panel's width. 1x1024->1024
// takes 80 us instead of 240, and 16x1024->1024 takes 370 instead of 400.
constexpr std::int64_t few_terms = 16;

// dx of one row takes the time that reading W takes. If a block has few terms, W is read row by
// row, not in strips of a panel's width. 1x1024->1024 takes 67 us instead of 82, and 74 instead of
// 178 with AVX2.
constexpr std::int64_t one_row_terms = 16;

// The columns of dx that such a row computes at once: a later part of their sums is on the stack.
// They and a part of g take 11 KiB, and the whole call less than 16.
constexpr std::int64_t dx_row_floats = plan::gradient_block_floats - plan::longest_chain;

// A matrix of more bytes comes from beyond L2. Its strips are prefetched if there are enough rows
// to compute meanwhile.
constexpr std::int64_t far_bytes = std::int64_t(2) << 20;
constexpr std::int64_t prefetch_rows = 24;

/// A matrix with any two strides: element (r, i) of A.
struct Strided {
  const float *data;
  std::int64_t r_stride, i_stride;
};

/// B or C of a product, in the memory of the caller.
struct Operand : Rows {
  bool is_far = false;

  Operand part(std::int64_t row, std::int64_t col) const { return {Rows::part(row, col), is_far}; }

  /// Prefetches a part of it into L2.
  void prefetch(std::int64_t col, std::int64_t rows, std::int64_t cols) const {
    constexpr std::int64_t line_floats = 16;
    for (std::int64_t m = 0; m < rows; m++)
      for (std::int64_t n = 0; n < cols; n += line_floats)
        __builtin_prefetch(data + m * stride + col + n, 0, 2);
  }
};

template <class V>
Operand operand_of(const V &v) {
  // The stride of a single row may have any value: nothing is computed with it.
  const double bytes = double(v.rows) * double(v.cols) * double(sizeof(float));
  return {{const_cast<float *>(elements(v)), v.rows > 1 ? v.row_stride : 0}, bytes > far_bytes};
}

using plan::Accumulate;

/// C (rows x columns) = A B, or C's present value is used. B is terms x columns. The caller makes
/// sure that the 32 bits of a kernel can index them.
struct Product {
  const Target &target;
  Strided a;
  Operand b, c;
  std::int64_t rows, terms, columns;
  Accumulate accumulate;

  int run() const {
    const plan::Tiles &tiles = target.tiles[Type::float32];
    const plan::Columns p = plan::gradient_columns(tiles, columns);
    const Kernel<linear_gradient_fn> &full = kernel(target.linear_gradient, tiles.panel);
    int error = 0;
    if (p.full_columns && rows >= prefetch_rows && (b.is_far || c.is_far))
      error = prefetched(full, tiles, p.full_columns);
    else if (p.full_columns)
      error = panels(full, tiles.gradient[std::size_t(tiles.panel)], 0, p.full_columns);
    if (p.rest_vectors && error == 0)
      error = panels(kernel(target.linear_gradient_rest, p.rest_vectors),
                     tiles.gradient[std::size_t(p.rest_vectors)], p.full_columns,
                     columns - p.full_columns);
    return error;
  }

private:
  static const Kernel<linear_gradient_fn> &kernel(const Table<linear_gradient_fn> &table,
                                                  int vectors) {
    return table[{Type::float32, HINGE_ACTIVATION_NONE, vectors}];
  }

  /// Works panel by panel and prefetches the next one's strips, because hardware follows no strips
  /// that lie a row apart. It gains 2 to 8 % (512x1024->1024 by the input: 99 instead of 92
  /// GFLOP/s).
  int prefetched(const Kernel<linear_gradient_fn> &kernel, const plan::Tiles &tiles,
                 std::int64_t full_columns) const {
    const std::int64_t nr = tiles.nr();
    return plan::in_parts(full_columns, nr, [&](std::int64_t col, std::int64_t cols) {
      const bool has_next = col + nr < full_columns;
      if (b.is_far && has_next)
        b.prefetch(col + nr, terms, nr);
      if (c.is_far && has_next)
        c.prefetch(col + nr, rows, nr);
      return panels(kernel, tiles.gradient[std::size_t(tiles.panel)], col, cols);
    });
  }

  /// All rows of panels of one width.
  int panels(const Kernel<linear_gradient_fn> &kernel, int tallest, std::int64_t col,
             std::int64_t cols) const {
    return plan::in_row_tiles(rows, tallest,
                              [&](std::int64_t row, std::int64_t count, std::int32_t height) {
                                return call(kernel, row, count, height, col, cols);
                              });
  }

  int call(const Kernel<linear_gradient_fn> &kernel, std::int64_t row, std::int64_t count,
           std::int32_t height, std::int64_t col, std::int64_t cols) const {
    Buffer<2> a_part(a.data + row * a.i_stride, {std::int32_t(terms), std::int32_t(count)},
                     {std::int32_t(a.i_stride)});
    a_part.set_first_stride(std::int32_t(a.r_stride));
    const Buffer<2> b_part = b.part(0, col).buffer(terms, cols);
    const Buffer<2> c_part = c.part(row, col).buffer(count, cols);
    return run_kernel(kernel, a_part.get(), b_part.get(), height, std::int32_t(accumulate),
                      c_part.get());
  }
};

/// The gradients of a call that has a batch and output features.
struct Gradients {
  const Target &target;
  hinge_activation act; // none: g is dy
  std::int64_t batch, in_features, out_features;
  Operand x{}, weight{}, y{}, dy{}, dx{}, dweight{}; // null: not read or not asked for
  Bits mask{};                                       // instead of y; null: none
  float *dbias = nullptr;
  bool accumulate = false;
  std::int64_t most_rows = 1; // that any call may take of any matrix, for its 32 bits

  [[gnu::always_inline]] Gradients(const LinearBackward &op, const Target &t)
      : target(t), act(op.act), batch(op.batch), in_features(op.in_features),
        out_features(op.out_features), dy(operand_of(*op.dy)), dbias(op.dbias),
        accumulate(op.accumulate != 0) {
    if (op.wants_dx) {
      weight = operand_of(*op.weight);
      dx = operand_of(*op.dx);
    }
    if (op.wants_dweight) {
      x = operand_of(*op.x);
      dweight = operand_of(*op.dweight);
    }
    if (op.has_y())
      y = operand_of(*op.y);
    if (op.from_mask)
      mask = {const_cast<std::uint8_t *>(op.mask->data), batch > 1 ? op.mask->row_stride : 0};
    most_rows = plan::most_rows(std::max(
        {x.stride, weight.stride, y.stride, dy.stride, dx.stride, dweight.stride, mask.stride}));
  }

  /// A block of g, of which row m begins at data + m * stride.
  struct Block {
    const float *data;
    std::int64_t stride;
  };

  /// g at [m, m + rows) x [n, n + cols): in `memory`, or the caller's dy.
  int block(std::int64_t m, std::int64_t rows, std::int64_t n, std::int64_t cols, float *memory,
            Block *g) const {
    const Operand dy_rows = dy.part(m, n);
    if (act == HINGE_ACTIVATION_NONE && !mask.data) {
      *g = {dy_rows.data, dy.stride};
      return 0;
    }
    *g = {memory, cols};
    // Rows without gaps are one row: 32 x 20 takes 25 ns as 640 elements, and 75 as 32 rows.
    const bool dense = dy.stride == cols && (mask.data ? mask.stride * 8 : y.stride) == cols;
    const std::int64_t g_rows = dense ? 1 : rows, g_cols = dense ? rows * cols : cols;
    const Buffer<2> dy_part = dy_rows.buffer(g_rows, g_cols);
    const Buffer<2> g_part = Rows{memory, cols}.buffer(g_rows, g_cols);
    if (mask.data)
      return run_kernel(target.activation_backward_mask[{}],
                        mask.buffer(m, n / 8, g_rows, plan::mask_row_bytes(n % 8 + g_cols)).get(),
                        std::int32_t(n % 8), dy_part.get(), g_part.get());
    return run_kernel(target.activation_backward[{Type::float32, act}],
                      y.part(m, n).buffer(g_rows, g_cols).get(), dy_part.get(), g_part.get());
  }

  /// The terms in a part of dx's sums.
  std::int64_t part_terms() const { return plan::chain_terms(out_features); }

  /// Adds g, at [m, m + rows) x [n, n + cols) of the whole, to dx's columns [k, k + k_count): one
  /// part of the sums.
  int add_part_to_dx(const Block &g, std::int64_t m, std::int64_t rows, std::int64_t n,
                     std::int64_t cols, std::int64_t k, std::int64_t k_count) const {
    return Product{target,
                   {g.data, 1, g.stride},
                   weight.part(n, k),
                   dx.part(m, k),
                   rows,
                   cols,
                   k_count,
                   n > 0 ? Accumulate::after : Accumulate::no}
        .run();
  }

  int add_to_dweight(const Block &g, std::int64_t m, std::int64_t rows, std::int64_t n,
                     std::int64_t cols, std::int64_t k, std::int64_t k_count) const {
    return Product{target,  {g.data, g.stride, 1}, x.part(m, k), dweight.part(n, k), cols, rows,
                   k_count, begin_with_old(m)}
        .run();
  }

  int add_to_dbias(const Block &g, std::int64_t m, std::int64_t rows, std::int64_t n,
                   std::int64_t cols) const {
    static const float one = 1.0f;
    return Product{target,
                   {&one, 0, 0},
                   {{const_cast<float *>(g.data), g.stride}},
                   {{dbias + n, 0}},
                   1,
                   rows,
                   cols,
                   begin_with_old(m)}
        .run();
  }

  /// dweight and dbias are one chain over the batch.
  Accumulate begin_with_old(std::int64_t m) const {
    return accumulate || m > 0 ? Accumulate::before : Accumulate::no;
  }

  /// All gradients that are asked for, if g is one block.
  int one_block() const {
    alignas(64) float memory[plan::gradient_block_floats];
    Block g{};
    int error = block(0, batch, 0, out_features, memory, &g);
    if (error == 0 && dx.data)
      error = plan::in_parts(out_features, part_terms(), [&](std::int64_t n, std::int64_t cols) {
        return add_part_to_dx({g.data + n, g.stride}, 0, batch, n, cols, 0, in_features);
      });
    if (error == 0 && dweight.data)
      error = add_to_dweight(g, 0, batch, 0, out_features, 0, in_features);
    if (error == 0 && dbias)
      error = add_to_dbias(g, 0, batch, 0, out_features);
    return error;
  }

  /// dx at [m, m + rows) x [k, k + k_count).
  int dx_part(std::int64_t m, std::int64_t rows, std::int64_t k, std::int64_t k_count) const {
    const std::int64_t part = part_terms();
    if (batch == 1 || part > most_rows)
      return plan::in_parts(rows, 1, [&](std::int64_t r, std::int64_t) {
        return plan::in_parts(k_count, dx_row_floats, [&](std::int64_t c, std::int64_t width) {
          return dx_row(m + r, k + c, width);
        });
      });
    alignas(64) float memory[plan::gradient_block_floats];
    const std::int64_t most_batch = std::min(plan::gradient_block_rows(part), most_rows);
    // A part of W stays in the cache while all rows pass.
    return plan::in_parts(out_features, part, [&](std::int64_t n, std::int64_t cols) {
      return plan::in_parts(rows, most_batch, [&](std::int64_t r, std::int64_t count) {
        Block g{};
        if (const int error = block(m + r, count, n, cols, memory, &g))
          return error;
        return add_part_to_dx(g, m + r, count, n, cols, k, k_count);
      });
    });
  }

  /// dx at row m and columns [k, k + k_count), at most dx_row_floats. W is read row by row. It has
  /// a stack frame of its own, because GCC adds it to that of its caller.
  [[gnu::noinline]] int dx_row(std::int64_t m, std::int64_t k, std::int64_t k_count) const {
    alignas(64) float part_sums[dx_row_floats];
    alignas(64) float memory[plan::longest_chain];
    const Operand sums = dx.part(m, k), later_sums{{part_sums, 0}};
    return plan::in_parts(out_features, part_terms(), [&](std::int64_t n, std::int64_t cols) {
      Block g{};
      if (const int error = block(m, 1, n, cols, memory, &g))
        return error;
      const Operand &c = n > 0 ? later_sums : sums;
      const std::int64_t most_terms = std::min(one_row_terms, most_rows);
      const int error = plan::in_parts(cols, most_terms, [&](std::int64_t r, std::int64_t terms) {
        return Product{target,
                       {g.data + r, 1, 0},
                       weight.part(n + r, k),
                       c,
                       1,
                       terms,
                       k_count,
                       r > 0 ? Accumulate::before : Accumulate::no}
            .run();
      });
      return error == 0 && n > 0 ? add(later_sums, sums, k_count) : error;
    });
  }

  /// to += from, a row of `count` floats.
  int add(const Operand &from, const Operand &to, std::int64_t count) const {
    static const float one = 1.0f;
    return Product{target, {&one, 0, 0}, from, to, 1, 1, count, Accumulate::before}.run();
  }

  /// dweight at [n, n + cols) x [k, k + k_count), and dbias if k is 0.
  int dweight_part(std::int64_t n, std::int64_t cols, std::int64_t k, std::int64_t k_count) const {
    alignas(64) float memory[plan::gradient_block_floats];
    const plan::Tiles &tiles = target.tiles[Type::float32];
    const std::int64_t tile = tiles.gradient[std::size_t(tiles.panel)];
    const std::int64_t most_batch = std::min({plan::dweight_block_terms, batch, most_rows});
    const std::int64_t most_features =
        std::min(batch <= few_terms ? tile : plan::gradient_block_rows(most_batch), most_rows);
    // A part of x stays in the cache while all output features pass.
    return plan::in_parts(batch, most_batch, [&](std::int64_t m, std::int64_t count) {
      return plan::in_parts(cols, most_features, [&](std::int64_t f, std::int64_t width) {
        Block g{};
        int error = block(m, count, n + f, width, memory, &g);
        if (error == 0 && dweight.data)
          error = add_to_dweight(g, m, count, n + f, width, k, k_count);
        if (error == 0 && dbias && k == 0)
          error = add_to_dbias(g, m, count, n + f, width);
        return error;
      });
    });
  }
};

void fill_with_zeros(const hinge_view &c) {
  for (std::int64_t i = 0; i < c.rows; i++)
    std::fill_n(elements(c) + (c.rows > 1 ? i * c.row_stride : 0), c.cols, 0.0f);
}

/// The gradients of a call without a batch or output features.
[[gnu::always_inline]] inline int write_sums_of_nothing(const LinearBackward &op) {
  if (op.wants_dx)
    fill_with_zeros(*op.dx);
  if (op.wants_dweight && !op.accumulate)
    fill_with_zeros(*op.dweight);
  if (op.dbias && !op.accumulate)
    std::fill_n(op.dbias, op.out_features, 0.0f);
  return 0;
}

/// Rows and columns of a gradient as tasks: by rows if there are enough, otherwise by columns. Each
/// task computes the g that it needs.
struct Tasks {
  plan::Pieces rows, columns;

  Tasks(std::int64_t row_count, std::int64_t column_count, std::int64_t tasks, std::int64_t nr) {
    const bool by_rows = row_count >= tasks * 16;
    rows = plan::cut(row_count, by_rows ? tasks : 1, 1, row_count);
    columns = plan::cut(std::max<std::int64_t>(1, column_count), by_rows ? 1 : tasks, nr,
                        plan::max_elementwise / nr * nr);
    columns.total = column_count;
  }
  Tasks() : rows{0, 1}, columns{0, 1} {}

  std::int64_t count() const { return rows.count() * std::max<std::int64_t>(1, columns.count()); }
  template <class F>
  int run(std::int64_t i, const F &part) const {
    const std::int64_t r = i % rows.count(), c = i / rows.count();
    return part(rows.begin(r), rows.length(r), columns.begin(c),
                columns.count() ? columns.length(c) : 0);
  }
};

/// All gradients that are asked for.
int run(const Gradients &g) {
  const double products = double(g.batch) * double(g.out_features) * double(g.in_features) *
                          ((g.dx.data ? 1 : 0) + (g.dweight.data ? 1 : 0));
  const int threads = products >= parallel_work ? num_threads() : 1;
  const std::int64_t most_terms = std::min(plan::longest_chain, g.most_rows);
  if (threads == 1 && g.batch <= most_terms && g.out_features <= most_terms &&
      g.batch * g.out_features <= plan::gradient_block_floats && g.in_features <= plan::max_span)
    return g.one_block();
  const std::int64_t tasks = threads > 1 ? 4 * threads : 1;
  const std::int64_t nr = g.target.tiles[Type::float32].nr();
  Tasks dx, dweight;
  if (g.dx.data)
    dx = Tasks(g.batch, g.in_features, tasks, nr);
  if (g.dweight.data || g.dbias)
    dweight = Tasks(g.out_features, g.dweight.data ? g.in_features : 0, tasks, nr);
  const std::int64_t dx_tasks = dx.rows.count() ? dx.count() : 0;
  const std::int64_t dweight_tasks = dweight.rows.count() ? dweight.count() : 0;
  return parallel_for(dx_tasks + dweight_tasks, [&](std::int64_t i) {
    return i < dx_tasks
               ? dx.run(i, [&](auto... part) { return g.dx_part(part...); })
               : dweight.run(i - dx_tasks, [&](auto... part) { return g.dweight_part(part...); });
  });
}

} // namespace

[[gnu::always_inline]] static inline int compute(const LinearBackward &op, const Target &target) {
  return op.is_sum_of_nothing() ? write_sums_of_nothing(op) : run(Gradients(op, target));
}

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_linear_backward(hinge_activation act, const hinge_const_view *x,
                                   const hinge_const_view *weight, const hinge_const_view *y,
                                   const hinge_const_view *dy, const hinge_view *dx,
                                   const hinge_view *dweight, float *dbias, int accumulate) {
  return host::run_in_place(LinearBackward{act, x, weight, y, /*mask=*/nullptr, /*from_mask=*/false,
                                           dy, dx, dweight, dbias, accumulate});
}

hinge_status hinge_linear_backward_mask(const hinge_const_view *x, const hinge_const_view *weight,
                                        const hinge_const_mask *mask, const hinge_const_view *dy,
                                        const hinge_view *dx, const hinge_view *dweight,
                                        float *dbias, int accumulate) {
  return host::run_in_place(LinearBackward{HINGE_ACTIVATION_NONE, x, weight, /*y=*/nullptr, mask,
                                           /*from_mask=*/true, dy, dx, dweight, dbias, accumulate});
}

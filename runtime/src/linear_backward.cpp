// The gradients of Linear + activation: which blocks are computed by which kernel calls, and on
// which threads. All three are products C = A B or C += A B of a register tile that reads B and C
// where the caller has them (generators/linear_backward.cpp):
//   dx = g W, dweight = g^T x, dbias = (1 ... 1) g, with g = act'(y) * dy.
// g is never whole: a block of it is computed on the stack, and multiplied from there.
#include "checks.h"
#include "linear.h"
#include "mask.h"
#include "target.h"
#include "threads.h"

#include <algorithm>

namespace hinge::detail {

namespace {

// A block of g, 48 KiB: so many rows of C, a multiple of 6, the tallest tile of full panels, and of
// terms of their sums. B is read once for each block row of C, C is read and written again for each
// 256 terms. 512x784->128 by the input with 64 x 128: 102 GFLOP/s, with these 113 (Zen 4, FMA limit
// 117). B in panels of its own, copied for each block, was slower: 0.9x.
constexpr std::int64_t block_rows = 48;
constexpr std::int64_t block_terms = 256;
constexpr std::int64_t block_floats = block_rows * block_terms;

// With few terms dweight takes the time that it takes to write it: then a block is one tile high,
// so that whole rows are written one after the other, not strips of a panel's width. 1x1024->1024
// went from 240 to 80 us, 16x1024->1024 from 400 to 370.
constexpr std::int64_t few_terms = 16;

// dx of one row takes the time that it takes to read W: with few terms a block it is read row by
// row, not in strips of a panel's width. 1x1024->1024 went from 82 to 67 us, with AVX2 from 178
// to 74.
constexpr std::int64_t one_row_terms = 16;

// A matrix of more bytes comes from beyond L2. Strips of it are asked for ahead where there are
// rows enough to do meanwhile.
constexpr std::int64_t far_bytes = std::int64_t(2) << 20;
constexpr std::int64_t prefetch_rows = 24;

/// A matrix with any two strides: element (r, i) of A.
struct Strided {
  const float *data;
  std::int64_t r_stride, i_stride;
};

/// A matrix to read or write, as the caller has it.
struct Matrix : Rows {
  bool is_far = false;

  Matrix part(std::int64_t row, std::int64_t col) const { return {Rows::part(row, col), is_far}; }

  /// Asks for a part of it, so that it is in L2 when it is needed.
  void prefetch(std::int64_t col, std::int64_t rows, std::int64_t cols) const {
    constexpr std::int64_t line_floats = 16;
    for (std::int64_t m = 0; m < rows; m++)
      for (std::int64_t n = 0; n < cols; n += line_floats)
        __builtin_prefetch(data + m * stride + col + n, 0, 2);
  }
};

template <class V>
Matrix matrix_of(const V *v) {
  // The stride of a single row is free; nothing is computed with it.
  if (!v)
    return {};
  const double bytes = double(v->rows) * double(v->cols) * double(sizeof(float));
  return {{const_cast<float *>(v->data), v->rows > 1 ? v->row_stride : 0}, bytes > far_bytes};
}

/// Columns of C in panels: full ones, then one for what is left over.
struct Panels {
  std::int64_t full_columns;
  int rest_vectors;

  Panels(const Target &t, std::int64_t columns) {
    const std::int64_t nr = std::int64_t(t.panel_vectors) * t.lanes;
    full_columns = columns / nr * nr;
    const std::int64_t rest = columns - full_columns;
    rest_vectors = int((rest + t.lanes - 1) / t.lanes);
  }
};

/// C (rows x columns) = A B, or += where `accumulate`; B is inner x columns. What a kernel's 32
/// bits can index: the caller sees to it.
int multiply(const Target &t, const Strided &a, Matrix b, Matrix c, std::int64_t rows,
             std::int64_t inner, std::int64_t columns, bool accumulate) {
  const Panels p(t, columns);
  auto call = [&](const Kernel<linear_backward_fn> &kernel, std::int64_t row, std::int64_t count,
                  std::int64_t height, std::int64_t col, std::int64_t cols) {
    Buffer<2> a_part(a.data + row * a.i_stride, {std::int32_t(inner), std::int32_t(count)},
                     {std::int32_t(a.i_stride)});
    a_part.set_first_stride(std::int32_t(a.r_stride));
    const Buffer<2> b_part = b.part(0, col).buffer(inner, cols);
    const Buffer<2> c_part = c.part(row, col).buffer(count, cols);
    return run_kernel(kernel, a_part.get(), b_part.get(), std::int32_t(height),
                      std::int32_t(accumulate), c_part.get());
  };
  auto segment = [&](const Kernel<linear_backward_fn> &kernel, int vectors, std::int64_t col,
                     std::int64_t cols) {
    const RowTiles tiles(rows, t.backward_tile_rows[std::size_t(vectors)]);
    const std::int64_t tall = tiles.tall_rows;
    int error = tall ? call(kernel, 0, tall, tiles.height, col, cols) : 0;
    if (error == 0 && tiles.low_tiles)
      error = call(kernel, tall, rows - tall, tiles.height - 1, col, cols);
    return error;
  };
  const Kernel<linear_backward_fn> &full =
      t.linear_backward[HINGE_ACTIVATION_NONE][std::size_t(t.panel_vectors)];
  int error = 0;
  if (p.full_columns && rows >= prefetch_rows && (b.is_far || c.is_far)) {
    // Panel by panel, the next one's strips on their way meanwhile: hardware follows no strips that
    // lie a row apart. 2 to 8 % (512x1024->1024 by the input: 92 to 99 GFLOP/s).
    const std::int64_t nr = std::int64_t(t.panel_vectors) * t.lanes;
    for (std::int64_t col = 0; col < p.full_columns && error == 0; col += nr) {
      if (b.is_far && col + nr < p.full_columns)
        b.prefetch(col + nr, inner, nr);
      if (c.is_far && col + nr < p.full_columns)
        c.prefetch(col + nr, rows, nr);
      error = segment(full, t.panel_vectors, col, nr);
    }
  } else if (p.full_columns) {
    error = segment(full, t.panel_vectors, 0, p.full_columns);
  }
  if (p.rest_vectors && error == 0)
    error = segment(t.linear_backward_rest[HINGE_ACTIVATION_NONE][std::size_t(p.rest_vectors)],
                    p.rest_vectors, p.full_columns, columns - p.full_columns);
  return error;
}

struct Backward {
  const Target &target;
  hinge_activation act; // none: g is dy
  std::int64_t batch, in_features, out_features;
  Matrix x, weight, y, dy, dx, dweight;
  Bits mask; // in place of y; null: none
  float *dbias;
  bool accumulate;
  std::int64_t most_rows; // that any call may take of any matrix, for its 32 bits

  /// A block of g, of which row m begins at data + m * stride.
  struct Block {
    const float *data;
    std::int64_t stride;
  };

  /// g at [m, m + rows) x [n, n + cols), in `memory` or where dy is.
  int block(std::int64_t m, std::int64_t rows, std::int64_t n, std::int64_t cols, float *memory,
            Block *g) const {
    const Matrix dy_rows = dy.part(m, n);
    if (act == HINGE_ACTIVATION_NONE && !mask.data) {
      *g = {dy_rows.data, dy.stride};
      return 0;
    }
    *g = {memory, cols};
    // Rows without gaps are one: 32 x 20 took 75 ns, as 640 they take 25.
    const bool dense = dy.stride == cols && (mask.data ? mask.stride * 8 : y.stride) == cols;
    const std::int64_t g_rows = dense ? 1 : rows, g_cols = dense ? rows * cols : cols;
    const Buffer<2> dy_part = dy_rows.buffer(g_rows, g_cols);
    const Buffer<2> g_part = Rows{memory, cols}.buffer(g_rows, g_cols);
    if (mask.data)
      return run_kernel(target.activation_backward_mask[HINGE_ACTIVATION_NONE][0],
                        mask.buffer(m, n / 8, g_rows, (n % 8 + g_cols + 7) / 8).get(),
                        std::int32_t(n % 8), dy_part.get(), g_part.get());
    return run_kernel(target.activation_backward[std::size_t(act)][0],
                      y.part(m, n).buffer(g_rows, g_cols).get(), dy_part.get(), g_part.get());
  }

  /// Adds g, at [m, m + rows) x [n, n + cols) of the whole, to dx's columns [k, k + k_count).
  int add_to_dx(const Block &g, std::int64_t m, std::int64_t rows, std::int64_t n,
                std::int64_t cols, std::int64_t k, std::int64_t k_count) const {
    return multiply(target, {g.data, 1, g.stride}, weight.part(n, k), dx.part(m, k), rows, cols,
                    k_count, n > 0);
  }

  int add_to_dweight(const Block &g, std::int64_t m, std::int64_t rows, std::int64_t n,
                     std::int64_t cols, std::int64_t k, std::int64_t k_count) const {
    return multiply(target, {g.data, g.stride, 1}, x.part(m, k), dweight.part(n, k), cols, rows,
                    k_count, accumulate || m > 0);
  }

  int add_to_dbias(const Block &g, std::int64_t m, std::int64_t rows, std::int64_t n,
                   std::int64_t cols) const {
    static const float one = 1.0f;
    return multiply(target, {&one, 0, 0}, {{const_cast<float *>(g.data), g.stride}},
                    {{dbias + n, 0}}, 1, rows, cols, accumulate || m > 0);
  }

  /// dx at [m, m + rows) x [k, k + k_count).
  int dx_part(std::int64_t m, std::int64_t rows, std::int64_t k, std::int64_t k_count) const {
    alignas(64) float memory[block_floats];
    const std::int64_t most_batch = std::min(block_rows, most_rows);
    const std::int64_t most_features =
        std::min(batch == 1 ? one_row_terms : block_terms, most_rows);
    const Pieces features = cut(out_features, 1, 1, most_features);
    const Pieces rows_of_block = cut(rows, 1, 1, most_batch);
    Block g{};
    // A part of W stays in the cache while all rows pass.
    for (std::int64_t f = 0; f < features.count(); f++)
      for (std::int64_t r = 0; r < rows_of_block.count(); r++) {
        const std::int64_t row = m + rows_of_block.begin(r), count = rows_of_block.length(r);
        int error = block(row, count, features.begin(f), features.length(f), memory, &g);
        if (error == 0)
          error = add_to_dx(g, row, count, features.begin(f), features.length(f), k, k_count);
        if (error)
          return error;
      }
    return 0;
  }

  /// dweight at [n, n + cols) x [k, k + k_count), and dbias where k is 0.
  int dweight_part(std::int64_t n, std::int64_t cols, std::int64_t k, std::int64_t k_count) const {
    alignas(64) float memory[block_floats];
    const std::int64_t most_batch = std::min(block_terms, most_rows);
    const std::int64_t tile = target.backward_tile_rows[std::size_t(target.panel_vectors)];
    const std::int64_t most_features = std::min(batch <= few_terms ? tile : block_rows, most_rows);
    const Pieces rows = cut(batch, 1, 1, most_batch);
    const Pieces features = cut(cols, 1, 1, most_features);
    Block g{};
    // A part of x stays in the cache while all output features pass.
    for (std::int64_t r = 0; r < rows.count(); r++)
      for (std::int64_t f = 0; f < features.count(); f++) {
        const std::int64_t m = rows.begin(r), count = rows.length(r);
        const std::int64_t feature = n + features.begin(f), width = features.length(f);
        int error = block(m, count, feature, width, memory, &g);
        if (error == 0 && dweight.data)
          error = add_to_dweight(g, m, count, feature, width, k, k_count);
        if (error == 0 && dbias && k == 0)
          error = add_to_dbias(g, m, count, feature, width);
        if (error)
          return error;
      }
    return 0;
  }
};

void fill_with_zeros(Matrix c, std::int64_t rows, std::int64_t columns) {
  for (std::int64_t i = 0; i < rows; i++)
    std::fill_n(c.part(i, 0).data, columns, 0.0f);
}

/// Rows and columns of a gradient as tasks: by rows where there are enough, else by columns, as
/// each task computes the g that it needs.
struct Tasks {
  Pieces rows, columns;

  Tasks(std::int64_t row_count, std::int64_t column_count, std::int64_t tasks, std::int64_t nr) {
    const bool by_rows = row_count >= tasks * 16;
    rows = cut(row_count, by_rows ? tasks : 1, 1, row_count);
    columns = cut(std::max<std::int64_t>(1, column_count), by_rows ? 1 : tasks, nr,
                  (std::int64_t(1) << 30) / nr * nr);
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

/// All of the gradients that are asked for; there are a batch and out_features.
int run(const Backward &b) {
  const double products = double(b.batch) * double(b.out_features) * double(b.in_features) *
                          ((b.dx.data ? 1 : 0) + (b.dweight.data ? 1 : 0));
  const int threads = products >= parallel_work ? num_threads() : 1;
  const std::int64_t most_terms = std::min(block_terms, b.most_rows);
  if (threads == 1 && b.batch <= most_terms && b.out_features <= most_terms &&
      b.batch * b.out_features <= block_floats && b.in_features <= max_call_elements) {
    // One block, for all of them.
    alignas(64) float memory[block_floats];
    Backward::Block g{};
    int error = b.block(0, b.batch, 0, b.out_features, memory, &g);
    if (error == 0 && b.dx.data)
      error = b.add_to_dx(g, 0, b.batch, 0, b.out_features, 0, b.in_features);
    if (error == 0 && b.dweight.data)
      error = b.add_to_dweight(g, 0, b.batch, 0, b.out_features, 0, b.in_features);
    if (error == 0 && b.dbias)
      error = b.add_to_dbias(g, 0, b.batch, 0, b.out_features);
    return error;
  }
  const std::int64_t tasks = threads > 1 ? 4 * threads : 1;
  const std::int64_t nr = std::int64_t(b.target.panel_vectors) * b.target.lanes;
  Tasks dx, dweight;
  if (b.dx.data)
    dx = Tasks(b.batch, b.in_features, tasks, nr);
  if (b.dweight.data || b.dbias)
    dweight = Tasks(b.out_features, b.dweight.data ? b.in_features : 0, tasks, nr);
  const std::int64_t dx_tasks = dx.rows.count() ? dx.count() : 0;
  const std::int64_t dweight_tasks = dweight.rows.count() ? dweight.count() : 0;
  return parallel_for(dx_tasks + dweight_tasks, [&](std::int64_t i) {
    return i < dx_tasks
               ? dx.run(i, [&](auto... part) { return b.dx_part(part...); })
               : dweight.run(i - dx_tasks, [&](auto... part) { return b.dweight_part(part...); });
  });
}

/// What both entry points share.
[[gnu::always_inline]] inline hinge_status backward(LinearBackwardCall call) {
  if (hinge_status s = call.check())
    return s;
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  if (call.is_sum_of_nothing()) {
    if (call.wants_dx)
      fill_with_zeros(matrix_of(call.dx), call.batch, call.in_features);
    if (call.wants_dweight && !call.accumulate)
      fill_with_zeros(matrix_of(call.dweight), call.out_features, call.in_features);
    if (call.dbias && !call.accumulate)
      std::fill_n(call.dbias, call.out_features, 0.0f);
    return HINGE_OK;
  }
  const hinge_const_mask *mask = call.mask;
  Backward b{
      *target,
      call.act,
      call.batch,
      call.in_features,
      call.out_features,
      call.wants_dweight ? matrix_of(call.x) : Matrix{},
      call.wants_dx ? matrix_of(call.weight) : Matrix{},
      mask || call.act == HINGE_ACTIVATION_NONE ? Matrix{} : matrix_of(call.y),
      matrix_of(call.dy),
      call.wants_dx ? matrix_of(call.dx) : Matrix{},
      call.wants_dweight ? matrix_of(call.dweight) : Matrix{},
      mask ? Bits{const_cast<std::uint8_t *>(mask->data), call.batch > 1 ? mask->row_stride : 0}
           : Bits{},
      call.dbias,
      call.accumulate != 0,
      0};
  const std::int64_t widest = std::max({std::int64_t(1), b.x.stride, b.weight.stride, b.y.stride,
                                        b.dy.stride, b.dx.stride, b.dweight.stride, b.mask.stride});
  b.most_rows = std::max<std::int64_t>(1, max_call_elements / widest);
  return kernel_status(run(b));
}

} // namespace

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_linear_backward(hinge_activation act, const hinge_const_view *x,
                                   const hinge_const_view *weight, const hinge_const_view *y,
                                   const hinge_const_view *dy, const hinge_view *dx,
                                   const hinge_view *dweight, float *dbias, int accumulate) {
  if (hinge_status s = check_activation(act, /*none_allowed=*/true))
    return s;
  return backward({act, x, weight, y, nullptr, dy, dx, dweight, dbias, accumulate});
}

hinge_status hinge_linear_backward_mask(const hinge_const_view *x, const hinge_const_view *weight,
                                        const hinge_const_mask *mask, const hinge_const_view *dy,
                                        const hinge_view *dx, const hinge_view *dweight,
                                        float *dbias, int accumulate) {
  if (!mask)
    return fail(HINGE_INVALID_ARGUMENT, "mask is null: expected a mask");
  return backward(
      {HINGE_ACTIVATION_NONE, x, weight, nullptr, mask, dy, dx, dweight, dbias, accumulate});
}

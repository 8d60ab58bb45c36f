// How an element-wise operator is cut into kernel calls: for the kernels' 32 bits, for the pool,
// and for streaming.
#pragma once

#include "kernels.h"
#include "stream.h"
#include "threads.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace hinge::detail {

/// Kernels index with 32-bit integers: a call gets at most this many elements, gaps included.
inline constexpr std::int64_t max_elementwise_elements = std::int64_t(1) << 30;

/// From here on a call is shared with the pool: 2^18 elements, 2 MiB of traffic, take about 50 us,
/// ten times what it costs to wake a thread.
inline constexpr std::int64_t parallel_elements = std::int64_t(1) << 18;

/// A checked call. An operator derives from it and has a function
///   int compute(row, col, Rows out, rows, cols) const
/// that runs the kernel on the part of that size which begins at (row, col), into `out`.
struct Elementwise {
  Rows out;
  std::int64_t rows, cols;
  std::int64_t widest; // of all row strides
  int arrays;          // that are read or written, each once; 0: in place, never streamed
};

template <class V>
Rows rows_of(const V &v) {
  return {const_cast<float *>(v.data), v.row_stride};
}

/// Whether the rows follow each other without a gap, so that the matrix is one long row.
template <class V>
bool is_dense(const V &v) {
  return v.rows == 1 || v.row_stride == v.cols;
}

/// A call that writes `out`; dense: all its matrices are.
inline Elementwise elementwise(const hinge_view &out, bool dense, std::int64_t widest, int arrays) {
  return {rows_of(out), dense ? 1 : out.rows, dense ? out.rows * out.cols : out.cols, widest,
          arrays};
}

/// How many floats of the output come before its first cache line; 0 too where floats straddle
/// lines.
inline std::int64_t floats_to_line(const float *out) {
  const auto past = reinterpret_cast<std::uintptr_t>(out) % std::uintptr_t(cache_line);
  return past % sizeof(float) == 0 ? std::int64_t((cache_line - past) % cache_line / sizeof(float))
                                   : 0;
}

/// A part of one row by plain stores. Stores that cross cache lines take twice as long: from here
/// on a call of its own for what comes before the first line pays (64 Ki floats in place, 4 bytes
/// off: 3.6 us, with it 2.3).
template <class Op>
int run_row(const Op &op, std::int64_t row, std::int64_t col, std::int64_t cols) {
  constexpr std::int64_t least = 512;
  const Rows out = op.out.part(row, col);
  const std::int64_t head = cols >= least ? floats_to_line(out.data) : 0;
  const int error = head ? op.compute(row, col, out, 1, head) : 0;
  return error ? error : op.compute(row, col + head, out.part(0, head), 1, cols - head);
}

/// A part of one row, streamed: tile by tile into L1 and from there past the caches. What comes
/// before the first cache line of the output and after the last one is computed where it belongs.
template <class Op>
int stream_row(const Op &op, std::int64_t row, std::int64_t col, std::int64_t cols) {
  alignas(cache_line) float tile[stream_tile];
  constexpr std::int64_t line_floats = cache_line / sizeof(float);
  const std::int64_t end = col + cols;
  auto direct = [&](std::int64_t count) {
    const std::int64_t begin = col;
    col += count;
    return count ? op.compute(row, begin, op.out.part(row, begin), 1, count) : 0;
  };
  int error = direct(floats_to_line(op.out.part(row, col).data));
  while (error == 0 && end - col >= line_floats) {
    const std::int64_t count = std::min(stream_tile, (end - col) / line_floats * line_floats);
    error = op.compute(row, col, {tile, 0}, 1, count);
    if (error == 0)
      stream_copy(tile, op.out.part(row, col).data, count);
    col += count;
  }
  stream_fence();
  return error ? error : direct(end - col);
}

/// The part [row, row + rows) x [col, col + cols), which one kernel call can index.
template <class Op>
int run_part(const Op &op, std::int64_t row, std::int64_t rows, std::int64_t col,
             std::int64_t cols) {
  // Below a few tiles a row's ends cost more than streaming gains; floats that straddle their own
  // alignment cannot be streamed.
  if (op.arrays == 0 || cols < 4 * stream_tile ||
      reinterpret_cast<std::uintptr_t>(op.out.data) % sizeof(float) != 0 ||
      !should_stream(op.rows * op.cols * std::int64_t(sizeof(float)), op.arrays))
    return rows == 1 ? run_row(op, row, col, cols)
                     : op.compute(row, col, op.out.part(row, col), rows, cols);
  int error = 0;
  for (std::int64_t m = row; m < row + rows && error == 0; m++)
    error = stream_row(op, m, col, cols);
  return error;
}

template <class Op>
int run_elementwise(const Op &op) {
  // Most calls are small and dense: one kernel call, without asking the pool. 2^18 elements fit
  // every last-level cache.
  if (op.rows == 1 && op.cols < parallel_elements)
    return run_row(op, 0, 0, op.cols);
  const std::int64_t tasks =
      num_threads() > 1 && op.rows * op.cols >= parallel_elements ? 4 * num_threads() : 1;
  if (op.rows == 1) {
    const Pieces p = cut(op.cols, tasks, 1024, max_elementwise_elements);
    return parallel_for(
        p.count(), [&](std::int64_t i) { return run_part(op, 0, 1, p.begin(i), p.length(i)); });
  }
  // Rows of more than 2^30 elements are cut as well.
  const Pieces columns = cut(op.cols, 1, 1, max_elementwise_elements);
  const Pieces p =
      cut(op.rows, tasks, 1, std::max<std::int64_t>(1, max_elementwise_elements / op.widest));
  return parallel_for(p.count(), [&](std::int64_t i) {
    int error = 0;
    for (std::int64_t c = 0; c < columns.count() && error == 0; c++)
      error = run_part(op, p.begin(i), p.length(i), columns.begin(c), columns.length(c));
    return error;
  });
}

} // namespace hinge::detail

// How an element-wise operator is cut into kernel calls: for the kernels' 32 bits, for the pool,
// and for non-temporal stores.
#pragma once

#include "dispatch/buffers.h"
#include "dispatch/kernels.h"
#include "host/nontemporal.h"
#include "host/threads.h"
#include "operators/arguments.h"

#include <hinge/plan/limits.h>

#include <algorithm>
#include <cstdint>

namespace hinge::detail {

/// Larger calls are shared with the pool: 2^18 elements, 2 MiB of traffic, take about 50 us. Waking
/// a thread takes a tenth of that.
inline constexpr std::int64_t parallel_elements = std::int64_t(1) << 18;

/// A checked call. An operator derives from it and has a function
///   int compute(row, col, Rows out, rows, cols) const
/// that runs the kernel on the rows x cols part that begins at (row, col), and writes it into
/// `out`.
struct Elementwise {
  Rows out;
  std::int64_t rows, cols;
  std::int64_t widest; // of all row strides
  int arrays;          // that are read or written, each once; 0: in place, never past the caches
};

template <class V>
Rows rows_of(const V &v) {
  return {const_cast<float *>(elements(v)), v.row_stride};
}

/// A call that writes `out`; dense: all its matrices are.
inline Elementwise elementwise(const hinge_view &out, bool dense, std::int64_t widest, int arrays) {
  return {rows_of(out), dense ? 1 : out.rows, dense ? out.rows * out.cols : out.cols, widest,
          arrays};
}

/// The floats of the output before its first cache line. 0 also if floats straddle lines.
inline std::int64_t floats_to_line(const float *out) {
  const auto past = reinterpret_cast<std::uintptr_t>(out) % std::uintptr_t(cache_line);
  return past % sizeof(float) == 0 ? std::int64_t((cache_line - past) % cache_line / sizeof(float))
                                   : 0;
}

/// A part of one row by plain stores. Stores that cross cache lines take twice as long. In larger
/// parts a call of its own for the floats before the first line pays. It lowers 64 Ki floats in
/// place, 4 bytes off, from 3.6 to 2.3 us.
inline constexpr std::int64_t least_with_head = 512;
template <class Op>
int run_row(const Op &op, std::int64_t row, std::int64_t col, std::int64_t cols) {
  const Rows out = op.out.part(row, col);
  const std::int64_t head = cols >= least_with_head ? floats_to_line(out.data) : 0;
  const int error = head ? op.compute(row, col, out, 1, head) : 0;
  return error ? error : op.compute(row, col + head, out.part(0, head), 1, cols - head);
}

/// A part of one row by non-temporal stores: tile by tile into L1, and from there past the caches.
/// Kernels write the floats before the output's first cache line and after its last one directly.
template <class Op>
int run_row_nontemporal(const Op &op, std::int64_t row, std::int64_t col, std::int64_t cols) {
  alignas(cache_line) float tile[nontemporal_tile];
  constexpr std::int64_t line_floats = cache_line / sizeof(float);
  const std::int64_t end = col + cols;
  auto direct = [&](std::int64_t count) {
    const std::int64_t begin = col;
    col += count;
    return count ? op.compute(row, begin, op.out.part(row, begin), 1, count) : 0;
  };
  int error = direct(floats_to_line(op.out.part(row, col).data));
  while (error == 0 && end - col >= line_floats) {
    const std::int64_t count = std::min(nontemporal_tile, (end - col) / line_floats * line_floats);
    error = op.compute(row, col, {tile, 0}, 1, count);
    if (error == 0)
      nontemporal_copy(tile, op.out.part(row, col).data, count);
    col += count;
  }
  nontemporal_fence();
  return error ? error : direct(end - col);
}

/// The part [row, row + rows) x [col, col + cols), which one kernel call can index.
template <class Op>
int run_part(const Op &op, std::int64_t row, std::int64_t rows, std::int64_t col,
             std::int64_t cols) {
  // Below a few tiles the ends of a row cost more than non-temporal stores save. Floats that
  // straddle their own alignment cannot be stored this way.
  if (op.arrays == 0 || cols < 4 * nontemporal_tile ||
      reinterpret_cast<std::uintptr_t>(op.out.data) % sizeof(float) != 0 ||
      !is_nontemporal(op.rows * op.cols * std::int64_t(sizeof(float)), op.arrays))
    return rows == 1 ? run_row(op, row, col, cols)
                     : op.compute(row, col, op.out.part(row, col), rows, cols);
  int error = 0;
  for (std::int64_t m = row; m < row + rows && error == 0; m++)
    error = run_row_nontemporal(op, m, col, cols);
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
    const plan::Pieces p = plan::cut(op.cols, tasks, 1024, plan::max_elementwise);
    return parallel_for(
        p.count(), [&](std::int64_t i) { return run_part(op, 0, 1, p.begin(i), p.length(i)); });
  }
  const plan::Pieces p =
      plan::cut(op.rows, tasks, 1, plan::most_rows(op.widest, plan::max_elementwise));
  return parallel_for(p.count(), [&](std::int64_t i) {
    // Rows of more than 2^30 elements are cut as well.
    return plan::in_parts(op.cols, plan::max_elementwise, [&](std::int64_t col, std::int64_t cols) {
      return run_part(op, p.begin(i), p.length(i), col, cols);
    });
  });
}

} // namespace hinge::detail

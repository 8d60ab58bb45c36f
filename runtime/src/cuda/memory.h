// Matrices in the memory of a device: their addresses, their alignment, and how they are passed to
// kernels.
#pragma once

#include "cuda/launch.h"
#include "dispatch/buffers.h"
#include "operators/arguments.h"

#include <hinge/plan/gpu_tiles.h>
#include <hinge/plan/limits.h>
#include <hinge/plan/masks.h>

#include <algorithm>
#include <cstdint>

namespace hinge::detail::cuda {

/// Checks that the device of the call can reach the memory of an argument. The driver is asked for
/// the first and the last byte only. A device loads floats only from multiples of 4 bytes.
hinge_status check_location(const Call &call, const Argument &argument);

template <class Arguments>
hinge_status check_locations(const Call &call, const Arguments &arguments) {
  for (const Argument &argument : arguments)
    if (hinge_status s = check_location(call, argument))
      return s;
  return HINGE_OK;
}

/// Whether all rows begin at a multiple of 16 bytes.
template <class V>
bool is_aligned(const V &v) {
  return reinterpret_cast<std::uintptr_t>(v.data) % 16 == 0 &&
         (v.rows <= 1 || v.row_stride % plan::gpu_vector == 0);
}

/// The number of a matrix's rows, `widest` apart, that a kernel with blocks of block_rows can
/// index.
inline std::int64_t most_rows(std::int64_t widest, std::int64_t block_rows) {
  return std::min(plan::most_rows(widest), plan::max_grid_rows * block_rows);
}

/// A buffer in the memory of a device.
template <class Host>
Host on_device(Host buffer) {
  buffer.get()->device = reinterpret_cast<std::uintptr_t>(buffer.get()->host);
  buffer.get()->host = nullptr;
  return buffer;
}

/// The row stride of a view or mask; 0 for a single row, whose stride is free.
template <class V>
std::int64_t stride_of(const V &v) {
  return v.rows > 1 ? v.row_stride : 0;
}

/// Rows [row, row + rows) of a view, to pass to a kernel.
template <class V>
Buffer<2> rows_on_device(const V &v, std::int64_t row, std::int64_t rows) {
  return on_device(
      Rows{const_cast<float *>(elements(v)), stride_of(v)}.part(row, 0).buffer(rows, v.cols));
}

/// Rows [row, row + rows) of a mask, to pass to a kernel.
template <class M>
Buffer<2, std::uint8_t> mask_rows_on_device(const M &mask, std::int64_t row, std::int64_t rows) {
  return on_device(Bits{const_cast<std::uint8_t *>(mask.data), stride_of(mask)}.buffer(
      row, 0, rows, plan::mask_row_bytes(mask.cols)));
}

} // namespace hinge::detail::cuda

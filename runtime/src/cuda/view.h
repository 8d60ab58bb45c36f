// Matrices in the memory of a device: where they are, how they are aligned, and how a call is cut
// for the kernels' 32 bits.
#pragma once

#include "kernels.h"
#include "launch.h"

#include "../checks.h"
#include "../mask.h"
#include "../threads.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace hinge::detail::cuda {

/// Whether the device of the call can reach the memory of an argument, as far as the driver can
/// say: its first and its last byte. It loads floats from multiples of 4 bytes only.
hinge_status check_location(const Call &call, const Argument &argument);

/// Of all arguments, where the call can go on at all.
template <class Arguments>
hinge_status check_locations(const Call &call, const Arguments &arguments) {
  if (call.status() != HINGE_OK)
    return call.status();
  for (const Argument &argument : arguments)
    if (hinge_status s = check_location(call, argument))
      return s;
  return HINGE_OK;
}

/// Whether all rows begin at a multiple of 16 bytes.
template <class V>
bool is_aligned(const V &v) {
  return reinterpret_cast<std::uintptr_t>(v.data) % 16 == 0 &&
         (v.rows <= 1 || v.row_stride % 4 == 0);
}

/// No buffer of a kernel spans more elements, gaps included.
inline constexpr std::int64_t max_span = std::numeric_limits<std::int32_t>::max();

/// A grid has at most 65535 blocks in a column; those of element-wise kernels are 8 rows high.
inline constexpr std::int64_t max_block_rows = 65535;

/// So many rows of a matrix, `widest` apart, that a kernel with blocks of block_rows can take.
inline std::int64_t most_rows(std::int64_t widest, std::int64_t block_rows) {
  return std::max<std::int64_t>(
      1, std::min(max_span / std::max<std::int64_t>(1, widest), max_block_rows * block_rows));
}

/// Calls part(begin, length) for consecutive ranges of `count` of at most `most`, until one fails.
template <class Part>
hinge_status in_parts(std::int64_t count, std::int64_t most, const Part &part) {
  for (std::int64_t begin = 0; begin < count; begin += most)
    if (hinge_status s = part(begin, std::min(most, count - begin)))
      return s;
  return HINGE_OK;
}

/// Rows [row, row + rows) of a view, as a kernel takes them.
template <class V>
Buffer<2> rows_on_device(const V &v, std::int64_t row, std::int64_t rows) {
  const std::int64_t stride = v.rows > 1 ? v.row_stride : 0;
  return on_device(Rows{const_cast<float *>(v.data), stride}.part(row, 0).buffer(rows, v.cols));
}

template <class M>
Buffer<2, std::uint8_t> mask_rows_on_device(const M &mask, std::int64_t row, std::int64_t rows) {
  const std::int64_t stride = mask.rows > 1 ? mask.row_stride : 0;
  return on_device(Bits{const_cast<std::uint8_t *>(mask.data), stride}.buffer(row, 0, rows,
                                                                              (mask.cols + 7) / 8));
}

} // namespace hinge::detail::cuda

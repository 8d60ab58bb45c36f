// A Linear layer: its packed weights and the sizes that a call needs.
#pragma once

#include "dispatch/buffers.h"
#include "dispatch/kernels.h"
#include "operators/arguments.h"

#include "hinge/hinge.h"

#include <hinge/plan/limits.h>

#include <cstddef>
#include <cstdint>

namespace hinge::detail {

/// Larger calls are shared with the pool: 2^22 multiplications and additions take about 40 us with
/// AVX-512, several times as long as waking a thread.
inline constexpr double parallel_work = 1 << 22;

/// A kernel that computes parts of the sums side by side, and the tallest register tile that it
/// has. 0 rows: there is no such kernel.
struct PartsKernel {
  int parts = 1;
  int tile_rows = 0;
  const Kernel<linear_fn> *kernel = nullptr;
};

/// Output features that are packed in panels of one width, and how to compute them.
struct Segment {
  std::int64_t first = 0;       // output feature
  std::int64_t count = 0;       // output features, without padding
  std::int64_t panels = 0;      // panels of nr features, the last one possibly padded
  std::int64_t full_panels = 0; // those without padding
  std::int64_t nr = 0;
  int vectors = 0;
  int tile_rows = 0;                // tallest register tile
  std::int64_t group = 1;           // panels in a step of the batch-1 loop
  std::int64_t max_call_panels = 0; // panels that a kernel can index
  PartsKernel kernels[3];           // the last one has one part
  const Kernel<linear_pack_fn> *pack_kernel = nullptr;
  float *packed = nullptr;
  Buffer<3> packed_buffer; // of all panels, if there are at most max_call_panels
};

} // namespace hinge::detail

struct hinge_linear {
  /// The value of `state` between creation and destruction.
  static constexpr std::uint32_t alive = 0x48694e67;
  std::uint32_t state;
  bool owns_memory;
  hinge::detail::Region memory; // the caller's or our own; the layer itself is aligned in it
  std::size_t memory_bytes;
  std::int64_t in_features;
  std::int64_t out_features;
  std::int64_t part_terms, parts; // of a sum (plan/chains.h)
  hinge_activation activation;
  const hinge::detail::Target *target;
  // Full panels, then the columns left over in one panel of another width. Either may be empty.
  hinge::detail::Segment segments[2];

  // The batches that one kernel call a segment computes with one register tile of rows. None: 1, 0.
  std::int64_t least_one_tile_rows, most_one_tile_rows;
  std::int64_t most_unshared_rows; // whose work is less than parallel_work

  std::int64_t panel_floats(const hinge::detail::Segment &s) const {
    return (in_features + 1) * s.nr;
  }

  /// For a kernel: the panels [first, first + count) of a segment, without the terms before
  /// `term`. The row before `term` takes the place of the bias.
  hinge::detail::Buffer<3> panels_buffer(const hinge::detail::Segment &s, std::int64_t first,
                                         std::int64_t count, std::int64_t term) const {
    const std::int64_t stride = panel_floats(s);
    return {s.packed + first * stride + term * s.nr,
            {std::int32_t(s.nr), std::int32_t(in_features + 1 - term), std::int32_t(count)},
            {std::int32_t(s.nr), count > 1 ? std::int32_t(stride) : 0}};
  }

  /// The multiplications for a row of x, a double because they may exceed 64 bits.
  double row_work() const { return double(out_features) * double(in_features + 1); }
};

// Checks at the border: what a caller's view must be before a kernel sees it.
#pragma once

#include "hinge/hinge.h"

#include <cstddef>
#include <cstdint>

namespace hinge::detail {

/// Bytes of memory in equal rows, to compare with others. `rows` or `row_bytes` 0: nothing.
struct Region {
  std::uintptr_t begin = 0;
  std::int64_t rows = 0;
  std::uintptr_t row_bytes = 0;
  std::uintptr_t stride_bytes = 0;
};

/// Checks the view called `name` and describes its memory; else writes the message.
hinge_status check_view(const char *name, const hinge_const_view &view, Region *region);

/// As above, for `bytes` bytes at `data`.
hinge_status check_memory(const char *name, const void *data, std::size_t bytes, Region *region);

/// Whether they share a byte. Exact also where rows of one lie between rows of the other, as two
/// column ranges of one matrix do.
bool overlap(Region a, Region b);

hinge_status check_activation(hinge_activation act, bool none_allowed);

inline hinge_const_view as_const(const hinge_view &v) {
  return {v.data, v.rows, v.cols, v.row_stride};
}

} // namespace hinge::detail

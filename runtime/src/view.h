// Checks at the border: what a caller's view must be before a kernel sees it. The part that every
// call runs is inline and short, so that a checked call costs 7 ns more than the kernel alone
// (64 floats, Zen 4); what says why a view is refused is not.
#pragma once

#include "kernels.h"

#include "hinge/hinge.h"

#include <cstddef>
#include <cstdint>

namespace hinge::detail {

/// Bytes of memory in equal rows, to compare with others. begin == end: nothing.
struct Region {
  std::uintptr_t begin;
  std::uintptr_t end; // past the last row
  std::uintptr_t row_bytes;
  std::uintptr_t stride_bytes; // of a single row: row_bytes

  bool is_single_row() const { return end - begin == row_bytes; }
};

/// Whether the view (hinge_view or hinge_const_view) is one, and its memory. All of it lies within
/// the address space.
template <class V>
bool is_view(const V *v, Region *region) {
  if (!v || v->rows < 0 || v->cols < 0 || (v->rows > 1 && v->row_stride < v->cols))
    return false;
  if (v->rows == 0 || v->cols == 0) {
    *region = {0, 0, 0, 0};
    return true;
  }
  const std::int64_t stride = v->rows > 1 ? v->row_stride : v->cols;
  std::int64_t bytes = 0; // from the first byte to past the last one
  if (!v->data || __builtin_mul_overflow(v->rows - 1, stride, &bytes) ||
      __builtin_add_overflow(bytes, v->cols, &bytes) ||
      __builtin_mul_overflow(bytes, std::int64_t(sizeof(float)), &bytes) || bytes > PTRDIFF_MAX)
    return false;
  const auto begin = reinterpret_cast<std::uintptr_t>(v->data);
  *region = {begin, begin + std::uintptr_t(bytes), std::uintptr_t(v->cols) * sizeof(float),
             std::uintptr_t(stride) * sizeof(float)};
  return region->end > begin;
}

/// The status of a view that is_view refuses, with the message that says why.
[[gnu::cold]] hinge_status refuse_view(const char *name, const hinge_const_view *view);
[[gnu::cold]] hinge_status refuse_view(const char *name, const hinge_view *view);

[[gnu::cold]] hinge_status refuse_shape(const char *name, std::int64_t rows, std::int64_t cols,
                                        const char *like, std::int64_t like_rows,
                                        std::int64_t like_cols);

/// Checks the view called `name` and describes its memory; else writes the message.
template <class V>
hinge_status check_view(const char *name, const V *v, Region *region) {
  return is_view(v, region) ? HINGE_OK : refuse_view(name, v);
}

/// As above, for the bytes of a mask.
hinge_status check_mask(const char *name, const hinge_const_mask *mask, Region *region);
hinge_status check_mask(const char *name, const hinge_mask *mask, Region *region);

/// Checks that the view or mask called `name` has the shape of the one called `like`.
template <class V>
hinge_status check_shape(const char *name, const V &v, const char *like, std::int64_t rows,
                         std::int64_t cols) {
  return v.rows == rows && v.cols == cols ? HINGE_OK
                                          : refuse_shape(name, v.rows, v.cols, like, rows, cols);
}

/// As above, for `bytes` bytes at `data`.
hinge_status check_memory(const char *name, const void *data, std::size_t bytes, Region *region);

/// overlap() for regions of which neither ends before the other begins.
bool rows_overlap(Region a, Region b);

/// Whether they share a byte. Exact also where rows of one lie between rows of the other, as two
/// column ranges of one matrix do.
inline bool overlap(const Region &a, const Region &b) {
  return a.begin < b.end && b.begin < a.end && rows_overlap(a, b);
}

/// An overlap of two arguments that may never share anything; `unit` of memory: "byte" or
/// "element".
[[gnu::cold]] hinge_status refuse_sharing(const char *output, const char *input,
                                          const char *unit = "byte");

[[gnu::cold]] hinge_status refuse_activation(int value, bool none_allowed);

/// As an int: a C caller's enumeration may hold any value.
inline hinge_status check_activation(int value, bool none_allowed) {
  const int least = none_allowed ? 0 : 1;
  return value >= least && value < activation_count ? HINGE_OK
                                                    : refuse_activation(value, none_allowed);
}

} // namespace hinge::detail

// Arguments of calls: their checks, and the memory that they take.
//
// The part that every call runs is short and always inline. Small calls have another one
// (host/small.h). A region whose address goes to another function would be kept in memory, with all
// other members of its operator. The part that says why an argument is refused is out of line.
#pragma once

#include "error.h"

#include "hinge/hinge.h"

#include <hinge/plan/activations.h>
#include <hinge/plan/masks.h>
#include <hinge/plan/types.h>

#include <cstddef>
#include <cstdint>

namespace hinge::detail {

/// Bytes of memory in equal rows, to compare with others. begin == end: nothing.
struct Region {
  std::uintptr_t begin;
  std::uintptr_t end; // past the last row
  std::uintptr_t row_bytes;
  std::uintptr_t stride_bytes; // row_bytes for a single row

  bool is_single_row() const { return end - begin == row_bytes; }
};

static_assert(int(plan::Type::float32) == int(HINGE_FLOAT32));

/// An argument of a call and its memory.
struct Argument {
  const char *name = nullptr;
  Region region = {};
  std::uintptr_t element = sizeof(float); // bytes; a device needs memory at a multiple of them
};

/// Whether `rows` rows of `cols` units, `row_stride` units apart, are memory within the address
/// space. A unit has `bytes` bytes.
[[gnu::always_inline]] inline bool is_memory(const void *data, std::int64_t rows, std::int64_t cols,
                                             std::int64_t row_stride, std::int64_t bytes,
                                             Region *region) {
  if (rows < 0 || cols < 0)
    return false;
  std::int64_t stride = cols, size = cols; // size: from the first unit to past the last one
  bool fits = true;
  if (rows > 1) {
    if (row_stride < cols)
      return false;
    stride = row_stride;
    fits = !__builtin_mul_overflow(rows - 1, stride, &size) &&
           !__builtin_add_overflow(size, cols, &size);
  }
  if (rows == 0 || cols == 0) {
    *region = {0, 0, 0, 0};
    return true;
  }
  if (!data || !fits || __builtin_mul_overflow(size, bytes, &size) || size > PTRDIFF_MAX)
    return false;
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  *region = {begin, begin + std::uintptr_t(size), std::uintptr_t(cols) * std::uintptr_t(bytes),
             std::uintptr_t(stride) * std::uintptr_t(bytes)};
  return region->end > begin;
}

// Returns the status of a refused argument, with the message that says why.
[[gnu::cold]] hinge_status refuse_view(const char *name, const hinge_const_view *view);
[[gnu::cold]] hinge_status refuse_view(const char *name, const hinge_view *view);
[[gnu::cold]] hinge_status refuse_mask(const char *name, const hinge_const_mask *mask);
[[gnu::cold]] hinge_status refuse_mask(const char *name, const hinge_mask *mask);
[[gnu::cold]] hinge_status refuse_memory(const char *name, const void *data, std::size_t bytes);
[[gnu::cold]] hinge_status refuse_shape(const char *name, std::int64_t rows, std::int64_t cols,
                                        const char *like, std::int64_t like_rows,
                                        std::int64_t like_cols);

/// Checks the view called `name` and describes its memory.
template <class V>
[[gnu::always_inline]] inline hinge_status check_view(const char *name, const V *v,
                                                      Region *region) {
  return v && v->type == HINGE_FLOAT32 &&
                 is_memory(v->data, v->rows, v->cols, v->row_stride, sizeof(float), region)
             ? HINGE_OK
             : refuse_view(name, v);
}

/// The elements of a checked view.
inline const float *elements(const hinge_const_view &v) {
  return static_cast<const float *>(v.data);
}
inline float *elements(const hinge_view &v) { return static_cast<float *>(v.data); }

/// Checks the mask called `name` and describes its memory.
template <class M>
[[gnu::always_inline]] inline hinge_status check_mask(const char *name, const M *m,
                                                      Region *region) {
  return m && m->cols >= 0 &&
                 is_memory(m->data, m->rows, plan::mask_row_bytes(m->cols), m->row_stride, 1,
                           region)
             ? HINGE_OK
             : refuse_mask(name, m);
}

/// Checks the `bytes` bytes called `name` and describes them.
[[gnu::always_inline]] inline hinge_status check_memory(const char *name, const void *data,
                                                        std::size_t bytes, Region *region) {
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  *region = bytes == 0 ? Region{0, 0, 0, 0} : Region{begin, begin + bytes, bytes, bytes};
  return bytes == 0 || (data && region->end > begin) ? HINGE_OK : refuse_memory(name, data, bytes);
}

/// Checks that the view or mask called `name` has the shape of the one called `like`.
template <class V>
hinge_status check_shape(const char *name, const V &v, const char *like, std::int64_t rows,
                         std::int64_t cols) {
  return v.rows == rows && v.cols == cols ? HINGE_OK
                                          : refuse_shape(name, v.rows, v.cols, like, rows, cols);
}

/// Whether neither ends before the other begins.
inline bool ranges_overlap(const Region &a, const Region &b) {
  return a.begin < b.end && b.begin < a.end;
}

/// overlap() for regions whose ranges overlap.
bool rows_overlap(Region a, Region b);

/// Whether they share a byte. The answer is exact, even if rows of one lie between rows of the
/// other, for example two column ranges of one matrix.
inline bool overlap(const Region &a, const Region &b) {
  return ranges_overlap(a, b) && rows_overlap(a, b);
}

/// Refuses an overlap of two arguments that may never share anything. `unit` of memory is "byte" or
/// "element".
[[gnu::cold]] hinge_status refuse_sharing(const char *output, const char *input,
                                          const char *unit = "byte");

/// Refuses an overlap of two arguments that may be the same.
[[gnu::cold]] hinge_status refuse_overlap(const char *output, const char *input);

/// Whether two views have the same data and, if it matters, the same row stride.
inline bool same_memory(const hinge_const_view &x, const hinge_view &y) {
  return x.data == y.data && (x.row_stride == y.row_stride || x.rows <= 1);
}

[[gnu::cold]] hinge_status refuse_activation(int value, bool none_allowed);

/// An activation as the caller gives it. C callers may give any number, and to load an enumeration
/// that holds another value is undefined. So it is a number until it is checked.
class GivenActivation {
public:
  GivenActivation(hinge_activation act) : value_(int(act)) {}
  int value() const { return value_; }
  operator hinge_activation() const { return hinge_activation(value_); }

private:
  int value_;
};

/// Takes an int because a C caller's enumeration may hold any value.
inline hinge_status check_activation(int value, bool none_allowed) {
  const int least = none_allowed ? 0 : 1;
  return value >= least && value < plan::activation_count ? HINGE_OK
                                                          : refuse_activation(value, none_allowed);
}

/// Whether the rows follow each other without a gap, so that the matrix is one long row.
template <class V>
bool is_dense(const V &v) {
  return v.rows == 1 || v.row_stride == v.cols;
}

/// Whether rows of bits follow each other without a gap, even one within a byte.
template <class M>
bool is_dense_mask(const M &mask) {
  return mask.rows == 1 || (mask.cols % 8 == 0 && mask.row_stride == mask.cols / 8);
}

} // namespace hinge::detail

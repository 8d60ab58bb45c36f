#include "view.h"

#include "error.h"

#include <cinttypes>
#include <cstdio>
#include <utility>

namespace hinge::detail {

/// That it is there and has a size; `kind`: "view" or "mask".
template <class V>
static hinge_status check_size(const char *name, const char *kind, const V *v) {
  if (!v)
    return fail(HINGE_INVALID_ARGUMENT, "%s is null: expected a %s", name, kind);
  if (v->rows < 0)
    return fail(HINGE_INVALID_ARGUMENT, "%s.rows is %" PRId64 ": expected 0 or more", name,
                v->rows);
  if (v->cols < 0)
    return fail(HINGE_INVALID_ARGUMENT, "%s.cols is %" PRId64 ": expected 0 or more", name,
                v->cols);
  return HINGE_OK;
}

template <class V>
static hinge_status refuse(const char *name, const V *v) {
  if (hinge_status s = check_size(name, "view", v))
    return s;
  if (v->rows > 1 && v->row_stride < v->cols)
    return fail(HINGE_INVALID_ARGUMENT,
                "%s.row_stride is %" PRId64 ": expected %s.cols, %" PRId64 ", or more", name,
                v->row_stride, name, v->cols);
  if (!v->data)
    return fail(HINGE_INVALID_ARGUMENT,
                "%s.data is null: expected %" PRId64 " x %" PRId64 " elements", name, v->rows,
                v->cols);
  return fail(HINGE_INVALID_ARGUMENT,
              "%s: %" PRId64 " rows of %" PRId64 " elements, %" PRId64
              " apart, overflow the address space",
              name, v->rows, v->cols, v->rows > 1 ? v->row_stride : v->cols);
}

hinge_status refuse_view(const char *name, const hinge_const_view *v) { return refuse(name, v); }
hinge_status refuse_view(const char *name, const hinge_view *v) { return refuse(name, v); }

hinge_status refuse_shape(const char *name, std::int64_t rows, std::int64_t cols, const char *like,
                          std::int64_t like_rows, std::int64_t like_cols) {
  return fail(HINGE_INVALID_ARGUMENT,
              "%s is %" PRId64 " x %" PRId64 ": expected the shape of %s, %" PRId64 " x %" PRId64,
              name, rows, cols, like, like_rows, like_cols);
}

template <class V>
static hinge_status check_bits(const char *name, const V *v, Region *region) {
  if (hinge_status s = check_size(name, "mask", v))
    return s;
  const std::int64_t row_bytes = v->cols / 8 + (v->cols % 8 != 0);
  if (v->rows > 1 && v->row_stride < row_bytes)
    return fail(HINGE_INVALID_ARGUMENT,
                "%s.row_stride is %" PRId64 " bytes: expected %" PRId64 ", for %" PRId64
                " bits, or more",
                name, v->row_stride, row_bytes, v->cols);
  *region = {0, 0, 0, 0};
  if (v->rows == 0 || v->cols == 0)
    return HINGE_OK;
  if (!v->data)
    return fail(HINGE_INVALID_ARGUMENT,
                "%s.data is null: expected %" PRId64 " rows of %" PRId64 " bytes", name, v->rows,
                row_bytes);
  const std::int64_t stride = v->rows > 1 ? v->row_stride : row_bytes;
  const auto begin = reinterpret_cast<std::uintptr_t>(v->data);
  std::int64_t bytes = 0;
  std::uintptr_t end = 0;
  if (__builtin_mul_overflow(v->rows - 1, stride, &bytes) ||
      __builtin_add_overflow(bytes, row_bytes, &bytes) || bytes > PTRDIFF_MAX ||
      __builtin_add_overflow(begin, std::uintptr_t(bytes), &end))
    return fail(HINGE_INVALID_ARGUMENT,
                "%s: %" PRId64 " rows of %" PRId64 " bytes, %" PRId64
                " apart, overflow the address space",
                name, v->rows, row_bytes, stride);
  *region = {begin, end, std::uintptr_t(row_bytes), std::uintptr_t(stride)};
  return HINGE_OK;
}

hinge_status check_mask(const char *name, const hinge_const_mask *mask, Region *region) {
  return check_bits(name, mask, region);
}
hinge_status check_mask(const char *name, const hinge_mask *mask, Region *region) {
  return check_bits(name, mask, region);
}

hinge_status check_memory(const char *name, const void *data, std::size_t bytes, Region *region) {
  *region = {0, 0, 0, 0};
  if (bytes == 0)
    return HINGE_OK;
  if (!data)
    return fail(HINGE_INVALID_ARGUMENT, "%s is null: expected %zu bytes", name, bytes);
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  std::uintptr_t end = 0;
  if (__builtin_add_overflow(begin, bytes, &end))
    return fail(HINGE_INVALID_ARGUMENT, "%s: %zu bytes overflow the address space", name, bytes);
  *region = {begin, end, bytes, bytes};
  return HINGE_OK;
}

bool rows_overlap(Region a, Region b) {
  // The stride of a single row is free: take the other's.
  if (a.is_single_row())
    a.stride_bytes = b.stride_bytes;
  else if (b.is_single_row())
    b.stride_bytes = a.stride_bytes;
  if (a.begin > b.begin)
    std::swap(a, b);
  if (a.stride_bytes == b.stride_bytes) {
    // b begins `offset` into a row of a: it must begin past that row's end, and end before the
    // next row begins. That row and the next exist, because b begins before a ends.
    const std::uintptr_t offset = (b.begin - a.begin) % a.stride_bytes;
    return offset < a.row_bytes || offset + b.row_bytes > a.stride_bytes;
  }
  // Walk down both, always in the one whose row ends first, until one has no further row.
  for (std::uintptr_t a_row = a.begin, b_row = b.begin;;) {
    if (a_row + a.row_bytes <= b_row) {
      if (a.end - a_row <= a.stride_bytes)
        return false;
      a_row += a.stride_bytes;
    } else if (b_row + b.row_bytes <= a_row) {
      if (b.end - b_row <= b.stride_bytes)
        return false;
      b_row += b.stride_bytes;
    } else {
      return true;
    }
  }
}

hinge_status refuse_sharing(const char *output, const char *input, const char *unit) {
  return fail(HINGE_INVALID_ARGUMENT, "%s overlaps %s: expected no common %s", output, input, unit);
}

hinge_status refuse_activation(int value, bool none_allowed) {
  char expected[256] = "";
  for (int i = none_allowed ? 0 : 1, length = 0; i < activation_count; i++) {
    const char *separator = length == 0 ? "" : i + 1 < activation_count ? ", " : " or ";
    length += std::snprintf(expected + length, sizeof expected - std::size_t(length), "%s%s (%d)",
                            separator, activation_names[i], i);
  }
  return fail(HINGE_INVALID_ARGUMENT, "activation is %d: expected %s", value, expected);
}

} // namespace hinge::detail

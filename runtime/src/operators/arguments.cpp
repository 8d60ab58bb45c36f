#include "operators/arguments.h"

#include <hinge/plan/masks.h>

#include <cctype>
#include <cinttypes>
#include <cstdio>
#include <utility>

namespace hinge::detail {

/// Checks that it is there and has a size; `kind`: "view" or "mask".
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
  if (v->type != HINGE_FLOAT32)
    return fail(HINGE_INVALID_ARGUMENT, "%s.type is %" PRId32 ": expected HINGE_FLOAT32 (%d)", name,
                v->type, HINGE_FLOAT32);
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

template <class M>
static hinge_status refuse_bits(const char *name, const M *m) {
  if (hinge_status s = check_size(name, "mask", m))
    return s;
  const std::int64_t row_bytes = plan::mask_row_bytes(m->cols);
  if (m->rows > 1 && m->row_stride < row_bytes)
    return fail(HINGE_INVALID_ARGUMENT,
                "%s.row_stride is %" PRId64 " bytes: expected %" PRId64 ", for %" PRId64
                " bits, or more",
                name, m->row_stride, row_bytes, m->cols);
  if (!m->data)
    return fail(HINGE_INVALID_ARGUMENT,
                "%s.data is null: expected %" PRId64 " rows of %" PRId64 " bytes", name, m->rows,
                row_bytes);
  return fail(HINGE_INVALID_ARGUMENT,
              "%s: %" PRId64 " rows of %" PRId64 " bytes, %" PRId64
              " apart, overflow the address space",
              name, m->rows, row_bytes, m->rows > 1 ? m->row_stride : row_bytes);
}

hinge_status refuse_view(const char *name, const hinge_const_view *v) { return refuse(name, v); }
hinge_status refuse_view(const char *name, const hinge_view *v) { return refuse(name, v); }
hinge_status refuse_mask(const char *name, const hinge_const_mask *m) {
  return refuse_bits(name, m);
}
hinge_status refuse_mask(const char *name, const hinge_mask *m) { return refuse_bits(name, m); }

hinge_status refuse_memory(const char *name, const void *data, std::size_t bytes) {
  return data
             ? fail(HINGE_INVALID_ARGUMENT, "%s: %zu bytes overflow the address space", name, bytes)
             : fail(HINGE_INVALID_ARGUMENT, "%s is null: expected %zu bytes", name, bytes);
}

hinge_status refuse_shape(const char *name, std::int64_t rows, std::int64_t cols, const char *like,
                          std::int64_t like_rows, std::int64_t like_cols) {
  return fail(HINGE_INVALID_ARGUMENT,
              "%s is %" PRId64 " x %" PRId64 ": expected the shape of %s, %" PRId64 " x %" PRId64,
              name, rows, cols, like, like_rows, like_cols);
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
  // Walk down both, always in the one whose row ends first, until one has no row left.
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

hinge_status refuse_overlap(const char *output, const char *input) {
  return fail(HINGE_INVALID_ARGUMENT,
              "%s overlaps %s: expected the same data and row_stride (in place), or no common "
              "element",
              output, input);
}

/// "RELU (1), RELU6 (2)" with "or" before the last one.
static void list_activations(char *text, std::size_t size, int first) {
  std::size_t length = 0;
  for (int i = first; i < plan::activation_count; i++) {
    const char *separator = i == first ? "" : i + 1 < plan::activation_count ? ", " : " or ";
    char name[32] = "";
    for (std::size_t c = 0; plan::activations[i][c] && c + 1 < sizeof name; c++)
      name[c] = char(std::toupper(plan::activations[i][c]));
    length +=
        std::size_t(std::snprintf(text + length, size - length, "%s%s (%d)", separator, name, i));
  }
}

hinge_status refuse_activation(int value, bool none_allowed) {
  char expected[256];
  list_activations(expected, sizeof expected, none_allowed ? 0 : 1);
  return fail(HINGE_INVALID_ARGUMENT, "activation is %d: expected %s", value, expected);
}

} // namespace hinge::detail

#include "view.h"

#include "error.h"

#include <cinttypes>
#include <utility>

namespace hinge::detail {

hinge_status check_view(const char *name, const hinge_const_view &v, Region *region) {
  *region = {};
  if (v.rows < 0)
    return fail(HINGE_INVALID_ARGUMENT, "%s.rows is %" PRId64 ": expected 0 or more", name, v.rows);
  if (v.cols < 0)
    return fail(HINGE_INVALID_ARGUMENT, "%s.cols is %" PRId64 ": expected 0 or more", name, v.cols);
  if (v.rows > 1 && v.row_stride < v.cols)
    return fail(HINGE_INVALID_ARGUMENT,
                "%s.row_stride is %" PRId64 ": expected %s.cols, %" PRId64 ", or more", name,
                v.row_stride, name, v.cols);
  if (v.rows == 0 || v.cols == 0)
    return HINGE_OK;
  if (!v.data)
    return fail(HINGE_INVALID_ARGUMENT,
                "%s.data is null: expected %" PRId64 " x %" PRId64 " elements", name, v.rows,
                v.cols);
  const std::int64_t stride = v.rows > 1 ? v.row_stride : v.cols;
  std::int64_t bytes = 0; // from the first byte to past the last one
  std::uintptr_t end = 0;
  if (__builtin_mul_overflow(v.rows - 1, stride, &bytes) ||
      __builtin_add_overflow(bytes, v.cols, &bytes) ||
      __builtin_mul_overflow(bytes, std::int64_t(sizeof(float)), &bytes) ||
      bytes > PTRDIFF_MAX ||
      __builtin_add_overflow(reinterpret_cast<std::uintptr_t>(v.data), std::uintptr_t(bytes), &end))
    return fail(HINGE_INVALID_ARGUMENT,
                "%s: %" PRId64 " rows of %" PRId64 " elements, %" PRId64
                " apart, overflow the address space",
                name, v.rows, v.cols, stride);
  *region = {reinterpret_cast<std::uintptr_t>(v.data), v.rows,
             std::uintptr_t(v.cols) * sizeof(float), std::uintptr_t(stride) * sizeof(float)};
  return HINGE_OK;
}

hinge_status check_memory(const char *name, const void *data, std::size_t bytes, Region *region) {
  *region = {};
  if (bytes == 0)
    return HINGE_OK;
  if (!data)
    return fail(HINGE_INVALID_ARGUMENT, "%s is null: expected %zu bytes", name, bytes);
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  std::uintptr_t end = 0;
  if (__builtin_add_overflow(begin, bytes, &end))
    return fail(HINGE_INVALID_ARGUMENT, "%s: %zu bytes overflow the address space", name, bytes);
  *region = {begin, 1, bytes, bytes};
  return HINGE_OK;
}

static std::uintptr_t end_of(const Region &r) {
  return r.begin + std::uintptr_t(r.rows - 1) * r.stride_bytes + r.row_bytes;
}

bool overlap(Region a, Region b) {
  if (a.rows == 0 || a.row_bytes == 0 || b.rows == 0 || b.row_bytes == 0)
    return false;
  if (end_of(a) <= b.begin || end_of(b) <= a.begin)
    return false;
  // The stride of a single row is free: take the other's.
  if (a.rows == 1)
    a.stride_bytes = b.stride_bytes;
  else if (b.rows == 1)
    b.stride_bytes = a.stride_bytes;
  if (a.begin > b.begin)
    std::swap(a, b);
  if (a.stride_bytes == b.stride_bytes) {
    // b begins `offset` into a row of a: it must begin past that row's end, and end before the
    // next row begins. That row and the next exist, because b begins before a ends.
    const std::uintptr_t offset = (b.begin - a.begin) % a.stride_bytes;
    return offset < a.row_bytes || offset + b.row_bytes > a.stride_bytes;
  }
  for (std::int64_t i = 0, j = 0; i < a.rows && j < b.rows;) {
    const std::uintptr_t a_row = a.begin + std::uintptr_t(i) * a.stride_bytes;
    const std::uintptr_t b_row = b.begin + std::uintptr_t(j) * b.stride_bytes;
    if (a_row + a.row_bytes <= b_row)
      i++;
    else if (b_row + b.row_bytes <= a_row)
      j++;
    else
      return true;
  }
  return false;
}

hinge_status check_activation(hinge_activation act, bool none_allowed) {
  const int value = int(act);
  if ((value == HINGE_ACTIVATION_NONE && none_allowed) || value == HINGE_ACTIVATION_RELU ||
      value == HINGE_ACTIVATION_RELU6)
    return HINGE_OK;
  return fail(HINGE_INVALID_ARGUMENT, "activation is %d: expected %sRELU (1) or RELU6 (2)", value,
              none_allowed ? "NONE (0), " : "");
}

} // namespace hinge::detail

// Part 2, the call: it checks the views, chooses the target's kernel, and runs it on buffers.
#include "scale_call.h"

#include "hinge/plan/limits.h"

#include <HalideRuntime.h>

// CMakeLists.txt generates these headers with the kernels.
#ifdef __x86_64__
#include "scale_avx2.h"
#include "scale_avx512.h"
#include "scale_sse41.h"
#else
#include "scale_neon.h"
#endif

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

namespace skeleton {

namespace {

// ---- Checks: a kernel has none, so the call checks everything that the kernel relies on ------

[[noreturn]] void refuse(const std::string &message) {
  throw hinge::Error(HINGE_INVALID_ARGUMENT, message.c_str());
}

/// Accepts hinge_view and hinge_const_view.
template <class V>
void check_view(const char *name, const V &v) {
  if (v.rows < 0 || v.cols < 0)
    refuse(std::string(name) + " has a negative size");
  if (v.rows > 1 && v.row_stride < v.cols)
    refuse(std::string(name) + ".row_stride is " + std::to_string(v.row_stride) +
           ": expected at least " + name + ".cols, " + std::to_string(v.cols));
  if (v.rows > 0 && v.cols > 0 && !v.data)
    refuse(std::string(name) + ".data is null");
  if (v.cols > hinge::plan::max_elementwise)
    refuse(std::string(name) + ".cols is more than a kernel can index");
}

/// The stride of a single row may be any number.
template <class V>
std::int64_t stride(const V &v) {
  return v.rows > 1 ? v.row_stride : v.cols;
}

/// The address past the last element.
template <class V>
const float *end(const V &v) {
  return v.elements() + (v.rows - 1) * stride(v) + v.cols;
}

void check(const hinge::ConstView &x, const hinge::View &y) {
  check_view("x", x);
  check_view("y", y);
  if (x.rows != y.rows || x.cols != y.cols)
    refuse("x is " + std::to_string(x.rows) + " x " + std::to_string(x.cols) + ": expected y's " +
           std::to_string(y.rows) + " x " + std::to_string(y.cols));
  // Halide tells LLVM that two buffers do not overlap.
  if (x.rows > 0 && x.cols > 0 && x.data < end(y) && y.data < end(x))
    refuse("x and y share memory");
}

// ---- Dispatch: one kernel for each of Hinge's targets ----------------------------------------

struct Kernel {
  const char *target;
  int (*run)(float factor, halide_buffer_t *x, halide_buffer_t *y);
};

constexpr Kernel kernels[] = {
#ifdef __x86_64__
    {"sse41", scale_sse41},
    {"avx2", scale_avx2},
    {"avx512", scale_avx512},
    {"zen4", scale_avx512},
#else
    {"neon", scale_neon},
#endif
};

/// The active target is the best one that this CPU can run, or the one that the program chose.
const Kernel &active_kernel() {
  const char *target = nullptr;
  hinge::detail::check(hinge_get_target(&target));
  for (const Kernel &k : kernels)
    if (std::strcmp(k.target, target) == 0)
      return k;
  throw hinge::Error(HINGE_UNSUPPORTED_TARGET, "scale has no kernel for the active target");
}

// ---- Buffers: how a kernel sees a matrix -----------------------------------------------------

/// Column i is dimension 0, row m is dimension 1. No element is copied.
struct Buffer : halide_buffer_t {
  halide_dimension_t dims[2];

  Buffer(const float *data, std::int64_t rows, std::int64_t cols, std::int64_t row_stride)
      : halide_buffer_t{}, dims{{0, std::int32_t(cols), 1, 0},
                                {0, std::int32_t(rows), std::int32_t(row_stride), 0}} {
    host = reinterpret_cast<std::uint8_t *>(const_cast<float *>(data));
    type = halide_type_of<float>();
    dimensions = 2;
    dim = dims;
  }
  Buffer(const Buffer &) = delete; // dim points into the object
};

} // namespace

void scale(float factor, const hinge::ConstView &x, const hinge::View &y) {
  check(x, y);
  if (x.rows == 0 || x.cols == 0)
    return;
  const Kernel &kernel = active_kernel();
  // A kernel computes indices in 32 bits, so a large matrix takes several calls.
  const std::int64_t most_rows = hinge::plan::most_rows(std::max(stride(x), stride(y)));
  hinge::plan::in_parts(x.rows, most_rows, [&](std::int64_t first, std::int64_t rows) {
    Buffer xb(x.elements() + first * stride(x), rows, x.cols, rows > 1 ? stride(x) : x.cols);
    Buffer yb(y.elements() + first * stride(y), rows, y.cols, rows > 1 ? stride(y) : y.cols);
    return kernel.run(factor, &xb, &yb);
  });
}

} // namespace skeleton

// Small calls: matrices without gaps, each one row for a kernel. Most calls of most programs are
// such. A loop over 64 floats takes 3 ns, so each instruction of the call counts.
#pragma once

#include "dispatch/kernels.h"
#include "dispatch/target.h"
#include "host/elementwise.h"
#include "operators/arguments.h"

#include <cstdint>

namespace hinge::detail {

/// Whether memory of a matrix that is not large begins there: it is not null, and the memory is
/// within the address space.
inline bool is_low(const void *data) { return reinterpret_cast<std::intptr_t>(data) > 0; }

/// Decides in one pass whether a call is correct and small: below parallel_elements. Any other call
/// takes the general path, which finds out why, and refuses it or cuts it. All functions are inline
/// and few of the views' members are read, so the decision takes about 30 instructions.
class SmallCall {
public:
  /// For matrices of the shape of `like`, a view or a mask.
  template <class V>
  [[gnu::always_inline]] explicit SmallCall(const V *like) {
    if (!like)
      return;
    rows_ = like->rows;
    cols_ = like->cols;
    // Each is 1 or more, and their product does not overflow.
    if (std::uint64_t((rows_ - 1) | (cols_ - 1)) < std::uint64_t(parallel_elements))
      size_ = rows_ * cols_;
    is_small_ = std::uint64_t(size_ - 1) < std::uint64_t(parallel_elements - 1);
  }

  /// Adds an activation.
  [[gnu::always_inline]] void add(GivenActivation act) {
    is_small_ = is_small_ && unsigned(act.value() - 1) < unsigned(plan::activation_count - 1);
  }

  /// Adds a matrix.
  template <class V>
  [[gnu::always_inline]] void add(const V *v) {
    is_small_ = is_small_ && v &&
                ((v->rows ^ rows_) | (v->cols ^ cols_) | (v->type ^ HINGE_FLOAT32)) == 0 &&
                (rows_ == 1 || v->row_stride == cols_) && is_low(v->data);
  }

  /// Adds a mask.
  template <class M>
  [[gnu::always_inline]] void add_mask(const M *m) {
    is_small_ = is_small_ && m && ((m->rows ^ rows_) | (m->cols ^ cols_)) == 0 &&
                (rows_ == 1 || (cols_ % 8 == 0 && m->row_stride == cols_ / 8)) && is_low(m->data);
  }

  /// Requires two arguments, of so many bytes, to share none.
  template <class A, class B>
  [[gnu::always_inline]] void require_apart(const A *a, std::uintptr_t a_bytes, const B *b,
                                            std::uintptr_t b_bytes) {
    // From b's begin to a's, modulo 2^64: at least b's bytes, and at most 2^64 less a's.
    is_small_ = is_small_ && address(a) - address(b) - b_bytes <= 0 - a_bytes - b_bytes;
  }

  /// Requires two matrices to share nothing.
  template <class A, class B>
  [[gnu::always_inline]] void require_apart(const A *a, const B *b) {
    require_apart(a, bytes(), b, bytes());
  }

  /// Requires two matrices to be one, or to share nothing.
  template <class A, class B>
  [[gnu::always_inline]] void require_same_or_apart(const A *a, const B *b) {
    if (is_small_ && a->data != b->data)
      require_apart(a, b);
  }

  /// Whether it is correct and small.
  explicit operator bool() const { return is_small_; }

  std::int64_t size() const { return size_; }
  std::uintptr_t bytes() const { return std::uintptr_t(size_) * sizeof(float); }
  std::uintptr_t mask_bytes() const { return std::uintptr_t(plan::mask_row_bytes(size_)); }

  /// Whether an output takes a call of its own for the floats before its first cache line.
  bool has_head(const hinge_view *out) const {
    return size_ >= least_with_head && floats_to_line(elements(*out)) > 0;
  }

private:
  template <class V>
  static std::uintptr_t address(const V *v) {
    return reinterpret_cast<std::uintptr_t>(v->data);
  }

  std::int64_t rows_ = 0, cols_ = 0, size_ = 0;
  bool is_small_ = false;
};

/// Runs the kernel of an operator for one row. It cannot fail, because it has no buffers to check,
/// so its result is the call's status. The call of the kernel is then a jump.
template <class Fn, class... Args>
[[gnu::always_inline]] inline hinge_status run_row_kernel(const Kernel<Fn> &kernel, Args... args) {
  return hinge_status(run_kernel(kernel, args...));
}

/// The target of a small call, or null: it is not small, or no target is chosen yet.
[[gnu::always_inline]] inline const Target *small_target(const SmallCall &call) {
  return call ? chosen_target.load(std::memory_order_acquire) : nullptr;
}

/// Runs a kernel, row(first float, floats), on the floats before the first cache line of its output
/// and on the others.
template <class Row>
hinge_status run_with_head(const Row &row, const hinge_view &out) {
  const std::int64_t head = floats_to_line(elements(out));
  row(0, std::int32_t(head));
  return row(head, std::int32_t(out.rows * out.cols - head));
}

} // namespace hinge::detail

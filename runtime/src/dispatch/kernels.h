// The library's kernels and its targets. The table itself is generated: hingec writes
// kernel_table.cpp.
#pragma once

#include "dispatch/thread_value.h"

#include "hinge/hinge.h"

#include <hinge/plan/activations.h>
#include <hinge/plan/features.h>
#include <hinge/plan/tiles.h>
#include <hinge/plan/types.h>

#include <HalideRuntime.h>

#include <cstddef>
#include <cstdint>

namespace hinge::detail {

using plan::Type;

/// The signatures that the operators of generators/ compile to.
using activation_fn = int(halide_buffer_t *x, halide_buffer_t *y);
using activation_inplace_fn = int(halide_buffer_t *y);
using activation_backward_fn = int(halide_buffer_t *y, halide_buffer_t *dy, halide_buffer_t *dx);
using activation_backward_inplace_fn = int(halide_buffer_t *y, halide_buffer_t *dx);
/// Kernels for one row take pointers and numbers (arguments in catalog.cpp). They return 0.
using activation_row_fn = int(const float *x, float *y, std::int32_t n);
using activation_inplace_row_fn = int(float *y, std::int32_t n);
using activation_backward_row_fn = int(const float *y, const float *dy, float *dx, std::int32_t n);
using activation_backward_inplace_row_fn = int(const float *y, float *dx, std::int32_t n);
using activation_mask_row_fn = int(const float *x, std::int32_t n, std::uint8_t *mask,
                                   std::int32_t bytes);
using activation_backward_mask_row_fn = int(const std::uint8_t *mask, std::int32_t bytes,
                                            std::int32_t first_bit, const float *dy, float *dx,
                                            std::int32_t n);
using activation_backward_mask_inplace_row_fn = int(const std::uint8_t *mask, std::int32_t bytes,
                                                    std::int32_t first_bit, float *dx,
                                                    std::int32_t n);
using activation_mask_fn = int(halide_buffer_t *x, halide_buffer_t *mask);
using activation_backward_mask_fn = int(halide_buffer_t *mask, std::int32_t first_bit,
                                        halide_buffer_t *dy, halide_buffer_t *dx);
using activation_backward_mask_inplace_fn = int(halide_buffer_t *mask, std::int32_t first_bit,
                                                halide_buffer_t *dx);
using mask_count_columns_fn = int(halide_buffer_t *mask, halide_buffer_t *counts);
using mask_count_rows_fn = int(halide_buffer_t *mask, std::int32_t bits, halide_buffer_t *counts);
using linear_fn = int(halide_buffer_t *x, halide_buffer_t *packed, std::int32_t tile_rows,
                      std::int32_t part_terms, std::int32_t add, std::int32_t last,
                      halide_buffer_t *y);
using linear_pack_fn = int(halide_buffer_t *weight, halide_buffer_t *packed);
using linear_gradient_fn = int(halide_buffer_t *a, halide_buffer_t *b, std::int32_t tile_rows,
                               std::int32_t accumulate, halide_buffer_t *c);

template <class Fn>
struct Kernel {
  const char *name = nullptr; // null: the library has no such kernel
  Fn *run = nullptr;
};

/// The place of a kernel in its operator's table. A member that the operator does not know keeps
/// its default.
struct Key {
  Type type = Type::float32;
  hinge_activation activation = HINGE_ACTIVATION_NONE;
  int vectors = 0; // in a panel
};

/// The kernels of an operator on a target.
template <class Fn>
class Table {
public:
  constexpr Kernel<Fn> &operator[](Key key) {
    return kernels_[int(key.type)][key.activation][key.vectors];
  }
  constexpr const Kernel<Fn> &operator[](Key key) const {
    return kernels_[int(key.type)][key.activation][key.vectors];
  }

  /// Calls f(key, kernel) for each kernel that there is.
  template <class F>
  void for_each(const F &f) const {
    for (const plan::TypeInfo &type : plan::types)
      for (int a = 0; a < plan::activation_count; a++)
        for (int vectors = 0; vectors <= plan::max_panel_vectors; vectors++) {
          const Key key{type.type, hinge_activation(a), vectors};
          if ((*this)[key].run)
            f(key, (*this)[key]);
        }
  }

private:
  Kernel<Fn> kernels_[plan::type_count][plan::activation_count][plan::max_panel_vectors + 1]{};
};

/// An instruction set with its kernels and its tile sizes.
struct Target {
  const char *name = "";
  const char *profile = "";   // that has its tile sizes
  const char *features = "";  // that it requires, separated by spaces
  std::uint32_t required = 0; // as a mask: plan::feature_mask(features)
  plan::ByType<plan::Tiles> tiles{};

  Table<activation_fn> activation{};
  Table<activation_inplace_fn> activation_inplace{};
  Table<activation_backward_fn> activation_backward{};
  Table<activation_backward_inplace_fn> activation_backward_inplace{};
  Table<activation_row_fn> activation_row{};
  Table<activation_inplace_row_fn> activation_inplace_row{};
  Table<activation_backward_row_fn> activation_backward_row{};
  Table<activation_backward_inplace_row_fn> activation_backward_inplace_row{};
  Table<activation_mask_row_fn> activation_mask_row{};
  Table<activation_backward_mask_row_fn> activation_backward_mask_row{};
  Table<activation_backward_mask_inplace_row_fn> activation_backward_mask_inplace_row{};
  Table<activation_mask_fn> activation_mask{};
  Table<activation_backward_mask_fn> activation_backward_mask{};
  Table<activation_backward_mask_inplace_fn> activation_backward_mask_inplace{};
  Table<mask_count_columns_fn> mask_count_columns{};
  Table<mask_count_rows_fn> mask_count_rows{};
  Table<linear_fn> linear{};
  Table<linear_fn> linear_2_parts{}; // side by side
  Table<linear_fn> linear_4_parts{};
  Table<linear_pack_fn> linear_pack{};
  Table<linear_fn> linear_half{}; // vectors of lanes / 2
  Table<linear_fn> linear_half_2_parts{};
  Table<linear_fn> linear_half_4_parts{};
  Table<linear_pack_fn> linear_pack_half{};
  Table<linear_gradient_fn> linear_gradient{};      // full panels
  Table<linear_gradient_fn> linear_gradient_rest{}; // columns left over after them

  /// Calls f(name, table) for each operator.
  template <class F>
  void for_each_operator(const F &f) const {
    f("activation", activation);
    f("activation_inplace", activation_inplace);
    f("activation_backward", activation_backward);
    f("activation_backward_inplace", activation_backward_inplace);
    f("activation_row", activation_row);
    f("activation_inplace_row", activation_inplace_row);
    f("activation_backward_row", activation_backward_row);
    f("activation_backward_inplace_row", activation_backward_inplace_row);
    f("activation_mask_row", activation_mask_row);
    f("activation_backward_mask_row", activation_backward_mask_row);
    f("activation_backward_mask_inplace_row", activation_backward_mask_inplace_row);
    f("activation_mask", activation_mask);
    f("activation_backward_mask", activation_backward_mask);
    f("activation_backward_mask_inplace", activation_backward_mask_inplace);
    f("mask_count_columns", mask_count_columns);
    f("mask_count_rows", mask_count_rows);
    f("linear", linear);
    f("linear_2_parts", linear_2_parts);
    f("linear_4_parts", linear_4_parts);
    f("linear_pack", linear_pack);
    f("linear_half", linear_half);
    f("linear_half_2_parts", linear_half_2_parts);
    f("linear_half_4_parts", linear_half_4_parts);
    f("linear_pack_half", linear_pack_half);
    f("linear_gradient", linear_gradient);
    f("linear_gradient_rest", linear_gradient_rest);
  }

  bool has_fma() const { return plan::has_fma(required); }
};

/// A constant array. The generated table defines the two below.
template <class T>
class Constants {
public:
  template <std::size_t count>
  constexpr Constants(const T (&array)[count]) : begin_(array), end_(array + count) {}
  const T *begin() const { return begin_; }
  const T *end() const { return end_; }
  int size() const { return int(end_ - begin_); }
  const T &operator[](int i) const { return begin_[i]; }

private:
  const T *begin_, *end_;
};

/// The library's targets for CPUs, worst first.
Constants<Target> targets();
inline constexpr int max_targets = 16;

/// The names of all kernels, those for GPUs last.
Constants<const char *> kernel_names();

/// The name of the kernel that this thread ran last, or null before the first.
extern HINGE_THREAD_VALUE(const char *) last_kernel;

/// Runs a kernel and remembers its name for hinge_last_kernel. Returns 0, or an error for
/// kernel_status.
template <class Fn, class... Args>
int run_kernel(const Kernel<Fn> &kernel, Args... args) {
  last_kernel = kernel.name;
  return kernel.run(args...);
}

[[gnu::cold]] hinge_status kernel_failed(int error);

/// The status for the result of the last kernel on this thread. An error is a bug of Hinge's,
/// because the arguments are checked before. It is reported, not printed.
inline hinge_status kernel_status(int error) { return error ? kernel_failed(error) : HINGE_OK; }

} // namespace hinge::detail

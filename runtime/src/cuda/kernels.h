// The library's kernels for GPUs. The table itself is generated, with that of CPUs. The kernels'
// host functions have the signatures of the corresponding CPU kernels, or those below.
#pragma once

#include "dispatch/kernels.h"

#include <hinge/plan/gpu_tiles.h>

#include <array>
#include <cstdint>

namespace hinge::detail::cuda {

using linear_fn = int(halide_buffer_t *x, halide_buffer_t *packed, std::int32_t parts,
                      std::int32_t part_terms, halide_buffer_t *y);
using linear_gradient_x_fn = int(halide_buffer_t *y, halide_buffer_t *dy, std::int32_t activation,
                                 std::int32_t accumulate, std::int32_t parts,
                                 std::int32_t part_terms, halide_buffer_t *b, halide_buffer_t *c);
using linear_gradient_x_mask_fn = int(halide_buffer_t *mask, halide_buffer_t *dy,
                                      std::int32_t accumulate, std::int32_t parts,
                                      std::int32_t part_terms, halide_buffer_t *b,
                                      halide_buffer_t *c);
using linear_gradient_weight_fn = int(halide_buffer_t *y, halide_buffer_t *dy,
                                      std::int32_t activation, std::int32_t accumulate,
                                      halide_buffer_t *b, halide_buffer_t *c);
using linear_gradient_weight_mask_fn = int(halide_buffer_t *mask, halide_buffer_t *dy,
                                           std::int32_t accumulate, halide_buffer_t *b,
                                           halide_buffer_t *c);
using linear_gradient_bias_fn = int(halide_buffer_t *y, halide_buffer_t *dy,
                                    std::int32_t activation, std::int32_t accumulate,
                                    halide_buffer_t *dbias);
using linear_gradient_bias_mask_fn = int(halide_buffer_t *mask, halide_buffer_t *dy,
                                         std::int32_t accumulate, halide_buffer_t *dbias);

/// The place of a kernel in its operator's table. A member that the operator does not know keeps
/// its default.
struct Key {
  Type type = Type::float32;
  hinge_activation activation = HINGE_ACTIVATION_NONE;
  int tile = 0;         // index of plan::gpu_tile_names
  bool aligned = false; // for matrices whose rows all begin at 16 bytes
};

/// The kernels of an operator.
template <class Fn>
class Table {
public:
  constexpr Kernel<Fn> &operator[](Key key) {
    return kernels_[int(key.type)][key.activation][key.tile][key.aligned];
  }
  constexpr const Kernel<Fn> &operator[](Key key) const {
    return kernels_[int(key.type)][key.activation][key.tile][key.aligned];
  }

  /// Calls f(key, kernel) for each kernel that there is.
  template <class F>
  void for_each(const F &f) const {
    for (const plan::TypeInfo &type : plan::types)
      for (int a = 0; a < plan::activation_count; a++)
        for (int tile = 0; tile < plan::gpu_tile_count; tile++)
          for (const bool aligned : {false, true}) {
            const Key key{type.type, hinge_activation(a), tile, aligned};
            if ((*this)[key].run)
              f(key, (*this)[key]);
          }
  }

private:
  Kernel<Fn> kernels_[plan::type_count][plan::activation_count][plan::gpu_tile_count][2]{};
};

struct Kernels {
  std::array<int, 2> capability{}; // that a device must have: major, minor
  plan::ByType<plan::GpuTiles> tiles{};

  Table<activation_fn> activation{};
  Table<activation_inplace_fn> activation_inplace{};
  Table<activation_backward_fn> activation_backward{};
  Table<activation_backward_inplace_fn> activation_backward_inplace{};
  Table<activation_mask_fn> activation_mask{};
  Table<activation_backward_mask_fn> activation_backward_mask{};
  Table<activation_backward_mask_inplace_fn> activation_backward_mask_inplace{};
  Table<linear_fn> linear{};
  Table<linear_pack_fn> linear_pack{};
  Table<linear_gradient_x_fn> linear_gradient_x{};
  Table<linear_gradient_x_mask_fn> linear_gradient_x_mask{};
  Table<linear_gradient_weight_fn> linear_gradient_weight{};
  Table<linear_gradient_weight_mask_fn> linear_gradient_weight_mask{};
  Table<linear_gradient_bias_fn> linear_gradient_bias{};
  Table<linear_gradient_bias_mask_fn> linear_gradient_bias_mask{};

  /// Calls f(name, table) for each operator.
  template <class F>
  void for_each_operator(const F &f) const {
    f("activation", activation);
    f("activation_inplace", activation_inplace);
    f("activation_backward", activation_backward);
    f("activation_backward_inplace", activation_backward_inplace);
    f("activation_mask", activation_mask);
    f("activation_backward_mask", activation_backward_mask);
    f("activation_backward_mask_inplace", activation_backward_mask_inplace);
    f("linear", linear);
    f("linear_pack", linear_pack);
    f("linear_gradient_x", linear_gradient_x);
    f("linear_gradient_x_mask", linear_gradient_x_mask);
    f("linear_gradient_weight", linear_gradient_weight);
    f("linear_gradient_weight_mask", linear_gradient_weight_mask);
    f("linear_gradient_bias", linear_gradient_bias);
    f("linear_gradient_bias_mask", linear_gradient_bias_mask);
  }
};

/// The generated table defines it.
const Kernels &kernels();

/// For tests of each tile: choose_tile takes this tile if it has a kernel for it; -1: none.
extern int forced_tile;

/// The fastest tile for a product of columns x rows, with sums of `terms`, among those with a
/// kernel for the activation.
template <class Fn>
int choose_tile(const Table<Fn> &table, Type type, hinge_activation activation,
                std::int64_t columns, std::int64_t rows, std::int64_t terms, int multiprocessors) {
  const auto has_kernel = [&](int tile) { return table[{type, activation, tile}].run != nullptr; };
  if (forced_tile >= 0 && has_kernel(forced_tile))
    return forced_tile;
  int best = 0;
  double least = 0;
  for (int tile = 0; tile < plan::gpu_tile_count; tile++) {
    if (!has_kernel(tile))
      continue;
    const double cost = plan::gpu_tile_cost(kernels().tiles[type][std::size_t(tile)], columns, rows,
                                            terms, multiprocessors);
    if (least == 0 || cost < least) {
      least = cost;
      best = tile;
    }
  }
  return best;
}

} // namespace hinge::detail::cuda

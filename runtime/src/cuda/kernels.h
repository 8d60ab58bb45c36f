// The kernels for GPUs, from the generated list cuda_kernels.inc. Their host functions have the
// signatures of the CPU's kernels where there are such.
#pragma once

#include "../kernels.h"

#include "driver.h"

#include <array>
#include <cstdint>

namespace hinge::detail::cuda {

enum TileIndex : int {
#define HINGE_CUDA_TARGET(...)
#define HINGE_CUDA_TILE(tile, ...) tile_##tile,
#define HINGE_CUDA_KERNEL(...)
#include "cuda_kernels.inc"
#undef HINGE_CUDA_TARGET
#undef HINGE_CUDA_TILE
#undef HINGE_CUDA_KERNEL
  tile_count
};

/// What a block of threads computes of a product.
struct Tile {
  int columns, rows;
  int terms;  // of the sum, at a time: what a sum has is filled up to a multiple
  int cycles; // of a multiprocessor, for one term
};

using linear_dx_fn = int(halide_buffer_t *y, halide_buffer_t *dy, std::int32_t activation,
                         std::int32_t accumulate, halide_buffer_t *b, halide_buffer_t *c);
using linear_dx_mask_fn = int(halide_buffer_t *mask, halide_buffer_t *dy, std::int32_t accumulate,
                              halide_buffer_t *b, halide_buffer_t *c);
using linear_dweight_fn = linear_dx_fn;
using linear_dweight_mask_fn = linear_dx_mask_fn;
using linear_dbias_fn = int(halide_buffer_t *y, halide_buffer_t *dy, std::int32_t activation,
                            std::int32_t accumulate, halide_buffer_t *dbias);
using linear_dbias_mask_fn = int(halide_buffer_t *mask, halide_buffer_t *dy,
                                 std::int32_t accumulate, halide_buffer_t *dbias);

struct Kernels {
  std::array<int, 2> capability{}; // that a device must have: major, minor
  std::array<Tile, tile_count> tiles{};

  // By operator: [activation][tile][whether all rows begin at 16 bytes], 0 where one does not
  // apply.
  template <class Fn>
  using Table = std::array<std::array<std::array<Kernel<Fn>, 2>, tile_count>, activation_count>;
  Table<activation_fn> activation{};
  Table<activation_inplace_fn> activation_inplace{};
  Table<activation_backward_fn> activation_backward{};
  Table<activation_backward_inplace_fn> activation_backward_inplace{};
  Table<activation_mask_fn> activation_mask{};
  Table<activation_backward_mask_fn> activation_backward_mask{};
  Table<activation_backward_mask_inplace_fn> activation_backward_mask_inplace{};
  Table<linear_fn> linear{};
  Table<linear_pack_fn> linear_pack{};
  Table<linear_dx_fn> linear_dx{};
  Table<linear_dx_mask_fn> linear_dx_mask{};
  Table<linear_dweight_fn> linear_dweight{};
  Table<linear_dweight_mask_fn> linear_dweight_mask{};
  Table<linear_dbias_fn> linear_dbias{};
  Table<linear_dbias_mask_fn> linear_dbias_mask{};
};

const Kernels &kernels();

/// A tile that choose_tile takes wherever it has a kernel, for tests of each of them; -1: none.
extern int forced_tile;

/// The tile with which a product of columns x rows is computed soonest: as many blocks as a
/// multiprocessor gets, one after the other, each with its terms. Of those whose kernel is there.
template <class Fn>
int choose_tile(const std::array<std::array<Kernel<Fn>, 2>, tile_count> &by_tile,
                std::int64_t columns, std::int64_t rows, std::int64_t terms, int multiprocessors) {
  if (forced_tile >= 0 && by_tile[std::size_t(forced_tile)][0].run)
    return forced_tile;
  int best = 0;
  double least = 0;
  for (int t = 0; t < tile_count; t++) {
    if (!by_tile[std::size_t(t)][0].run)
      continue;
    const Tile &tile = kernels().tiles[std::size_t(t)];
    const auto up = [](std::int64_t n, std::int64_t step) { return (n + step - 1) / step; };
    const double blocks = double(up(columns, tile.columns)) * double(up(rows, tile.rows));
    // Less than a whole round of blocks leaves multiprocessors idle; of later rounds some take
    // fewer.
    const double rounds = std::max(1.0, blocks / std::max(1, multiprocessors));
    const double cycles = (rounds < 4 ? double(std::int64_t(rounds + 0.999)) : rounds) *
                          tile.cycles *
                          double(up(std::max<std::int64_t>(1, terms), tile.terms) * tile.terms);
    if (least == 0 || cycles < least) {
      least = cycles;
      best = t;
    }
  }
  return best;
}

/// A buffer in the memory of a device.
template <class Host>
Host on_device(Host buffer) {
  buffer.get()->device = reinterpret_cast<std::uintptr_t>(buffer.get()->host);
  buffer.get()->host = nullptr;
  return buffer;
}

} // namespace hinge::detail::cuda

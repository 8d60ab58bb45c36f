// Tiles of GPUs: the part of a product that a block of threads computes.
#pragma once

#include <array>
#include <cstdint>

namespace hinge::plan {

struct GpuTile {
  int columns = 0, rows = 0;               // of the output, a block's
  int thread_columns = 0, thread_rows = 0; // a thread's part of them; columns by fours
  int terms = 0;                           // of the sum, staged in shared memory at a time
  int threads = 0;                         // that stage them; 0: those that compute
  int prefetch = 0;                        // 1: the next terms are loaded into registers meanwhile
  int gradient_prefetch = 0;               // the same for the gradients, which have more to load
  int blocks = 0; // that a multiprocessor must have registers for; 0: no matter
  int cycles = 0; // of a multiprocessor, for one term

  constexpr int computing_threads() const {
    return columns / thread_columns * (rows / thread_rows);
  }
  constexpr int shared_bytes() const { return (columns + rows) * terms * 4; }
};

/// The tiles that a profile has, largest first.
inline constexpr const char *gpu_tile_names[] = {"large", "medium", "small", "low"};
inline constexpr int gpu_tile_count = int(sizeof gpu_tile_names / sizeof *gpu_tile_names);
using GpuTiles = std::array<GpuTile, gpu_tile_count>;

/// CUDA's limits (CUDA C++ Programming Guide, table of compute capabilities).
inline constexpr int max_block_threads = 1024;
inline constexpr int max_shared_bytes = 49152;       // without an opt-in
inline constexpr std::int64_t max_grid_rows = 65535; // blocks in a column of a grid

/// Columns of a thread are loaded and stored four at a time, 16 bytes.
inline constexpr int gpu_vector = 4;

/// Element-wise kernels: the threads of a block, and its rows if a matrix has gaps.
inline constexpr int gpu_elementwise_threads = 256;
inline constexpr int gpu_elementwise_rows = 8;

/// Packing transposes squares of this many elements. Packed rows begin at multiples of 128 bytes, a
/// cache line.
inline constexpr int gpu_pack_edge = 32;

/// The time of a product with a tile, in cycles of a multiprocessor: its number of blocks, one
/// after the other, each with its terms. Less than a whole round of blocks leaves multiprocessors
/// idle. Some of them take fewer blocks in later rounds.
constexpr double gpu_tile_cost(const GpuTile &tile, std::int64_t columns, std::int64_t rows,
                               std::int64_t terms, int multiprocessors) {
  const auto up = [](std::int64_t n, std::int64_t step) { return (n + step - 1) / step; };
  const double blocks = double(up(columns, tile.columns)) * double(up(rows, tile.rows));
  const double shares = blocks / (multiprocessors > 1 ? multiprocessors : 1);
  const double rounds = shares > 1 ? shares : 1;
  return (rounds < 4 ? double(std::int64_t(rounds + 0.999)) : rounds) * tile.cycles *
         double(up(terms > 1 ? terms : 1, tile.terms) * tile.terms);
}

} // namespace hinge::plan

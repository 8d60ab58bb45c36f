// Register tiles of CPUs: `rows` rows of x by `vectors` vectors of output features. All their sums
// stay in vector registers while the loop over the terms runs.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace hinge::plan {

/// The widest panel, in vectors.
inline constexpr int max_panel_vectors = 8;

/// [vectors in a panel]: the rows of the tallest register tile; 0: no kernels have that width.
using Heights = std::array<int, max_panel_vectors + 1>;

/// The tile sizes of an element type on a target, from its target file and profile.
struct Tiles {
  int registers = 0;   // for vectors
  int lanes = 0;       // elements in a vector
  int unroll = 0;      // vectors in a step of an element-wise loop
  int panel = 0;       // vectors in a full panel of packed weights
  int group = 0;       // full panels that the batch-1 loop computes side by side
  Heights rows{};      // packed weights, whole vectors
  Heights gradient{};  // the gradients' products, which read both operands in the caller's memory
  Heights half_rows{}; // packed weights, vectors of lanes / 2

  /// Output features in a full panel.
  constexpr std::int64_t nr() const { return std::int64_t(panel) * lanes; }

  /// Profiles with half vectors are for CPUs that take half the time for one of them.
  constexpr bool has_half_vectors() const {
    for (int rows_of_half : half_rows)
      if (rows_of_half > 0)
        return true;
    return false;
  }
};

/// The vector registers of a tile: accumulators, a row of the panel and a broadcast of x. A tile
/// that needs more than the target has spills in its inner loop.
constexpr int tile_registers(int rows, int vectors) { return rows * vectors + vectors + 1; }

/// The same of the batch-1 loop: accumulators, a vector of the panel and a broadcast.
constexpr int group_registers(int group, int panel) { return group * panel + 2; }

/// Rows in the fewest register tiles that the tallest one allows. The heights differ by at most one
/// row, so that no row is computed twice. tall_rows are in tiles of `height`, and the others in
/// low_tiles, which are a row lower. 32 rows with tallest 6 become 2 x 6 + 4 x 5. 32x256->256
/// reaches 98 % of the FMA limit of a Zen 4, and 88 % with overlapping tiles of one height.
struct RowTiles {
  std::int64_t rows, tiles, height, low_tiles, tall_rows;

  constexpr RowTiles(std::int64_t all_rows, std::int64_t tallest)
      : rows(all_rows), tiles((rows + tallest - 1) / tallest), height((rows + tiles - 1) / tiles),
        low_tiles(tiles * height - rows), tall_rows((tiles - low_tiles) * height) {}
};

/// Calls run(begin, count, height) for the tall rows, then for the low ones, if there are any.
/// Stops when one returns something else than 0 (a kernel's success). Returns the last result.
template <class Run>
auto in_row_tiles(const RowTiles &t, const Run &run) -> decltype(run(t.tiles, t.tiles, 0)) {
  const std::int64_t low_rows = t.low_tiles * (t.height - 1);
  if constexpr (std::is_void_v<decltype(run(t.tiles, t.tiles, 0))>) {
    if (t.tall_rows > 0)
      run(std::int64_t(0), t.tall_rows, std::int32_t(t.height));
    if (low_rows > 0)
      run(t.tall_rows, low_rows, std::int32_t(t.height - 1));
  } else {
    if (t.tall_rows > 0)
      if (const auto failure = run(std::int64_t(0), t.tall_rows, std::int32_t(t.height)))
        return failure;
    if (low_rows > 0)
      return run(t.tall_rows, low_rows, std::int32_t(t.height - 1));
    return {};
  }
}

/// The same for `rows` rows.
template <class Run>
auto in_row_tiles(std::int64_t rows, std::int64_t tallest, const Run &run) {
  return in_row_tiles(RowTiles(rows, tallest), run);
}

/// The register tile of a fixed layer.
struct FixedTile {
  int lanes, vectors, rows;

  constexpr std::int64_t nr() const { return std::int64_t(lanes) * vectors; }
};

/// A product whose sizes are known when its kernel is made: `batch` rows of `out` columns. If
/// `is_packed`, the right operand is padded to whole panels. Otherwise the last vector of its rows
/// is masked, and tiles wider than a full panel have no register left for the mask. batch 0: any.
struct FixedProduct {
  std::int64_t out, batch;
  bool is_packed;
};

namespace detail {

/// The cost that compares the tiles of a product, in half cycles. `vector_cost` is that of a whole
/// vector's multiplication and addition. A step over the terms takes at least 4 cycles, the latency
/// of one of them, because the next step adds to the same accumulators. Otherwise it takes the time
/// of its multiplications. Each tile also takes 20 cycles besides its sums. They weigh as much as
/// beside two steps, for any number of terms. All measurements in docs/ use the tiles that this
/// cost chooses.
constexpr std::int64_t tile_cost(const FixedProduct &p, FixedTile tile, int vector_cost) {
  constexpr std::int64_t steps = 2, half_cycles_besides = 40;
  const std::int64_t panels = (p.out + tile.nr() - 1) / tile.nr();
  const std::int64_t tiles = (p.batch + tile.rows - 1) / tile.rows;
  const std::int64_t multiplications = std::int64_t(tile.rows) * tile.vectors * vector_cost;
  const std::int64_t step = multiplications < 8 ? 8 : multiplications;
  return tiles * panels * (step * steps + half_cycles_besides);
}

} // namespace detail

/// The register tile that costs least for a product of known sizes.
constexpr FixedTile cheapest_tile(const Tiles &t, FixedProduct p) {
  constexpr std::int64_t many = 64; // for any batch: large enough to be many tiles
  p.batch = p.batch > 0 ? p.batch : many;
  FixedTile best{};
  std::int64_t least = 0;
  for (const bool half : {false, true})
    for (int vectors = 1; vectors <= max_panel_vectors; vectors++) {
      const int lanes = half ? t.lanes / 2 : t.lanes;
      const Heights &heights = half ? t.half_rows : p.is_packed ? t.rows : t.gradient;
      const int tallest = heights[std::size_t(vectors)];
      const bool is_masked = !p.is_packed && p.out % (std::int64_t(lanes) * vectors) != 0;
      if (tallest == 0 || (is_masked && !half && vectors > t.panel))
        continue;
      const FixedTile tile{lanes, vectors, int(RowTiles(p.batch, tallest).height)};
      const int vector_cost = half || !t.has_half_vectors() ? 1 : 2;
      const std::int64_t cost = detail::tile_cost(p, tile, vector_cost);
      if (least == 0 || cost < least) {
        least = cost;
        best = tile;
      }
    }
  return best;
}

} // namespace hinge::plan

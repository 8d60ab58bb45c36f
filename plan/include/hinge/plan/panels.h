// Panels: how the columns of a product are cut into kernels' widths. There are three rules, because
// the right operand differs. packed_columns is for weights that are packed when the program runs.
// gradient_columns is for operands that stay in the caller's memory. cheapest_tile (tiles.h) is for
// fixed layers, which have one width for all columns.
#pragma once

#include <hinge/plan/tiles.h>

#include <cstdint>

namespace hinge::plan {

/// Columns as full panels, then one panel for the rest.
struct Columns {
  std::int64_t full;         // panels of Tiles::panel vectors
  int rest_vectors;          // 0: nothing is left over
  int rest_lanes;            // whole vectors, or half ones
  std::int64_t full_columns; // columns in full panels

  constexpr std::int64_t rest_nr() const { return std::int64_t(rest_vectors) * rest_lanes; }
};

/// Packed weights. The rest goes into half vectors if the target has them and they leave fewer
/// lanes empty. Otherwise it joins the last full panel if the target has that width. One tile of 3
/// vectors is faster than one of 2 and one of 1. Otherwise it gets a narrower panel.
constexpr Columns packed_columns(const Tiles &t, std::int64_t out_features) {
  const int lanes = t.lanes, half = t.lanes / 2;
  const std::int64_t vectors = out_features / lanes + (out_features % lanes != 0);
  std::int64_t full = vectors / t.panel;
  int rest = int(vectors % t.panel), rest_lanes = lanes;
  const std::int64_t halves = (out_features - full * t.nr() + half - 1) / half;
  if (rest > 0 && halves < 2 * rest && halves <= max_panel_vectors &&
      t.half_rows[std::size_t(halves)] > 0) {
    rest = int(halves);
    rest_lanes = half;
  } else if (rest > 0 && full > 0 && rest + t.panel <= max_panel_vectors &&
             t.rows[std::size_t(rest + t.panel)] > 0) {
    full--;
    rest += t.panel;
  }
  return {full, rest, rest_lanes, full * t.nr()};
}

/// Gradients. The rest is one panel of whole vectors, the last of them masked.
constexpr Columns gradient_columns(const Tiles &t, std::int64_t columns) {
  const std::int64_t full = columns / t.nr(), rest = columns - full * t.nr();
  return {full, int((rest + t.lanes - 1) / t.lanes), t.lanes, full * t.nr()};
}

/// The floats of packed memory for the weights of a fixed layer. Zeros past the last output feature
/// count.
constexpr std::int64_t fixed_packed_elements(FixedTile tile, std::int64_t in_features,
                                             std::int64_t out_features) {
  return (out_features + tile.nr() - 1) / tile.nr() * tile.nr() * in_features;
}

/// The packed weights of a fixed layer begin on a cache line, so that no vector lies across two.
/// Their memory may begin at any float. These are the most floats before the line.
inline constexpr int cache_line_bytes = 64;
inline constexpr int most_floats_before_line = cache_line_bytes / int(sizeof(float)) - 1;

} // namespace hinge::plan

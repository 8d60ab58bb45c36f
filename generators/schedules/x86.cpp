// Schedules for x86-64: SSE4.1 (16 registers of 4 floats, no FMA), AVX2 + FMA (16 of 8) and
// AVX-512 (32 of 16).
#include "schedules.h"

namespace hinge {

using namespace Halide;

void schedule_elementwise(const Target &, Stage stage, Var i, ElementwiseTile tile) {
  Var block("block"), vector("vector"), lane("lane");
  // Predicate: the tail of a row is a masked load and store, which touch nothing past its end
  // (SSE4.1 has no masks: LLVM makes branches of them).
  stage.split(i, block, lane, tile.lanes * tile.unroll, TailStrategy::Predicate)
      .split(lane, vector, lane, tile.lanes)
      .vectorize(lane)
      .unroll(vector);
}

void schedule_activation_mask(const Target &, Func mask, Func bits, Var byte, RVar bit_in_byte,
                              int lanes) {
  // Four vectors of elements a step: their comparisons are packed into one vector of bytes.
  const int bytes = 4 * lanes / 8;
  Var block("block"), in_block("in_block");
  mask.split(byte, block, in_block, bytes, TailStrategy::Predicate).vectorize(in_block);
  bits.compute_at(mask, block)
      .store_in(MemoryType::Register)
      .bound_extent(byte, bytes)
      .vectorize(byte);
  bits.update().reorder(bit_in_byte, byte).atomic().vectorize(bit_in_byte).vectorize(byte);
}

void schedule_from_mask(const Target &, Func dx, Stage stage, Func words, Var i, int lanes) {
  Var word("word"), vector("vector"), lane("lane");
  stage.split(i, word, lane, 32, TailStrategy::Predicate)
      .split(lane, vector, lane, lanes)
      .vectorize(lane)
      .unroll(vector);
  words.compute_at(dx, word).store_in(MemoryType::Register);
}

void schedule_mask_count_columns(const Target &, Func counts, Func sums, Var i, int lanes) {
  // The sums of 32 columns stay in registers while the rows go by.
  Var block("block"), vector("vector"), lane("lane");
  counts.split(i, block, lane, 32, TailStrategy::Predicate)
      .split(lane, vector, lane, lanes)
      .vectorize(lane)
      .unroll(vector);
  RVar r = sums.rvars()[0];
  sums.compute_at(counts, block).store_in(MemoryType::Register).bound_extent(i, 32);
  sums.vectorize(i, lanes).unroll(i);
  sums.update().reorder(i, r).vectorize(i, lanes).unroll(i);
}

/// AVX2's masked store takes AMD's CPUs 12 cycles and more, which made 32x10->20 on a Zen 4 slower
/// than 32x10->24. With AVX-512 they are as quick as others.
static bool masked_stores_are_slow(const Target &target) {
  return target.has_feature(Target::AVX2) && !target.has_feature(Target::AVX512);
}

/// Tiles of `rows` rows by a panel of `nr` columns, stored four columns at a time: where they are a
/// multiple of four none of them is masked (32x10->20 with AVX2: 247 to 162 ns).
static void store_by_fours(Stage stage, const Var &column, const Var &row, const Var &panel,
                           const Var &row_tile, int nr, int rows, TailStrategy row_tail) {
  Var four("four"), in_four("in_four"), vector("vector"), in_tile("in_tile");
  stage.split(column, four, in_four, 4, TailStrategy::RoundUp)
      .split(four, panel, vector, nr / 4, TailStrategy::GuardWithIf)
      .split(row, row_tile, in_tile, rows, row_tail)
      .reorder(in_four, vector, in_tile, row_tile, panel)
      .vectorize(in_four)
      .unroll(vector)
      .unroll(in_tile);
}

void schedule_linear(const Target &target, LinearFuncs f, LinearTile tile) {
  const int nr = tile.lanes * tile.vectors;
  Var panel("panel"), column("column"), vector("vector"), row_tile("row_tile"), row("row");

  // Panels outside, row tiles inside: a panel, (in_features + 1) * nr floats, is read from memory
  // once and from L2 for every further row tile (128 KiB for 1024 in_features and nr = 32).
  auto tiled = [&](const Expr &condition, int rows, int panels, TailStrategy panel_tail) {
    // A store past out_features is masked (Predicate). Rows of the last tile shift inwards: some
    // are computed twice, which is sound, as y overlaps no input and both give the same bits.
    f.y.specialize(condition)
        .split(f.n, panel, column, nr * panels, panel_tail)
        .split(f.m, row_tile, row, rows, TailStrategy::ShiftInwards)
        .split(column, vector, column, tile.lanes)
        .reorder(column, vector, row, row_tile, panel)
        .vectorize(column)
        .unroll(vector)
        .unroll(row);
  };
  // Batch 1 has one FMA chain a vector, and a chain takes an FMA only every 4 cycles: with a panel
  // of 2 vectors that is a quarter of the FMA rate. `group` panels side by side make the chains up
  // (1x256->256 from L2: 3.8 us, with 4 panels 2.9). The caller passes out_features in multiples.
  if (tile.group > 1)
    tiled(f.tile_rows == 1 && f.y.output_buffer().dim(0).extent() % (nr * tile.group) == 0, 1,
          tile.group, TailStrategy::RoundUp);
  // One loop nest for each height, so that no batch pays for a taller tile than it needs.
  // Where there is one panel Halide learns it from the condition and leaves the loop over panels
  // out: half the code, and 1x16->16 takes 24 ns instead of 36.
  const Expr out_features = f.y.output_buffer().dim(0).extent();
  for (int rows = 1; rows <= tile.rows; rows++) {
    Expr condition = f.tile_rows == rows;
    if (tile.one_panel)
      condition = condition && out_features > 0 && out_features <= nr;
    if (masked_stores_are_slow(target))
      store_by_fours(f.y.specialize(condition && out_features % 4 == 0 && out_features % nr != 0),
                     f.n, f.m, panel, row_tile, nr, rows, TailStrategy::ShiftInwards);
    tiled(condition, rows, 1, TailStrategy::Predicate);
  }
  f.y.specialize_fail("tile_rows or out_features is out of range");

  // The accumulators live in registers: every loop over them is a constant and unrolled. The tile
  // is computed in full width also where fewer columns are stored (bound_extent), because the
  // packed weights are padded with zeros.
  f.acc.compute_at(f.y, row_tile).store_in(MemoryType::Register).bound_extent(f.j, nr);
  f.acc.reorder(f.j, f.q, f.m).vectorize(f.j, tile.lanes).unroll(f.j).unroll(f.q).unroll(f.m);
  RVar k = f.acc.rvars()[0];
  f.acc.update()
      .reorder(f.j, f.q, f.m, k)
      .vectorize(f.j, tile.lanes)
      .unroll(f.j)
      .unroll(f.q)
      .unroll(f.m);
  if (tile.steps > 1)
    f.acc.update().unroll(k, tile.steps);
}

void schedule_linear_backward(const Target &target, LinearBackwardFuncs f, LinearTile tile) {
  // The register tile of schedule_linear, without packing: a row of B is a row of the caller's
  // matrix, and A has any two strides.
  const int nr = tile.lanes * tile.vectors;
  Var panel("panel"), column("column"), vector("vector"), row_tile("row_tile"), row("row");
  const Expr columns = f.c.output_buffer().dim(0).extent();
  for (int rows = 1; rows <= tile.rows; rows++) {
    Expr condition = f.tile_rows == rows;
    if (tile.one_panel)
      condition = condition && columns > nr - tile.lanes && columns <= nr;
    // No row is computed twice, as it may be added to what is there.
    if (tile.one_panel && masked_stores_are_slow(target))
      store_by_fours(f.c.specialize(condition && columns % 4 == 0 && columns != nr), f.k, f.i,
                     panel, row_tile, nr, rows, TailStrategy::RoundUp);
    f.c.specialize(condition)
        .split(f.k, panel, column, nr,
               tile.one_panel ? TailStrategy::Predicate : TailStrategy::RoundUp)
        .split(f.i, row_tile, row, rows, TailStrategy::RoundUp)
        .split(column, vector, column, tile.lanes)
        .reorder(column, vector, row, row_tile, panel)
        .vectorize(column)
        .unroll(vector)
        .unroll(row);
  }
  f.c.specialize_fail("tile_rows or the number of columns is out of range");
  f.acc.compute_at(f.c, row_tile).store_in(MemoryType::Register).bound_extent(f.j, nr);
  f.acc.reorder(f.j, f.q, f.i).vectorize(f.j, tile.lanes).unroll(f.j).unroll(f.q).unroll(f.i);
  RVar r = f.acc.rvars()[0];
  f.acc.update()
      .reorder(f.j, f.q, f.i, r)
      .vectorize(f.j, tile.lanes)
      .unroll(f.j)
      .unroll(f.q)
      .unroll(f.i);
}

void schedule_linear_pack(const Target &, Func packed, const std::vector<Var> &jkq, int lanes) {
  // A transposition. k innermost after the vector: the `lanes` rows of W that a vector gathers from
  // are each read in order, so a cache line is used up before the next is fetched.
  Var vector("vector"), lane("lane");
  packed.split(jkq[0], vector, lane, lanes)
      .reorder(lane, jkq[1], vector, jkq[2])
      .vectorize(lane)
      .unroll(jkq[1], 4, TailStrategy::GuardWithIf);
}

} // namespace hinge

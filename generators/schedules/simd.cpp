// Schedules for CPUs with vector registers: SSE4.1 (16 registers of 4 floats, no FMA), AVX2 + FMA
// (16 of 8), AVX-512 (32 of 16) and NEON (32 of 4; LLVM makes the broadcast of a tile's x part of
// its FMA, `fmla v0.4s, v1.4s, v2.s[0]`).
#include "schedules.h"

#include "cuda.h"

namespace hinge {

using namespace Halide;

/// Blocks of `size` points along `i`, each in vectors, unrolled. Predicate: the tail of a row is a
/// masked load and store, which touch nothing past its end (SSE4.1 and NEON have no masks: LLVM
/// branches for the last up to three elements).
static void in_blocks(Stage stage, const Var &i, const Var &block, int size, int lanes) {
  Var vector("vector"), lane("lane");
  stage.split(i, block, lane, size, TailStrategy::Predicate)
      .split(lane, vector, lane, lanes)
      .vectorize(lane)
      .unroll(vector);
}

void schedule_elementwise(const Target &target, Stage stage, Var i, Var m, Expr rows,
                          ElementwiseTile tile) {
  if (target.has_feature(Target::CUDA))
    return cuda::schedule_elementwise(stage, i, m, rows, tile);
  in_blocks(stage, i, Var("block"), tile.lanes * tile.unroll, tile.lanes);
}

void schedule_activation_mask(const Target &target, Func mask, Func bits, Var byte, Var m,
                              RVar bit_in_byte, int lanes) {
  if (target.has_feature(Target::CUDA))
    return cuda::schedule_activation_mask(mask, bits, byte, m, bit_in_byte);
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

void schedule_from_mask(const Target &target, Func dx, Stage stage, Func words, Var i, Var m,
                        Expr rows, ElementwiseTile tile) {
  if (target.has_feature(Target::CUDA))
    return cuda::schedule_elementwise(stage, i, m, rows, tile);
  Var word("word");
  in_blocks(stage, i, word, 32, tile.lanes);
  words.compute_at(dx, word).store_in(MemoryType::Register);
}

void schedule_mask_count_columns(const Target &, Func counts, Func sums, Var i, int lanes) {
  // The sums of 32 columns stay in registers while the rows go by.
  Var block("block");
  in_blocks(counts, i, block, 32, lanes);
  RVar r = sums.rvars()[0];
  sums.compute_at(counts, block).store_in(MemoryType::Register).bound_extent(i, 32);
  sums.vectorize(i, lanes).unroll(i);
  sums.update().reorder(i, r).vectorize(i, lanes).unroll(i);
}

/// AVX2's masked store takes AMD's CPUs 12 cycles and more, which made 32x10->20 on a Zen 4 slower
/// than 32x10->24. With AVX-512 they are as quick as others. NEON has none: each is a comparison
/// and a branch for every lane.
static bool masked_stores_are_slow(const Target &target) {
  return target.arch == Target::ARM ||
         (target.has_feature(Target::AVX2) && !target.has_feature(Target::AVX512));
}

/// Tiles of `rows` rows by panels of `columns` columns, panels outside.
static void in_tiles(Stage stage, const Var &column, const Var &row, const Var &panel,
                     const Var &row_tile, int columns, int rows, int lanes,
                     TailStrategy column_tail, TailStrategy row_tail) {
  Var in_panel("column"), vector("vector"), in_tile("row");
  stage.split(column, panel, in_panel, columns, column_tail)
      .split(row, row_tile, in_tile, rows, row_tail)
      .split(in_panel, vector, in_panel, lanes)
      .reorder(in_panel, vector, in_tile, row_tile, panel)
      .vectorize(in_panel)
      .unroll(vector)
      .unroll(in_tile);
}

/// A tile's accumulators (column in the panel, row, panel) live in registers: every loop over them
/// is a constant and unrolled. They are computed in full width also where fewer columns are stored
/// (bound_extent).
static void in_registers(Func acc, const Func &output, const Var &row_tile, const Var &column,
                         const Var &row, const Var &panel, int nr, int lanes) {
  acc.compute_at(output, row_tile).store_in(MemoryType::Register).bound_extent(column, nr);
  acc.reorder(column, panel, row).vectorize(column, lanes).unroll(column).unroll(panel).unroll(row);
  acc.update()
      .reorder(column, panel, row, acc.rvars()[0])
      .vectorize(column, lanes)
      .unroll(column)
      .unroll(panel)
      .unroll(row);
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

/// Two terms of the sum in a step of its loop, where that pays.
static void two_terms_a_step(const Target &target, LinearFuncs f, LinearTile tile) {
  // Sums of two or three terms would lose their loop, and without it LLVM makes fma(a, b, 0) a
  // product, which may be -0.
  if (tile.terms >= 1 && tile.terms <= 3)
    return;
  const RVar r = f.acc.rvars()[0];
  if (target.arch == Target::ARM) {
    // Of two terms LLVM loads x in pairs, of one it loads and broadcasts it by ld1r in low tiles,
    // which takes an FMA pipe (llvm-mca, Neoverse N1, of the FMA rate: 2x4 vectors 0.76 to 1.00,
    // 4x4 0.80 to 1.00). In tall tiles it would keep accumulators on the stack.
    const Expr low = Internal::simplify(f.tile_rows * tile.vectors <= 16);
    if (Internal::is_const_one(low))
      f.acc.update().unroll(r, 2, TailStrategy::GuardWithIf);
    else if (!Internal::is_const_zero(low))
      f.acc.update().specialize(low).unroll(r, 2, TailStrategy::GuardWithIf);
  } else if (tile.terms > 0 && tile.terms % 2 == 0) {
    // Enough to hide the loop's own instructions: 32x10->20 took 139 ns instead of 141, with all
    // ten unrolled 185 (Zen 4).
    f.acc.update().unroll(r, 2);
  }
}

void schedule_linear(const Target &target, LinearFuncs f, LinearTile tile) {
  const int nr = tile.lanes * tile.vectors;
  Var panel("panel"), row_tile("row_tile");

  // Panels outside, row tiles inside: a panel, (in_features + 1) * nr floats, is read from memory
  // once and from L2 for every further row tile (128 KiB for 1024 in_features and nr = 32).
  auto tiled = [&](const Expr &condition, int rows, int panels, TailStrategy panel_tail) {
    // A store past out_features is masked (Predicate). Rows of the last tile shift inwards: some
    // are computed twice, which is sound, as y overlaps no input and both give the same bits.
    in_tiles(f.y.specialize(condition), f.n, f.m, panel, row_tile, nr * panels, rows, tile.lanes,
             panel_tail, TailStrategy::ShiftInwards);
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
  for (int rows = tile.least_rows; rows <= tile.rows; rows++) {
    Expr condition = f.tile_rows == rows;
    if (tile.one_panel)
      condition = condition && out_features > 0 && out_features <= nr;
    if (masked_stores_are_slow(target))
      store_by_fours(f.y.specialize(condition && out_features % 4 == 0 && out_features % nr != 0),
                     f.n, f.m, panel, row_tile, nr, rows, TailStrategy::ShiftInwards);
    tiled(condition, rows, 1, TailStrategy::Predicate);
  }
  f.y.specialize_fail("tile_rows or out_features is out of range");

  // The packed weights are padded with zeros to full width.
  in_registers(f.acc, f.y, row_tile, f.j, f.m, f.q, nr, tile.lanes);
  two_terms_a_step(target, f, tile);
}

void schedule_linear_backward(const Target &target, LinearBackwardFuncs f, LinearTile tile) {
  // The register tile of schedule_linear, without packing: a row of B is a row of the caller's
  // matrix, and A has any two strides.
  const int nr = tile.lanes * tile.vectors;
  Var panel("panel"), row_tile("row_tile");
  const Expr columns = f.c.output_buffer().dim(0).extent();
  for (int rows = 1; rows <= tile.rows; rows++) {
    Expr condition = f.tile_rows == rows;
    if (tile.one_panel)
      condition = condition && columns > nr - tile.lanes && columns <= nr;
    // No row is computed twice, as it may be added to what is there.
    if (tile.one_panel && masked_stores_are_slow(target))
      store_by_fours(f.c.specialize(condition && columns % 4 == 0 && columns != nr), f.k, f.i,
                     panel, row_tile, nr, rows, TailStrategy::RoundUp);
    in_tiles(f.c.specialize(condition), f.k, f.i, panel, row_tile, nr, rows, tile.lanes,
             tile.one_panel ? TailStrategy::Predicate : TailStrategy::RoundUp,
             TailStrategy::RoundUp);
  }
  f.c.specialize_fail("tile_rows or the number of columns is out of range");
  in_registers(f.acc, f.c, row_tile, f.j, f.i, f.q, nr, tile.lanes);
}

void schedule_linear_pack(const Target &target, Func packed, Func weight_tile,
                          const std::vector<Var> &jkq, int lanes) {
  if (target.has_feature(Target::CUDA))
    return cuda::schedule_linear_pack(packed, weight_tile, jkq[0], jkq[1]);
  // A transposition. k innermost after the vector: the `lanes` rows of W that a vector gathers from
  // are each read in order, so a cache line is used up before the next is fetched.
  Var vector("vector"), lane("lane");
  packed.split(jkq[0], vector, lane, lanes)
      .reorder(lane, jkq[1], vector, jkq[2])
      .vectorize(lane)
      .unroll(jkq[1], 4, TailStrategy::GuardWithIf);
}

} // namespace hinge

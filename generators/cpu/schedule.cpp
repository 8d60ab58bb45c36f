// Schedules for CPUs with vector registers. SSE4.1 has 16 registers of 4 floats and no FMA. AVX2
// and FMA have 16 of 8, AVX-512 has 32 of 16, and NEON has 32 of 4. On NEON LLVM makes the
// broadcast of a tile's x part of its FMA, `fmla v0.4s, v1.4s, v2.s[0]`.
#include "schedule.h"

#include <vector>

namespace hinge::cpu {

using namespace Halide;

/// Blocks of `size` points along `i`, each in vectors, unrolled. Predicate: the tail of a row is a
/// masked load and store, which touch nothing past its end. SSE4.1 and NEON have no masks, so LLVM
/// branches for the last elements, up to three.
static void in_blocks(Stage stage, const Var &i, const Var &block, int size, int lanes) {
  Var vector("vector"), lane("lane");
  stage.split(i, block, lane, size, TailStrategy::Predicate)
      .split(lane, vector, lane, lanes)
      .vectorize(lane)
      .unroll(vector);
}

/// AVX-512 stores a tail of a block by masked stores, as quick as others, without branches. A
/// masked store takes AVX2 on AMD's CPUs 12 cycles, an empty one too, so vectors past the end are
/// left out. One float takes 7 ns instead of 19 (Zen 3).
void schedule_elementwise(const Target &target, Stage stage, const Var &i, ElementwiseTile tile) {
  Var block("block"), vector("vector"), lane("lane");
  if (target.has_feature(Target::AVX512))
    return in_blocks(stage, i, block, tile.lanes * tile.unroll, tile.lanes);
  stage.split(i, vector, lane, tile.lanes, TailStrategy::Predicate)
      .split(vector, block, vector, tile.unroll, TailStrategy::GuardWithIf)
      .vectorize(lane)
      .unroll(vector);
}

void schedule_activation_mask(MaskFuncs f, const RVar &bit_in_byte, int lanes) {
  // Four vectors of elements a step: their comparisons are packed into one vector of bytes.
  const int bytes = 4 * lanes / 8;
  Var block("block"), in_block("in_block");
  f.mask.split(f.byte, block, in_block, bytes, TailStrategy::Predicate).vectorize(in_block);
  f.bits.compute_at(f.mask, block)
      .store_in(MemoryType::Register)
      .bound_extent(f.byte, bytes)
      .vectorize(f.byte);
  f.bits.update().reorder(bit_in_byte, f.byte).atomic().vectorize(bit_in_byte).vectorize(f.byte);
}

void schedule_from_mask(Func dx, Stage stage, Func words, const Var &i, int lanes) {
  Var word("word");
  in_blocks(stage, i, word, 32, lanes);
  words.compute_at(dx, word).store_in(MemoryType::Register);
}

void schedule_mask_count_columns(Func counts, Func sums, const Var &i, int lanes) {
  // The sums of 32 columns stay in registers while the rows go by.
  Var block("block");
  in_blocks(counts, i, block, 32, lanes);
  RVar r = sums.rvars()[0];
  sums.compute_at(counts, block).store_in(MemoryType::Register).bound_extent(i, 32);
  sums.vectorize(i, lanes).unroll(i);
  sums.update().reorder(i, r).vectorize(i, lanes).unroll(i);
}

/// AVX2's masked store takes AMD's CPUs 12 cycles and more, so 32x10->20 is slower than 32x10->24
/// on a Zen 4. AVX-512's are as quick as other stores. NEON has none: LLVM makes a comparison and a
/// branch for every lane.
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

/// The coordinates of a tile's accumulators: column in the panel, row, panel.
struct InTile {
  Var column, row, panel;
  int nr, lanes;

  /// A tile's accumulators live in registers: every loop over them has a constant extent and is
  /// unrolled. bound_extent: they have full width, even if fewer columns are stored.
  void hold(Func acc, const LoopLevel &at) const {
    acc.compute_at(at).store_in(MemoryType::Register).bound_extent(column, nr);
    unroll(acc);
  }
  /// `outer`: the loops around those over the tile.
  void unroll(Stage stage, const std::vector<VarOrRVar> &outer = {}) const {
    std::vector<VarOrRVar> order = {column, panel, row};
    order.insert(order.end(), outer.begin(), outer.end());
    stage.reorder(order).vectorize(column, lanes).unroll(column).unroll(panel).unroll(row);
  }

  void hold(Chains chains, const LoopLevel &at) const {
    hold(chains.sums, at);
    chains.sums.unroll(chains.part);
    for (int u = 0; u < int(chains.updates.size()); u++) {
      const RDom &r = chains.updates[std::size_t(u)];
      Stage update = chains.sums.update(u);
      unroll(update, {r.x, r.y});
      update.unroll(r.x);
    }
  }

  /// `rows`: of the tallest tile. Its storage serves all heights: Halide takes a place on the stack
  /// again for one of the same size.
  void hold(Groups groups, const LoopLevel &at, int rows) const {
    hold(groups.total, at);
    // Its loop over the rows is not unrolled. LLVM then cannot take its elements for variables. It
    // would spill them in the loops over the terms: 6 rows of 2 vectors had 51 instructions a term.
    groups.total.store_in(MemoryType::Stack).bound_storage(row, rows);
    groups.total.update()
        .reorder(column, panel, groups.parts.x, row, groups.parts.y)
        .vectorize(column, lanes)
        .unroll(column)
        .unroll(panel)
        .unroll(groups.parts.x);
    hold(groups.stored, {groups.total, groups.parts.y});
    groups.stored.store_in(MemoryType::Stack).bound_storage(row, rows).unroll(groups.part);
    hold(groups.sums, {groups.total, groups.parts.y});
    groups.sums.unroll(groups.part);
    Stage update = groups.sums.update();
    unroll(update, {groups.part, groups.term});
    update.unroll(groups.part);
  }
};

/// Tiles of `rows` rows by a panel of `nr` columns, stored four columns at a time. No store is
/// masked if the columns are a multiple of four. 32x10->20 takes 162 ns instead of 247 (AVX2).
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

/// Two terms of a chain in a step of its loop, if that pays. `r` is the loop of `update`.
static void two_terms_a_step(const Target &target, Stage update, const RVar &r, int chains,
                             const Expr &tile_rows, const LinearTile &tile) {
  // Sums of two or three terms would lose their loop. LLVM then makes fma(a, b, 0) a product, which
  // may be -0.
  if (tile.terms >= 1 && tile.terms <= 3)
    return;
  if (target.arch == Target::ARM) {
    // LLVM loads x of two terms in pairs. In low tiles it loads and broadcasts x of one term by
    // ld1r, which takes an FMA pipe. The step of two raises llvm-mca's share of the FMA rate on a
    // Neoverse N1. It is 1.00 instead of 0.76 (2x4 vectors) and of 0.80 (4x4). Two terms in a tall
    // tile would keep accumulators on the stack.
    const Expr low = Internal::simplify(tile_rows * tile.vectors * chains <= 16);
    if (Internal::is_const_one(low))
      update.unroll(r, 2, TailStrategy::GuardWithIf);
    else if (!Internal::is_const_zero(low))
      update.specialize(low).unroll(r, 2, TailStrategy::GuardWithIf);
  } else if (tile.terms > 0 && tile.terms % 2 == 0) {
    // Two terms hide the loop's own instructions: 32x10->20 takes 139 ns instead of 141. It takes
    // 185 with all ten unrolled (Zen 4).
    update.unroll(r, 2);
  }
}

void schedule_linear(const Target &target, LinearFuncs f, LinearTile tile) {
  const int nr = tile.lanes * tile.vectors;
  Var panel("panel"), row_tile("row_tile");

  // Panels are outside, row tiles inside. A panel of (in_features + 1) * nr floats is read from
  // memory once, and from L2 for every further row tile. It has 128 KiB for 1024 in_features and nr
  // = 32.
  auto tiled = [&](const Expr &condition, int rows, int panels, TailStrategy panel_tail) {
    // A store past out_features is masked (Predicate). Rows of the last tile shift inwards, so some
    // are computed twice. That is correct because y overlaps no input, and both give the same bits.
    in_tiles(f.y.specialize(condition), f.n, f.m, panel, row_tile, nr * panels, rows, tile.lanes,
             panel_tail, TailStrategy::ShiftInwards);
  };
  // Batch 1 has one FMA chain a vector, and a chain takes an FMA only every 4 cycles. So a panel of
  // 2 vectors reaches a quarter of the FMA rate. `group` panels side by side have more chains:
  // 1x256->256 from L2 takes 2.9 us with 4 panels, and 3.8 with one. The caller passes out_features
  // in multiples.
  if (tile.group > 1)
    tiled(f.tile_rows == 1 && f.y.output_buffer().dim(0).extent() % (nr * tile.group) == 0, 1,
          tile.group, TailStrategy::RoundUp);
  // Each height has a loop nest, so that no batch pays for a taller tile than it needs. The
  // condition tells Halide that there is one panel, which saves the loop over panels. The code is
  // half as long, and 1x16->16 takes 24 ns instead of 36.
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

  // The packed weights are padded to full width.
  const InTile in_tile{f.j, f.m, f.q, nr, tile.lanes};
  in_tile.hold(f.sum, {f.y, row_tile});
  for (int update = 0; update < f.sum.num_update_definitions(); update++) {
    const std::vector<RVar> loops = f.sum.rvars(update);
    in_tile.unroll(f.sum.update(update), {loops.begin(), loops.end()});
  }
  in_tile.hold(f.chains, {f.y, row_tile});
  if (f.groups.total.defined())
    in_tile.hold(f.groups, {f.y, row_tile}, tile.rows);
  two_terms_a_step(target, f.chains.sums.update(), f.chains.updates[0].y, f.chains.count,
                   f.tile_rows, tile);
}

void schedule_linear_gradient(const Target &target, LinearGradientFuncs f, LinearTile tile) {
  // This is schedule_linear's register tile without packing. A row of B is a row of the caller's
  // matrix, and A has any two strides.
  const int nr = tile.lanes * tile.vectors;
  Var panel("panel"), row_tile("row_tile");
  const Expr columns = f.c.output_buffer().dim(0).extent();
  for (int rows = 1; rows <= tile.rows; rows++) {
    Expr condition = f.tile_rows == rows;
    if (tile.one_panel)
      condition = condition && columns > nr - tile.lanes && columns <= nr;
    // No row is computed twice, because it may be added to the previous value.
    if (tile.one_panel && masked_stores_are_slow(target))
      store_by_fours(f.c.specialize(condition && columns % 4 == 0 && columns != nr), f.k, f.i,
                     panel, row_tile, nr, rows, TailStrategy::RoundUp);
    in_tiles(f.c.specialize(condition), f.k, f.i, panel, row_tile, nr, rows, tile.lanes,
             tile.one_panel ? TailStrategy::Predicate : TailStrategy::RoundUp,
             TailStrategy::RoundUp);
  }
  f.c.specialize_fail("tile_rows or the number of columns is out of range");
  const InTile in_tile{f.j, f.i, f.q, nr, tile.lanes};
  in_tile.hold(f.acc, {f.c, row_tile});
  for (int update : {0, 1})
    in_tile.unroll(f.acc.update(update), {f.acc.rvars(update)[0]});
}

void schedule_linear_pack(Func packed, const Var &j, const Var &k, const Var &q, int lanes) {
  // A transposition. k is innermost after the vector. A vector gathers from `lanes` rows of W. Each
  // of them is then read in order, and a cache line is used up before the next is fetched.
  Var vector("vector"), lane("lane");
  packed.split(j, vector, lane, lanes)
      .reorder(lane, k, vector, q)
      .vectorize(lane)
      .unroll(k, 4, TailStrategy::GuardWithIf);
}

} // namespace hinge::cpu

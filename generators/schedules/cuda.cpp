// Schedules for NVIDIA's GPUs.
#include "cuda.h"

namespace hinge::cuda {

using namespace Halide;

void schedule_elementwise(Stage stage, const Var &i, const Var &m, const Expr &rows,
                          ElementwiseTile tile) {
  Var block("block"), vector("vector"), thread("thread"), lane("lane"), row_block("row_block"),
      row("row");
  // A matrix without gaps is one long row, a block a part of it.
  constexpr int threads = 256;
  stage.specialize(rows == 1)
      .split(i, block, vector, threads * tile.lanes * tile.unroll, TailStrategy::GuardWithIf)
      .split(vector, vector, thread, threads * tile.lanes)
      .split(thread, thread, lane, tile.lanes)
      .reorder(lane, vector, thread, block, m)
      .vectorize(lane)
      .unroll(vector)
      .gpu_blocks(block)
      .gpu_threads(thread);
  // Else a warp takes 32 vectors of a row, a block 8 rows.
  constexpr int warp = 32, block_rows = threads / warp;
  stage.split(i, block, thread, warp * tile.lanes, TailStrategy::GuardWithIf)
      .split(thread, thread, lane, tile.lanes)
      .split(m, row_block, row, block_rows, TailStrategy::GuardWithIf)
      .reorder(lane, thread, row, block, row_block)
      .vectorize(lane)
      .gpu_blocks(block, row_block)
      .gpu_threads(thread, row);
}

void schedule_activation_mask(Func mask, Func bits, const Var &byte, const Var &m,
                              const RVar &bit_in_byte) {
  // A byte a thread, from a sector of 32 bytes.
  Var block("block"), thread("thread"), row_block("row_block"), row("row");
  const Expr rows = mask.output_buffer().dim(1).extent();
  Stage one_row = Stage(mask).specialize(rows == 1);
  one_row.split(byte, block, thread, 256, TailStrategy::GuardWithIf)
      .reorder(thread, block, m)
      .gpu_blocks(block)
      .gpu_threads(thread);
  mask.split(byte, block, thread, 32, TailStrategy::GuardWithIf)
      .split(m, row_block, row, 8, TailStrategy::GuardWithIf)
      .reorder(thread, row, block, row_block)
      .gpu_blocks(block, row_block)
      .gpu_threads(thread, row);
  bits.compute_at(mask, thread).store_in(MemoryType::Register);
  bits.update().unroll(bit_in_byte);
}

void schedule_linear_pack(Func packed, Func weight_tile, const Var &j, const Var &k) {
  // A transposition of 32 x 32 elements through shared memory: both sides are read and written
  // along their rows. 33 apart, as 32 would be one bank.
  constexpr int edge = 32, rows = 8;
  Var block("block"), k_block("k_block"), thread("thread"), row("row"), step("step");
  packed.split(j, block, thread, edge, TailStrategy::GuardWithIf)
      .split(k, k_block, row, edge, TailStrategy::GuardWithIf)
      .split(row, step, row, rows)
      .reorder(step, thread, row, k_block, block)
      .unroll(step)
      .gpu_blocks(k_block, block)
      .gpu_threads(thread, row);
  const std::vector<Var> args = weight_tile.args();
  weight_tile.compute_at(packed, k_block)
      .store_in(MemoryType::GPUShared)
      .bound_extent(args[0], edge)
      .bound_extent(args[1], edge)
      .align_storage(args[0], edge + 1)
      .split(args[1], step, row, rows)
      .reorder(step, args[0], row)
      .unroll(step)
      .gpu_threads(args[0], row);
}

void schedule_product(ProductFuncs f, ProductTile tile) {
  const int across = tile.columns / tile.thread_columns, down = tile.rows / tile.thread_rows;
  const int threads = tile.threads > 0 ? tile.threads : across * down;
  Var block("block"), row_block("row_block"), thread("thread"), row_thread("row_thread"),
      row("row"), group("group"), lane("lane");
  // A thread's columns are fours, `across` fours apart: a warp then reads shared memory without
  // bank conflicts.
  auto in_tile = [&](Stage stage) {
    return stage.split(f.column, group, thread, across * 4)
        .split(thread, thread, lane, 4)
        .split(f.row, row_thread, row, tile.thread_rows)
        .unroll(group)
        .unroll(row)
        .gpu_threads(thread, row_thread);
  };
  Stage output = f.output;
  output.split(f.column, block, f.column, tile.columns, TailStrategy::GuardWithIf)
      .split(f.row, row_block, f.row, tile.rows, TailStrategy::GuardWithIf);
  in_tile(output)
      .reorder(lane, group, row, thread, row_thread, block, row_block)
      .gpu_blocks(block, row_block);
  if (tile.lanes == 4)
    output.vectorize(lane);
  else
    output.unroll(lane);

  f.sum.compute_at(f.output, block)
      .store_in(MemoryType::Register)
      .bound_extent(f.column, tile.columns)
      .bound_extent(f.row, tile.rows);
  in_tile(f.sum).reorder(lane, group, row, thread, row_thread).vectorize(lane);
  RVar chunk("chunk"), term("term");
  Stage update = f.sum.update();
  update.split(f.sum.rvars()[0], chunk, term, tile.terms);
  in_tile(update)
      .reorder({lane, group, row, term, thread, row_thread, chunk})
      .vectorize(lane)
      .unroll(term);

  // All threads of the block load what it needs of the next terms, vectors of what is contiguous in
  // memory.
  auto staged = [&](Func operand, const Var &along, int extent, bool along_terms, int lanes) {
    Var vector("vector"), fused("fused"), step("step");
    operand.compute_at(f.sum, chunk)
        .store_in(MemoryType::GPUShared)
        .bound_extent(along, extent)
        .bound_extent(f.term, tile.terms);
    if (along_terms)
      operand.split(f.term, vector, lane, lanes).fuse(along, vector, fused);
    else
      operand.split(along, vector, lane, lanes).fuse(vector, f.term, fused);
    operand.split(fused, step, thread, threads, TailStrategy::GuardWithIf)
        .split(thread, row_thread, thread, across)
        .reorder(lane, step, thread, row_thread)
        .vectorize(lane)
        .unroll(step)
        .gpu_threads(thread, row_thread);
  };
  staged(f.left, f.row, tile.rows, !f.left_is_transposed, tile.lanes);
  staged(f.right, f.column, tile.columns, false, tile.right_lanes);
}

void schedule_columns(Func output, Func sum, const Var &n) {
  // A chain takes a column's elements one after the other: 8 rows are loaded ahead.
  Var block("block"), thread("thread");
  output.split(n, block, thread, 32, TailStrategy::GuardWithIf)
      .gpu_blocks(block)
      .gpu_threads(thread);
  sum.compute_at(output, thread).store_in(MemoryType::Register);
  sum.update().unroll(sum.rvars()[0], 8, TailStrategy::GuardWithIf);
}

} // namespace hinge::cuda

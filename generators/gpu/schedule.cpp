// Schedules for NVIDIA's GPUs.
#include "schedule.h"

#include "operands.h"
#include "passes.h"

#include <hinge/plan/gpu_tiles.h>

namespace hinge::gpu {

using namespace Halide;

void schedule_elementwise(Stage stage, const Var &i, const Var &m, const Expr &rows,
                          ElementwiseTile tile) {
  Var block("block"), vector("vector"), thread("thread"), lane("lane"), row_block("row_block"),
      row("row");
  // A matrix without gaps is one long row. A block takes a part of it.
  constexpr int threads = plan::gpu_elementwise_threads;
  stage.specialize(rows == 1)
      .split(i, block, vector, threads * tile.lanes * tile.unroll, TailStrategy::GuardWithIf)
      .split(vector, vector, thread, threads * tile.lanes)
      .split(thread, thread, lane, tile.lanes)
      .reorder(lane, vector, thread, block, m)
      .vectorize(lane)
      .unroll(vector)
      .gpu_blocks(block)
      .gpu_threads(thread);
  // In other matrices a warp takes 32 vectors of a row, and a block takes 8 rows.
  constexpr int block_rows = plan::gpu_elementwise_rows, warp = threads / block_rows;
  stage.split(i, block, thread, warp * tile.lanes, TailStrategy::GuardWithIf)
      .split(thread, thread, lane, tile.lanes)
      .split(m, row_block, row, block_rows, TailStrategy::GuardWithIf)
      .reorder(lane, thread, row, block, row_block)
      .vectorize(lane)
      .gpu_blocks(block, row_block)
      .gpu_threads(thread, row);
}

void schedule_activation_mask(MaskFuncs f, const RVar &bit_in_byte) {
  // A thread makes a byte; its 8 elements are one sector of 32 bytes.
  Var block("block"), thread("thread"), row_block("row_block"), row("row");
  constexpr int threads = plan::gpu_elementwise_threads, block_rows = plan::gpu_elementwise_rows;
  const Expr rows = f.mask.output_buffer().dim(1).extent();
  Stage one_row = Stage(f.mask).specialize(rows == 1);
  one_row.split(f.byte, block, thread, threads, TailStrategy::GuardWithIf)
      .reorder(thread, block, f.m)
      .gpu_blocks(block)
      .gpu_threads(thread);
  f.mask.split(f.byte, block, thread, threads / block_rows, TailStrategy::GuardWithIf)
      .split(f.m, row_block, row, block_rows, TailStrategy::GuardWithIf)
      .reorder(thread, row, block, row_block)
      .gpu_blocks(block, row_block)
      .gpu_threads(thread, row);
  f.bits.compute_at(f.mask, thread).store_in(MemoryType::Register);
  f.bits.update().unroll(bit_in_byte);
}

void schedule_linear_pack(Func packed, Func weight_tile, const Var &j, const Var &k) {
  // A transposition of 32 x 32 elements through shared memory: both sides are read and written
  // along their rows. Rows in shared memory are 33 apart, because 32 would put a column into one
  // bank.
  constexpr int edge = plan::gpu_pack_edge, rows = 8;
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

/// Whether a part after the first begins at a term, which is a multiple of part_step(). This
/// divides by a multiplication: (2^31 + d - 1) / d * n / 2^31 is n / d for n < 2^27 and d <= 16.
static Expr begins_part_within(const SumParts &parts, const Expr &term) {
  constexpr int unit = int(plan::chain_step);
  const Expr length = cast<std::uint32_t>(max(parts.part_terms / unit, 1));
  const Expr inverse = (Expr(1u << 31) + length - 1) / length;
  const Expr at = cast<std::uint32_t>(term / unit);
  const Expr part = cast<std::uint32_t>((cast<std::uint64_t>(at) * inverse) >> 31);
  const Expr end = select(parts.parts > 1, parts.terms, 0); // one part may have any length
  return term > 0 && term < end && term % unit == 0 && part * length == at;
}

void define_sum_in_parts(const ProductFuncs &f, const Expr &first, const SumParts &parts,
                         int staged) {
  const int step = part_step(staged);
  const Expr chunks = (parts.terms + staged - 1) / staged;
  RDom r(0, step + 1, 0, chunks * (staged / step), "r");
  const Expr ends_part = r.x == 0, begin = r.y * step, k = begin + max(r.x - 1, 0);
  // Parts begin with a chunk, or within one.
  r.where(!ends_part ||
          (step == staged ? begins_part(r.y, parts.parts, (parts.part_terms + step - 1) / step)
                          : begins_part_within(parts, begin)));
  Func all = f.sum;
  all(f.column, f.row) = Tuple(minus_zero(), first);
  const Expr total = all(f.column, f.row)[0], chain = all(f.column, f.row)[1];
  all(f.column, f.row) =
      Tuple(select(ends_part, strict_float(total + chain), total),
            select(ends_part, 0.0f, strict_float(chain + f.left(f.row, k) * f.right(f.column, k))));
}

Expr sum_of_parts(const ProductFuncs &f) {
  const FuncRef sum = f.sum(f.column, f.row);
  return strict_float(sum[0] + sum[1]);
}

void schedule_product(ProductFuncs f, ProductTile tile) {
  const int across = tile.columns / tile.thread_columns, down = tile.rows / tile.thread_rows;
  const int threads = tile.threads > 0 ? tile.threads : across * down;
  Var block("block"), row_block("row_block"), thread("thread"), row_thread("row_thread"),
      row("row"), group("group"), lane("lane");
  // A thread's columns are groups of four, `across` groups apart: a warp then reads shared memory
  // without bank conflicts.
  auto in_tile = [&](Stage stage) {
    return stage.split(f.column, group, thread, across * plan::gpu_vector)
        .split(thread, thread, lane, plan::gpu_vector)
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
  if (tile.lanes == plan::gpu_vector)
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
  const std::vector<RVar> rvars = f.sum.rvars();
  const bool has_parts = rvars.size() == 2;
  update.split(rvars.back(), chunk, term,
               has_parts ? tile.terms / part_step(tile.terms) : tile.terms);
  std::vector<VarOrRVar> order{lane, group, row, term, thread, row_thread, chunk};
  if (has_parts)
    order.insert(order.begin() + 3, rvars[0]);
  in_tile(update).reorder(order).vectorize(lane).unroll(term);
  if (has_parts)
    update.unroll(rvars[0]);

  // All threads of the block load the operands of its next terms, in vectors along the contiguous
  // dimension.
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
  // A chain takes a column's elements one after the other; 8 rows are loaded ahead.
  Var block("block"), thread("thread");
  output.split(n, block, thread, 32, TailStrategy::GuardWithIf)
      .gpu_blocks(block)
      .gpu_threads(thread);
  sum.compute_at(output, thread).store_in(MemoryType::Register);
  sum.update().unroll(sum.rvars()[0], 8, TailStrategy::GuardWithIf);
}

} // namespace hinge::gpu

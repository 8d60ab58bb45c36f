// Lowering passes for kernels whose blocks share their operands. Halide has none.
#pragma once

#include <Halide.h>

namespace hinge::gpu {

/// Whether a part begins with a step of a loop that stages operands. add_passes() knows it. It
/// depends on the `step`; there are `parts` of `steps` each, the last with fewer.
Halide::Expr begins_part(const Halide::Expr &step, const Halide::Expr &parts,
                         const Halide::Expr &steps);

/// Passes for a pipeline's lowering:
///
/// - Registers of a block become each thread's own part of them: a sum belongs to one thread. They
///   are MemoryType::Register, computed at the block's level so that all its threads can share the
///   staged operands. Halide gives each thread a copy of the block's, in local memory.
/// - Loops that stage operands have two barriers a step. With `prefetch` set, they load the
///   operands of the next step while they compute.
/// - A step of such a loop may begin with a statement under `begins_part`. It becomes the begin of
///   an outer loop over parts, so that no step asks whether a part begins.
void add_passes(Halide::Pipeline pipeline, bool prefetch);

} // namespace hinge::gpu

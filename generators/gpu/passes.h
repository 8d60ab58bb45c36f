// Lowering passes for kernels whose blocks share their operands. Halide has none.
#pragma once

#include <Halide.h>

namespace hinge::gpu {

/// Passes for a pipeline's lowering:
///
/// - Registers of a block become each thread's own part of them: a sum belongs to one thread. They
///   are MemoryType::Register, computed at the block's level so that all its threads can share the
///   staged operands. Halide gives each thread a copy of the block's, in local memory.
/// - Loops that stage operands have two barriers a step. With `prefetch` set, they load the
///   operands of the next step while they compute.
void add_passes(Halide::Pipeline pipeline, bool prefetch);

} // namespace hinge::gpu

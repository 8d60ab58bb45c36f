// What Halide's lowering does not do for kernels of blocks that share their operands.
#pragma once

#include <Halide.h>

namespace hinge {

/// Passes for a pipeline's lowering:
///
/// - Registers of a block (MemoryType::Register, computed at its level so that all its threads can
///   share what is staged for them) become each thread's own part of them: a sum belongs to one
///   thread. Halide gives each thread a copy of the block's, in local memory.
/// - Loops that stage operands have two barriers a step, and with `prefetch` load those of the next
///   step while they compute.
void add_cuda_passes(Halide::Pipeline pipeline, bool prefetch);

} // namespace hinge

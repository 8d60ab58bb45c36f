// Changes to a kernel for CPUs after Halide has lowered it.
#pragma once

#include <Halide.h>

namespace hinge::cpu {

/// Makes the lanes that a masked load does not read zeros, where the instruction set has no masked
/// load. LLVM then reads lane by lane and leaves the others as the register was. A comparison of
/// such a lane may find a NaN and raise an exception. AVX and AVX-512 write zeros.
void define_masked_lanes(Halide::Module *module);

} // namespace hinge::cpu

// Changes to a kernel for CPUs after Halide has lowered it.
#pragma once

#include <Halide.h>

#include <string>

namespace hinge::cpu {

/// Makes the lanes that a masked load does not read zeros, where the instruction set has no masked
/// load. LLVM then reads lane by lane and leaves the others as the register was. A comparison of
/// such a lane may find a NaN and raise an exception. AVX and AVX-512 write zeros.
void define_masked_lanes(Halide::Module *module);

/// Gives a kernel pointers and numbers as arguments instead of buffers: `names` of them, separated
/// by commas. `x` is the memory of the buffer x, and `x.extent.0` and `x.stride.1` are numbers of
/// its dimensions. Throws Halide::CompileError if the kernel reads others.
///
/// A caller writes a buffer to the stack, and the kernel reads it there. ReLU of 64 floats takes
/// 5.5 ns by a kernel with buffers that are filled, and 3 to 4 by one with pointers (Zen 3).
void take_arguments(Halide::Module *module, const std::string &names);

} // namespace hinge::cpu

// The parts that kernels for GPUs need beyond a schedule. Halide 21 lowers a pipeline to a host
// function. It holds the PTX of its kernels and launches them through Halide's CUDA runtime. Hinge
// has its own runtime (runtime/src/cuda), and the host function gets that one's names here.
#pragma once

#include <Halide.h>

namespace hinge::gpu {

struct ModuleOptions {
  int blocks = 0;        // see ptx::LaunchBounds
  bool prefetch = false; // see add_passes
};

/// The output of a generator whose target has CUDA.
struct Module {
  Halide::Module host; // holds the text too
  std::string ptx;
};

/// The host function calls hinge_cuda_load_kernels and hinge_cuda_launch
/// (runtime/src/cuda/launch.h) instead of halide_*. Buffers stay in their place. Nothing in the
/// module depends on other kernels that this process compiles. Its names allow it to be linked with
/// others.
Module build_module(Halide::Internal::AbstractGenerator &generator,
                    const std::string &function_name, const ModuleOptions &options);

} // namespace hinge::gpu

// What kernels for CUDA need beyond a schedule. Halide 21 lowers a pipeline to a host function that
// holds the PTX of its kernels and launches them through Halide's CUDA runtime; Hinge has a runtime
// of its own (runtime/src/cuda), whose names the host function gets here.
#pragma once

#include <Halide.h>

namespace hinge {

/// What a generator makes whose target has CUDA.
///
/// - Shared memory is declared and found by its address. Halide begins it at address 0, where on
///   compute capability 9.0 the system has its first KiB.
/// - Each kernel says how many threads its blocks have, so that the driver's compiler knows how
/// many
///   registers they may take.
/// - The host function calls hinge_cuda_load_kernels and hinge_cuda_launch, as
///   runtime/src/cuda/launch.h has them, instead of halide_*; buffers are where they are.
struct CudaOptions {
  int blocks = 0; // of a kernel that a multiprocessor has registers for; 0: whatever there are
  bool prefetch = false; // see cuda_passes.h
};

struct CudaModule {
  Halide::Module host; // holds the text too
  std::string ptx;
};

CudaModule cuda_module(Halide::Internal::AbstractGenerator &generator,
                       const std::string &function_name, const CudaOptions &options);

} // namespace hinge

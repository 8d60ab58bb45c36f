// hingec's back end: kernels into object files and texts.
#pragma once

#include "planner/kernel.h"

#include <string>
#include <vector>

namespace hinge {

using hingec::KernelSpec;

enum class Output { object, ptx, assembly, stmt };

/// Compiles the kernels, all for one Halide target, into one object file. The other kinds are
/// texts, one after the other. `ptx` is the text in kernels for GPUs.
///
/// A kernel for a GPU has two parameters besides its generator's, `blocks` and `prefetch`. Their
/// meaning is that of gpu::ModuleOptions.
///
/// The symbols of an object are hidden (hide_symbols.h).
///
/// The same arguments give the same bytes. A kernel's code is the same as if it were compiled
/// alone, but Halide numbers its names from the second kernel on (x$1). These names appear in the
/// metadata that Halide adds. They may also change the order of parameters in PTX, which Halide
/// sorts by name.
///
/// Throws std::runtime_error.
void compile_kernels(const std::vector<KernelSpec> &kernels, Output output,
                     const std::string &path);

} // namespace hinge

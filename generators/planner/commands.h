// The commands of hingec.
#pragma once

#include "kernel.h"

#include <functional>
#include <string>
#include <vector>

namespace hinge::hingec {

/// Compiles kernels for one Halide target into the file `path`: "object", "ptx", "assembly" or
/// "stmt".
using Compile = std::function<void(const std::vector<KernelSpec> &kernels, const std::string &kind,
                                   const std::string &path)>;

/// Runs a command line; returns main's value. In the planner `compile` is absent, and commands that
/// need Halide are refused.
int run(const std::vector<std::string> &arguments, const Compile &compile);

} // namespace hinge::hingec

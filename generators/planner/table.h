// The runtime's tables of kernels and tile sizes, in plain C++.
#pragma once

#include "catalog.h"

#include <string>

namespace hinge::hingec {

/// kernel_table.cpp, for runtime/src/dispatch/kernels.h: the kernels for CPUs, and the names of
/// all.
std::string table_source(const Targets &targets, const std::vector<CatalogKernel> &kernels);

/// gpu_kernel_table.cpp, for runtime/src/cuda/kernels.h. It is a file of its own, so that a program
/// that calls nothing of hinge/cuda.h links none of its kernels: 2.5 MB.
std::string gpu_table_source(const Targets &targets, const std::vector<CatalogKernel> &kernels);

} // namespace hinge::hingec

// kernel_table.cpp: the runtime's table of kernels and tile sizes, in plain C++.
#pragma once

#include "catalog.h"

#include <string>

namespace hinge::hingec {

/// The text of the file, for runtime/src/dispatch/kernels.h and runtime/src/cuda/kernels.h.
std::string table_source(const Targets &targets, const std::vector<CatalogKernel> &kernels);

} // namespace hinge::hingec

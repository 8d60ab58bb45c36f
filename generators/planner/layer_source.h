// The texts of a layer's three files.
#pragma once

#include "layer_plan.h"

#include <string>

namespace hinge::hingec {

/// <name>.h: the functions of C. A MINIMAL layer's header includes no header of Hinge's.
std::string header_source(const LayerPlan &plan);

/// <name>.hpp: the functions of C++, whose arguments have sizes as types.
std::string header_cpp_source(const LayerPlan &plan);

/// <name>.cpp: the shape, the kernels by target, and the functions of C over the runtime's
/// templates (hinge/fixed/).
std::string layer_source(const LayerPlan &plan);

} // namespace hinge::hingec

// Layers of known sizes: the requests of hinge_add_linear and hinge_add_activation become kernels
// and sources. layer_call reads and refuses, layer_linear and layer_activation plan, and
// layer_source writes.
#pragma once

#include "kernel.h"
#include "target.h"

#include <string>
#include <vector>

namespace hinge::hingec {

/// A call in a CMakeLists.txt.
struct LayerCall {
  std::string command;                // "hinge_add_linear" or "hinge_add_activation"
  std::string name;                   // the first argument
  std::vector<std::string> arguments; // the others, unchanged
};

/// The result of planning.
struct Layer {
  std::string name;                       // with its namespace, app::my_layer
  std::vector<KernelSpec> kernels;        // by target, worst first
  std::string header, header_cpp, source; // the texts of <name>.h, <name>.hpp and <name>.cpp
  std::vector<std::string>
      symbols; // every name that a program sees; a namespace ends in ::, a file in .h
  std::vector<std::string> files; // that hingec reads
  bool is_minimal = false;
};

/// Plans a layer, or refuses the call in the words of its command. `build` is that of the whole
/// build; the layer's PROFILE replaces its profiles. `taken` has the symbols of the build's other
/// layers, each as <symbol>=<layer>. One of its own among them is refused.
Layer plan_layer(const LayerCall &call, const Build &build, const std::vector<std::string> &taken);

} // namespace hinge::hingec

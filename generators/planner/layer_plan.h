// The plan of a layer: the content of its sources.
#pragma once

#include "json.h"
#include "layer_call.h"
#include "record.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hinge::hingec {

using Parameters = std::vector<std::pair<std::string, std::string>>;

inline std::string text(std::int64_t number) { return std::to_string(number); }

/// A member of a layer's Shape: "bool has_mask = true".
inline std::string flag(const char *name, bool value) {
  return std::string("bool ") + name + " = " + (value ? "true" : "false");
}

/// An argument of a layer's functions.
struct LayerArgument {
  std::string name;
  std::string c;           // its type in C, up to the name: "const float *"
  std::string cpp;         // its type in C++: "hinge::Matrix<const float, 32, 10>"
  bool is_counted = false; // the number of its rows or elements is known at run time
};

/// A function of a layer that computes. All three sources are written from it.
struct LayerFunction {
  std::string suffix; // of its name: "" or "_backward"
  std::string run;    // the runtime's function behind it: "linear_forward"
  std::vector<LayerArgument> arguments;
  std::vector<std::string> fields; // the arguments of `run`, by name, or "nullptr"
  std::string counted_by; // the argument that says how many rows or elements a call has; or ""
  std::string count;      // the name of that number in C: "batch" or "size"
  std::vector<std::string> comment, comment_cpp; // lines above its declarations
};

/// The content of the sources of both kinds of layer.
struct LayerPlan {
  LayerPlan(const LayerNames &layer_names, Targets layer_targets)
      : names(layer_names), targets(std::move(layer_targets.cpus)),
        target_order(join(layer_targets.order, ", ")), files(std::move(layer_targets.files)) {}

  LayerNames names;
  std::vector<CpuTarget> targets;
  std::string target_order;       // the names of all targets that layers may have, worst first
  std::vector<std::string> files; // that hingec reads
  bool is_minimal = false;
  std::string command; // that asked for the layer
  std::string about;   // "Linear(10, 20) + relu6, batches of 32"
  std::vector<LayerFunction> functions;
  std::vector<KernelSpec> kernels;
  json::Object record_head;

  // For the source:
  std::string kind;                            // of the runtime's Target: "Linear" or "Activation"
  std::vector<std::string> headers;            // of the runtime's folder fixed/
  std::vector<std::string> shape;              // members of Shape
  std::vector<std::string> roles;              // of kernels, in the order of the runtime's Target
  std::vector<std::vector<std::string>> tiles; // by target, the values of its Target before them

  // A Linear layer only, because an activation has no weights:
  std::int64_t in = 0, out = 0, packed_floats = 0;

  void add_kernel(const std::string &role, const CpuTarget &target, const std::string &generator,
                  Parameters parameters);
  /// Null if the layer has no kernel of that role.
  const KernelSpec *find_kernel(const std::string &role, const CpuTarget &target) const;
  std::string target_names() const; // "sse41, avx2"
  std::vector<std::string> symbols() const;
  std::string record_text() const;
};

LayerPlan plan_linear(const LayerCall &call, const Build &build);
LayerPlan plan_activation(const LayerCall &call, const Build &build);

} // namespace hinge::hingec

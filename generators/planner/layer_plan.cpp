#include "layer_plan.h"

#include "layer_source.h"

#include <algorithm>

namespace hinge::hingec {

namespace {

/// The description of a kernel in a record: its register tile or its loop. The rest is the layer's
/// shape, including `rows` of an element-wise kernel.
std::string kernel_record(const KernelSpec &kernel) {
  const bool is_product = kernel.generator.compare(0, 12, "fixed_linear") == 0;
  json::Object object;
  object.add("kernel", kernel.symbol);
  for (const auto &[name, value] : kernel.parameters)
    if (name == "lanes" || (is_product ? name == "vectors" || name == "rows" : name == "unroll"))
      object.raw(name, value);
  return object.text();
}

} // namespace

void LayerPlan::add_kernel(const std::string &role, const CpuTarget &target,
                           const std::string &generator, Parameters parameters) {
  kernels.push_back({names.kernel(role, target.name), generator, std::move(parameters),
                     target.halide_target, target.name});
}

const KernelSpec *LayerPlan::find_kernel(const std::string &role, const CpuTarget &target) const {
  const std::string symbol = names.kernel(role, target.name);
  const auto found = std::find_if(kernels.begin(), kernels.end(),
                                  [&](const KernelSpec &k) { return k.symbol == symbol; });
  return found == kernels.end() ? nullptr : &*found;
}

std::string LayerPlan::target_names() const { return hingec::target_names(targets, ", "); }

std::vector<std::string> LayerPlan::symbols() const {
  std::vector<std::string> all;
  const auto add = [&](const std::string &suffix) { all.push_back(names.c + suffix); };
  for (const LayerFunction &function : functions) {
    add(function.suffix);
    if (!names.space.empty())
      all.push_back(names.qualified + function.suffix);
  }
  if (packed_floats > 0) {
    add("_pack");
    add("_packed_weights");
    all.push_back(names.qualified + "_weights");
  }
  if (!is_minimal) {
    add("_get_target");
    add("_set_target");
  }
  for (std::size_t end = 0; end < names.space.size(); end += 2) { // app:: and app::deep::
    end = std::min(names.space.find("::", end), names.space.size());
    all.push_back(names.space.substr(0, end) + "::");
  }
  all.push_back(names.name + ".h");
  return all;
}

std::string LayerPlan::record_text() const {
  std::vector<RecordTarget> record_targets;
  for (const CpuTarget &target : targets) {
    const auto count = std::count_if(kernels.begin(), kernels.end(), [&](const KernelSpec &kernel) {
      return kernel.target == target.name;
    });
    record_targets.push_back({target.name, target.profile, join(target.required), int(count)});
  }
  std::vector<std::string> texts;
  for (const KernelSpec &kernel : kernels)
    texts.push_back(kernel_record(kernel));
  return record(record_head, record_targets, texts);
}

Layer plan_layer(const LayerCall &call, const Build &build, const std::vector<std::string> &taken) {
  if (call.command != "hinge_add_linear" && call.command != "hinge_add_activation")
    throw Refusal("\"" + call.command +
                  "\" makes no layer: expected hinge_add_linear or hinge_add_activation");
  const LayerPlan plan =
      call.command == "hinge_add_linear" ? plan_linear(call, build) : plan_activation(call, build);
  Layer layer;
  layer.name = plan.names.qualified;
  layer.symbols = plan.symbols();
  check_symbols(call, layer.symbols, taken);
  layer.kernels = plan.kernels;
  layer.header = header_source(plan);
  layer.header_cpp = header_cpp_source(plan);
  layer.source = layer_source(plan);
  layer.files = plan.files;
  layer.is_minimal = plan.is_minimal;
  return layer;
}

} // namespace hinge::hingec

#include "table.h"

#include "record.h"

#include <hinge/plan/activations.h>

#include <algorithm>

namespace hinge::hingec {

namespace {

std::string type_name(plan::Type type) { return plan::info(type).name; }

/// The type of an operator's kernels, under its name in the runtime.
std::string function_type(const CatalogKernel &k) {
  const auto ends_with = [&](const std::string &end) {
    return k.op.size() > end.size() && k.op.compare(k.op.size() - end.size(), end.size(), end) == 0;
  };
  const std::string detail = "hinge::detail::", cuda = "hinge::detail::cuda::";
  if (k.is_gpu && (k.op == "linear" || k.op.compare(0, 16, "linear_gradient_") == 0))
    return cuda + k.op + "_fn";
  // The rest after full panels has the functions of whole ones, and so have parts side by side.
  for (const std::string part :
       {"_half_2_parts", "_half_4_parts", "_2_parts", "_4_parts", "_half", "_rest"})
    if (ends_with(part))
      return detail + k.op.substr(0, k.op.size() - part.size()) + "_fn";
  return detail + k.op + "_fn";
}

std::string enumerator(int activation) {
  std::string name = plan::activations[activation];
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  return "HINGE_ACTIVATION_" + name;
}

std::string quoted(const std::string &text) { return "\"" + text + "\""; }

std::string heights(const plan::Heights &rows) {
  std::vector<std::string> numbers;
  for (const int height : rows)
    numbers.push_back(std::to_string(height));
  return "{" + join(numbers, ", ") + "}";
}

/// An assignment of a kernel to its place.
std::string entry(const std::string &variable, const CatalogKernel &k) {
  std::string key = type_name(k.type) + ", " + enumerator(k.activation) + ", ";
  key += k.is_gpu ? std::to_string(k.tile) + ", " + (k.is_aligned ? "true" : "false")
                  : std::to_string(k.vectors);
  return "  " + variable + "." + k.op + "[{" + key + "}] = {" + quoted(k.symbol) + ", " + k.symbol +
         "};\n";
}

std::string tiles_source(plan::Type type, const plan::Tiles &t) {
  const std::string name = type_name(type) + "_tiles";
  const auto set = [&](const char *member, const std::string &value) {
    return "  " + name + "." + member + " = " + value + ";\n";
  };
  return "  plan::Tiles &" + name + " = t.tiles[" + type_name(type) + "];\n" +
         set("registers", std::to_string(t.registers)) + set("lanes", std::to_string(t.lanes)) +
         set("unroll", std::to_string(t.unroll)) + set("panel", std::to_string(t.panel)) +
         set("group", std::to_string(t.group)) + set("rows", heights(t.rows)) +
         set("gradient", heights(t.gradient)) + set("half_rows", heights(t.half_rows));
}

std::string target_source(const CpuTarget &target, const std::vector<CatalogKernel> &kernels) {
  std::string text = "static constexpr Target make_" + target.name + "() {\n  Target t{};\n";
  text += "  t.name = " + quoted(target.name) + ";\n";
  text += "  t.profile = R\"hinge(" + target.profile + ")hinge\";\n";
  text += "  t.features = " + quoted(join(target.required)) + ";\n";
  text += "  t.required = plan::feature_mask(t.features);\n";
  for (const plan::TypeInfo &type : plan::types)
    text += tiles_source(type.type, target.tiles[type.type]);
  for (const CatalogKernel &kernel : kernels)
    if (kernel.target == target.name)
      text += entry("t", kernel);
  return text + "  return t;\n}\n\n";
}

std::string gpu_tile_source(plan::Type type, std::size_t index, const plan::GpuTile &t) {
  std::vector<std::string> members;
  for (const int member : {t.columns, t.rows, t.thread_columns, t.thread_rows, t.terms, t.threads,
                           t.prefetch, t.gradient_prefetch, t.blocks, t.cycles})
    members.push_back(std::to_string(member));
  return "  k.tiles[" + type_name(type) + "][" + std::to_string(index) + "] = {" +
         join(members, ", ") + "}; // " + plan::gpu_tile_names[index] + "\n";
}

std::string type_constants() {
  std::string text;
  for (const plan::TypeInfo &type : plan::types)
    text += std::string("static constexpr Type ") + type.name + " = Type::" + type.name + ";\n\n";
  return text;
}

std::string gpu_source(const GpuTarget &target, const std::vector<CatalogKernel> &kernels) {
  std::string text = "namespace hinge::detail::cuda {\n\n" + type_constants() +
                     "static constexpr Kernels make_kernels() {\n"
                     "  Kernels k{};\n";
  text += "  k.capability = {" + std::to_string(target.capability[0]) + ", " +
          std::to_string(target.capability[1]) + "};\n";
  for (const plan::TypeInfo &type : plan::types)
    for (std::size_t i = 0; i < plan::gpu_tile_count; i++)
      text += gpu_tile_source(type.type, i, target.tiles[type.type][i]);
  for (const CatalogKernel &kernel : kernels)
    if (kernel.target == target.name)
      text += entry("k", kernel);
  return text + "  return k;\n}\n\nstatic constexpr Kernels all_kernels = make_kernels();\n\n"
                "const Kernels &kernels() { return all_kernels; }\n\n"
                "} // namespace hinge::detail::cuda\n";
}

/// The first lines of a table: what it includes, and the declarations of its kernels.
std::string head(const std::vector<std::string> &included,
                 const std::vector<CatalogKernel> &kernels, bool is_gpu) {
  std::string text = "// Written by hingec table; changes are lost.\n";
  for (const std::string &header : included)
    text += "#include " + header + "\n";
  text += "\nextern \"C\" {\n";
  for (const CatalogKernel &kernel : kernels)
    if (kernel.is_gpu == is_gpu)
      text += function_type(kernel) + " " + kernel.symbol + ";\n";
  return text + "}\n";
}

/// The record of the library.
std::string library_record(const Targets &targets, const std::vector<CatalogKernel> &kernels) {
  const auto count = [&](const std::string &target) {
    return int(std::count_if(kernels.begin(), kernels.end(),
                             [&](const CatalogKernel &k) { return k.target == target; }));
  };
  std::vector<RecordTarget> of_record;
  for (const CpuTarget &t : targets.cpus)
    of_record.push_back({t.name, t.profile, join(t.required), count(t.name)});
  for (const GpuTarget &t : targets.gpus)
    of_record.push_back({t.name, t.profile, t.needs(), count(t.name)});
  std::vector<std::string> symbols;
  for (const CatalogKernel &kernel : kernels)
    symbols.push_back(json::quote(kernel.symbol));
  return record(json::Object().add("library", "hinge"), of_record, symbols);
}

} // namespace

std::string table_source(const Targets &targets, const std::vector<CatalogKernel> &kernels) {
  std::string text = head({"\"dispatch/kernels.h\"", "\"hinge/record.h\"", "<iterator>"}, kernels,
                          /*is_gpu=*/false);
  text += "\n" + record_source(library_record(targets, kernels));
  text += "\nnamespace hinge::detail {\n\n" + type_constants();
  std::vector<std::string> made;
  for (const CpuTarget &target : targets.cpus) {
    text += target_source(target, kernels);
    made.push_back("make_" + target.name + "()");
  }
  text += "static constexpr Target all_targets[] = {" + join(made, ", ") + "}; // worst first\n";
  text += "static_assert(std::size(all_targets) <= max_targets);\n\n";
  text += "Constants<Target> targets() { return all_targets; }\n\n";
  text += "static constexpr const char *all_names[] = {\n";
  for (const CatalogKernel &kernel : kernels)
    text += "    " + quoted(kernel.symbol) + ",\n";
  return text + "};\n\nConstants<const char *> kernel_names() { return all_names; }\n\n"
                "} // namespace hinge::detail\n";
}

std::string gpu_table_source(const Targets &targets, const std::vector<CatalogKernel> &kernels) {
  std::string text = head({"\"cuda/kernels.h\""}, kernels, /*is_gpu=*/true);
  for (const GpuTarget &target : targets.gpus)
    text += "\n" + gpu_source(target, kernels);
  return text;
}

} // namespace hinge::hingec

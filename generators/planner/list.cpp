#include "list.h"

#include "data_file.h"
#include "json.h"

#include <algorithm>

namespace hinge::hingec {

namespace {

/// The tile sizes of a type, by the keys of target files. 0 rows: there are no kernels of that
/// width.
json::Object tiles_json(const plan::Tiles &t) {
  json::Object object;
  object.add("lanes", t.lanes)
      .add("elementwise.unroll", t.unroll)
      .add("linear.panel", t.panel)
      .add("linear.group", t.group);
  const auto add = [&](const std::string &prefix, const plan::Heights &rows) {
    for (int v = 1; v <= plan::max_panel_vectors; v++)
      if (rows[std::size_t(v)] > 0)
        object.add(prefix + std::to_string(v), rows[std::size_t(v)]);
  };
  add("linear.rows.", t.rows);
  add("linear.half.rows.", t.half_rows);
  add("linear.gradient.rows.", t.gradient);
  return object;
}

json::Object gpu_tiles_json(int unroll, const plan::GpuTiles &tiles) {
  json::Object object;
  object.add("elementwise.unroll", unroll);
  for (std::size_t i = 0; i < tiles.size(); i++) {
    const plan::GpuTile &t = tiles[i];
    const std::string prefix = std::string("linear.") + plan::gpu_tile_names[i] + ".";
    object.add(prefix + "columns", t.columns)
        .add(prefix + "rows", t.rows)
        .add(prefix + "thread_columns", t.thread_columns)
        .add(prefix + "thread_rows", t.thread_rows)
        .add(prefix + "terms", t.terms)
        .add(prefix + "threads", t.threads)
        .add(prefix + "prefetch", t.prefetch)
        .add(prefix + "gradient_prefetch", t.gradient_prefetch)
        .add(prefix + "blocks", t.blocks)
        .add(prefix + "cycles", t.cycles);
  }
  return object;
}

/// By width: the tallest register tile that fits the registers; 0: none does.
json::Object heights_json(int registers) {
  json::Object object;
  for (int vectors = 1; vectors <= plan::max_panel_vectors; vectors++) {
    int rows = 0;
    while (rows < tallest_tile && plan::tile_registers(rows + 1, vectors) <= registers)
      rows++;
    object.add(std::to_string(vectors), rows < lowest_tile ? 0 : rows);
  }
  return object;
}

/// By width of a panel: the most panels that the batch-1 loop may compute side by side.
json::Object groups_json(int registers) {
  json::Object object;
  for (int panel = 1; panel <= plan::max_panel_vectors; panel++) {
    int group = 1;
    while (group < largest_group && plan::group_registers(group + 1, panel) <= registers)
      group++;
    object.add(std::to_string(panel), group);
  }
  return object;
}

std::string target_json(const CpuTarget &t) {
  json::Object object;
  object.add("profile", t.profile)
      .add("kind", "cpu")
      .add("registers", t.registers)
      .raw("requires", json::array_of_strings(t.required));
  for (const plan::TypeInfo &type : plan::types)
    object.raw(type.name, tiles_json(t.tiles[type.type]).text());
  return object.raw("heights", heights_json(t.registers).text())
      .raw("groups", groups_json(t.registers).text())
      .text();
}

std::string target_json(const GpuTarget &t) {
  json::Object object;
  object.add("profile", t.profile).add("kind", "gpu").add("requires", t.needs());
  for (const plan::TypeInfo &type : plan::types)
    object.raw(type.name, gpu_tiles_json(t.unroll, t.tiles[type.type]).text());
  return object.text();
}

std::string kernel_json(const CatalogKernel &k) {
  json::Object parameters;
  for (const auto &[name, value] : k.parameters)
    parameters.add(name, value);
  json::Object object;
  object.add("symbol", k.symbol)
      .add("operator", k.op)
      .add("type", plan::info(k.type).name)
      .add("target", k.target);
  if (k.has_activation)
    object.add("activation", plan::activations[k.activation]);
  if (k.vectors > 0)
    object.add("vectors", k.vectors);
  if (k.is_gpu)
    object.add("tile", plan::gpu_tile_names[k.tile]).add("aligned", k.is_aligned);
  return object.add("object", k.object())
      .add("generator", k.generator)
      .add("halide_target", k.halide_target)
      .raw("parameters", parameters.text())
      .text();
}

/// The way that the runtime cuts each batch with each height of the tallest tile.
std::string row_tiles_json(const std::vector<std::int64_t> &batches) {
  json::Object by_batch;
  for (const std::int64_t batch : batches) {
    json::Object by_tallest;
    for (int tallest = 1; tallest <= tallest_tile; tallest++) {
      const plan::RowTiles t(batch, tallest);
      by_tallest.raw(std::to_string(tallest),
                     "[" + std::to_string(t.tiles) + "," + std::to_string(t.height) + "]");
    }
    by_batch.raw(std::to_string(batch), by_tallest.text());
  }
  return by_batch.text();
}

std::string arch_name(const Build &build) { return plan::archs[int(build.arch)].name; }

} // namespace

std::string list_json(const Build &build, const Targets &targets,
                      const std::vector<CatalogKernel> &kernels,
                      const std::vector<std::int64_t> &batches) {
  json::Object by_target;
  for (const CpuTarget &t : targets.cpus)
    by_target.raw(t.name, target_json(t));
  for (const GpuTarget &t : targets.gpus)
    by_target.raw(t.name, target_json(t));
  std::vector<std::string> types, of_kernels;
  for (const plan::TypeInfo &type : plan::types)
    types.push_back(type.name);
  for (const CatalogKernel &kernel : kernels)
    of_kernels.push_back(kernel_json(kernel));
  json::Object object;
  object.add("system", build.system)
      .add("arch", arch_name(build))
      .raw("types", json::array_of_strings(types))
      .raw("activations", json::array_of_strings(plan::activations))
      .raw("files", json::array_of_strings(targets.files))
      .raw("targets", by_target.text())
      .raw("kernels", json::array(of_kernels, ",\n"));
  if (!batches.empty())
    object.raw("row_tiles", row_tiles_json(batches));
  return object.text() + "\n";
}

std::string list_cmake(const Build &build, const Targets &targets,
                       const std::vector<CatalogKernel> &kernels) {
  std::vector<std::string> names, objects, gpu_profile, gpu_needs;
  for (const CpuTarget &t : targets.cpus)
    names.push_back(t.name);
  for (const CatalogKernel &k : kernels) {
    if (std::find(objects.begin(), objects.end(), k.object()) == objects.end())
      objects.push_back(k.object());
  }
  for (const GpuTarget &t : targets.gpus) {
    gpu_profile.push_back(t.profile);
    gpu_needs.push_back(t.needs());
  }
  const auto set = [](const std::string &variable, const std::vector<std::string> &values) {
    return "set(" + variable + " [==[" + join(values, ";") + "]==])\n";
  };
  return set("arch", {arch_name(build)}) + set("system", {build.system}) + set("targets", names) +
         set("files", targets.files) + set("objects", objects) + set("gpu_profile", gpu_profile) +
         set("gpu_needs", gpu_needs);
}

} // namespace hinge::hingec

#include "catalog.h"

#include <hinge/plan/chains.h>

#include <algorithm>
#include <iterator>

namespace hinge::hingec {

namespace {

enum class Activations { one_kernel, rectifiers, all };

/// The widths of panels that an operator has a kernel for, in vectors.
enum class Widths {
  none,
  all,  // every width in the target's tiles
  full, // that of a full panel
  rest, // up to that of a full panel: wider ones have no register left for the mask
  half, // every width in half vectors
};

/// The properties of the target that a generator needs besides lanes.
enum class Needs { nothing, unroll, packed_tile, gradient_tile };

struct CpuOperator {
  const char *name;
  const char *generator;
  Activations activations;
  Widths widths;
  Needs needs;
  const char *row_arguments = nullptr; // of a kernel for one row (cpu/passes.h)
  int side = 1;                        // parts of a sum that a register tile computes side by side
};

constexpr CpuOperator cpu_operators[] = {
    // clang-format off
    {"activation", "activation", Activations::rectifiers, Widths::none, Needs::unroll},
    {"activation_inplace", "activation_inplace", Activations::rectifiers, Widths::none, Needs::unroll},
    {"activation_backward", "activation_backward", Activations::rectifiers, Widths::none, Needs::unroll},
    {"activation_backward_inplace", "activation_backward_inplace", Activations::rectifiers, Widths::none, Needs::unroll},
    {"activation_row", "activation", Activations::rectifiers, Widths::none, Needs::unroll, "x,y,y.extent.0"},
    {"activation_inplace_row", "activation_inplace", Activations::rectifiers, Widths::none, Needs::unroll, "y,y.extent.0"},
    {"activation_backward_row", "activation_backward", Activations::rectifiers, Widths::none, Needs::unroll, "y,dy,dx,dx.extent.0"},
    {"activation_backward_inplace_row", "activation_backward_inplace", Activations::rectifiers, Widths::none, Needs::unroll, "y,dx,dx.extent.0"},
    {"activation_mask", "activation_mask", Activations::rectifiers, Widths::none, Needs::nothing},
    {"activation_backward_mask", "activation_backward_mask", Activations::one_kernel, Widths::none, Needs::nothing},
    {"activation_backward_mask_inplace", "activation_backward_mask_inplace", Activations::one_kernel, Widths::none, Needs::nothing},
    {"activation_mask_row", "activation_mask", Activations::rectifiers, Widths::none, Needs::nothing, "x,x.extent.0,mask,mask.extent.0"},
    {"activation_backward_mask_row", "activation_backward_mask", Activations::one_kernel, Widths::none, Needs::nothing, "mask,mask.extent.0,first_bit,dy,dx,dx.extent.0"},
    {"activation_backward_mask_inplace_row", "activation_backward_mask_inplace", Activations::one_kernel, Widths::none, Needs::nothing, "mask,mask.extent.0,first_bit,dx,dx.extent.0"},
    {"mask_count_columns", "mask_count_columns", Activations::one_kernel, Widths::none, Needs::nothing},
    {"mask_count_rows", "mask_count_rows", Activations::one_kernel, Widths::none, Needs::nothing},
    {"linear", "linear", Activations::all, Widths::all, Needs::packed_tile},
    {"linear_2_parts", "linear", Activations::all, Widths::all, Needs::packed_tile, nullptr, 2},
    {"linear_4_parts", "linear", Activations::all, Widths::all, Needs::packed_tile, nullptr, 4},
    {"linear_pack", "linear_pack", Activations::one_kernel, Widths::all, Needs::nothing},
    // The rest after full panels, in vectors of half width.
    {"linear_half", "linear", Activations::all, Widths::half, Needs::packed_tile},
    {"linear_half_2_parts", "linear", Activations::all, Widths::half, Needs::packed_tile, nullptr, 2},
    {"linear_half_4_parts", "linear", Activations::all, Widths::half, Needs::packed_tile, nullptr, 4},
    {"linear_pack_half", "linear_pack", Activations::one_kernel, Widths::half, Needs::nothing},
    // The products of Linear's gradients: full panels, and the rest in one panel of its own.
    {"linear_gradient", "linear_gradient", Activations::one_kernel, Widths::full, Needs::gradient_tile},
    {"linear_gradient_rest", "linear_gradient", Activations::one_kernel, Widths::rest, Needs::gradient_tile},
    // clang-format on
};

struct GpuOperator {
  const char *name;
  const char *generator;
  Activations activations;
  int tiles;       // how many of plan::gpu_tile_names have a kernel
  bool is_aligned; // one more kernel for matrices whose rows all begin at 16 bytes
  Needs needs;
  std::vector<std::pair<std::string, std::string>> parameters;
};

const std::vector<GpuOperator> &gpu_operators() {
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  const auto gradient = [](const char *by, bool from_mask) {
    return Parameters{{"by", by}, {"from_mask", from_mask ? "true" : "false"}};
  };
  // Batches of a few rows have a tile of their own (low); gradients sum over the batch.
  constexpr int all = plan::gpu_tile_count, all_but_low = all - 1;
  static const std::vector<GpuOperator> operators = {
      // clang-format off
      {"activation", "gpu_activation", Activations::rectifiers, 0, true, Needs::unroll, {}},
      {"activation_inplace", "gpu_activation_inplace", Activations::rectifiers, 0, true, Needs::unroll, {}},
      {"activation_backward", "gpu_activation_backward", Activations::rectifiers, 0, true, Needs::unroll, {}},
      {"activation_backward_inplace", "gpu_activation_backward_inplace", Activations::rectifiers, 0, true, Needs::unroll, {}},
      {"activation_mask", "gpu_activation_mask", Activations::rectifiers, 0, false, Needs::nothing, {}},
      {"activation_backward_mask", "gpu_activation_backward_mask", Activations::one_kernel, 0, true, Needs::unroll, {}},
      {"activation_backward_mask_inplace", "gpu_activation_backward_mask_inplace", Activations::one_kernel, 0, true, Needs::unroll, {}},
      {"linear", "gpu_linear", Activations::all, all, true, Needs::packed_tile, {}},
      {"linear_pack", "gpu_linear_pack", Activations::one_kernel, 0, false, Needs::nothing, {}},
      {"linear_gradient_x", "gpu_linear_gradient", Activations::one_kernel, all_but_low, true, Needs::gradient_tile, gradient("x", false)},
      {"linear_gradient_weight", "gpu_linear_gradient", Activations::one_kernel, all_but_low, true, Needs::gradient_tile, gradient("weight", false)},
      {"linear_gradient_bias", "gpu_linear_gradient", Activations::one_kernel, 0, false, Needs::nothing, gradient("bias", false)},
      {"linear_gradient_x_mask", "gpu_linear_gradient", Activations::one_kernel, all_but_low, true, Needs::gradient_tile, gradient("x", true)},
      {"linear_gradient_weight_mask", "gpu_linear_gradient", Activations::one_kernel, all_but_low, true, Needs::gradient_tile, gradient("weight", true)},
      {"linear_gradient_bias_mask", "gpu_linear_gradient", Activations::one_kernel, 0, false, Needs::nothing, gradient("bias", true)},
      // clang-format on
  };
  return operators;
}

/// The indices of the activations that an operator has a kernel for.
std::vector<int> activations_of(Activations kind) {
  std::vector<int> indices;
  for (int a = kind == Activations::rectifiers ? 1 : 0; a < plan::activation_count; a++)
    indices.push_back(a);
  return kind == Activations::one_kernel ? std::vector<int>{0} : indices;
}

/// The tallest register tile of packed weights; 0: there is none.
int packed_rows(const CpuOperator &op, const plan::Tiles &t, int vectors) {
  const plan::Heights &rows = op.widths == Widths::half ? t.half_rows : t.rows;
  return plan::rows_side_by_side(op.side, rows[std::size_t(vectors)], vectors, t.registers);
}

std::vector<int> widths_of(const CpuOperator &op, const plan::Tiles &tiles) {
  const Widths kind = op.widths;
  std::vector<int> widths;
  for (int v = 1; v <= plan::max_panel_vectors; v++) {
    const bool has_kernel = kind == Widths::all    ? packed_rows(op, tiles, v) > 0
                            : kind == Widths::full ? v == tiles.panel
                            : kind == Widths::rest ? v <= tiles.panel
                            : kind == Widths::half ? packed_rows(op, tiles, v) > 0
                                                   : false;
    if (has_kernel)
      widths.push_back(v);
  }
  return kind == Widths::none ? std::vector<int>{0} : widths;
}

void add(CatalogKernel *kernel, const std::string &name, int value) {
  kernel->parameters.emplace_back(name, std::to_string(value));
}

/// The sizes of the register tile. A panel whose width is not the full one is the only one of its
/// call. It has the rest after full panels.
void add_tile(CatalogKernel *k, const CpuOperator &op, const plan::Tiles &t) {
  const auto v = std::size_t(k->vectors);
  switch (op.needs) {
  case Needs::nothing:
    break;
  case Needs::unroll:
    add(k, "unroll", t.unroll);
    break;
  case Needs::packed_tile:
    add(k, "rows", packed_rows(op, t, k->vectors));
    if (op.side > 1)
      add(k, "side", op.side);
    if (op.widths == Widths::all && k->vectors == t.panel)
      add(k, "group", std::max(1, t.group / op.side));
    else
      k->parameters.emplace_back("one_panel", "true");
    break;
  case Needs::gradient_tile:
    add(k, "rows", t.gradient[v]);
    if (op.widths == Widths::rest)
      k->parameters.emplace_back("one_panel", "true");
    break;
  }
}

CatalogKernel cpu_kernel(const CpuOperator &op, const CpuTarget &t, plan::Type type, int activation,
                         int vectors) {
  const plan::Tiles &tiles = t.tiles[type];
  CatalogKernel k;
  k.type = type;
  k.op = op.name;
  k.generator = op.generator;
  k.target = t.name;
  k.halide_target = t.halide_target;
  k.activation = activation;
  k.has_activation = op.activations != Activations::one_kernel;
  k.vectors = vectors;
  k.symbol = std::string("hinge_") + op.name;
  add(&k, "lanes", op.widths == Widths::half ? tiles.lanes / 2 : tiles.lanes);
  if (k.has_activation) {
    k.symbol += std::string("_") + plan::activations[activation];
    k.parameters.emplace_back("activation", plan::activations[activation]);
  }
  if (vectors > 0) {
    k.symbol += "_" + std::to_string(vectors) + "v";
    add(&k, "vectors", vectors);
  }
  add_tile(&k, op, tiles);
  if (op.row_arguments) {
    add(&k, "rows", 1);
    k.parameters.emplace_back("arguments", op.row_arguments);
  }
  k.symbol += "_" + t.name;
  return k;
}

void add_tile(CatalogKernel *k, Needs needs, const plan::GpuTile &t) {
  add(k, "columns", t.columns);
  add(k, "rows", t.rows);
  add(k, "thread_columns", t.thread_columns);
  add(k, "thread_rows", t.thread_rows);
  add(k, "terms", t.terms);
  add(k, "threads", t.threads);
  add(k, "blocks", t.blocks);
  add(k, "prefetch", needs == Needs::gradient_tile ? t.gradient_prefetch : t.prefetch);
}

CatalogKernel gpu_kernel(const GpuOperator &op, const GpuTarget &t, plan::Type type, int activation,
                         int tile, bool is_aligned) {
  CatalogKernel k;
  k.type = type;
  k.is_gpu = true;
  k.op = op.name;
  k.generator = op.generator;
  k.target = t.name;
  k.halide_target = t.halide_target;
  k.activation = activation;
  k.has_activation = op.activations != Activations::one_kernel;
  k.tile = tile;
  k.is_aligned = is_aligned;
  k.symbol = std::string("hinge_") + op.name;
  k.parameters = op.parameters;
  if (k.has_activation) {
    k.symbol += std::string("_") + plan::activations[activation];
    k.parameters.emplace_back("activation", plan::activations[activation]);
  }
  if (op.tiles > 0) {
    k.symbol += std::string("_") + plan::gpu_tile_names[tile];
    add_tile(&k, op.needs, t.tiles[type][std::size_t(tile)]);
  }
  if (op.is_aligned) {
    const int lanes = is_aligned ? plan::gpu_vector : 1;
    k.symbol += "_v" + std::to_string(lanes);
    add(&k, "lanes", lanes);
  }
  if (op.needs == Needs::unroll)
    add(&k, "unroll", t.unroll);
  k.symbol += "_" + t.name;
  return k;
}

} // namespace

std::vector<CatalogKernel> catalog(const Targets &targets) {
  std::vector<CatalogKernel> kernels;
  const plan::Type type = plan::Type::float32; // the only one that operators have kernels for
  for (const CpuOperator &op : cpu_operators)
    for (const CpuTarget &target : targets.cpus)
      for (const int activation : activations_of(op.activations))
        for (const int vectors : widths_of(op, target.tiles[type]))
          kernels.push_back(cpu_kernel(op, target, type, activation, vectors));
  for (const GpuOperator &op : gpu_operators())
    for (const GpuTarget &target : targets.gpus)
      for (const int activation : activations_of(op.activations))
        for (int tile = 0; tile < std::max(1, op.tiles); tile++)
          for (int aligned = 0; aligned <= int(op.is_aligned); aligned++)
            kernels.push_back(gpu_kernel(op, target, type, activation, tile, aligned != 0));
  return kernels;
}

} // namespace hinge::hingec

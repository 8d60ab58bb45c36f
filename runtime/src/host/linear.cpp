// Linear layers: shapes, packing, memory. linear_forward.cpp runs them.
#include "host/linear.h"

#include "dispatch/target.h"
#include "operators/linear.h"

#include <hinge/plan/chains.h>
#include <hinge/plan/panels.h>

#include <algorithm>
#include <cinttypes>
#include <cstdlib>
#include <new>

namespace hinge::detail {

static constexpr std::size_t alignment = 64; // a cache line, and the widest vector

static std::size_t round_up(std::size_t n, std::size_t step) {
  return (n + step - 1) / step * step;
}

[[gnu::cold]] static hinge_status refuse_size(std::int64_t in_features, std::int64_t out_features) {
  return fail(HINGE_INVALID_ARGUMENT,
              "%" PRId64 " in_features x %" PRId64 " out_features overflow the address space",
              in_features, out_features);
}

/// The segment of a layer that has `panels` panels from output feature `first` on; whole: they have
/// whole vectors, not half ones.
static Segment make_segment(const hinge_linear &l, std::int64_t first, std::int64_t panels,
                            int vectors, bool whole) {
  const Target &target = *l.target;
  const plan::Tiles &tiles = target.tiles[Type::float32];
  const Key key{Type::float32, l.activation, vectors};
  const Key pack_key{Type::float32, HINGE_ACTIVATION_NONE, vectors};
  Segment s;
  s.first = first;
  s.panels = panels;
  s.vectors = vectors;
  s.nr = std::int64_t(vectors) * (whole ? tiles.lanes : tiles.lanes / 2);
  s.count = std::min(panels * s.nr, l.out_features - first);
  s.full_panels = s.count / s.nr;
  s.tile_rows = (whole ? tiles.rows : tiles.half_rows)[std::size_t(vectors)];
  const auto parts = [&](int count, const Table<linear_fn> &table) {
    const int rows = plan::rows_side_by_side(count, s.tile_rows, vectors, tiles.registers);
    return PartsKernel{count, rows, &table[key]};
  };
  s.kernels[0] = parts(4, whole ? target.linear_4_parts : target.linear_half_4_parts);
  s.kernels[1] = parts(2, whole ? target.linear_2_parts : target.linear_half_2_parts);
  s.kernels[2] = parts(1, whole ? target.linear : target.linear_half);
  s.pack_kernel = &(whole ? target.linear_pack : target.linear_pack_half)[pack_key];
  return s;
}

/// Adds a segment, number `i`, and its floats to `floats`.
static hinge_status add_segment(hinge_linear *l, int i, Segment s, std::int64_t *floats) {
  const std::int64_t most_in_features = plan::max_span / s.nr - 1;
  if (l->in_features > most_in_features)
    return fail(HINGE_INVALID_ARGUMENT, "in_features is %" PRId64 ": expected at most %" PRId64,
                l->in_features, most_in_features);
  s.max_call_panels = plan::max_span / l->panel_floats(s);
  const int group = l->target->tiles[Type::float32].group;
  s.group = i == 0 && group <= s.max_call_panels ? group : 1;
  l->most_one_tile_rows = std::min<std::int64_t>(l->most_one_tile_rows,
                                                 s.panels <= s.max_call_panels ? s.tile_rows : 0);
  // The batch-1 loop takes some panels, not all.
  if (s.group > 1 && s.full_panels >= s.group && s.count % (s.nr * s.group) != 0)
    l->least_one_tile_rows = 2;
  l->segments[i] = s;
  std::int64_t segment_floats = 0;
  return __builtin_mul_overflow(s.panels, l->panel_floats(s), &segment_floats) ||
                 __builtin_add_overflow(*floats, segment_floats, floats)
             ? refuse_size(l->in_features, l->out_features)
             : HINGE_OK;
}

/// Fills all members of `l` that depend on the shape, with null pointers. memory_bytes includes
/// room for aligning.
static hinge_status plan_layer(const Target &target, std::int64_t in_features,
                               std::int64_t out_features, hinge_activation act, hinge_linear *l) {
  if (out_features > std::int64_t(1) << 56) // so that padding cannot overflow
    return refuse_size(in_features, out_features);
  *l = {};
  l->in_features = in_features;
  l->out_features = out_features;
  l->part_terms = plan::chain_terms(in_features);
  l->parts = plan::chains_of(in_features);
  l->activation = act;
  l->target = &target;
  l->least_one_tile_rows = 1;
  l->most_one_tile_rows = plan::max_span;
  l->most_unshared_rows =
      out_features > 0 ? std::int64_t((parallel_work - 1) / l->row_work()) : INT64_MAX;
  const plan::Tiles &tiles = target.tiles[Type::float32];
  const plan::Columns c = plan::packed_columns(tiles, out_features);
  std::int64_t floats = 0;
  if (c.full > 0)
    if (hinge_status s =
            add_segment(l, 0, make_segment(*l, 0, c.full, tiles.panel, /*whole=*/true), &floats))
      return s;
  if (c.rest_vectors > 0)
    if (hinge_status s = add_segment(
            l, 1, make_segment(*l, c.full_columns, 1, c.rest_vectors, c.rest_lanes == tiles.lanes),
            &floats))
      return s;
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(floats, std::int64_t(sizeof(float)), &bytes) ||
      __builtin_add_overflow(bytes, round_up(sizeof(hinge_linear), alignment) + alignment - 1,
                             &bytes))
    return refuse_size(in_features, out_features);
  l->memory_bytes = std::size_t(bytes);
  return HINGE_OK;
}

/// Packs one segment. `weight` holds all output features.
static int pack(const hinge_linear &l, const Segment &s, const hinge_const_view &weight,
                const float *bias) {
  const std::int64_t panel_floats = l.panel_floats(s);
  for (std::int64_t q = 0; q < s.panels; q++) {
    float *row = s.packed + q * panel_floats;
    for (std::int64_t j = 0; j < s.nr; j++) {
      const std::int64_t n = std::min(q * s.nr + j, s.count - 1);
      row[j] = bias ? bias[s.first + n] : 0.0f;
    }
  }
  if (l.in_features == 0)
    return 0;
  const std::int64_t stride = l.out_features > 1 ? weight.row_stride : weight.cols;
  const std::int64_t most = std::min(s.max_call_panels, plan::max_span / (s.nr * stride));
  return plan::in_parts(s.panels, most, [&](std::int64_t panel, std::int64_t panels) {
    const std::int64_t n = panel * s.nr;
    const std::int64_t rows = std::min(panels * s.nr, s.count - n);
    const Buffer<2> w(elements(weight) + (s.first + n) * stride,
                      {std::int32_t(l.in_features), std::int32_t(rows)}, {std::int32_t(stride)});
    const Buffer<3> packed(s.packed + panel * panel_floats + s.nr,
                           {std::int32_t(s.nr), std::int32_t(l.in_features), std::int32_t(panels)},
                           {std::int32_t(s.nr), std::int32_t(panel_floats)});
    return run_kernel(*s.pack_kernel, w.get(), packed.get());
  });
}

/// Packs the weights of a layer whose segments have their memory.
static int pack(const hinge_linear &l, const LinearWeights &weights) {
  int error = 0;
  for (const Segment &s : l.segments)
    if (s.panels > 0 && error == 0)
      error = pack(l, s, *weights.weight, weights.bias);
  return error;
}

/// Whether a layer can pack the weights, whose shape is its own.
static hinge_status check_weight(const hinge_linear &l, const hinge_const_view &weight) {
  for (const Segment &s : l.segments)
    if (weight.rows > 1 && s.panels > 0 && weight.row_stride > plan::max_span / s.nr)
      return fail(HINGE_INVALID_ARGUMENT,
                  "weight.row_stride is %" PRId64 ": expected at most %" PRId64, weight.row_stride,
                  plan::max_span / s.nr);
  return HINGE_OK;
}

/// The checks that both ways to create a layer share, and its plan.
static hinge_status check_create(LinearCreate<hinge_linear> *create, hinge_linear *planned) {
  if (hinge_status s = create->check())
    return s;
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  const hinge_const_view &weight = *create->weight;
  if (hinge_status s = plan_layer(*target, weight.cols, weight.rows, create->act, planned))
    return s;
  return check_weight(*planned, weight);
}

/// Puts the planned layer into its memory and packs it.
static hinge_status build(const LinearCreate<hinge_linear> &create, const hinge_linear &planned,
                          void *memory, std::size_t bytes, bool owns_memory) {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  char *aligned = static_cast<char *>(memory) + (round_up(begin, alignment) - begin);
  auto *l = new (aligned) hinge_linear(planned);
  l->memory = {begin, begin + bytes, bytes, bytes};
  l->memory_bytes = bytes;
  l->owns_memory = owns_memory;
  auto *packed = reinterpret_cast<float *>(aligned + round_up(sizeof(hinge_linear), alignment));
  for (Segment &s : l->segments) {
    if (s.panels == 0)
      continue;
    s.packed = packed;
    if (s.panels <= s.max_call_panels)
      s.packed_buffer = l->panels_buffer(s, 0, s.panels, 0);
    packed += s.panels * l->panel_floats(s);
  }
  if (const int error = pack(*l, create))
    return kernel_status(error);
  l->state = hinge_linear::alive;
  *create.linear = l;
  return HINGE_OK;
}

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_linear_packed_bytes(int64_t in_features, int64_t out_features, size_t *bytes) {
  if (hinge_status s = check_packed_bytes(in_features, out_features, bytes))
    return s;
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  hinge_linear l;
  if (hinge_status s = plan_layer(*target, in_features, out_features, HINGE_ACTIVATION_NONE, &l))
    return s;
  *bytes = l.memory_bytes;
  return HINGE_OK;
}

hinge_status hinge_linear_create(const hinge_const_view *weight, const float *bias,
                                 hinge_activation act, hinge_linear **linear) {
  LinearCreate<hinge_linear> create{{weight, bias}, act, linear};
  hinge_linear planned;
  if (hinge_status s = check_create(&create, &planned))
    return s;
  void *memory = std::malloc(planned.memory_bytes);
  if (!memory)
    return fail(HINGE_OUT_OF_MEMORY, "%zu bytes for the packed weights could not be allocated",
                planned.memory_bytes);
  const hinge_status s = build(create, planned, memory, planned.memory_bytes, /*owns_memory=*/true);
  if (s != HINGE_OK)
    std::free(memory);
  return s;
}

hinge_status hinge_linear_create_in(void *memory, size_t bytes, const hinge_const_view *weight,
                                    const float *bias, hinge_activation act,
                                    hinge_linear **linear) {
  LinearCreate<hinge_linear> create{{weight, bias}, act, linear};
  hinge_linear planned;
  Region region;
  if (hinge_status s = check_create(&create, &planned))
    return s;
  if (!memory)
    return fail(HINGE_INVALID_ARGUMENT, "memory is null");
  if (bytes < planned.memory_bytes)
    return fail(HINGE_INVALID_ARGUMENT, "bytes is %zu: expected %zu or more", bytes,
                planned.memory_bytes);
  if (hinge_status s = check_memory("memory", memory, bytes, &region))
    return s;
  if (hinge_status s = check_memory_of_layer(region, create))
    return s;
  return build(create, planned, memory, bytes, /*owns_memory=*/false);
}

hinge_status hinge_linear_repack(hinge_linear *linear, const hinge_const_view *weight,
                                 const float *bias) {
  LinearRepack<hinge_linear> repack{{weight, bias}, linear};
  if (hinge_status s = repack.check())
    return s;
  if (hinge_status s = check_weight(*linear, *weight))
    return s;
  return kernel_status(pack(*linear, repack));
}

void hinge_linear_destroy(hinge_linear *linear) {
  if (!linear)
    return;
  linear->state = 0; // a later call sees it only in memory of the caller
  if (linear->owns_memory)
    std::free(reinterpret_cast<void *>(linear->memory.begin));
}

hinge_status hinge_linear_get_info(const hinge_linear *linear, hinge_linear_info *info) {
  if (hinge_status s = check_layer(linear))
    return s;
  if (!info)
    return fail(HINGE_INVALID_ARGUMENT, "info is null");
  *info = {linear->in_features, linear->out_features, linear->activation, linear->target->name,
           linear->memory_bytes};
  return HINGE_OK;
}

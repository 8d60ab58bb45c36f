// Linear layers: shapes, packing, memory. linear_forward.cpp runs them.
#include "linear.h"

#include "checks.h"
#include "target.h"
#include "threads.h"

#include <algorithm>
#include <cinttypes>
#include <cstdlib>
#include <new>

namespace hinge::detail {

static constexpr std::size_t alignment = 64; // a cache line, and the widest vector

static std::size_t round_up(std::size_t n, std::size_t step) {
  return (n + step - 1) / step * step;
}

/// Fills everything of `l` that depends on the shape, with null pointers; memory_bytes is what it
/// needs, room for aligning it included.
static hinge_status plan(const Target &target, std::int64_t in_features, std::int64_t out_features,
                         hinge_activation act, hinge_linear *l) {
  auto too_large = [&] {
    return fail(HINGE_INVALID_ARGUMENT,
                "%" PRId64 " in_features x %" PRId64 " out_features overflow the address space",
                in_features, out_features);
  };
  if (out_features > std::int64_t(1) << 56) // so that padding cannot overflow
    return too_large();
  *l = {};
  l->in_features = in_features;
  l->out_features = out_features;
  l->activation = act;
  l->target = &target;

  // Full panels; what is left over goes into a wider panel with the last full one where the profile
  // has that width (one tile of 3 vectors is faster than one of 2 and one of 1), into half vectors
  // where the profile has them and they are fewer lanes, else into a narrower panel.
  const int lanes = target.lanes, half = lanes / 2;
  const std::int64_t vectors = out_features / lanes + (out_features % lanes != 0);
  std::int64_t full = vectors / target.panel_vectors;
  int rest = int(vectors % target.panel_vectors), rest_lanes = lanes;
  const int halves = int((out_features - full * target.panel_vectors * lanes + half - 1) / half);
  if (rest > 0 && halves < 2 * rest && halves <= max_panel_vectors &&
      target.half_tile_rows[std::size_t(halves)] > 0) {
    rest = halves;
    rest_lanes = half;
  } else if (rest > 0 && full > 0 && rest + target.panel_vectors <= max_panel_vectors &&
             target.tile_rows[std::size_t(rest + target.panel_vectors)] > 0) {
    full--;
    rest += target.panel_vectors;
  }

  const struct {
    std::int64_t panels;
    int vectors, lanes;
  } parts[2] = {{full, target.panel_vectors, lanes}, {rest > 0 ? 1 : 0, rest, rest_lanes}};
  std::int64_t first = 0;
  std::int64_t floats = 0;
  l->least_one_tile_rows = 1;
  l->most_one_tile_rows = max_call_elements;
  for (int i = 0; i < 2; i++) {
    if (parts[i].panels == 0)
      continue;
    Segment &s = l->segments[i];
    s.first = first;
    s.panels = parts[i].panels;
    s.vectors = parts[i].vectors;
    s.nr = std::int64_t(s.vectors) * parts[i].lanes;
    s.count = std::min(s.panels * s.nr, out_features - first);
    s.full_panels = s.count / s.nr;
    first += s.count;
    const auto v = std::size_t(s.vectors);
    const bool whole = parts[i].lanes == lanes;
    s.tile_rows = (whole ? target.tile_rows : target.half_tile_rows)[v];
    s.kernel = &(whole ? target.linear : target.linear_half)[std::size_t(act)][v];
    s.pack_kernel =
        &(whole ? target.linear_pack : target.linear_pack_half)[HINGE_ACTIVATION_NONE][v];
    if (in_features > max_call_elements / s.nr - 1)
      return fail(HINGE_INVALID_ARGUMENT, "in_features is %" PRId64 ": expected at most %" PRId64,
                  in_features, max_call_elements / s.nr - 1);
    s.max_call_panels = max_call_elements / l->panel_floats(s);
    s.group = i == 0 && target.group <= s.max_call_panels ? target.group : 1;
    l->most_one_tile_rows = std::min<std::int64_t>(l->most_one_tile_rows,
                                                   s.panels <= s.max_call_panels ? s.tile_rows : 0);
    if (s.group > 1 && s.full_panels >= s.group) // the batch-1 loop takes some panels, not all
      l->least_one_tile_rows = 2;
    std::int64_t segment_floats = 0;
    if (__builtin_mul_overflow(s.panels, l->panel_floats(s), &segment_floats) ||
        __builtin_add_overflow(floats, segment_floats, &floats))
      return too_large();
  }
  std::int64_t bytes = 0;
  if (__builtin_mul_overflow(floats, std::int64_t(sizeof(float)), &bytes) ||
      __builtin_add_overflow(bytes, round_up(sizeof(hinge_linear), alignment) + alignment - 1,
                             &bytes))
    return too_large();
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
      const std::int64_t n = q * s.nr + j;
      row[j] = bias && n < s.count ? bias[s.first + n] : 0.0f;
    }
  }
  if (l.in_features == 0)
    return 0;
  const std::int64_t stride = l.out_features > 1 ? weight.row_stride : weight.cols;
  const Pieces p =
      cut(s.panels, 1, 1, std::min(s.max_call_panels, max_call_elements / (s.nr * stride)));
  int error = 0;
  for (std::int64_t i = 0; i < p.count() && error == 0; i++) {
    const std::int64_t n = p.begin(i) * s.nr;
    const std::int64_t rows = std::min(p.length(i) * s.nr, s.count - n);
    Buffer<2> w(weight.data + (s.first + n) * stride,
                {std::int32_t(l.in_features), std::int32_t(rows)}, {std::int32_t(stride)});
    Buffer<3> packed(s.packed + p.begin(i) * panel_floats + s.nr,
                     {std::int32_t(s.nr), std::int32_t(l.in_features), std::int32_t(p.length(i))},
                     {std::int32_t(s.nr), std::int32_t(panel_floats)});
    error = run_kernel(*s.pack_kernel, w.get(), packed.get());
  }
  return error;
}

/// Packs the weights of a layer whose segments have their memory.
static int pack(const hinge_linear &l, const hinge_const_view &weight, const float *bias) {
  int error = 0;
  for (const Segment &s : l.segments)
    if (s.panels > 0 && error == 0)
      error = pack(l, s, weight, bias);
  return error;
}

/// Whether a layer can pack the weights, whose shape is its own.
static hinge_status check_weight(const hinge_linear &l, const hinge_const_view &weight) {
  for (const Segment &s : l.segments)
    if (weight.rows > 1 && s.panels > 0 && weight.row_stride > max_call_elements / s.nr)
      return fail(HINGE_INVALID_ARGUMENT,
                  "weight.row_stride is %" PRId64 ": expected at most %" PRId64, weight.row_stride,
                  max_call_elements / s.nr);
  return HINGE_OK;
}

/// The checks that both ways to create a layer share, and its plan.
static hinge_status check_create(const hinge_const_view *weight, const float *bias,
                                 hinge_activation act, hinge_linear **linear, Region *weight_region,
                                 Region *bias_region, hinge_linear *l) {
  if (hinge_status s = check_linear_create(weight, bias, act, linear, weight_region, bias_region))
    return s;
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  if (hinge_status s = plan(*target, weight->cols, weight->rows, act, l))
    return s;
  return check_weight(*l, *weight);
}

/// Puts the planned layer into its memory and packs it.
static hinge_status build(hinge_linear planned, void *memory, std::size_t bytes, bool owns_memory,
                          const hinge_const_view &weight, const float *bias,
                          hinge_linear **linear) {
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
    packed += s.panels * l->panel_floats(s);
    if (s.panels <= s.max_call_panels)
      s.packed_buffer = l->panels_buffer(s, 0, s.panels);
  }
  if (const int error = pack(*l, weight, bias))
    return kernel_status(error);
  l->state = hinge_linear::alive;
  *linear = l;
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
  if (hinge_status s = plan(*target, in_features, out_features, HINGE_ACTIVATION_NONE, &l))
    return s;
  *bytes = l.memory_bytes;
  return HINGE_OK;
}

hinge_status hinge_linear_create(const hinge_const_view *weight, const float *bias,
                                 hinge_activation act, hinge_linear **linear) {
  Region weight_region, bias_region;
  hinge_linear planned;
  if (hinge_status s =
          check_create(weight, bias, act, linear, &weight_region, &bias_region, &planned))
    return s;
  void *memory = std::malloc(planned.memory_bytes);
  if (!memory)
    return fail(HINGE_OUT_OF_MEMORY, "%zu bytes for the packed weights could not be allocated",
                planned.memory_bytes);
  const hinge_status s =
      build(planned, memory, planned.memory_bytes, /*owns_memory=*/true, *weight, bias, linear);
  if (s != HINGE_OK)
    std::free(memory);
  return s;
}

hinge_status hinge_linear_create_in(void *memory, size_t bytes, const hinge_const_view *weight,
                                    const float *bias, hinge_activation act,
                                    hinge_linear **linear) {
  Region weight_region, bias_region, memory_region;
  hinge_linear planned;
  if (hinge_status s =
          check_create(weight, bias, act, linear, &weight_region, &bias_region, &planned))
    return s;
  if (!memory)
    return fail(HINGE_INVALID_ARGUMENT, "memory is null");
  if (bytes < planned.memory_bytes)
    return fail(HINGE_INVALID_ARGUMENT, "bytes is %zu: expected %zu or more", bytes,
                planned.memory_bytes);
  if (hinge_status s = check_memory("memory", memory, bytes, &memory_region))
    return s;
  if (overlap(memory_region, weight_region))
    return refuse_sharing("memory", "weight", "element");
  if (overlap(memory_region, bias_region))
    return refuse_sharing("memory", "bias", "element");
  return build(planned, memory, bytes, /*owns_memory=*/false, *weight, bias, linear);
}

hinge_status hinge_linear_repack(hinge_linear *linear, const hinge_const_view *weight,
                                 const float *bias) {
  Region weight_region, bias_region;
  if (hinge_status s = check_linear(linear))
    return s;
  if (hinge_status s = check_linear_repack(*linear, weight, bias, &weight_region, &bias_region))
    return s;
  if (hinge_status s = check_weight(*linear, *weight))
    return s;
  return kernel_status(pack(*linear, *weight, bias));
}

void hinge_linear_destroy(hinge_linear *linear) {
  if (!linear)
    return;
  linear->state = 0;
  if (linear->owns_memory)
    std::free(reinterpret_cast<void *>(linear->memory.begin));
}

hinge_status hinge_linear_get_info(const hinge_linear *linear, hinge_linear_info *info) {
  if (hinge_status s = check_linear(linear))
    return s;
  if (!info)
    return fail(HINGE_INVALID_ARGUMENT, "info is null");
  *info = {linear->in_features, linear->out_features, linear->activation, linear->target->name,
           linear->memory_bytes};
  return HINGE_OK;
}

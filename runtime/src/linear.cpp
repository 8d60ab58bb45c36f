#include "error.h"
#include "target.h"
#include "threads.h"
#include "view.h"

#include <cinttypes>
#include <cstdlib>
#include <limits>
#include <new>

namespace hinge::detail {

// Kernels index with 32-bit integers: no buffer of a call spans more elements, gaps included.
static constexpr std::int64_t max_call_elements = std::numeric_limits<std::int32_t>::max();

// From here on a call is shared with the pool: 2^22 multiplications and additions take about 40 us
// with AVX-512, several times what it costs to wake a thread.
static constexpr double parallel_work = 1 << 22;

// What a second call of a kernel costs: about 15 ns, in which a CPU could do this many vector FMAs.
static constexpr std::int64_t second_call_fmas = 64;

// Two calls that read the same panels take turns after this many floats, 256 KiB: what the first
// read is then still in L2 for the second.
static constexpr std::int64_t shared_floats = std::int64_t(1) << 16;

static constexpr std::size_t alignment = 64; // a cache line, and the widest vector
static constexpr std::uint32_t alive = 0x48694e67;

/// Output features that are packed in panels of one width, and how to compute them.
struct Segment {
  std::int64_t first = 0;  // output feature
  std::int64_t count = 0;  // output features, without padding
  std::int64_t panels = 0; // panels of nr features, the last one possibly padded
  std::int64_t nr = 0;
  int vectors = 0;
  int tile_rows = 0;                // tallest register tile
  std::int64_t group = 1;           // panels in a step of the batch-1 loop
  std::int64_t max_call_panels = 0; // panels that a kernel can index
  const Kernel<linear_fn> *kernel = nullptr;
  float *packed = nullptr;
};

} // namespace hinge::detail

using namespace hinge::detail;

struct hinge_linear {
  std::uint32_t state;
  bool owns_memory;
  Region memory; // the caller's or our own; the layer itself is aligned in it
  std::size_t memory_bytes;
  std::int64_t in_features;
  std::int64_t out_features;
  hinge_activation activation;
  const Target *target;
  // Full panels, then what is left over in one panel of another width. Either may be empty.
  Segment segments[2];

  std::int64_t panel_floats(const Segment &s) const { return (in_features + 1) * s.nr; }
};

namespace hinge::detail {

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

  // Full panels; what is left over goes into a wider panel with the last full one where the
  // profile has that width (one tile of 3 vectors is faster than one of 2 and one of 1), else
  // into a narrower one.
  const std::int64_t vectors = out_features / target.lanes + (out_features % target.lanes != 0);
  std::int64_t full = vectors / target.panel_vectors;
  int rest = int(vectors % target.panel_vectors);
  if (rest > 0 && full > 0 && rest + target.panel_vectors <= max_panel_vectors &&
      target.tile_rows[std::size_t(rest + target.panel_vectors)] > 0) {
    full--;
    rest += target.panel_vectors;
  }

  const struct {
    std::int64_t panels;
    int vectors;
  } parts[2] = {{full, target.panel_vectors}, {rest > 0 ? 1 : 0, rest}};
  std::int64_t first = 0;
  std::int64_t floats = 0;
  for (int i = 0; i < 2; i++) {
    if (parts[i].panels == 0)
      continue;
    Segment &s = l->segments[i];
    s.first = first;
    s.panels = parts[i].panels;
    s.vectors = parts[i].vectors;
    s.nr = std::int64_t(s.vectors) * target.lanes;
    s.count = std::min(s.panels * s.nr, out_features - first);
    first += s.count;
    s.tile_rows = target.tile_rows[std::size_t(s.vectors)];
    s.kernel = &target.linear[std::size_t(act)][std::size_t(s.vectors)];
    if (in_features > max_call_elements / s.nr - 1)
      return fail(HINGE_INVALID_ARGUMENT, "in_features is %" PRId64 ": expected at most %" PRId64,
                  in_features, max_call_elements / s.nr - 1);
    s.max_call_panels = max_call_elements / l->panel_floats(s);
    s.group =
        s.vectors == target.panel_vectors && target.group <= s.max_call_panels ? target.group : 1;
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
    error = run_kernel(l.target->linear_pack[HINGE_ACTIVATION_NONE][std::size_t(s.vectors)],
                       w.get(), packed.get());
  }
  return error;
}

/// The checks that both ways to create a layer share, and its plan.
static hinge_status check_create(const hinge_const_view *weight, const float *bias,
                                 hinge_activation act, hinge_linear **linear, Region *weight_region,
                                 Region *bias_region, hinge_linear *l) {
  if (!linear)
    return fail(HINGE_INVALID_ARGUMENT, "linear is null");
  if (hinge_status s = check_activation(act, /*none_allowed=*/true))
    return s;
  if (hinge_status s = check_view("weight", weight, weight_region))
    return s;
  const Target *target = active_target();
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  if (hinge_status s = plan(*target, weight->cols, weight->rows, act, l))
    return s;
  for (const Segment &s : l->segments)
    if (weight->rows > 1 && s.panels > 0 && weight->row_stride > max_call_elements / s.nr)
      return fail(HINGE_INVALID_ARGUMENT,
                  "weight.row_stride is %" PRId64 ": expected at most %" PRId64, weight->row_stride,
                  max_call_elements / s.nr);
  if (bias)
    return check_memory("bias", bias, std::size_t(weight->rows) * sizeof(float), bias_region);
  return HINGE_OK;
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
    if (const int error = pack(*l, s, weight, bias))
      return kernel_status(error);
  }
  l->state = alive;
  *linear = l;
  return HINGE_OK;
}

namespace {

struct Forward {
  const hinge_linear &l;
  const hinge_const_view &x;
  const hinge_view &y;

  /// Rows [row, row + rows) of the panels [panel, panel + panels) of one segment.
  int operator()(const Segment &s, std::int64_t row, std::int64_t rows, std::int64_t panel,
                 std::int64_t panels) const {
    const std::int64_t widest = std::max({x.row_stride, y.row_stride, std::int64_t(1)});
    std::int64_t call_rows = rows;
    if (rows > 1 && rows > max_call_elements / widest)
      call_rows = std::max<std::int64_t>(1, max_call_elements / widest);
    const std::int64_t end = panel + panels;
    for (std::int64_t r = row; r < row + rows; r += call_rows) {
      const std::int64_t m = std::min(call_rows, row + rows - r);
      for (std::int64_t q = panel; q < end;) {
        std::int64_t count = std::min(end - q, s.max_call_panels);
        // The batch-1 loop takes whole groups of panels without padding; they go first.
        const std::int64_t unpadded = std::min(count, s.count / s.nr - q);
        if (m == 1 && s.group > 1 && unpadded >= s.group)
          count = unpadded / s.group * s.group;
        if (const int error = tile(s, r, m, q, count))
          return error;
        q += count;
      }
    }
    return 0;
  }

private:
  /// Cuts the rows into as few register tiles as the tallest one gives, none higher than another by
  /// more than a row.
  int tile(const Segment &s, std::int64_t row, std::int64_t rows, std::int64_t panel,
           std::int64_t panels) const {
    const std::int64_t tiles = (rows + s.tile_rows - 1) / s.tile_rows;
    const std::int64_t height = (rows + tiles - 1) / tiles;
    // With tiles of one height the last ones would compute this many rows a second time.
    const std::int64_t repeated = tiles * height - rows;
    if (repeated * l.in_features * s.vectors * panels <= second_call_fmas)
      return call(s, row, rows, panel, panels, height);
    const std::int64_t tall_rows = (tiles - repeated) * height;
    const std::int64_t step = std::max<std::int64_t>(1, shared_floats / l.panel_floats(s));
    for (std::int64_t q = panel, end = panel + panels; q < end; q += step) {
      const std::int64_t count = std::min(step, end - q);
      int error = call(s, row, tall_rows, q, count, height);
      if (error == 0)
        error = call(s, row + tall_rows, rows - tall_rows, q, count, height - 1);
      if (error)
        return error;
    }
    return 0;
  }

  int call(const Segment &s, std::int64_t row, std::int64_t rows, std::int64_t panel,
           std::int64_t panels, std::int64_t tile_rows) const {
    const std::int64_t n = panel * s.nr;
    const auto cols = std::int32_t(std::min(panels * s.nr, s.count - n));
    const auto m = std::int32_t(rows), k = std::int32_t(l.in_features);
    // The stride of a single row is not used, and need not fit.
    auto stride = [&](std::int64_t row_stride) { return m > 1 ? std::int32_t(row_stride) : 0; };
    // Without in_features x may be null; nothing is read from it.
    const float *x_rows = k > 0 ? x.data + row * x.row_stride : s.packed;
    const std::int64_t panel_floats = l.panel_floats(s);
    Buffer<2> x_part(x_rows, {k, m}, {stride(x.row_stride)});
    Buffer<3> packed(s.packed + panel * panel_floats,
                     {std::int32_t(s.nr), k + 1, std::int32_t(panels)},
                     {std::int32_t(s.nr), panels > 1 ? std::int32_t(panel_floats) : 0});
    Buffer<2> y_part(y.data + row * y.row_stride + s.first + n, {cols, m}, {stride(y.row_stride)});
    return run_kernel(*s.kernel, x_part.get(), packed.get(), std::int32_t(tile_rows), y_part.get());
  }
};

} // namespace

/// All rows and panels, shared with the pool where that pays.
static int run(const Forward &f) {
  const hinge_linear &l = f.l;
  const std::int64_t rows = f.x.rows;
  const Segment &full = l.segments[0], &rest = l.segments[1];
  auto all_panels = [&](std::int64_t row, std::int64_t count) {
    int error = full.panels ? f(full, row, count, 0, full.panels) : 0;
    if (error == 0 && rest.panels)
      error = f(rest, row, count, 0, rest.panels);
    return error;
  };
  const int threads = num_threads();
  if (threads == 1 ||
      double(rows) * double(l.out_features) * double(l.in_features + 1) < parallel_work)
    return all_panels(0, rows);

  // By panels where there are enough of them: every thread then reads its own part of the weights,
  // which are mostly larger than x. By rows else.
  const std::int64_t tasks = 4 * threads;
  const std::int64_t panels = full.panels + rest.panels;
  const int tile_rows = full.panels ? full.tile_rows : rest.tile_rows;
  if (panels >= tasks || panels >= rows / tile_rows) {
    const Pieces p = cut(panels, tasks, 1, panels);
    return parallel_for(p.count(), [&](std::int64_t i) {
      const std::int64_t begin = p.begin(i), end = begin + p.length(i);
      const std::int64_t in_full = std::max<std::int64_t>(0, std::min(end, full.panels) - begin);
      int error = in_full ? f(full, 0, rows, begin, in_full) : 0;
      if (error == 0 && end > full.panels)
        error = f(rest, 0, rows, 0, rest.panels);
      return error;
    });
  }
  const Pieces p = cut(rows, tasks, tile_rows, rows);
  return parallel_for(p.count(),
                      [&](std::int64_t i) { return all_panels(p.begin(i), p.length(i)); });
}

static hinge_status check_linear(const hinge_linear *linear) {
  if (!linear)
    return fail(HINGE_INVALID_ARGUMENT, "linear is null");
  if (linear->state != alive)
    return fail(HINGE_INVALID_ARGUMENT, "linear is no layer: it was destroyed or overwritten");
  return HINGE_OK;
}

} // namespace hinge::detail

hinge_status hinge_linear_packed_bytes(int64_t in_features, int64_t out_features, size_t *bytes) {
  if (!bytes)
    return fail(HINGE_INVALID_ARGUMENT, "bytes is null");
  if (in_features < 0)
    return fail(HINGE_INVALID_ARGUMENT, "in_features is %" PRId64 ": expected 0 or more",
                in_features);
  if (out_features < 0)
    return fail(HINGE_INVALID_ARGUMENT, "out_features is %" PRId64 ": expected 0 or more",
                out_features);
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
  Region weight_region, bias_region{};
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
  Region weight_region, bias_region{}, memory_region;
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
    return fail(HINGE_INVALID_ARGUMENT, "memory overlaps weight: expected no common element");
  if (overlap(memory_region, bias_region))
    return fail(HINGE_INVALID_ARGUMENT, "memory overlaps bias: expected no common element");
  return build(planned, memory, bytes, /*owns_memory=*/false, *weight, bias, linear);
}

void hinge_linear_destroy(hinge_linear *linear) {
  if (!linear)
    return;
  linear->state = 0;
  if (linear->owns_memory)
    std::free(reinterpret_cast<void *>(linear->memory.begin));
}

hinge_status hinge_linear_forward(const hinge_linear *linear, const hinge_const_view *x,
                                  const hinge_view *y) {
  Region x_region, y_region;
  if (hinge_status s = check_linear(linear))
    return s;
  if (hinge_status s = check_view("x", x, &x_region))
    return s;
  if (hinge_status s = check_view("y", y, &y_region))
    return s;
  if (x->cols != linear->in_features)
    return fail(HINGE_INVALID_ARGUMENT, "x.cols is %" PRId64 ": expected in_features, %" PRId64,
                x->cols, linear->in_features);
  if (y->cols != linear->out_features)
    return fail(HINGE_INVALID_ARGUMENT, "y.cols is %" PRId64 ": expected out_features, %" PRId64,
                y->cols, linear->out_features);
  if (y->rows != x->rows)
    return fail(HINGE_INVALID_ARGUMENT, "y.rows is %" PRId64 ": expected x.rows, %" PRId64, y->rows,
                x->rows);
  if (overlap(x_region, y_region))
    return fail(HINGE_INVALID_ARGUMENT, "y overlaps x: expected no common element");
  if (overlap(linear->memory, y_region))
    return fail(HINGE_INVALID_ARGUMENT, "y overlaps the packed weights: expected no common byte");
  if (y->rows == 0 || y->cols == 0)
    return HINGE_OK;
  return kernel_status(run({*linear, *x, *y}));
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

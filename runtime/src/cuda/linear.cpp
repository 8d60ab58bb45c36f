// Linear layers on a GPU: packing, memory, y = act(x W^T + b).
#include "activation.h"
#include "view.h"

#include "hinge/cuda.h"

#include <cstdlib>
#include <new>

namespace hinge::detail::cuda {

/// Packed rows begin at 128 bytes, a cache line.
static constexpr std::int64_t column_step = 32;

/// Columns of weights that one kernel packs: a grid has 65535 blocks of 32 in a column.
static constexpr std::int64_t most_packed_columns = std::int64_t(1) << 20;

} // namespace hinge::detail::cuda

/// packed(n, 0) = bias[n], packed(n, k + 1) = weight[n, k], with zeros where there are none
/// (generators/linear.cpp), on the device.
struct hinge_cuda_linear {
  /// What `state` is between creation and destruction.
  static constexpr std::uint32_t alive = 0x48694e47;
  std::uint32_t state;
  bool owns_memory;
  hinge::detail::Region memory;
  std::int64_t in_features, out_features;
  hinge_activation activation;
  hinge::detail::cuda::Context context;
  unsigned long long context_id;
  int device;
  std::int64_t columns, terms; // of packed, filled up; without the bias

  float *packed() const { return reinterpret_cast<float *>(memory.begin); }
  std::size_t bytes() const {
    return std::size_t(columns) * std::size_t(terms + 1) * sizeof(float);
  }
  hinge::detail::Buffer<3> buffer() const {
    using hinge::detail::Buffer;
    const auto stride = std::int32_t(columns);
    return hinge::detail::cuda::on_device(
        Buffer<3>(packed(), {stride, std::int32_t(terms + 1), 1}, {stride, 0}));
  }
};

namespace hinge::detail::cuda {

namespace {

std::int64_t round_up(std::int64_t n, std::int64_t step) { return (n + step - 1) / step * step; }

/// What depends on the shape.
hinge_status plan(std::int64_t in_features, std::int64_t out_features, hinge_activation act,
                  hinge_cuda_linear *l) {
  *l = {};
  l->in_features = in_features;
  l->out_features = out_features;
  l->activation = act;
  std::int64_t terms = 1;
  for (const Tile &tile : kernels().tiles)
    terms = std::max<std::int64_t>(terms, tile.terms);
  // Kernels index with 32 bits.
  if (in_features > max_span - terms || out_features > max_span - column_step ||
      round_up(out_features, column_step) * (round_up(in_features, terms) + 1) > max_span)
    return fail(HINGE_INVALID_ARGUMENT,
                "%" PRId64 " in_features x %" PRId64
                " out_features: expected packed weights of at most 2^31 - 1 floats",
                in_features, out_features);
  l->columns = round_up(out_features, column_step);
  l->terms = round_up(in_features, terms);
  return HINGE_OK;
}

hinge_status pack(Call &call, const hinge_cuda_linear &l, const hinge_const_view &weight,
                  const float *bias) {
  const Driver &d = driver();
  const auto packed = reinterpret_cast<Address>(l.packed());
  const std::size_t bias_bytes = bias ? std::size_t(l.out_features) * sizeof(float) : 0;
  const std::size_t row_bytes = std::size_t(l.columns) * sizeof(float);
  if (bias_bytes < row_bytes)
    if (const Result error =
            d.memset_d8_async(packed + bias_bytes, 0, row_bytes - bias_bytes, call.stream()))
      return driver_failed(error, "cuMemsetD8Async");
  if (bias_bytes > 0)
    if (const Result error =
            d.memcpy_async(packed, reinterpret_cast<Address>(bias), bias_bytes, call.stream()))
      return driver_failed(error, "cuMemcpyAsync");
  if (l.in_features == 0 || l.out_features == 0)
    return HINGE_OK;
  const std::int64_t stride = weight.rows > 1 ? weight.row_stride : 0;
  const std::int64_t most = std::max<std::int64_t>(
      column_step, std::min(most_packed_columns, max_span / std::max<std::int64_t>(1, stride) /
                                                     column_step * column_step));
  return in_parts(l.out_features, most, [&](std::int64_t n, std::int64_t count) {
    const std::int64_t columns = n + count == l.out_features ? l.columns - n : count;
    const Buffer<3> to = on_device(Buffer<3>(l.packed() + l.columns + n,
                                             {std::int32_t(columns), std::int32_t(l.terms), 1},
                                             {std::int32_t(l.columns), 0}));
    return call.run(kernels().linear_pack[HINGE_ACTIVATION_NONE][0][0],
                    rows_on_device(weight, n, count).get(), to.get());
  });
}

/// A kernel indexes 32 rows of the weights at least.
hinge_status check_weight(const hinge_const_view &weight) {
  constexpr std::int64_t most = max_span / column_step;
  return weight.rows > 1 && weight.row_stride > most
             ? fail(HINGE_INVALID_ARGUMENT,
                    "weight.row_stride is %" PRId64 ": expected at most %" PRId64,
                    weight.row_stride, most)
             : HINGE_OK;
}

struct Created {
  hinge_cuda_linear planned;
  Region weight, bias;
};

hinge_status check_create(const hinge_const_view *weight, const float *bias, hinge_activation act,
                          hinge_cuda_linear **linear, Created *c) {
  if (hinge_status s = check_linear_create(weight, bias, act, linear, &c->weight, &c->bias))
    return s;
  if (hinge_status s = check_weight(*weight))
    return s;
  return plan(weight->cols, weight->rows, act, &c->planned);
}

/// Packs into `memory` and makes the layer.
hinge_status build(Call &call, Created &c, void *memory, bool owns_memory,
                   const hinge_const_view &weight, const float *bias, hinge_cuda_linear **linear) {
  hinge_cuda_linear &l = c.planned;
  if (hinge_status s = check_memory("memory", memory, l.bytes(), &l.memory))
    return s;
  l.owns_memory = owns_memory;
  l.context = call.context();
  l.context_id = call.context_id();
  l.device = call.device();
  auto *made = static_cast<hinge_cuda_linear *>(std::malloc(sizeof(hinge_cuda_linear)));
  if (!made)
    return fail(HINGE_OUT_OF_MEMORY, "%zu bytes of the host could not be allocated",
                sizeof(hinge_cuda_linear));
  if (hinge_status s = pack(call, l, weight, bias)) {
    std::free(made);
    return s;
  }
  l.state = hinge_cuda_linear::alive;
  *linear = new (made) hinge_cuda_linear(l);
  return HINGE_OK;
}

/// That the call is in the context in which the layer has its weights.
hinge_status check_context(const Call &call, const hinge_cuda_linear &l) {
  if (call.status() != HINGE_OK)
    return call.status();
  if (call.context_id() != l.context_id)
    return fail(HINGE_INVALID_ARGUMENT,
                "stream is of another context than linear, which was created on device %d",
                l.device);
  return HINGE_OK;
}

hinge_status forward(Call &call, const hinge_cuda_linear &l, const hinge_const_view &x,
                     const hinge_view &y) {
  const auto &by_tile = kernels().linear[std::size_t(l.activation)];
  const int t = choose_tile(by_tile, l.out_features, x.rows, l.in_features, call.multiprocessors());
  const std::size_t aligned = is_aligned(x) && is_aligned(y) && l.in_features % 4 == 0;
  const auto &kernel = by_tile[std::size_t(t)][aligned];
  const Buffer<3> packed = l.buffer();
  const int block_rows = kernels().tiles[std::size_t(t)].rows;
  const std::int64_t widest = std::max(x.row_stride, y.row_stride);
  return in_parts(x.rows, most_rows(x.rows > 1 ? widest : 0, block_rows),
                  [&](std::int64_t row, std::int64_t rows) {
                    // Without in_features x may be null; nothing is read from it.
                    const Buffer<2> from = l.in_features > 0
                                               ? rows_on_device(x, row, rows)
                                               : on_device(Rows{y.data, 0}.buffer(rows, 0));
                    return call.run(kernel, from.get(), packed.get(), std::int32_t(0),
                                    rows_on_device(y, row, rows).get());
                  });
}

} // namespace

} // namespace hinge::detail::cuda

using namespace hinge::detail;
using namespace hinge::detail::cuda;

hinge_status hinge_cuda_linear_packed_bytes(int64_t in_features, int64_t out_features,
                                            size_t *bytes) {
  if (hinge_status s = check_packed_bytes(in_features, out_features, bytes))
    return s;
  hinge_cuda_linear l;
  if (hinge_status s = plan(in_features, out_features, HINGE_ACTIVATION_NONE, &l))
    return s;
  *bytes = l.bytes();
  return HINGE_OK;
}

hinge_status hinge_cuda_linear_create(const hinge_const_view *weight, const float *bias,
                                      hinge_activation act, void *stream,
                                      hinge_cuda_linear **linear) {
  Created c;
  if (hinge_status s = check_create(weight, bias, act, linear, &c))
    return s;
  Call call(stream);
  if (hinge_status s =
          check_locations(call, std::array<Argument, 2>{{{"weight", c.weight}, {"bias", c.bias}}}))
    return s;
  Address memory = 0;
  if (c.planned.bytes() > 0)
    if (const Result error = driver().mem_alloc(&memory, c.planned.bytes()))
      return driver_failed(error, "cuMemAlloc");
  const hinge_status s =
      build(call, c, reinterpret_cast<void *>(memory), /*owns_memory=*/true, *weight, bias, linear);
  if (s != HINGE_OK && memory)
    driver().mem_free(memory);
  return s;
}

hinge_status hinge_cuda_linear_create_in(void *memory, size_t bytes, const hinge_const_view *weight,
                                         const float *bias, hinge_activation act, void *stream,
                                         hinge_cuda_linear **linear) {
  Created c;
  Region region;
  if (hinge_status s = check_create(weight, bias, act, linear, &c))
    return s;
  if (bytes < c.planned.bytes())
    return fail(HINGE_INVALID_ARGUMENT, "bytes is %zu: expected %zu or more", bytes,
                c.planned.bytes());
  if (hinge_status s = check_memory("memory", memory, c.planned.bytes(), &region))
    return s;
  if (reinterpret_cast<std::uintptr_t>(memory) % 16 != 0)
    return fail(HINGE_INVALID_ARGUMENT, "memory is %p: expected a multiple of 16", memory);
  if (overlap(region, c.weight))
    return refuse_sharing("memory", "weight", "element");
  if (overlap(region, c.bias))
    return refuse_sharing("memory", "bias", "element");
  Call call(stream);
  if (hinge_status s = check_locations(
          call,
          std::array<Argument, 3>{{{"memory", region}, {"weight", c.weight}, {"bias", c.bias}}}))
    return s;
  return build(call, c, memory, /*owns_memory=*/false, *weight, bias, linear);
}

hinge_status hinge_cuda_linear_repack(hinge_cuda_linear *linear, const hinge_const_view *weight,
                                      const float *bias, void *stream) {
  Region weight_region, bias_region;
  if (hinge_status s = check_linear(linear))
    return s;
  if (hinge_status s = check_linear_repack(*linear, weight, bias, &weight_region, &bias_region))
    return s;
  if (hinge_status s = check_weight(*weight))
    return s;
  Call call(stream);
  if (hinge_status s = check_context(call, *linear))
    return s;
  if (hinge_status s = check_locations(
          call, std::array<Argument, 2>{{{"weight", weight_region}, {"bias", bias_region}}}))
    return s;
  return pack(call, *linear, *weight, bias);
}

void hinge_cuda_linear_destroy(hinge_cuda_linear *linear) {
  if (!linear)
    return;
  linear->state = 0;
  if (linear->owns_memory && linear->memory.begin != linear->memory.end) {
    // A context that has ended has freed its memory.
    const Driver &d = driver();
    Context popped = nullptr;
    if (d.ctx_push_current(linear->context) == success) {
      d.mem_free(reinterpret_cast<Address>(linear->packed()));
      d.ctx_pop_current(&popped);
    }
  }
  std::free(linear);
}

hinge_status hinge_cuda_linear_forward(const hinge_cuda_linear *linear, const hinge_const_view *x,
                                       const hinge_view *y, void *stream) {
  ForwardArguments a;
  if (hinge_status s = check_linear(linear))
    return s;
  if (hinge_status s = check_linear_forward(*linear, x, y, &a))
    return s;
  Call call(stream);
  if (hinge_status s = check_context(call, *linear))
    return s;
  if (hinge_status s = check_locations(call, std::array<Argument, 2>{{{"x", a.x}, {"y", a.y}}}))
    return s;
  return y->rows == 0 || y->cols == 0 ? HINGE_OK : cuda::forward(call, *linear, *x, *y);
}

hinge_status hinge_cuda_linear_forward_mask(const hinge_cuda_linear *linear,
                                            const hinge_const_view *x, const hinge_view *y,
                                            const hinge_mask *mask, void *stream) {
  ForwardArguments a;
  if (hinge_status s = check_linear(linear))
    return s;
  if (hinge_status s = check_linear_forward_mask(*linear, x, y, mask, &a))
    return s;
  Call call(stream);
  if (hinge_status s = check_context(call, *linear))
    return s;
  if (hinge_status s = check_locations(
          call, std::array<Argument, 3>{{{"x", a.x}, {"y", a.y}, {"mask", a.mask, 1}}}))
    return s;
  if (y->rows == 0 || y->cols == 0)
    return HINGE_OK;
  if (hinge_status s = cuda::forward(call, *linear, *x, *y))
    return s;
  return cuda::write_mask(call, linear->activation, {y->data, y->rows, y->cols, y->row_stride},
                          *mask);
}

hinge_status hinge_cuda_linear_get_info(const hinge_cuda_linear *linear,
                                        hinge_cuda_linear_info *info) {
  if (hinge_status s = check_linear(linear))
    return s;
  if (!info)
    return fail(HINGE_INVALID_ARGUMENT, "info is null");
  *info = {linear->in_features, linear->out_features, linear->activation, linear->device,
           linear->bytes()};
  return HINGE_OK;
}

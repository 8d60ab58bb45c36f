// Linear layers on a GPU: shapes, packing, memory. linear_forward.cpp runs them.
#include "cuda/linear.h"

#include "cuda/kernels.h"
#include "cuda/launch.h"
#include "cuda/memory.h"
#include "operators/linear.h"

#include <hinge/plan/gpu_tiles.h>
#include <hinge/plan/limits.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace hinge::detail::cuda {

namespace {

/// The most columns of weights that one kernel packs.
constexpr std::int64_t most_packed_columns = plan::max_grid_rows * plan::gpu_pack_edge;

std::int64_t round_up(std::int64_t n, std::int64_t step) { return (n + step - 1) / step * step; }

/// Fills all members of `l` that depend on the shape.
hinge_status plan_layer(std::int64_t in_features, std::int64_t out_features, hinge_activation act,
                        hinge_cuda_linear *l) {
  *l = {};
  l->in_features = in_features;
  l->out_features = out_features;
  l->activation = act;
  std::int64_t terms = 1;
  for (const plan::GpuTile &tile : kernels().tiles[Type::float32])
    terms = std::max<std::int64_t>(terms, tile.terms);
  // Kernels index with 32 bits.
  if (in_features > plan::max_span - terms || out_features > plan::max_span - plan::gpu_pack_edge ||
      round_up(out_features, plan::gpu_pack_edge) * (round_up(in_features, terms) + 1) >
          plan::max_span)
    return fail(HINGE_INVALID_ARGUMENT,
                "%" PRId64 " in_features x %" PRId64
                " out_features: expected packed weights of at most 2^31 - 1 floats",
                in_features, out_features);
  l->columns = round_up(out_features, plan::gpu_pack_edge);
  l->terms = round_up(in_features, terms);
  return HINGE_OK;
}

/// Writes the packed bias: a row of columns, with zeros if there is no bias.
hinge_status pack_bias(const Call &call, const hinge_cuda_linear &l, const float *bias) {
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
  return HINGE_OK;
}

hinge_status pack(Call &call, const hinge_cuda_linear &l, const LinearWeights &weights) {
  if (hinge_status s = pack_bias(call, l, weights.bias))
    return s;
  if (l.in_features == 0 || l.out_features == 0)
    return HINGE_OK;
  const hinge_const_view &weight = *weights.weight;
  // A kernel packs whole squares.
  const std::int64_t edge = plan::gpu_pack_edge;
  const std::int64_t most =
      std::clamp(plan::most_rows(stride_of(weight)) / edge * edge, edge, most_packed_columns);
  return plan::in_parts(l.out_features, most, [&](std::int64_t n, std::int64_t count) {
    const std::int64_t columns = n + count == l.out_features ? l.columns - n : count;
    const Buffer<3> to = on_device(Buffer<3>(l.packed() + l.columns + n,
                                             {std::int32_t(columns), std::int32_t(l.terms), 1},
                                             {std::int32_t(l.columns), 0}));
    return call.run(kernels().linear_pack[{}], rows_on_device(weight, n, count).get(), to.get());
  });
}

/// Checks that a kernel can index the fewest rows of weights that it packs.
hinge_status check_weight(const hinge_const_view &weight) {
  constexpr std::int64_t most = plan::max_span / plan::gpu_pack_edge;
  return weight.rows > 1 && weight.row_stride > most
             ? fail(HINGE_INVALID_ARGUMENT,
                    "weight.row_stride is %" PRId64 ": expected at most %" PRId64,
                    weight.row_stride, most)
             : HINGE_OK;
}

/// The checks that both ways to create a layer share, and its plan.
hinge_status check_create(LinearCreate<hinge_cuda_linear> *create, hinge_cuda_linear *planned) {
  if (hinge_status s = create->check())
    return s;
  if (hinge_status s = check_weight(*create->weight))
    return s;
  return plan_layer(create->weight->cols, create->weight->rows, create->act, planned);
}

/// Packs into `memory` and makes the layer.
hinge_status build(Call &call, const LinearCreate<hinge_cuda_linear> &create, hinge_cuda_linear l,
                   void *memory, bool owns_memory) {
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
  if (hinge_status s = pack(call, l, create)) {
    std::free(made);
    return s;
  }
  l.state = hinge_cuda_linear::alive;
  *create.linear = new (made) hinge_cuda_linear(l);
  return HINGE_OK;
}

} // namespace

hinge_status check_context_of(const Call &call, const hinge_cuda_linear &l) {
  return call.context_id() == l.context_id
             ? HINGE_OK
             : fail(HINGE_INVALID_ARGUMENT,
                    "stream is of another context than linear, which was created on device %d",
                    l.device);
}

} // namespace hinge::detail::cuda

using namespace hinge::detail;
using namespace hinge::detail::cuda;

hinge_status hinge_cuda_linear_packed_bytes(int64_t in_features, int64_t out_features,
                                            size_t *bytes) {
  if (hinge_status s = check_packed_bytes(in_features, out_features, bytes))
    return s;
  hinge_cuda_linear l;
  if (hinge_status s = plan_layer(in_features, out_features, HINGE_ACTIVATION_NONE, &l))
    return s;
  *bytes = l.bytes();
  return HINGE_OK;
}

hinge_status hinge_cuda_linear_create(const hinge_const_view *weight, const float *bias,
                                      hinge_activation act, void *stream,
                                      hinge_cuda_linear **linear) {
  LinearCreate<hinge_cuda_linear> create{{weight, bias}, act, linear};
  hinge_cuda_linear planned;
  if (hinge_status s = check_create(&create, &planned))
    return s;
  Call call(stream);
  if (call.status() != HINGE_OK)
    return call.status();
  if (hinge_status s = check_locations(call, create.arguments()))
    return s;
  Address memory = 0;
  if (planned.bytes() > 0)
    if (const Result error = driver().mem_alloc(&memory, planned.bytes()))
      return driver_failed(error, "cuMemAlloc");
  const hinge_status s =
      build(call, create, planned, reinterpret_cast<void *>(memory), /*owns_memory=*/true);
  if (s != HINGE_OK && memory)
    driver().mem_free(memory);
  return s;
}

hinge_status hinge_cuda_linear_create_in(void *memory, size_t bytes, const hinge_const_view *weight,
                                         const float *bias, hinge_activation act, void *stream,
                                         hinge_cuda_linear **linear) {
  LinearCreate<hinge_cuda_linear> create{{weight, bias}, act, linear};
  hinge_cuda_linear planned;
  Region region;
  if (hinge_status s = check_create(&create, &planned))
    return s;
  if (bytes < planned.bytes())
    return fail(HINGE_INVALID_ARGUMENT, "bytes is %zu: expected %zu or more", bytes,
                planned.bytes());
  if (hinge_status s = check_memory("memory", memory, planned.bytes(), &region))
    return s;
  if (reinterpret_cast<std::uintptr_t>(memory) % 16 != 0)
    return fail(HINGE_INVALID_ARGUMENT, "memory is %p: expected a multiple of 16", memory);
  if (hinge_status s = check_memory_of_layer(region, create))
    return s;
  Call call(stream);
  if (call.status() != HINGE_OK)
    return call.status();
  if (hinge_status s = check_location(call, {"memory", region}))
    return s;
  if (hinge_status s = check_locations(call, create.arguments()))
    return s;
  return build(call, create, planned, memory, /*owns_memory=*/false);
}

hinge_status hinge_cuda_linear_repack(hinge_cuda_linear *linear, const hinge_const_view *weight,
                                      const float *bias, void *stream) {
  LinearRepack<hinge_cuda_linear> repack{{weight, bias}, linear};
  if (hinge_status s = repack.check())
    return s;
  if (hinge_status s = check_weight(*weight))
    return s;
  Call call(stream);
  if (call.status() != HINGE_OK)
    return call.status();
  if (hinge_status s = check_context_of(call, *linear))
    return s;
  if (hinge_status s = check_locations(call, repack.arguments()))
    return s;
  return pack(call, *linear, repack);
}

void hinge_cuda_linear_destroy(hinge_cuda_linear *linear) {
  if (!linear)
    return;
  linear->state = 0;
  if (linear->owns_memory && linear->memory.begin != linear->memory.end) {
    // A context that has ended has already freed its memory.
    const Driver &d = driver();
    Context popped = nullptr;
    if (d.ctx_push_current(linear->context) == success) {
      d.mem_free(reinterpret_cast<Address>(linear->packed()));
      d.ctx_pop_current(&popped);
    }
  }
  std::free(linear);
}

hinge_status hinge_cuda_linear_get_info(const hinge_cuda_linear *linear,
                                        hinge_cuda_linear_info *info) {
  if (hinge_status s = check_layer(linear))
    return s;
  if (!info)
    return fail(HINGE_INVALID_ARGUMENT, "info is null");
  *info = {linear->in_features, linear->out_features, linear->activation, linear->device,
           linear->bytes()};
  return HINGE_OK;
}

#include "kernels.h"

#include "launch.h"

#include "hinge/cuda.h"

namespace hinge::detail::cuda {

// cuda_kernels.inc is read three times here; each time other lines of it matter.
#define HINGE_CUDA_TARGET(...)
#define HINGE_CUDA_TILE(...)
#define HINGE_CUDA_KERNEL(op, act, tile, aligned, symbol) extern "C" op##_fn symbol;
#include "cuda_kernels.inc"
#undef HINGE_CUDA_TARGET
#undef HINGE_CUDA_TILE
#undef HINGE_CUDA_KERNEL

// As in ../kernels.cpp, which checks their order.
enum ActivationIndex : int {
#define HINGE_ACTIVATION(name, enumerator) activation_##name,
#include "activations.inc"
#undef HINGE_ACTIVATION
};

static constexpr Kernels make_kernels() {
  Kernels k{};
#define HINGE_CUDA_TARGET(target, major, minor) k.capability = {major, minor};
#define HINGE_CUDA_TILE(tile, columns, rows, terms, cycles)                                        \
  k.tiles[tile_##tile] = {columns, rows, terms, cycles};
#define HINGE_CUDA_KERNEL(op, act, tile, aligned, symbol)                                          \
  k.op[activation_##act][tile_##tile][aligned] = {#symbol, symbol};
#include "cuda_kernels.inc"
#undef HINGE_CUDA_TARGET
#undef HINGE_CUDA_TILE
#undef HINGE_CUDA_KERNEL
  return k;
}

static constexpr Kernels all_kernels = make_kernels();

const Kernels &kernels() { return all_kernels; }

int forced_tile = -1;

} // namespace hinge::detail::cuda

using namespace hinge::detail;
using namespace hinge::detail::cuda;

hinge_status hinge_cuda_load(void *stream) {
  Call call(stream);
  hinge_status s = call.status();
#define HINGE_CUDA_TARGET(...)
#define HINGE_CUDA_TILE(...)
#define HINGE_CUDA_KERNEL(op, act, tile, aligned, symbol)                                          \
  if (s == HINGE_OK)                                                                               \
    s = call.load(kernels().op[activation_##act][tile_##tile][aligned]);
#include "cuda_kernels.inc"
#undef HINGE_CUDA_TARGET
#undef HINGE_CUDA_TILE
#undef HINGE_CUDA_KERNEL
  return s;
}

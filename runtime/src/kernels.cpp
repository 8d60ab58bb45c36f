#include "kernels.h"

#include "cpu.h"
#include "error.h"

#include "hinge/record.h"

#include <cstdio>

// Here, as every program with a kernel has this file.
#include "record.inc"

// kernels.inc is read four times; each time other lines of it matter.
#define HINGE_TARGET(...)
#define HINGE_TILE(...)
#define HINGE_HALF_TILE(...)
#define HINGE_KERNEL(op, target, act, vectors, symbol) hinge::detail::op##_fn symbol;
extern "C" {
#include "kernels.inc"
}
#undef HINGE_TARGET
#undef HINGE_KERNEL

namespace hinge::detail {

enum TargetIndex : int {
#define HINGE_TARGET(target, ...) target_##target,
#define HINGE_KERNEL(...)
#include "kernels.inc"
#undef HINGE_TARGET
#undef HINGE_TILE
#undef HINGE_HALF_TILE
#undef HINGE_KERNEL
  target_count
};

// The order of generators/kernels.cmake must be that of the enumerators.
enum ActivationIndex : int {
#define HINGE_ACTIVATION(name, enumerator) activation_##name,
#include "activations.inc"
#undef HINGE_ACTIVATION
};
#define HINGE_ACTIVATION(name, enumerator)                                                         \
  static_assert(int(activation_##name) == int(HINGE_ACTIVATION_##enumerator), #name);
#include "activations.inc"
#undef HINGE_ACTIVATION

static constexpr std::array<Target, target_count> make_targets() {
  std::array<Target, target_count> t{};
#define HINGE_TARGET(target, mask, names, lanes_, panel, group_, profile_)                         \
  t[target_##target].name = #target;                                                               \
  t[target_##target].required = mask;                                                              \
  t[target_##target].required_names = names;                                                       \
  t[target_##target].lanes = lanes_;                                                               \
  t[target_##target].panel_vectors = panel;                                                        \
  t[target_##target].group = group_;                                                               \
  t[target_##target].profile = profile_;
#define HINGE_TILE(target, vectors, rows, backward_rows)                                           \
  t[target_##target].tile_rows[vectors] = rows;                                                    \
  t[target_##target].backward_tile_rows[vectors] = backward_rows;
#define HINGE_HALF_TILE(target, vectors, rows) t[target_##target].half_tile_rows[vectors] = rows;
#define HINGE_KERNEL(op, target, act, vectors, symbol)                                             \
  t[target_##target].op[activation_##act][vectors] = {#symbol, symbol};
#include "kernels.inc"
#undef HINGE_TARGET
#undef HINGE_TILE
#undef HINGE_HALF_TILE
#undef HINGE_KERNEL
  return t;
}

static_assert(target_count <= max_targets);
static constexpr std::array<Target, target_count> all_targets = make_targets();

// Every kernel's name, in the list's order.
static constexpr const char *kernel_names[] = {
#define HINGE_TARGET(...)
#define HINGE_TILE(...)
#define HINGE_HALF_TILE(...)
#define HINGE_KERNEL(op, target, act, vectors, symbol) #symbol,
#include "kernels.inc"
#define HINGE_CUDA_TARGET(...)
#define HINGE_CUDA_TILE(...)
#define HINGE_CUDA_KERNEL(op, act, tile, aligned, symbol) #symbol,
#include "cuda_kernels.inc" // empty without HINGE_CUDA
};

Targets targets() { return {all_targets.data(), all_targets.data() + all_targets.size()}; }

bool Target::has_fma() const { return required & (HINGE_CPU_fma | HINGE_CPU_neon); }

__thread const char *last_kernel = "";

#ifdef HINGE_CHECKED_KERNELS
// Halide's own handler aborts. What a checked kernel found wrong goes into this thread's message.
static thread_local char kernel_message[256] = "";

static void on_halide_error(void *, const char *message) {
  std::snprintf(kernel_message, sizeof kernel_message, "%s", message);
}

[[maybe_unused]] static const auto previous_handler = halide_set_error_handler(on_halide_error);
#else
static constexpr const char *kernel_message = "";
#endif

hinge_status kernel_failed(int error) {
  return fail(HINGE_INTERNAL_ERROR, "%s failed with error %d: %s", last_kernel, error,
              kernel_message);
}

} // namespace hinge::detail

int hinge_kernel_count(void) { return int(std::size(hinge::detail::kernel_names)); }

const char *hinge_kernel_name(int index) {
  return index >= 0 && index < hinge_kernel_count() ? hinge::detail::kernel_names[index] : nullptr;
}

const char *hinge_last_kernel(void) { return hinge::detail::last_kernel; }

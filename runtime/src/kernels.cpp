#include "kernels.h"

#include "cpu.h"
#include "error.h"

#include <cstdio>
#include <iterator>

// One line of kernels.inc a kernel; the operator chooses the macro.
#define HINGE_KERNEL(op, ...) HINGE_KERNEL_##op(__VA_ARGS__)
#define HINGE_TARGET(...)
#define HINGE_TILE(...)

// Declarations.
#define HINGE_KERNEL_activation(target, act, symbol) hinge::detail::ActivationFn symbol;
#define HINGE_KERNEL_activation_inplace(target, act, symbol)                                       \
  hinge::detail::ActivationInplaceFn symbol;
#define HINGE_KERNEL_linear(target, act, vectors, symbol) hinge::detail::LinearFn symbol;
#define HINGE_KERNEL_linear_pack(target, vectors, symbol) hinge::detail::LinearPackFn symbol;
extern "C" {
#include "kernels.inc"
}
#undef HINGE_KERNEL_activation
#undef HINGE_KERNEL_activation_inplace
#undef HINGE_KERNEL_linear
#undef HINGE_KERNEL_linear_pack
#undef HINGE_TARGET
#undef HINGE_TILE

namespace hinge::detail {

// The names of HINGE_ACTIVATIONS in generators/kernels.cmake.
enum Act : int {
  none = HINGE_ACTIVATION_NONE,
  relu = HINGE_ACTIVATION_RELU,
  relu6 = HINGE_ACTIVATION_RELU6,
};

enum TargetIndex : int {
#define HINGE_KERNEL_activation(...)
#define HINGE_KERNEL_activation_inplace(...)
#define HINGE_KERNEL_linear(...)
#define HINGE_KERNEL_linear_pack(...)
#define HINGE_TILE(...)
#define HINGE_TARGET(target, ...) target_##target,
#include "kernels.inc"
#undef HINGE_TARGET
#undef HINGE_TILE
#undef HINGE_KERNEL_activation
#undef HINGE_KERNEL_activation_inplace
#undef HINGE_KERNEL_linear
#undef HINGE_KERNEL_linear_pack
  target_count
};

static constexpr std::array<Target, target_count> make_targets() {
  std::array<Target, target_count> t{};
#define HINGE_TARGET(target, mask, names, lanes_, panel, group_)                                   \
  t[target_##target].name = #target;                                                               \
  t[target_##target].required = mask;                                                              \
  t[target_##target].required_names = names;                                                       \
  t[target_##target].lanes = lanes_;                                                               \
  t[target_##target].panel_vectors = panel;                                                        \
  t[target_##target].group = group_;
#define HINGE_TILE(target, vectors, rows) t[target_##target].tile_rows[vectors] = rows;
#define HINGE_KERNEL_activation(target, act, symbol)                                               \
  t[target_##target].activation[act] = {#symbol, symbol};
#define HINGE_KERNEL_activation_inplace(target, act, symbol)                                       \
  t[target_##target].activation_inplace[act] = {#symbol, symbol};
#define HINGE_KERNEL_linear(target, act, vectors, symbol)                                          \
  t[target_##target].linear[act][vectors] = {#symbol, symbol};
#define HINGE_KERNEL_linear_pack(target, vectors, symbol)                                          \
  t[target_##target].linear_pack[vectors] = {#symbol, symbol};
#include "kernels.inc"
#undef HINGE_TARGET
#undef HINGE_TILE
#undef HINGE_KERNEL_activation
#undef HINGE_KERNEL_activation_inplace
#undef HINGE_KERNEL_linear
#undef HINGE_KERNEL_linear_pack
  return t;
}

static constexpr std::array<Target, target_count> all_targets = make_targets();

// Every kernel's name, in the list's order. The symbol is the last argument of each line.
static constexpr const char *kernel_names[] = {
#define HINGE_TARGET(...)
#define HINGE_TILE(...)
#define HINGE_KERNEL_activation(target, act, symbol) #symbol,
#define HINGE_KERNEL_activation_inplace(target, act, symbol) #symbol,
#define HINGE_KERNEL_linear(target, act, vectors, symbol) #symbol,
#define HINGE_KERNEL_linear_pack(target, vectors, symbol) #symbol,
#include "kernels.inc"
};

Targets targets() { return {all_targets.data(), all_targets.data() + all_targets.size()}; }

bool Target::has_fma() const { return required & HINGE_CPU_fma; }

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

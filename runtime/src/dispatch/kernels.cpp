#include "dispatch/kernels.h"

#include "error.h"

#include <cstdio>

namespace hinge::detail {

// The order of the activations' names is that of the enumerators.
static_assert(plan::activation_index("none") == HINGE_ACTIVATION_NONE);
static_assert(plan::activation_index("relu") == HINGE_ACTIVATION_RELU);
static_assert(plan::activation_index("relu6") == HINGE_ACTIVATION_RELU6);
static_assert(plan::activation_count == HINGE_ACTIVATION_RELU6 + 1);

HINGE_THREAD_VALUE(const char *) last_kernel;

#ifdef HINGE_CHECKED_KERNELS
// Halide's own handler aborts. This one keeps the error that a checked kernel finds, for the
// message.
static thread_local char kernel_message[256] = "";

static void on_halide_error(void *, const char *message) {
  std::snprintf(kernel_message, sizeof kernel_message, "%s", message);
}

[[maybe_unused]] static const auto previous_handler = halide_set_error_handler(on_halide_error);
#else
static constexpr const char *kernel_message = "";
#endif

hinge_status kernel_failed(int error) {
  return fail(HINGE_INTERNAL_ERROR, "%s failed with error %d: %s", hinge_last_kernel(), error,
              kernel_message);
}

} // namespace hinge::detail

using namespace hinge::detail;

int hinge_kernel_count(void) { return kernel_names().size(); }

const char *hinge_kernel_name(int index) {
  return index >= 0 && index < hinge_kernel_count() ? kernel_names()[index] : nullptr;
}

const char *hinge_last_kernel(void) {
  const char *name = last_kernel;
  return name ? name : "";
}

// Chooses the target whose kernels run.
#pragma once

#include "dispatch/kernels.h"

#include <atomic>

namespace hinge::detail {

/// Whether this CPU and operating system can run it.
bool usable(const Target &target);

/// The active target; null until the first call chooses it.
extern std::atomic<const Target *> chosen_target;
[[gnu::cold]] const Target *choose_target();

/// The active target. Returns null after writing the thread's message if none can run here, up to
/// HINGE_TARGET. The status is then HINGE_UNSUPPORTED_TARGET.
inline const Target *active_target() {
  const Target *t = chosen_target.load(std::memory_order_acquire);
  return t ? t : choose_target();
}

} // namespace hinge::detail

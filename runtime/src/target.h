// Which target's kernels run.
#pragma once

#include "kernels.h"

#include <atomic>

namespace hinge::detail {

/// Whether this CPU and operating system can run it.
bool usable(const Target &target);

/// The active target, chosen at the first call. Null after writing the thread's message, where
/// HINGE_TARGET names none that can run here; the status is then HINGE_UNSUPPORTED_TARGET.
inline const Target *active_target();

/// What it is made of: null until the first call.
extern std::atomic<const Target *> chosen_target;
[[gnu::cold]] const Target *choose_target();

inline const Target *active_target() {
  const Target *t = chosen_target.load(std::memory_order_acquire);
  return t ? t : choose_target();
}

} // namespace hinge::detail

// Which target's kernels run.
#pragma once

#include "kernels.h"

namespace hinge::detail {

/// Whether this CPU and operating system can run it.
bool usable(const Target &target);

/// The active target, chosen at the first call. Null after writing the thread's message, where
/// HINGE_TARGET names none that can run here; the status is then HINGE_UNSUPPORTED_TARGET.
const Target *active_target();

} // namespace hinge::detail

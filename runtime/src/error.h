#pragma once

#include "hinge/hinge.h"

namespace hinge::detail {

/// Writes the message of this thread, cut to its buffer, and returns `status`.
[[gnu::format(printf, 2, 3), gnu::cold]] hinge_status fail(hinge_status status, const char *format,
                                                           ...);

} // namespace hinge::detail

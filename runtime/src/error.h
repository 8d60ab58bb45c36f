#pragma once

#include "hinge/hinge.h"

namespace hinge::detail {

/// Writes the message of this thread, cut to its buffer, and returns `status`.
HINGE_FORMAT(2, 3) HINGE_COLD hinge_status fail(hinge_status status, const char *format, ...);

} // namespace hinge::detail

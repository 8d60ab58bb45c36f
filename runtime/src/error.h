#pragma once

#include "hinge/hinge.h"

// MinGW's own functions replace those of Windows, which read %zu otherwise.
#if defined(__MINGW32__)
#define HINGE_PRINTF gnu_printf
#else
#define HINGE_PRINTF printf
#endif

namespace hinge::detail {

/// Writes the message of this thread, cut to its buffer, and returns `status`.
[[gnu::format(HINGE_PRINTF, 2, 3), gnu::cold]] hinge_status fail(hinge_status status,
                                                                 const char *format, ...);

} // namespace hinge::detail

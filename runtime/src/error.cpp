#include "error.h"

#include <cstdarg>
#include <cstdio>

namespace hinge::detail {

static thread_local char message[512] = "";

hinge_status fail(hinge_status status, const char *format, ...) {
  va_list args;
  va_start(args, format);
  std::vsnprintf(message, sizeof message, format, args);
  va_end(args);
  return status;
}

} // namespace hinge::detail

const char *hinge_last_error(void) { return hinge::detail::message; }

const char *hinge_version(void) { return HINGE_VERSION; }

#include "error.h"

#include "hinge/dispatch.h"

#include <cstdarg>
#include <cstdio>

namespace hinge::detail {

hinge_status fail(hinge_status status, const char *format, ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  std::vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return hinge_dispatch_fail(status, text);
}

} // namespace hinge::detail

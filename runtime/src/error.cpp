#include "hinge/dispatch.h"

#include <cstdio>

namespace hinge::detail {

static thread_local char message[512] = "";

} // namespace hinge::detail

hinge_status hinge_dispatch_fail(hinge_status status, const char *text) {
  std::snprintf(hinge::detail::message, sizeof hinge::detail::message, "%s", text);
  return status;
}

const char *hinge_last_error(void) { return hinge::detail::message; }

const char *hinge_version(void) { return HINGE_VERSION; }

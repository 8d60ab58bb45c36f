// Finds the target that runs here, among those of the library or of a generated layer.
#include "hinge/dispatch.h"

#include "dispatch/cpu.h"
#include "error.h"

#include <cstdio>
#include <cstring>

namespace hinge::detail {

static bool usable(const hinge_dispatch_target &target) {
  const std::uint32_t required = plan::feature_mask(target.cpu_features);
  return (required & cpu_features()) == required;
}

/// "sse41, avx2, avx512", or only those that can run here.
static void list_names(char *text, std::size_t size, const hinge_dispatch_target *targets,
                       int count, bool only_usable) {
  text[0] = '\0';
  std::size_t length = 0;
  for (int i = 0; i < count; i++) {
    if (only_usable && !usable(targets[i]))
      continue;
    const int n =
        std::snprintf(text + length, size - length, "%s%s", length ? ", " : "", targets[i].name);
    length = n < 0 || length + std::size_t(n) >= size ? size - 1 : length + std::size_t(n);
  }
  if (length == 0)
    std::snprintf(text, size, "none");
}

static hinge_status find_best(const char *layer, const hinge_dispatch_target *targets, int count,
                              int *index) {
  for (int i = count - 1; i >= 0; i--)
    if (usable(targets[i])) {
      *index = i;
      return HINGE_OK;
    }
  char names[128];
  list_names(names, sizeof names, targets, count, false);
  return fail(HINGE_UNSUPPORTED_TARGET, "this CPU can run none of the targets of %s (%s)", layer,
              names);
}

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_dispatch_find_target(const char *layer, const hinge_dispatch_target *targets,
                                        int count, const char *source, const char *name,
                                        int *index) {
  if (!name || !*name)
    return find_best(layer, targets, count, index);
  char names[128];
  for (int i = 0; i < count; i++) {
    if (std::strcmp(targets[i].name, name) != 0)
      continue;
    if (usable(targets[i])) {
      *index = i;
      return HINGE_OK;
    }
    list_names(names, sizeof names, targets, count, true);
    return fail(HINGE_UNSUPPORTED_TARGET,
                "%s \"%s\": this CPU or its operating system lacks some of: %s; usable here: %s",
                source, name, targets[i].cpu_features, names);
  }
  list_names(names, sizeof names, targets, count, false);
  return fail(HINGE_UNSUPPORTED_TARGET, "%s \"%.64s\": unknown target, expected one of: %s", source,
              name, names);
}

hinge_status hinge_dispatch_refuse(const char *layer, const char *text) {
  return fail(HINGE_INVALID_ARGUMENT, "%s: %s", layer, text);
}

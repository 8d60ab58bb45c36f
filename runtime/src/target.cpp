#include "target.h"

#include "cpu.h"
#include "error.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace hinge::detail {

static std::uint32_t cpu_features() {
  static const std::uint32_t features = usable_features(read_cpuid());
  return features;
}

bool usable(const Target &target) { return (target.required & cpu_features()) == target.required; }

/// "sse41, avx2, avx512", or those of them that can run here.
static void list_names(char *text, std::size_t size, bool only_usable) {
  text[0] = '\0';
  std::size_t length = 0;
  for (const Target &t : targets()) {
    if (only_usable && !usable(t))
      continue;
    const int n = std::snprintf(text + length, size - length, "%s%s", length ? ", " : "", t.name);
    length = n < 0 || length + std::size_t(n) >= size ? size - 1 : length + std::size_t(n);
  }
  if (length == 0)
    std::snprintf(text, size, "none");
}

/// `name` null or empty: the best usable. `source` says in the message where the name came from.
static const Target *find(const char *name, const char *source) {
  char names[128];
  if (!name || !*name) {
    const Target *best = nullptr;
    for (const Target &t : targets())
      if (usable(t))
        best = &t;
    if (!best) {
      list_names(names, sizeof names, false);
      fail(HINGE_UNSUPPORTED_TARGET, "this CPU can run none of the library's targets (%s)", names);
    }
    return best;
  }
  for (const Target &t : targets()) {
    if (std::strcmp(t.name, name) != 0)
      continue;
    if (usable(t))
      return &t;
    list_names(names, sizeof names, true);
    fail(HINGE_UNSUPPORTED_TARGET,
         "%s \"%s\": this CPU or its operating system lacks some of: %s; usable here: %s", source,
         t.name, t.required_names, names);
    return nullptr;
  }
  list_names(names, sizeof names, false);
  fail(HINGE_UNSUPPORTED_TARGET, "%s \"%.64s\": unknown target, expected one of: %s", source, name,
       names);
  return nullptr;
}

std::atomic<const Target *> chosen_target{nullptr};

const Target *choose_target() {
  const Target *chosen = find(std::getenv("HINGE_TARGET"), "HINGE_TARGET");
  const Target *expected = nullptr;
  // Another thread may have been first, or have set another target: that one counts.
  if (chosen && !chosen_target.compare_exchange_strong(expected, chosen, std::memory_order_acq_rel))
    return expected;
  return chosen;
}

} // namespace hinge::detail

using namespace hinge::detail;

int hinge_target_count(void) { return targets().size(); }

hinge_status hinge_get_target_info(int index, hinge_target_info *info) {
  if (!info)
    return fail(HINGE_INVALID_ARGUMENT, "info is null");
  if (index < 0 || index >= targets().size())
    return fail(HINGE_INVALID_ARGUMENT, "index is %d: expected 0 to %d", index,
                targets().size() - 1);
  const Target &t = targets().begin()[index];
  *info = {t.name, t.required_names, usable(t), t.has_fma(), t.lanes, t.profile};
  return HINGE_OK;
}

hinge_status hinge_get_target(const char **name) {
  if (!name)
    return fail(HINGE_INVALID_ARGUMENT, "name is null");
  const Target *t = active_target();
  if (!t)
    return HINGE_UNSUPPORTED_TARGET;
  *name = t->name;
  return HINGE_OK;
}

hinge_status hinge_set_target(const char *name) {
  if (name && !*name)
    return fail(HINGE_INVALID_ARGUMENT, "name is empty: expected a target, or null for the best");
  const Target *t = find(name, "name");
  if (!t)
    return HINGE_UNSUPPORTED_TARGET;
  chosen_target.store(t, std::memory_order_release);
  return HINGE_OK;
}

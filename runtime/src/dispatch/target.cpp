#include "dispatch/target.h"

#include "dispatch/cpu.h"
#include "error.h"

#include "hinge/dispatch.h"

#include <atomic>

namespace hinge::detail {

bool usable(const Target &target) { return (target.required & cpu_features()) == target.required; }

/// The target that `find` writes the index of, or null after it has written the thread's message.
template <class Find>
static const Target *find(const Find &find) {
  hinge_dispatch_target all[max_targets];
  for (int i = 0; i < targets().size(); i++)
    all[i] = {targets()[i].name, targets()[i].features};
  int index = 0;
  return find("the library", all, targets().size(), &index) == HINGE_OK ? &targets()[index]
                                                                        : nullptr;
}

std::atomic<const Target *> chosen_target{nullptr};

const Target *choose_target() {
  const Target *chosen =
      find([](const char *library, const hinge_dispatch_target *all, int count, int *index) {
        return hinge_dispatch_choose_target(library, all, count, nullptr, index);
      });
  const Target *expected = nullptr;
  // Another thread may be first, or may have set another target. That target counts.
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
  const Target &t = targets()[index];
  *info = {t.name, t.features, usable(t), t.has_fma(), t.tiles[Type::float32].lanes, t.profile};
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
  const Target *t =
      find([&](const char *library, const hinge_dispatch_target *all, int count, int *index) {
        return hinge_dispatch_find_target(library, all, count, "name", name, index);
      });
  if (!t)
    return HINGE_UNSUPPORTED_TARGET;
  chosen_target.store(t, std::memory_order_release);
  return HINGE_OK;
}

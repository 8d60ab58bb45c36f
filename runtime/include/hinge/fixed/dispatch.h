// Chooses which of a fixed layer's targets runs, and writes the messages of its calls.
#pragma once

#include <hinge/dispatch.h>
#include <hinge/fixed/regions.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <type_traits>

namespace hinge::fixed {

/// Writes what is wrong with the arguments in `list`, of which `inputs` are read and the others
/// written.
inline void explain(char *text, std::size_t size, const Region *list, std::size_t inputs,
                    std::size_t count) {
  for (std::size_t i = 0; i < count; i++)
    if (is_missing(list[i])) {
      std::snprintf(text, size, "%s is null", list[i].name);
      return;
    }
  for (std::size_t output = inputs; output < count; output++)
    for (std::size_t other = 0; other < output; other++)
      if (overlap(list[output], list[other])) {
        std::snprintf(text, size, "%s overlaps %s", list[output].name, list[other].name);
        return;
      }
}

/// The targets of a layer, worst first, and the active one. `targets` is an array of LinearTarget
/// or ActivationTarget.
template <const auto &targets>
class Dispatch {
public:
  using Target = std::remove_cv_t<std::remove_reference_t<decltype(*targets)>>;
  static constexpr int count = int(sizeof targets / sizeof *targets);

  /// `order`: all targets that layers may have, see hinge_dispatch_choose_target.
  constexpr Dispatch(const char *layer, const char *order) : layer_(layer), order_(order) {}

  hinge_status get_target(const char **target) {
    if (!target)
      return refuse("target is null");
    int index = 0;
    if (hinge_status s = find_active(&index))
      return s;
    *target = targets[index].cpu.name;
    return HINGE_OK;
  }

  hinge_status set_target(const char *target) {
    if (target && !*target)
      return refuse("target is empty: expected a target, or null for the best");
    int index = 0;
    const Cpus all;
    if (hinge_status s =
            hinge_dispatch_find_target(layer_, all.list, count, "target", target, &index))
      return s;
    active_.store(index);
    return HINGE_OK;
  }

  /// The index of the active target, chosen at the first call.
  hinge_status find_active(int *index) {
    *index = active_.load(std::memory_order_relaxed);
    return __builtin_expect(*index >= 0, 1) ? HINGE_OK : choose_first(index);
  }

  const Target &target(int index) const { return targets[index]; }

  template <class Packed>
  static void set_target_of(Packed *packed, int index) {
    packed->target = index;
  }
  template <class Packed>
  static bool is_target_of(const Packed *packed, int index) {
    return packed->target == index;
  }

  [[gnu::cold]] hinge_status refuse(const char *text) const {
    return hinge_dispatch_refuse(layer_, text);
  }

  /// Refuses a call whose regions are wrong.
  template <std::size_t inputs, std::size_t outputs>
  [[gnu::cold]] hinge_status refuse_memory(const Regions<inputs, outputs> &regions) const {
    return explain_and_refuse(regions.list, inputs, inputs + outputs);
  }

private:
  [[gnu::cold, gnu::noinline]] hinge_status
  explain_and_refuse(const Region *list, std::size_t inputs, std::size_t all) const {
    char text[64] = "";
    explain(text, sizeof text, list, inputs, all);
    return refuse(text);
  }

  struct Cpus {
    Cpus() {
      for (int i = 0; i < count; i++)
        list[i] = targets[i].cpu;
    }
    hinge_dispatch_target list[count];
  };

  [[gnu::cold]] hinge_status choose_first(int *index) {
    const Cpus all;
    if (hinge_status s = hinge_dispatch_choose_target(layer_, all.list, count, order_, index))
      return s;
    int none = -1; // or the choice of another thread
    if (!active_.compare_exchange_strong(none, *index))
      *index = none;
    return HINGE_OK;
  }

  const char *layer_, *order_;
  std::atomic<int> active_{-1};
};

} // namespace hinge::fixed

// Which of a layer's targets runs, and its messages.
#pragma once

#include <hinge/layer.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>

namespace hinge::layer {

/// The targets of a layer, worst first, what it has for each, and which is active.
template <class Target>
class Targets {
public:
  template <std::size_t count>
  constexpr Targets(const char *layer, const hinge_layer_target (&names)[count],
                    const Target (&targets)[count])
      : layer_(layer), names_(names), targets_(targets), count_(int(count)) {}

  hinge_status get_target(const char **target) {
    if (!target)
      return refuse("target is null");
    int index = 0;
    if (hinge_status s = find_active(&index))
      return s;
    *target = names_[index].name;
    return HINGE_OK;
  }

  hinge_status set_target(const char *target) {
    if (target && !*target)
      return refuse("target is empty: expected a target, or null for the best");
    int index = 0;
    if (hinge_status s = choose("target", target, &index))
      return s;
    active_.store(index);
    return HINGE_OK;
  }

protected:
  /// The index of the active target, chosen at the first call.
  hinge_status find_active(int *index) {
    *index = active_.load(std::memory_order_relaxed);
    return __builtin_expect(*index >= 0, 1) ? HINGE_OK : choose_first(index);
  }

  const Target &target(int index) const { return targets_[index]; }

  template <class Packed>
  static void set_target_of(Packed *packed, int index) {
    packed->target = index;
  }
  template <class Packed>
  static bool is_target_of(const Packed *packed, int index) {
    return packed->target == index;
  }

  [[gnu::cold]] hinge_status refuse(const char *text) const {
    return hinge_layer_refuse(layer_, text);
  }

private:
  hinge_status choose(const char *source, const char *target, int *index) const {
    return hinge_layer_find_target(layer_, names_, count_, source, target, index);
  }

  [[gnu::cold]] hinge_status choose_first(int *index) {
    if (hinge_status s = choose("HINGE_TARGET", std::getenv("HINGE_TARGET"), index))
      return s;
    int none = -1; // or what another thread chose
    if (!active_.compare_exchange_strong(none, *index))
      *index = none;
    return HINGE_OK;
  }

  const char *layer_;
  const hinge_layer_target *names_;
  const Target *targets_;
  int count_;
  std::atomic<int> active_{-1};
};

} // namespace hinge::layer

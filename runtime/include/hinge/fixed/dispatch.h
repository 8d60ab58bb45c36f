// Chooses which of a fixed layer's targets runs, and writes the messages of its calls.
#pragma once

#include <hinge/dispatch.h>
#include <hinge/fixed/regions.h>

#include <atomic>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace hinge::fixed {

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
      return hinge_dispatch_refuse(layer_, "target is null: expected a place for a name");
    int index = 0;
    if (hinge_status s = find_active(&index))
      return s;
    *target = targets[index].cpu.name;
    return HINGE_OK;
  }

  hinge_status set_target(const char *target) {
    if (target && !*target)
      return hinge_dispatch_refuse(layer_,
                                   "target is empty: expected a target, or null for the best");
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
    return HINGE_LIKELY(*index >= 0) ? HINGE_OK : choose_first(index);
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

  // The refusals of a call. Each says the value and the expected one.

  HINGE_COLD hinge_status refuse_number(const char *name, std::int64_t value,
                                        std::int64_t most) const {
    return hinge_dispatch_refuse(layer_, "%s is %" PRId64 ": expected 0 to %" PRId64, name, value,
                                 most);
  }

  /// An argument that only `reader` reads.
  HINGE_COLD hinge_status refuse_null(const char *name, std::size_t bytes,
                                      const char *reader) const {
    return hinge_dispatch_refuse(layer_, "%s is null: expected %zu bytes, which %s needs", name,
                                 bytes, reader);
  }

  template <std::size_t inputs, std::size_t outputs>
  HINGE_COLD hinge_status refuse_memory(const Regions<inputs, outputs> &regions) const {
    return hinge_dispatch_refuse_memory(layer_, regions.list, int(inputs), int(outputs));
  }

  /// Weights that are packed for another target than the active one, `index`.
  template <class Packed>
  HINGE_COLD hinge_status refuse_target_of(const Packed *packed, int index) const {
    const std::int32_t other = packed->target;
    const char *expected = targets[index].cpu.name;
    if (other < 0 || other >= count)
      return hinge_dispatch_refuse(layer_,
                                   "packed.target is %d: expected %d, that of weights packed for "
                                   "the active target, %s",
                                   int(other), index, expected);
    return hinge_dispatch_refuse(layer_,
                                 "packed is for target %s: expected the active one, %s; pack the "
                                 "weights again",
                                 targets[other].cpu.name, expected);
  }

private:
  struct Cpus {
    Cpus() {
      for (int i = 0; i < count; i++)
        list[i] = targets[i].cpu;
    }
    hinge_dispatch_target list[std::size_t(count)];
  };

  HINGE_COLD hinge_status choose_first(int *index) {
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

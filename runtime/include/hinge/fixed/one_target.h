// OneTarget replaces Dispatch in a MINIMAL layer: it has one target, so nothing to choose, and no
// messages.
#pragma once

#include <hinge/dispatch.h>

#include <cstdint>
#include <type_traits>

namespace hinge::fixed {

template <const auto &targets>
class OneTarget {
public:
  using Target = std::remove_cv_t<std::remove_reference_t<decltype(*targets)>>;
  static_assert(sizeof targets == sizeof(Target), "MINIMAL: one target");

  hinge_status find_active(int *) const { return HINGE_OK; }
  const Target &target(int) const { return *targets; }

  static void set_target_of(void *, int) {}
  static bool is_target_of(const void *, int) { return true; }
  hinge_status refuse_target_of(const void *, int) const { return HINGE_INTERNAL_ERROR; }

  hinge_status refuse_number(const char *, std::int64_t, std::int64_t) const {
    return HINGE_INVALID_ARGUMENT;
  }
  template <class Regions>
  hinge_status refuse_memory(const Regions &) const {
    return HINGE_INVALID_ARGUMENT;
  }
};

} // namespace hinge::fixed

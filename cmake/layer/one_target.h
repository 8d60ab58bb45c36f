// What targets.h is for a MINIMAL layer: one target, so nothing to choose, and no messages.
#pragma once

#include <hinge/layer.h>

namespace hinge::layer {

template <class Target>
class Targets {
public:
  constexpr Targets(const char *, const hinge_layer_target (&)[1], const Target (&targets)[1])
      : target_(targets[0]) {}

protected:
  hinge_status find_active(int *index) const {
    *index = 0;
    return HINGE_OK;
  }
  const Target &target(int) const { return target_; }
  static void set_target_of(void *, int) {}
  static bool is_target_of(const void *, int) { return true; }
  hinge_status refuse(const char *) const { return HINGE_INVALID_ARGUMENT; }

private:
  Target target_;
};

} // namespace hinge::layer

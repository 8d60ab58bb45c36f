#include "dispatch/cpu.h"

namespace hinge::detail {

std::uint32_t detect_features() { return usable_features({}, plan::Arch::arm); }

} // namespace hinge::detail

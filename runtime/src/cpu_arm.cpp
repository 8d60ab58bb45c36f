#include "cpu.h"

namespace hinge::detail {

// AArch64 has NEON with FMA unless it has no floating point at all, and then nothing runs that was
// compiled for its standard calling convention.
std::uint32_t detect_features() { return HINGE_CPU_neon; }

} // namespace hinge::detail

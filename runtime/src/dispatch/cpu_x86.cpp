#include "dispatch/cpu.h"

#include <cpuid.h>

#include <algorithm>

namespace hinge::detail {

std::uint32_t detect_features() { return usable_features(read_cpuid()); }

CpuidAnswers read_cpuid() {
  CpuidAnswers r;
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(0, &eax, &ebx, &ecx, &edx))
    r.amd = ebx == signature_AMD_ebx && edx == signature_AMD_edx && ecx == signature_AMD_ecx;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) {
    r.leaf1_eax = eax;
    r.leaf1_ecx = ecx;
  }
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
    r.leaf7_ebx = ebx;
  if (__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx))
    r.leaf80000001_ecx = ecx;
  if (r.leaf1_ecx & (1u << 27)) { // OSXSAVE
    std::uint32_t low = 0, high = 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    r.xcr0 = (std::uint64_t(high) << 32) | low;
  }
  return r;
}

std::int64_t last_level_cache_bytes() {
  std::int64_t largest = 0;
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  for (const std::uint32_t leaf : {0x4u, 0x8000001du})
    for (std::uint32_t index = 0; index < 8; index++) {
      // The type of a cache (0: there are no more). Then its ways, partitions, bytes in a line and
      // sets, each less one.
      if (!__get_cpuid_count(leaf, index, &eax, &ebx, &ecx, &edx) || (eax & 31) == 0)
        break;
      const std::int64_t bytes = std::int64_t((ebx >> 22) + 1) * ((ebx >> 12 & 0x3ff) + 1) *
                                 ((ebx & 0xfff) + 1) * (std::int64_t(ecx) + 1);
      largest = std::max(largest, bytes);
    }
  return largest;
}

} // namespace hinge::detail

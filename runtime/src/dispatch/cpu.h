// CPU features that the CPU has and the operating system supports: bits of plan::features.
#pragma once

#include <hinge/plan/features.h>

#include <cstdint>

namespace hinge::detail {

/// The features that code may use here, asked once.
std::uint32_t cpu_features();

/// The same, by architecture (cpu_x86.cpp, cpu_arm.cpp).
std::uint32_t detect_features();

/// x86: the raw answers of CPUID and XGETBV. A leaf that the CPU does not have is all zeros.
struct CpuidAnswers {
  bool amd = false; // the vendor is "AuthenticAMD"
  std::uint32_t leaf1_eax = 0;
  std::uint32_t leaf1_ecx = 0;
  std::uint32_t leaf7_ebx = 0;
  std::uint32_t leaf80000001_ecx = 0;
  std::uint64_t xcr0 = 0; // 0 if the operating system does not offer XGETBV (OSXSAVE clear)
};

CpuidAnswers read_cpuid();

/// The features of an architecture that the answers allow. The CPU has them, and the operating
/// system saves their registers.
std::uint32_t usable_features(const CpuidAnswers &answers, plan::Arch arch = plan::Arch::x86);

/// x86: the bytes of the last-level cache that a core can use, or 0 if the CPU does not say. The
/// source is leaf 4 (Intel SDM vol. 2, CPUID) or 0x8000001d (AMD APM vol. 3, E.4.15). sysconf gives
/// the sum over a whole package on AMD: 320 MiB for a Zen 4 with 32 MiB a core complex.
std::int64_t last_level_cache_bytes();

} // namespace hinge::detail

// What the CPU and the operating system can run.
#pragma once

#include <cstdint>

namespace hinge::detail {

// Bits of a feature mask; the names are those of REQUIRES in generators/kernels.cmake.
enum : std::uint32_t {
  HINGE_CPU_sse41 = 1u << 0,
  HINGE_CPU_sse42 = 1u << 1,
  HINGE_CPU_popcnt = 1u << 2,
  HINGE_CPU_avx = 1u << 3,
  HINGE_CPU_f16c = 1u << 4,
  HINGE_CPU_fma = 1u << 5,
  HINGE_CPU_avx2 = 1u << 6,
  HINGE_CPU_bmi1 = 1u << 7,
  HINGE_CPU_bmi2 = 1u << 8,
  HINGE_CPU_lzcnt = 1u << 9,
  HINGE_CPU_movbe = 1u << 10,
  HINGE_CPU_avx512f = 1u << 11,
  HINGE_CPU_avx512cd = 1u << 12,
  HINGE_CPU_avx512bw = 1u << 13,
  HINGE_CPU_avx512dq = 1u << 14,
  HINGE_CPU_avx512vl = 1u << 15,
  HINGE_CPU_zen4 = 1u << 16, // a family, not a feature: AMD's 19h, where it has AVX-512
  HINGE_CPU_neon = 1u << 17,
};

/// The mask of feature names separated by spaces. A name that is none gives a bit that no CPU has.
std::uint32_t feature_mask(const char *names);

/// What this CPU and its operating system can run, asked once.
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
  std::uint64_t xcr0 = 0; // 0 where the operating system does not offer XGETBV (OSXSAVE clear)
};

CpuidAnswers read_cpuid();

/// x86: the mask of what may be used: what the CPU has and whose registers the operating system saves.
/// Everything encoded with VEX needs XMM and YMM state, everything of AVX-512 the three further
/// ones (Intel SDM vol. 1, 14.3 and 15.2).
std::uint32_t usable_features(const CpuidAnswers &answers);

/// x86: the bytes of the last-level cache that a core can use, or 0 where the CPU does not say: leaf 4
/// (Intel SDM vol. 2, CPUID) or 0x8000001d (AMD APM vol. 3, E.4.15), not what sysconf answers,
/// which is the sum over a whole package of AMD's (320 MiB for a Zen 4 with 32 MiB a core complex).
std::int64_t last_level_cache_bytes();

} // namespace hinge::detail

// CPU features, said once. A target file names those that its kernels may use, and the runtime
// tests for them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hinge::plan {

/// Architectures that kernels are made for. Their names are those of Halide's targets.
enum class Arch { x86, arm };
struct ArchInfo {
  Arch arch;
  const char *name;
};
inline constexpr ArchInfo archs[] = {{Arch::x86, "x86"}, {Arch::arm, "arm"}};

/// The place of the answer. On x86 it is a word of CPUID (Intel SDM vol. 2, AMD APM vol. 3).
/// `family`: AMD's family is the bit's number, so it tells a kind of CPU rather than a feature.
/// `always`: every CPU of the architecture has it.
enum class Source { leaf1_ecx, leaf7_ebx, leaf80000001_ecx, amd_family, always };

/// The registers that the operating system must save (XCR0). Instructions with a VEX prefix need
/// XMM and YMM state, and AVX-512 needs three further ones (Intel SDM vol. 1, 14.3 and 15.2).
enum class State : std::uint64_t { none = 0, ymm = 0x6, zmm = 0x6 | 0xe0 };

struct Feature {
  const char *name;
  Arch arch;
  Source source;
  int bit;
  State state;
  bool is_fma; // a product and its sum are rounded once
};

/// The index of a feature is its bit in a mask.
inline constexpr Feature features[] = {
    {"sse41", Arch::x86, Source::leaf1_ecx, 19, State::none, false},
    {"sse42", Arch::x86, Source::leaf1_ecx, 20, State::none, false},
    {"popcnt", Arch::x86, Source::leaf1_ecx, 23, State::none, false},
    {"avx", Arch::x86, Source::leaf1_ecx, 28, State::ymm, false},
    {"f16c", Arch::x86, Source::leaf1_ecx, 29, State::ymm, false},
    {"fma", Arch::x86, Source::leaf1_ecx, 12, State::ymm, true},
    {"avx2", Arch::x86, Source::leaf7_ebx, 5, State::ymm, false},
    {"bmi1", Arch::x86, Source::leaf7_ebx, 3, State::ymm, false},
    {"bmi2", Arch::x86, Source::leaf7_ebx, 8, State::ymm, false},
    {"lzcnt", Arch::x86, Source::leaf80000001_ecx, 5, State::none, false},
    {"movbe", Arch::x86, Source::leaf1_ecx, 22, State::none, false},
    {"avx512f", Arch::x86, Source::leaf7_ebx, 16, State::zmm, false},
    {"avx512cd", Arch::x86, Source::leaf7_ebx, 28, State::zmm, false},
    {"avx512bw", Arch::x86, Source::leaf7_ebx, 30, State::zmm, false},
    {"avx512dq", Arch::x86, Source::leaf7_ebx, 17, State::zmm, false},
    {"avx512vl", Arch::x86, Source::leaf7_ebx, 31, State::zmm, false},
    // A family rather than a feature: AMD's 19h has AVX-512 from Zen 4 on.
    {"zen4", Arch::x86, Source::amd_family, 0x19, State::none, false},
    // AArch64 has NEON with FMA unless it has no floating point at all. Code that follows its
    // standard calling convention then does not run.
    {"neon", Arch::arm, Source::always, 0, State::none, true},
};
inline constexpr int feature_count = int(sizeof features / sizeof *features);
static_assert(feature_count < 31, "a mask has 32 bits, the last one for names that are none");

/// The bit of an unknown name. No CPU has it.
inline constexpr std::uint32_t unknown_feature = std::uint32_t(1) << 31;

constexpr std::uint32_t feature_bit(std::string_view name) {
  for (int i = 0; i < feature_count; i++)
    if (features[i].name == name)
      return std::uint32_t(1) << i;
  return unknown_feature;
}

/// The mask of feature names separated by spaces.
constexpr std::uint32_t feature_mask(std::string_view names) {
  std::uint32_t mask = 0;
  while (!names.empty()) {
    std::size_t length = names.find(' ');
    length = length == std::string_view::npos ? names.size() : length;
    if (length > 0)
      mask |= feature_bit(names.substr(0, length));
    names.remove_prefix(length < names.size() ? length + 1 : length);
  }
  return mask;
}

/// Whether code for these features rounds a product and its sum once.
constexpr bool has_fma(std::uint32_t mask) {
  for (int i = 0; i < feature_count; i++)
    if (features[i].is_fma && (mask >> i & 1))
      return true;
  return false;
}

} // namespace hinge::plan

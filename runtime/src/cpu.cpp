#include "cpu.h"

#include <algorithm>
#include <string_view>

namespace hinge::detail {

std::uint32_t feature_mask(const char *names) {
  // In the order of the bits.
  static constexpr std::string_view known[] = {
      "sse41", "sse42", "popcnt",  "avx",      "f16c",     "fma",      "avx2",     "bmi1", "bmi2",
      "lzcnt", "movbe", "avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "zen4", "neon"};
  std::uint32_t mask = 0;
  for (std::string_view rest = names; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    const auto found = std::find(std::begin(known), std::end(known), name);
    if (!name.empty())
      mask |= 1u << (found == std::end(known) ? 31 : found - std::begin(known));
  }
  return mask;
}

std::uint32_t cpu_features() {
  static const std::uint32_t features = detect_features();
  return features;
}

std::uint32_t usable_features(const CpuidAnswers &a) {
  constexpr std::uint64_t ymm_state = 0x6;        // XCR0: SSE, AVX
  constexpr std::uint64_t zmm_state = 0x6 | 0xe0; // and opmask, upper halves, upper 16 registers
  const bool ymm = (a.xcr0 & ymm_state) == ymm_state;
  const bool zmm = (a.xcr0 & zmm_state) == zmm_state;

  const struct {
    std::uint32_t feature;
    std::uint32_t answer;
    int bit;
    bool state;
  } rules[] = {
      // clang-format off
      {HINGE_CPU_sse41, a.leaf1_ecx, 19, true},
      {HINGE_CPU_sse42, a.leaf1_ecx, 20, true},
      {HINGE_CPU_popcnt, a.leaf1_ecx, 23, true},
      {HINGE_CPU_movbe, a.leaf1_ecx, 22, true},
      {HINGE_CPU_lzcnt, a.leaf80000001_ecx, 5, true},
      {HINGE_CPU_avx, a.leaf1_ecx, 28, ymm},
      {HINGE_CPU_f16c, a.leaf1_ecx, 29, ymm},
      {HINGE_CPU_fma, a.leaf1_ecx, 12, ymm},
      {HINGE_CPU_avx2, a.leaf7_ebx, 5, ymm},
      {HINGE_CPU_bmi1, a.leaf7_ebx, 3, ymm},
      {HINGE_CPU_bmi2, a.leaf7_ebx, 8, ymm},
      {HINGE_CPU_avx512f, a.leaf7_ebx, 16, zmm},
      {HINGE_CPU_avx512dq, a.leaf7_ebx, 17, zmm},
      {HINGE_CPU_avx512cd, a.leaf7_ebx, 28, zmm},
      {HINGE_CPU_avx512bw, a.leaf7_ebx, 30, zmm},
      {HINGE_CPU_avx512vl, a.leaf7_ebx, 31, zmm},
      // clang-format on
  };
  std::uint32_t mask = 0;
  for (const auto &rule : rules)
    if (rule.state && (rule.answer >> rule.bit & 1))
      mask |= rule.feature;
  // The family is the sum of its base and its extension (AMD APM vol. 3, Fn0000_0001).
  const std::uint32_t family = (a.leaf1_eax >> 8 & 0xf) + (a.leaf1_eax >> 20 & 0xff);
  if (a.amd && family == 0x19)
    mask |= HINGE_CPU_zen4;
  return mask;
}

} // namespace hinge::detail

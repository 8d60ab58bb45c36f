#include "dispatch/cpu.h"

#include "dispatch/known.h"

namespace hinge::detail {

std::uint32_t cpu_features() {
  static Known known;
  return std::uint32_t(known.get(detect_features));
}

static bool has_feature(const CpuidAnswers &a, const plan::Feature &feature) {
  const auto bit = [&](std::uint32_t word) { return (word >> feature.bit & 1) != 0; };
  // The family is the sum of its base and its extension (AMD APM vol. 3, Fn0000_0001).
  const std::uint32_t family = (a.leaf1_eax >> 8 & 0xf) + (a.leaf1_eax >> 20 & 0xff);
  switch (feature.source) {
  case plan::Source::leaf1_ecx:
    return bit(a.leaf1_ecx);
  case plan::Source::leaf7_ebx:
    return bit(a.leaf7_ebx);
  case plan::Source::leaf80000001_ecx:
    return bit(a.leaf80000001_ecx);
  case plan::Source::amd_family:
    return a.amd && family == std::uint32_t(feature.bit);
  case plan::Source::always:
    return true;
  }
  return false;
}

std::uint32_t usable_features(const CpuidAnswers &answers, plan::Arch arch) {
  std::uint32_t mask = 0;
  for (int i = 0; i < plan::feature_count; i++) {
    const plan::Feature &feature = plan::features[i];
    const auto state = std::uint64_t(feature.state);
    if (feature.arch == arch && (answers.xcr0 & state) == state && has_feature(answers, feature))
      mask |= std::uint32_t(1) << i;
  }
  return mask;
}

} // namespace hinge::detail

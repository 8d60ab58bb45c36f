// The target that runs: the best that CPU and operating system offer, or the one a user forces.
#include "support.h"

#include "dispatch/cpu.h"
#include "dispatch/target.h"
#include "hinge/dispatch.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

using namespace hinge_test;
using namespace hinge::detail;
using hinge::plan::feature_bit;

namespace {

#if defined(__x86_64__)

// A CPU with every feature, under an operating system that saves every register. Its family is
// 0xf + 0xa.
const CpuidAnswers everything{true, 0x00a10f11, ~0u, ~0u, ~0u, ~0ull};

std::string best(const CpuidAnswers &answers) {
  const std::uint32_t features = usable_features(answers);
  std::string name = "none";
  for (const Target &t : targets())
    if ((t.required & features) == t.required)
      name = t.name;
  return name;
}

TEST(Cpu, everything_gets_the_best_target) { EXPECT_EQ("zen4", best(everything)); }

TEST(Cpu, another_vendor_or_family_gets_avx512) {
  CpuidAnswers a = everything;
  a.amd = false;
  EXPECT_EQ("avx512", best(a));
  a = everything;
  a.leaf1_eax = 0x00b00f21; // 0x1a: Zen 5
  EXPECT_EQ("avx512", best(a));
}

TEST(Cpu, nothing_gets_no_target) { EXPECT_EQ("none", best(CpuidAnswers{})); }

TEST(Cpu, without_os_support_for_zmm_there_is_no_avx512) {
  for (std::uint64_t missing : {0x20u, 0x40u, 0x80u}) {
    CpuidAnswers a = everything;
    a.xcr0 &= ~missing;
    EXPECT_EQ("avx2", best(a)) << missing;
  }
}

TEST(Cpu, without_os_support_for_ymm_there_is_no_avx) {
  for (std::uint64_t missing : {0x2u, 0x4u}) {
    CpuidAnswers a = everything;
    a.xcr0 &= ~missing;
    EXPECT_EQ("sse41", best(a)) << missing;
  }
  CpuidAnswers no_xgetbv = everything; // OSXSAVE is clear, so read_cpuid leaves xcr0 at 0
  no_xgetbv.xcr0 = 0;
  EXPECT_EQ("sse41", best(no_xgetbv));
}

TEST(Cpu, each_missing_feature_costs_the_targets_that_use_it) {
  const auto without = [](std::uint32_t CpuidAnswers::*leaf, int bit) {
    CpuidAnswers a = everything;
    a.*leaf &= ~(1u << bit);
    return best(a);
  };
  // The bits are from the Intel SDM, volume 2, CPUID.
  for (int bit : {16, 17, 28, 30, 31}) // avx512 f, dq, cd, bw, vl
    EXPECT_EQ("avx2", without(&CpuidAnswers::leaf7_ebx, bit)) << bit;
  for (int bit : {3, 5, 8}) // bmi1, avx2, bmi2
    EXPECT_EQ("sse41", without(&CpuidAnswers::leaf7_ebx, bit)) << bit;
  for (int bit : {12, 20, 22, 23, 28, 29}) // fma, sse4.2, movbe, popcnt, avx, f16c
    EXPECT_EQ("sse41", without(&CpuidAnswers::leaf1_ecx, bit)) << bit;
  EXPECT_EQ("sse41", without(&CpuidAnswers::leaf80000001_ecx, 5)); // lzcnt
  EXPECT_EQ("none", without(&CpuidAnswers::leaf1_ecx, 19));        // sse4.1
}

TEST(Cpu, this_one_agrees_with_the_compilers_check) {
  __builtin_cpu_init();
  const std::uint32_t features = usable_features(read_cpuid());
  EXPECT_EQ(__builtin_cpu_supports("sse4.1") != 0, (features & feature_bit("sse41")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("sse4.2") != 0, (features & feature_bit("sse42")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("popcnt") != 0, (features & feature_bit("popcnt")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("avx") != 0, (features & feature_bit("avx")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("fma") != 0, (features & feature_bit("fma")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("avx2") != 0, (features & feature_bit("avx2")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("bmi") != 0, (features & feature_bit("bmi1")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("bmi2") != 0, (features & feature_bit("bmi2")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("avx512f") != 0, (features & feature_bit("avx512f")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("avx512cd") != 0, (features & feature_bit("avx512cd")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("avx512bw") != 0, (features & feature_bit("avx512bw")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("avx512dq") != 0, (features & feature_bit("avx512dq")) != 0);
  EXPECT_EQ(__builtin_cpu_supports("avx512vl") != 0, (features & feature_bit("avx512vl")) != 0);
}

#else

TEST(Cpu, every_one_has_neon) {
  EXPECT_EQ(hinge::plan::feature_bit("neon"), cpu_features());
  EXPECT_EQ(1u, usable_targets().size());
}

#endif

TEST(Target, the_best_usable_one_is_active) {
  ASSERT_HINGE_OK(hinge_set_target(nullptr));
  const char *name = nullptr;
  ASSERT_HINGE_OK(hinge_get_target(&name));
  ASSERT_FALSE(usable_targets().empty());
  EXPECT_EQ(usable_targets().back().name, name);
}

TEST(Target, an_unknown_name_is_refused_and_changes_nothing) {
  const char *before = nullptr, *after = nullptr;
  ASSERT_HINGE_OK(hinge_get_target(&before));
  EXPECT_EQ(HINGE_UNSUPPORTED_TARGET, hinge_set_target("avx1024"));
  EXPECT_EQ("name \"avx1024\": the library has no such target, expected one of: " + target_names(),
            hinge_last_error());
  ASSERT_HINGE_OK(hinge_get_target(&after));
  EXPECT_STREQ(before, after);
}

struct Output {
  int status;
  std::string text;
};

/// A target that runs everywhere, or nowhere.
hinge_dispatch_target target_for_dispatch(const char *name, bool runs) {
  return {name, runs ? "" : "no_such_feature"};
}

/// Sets HINGE_TARGET; null removes it.
void set_cap(const char *cap) {
#if defined(_WIN32)
  _putenv_s("HINGE_TARGET", cap ? cap : ""); // "" removes it
#else
  cap ? setenv("HINGE_TARGET", cap, 1) : unsetenv("HINGE_TARGET");
#endif
}

/// The target that HINGE_TARGET leaves, or the message. The cap is "" for none.
std::string chosen(const char *cap, const std::vector<hinge_dispatch_target> &targets,
                   const char *order = "one, two, three, four") {
  const char *own = std::getenv("HINGE_TARGET");
  const std::string before = own ? own : "";
  set_cap(cap);
  int index = -1;
  const hinge_status status =
      hinge_dispatch_choose_target("it", targets.data(), int(targets.size()), order, &index);
  set_cap(own ? before.c_str() : nullptr);
  EXPECT_EQ(status == HINGE_OK, index >= 0);
  return status == HINGE_OK ? targets[std::size_t(index)].name : hinge_last_error();
}

TEST(Target, is_the_best_up_to_the_cap) {
  const auto runs = [](const char *name) { return target_for_dispatch(name, true); };
  const auto fails = [](const char *name) { return target_for_dispatch(name, false); };
  const std::vector<hinge_dispatch_target> gap = {runs("two"), runs("four")};
  EXPECT_EQ("four", chosen("", gap));
  EXPECT_EQ("four", chosen("four", gap));
  EXPECT_EQ("two", chosen("three", gap));
  EXPECT_EQ("two", chosen("two", gap));
  EXPECT_EQ("HINGE_TARGET \"one\": it has no target up to it, only two, four", chosen("one", gap));
  for (const char *unknown : {"five", "on", "one,", "one, two", " two", "TWO"})
    EXPECT_EQ("HINGE_TARGET \"" + std::string(unknown) +
                  "\": unknown target, expected one of: one, two, three, four",
              chosen(unknown, gap));
  // A better target that cannot run is not in the way, and a worse one is taken instead.
  EXPECT_EQ("two", chosen("four", {runs("one"), runs("two"), fails("three"), fails("four")}));
  EXPECT_EQ("HINGE_TARGET \"two\": this CPU can run none of the targets of it up to it (one, two), "
            "only three",
            chosen("two", {fails("one"), fails("two"), runs("three"), fails("four")}));
  EXPECT_EQ("this CPU can run none of the targets of it (one, two)",
            chosen("one", {fails("one"), fails("two")}));
  // Without an order, it is that of the targets.
  EXPECT_EQ("two", chosen("two", gap, nullptr));
  EXPECT_EQ("HINGE_TARGET \"three\": unknown target, expected one of: two, four",
            chosen("three", gap, nullptr));
}

/// Returns what `hinge_info` prints with HINGE_TARGET set, on both streams.
Output hinge_info(const std::string &target) {
#if defined(_WIN32) // the other program has this one's environment
  const std::string command = "\"" HINGE_INFO "\" 2>&1";
  _putenv_s("HINGE_TARGET", target.c_str());
#else
  const std::string command = "HINGE_TARGET='" + target + "' " HINGE_INFO " 2>&1";
#endif
  std::FILE *pipe = popen(command.c_str(), "r");
  Output out{-1, ""};
  if (!pipe)
    return out;
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe))
    out.text += buffer.data();
#if defined(_WIN32)
  out.status = pclose(pipe);
  _putenv_s("HINGE_TARGET", "");
#else
  out.status = WEXITSTATUS(pclose(pipe));
#endif
  return out;
}

TEST(Target, the_environment_caps_it_at_each_usable_one) {
  for (const TestTarget &t : usable_targets()) {
    const Output out = hinge_info(t.name);
    EXPECT_EQ(0, out.status);
    EXPECT_NE(std::string::npos, out.text.find("active: " + t.name + "\n")) << out.text;
  }
  EXPECT_NE(std::string::npos,
            hinge_info("").text.find("active: " + usable_targets().back().name + "\n"));
}

TEST(Target, hinge_info_says_which_profile_each_was_built_with) {
  for (int i = 0; i < hinge_target_count(); i++) {
    hinge_target_info info;
    ASSERT_HINGE_OK(hinge_get_target_info(i, &info));
    EXPECT_STRNE("", info.profile);
    char line[64];
    std::snprintf(line, sizeof line, " %-8s  %-12s ", info.name, info.profile);
    EXPECT_NE(std::string::npos, hinge_info("").text.find(line)) << line;
  }
}

TEST(Target, an_unknown_name_in_the_environment_is_an_error) {
  const Output out = hinge_info("sse9");
  EXPECT_EQ(1, out.status);
  EXPECT_NE(
      std::string::npos,
      out.text.find("HINGE_TARGET \"sse9\": unknown target, expected one of: " + target_names()))
      << out.text;
}

TEST(Target, that_cannot_run_here_is_an_error_to_a_call_and_a_cap_to_the_environment) {
  for (int i = 0; i < hinge_target_count(); i++) {
    hinge_target_info info;
    ASSERT_HINGE_OK(hinge_get_target_info(i, &info));
    if (info.usable)
      continue;
    EXPECT_EQ(HINGE_UNSUPPORTED_TARGET, hinge_set_target(info.name));
    EXPECT_NE(nullptr,
              std::strstr(hinge_last_error(), "this CPU or its operating system lacks some of"));
    const Output out = hinge_info(info.name);
    EXPECT_EQ(0, out.status);
    EXPECT_NE(std::string::npos, out.text.find("active: " + usable_targets().back().name + "\n"))
        << out.text;
  }
}

} // namespace

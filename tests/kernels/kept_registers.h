// Win64's calling convention: a function keeps rbx, rsi, rdi, r12 to r15 and xmm6 to xmm15
// (Microsoft, "x64 ABI conventions"). On other systems a kernel is called without a check.
#pragma once

#include "support.h"

#include <cstring>

namespace hinge_test {

#if defined(_WIN32)

struct Registers {
  std::uint64_t general[7];
  std::uint64_t vectors[10][2];
};

// What `call_with_registers` calls, with these registers, and what it finds in them afterwards.
extern "C" {
extern void *hinge_test_callee;
extern Registers hinge_test_before, hinge_test_after, hinge_test_callers;
void hinge_test_call(); // with the arguments of the callee
}

template <class Fn, class... Arguments>
int call_kernel(Fn *run, Arguments... arguments) {
  hinge_test_callee = reinterpret_cast<void *>(run);
  std::uint64_t number = 0x9e3779b97f4a7c15u; // any bits, all different
  for (std::uint64_t &r : hinge_test_before.general)
    r = number *= 3;
  for (auto &v : hinge_test_before.vectors)
    for (std::uint64_t &half : v)
      half = number *= 3;
  const int error = reinterpret_cast<Fn *>(&hinge_test_call)(arguments...);
  EXPECT_EQ(0, std::memcmp(hinge_test_before.general, hinge_test_after.general,
                           sizeof hinge_test_before.general))
      << "the kernel changes one of rbx, rsi, rdi, r12 to r15";
  for (int i = 0; i < 10; i++)
    EXPECT_EQ(0, std::memcmp(hinge_test_before.vectors[i], hinge_test_after.vectors[i], 16))
        << "the kernel changes xmm" << 6 + i;
  return error;
}

#else

template <class Fn, class... Arguments>
int call_kernel(Fn *run, Arguments... arguments) {
  return run(arguments...);
}

#endif

} // namespace hinge_test

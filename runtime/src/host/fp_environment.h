// The floating-point environment of a thread: MXCSR on x86, FPCR and FPSR on ARM.
#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace hinge::detail {

/// Rounding mode, flushing of denormals and traps (control), and the sticky exceptions (flags).
struct FpEnvironment {
  std::uint64_t control, flags;

#if defined(__x86_64__) || defined(_M_X64)
  static FpEnvironment get() {
    constexpr unsigned sticky = 0x3f; // Intel SDM vol. 1, 10.2.3
    const unsigned mxcsr = _mm_getcsr();
    return {mxcsr & ~sticky, mxcsr & sticky};
  }
  void set() const { _mm_setcsr(unsigned(control | flags)); }
#elif defined(__aarch64__)
  static FpEnvironment get() {
    FpEnvironment e;
    __asm__ volatile("mrs %0, fpcr" : "=r"(e.control)::"memory");
    __asm__ volatile("mrs %0, fpsr" : "=r"(e.flags)::"memory");
    return e;
  }
  void set() const {
    __asm__ volatile("msr fpcr, %0" ::"r"(control) : "memory");
    __asm__ volatile("msr fpsr, %0" ::"r"(flags) : "memory");
  }
#endif
};

} // namespace hinge::detail

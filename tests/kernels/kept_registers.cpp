#include "kept_registers.h"

#if defined(_WIN32)

extern "C" {
void *hinge_test_callee;
hinge_test::Registers hinge_test_before, hinge_test_after, hinge_test_callers;
}

// Each macro moves all registers that are kept: 7 general ones, then 10 vectors behind them.
__asm__(R"(
.macro store_kept to
  lea \to(%rip), %r11
  mov %rbx, 0(%r11)
  mov %rsi, 8(%r11)
  mov %rdi, 16(%r11)
  mov %r12, 24(%r11)
  mov %r13, 32(%r11)
  mov %r14, 40(%r11)
  mov %r15, 48(%r11)
  .irp i, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  movups %xmm\i, (56 + 16 * (\i - 6))(%r11)
  .endr
.endm
.macro load_kept from
  lea \from(%rip), %r11
  mov 0(%r11), %rbx
  mov 8(%r11), %rsi
  mov 16(%r11), %rdi
  mov 24(%r11), %r12
  mov 32(%r11), %r13
  mov 40(%r11), %r14
  mov 48(%r11), %r15
  .irp i, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  movups (56 + 16 * (\i - 6))(%r11), %xmm\i
  .endr
.endm

.text
.globl hinge_test_call
hinge_test_call:
  push %rbp
  mov %rsp, %rbp
  sub $64, %rsp           # the callee's home for 4 arguments, and arguments 5 to 8
  .irp i, 0, 8, 16, 24
  mov (48 + \i)(%rbp), %rax
  mov %rax, (32 + \i)(%rsp)
  .endr
  store_kept hinge_test_callers
  load_kept hinge_test_before
  call *hinge_test_callee(%rip)
  store_kept hinge_test_after
  load_kept hinge_test_callers
  leave
  ret
)");

#endif

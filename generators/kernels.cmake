# Every kernel of the library, once. From this list come the objects in the library, the dispatch
# tables of the runtime, the messages and the tests' parameters (activations.inc, kernels.inc).

# Activations: each has its Expr in generators/activation.h, its enumerator in
# runtime/include/hinge/hinge.h and hinge.hpp, its oracle in tests/support.cpp.
hinge_activations(none relu relu6)

# Instruction sets, of an architecture worst first: the runtime takes the last one that the CPU and the
# operating system have. REGISTERS: vector registers, which a register tile must fit. HALIDE: Halide's
# feature names. REQUIRES: everything that LLVM may use for them (Halide picks -mcpu by feature, and
# `haswell` implies BMI, LZCNT, MOVBE), named as in runtime/src/cpu.h; it decides whether a machine
# gets the kernels.
#
# Sapphire Rapids takes the avx512 kernels: its further features (bf16, fp16, VNNI) add no f32
# instruction, and the same kernels generated with avx512_sapphirerapids ran at 1.00x. Zen 4 has
# tiles of its own, as a 256-bit FMA costs it half of a 512-bit one: see zen4.profile.
hinge_target(sse41 ARCH x86
  REGISTERS 16
  HALIDE sse41
  REQUIRES sse41)
hinge_target(avx2 ARCH x86
  REGISTERS 16
  HALIDE sse41 avx f16c fma avx2
  REQUIRES sse41 sse42 popcnt avx f16c fma avx2 bmi1 bmi2 lzcnt movbe)
hinge_target(avx512 ARCH x86
  REGISTERS 32
  HALIDE sse41 avx f16c fma avx2 avx512 avx512_skylake
  REQUIRES sse41 sse42 popcnt avx f16c fma avx2 bmi1 bmi2 lzcnt movbe
           avx512f avx512cd avx512bw avx512dq avx512vl)
hinge_target(zen4 ARCH x86
  REGISTERS 32
  HALIDE sse41 avx f16c fma avx2 avx512 avx512_skylake
  REQUIRES sse41 sse42 popcnt avx f16c fma avx2 bmi1 bmi2 lzcnt movbe
           avx512f avx512cd avx512bw avx512dq avx512vl zen4)
# Of ARM's 64 bits (ARMv8-A): it has no optional feature that makes float32 faster in 128 bits.
hinge_target(neon ARCH arm
  REGISTERS 32
  REQUIRES neon)

# Operators: a generator of generators/*.cpp. ACTIVATIONS: a kernel for each of them. PANELS: a
# kernel for each width of the register tile in the target's profile (linear.rows.<vectors>);
# FULL_PANELS: only for that of a full panel (linear.panel); REST_PANELS: only up to that.
set(elementwise ${HINGE_ACTIVATIONS})
list(REMOVE_ITEM elementwise none)
hinge_kernel(activation         ACTIVATIONS ${elementwise})
hinge_kernel(activation_inplace ACTIVATIONS ${elementwise})
hinge_kernel(activation_backward         ACTIVATIONS ${elementwise})
hinge_kernel(activation_backward_inplace ACTIVATIONS ${elementwise})
hinge_kernel(activation_mask    ACTIVATIONS ${elementwise})
hinge_kernel(activation_backward_mask)
hinge_kernel(activation_backward_mask_inplace)
hinge_kernel(mask_count_columns)
hinge_kernel(mask_count_rows)
hinge_kernel(linear             ACTIVATIONS ${HINGE_ACTIVATIONS} PANELS)
hinge_kernel(linear_pack        PANELS)
# What is left over after full panels, in vectors of half width (linear.half.rows.<vectors>).
hinge_kernel(linear_half        ACTIVATIONS ${HINGE_ACTIVATIONS} HALF_PANELS)
hinge_kernel(linear_pack_half   HALF_PANELS)
# The products of Linear's backward: full panels, and what is left over in one panel of its own.
hinge_kernel(linear_backward      FULL_PANELS)
hinge_kernel(linear_backward_rest REST_PANELS)

# GPUs, of any architecture's builds with HINGE_CUDA. The PTX for compute capability 7.0 (Volta) runs on every
# later one: the driver compiles it for the GPU that is there. Newer ones add no float32 instruction.
hinge_cuda_target(cuda HALIDE cuda cuda_capability_70 REQUIRES 7.0)
foreach(operator IN ITEMS activation activation_inplace activation_backward activation_backward_inplace)
  hinge_cuda_kernel(${operator} ACTIVATIONS ${elementwise} ALIGNED)
endforeach()
hinge_cuda_kernel(activation_mask ACTIVATIONS ${elementwise})
hinge_cuda_kernel(activation_backward_mask ALIGNED)
hinge_cuda_kernel(activation_backward_mask_inplace ALIGNED)
hinge_cuda_kernel(linear ACTIVATIONS ${HINGE_ACTIVATIONS} TILES large medium small low ALIGNED)
hinge_cuda_kernel(linear_pack)
foreach(from_mask IN ITEMS false true)
  set(suffix "")
  if(from_mask)
    set(suffix _mask)
  endif()
  hinge_cuda_kernel(linear_dx${suffix} GENERATOR linear_gradient TILES large medium small ALIGNED
    PARAMETERS from_mask=${from_mask})
  hinge_cuda_kernel(linear_dweight${suffix} GENERATOR linear_gradient TILES large medium small ALIGNED
    PARAMETERS from_mask=${from_mask} by_weight=true)
  hinge_cuda_kernel(linear_dbias${suffix} GENERATOR linear_bias_gradient PARAMETERS from_mask=${from_mask})
endforeach()

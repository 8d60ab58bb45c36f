// The kernels that hinge_bench_cuda compares Hinge with, as PTX text. The driver compiles them.
#pragma once

namespace hinge::bench {

/// empty: six parameters and nothing to do. copy1, copy4: each thread copies 1 or 4 float4.
/// relu: each thread computes one float. All run in blocks of 256 threads.
inline constexpr const char *ptx = R"(
.version 6.0
.target sm_70
.address_size 64
.visible .entry empty(.param .u64 a, .param .u64 b, .param .u64 c, .param .u64 d, .param .u32 e,
                      .param .u32 f)
{
  ret;
}
.visible .entry copy1(.param .u64 to, .param .u64 from)
{
  .reg .b32 %r<4>;
  .reg .b64 %d<4>;
  .reg .f32 %f<5>;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %tid.x;
  mad.lo.s32 %r3, %r1, 256, %r2;
  mul.wide.u32 %d3, %r3, 16;
  ld.param.u64 %d1, [to];
  ld.param.u64 %d2, [from];
  add.s64 %d1, %d1, %d3;
  add.s64 %d2, %d2, %d3;
  ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%d2];
  st.global.v4.f32 [%d1], {%f1, %f2, %f3, %f4};
  ret;
}
.visible .entry copy4(.param .u64 to, .param .u64 from)
{
  .reg .b32 %r<4>;
  .reg .b64 %d<4>;
  .reg .f32 %f<17>;
  mov.u32 %r1, %ctaid.x;
  mov.u32 %r2, %tid.x;
  mad.lo.s32 %r3, %r1, 1024, %r2;
  mul.wide.u32 %d3, %r3, 16;
  ld.param.u64 %d1, [to];
  ld.param.u64 %d2, [from];
  add.s64 %d1, %d1, %d3;
  add.s64 %d2, %d2, %d3;
  ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%d2];
  ld.global.v4.f32 {%f5, %f6, %f7, %f8}, [%d2+4096];
  ld.global.v4.f32 {%f9, %f10, %f11, %f12}, [%d2+8192];
  ld.global.v4.f32 {%f13, %f14, %f15, %f16}, [%d2+12288];
  st.global.v4.f32 [%d1], {%f1, %f2, %f3, %f4};
  st.global.v4.f32 [%d1+4096], {%f5, %f6, %f7, %f8};
  st.global.v4.f32 [%d1+8192], {%f9, %f10, %f11, %f12};
  st.global.v4.f32 [%d1+12288], {%f13, %f14, %f15, %f16};
  ret;
}
.visible .entry relu(.param .u64 to, .param .u64 from)
{
  .reg .b32 %r<2>;
  .reg .b64 %d<4>;
  .reg .f32 %f<2>;
  mov.u32 %r1, %tid.x;
  mul.wide.u32 %d3, %r1, 4;
  ld.param.u64 %d1, [to];
  ld.param.u64 %d2, [from];
  add.s64 %d1, %d1, %d3;
  add.s64 %d2, %d2, %d3;
  ld.global.f32 %f1, [%d2];
  max.f32 %f1, %f1, 0f00000000;
  st.global.f32 [%d1], %f1;
  ret;
}
)";

} // namespace hinge::bench

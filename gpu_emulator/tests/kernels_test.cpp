// Whole kernels: parameters, barriers, shared memory, atomics, and erroneous accesses.
#include "emulator.h"

namespace {

const std::string vector_loads = header + R"(
.visible .entry k(.param .u64 .ptr .align 16 k_param_0, .param .u64 k_param_1, .param .u8 k_param_2,
                  .param .align 4 .b8 k_param_3[8])
.maxntid 64, 1, 1
.minnctapersm 1
{
  .reg .b16 %rs<4>; .reg .b32 %r<9>; .reg .b64 %rd<4>; .reg .f32 %f<3>;
  ld.param.u64 %rd1, [k_param_0];
  ld.param.u64 %rd2, [k_param_1];
  ld.param.u8 %rs1, [k_param_2];
  ld.param.b32 %r8, [k_param_3+4];
  ld.global.nc.v4.b32 {%r1, %r2, %r3, %r4}, [%rd1];
  ld.global.v2.u8 {%rs2, %rs3}, [%rd1+16];
  cvt.u32.u16 %r5, %rs2;
  cvt.u32.u16 %r6, %rs3;
  cvt.u32.u16 %r7, %rs1;
  st.global.v4.b32 [%rd2], {%r4, %r3, %r2, %r1};
  st.global.v2.b32 [%rd2+16], {%r5, %r6};
  st.global.v2.b32 [%rd2+24], {%r7, %r8};
  ret;
}
)";

TEST_F(Emulator, VectorLoadsAndParameters) {
  void *f = function(vector_loads);
  Pointer in = on_device(std::vector<std::uint32_t>{1, 2, 3, 4, 0xbeef}), out = 0;
  ASSERT_EQ(allocate(&out, 32), success);
  std::uint8_t byte = 200;
  std::uint32_t pair[] = {7, 8};
  ASSERT_EQ(launch(f, {}, {&in, &out, &byte, pair}), success);
  byte = 0; // the launch has read it
  EXPECT_EQ(on_host<std::uint32_t>(out, 8),
            (std::vector<std::uint32_t>{4, 3, 2, 1, 0xef, 0xbe, 200, 8}));
  EXPECT_EQ(launch(f, {1, 65}, {&in, &out, &byte, pair}), invalid_value); // .maxntid
}

/// b is the transpose of a, in tiles of 16 x 16.
std::string transpose(bool with_barrier) {
  return header + R"(
.shared .align 4 .b8 tile[1024];
.visible .entry k(.param .u64 a, .param .u64 b, .param .u32 n)
{
  .reg .b32 %r<16>; .reg .b64 %rd<8>;
  ld.param.u64 %rd1, [a];
  ld.param.u64 %rd2, [b];
  ld.param.u32 %r1, [n];
  mov.u32 %r2, %tid.x;
  mov.u32 %r3, %tid.y;
  mov.u32 %r4, %ctaid.x;
  mov.u32 %r5, %ctaid.y;
  shl.b32 %r4, %r4, 4;
  shl.b32 %r5, %r5, 4;
  add.s32 %r6, %r5, %r3;
  mad.lo.s32 %r6, %r6, %r1, %r4;
  add.s32 %r6, %r6, %r2;
  mad.wide.s32 %rd3, %r6, 4, %rd1;
  ld.global.b32 %r7, [%rd3];
  mov.u32 %r8, tile;
  mad.lo.s32 %r9, %r3, 16, %r2;
  mad.lo.s32 %r9, %r9, 4, %r8;
  st.shared.b32 [%r9], %r7;
)" + (with_barrier ? "bar.sync 0;" : "") +
         R"(
  mad.lo.s32 %r9, %r2, 16, %r3;
  mad.lo.s32 %r9, %r9, 4, %r8;
  ld.shared.b32 %r7, [%r9];
  add.s32 %r6, %r4, %r3;
  mad.lo.s32 %r6, %r6, %r1, %r5;
  add.s32 %r6, %r6, %r2;
  mad.wide.s32 %rd3, %r6, 4, %rd2;
  st.global.b32 [%rd3], %r7;
  ret;
}
)";
}

TEST_F(Emulator, BarriersAndSharedMemory) {
  std::uint32_t n = 64;
  std::vector<std::uint32_t> matrix(n * n);
  for (std::uint32_t k = 0; k < n * n; ++k)
    matrix[k] = k * 2654435761u;
  Pointer a = on_device(matrix), b = 0;
  ASSERT_EQ(allocate(&b, n * n * 4), success);
  ASSERT_EQ(launch(function(transpose(true)), {4, 16, 0, 16, 4}, {&a, &b, &n}), success);
  const auto result = on_host<std::uint32_t>(b, n * n);
  for (std::uint32_t row = 0; row < n; ++row)
    for (std::uint32_t column = 0; column < n; ++column)
      ASSERT_EQ(result[row * n + column], matrix[column * n + row]);
  EXPECT_STREQ(call<const char *()>("hinge_gpu_emulator_last_launch"),
               "k grid 4x4x1 block 16x16x1 shared 0");
  EXPECT_GT(call<unsigned long long()>("hinge_gpu_emulator_instructions"), 25u * n * n);
}

TEST_F(Emulator, RacesInSharedMemory) {
  std::uint32_t n = 16;
  Pointer a = on_device(std::vector<std::uint32_t>(n * n)), b = 0;
  ASSERT_EQ(allocate(&b, n * n * 4), success);
  ASSERT_EQ(launch(function(transpose(false)), {1, 16, 0, 16}, {&a, &b, &n}), success);
  EXPECT_EQ(synchronize(), launch_failed);
}

/// Each thread writes `value` to dynamic shared memory; `place` computes its address in %r1.
std::string shared_store(const std::string &place, const std::string &value) {
  return header + R"(
.extern .shared .align 16 .b8 dynamic[];
.visible .entry k()
{
  .reg .b32 %r<4>; .reg .pred %p;
  mov.u32 %r0, %tid.x;
  mov.u32 %r1, dynamic;
  mov.u32 %r3, )" +
         value + R"(;
)" + place +
         R"(
  st.shared.u32 [%r1], %r3;
  ret;
}
)";
}

TEST_F(Emulator, WritesOfTheSameValueAreNoRace) {
  ASSERT_EQ(launch(function(shared_store("", "5")), {2, 32, 4}, {}), success);
  EXPECT_EQ(synchronize(), success);
  ASSERT_EQ(launch(function(shared_store("", "%r0")), {2, 32, 4}, {}), success);
  EXPECT_EQ(synchronize(), launch_failed);
}

TEST_F(Emulator, SharedMemoryOutOfBounds) {
  void *f = function(shared_store("mad.lo.s32 %r1, %r0, 4, %r1;", "%r0"));
  ASSERT_EQ(launch(f, {2, 32, 128}, {}), success);
  EXPECT_EQ(synchronize(), success);
  ASSERT_EQ(launch(f, {2, 32, 127}, {}), success);
  EXPECT_EQ(synchronize(), illegal_address);
}

TEST_F(Emulator, SharedMemoryBeforeTheFirstVariable) {
  void *f = function(shared_store("sub.s32 %r1, %r1, 4;", "%r0"));
  ASSERT_EQ(launch(f, {1, 1, 128}, {}), success);
  EXPECT_EQ(synchronize(), illegal_address);
}

TEST_F(Emulator, DynamicSharedMemoryNeedsOptIn) {
  void *f = function(shared_store("", "5"));
  EXPECT_EQ(launch(f, {1, 1, 48 << 10}, {}), success);
  EXPECT_EQ(launch(f, {1, 1, (48 << 10) + 1}, {}), invalid_value);
  constexpr int max_dynamic_shared = 8;
  const auto set = [&](int size) {
    return call<int(void *, int, int)>("cuFuncSetAttribute", f, max_dynamic_shared, size);
  };
  EXPECT_EQ(set(228 << 10), invalid_value);
  EXPECT_EQ(set(100 << 10), success);
  int size = 0;
  EXPECT_EQ(call<int(int *, int, void *)>("cuFuncGetAttribute", &size, max_dynamic_shared, f),
            success);
  EXPECT_EQ(size, 100 << 10);
  EXPECT_EQ(launch(f, {1, 1, 100 << 10}, {}), success);
  EXPECT_EQ(synchronize(), success);
}

TEST_F(Emulator, SizesOfLaunches) {
  void *f = function(shared_store("", "5"));
  EXPECT_EQ(launch(f, {0, 1, 4}, {}), invalid_value);
  EXPECT_EQ(launch(f, {1, 1025, 4}, {}), invalid_value);
  EXPECT_EQ(launch(f, {1, 32, 4, 33}, {}), invalid_value);
  EXPECT_EQ(launch(f, {1, 1, 4, 1, 65536}, {}), invalid_value);
  EXPECT_EQ(launch(f, {1, 1, 4, 1, 1, 65}, {}), invalid_value);
  EXPECT_EQ(launch(f, {1, 32, 4, 32}, {}), success);
  EXPECT_EQ(synchronize(), success);
}

TEST_F(Emulator, AtomicsAndGlobalVariables) {
  void *f = function(header + R"(
.global .align 4 .u32 counter = 40;
.const .align 4 .b8 table[8] = {1, 0, 0, 0, 2};
.visible .entry k(.param .u64 out)
{
  .reg .b32 %r<4>; .reg .b64 %rd<4>;
  ld.param.u64 %rd1, [out];
  ld.const.u32 %r1, [table+4];
  mov.u64 %rd2, counter;
  atom.global.add.u32 %r2, [%rd2], %r1;
  red.global.max.u32 [%rd1], %r2;
  ret;
}
)");
  Pointer out = on_device(std::vector<std::uint32_t>{0});
  ASSERT_EQ(launch(f, {2, 16}, {&out}), success);
  EXPECT_EQ(on_host<std::uint32_t>(out, 1)[0], 40 + 31 * 2u);
}

// Errors of memory

/// A kernel that stores zeros with `st.global.<suffix>`.
std::string global_store(const std::string &suffix) {
  return header +
         ".visible .entry k(.param .u64 at)\n{\n  .reg .b64 %rd; .reg .b64 %v;\n"
         "  ld.param.u64 %rd, [at];\n  mov.u64 %v, 0;\n  st.global." +
         suffix + ";\n  ret;\n}\n";
}

int store_at(Pointer at, const std::string &suffix) {
  void *module = nullptr, *f = nullptr;
  EXPECT_EQ(load(&module, global_store(suffix)), success);
  EXPECT_EQ(get_function(&f, module, "k"), success);
  EXPECT_EQ(launch(f, {}, {&at}), success);
  return synchronize();
}

TEST_F(Emulator, LastBytesAreInBounds) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 17), success);
  EXPECT_EQ(p % 256, 0u);
  EXPECT_EQ(store_at(p + 16, "u8 [%rd], %v"), success);
  EXPECT_EQ(store_at(p, "v2.u64 [%rd], {%v, %v}"), success);
}

TEST_F(Emulator, OneByteBehind) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 17), success);
  EXPECT_EQ(store_at(p + 17, "u8 [%rd], %v"), illegal_address);
}

TEST_F(Emulator, OneByteBefore) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 17), success);
  EXPECT_EQ(store_at(p, "u8 [%rd+-1], %v"), illegal_address);
}

TEST_F(Emulator, VectorHalfBehind) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 24), success);
  EXPECT_EQ(store_at(p + 16, "v2.u64 [%rd], {%v, %v}"), illegal_address);
}

TEST_F(Emulator, MisalignedVector) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 64), success);
  EXPECT_EQ(store_at(p + 8, "v2.u64 [%rd], {%v, %v}"), misaligned_address);
}

TEST_F(Emulator, FreedMemory) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 64), success);
  ASSERT_EQ(deallocate(p), success);
  EXPECT_EQ(deallocate(p), invalid_value);
  EXPECT_EQ(store_at(p, "u64 [%rd], %v"), illegal_address);
}

TEST_F(Emulator, ErrorsAreSticky) {
  Pointer p = 0, q = 0;
  ASSERT_EQ(allocate(&p, 4), success);
  EXPECT_EQ(store_at(p, "u64 [%rd], %v"), illegal_address);
  std::uint32_t x = 0;
  EXPECT_EQ(allocate(&q, 4), illegal_address);
  EXPECT_EQ(to_host(&x, p, 4), illegal_address);
  EXPECT_EQ(deallocate(p), illegal_address);
  EXPECT_EQ(synchronize(), illegal_address);
  // Another context still works.
  void *other = nullptr;
  ASSERT_EQ(call<int(void **, unsigned, int)>("cuCtxCreate_v2", &other, 0u, 0), success);
  EXPECT_EQ(allocate(&q, 4), success);
  EXPECT_EQ(call<int(void *)>("cuCtxDestroy_v2", other), success);
}

TEST_F(Emulator, HostCannotTouchDeviceMemory) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 4), success);
  EXPECT_DEATH(*reinterpret_cast<volatile char *>(static_cast<std::uintptr_t>(p)) = 1, "");
}

TEST_F(Emulator, CopiesOutOfBounds) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 16), success);
  std::uint8_t host[17] = {};
  EXPECT_EQ(to_device(p, host, 17), invalid_value);
  EXPECT_EQ(to_host(host, p + 16, 1), invalid_value);
  EXPECT_EQ(to_device(p, host, 16), success);
  EXPECT_EQ(allocate(&p, std::size_t{1} << 50), out_of_memory);
}

} // namespace

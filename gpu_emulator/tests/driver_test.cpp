// The functions of the driver: streams, events, contexts, modules, pointers, and the environment.
#include "emulator.h"

namespace {

const std::string increment = header + R"(
.visible .entry k(.param .u64 at)
{
  .reg .b64 %rd<2>; .reg .b32 %r;
  ld.param.u64 %rd1, [at];
  ld.global.u32 %r, [%rd1];
  add.s32 %r, %r, 1;
  st.global.u32 [%rd1], %r;
  ret;
}
)";

TEST_F(Emulator, WorkIsDeferred) {
  void *f = function(increment), *stream = nullptr, *other = nullptr;
  constexpr unsigned non_blocking = 1;
  ASSERT_EQ(create_stream(&stream, non_blocking), success);
  ASSERT_EQ(create_stream(&other, non_blocking), success);
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 4), success);
  std::uint32_t in = 41, out = 0;
  ASSERT_EQ(to_device_async(p, &in, 4, stream), success);
  in = 0; // the call has copied it
  ASSERT_EQ(launch(f, {}, {&p}, stream), success);
  ASSERT_EQ(to_host_async(&out, p, 4, stream), success);
  EXPECT_EQ(query(stream), not_ready);
  EXPECT_EQ(query(other), success);
  EXPECT_EQ(synchronize(other), success);
  EXPECT_EQ(out, 0u);
  EXPECT_EQ(synchronize(stream), success);
  EXPECT_EQ(query(stream), success);
  EXPECT_EQ(out, 42u);
}

TEST_F(Emulator, LegacyStreamWaitsForBlockingOnes) {
  void *f = function(increment), *blocking = nullptr, *not_blocking = nullptr;
  ASSERT_EQ(create_stream(&blocking, 0), success);
  ASSERT_EQ(create_stream(&not_blocking, 1), success);
  Pointer p = on_device(std::vector<std::uint32_t>{0}),
          q = on_device(std::vector<std::uint32_t>{0});
  ASSERT_EQ(launch(f, {}, {&p}, blocking), success);
  ASSERT_EQ(launch(f, {}, {&q}, not_blocking), success);
  EXPECT_EQ(on_host<std::uint32_t>(p, 1)[0], 1u);
  EXPECT_EQ(on_host<std::uint32_t>(q, 1)[0], 0u);
  ASSERT_EQ(synchronize(), success);
  EXPECT_EQ(on_host<std::uint32_t>(q, 1)[0], 1u);
}

TEST_F(Emulator, NumberedStreams) {
  void *f = function(increment);
  Pointer p = on_device(std::vector<std::uint32_t>{0});
  for (std::uintptr_t number : {0, 1, 2}) {
    void *stream = reinterpret_cast<void *>(number);
    EXPECT_EQ(launch(f, {}, {&p}, stream), success);
    EXPECT_EQ(query(stream), not_ready);
    void *context = nullptr;
    EXPECT_EQ(call<int(void *, void **)>("cuStreamGetCtx", stream, &context), success);
    EXPECT_EQ(context, context_);
  }
  EXPECT_EQ(synchronize(static_cast<void *>(nullptr)), success);
  EXPECT_EQ(on_host<std::uint32_t>(p, 1)[0], 3u);
}

TEST_F(Emulator, Events) {
  void *f = function(increment), *first = nullptr, *second = nullptr, *start = nullptr,
       *end = nullptr;
  ASSERT_EQ(create_stream(&first, 1), success);
  ASSERT_EQ(create_stream(&second, 1), success);
  for (void **event : {&start, &end})
    ASSERT_EQ(call<int(void **, unsigned)>("cuEventCreate", event, 0u), success);
  const auto record = [](void *event, void *stream) {
    return call<int(void *, void *)>("cuEventRecord", event, stream);
  };
  float milliseconds = -1;
  const auto elapsed = [&] {
    return call<int(float *, void *, void *)>("cuEventElapsedTime", &milliseconds, start, end);
  };
  Pointer p = on_device(std::vector<std::uint32_t>{0});
  std::uint32_t out = 0;
  EXPECT_EQ(elapsed(), invalid_handle);
  ASSERT_EQ(record(start, first), success);
  ASSERT_EQ(launch(f, {}, {&p}, first), success);
  ASSERT_EQ(record(end, first), success);
  EXPECT_EQ(elapsed(), not_ready);
  ASSERT_EQ(call<int(void *, void *, unsigned)>("cuStreamWaitEvent", second, end, 0u), success);
  ASSERT_EQ(to_host_async(&out, p, 4, second), success);
  ASSERT_EQ(launch(f, {}, {&p}, first), success);
  EXPECT_EQ(synchronize(second), success);
  EXPECT_EQ(out, 1u);
  EXPECT_EQ(query(first), not_ready);
  EXPECT_EQ(call<int(void *)>("cuEventSynchronize", end), success);
  EXPECT_EQ(elapsed(), success);
  EXPECT_GE(milliseconds, 0);
  EXPECT_EQ(call<int(void *)>("cuEventDestroy_v2", end), success);
}

TEST_F(Emulator, MemorySets) {
  Pointer p = 0;
  ASSERT_EQ(allocate(&p, 16), success);
  EXPECT_EQ(on_host<std::uint32_t>(p, 4), std::vector<std::uint32_t>(4, 0xffffffff)); // poison
  void *const stream = nullptr;
  EXPECT_EQ(call<int(Pointer, unsigned, std::size_t, void *)>("cuMemsetD32Async", p, 0x01020304u,
                                                              std::size_t{3}, stream),
            success);
  EXPECT_EQ(call<int(Pointer, unsigned char, std::size_t, void *)>(
                "cuMemsetD8Async", p + 1, static_cast<unsigned char>(9), std::size_t{2}, stream),
            success);
  EXPECT_EQ(on_host<std::uint32_t>(p, 4),
            (std::vector<std::uint32_t>{0x01090904, 0x01020304, 0x01020304, 0xffffffff}));
  const auto set_rows = [&](std::size_t height) {
    return call<int(Pointer, std::size_t, unsigned char, std::size_t, std::size_t, void *)>(
        "cuMemsetD2D8Async", p + 3, std::size_t{6}, static_cast<unsigned char>(0), std::size_t{2},
        height, stream);
  };
  EXPECT_EQ(set_rows(3), invalid_value);
  EXPECT_EQ(set_rows(2), success);
  EXPECT_EQ(on_host<std::uint32_t>(p, 4),
            (std::vector<std::uint32_t>{0x00090904, 0x01020300, 0x01000004, 0xffffffff}));
}

// Contexts, modules, pointers

TEST_F(Emulator, NoCurrentContext) {
  ASSERT_EQ(set_current(nullptr), success);
  Pointer p = 0;
  EXPECT_EQ(allocate(&p, 4), invalid_context);
  EXPECT_EQ(synchronize(), invalid_context);
}

TEST_F(Emulator, HandlesOfAnotherContext) {
  void *f = function(increment), *other = nullptr, *stream = nullptr, *foreign = nullptr;
  Pointer p = on_device(std::vector<std::uint32_t>{0}), q = 0;
  ASSERT_EQ(create_stream(&stream, 0), success);
  ASSERT_EQ(call<int(void **, unsigned, int)>("cuCtxCreate_v2", &other, 0u, 0), success);
  void *current = nullptr;
  EXPECT_EQ(call<int(void **)>("cuCtxGetCurrent", &current), success);
  EXPECT_EQ(current, other);
  EXPECT_EQ(launch(f, {}, {&p}), invalid_handle);
  EXPECT_EQ(launch(function(increment), {}, {&p}, stream), invalid_handle);
  EXPECT_EQ(create_stream(&foreign, 0), success);
  EXPECT_EQ(allocate(&q, 4), success);
  EXPECT_EQ(call<int(void **)>("cuCtxPopCurrent_v2", &current), success);
  EXPECT_EQ(launch(f, {}, {&p}, foreign), invalid_handle);
  EXPECT_EQ(launch(f, {}, {&q}), success); // memory of the other context
  EXPECT_EQ(synchronize(), illegal_address);
  EXPECT_EQ(call<int(void *)>("cuCtxPushCurrent_v2", other), success);
  EXPECT_EQ(call<int(void *)>("cuCtxDestroy_v2", other), success);
  EXPECT_EQ(call<int(void *)>("cuCtxPushCurrent_v2", other), invalid_context);
}

TEST_F(Emulator, PrimaryContextIsReset) {
  unsigned long long id = 0, new_id = 0;
  unsigned flags = 0;
  int active = 0;
  const auto state = [&] {
    return call<int(int, unsigned *, int *)>("cuDevicePrimaryCtxGetState", 0, &flags, &active);
  };
  EXPECT_EQ(call<int(void *, unsigned long long *)>("cuCtxGetId", context_, &id), success);
  EXPECT_EQ(state(), success);
  EXPECT_EQ(active, 1);
  EXPECT_EQ(release(0), success);
  EXPECT_EQ(release(0), invalid_context);
  EXPECT_EQ(state(), success);
  EXPECT_EQ(active, 0);
  EXPECT_EQ(synchronize(), context_is_destroyed);
  void *again = nullptr;
  EXPECT_EQ(retain(&again, 0), success);
  EXPECT_EQ(again, context_);
  EXPECT_EQ(synchronize(), success);
  EXPECT_EQ(call<int(void *, unsigned long long *)>("cuCtxGetId", again, &new_id), success);
  EXPECT_NE(new_id, id);
}

TEST_F(Emulator, ModulesThatAreRefused) {
  void *module = nullptr;
  const std::string body = ".address_size 64\n.visible .entry k()\n{\n ret;\n}\n";
  EXPECT_EQ(load(&module, ".version 6.0\n.target sm_70\n" + body), success);
  EXPECT_EQ(load(&module, ".version 8.7\n.target sm_100\n" + body), no_binary_for_gpu);
  EXPECT_EQ(load(&module, ".version 9.1\n.target sm_70\n" + body), unsupported_ptx_version);
  EXPECT_EQ(load(&module, body), invalid_ptx);
  char log[200] = "";
  const int options[] = {5, 6};
  void *values[] = {log, reinterpret_cast<void *>(sizeof log)};
  const std::string unknown =
      header + ".visible .entry k()\n{\n .reg .b32 %r<2>;\n frobnicate.b32 %r0, %r1;\n ret;\n}\n";
  const auto load_with_options = [&] {
    return call<int(void **, const void *, unsigned, const int *, void **)>(
        "cuModuleLoadDataEx", &module, static_cast<const void *>(unknown.c_str()), 2u,
        static_cast<const int *>(options), static_cast<void **>(values));
  };
  EXPECT_EQ(load_with_options(), invalid_ptx);
  EXPECT_NE(std::string(log).find("frobnicate.b32 %r0, %r1"), std::string::npos) << log;
}

TEST_F(Emulator, Pointers) {
  Pointer p = 0, base = 0;
  ASSERT_EQ(allocate(&p, 100), success);
  std::size_t size = 0;
  EXPECT_EQ(
      call<int(Pointer *, std::size_t *, Pointer)>("cuMemGetAddressRange_v2", &base, &size, p + 50),
      success);
  EXPECT_EQ(base, p);
  EXPECT_EQ(size, 100u);
  const auto attribute = [](void *data, int which, Pointer of) {
    return call<int(void *, int, Pointer)>("cuPointerGetAttribute", data, which, of);
  };
  unsigned type = 0;
  void *context = nullptr;
  EXPECT_EQ(attribute(&type, 2, p + 99), success);
  EXPECT_EQ(type, 2u);
  EXPECT_EQ(attribute(&context, 1, p), success);
  EXPECT_EQ(context, context_);
  EXPECT_EQ(attribute(&type, 2, reinterpret_cast<std::uintptr_t>(&type)), invalid_value);
  void *pinned = nullptr;
  EXPECT_EQ(
      call<int(void **, std::size_t, unsigned)>("cuMemHostAlloc", &pinned, std::size_t{8}, 0u),
      success);
  EXPECT_EQ(attribute(&type, 2, reinterpret_cast<std::uintptr_t>(pinned)), success);
  EXPECT_EQ(type, 1u);
  int which[] = {2, 9};
  int ordinal = -1;
  void *data[] = {&type, &ordinal};
  EXPECT_EQ(call<int(unsigned, int *, void **, Pointer)>("cuPointerGetAttributes", 2u, +which,
                                                         +data, Pointer{4096}),
            success);
  EXPECT_EQ(type, 0u);
  EXPECT_EQ(ordinal, 0);
  EXPECT_EQ(call<int(void *)>("cuMemFreeHost", pinned), success);
}

TEST_F(Emulator, FailuresAndCounts) {
  const auto calls = [] {
    return call<unsigned long long(const char *)>("hinge_gpu_emulator_calls", "cuMemAlloc_v2");
  };
  const auto before = calls();
  call<void(const char *, int, int)>("hinge_gpu_emulator_fail", "cuMemAlloc_v2", out_of_memory, 1);
  Pointer p = 0;
  EXPECT_EQ(allocate(&p, 4), success);
  EXPECT_EQ(allocate(&p, 4), out_of_memory);
  EXPECT_EQ(allocate(&p, 4), success);
  EXPECT_EQ(calls() - before, 3u);
  const char *name = nullptr;
  EXPECT_EQ(call<int(int, const char **)>("cuGetErrorName", illegal_address, &name), success);
  EXPECT_STREQ(name, "CUDA_ERROR_ILLEGAL_ADDRESS");
}

/// Calls f in a process of its own, which reads the environment again.
template <class F>
void in_environment(const char *name, const char *setting, F f) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        setenv(name, setting, 1);
        f();
        std::exit(testing::Test::HasFailure());
      },
      testing::ExitedWithCode(0), "");
}

TEST(Environment, Devices) {
  in_environment("HINGE_GPU_EMULATOR_DEVICES", "0", [] { EXPECT_EQ(init(), no_device); });
  in_environment("HINGE_GPU_EMULATOR_DEVICES", "2", [] {
    int count = 0;
    EXPECT_EQ(call<int(int *)>("cuDeviceGetCount", &count), not_initialized);
    EXPECT_EQ(init(), success);
    EXPECT_EQ(call<int(int *)>("cuDeviceGetCount", &count), success);
    EXPECT_EQ(count, 2);
    void *first = nullptr, *second = nullptr;
    EXPECT_EQ(retain(&first, 0), success);
    EXPECT_EQ(retain(&second, 1), success);
    EXPECT_NE(first, second);
  });
}

TEST(Environment, Capability) {
  in_environment("HINGE_GPU_EMULATOR_CAPABILITY", "70", [] {
    EXPECT_EQ(init(), success);
    int major = 0;
    EXPECT_EQ(call<int(int *, int, int)>("cuDeviceGetAttribute", &major, 75, 0), success);
    EXPECT_EQ(major, 7);
    void *context = nullptr, *module = nullptr;
    EXPECT_EQ(retain(&context, 0), success);
    EXPECT_EQ(set_current(context), success);
    EXPECT_EQ(load(&module, ".version 6.3\n.target sm_75\n.address_size 64\n"), no_binary_for_gpu);
  });
}

TEST(Environment, DriverVersion) {
  in_environment("HINGE_GPU_EMULATOR_DRIVER", "10000", [] {
    EXPECT_EQ(init(), success);
    int version = 0;
    EXPECT_EQ(call<int(int *)>("cuDriverGetVersion", &version), success);
    EXPECT_EQ(version, 10000);
    void *context = nullptr, *module = nullptr;
    EXPECT_EQ(retain(&context, 0), success);
    EXPECT_EQ(set_current(context), success);
    const std::string rest = "\n.target sm_70\n.address_size 64\n";
    EXPECT_EQ(load(&module, ".version 6.3" + rest), success);
    EXPECT_EQ(load(&module, ".version 6.4" + rest), unsupported_ptx_version);
  });
}

TEST(Environment, Multiprocessors) {
  in_environment("HINGE_GPU_EMULATOR_SMS", "7", [] {
    EXPECT_EQ(init(), success);
    int count = 0;
    EXPECT_EQ(call<int(int *, int, int)>("cuDeviceGetAttribute", &count, 16, 0), success);
    EXPECT_EQ(count, 7);
  });
}

} // namespace

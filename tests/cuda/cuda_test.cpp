// Only a GPU has devices, contexts, streams, asynchronous calls and memory of its own. Tests that
// count calls of the driver or make them fail need gpu_emulator/, and skip on a GPU.
#include "allocations.h"
#include "support.h"

#include "hinge/cuda.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <thread>
#include <type_traits>

using namespace hinge_test;

extern "C" {
void *__real__Znwm(std::size_t);

// Wraps operator new of this program and the library, but not of the driver.
void *__wrap__Znwm(std::size_t n) {
  allocations++;
  return __real__Znwm(n);
}
}

namespace {

namespace cuda = hinge::cuda;

// Views of the host and of a device do not convert into each other.
static_assert(!std::is_convertible_v<hinge::View, cuda::View>);
static_assert(!std::is_convertible_v<hinge::ConstView, cuda::ConstView>);
static_assert(!std::is_convertible_v<cuda::View, hinge::ConstView>);
static_assert(!std::is_convertible_v<hinge::MaskView, cuda::ConstMaskView>);

/// The driver's functions, for programs that use the driver beside Hinge.
class Driver {
public:
  Driver() : library_(dlopen("libcuda.so.1", RTLD_NOW)) {}

  /// Calls a function that returns a CUresult.
  template <class... Args>
  void call(const char *name, Args... args) const {
    auto *function = reinterpret_cast<int (*)(Args...)>(dlsym(library_, name));
    ASSERT_NE(nullptr, function) << name;
    ASSERT_EQ(0, function(args...)) << name;
  }

  void *stream() const {
    void *s = nullptr;
    call("cuStreamCreate", &s, 0u);
    return s;
  }
  void *current_context() const {
    void *c = nullptr;
    call("cuCtxGetCurrent", &c);
    return c;
  }

  bool has(const char *name) const { return dlsym(library_, name); }
  bool is_emulator() const { return library_ && dlsym(library_, "hinge_gpu_emulator_calls"); }
  std::uint64_t calls(const char *name) const {
    return reinterpret_cast<unsigned long long (*)(const char *)>(
        dlsym(library_, "hinge_gpu_emulator_calls"))(name);
  }
  void fail(const char *name, int result, int after = 0) const {
    reinterpret_cast<void (*)(const char *, int, int)>(dlsym(library_, "hinge_gpu_emulator_fail"))(
        name, result, after);
  }
  std::uint64_t instructions() const {
    return reinterpret_cast<unsigned long long (*)()>(
        dlsym(library_, "hinge_gpu_emulator_instructions"))();
  }

private:
  void *library_;
};

class Cuda : public ::testing::Test {
protected:
  void SetUp() override {
    int count = 0;
    if (hinge_cuda_device_count(&count) != HINGE_OK)
      GTEST_SKIP() << hinge_last_error();
    ASSERT_LT(0, count);
  }
  void TearDown() override { hinge_cuda_set_stream(nullptr); }

  const Driver driver;
};

class OnEmulator : public Cuda {
protected:
  void SetUp() override {
    Cuda::SetUp();
    if (!IsSkipped() && !driver.is_emulator())
      GTEST_SKIP() << "needs the GPU emulator, which counts calls and makes them fail";
  }
};

/// A matrix on the device, rows x cols.
struct Matrix {
  Matrix(std::int64_t m, std::int64_t n, std::uint32_t seed = 1)
      : rows(m), cols(n), host(random_values(std::size_t(m * n), seed)),
        memory(std::size_t(m * n)) {
    cuda::copy(memory.data(), host.data(), host.size());
    cuda::synchronize();
  }
  cuda::ConstView in() const { return {memory.data(), rows, cols}; }
  cuda::View out() const { return {memory.data(), rows, cols}; }
  std::vector<float> read() const {
    std::vector<float> v(host.size());
    cuda::copy(v.data(), memory.data(), v.size());
    cuda::synchronize();
    return v;
  }
  std::int64_t rows, cols;
  std::vector<float> host;
  cuda::Memory<float> memory;
};

std::vector<float> relu_of(std::vector<float> v) {
  for (float &x : v)
    x = activation(HINGE_ACTIVATION_RELU, x);
  return v;
}

std::string message_of(hinge_status expected, hinge_status got) {
  EXPECT_EQ(expected, got) << hinge_last_error();
  return hinge_last_error();
}

template <class F>
std::string thrown_by(const F &f) {
  try {
    f();
  } catch (const hinge::Error &e) {
    return e.what();
  }
  return "nothing was thrown";
}

bool contains(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Cuda, device_info_says_what_there_is) {
  for (int i = 0; i < cuda::device_count(); i++) {
    const hinge_cuda_device_info info = cuda::device_info(i);
    EXPECT_NE('\0', info.name[0]);
    EXPECT_LE(7, info.compute_capability[0]);
    EXPECT_LT(0, info.multiprocessors);
    EXPECT_LE(9000, info.driver_version);
  }
  hinge_cuda_device_info info;
  EXPECT_TRUE(contains(message_of(HINGE_INVALID_ARGUMENT, hinge_cuda_get_device_info(-1, &info)),
                       "device is -1: expected 0 to "));
  EXPECT_TRUE(contains(message_of(HINGE_INVALID_ARGUMENT, hinge_cuda_set_device(1000)),
                       "device is 1000: expected 0 to "));
  EXPECT_EQ("info is null",
            message_of(HINGE_INVALID_ARGUMENT, hinge_cuda_get_device_info(0, nullptr)));
}

TEST_F(Cuda, refuses_memory_of_the_host_by_name) {
  const Matrix d(4, 8), e(4, 8), f(4, 8), w(8, 8);
  std::vector<float> host(64);
  std::vector<std::uint8_t> host_bits(64);
  const cuda::ConstView h(host.data(), 4, 8), hw(host.data(), 8, 8);
  const cuda::View ho(host.data(), 4, 8);
  const cuda::MaskView hm(host_bits.data(), 4, 8);
  const auto refused = [](const char *name, const std::string &message) {
    EXPECT_TRUE(contains(message, std::string(name) + ": 0x")) << message;
    EXPECT_TRUE(contains(message, "is memory of the host")) << message;
  };
  if (driver.is_emulator()) { // a GPU that reaches all memory of the host accepts it
    refused("x", thrown_by([&] { cuda::relu(h, d.out()); }));
    refused("y", thrown_by([&] { cuda::relu(d.in(), ho); }));
    refused("mask", thrown_by([&] { cuda::activation_mask(hinge::Activation::relu, d.in(), hm); }));
    refused("dy", thrown_by([&] {
              cuda::activation_backward(hinge::Activation::relu, d.in(), h, e.out());
            }));
    refused("weight", thrown_by([&] { cuda::Linear l(hw); }));
    refused("bias", thrown_by([&] { cuda::Linear l(w.in(), host.data()); }));
    const cuda::Linear l(w.in());
    refused("x", thrown_by([&] { l(h, d.out()); }));
    refused("y", thrown_by([&] { l(d.in(), ho); }));
    refused("dbias", thrown_by([&] {
              cuda::linear_backward(hinge::Activation::none, {}, {}, {}, d.in(), {}, {},
                                    host.data());
            }));
    refused("memory", thrown_by([&] {
              cuda::Linear m(host.data() +
                                 (4 - reinterpret_cast<std::uintptr_t>(host.data()) / 4 % 4) % 4,
                             std::size_t(1) << 20, w.in(), nullptr, hinge::Activation::none);
            }));
    // A view that ends one byte beyond its allocation is refused.
    refused("x", thrown_by([&] {
              cuda::relu_inplace(cuda::View(d.memory.data(), 1, std::int64_t(1) << 40));
            }));
  }
  // A device reaches pinned memory of the host.
  void *pinned = nullptr;
  driver.call("cuMemHostAlloc", &pinned, std::size_t(4 * 32), 0u);
  std::copy(d.host.begin(), d.host.end(), static_cast<float *>(pinned));
  cuda::relu(cuda::ConstView(static_cast<float *>(pinned), 4, 8), e.out());
  EXPECT_EQ(relu_of(d.host), e.read());
  driver.call("cuMemFreeHost", pinned);
}

TEST_F(Cuda, refuses_what_the_host_refuses) {
  const Matrix x(4, 8), y(4, 8), w(6, 8);
  EXPECT_EQ("y is 8 x 4: expected the shape of x, 4 x 8",
            thrown_by([&] { cuda::relu(x.in(), cuda::View(y.memory.data(), 8, 4)); }));
  EXPECT_TRUE(contains(thrown_by([&] {
                         cuda::relu({x.memory.data(), 1, 20}, {x.memory.data() + 4, 1, 20});
                       }),
                       "y overlaps x"));
  EXPECT_EQ("activation is 7: expected RELU (1) or RELU6 (2)",
            thrown_by([&] { cuda::activation_forward(hinge::Activation(7), x.in(), y.out()); }));
  const cuda::Linear l(w.in());
  EXPECT_EQ("y.cols is 8: expected out_features, 6", thrown_by([&] { l(x.in(), y.out()); }));
  EXPECT_TRUE(contains(message_of(HINGE_INVALID_ARGUMENT,
                                  hinge_cuda_linear_forward(nullptr, nullptr, nullptr, nullptr)),
                       "linear is null"));
  std::size_t bytes = 0;
  EXPECT_TRUE(contains(message_of(HINGE_INVALID_ARGUMENT,
                                  hinge_cuda_linear_packed_bytes(std::int64_t(1) << 40, 4, &bytes)),
                       "expected packed weights of at most 2^31 - 1 floats"));
  EXPECT_EQ("in_features is -1: expected 0 or more",
            message_of(HINGE_INVALID_ARGUMENT, hinge_cuda_linear_packed_bytes(-1, 4, &bytes)));
  const std::size_t needed = cuda::Linear::packed_bytes(8, 6);
  const cuda::Memory<char> memory(needed + 16);
  EXPECT_TRUE(contains(thrown_by([&] {
                         cuda::Linear m(memory.data(), needed - 1, w.in(), nullptr,
                                        hinge::Activation::none);
                       }),
                       "bytes is "));
  EXPECT_TRUE(contains(thrown_by([&] {
                         cuda::Linear m(memory.data() + 4, needed, w.in(), nullptr,
                                        hinge::Activation::none);
                       }),
                       "expected a multiple of 16"));
}

TEST_F(Cuda, refuses_floats_that_straddle_their_alignment) {
  const Matrix x(4, 8), y(4, 8);
  auto *const odd = reinterpret_cast<float *>(reinterpret_cast<char *>(x.memory.data()) + 2);
  EXPECT_TRUE(contains(thrown_by([&] {
                         cuda::relu({odd, 2, 8}, {y.memory.data(), 2, 8});
                       }),
                       "expected a multiple of 4 bytes on a device"));
  // The elements of a mask are bytes.
  const cuda::Memory<std::uint8_t> bits(8);
  cuda::activation_mask(hinge::Activation::relu, x.in(), cuda::MaskView(bits.data() + 1, 4, 8));
  cuda::synchronize();
}

TEST_F(Cuda, a_layer_in_memory_of_the_callers) {
  const Matrix x(3, 8), w(6, 8, 2), y(3, 6), y_2(3, 6);
  const std::size_t bytes = cuda::Linear::packed_bytes(8, 6);
  const cuda::Memory<char> memory(bytes);
  const cuda::Linear in(memory.data(), bytes, w.in(), nullptr, hinge::Activation::relu),
      own(w.in(), nullptr, hinge::Activation::relu);
  in(x.in(), y.out());
  own(x.in(), y_2.out());
  EXPECT_EQ(y_2.read(), y.read());
  EXPECT_EQ(bytes, in.info().packed_bytes);
  EXPECT_EQ(8, in.info().in_features);
  EXPECT_EQ(6, in.info().out_features);
  EXPECT_EQ(0, in.info().device);
}

TEST_F(OnEmulator, calls_return_before_they_are_done) {
  const Matrix x(8, 16), y(8, 16), dy(8, 16), dx(8, 16), w(16, 16), dw(16, 16);
  const cuda::Memory<std::uint8_t> bits(16);
  const cuda::Memory<float> db(16);
  const cuda::MaskView mask(bits.data(), 8, 16);
  const cuda::Linear l(w.in(), db.data(), hinge::Activation::relu);
  const auto everything = [&] {
    cuda::relu(x.in(), y.out());
    cuda::relu6_inplace(y.out());
    cuda::activation_forward(hinge::Activation::relu, x.in(), y.out(), mask);
    cuda::activation_backward(hinge::Activation::relu, y.in(), dy.in(), dx.out());
    cuda::activation_backward(cuda::ConstMaskView(mask), dy.in(), dx.out());
    l(x.in(), y.out());
    l.forward(x.in(), y.out(), mask);
    cuda::linear_backward(hinge::Activation::relu, x.in(), w.in(), y.in(), dy.in(), dx.out(),
                          dw.out(), db.data());
    cuda::linear_backward(cuda::ConstMaskView(mask), x.in(), w.in(), dy.in(), dx.out(), dw.out(),
                          db.data(), true);
  };
  everything(); // loads the kernels
  cuda::synchronize();
  const char *const never[] = {"cuMemAlloc",          "cuMemFree",       "cuModuleLoadDataEx",
                               "cuModuleGetFunction", "cuMemcpyAsync",   "cuStreamSynchronize",
                               "cuCtxSynchronize",    "cuCtxSetCurrent", "cuCtxPushCurrent"};
  std::vector<std::uint64_t> before;
  for (const char *name : never)
    before.push_back(driver.calls(name));
  const std::uint64_t launches = driver.calls("cuLaunchKernel"),
                      instructions = driver.instructions();
  const long allocated = allocations;
  everything();
  EXPECT_EQ(allocated, allocations);
  EXPECT_EQ(instructions, driver.instructions());
  EXPECT_EQ(launches + 15, driver.calls("cuLaunchKernel"));
  for (std::size_t i = 0; i < std::size(never); i++)
    EXPECT_EQ(before[i], driver.calls(never[i])) << never[i];
  cuda::synchronize();
  EXPECT_LT(instructions, driver.instructions());
}

TEST_F(OnEmulator, load_leaves_nothing_to_load) {
  cuda::load();
  const std::uint64_t loads = driver.calls("cuModuleLoadDataEx");
  const Matrix x(8, 16), y(8, 16), w(16, 16);
  cuda::load();
  cuda::relu(x.in(), y.out());
  cuda::Linear(w.in(), nullptr, hinge::Activation::relu6)(x.in(), y.out());
  EXPECT_EQ(loads, driver.calls("cuModuleLoadDataEx"));
  EXPECT_LE(60u, loads); // each kernel once
}

TEST_F(OnEmulator, streams_of_the_program) {
  const Matrix x(4, 8), y(4, 8), z(4, 8);
  void *const a = driver.stream(), *const b = driver.stream();
  cuda::relu(x.in(), y.out(), a);
  const std::uint64_t before = driver.instructions();
  cuda::synchronize(b);
  EXPECT_EQ(before, driver.instructions()) << "it went into another stream";
  cuda::synchronize(a);
  EXPECT_LT(before, driver.instructions());
  // Each thread has a stream of its own, which is the default of a call.
  cuda::set_stream(a);
  EXPECT_EQ(a, hinge_cuda_get_stream());
  cuda::relu(x.in(), z.out());
  std::thread([&] {
    EXPECT_EQ(nullptr, hinge_cuda_get_stream());
    const std::uint64_t queued = driver.instructions();
    cuda::set_stream(b);
    cuda::synchronize();
    EXPECT_EQ(queued, driver.instructions());
  }).join();
  const std::uint64_t queued = driver.instructions();
  cuda::synchronize();
  EXPECT_LT(queued, driver.instructions());
  EXPECT_EQ(relu_of(x.host), z.read());
  cuda::set_stream(nullptr);
  driver.call("cuStreamDestroy_v2", a);
  driver.call("cuStreamDestroy_v2", b);
}

TEST_F(Cuda, contexts_of_the_program) {
  const Matrix first(4, 8), w(8, 8);
  const cuda::Linear l(w.in());
  void *const primary = driver.current_context();
  ASSERT_NE(nullptr, primary);
  void *own = nullptr;
  if (driver.is_emulator())
    driver.call("cuCtxCreate_v2", &own, 0u, 0);
  else
    GTEST_SKIP() << "the way to make a context differs from driver to driver";
  EXPECT_EQ(own, driver.current_context());
  {
    const Matrix x(4, 8), y(4, 8);
    cuda::relu(x.in(), y.out());
    EXPECT_EQ(relu_of(x.host), y.read());
    EXPECT_TRUE(contains(thrown_by([&] { l(x.in(), y.out()); }),
                         "stream is of another context than linear"));
    // The stream's context is current during the call, and the other one after it.
    void *const stream = driver.stream();
    driver.call("cuCtxSetCurrent", primary);
    cuda::relu(x.in(), y.out(), stream);
    cuda::synchronize(stream);
    EXPECT_EQ(primary, driver.current_context());
    EXPECT_EQ(relu_of(x.host), y.read());
    driver.call("cuStreamDestroy_v2", stream);
  }
  driver.call("cuCtxDestroy_v2", own);
  const Matrix y(4, 8);
  l(first.in(), y.out());
  cuda::synchronize();
}

TEST_F(Cuda, a_thread_without_a_context_gets_the_primary_one) {
  const Matrix x(4, 8), y(4, 8);
  std::thread([&] {
    EXPECT_EQ(nullptr, driver.current_context());
    cuda::relu(x.in(), y.out());
    cuda::synchronize();
    EXPECT_NE(nullptr, driver.current_context());
  }).join();
  EXPECT_EQ(relu_of(x.host), y.read());
}

TEST_F(Cuda, threads_at_once) {
  std::vector<std::thread> threads;
  std::vector<int> right(4);
  for (std::size_t t = 0; t < right.size(); t++)
    threads.emplace_back([&, t] {
      const Matrix x(16, 33, std::uint32_t(t)), y(16, 33);
      for (int i = 0; i < 5; i++)
        cuda::relu(x.in(), y.out());
      right[t] = y.read() == relu_of(x.host);
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(std::vector<int>(right.size(), 1), right);
}

TEST_F(OnEmulator, what_the_driver_reports_is_said) {
  const Matrix x(4, 8), y(4, 8), w(8, 8);
  const auto failing = [&](const char *name, int result, auto call) {
    driver.fail(name, result);
    return thrown_by(call);
  };
  EXPECT_EQ("cuLaunchKernel returned 719, CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure",
            failing("cuLaunchKernel", 719, [&] { cuda::relu(x.in(), y.out()); }));
  EXPECT_TRUE(contains(failing("cuStreamSynchronize", 700, [] { cuda::synchronize(); }),
                       "cuStreamSynchronize returned 700, CUDA_ERROR_ILLEGAL_ADDRESS"));
  driver.fail("cuMemAlloc", 2);
  void *memory = nullptr;
  EXPECT_TRUE(contains(message_of(HINGE_OUT_OF_MEMORY, hinge_cuda_alloc(100, &memory)),
                       "CUDA_ERROR_OUT_OF_MEMORY"));
  driver.fail("cuMemAlloc", 2);
  EXPECT_TRUE(contains(thrown_by([&] { cuda::Linear l(w.in()); }), "CUDA_ERROR_OUT_OF_MEMORY"));
  // Another context loads the kernels again. Loading may fail and may be repeated.
  void *own = nullptr, *const primary = driver.current_context();
  driver.call("cuCtxCreate_v2", &own, 0u, 0);
  {
    const Matrix a(4, 8), b(4, 8);
    EXPECT_TRUE(contains(failing("cuModuleLoadDataEx", 222, [&] { cuda::relu(a.in(), b.out()); }),
                         "cuModuleLoadDataEx returned 222"));
    EXPECT_TRUE(contains(failing("cuModuleGetFunction", 500, [&] { cuda::relu(a.in(), b.out()); }),
                         "cuModuleGetFunction returned 500"));
    cuda::relu(a.in(), b.out());
    EXPECT_EQ(relu_of(a.host), b.read());
  }
  driver.call("cuCtxDestroy_v2", own);
  driver.call("cuCtxSetCurrent", primary);
  cuda::relu(x.in(), y.out());
  EXPECT_EQ(relu_of(x.host), y.read());
}

TEST_F(OnEmulator, layers_leave_no_memory_behind) {
  const Matrix w(8, 8), x(2, 8);
  const auto live = [] {
    return reinterpret_cast<unsigned long long (*)()>(
        dlsym(dlopen("libcuda.so.1", RTLD_NOW), "hinge_gpu_emulator_live_bytes"))();
  };
  const auto before = live();
  { const cuda::Linear l(w.in()); }
  EXPECT_EQ(before, live());
  driver.fail("cuMemsetD8Async", 1);
  EXPECT_TRUE(contains(thrown_by([&] { cuda::Linear l(w.in()); }), "cuMemsetD8Async returned 1"));
  EXPECT_EQ(before, live());
}

TEST_F(Cuda, more_rows_than_a_grid_has_blocks) {
  // The batch is more than 65535 blocks of 8 rows.
  const std::int64_t rows = 65535 * 8 + 9, stride = 2;
  const std::vector<float> host = random_values(std::size_t(rows * stride), 1);
  const cuda::Memory<float> x(host.size());
  cuda::copy(x.data(), host.data(), host.size());
  cuda::relu_inplace(cuda::View(x.data(), rows, 1, stride));
  std::vector<float> got(host.size());
  cuda::copy(got.data(), x.data(), got.size());
  cuda::synchronize();
  for (std::size_t i = 0; i < host.size(); i++)
    ASSERT_EQ(bits(i % 2 ? host[i] : activation(HINGE_ACTIVATION_RELU, host[i])), bits(got[i]))
        << i;
}

TEST_F(Cuda, calls_are_captured_into_a_graph) {
  if (!driver.has("cuStreamBeginCapture_v2"))
    GTEST_SKIP() << "the driver has no graphs";
  const Matrix x(8, 16), w(12, 16, 2), y(8, 12), dy(8, 12, 3), dx(8, 16);
  const cuda::Linear l(w.in(), nullptr, hinge::Activation::relu);
  cuda::synchronize(); // another stream packs its weights
  void *const stream = driver.stream();
  cuda::load(stream);
  const auto calls = [&](void *into) {
    l(x.in(), y.out(), into);
    cuda::linear_backward(hinge::Activation::relu, {}, w.in(), y.in(), dy.in(), dx.out(), {},
                          nullptr, false, into);
    cuda::relu6_inplace(dx.out(), into);
  };
  calls(stream);
  cuda::synchronize(stream);
  const std::vector<float> expected_y = y.read(), expected_dx = dx.read();
  const std::vector<float> zeros(expected_dx.size());
  cuda::copy(y.memory.data(), zeros.data(), expected_y.size());
  cuda::copy(dx.memory.data(), zeros.data(), expected_dx.size());
  cuda::synchronize();
  void *graph = nullptr, *executable = nullptr;
  driver.call("cuStreamBeginCapture_v2", stream, 0 /* global */);
  calls(stream);
  driver.call("cuStreamEndCapture", stream, &graph);
  driver.call("cuGraphInstantiateWithFlags", &executable, graph, 0ull);
  EXPECT_EQ(zeros, dx.read());
  driver.call("cuGraphLaunch", executable, stream);
  cuda::synchronize(stream);
  EXPECT_EQ(expected_y, y.read());
  EXPECT_EQ(expected_dx, dx.read());
  driver.call("cuGraphExecDestroy", executable);
  driver.call("cuGraphDestroy", graph);
  driver.call("cuStreamDestroy_v2", stream);
}

TEST_F(Cuda, last_kernel_is_the_one_that_the_shape_asks_for) {
  const Matrix x(4, 16), y(4, 16), odd(4, 15), odd_y(4, 15);
  cuda::relu(x.in(), y.out());
  EXPECT_STREQ("hinge_activation_relu_v4_cuda", hinge_last_kernel());
  cuda::relu({odd.memory.data() + 1, 1, 16}, {odd_y.memory.data() + 1, 1, 16});
  EXPECT_STREQ("hinge_activation_relu_v1_cuda", hinge_last_kernel());
  const Matrix w(512, 512), big(2048, 512), big_y(2048, 512), row(1, 512), row_y(1, 512);
  const cuda::Linear l(w.in());
  l(row.in(), row_y.out());
  EXPECT_STREQ("hinge_linear_none_low_v4_cuda", hinge_last_kernel());
}

/// These tests need two devices, e.g. of the emulator.
class TwoDevices : public Cuda {
protected:
  void SetUp() override {
    Cuda::SetUp();
    if (!IsSkipped() && cuda::device_count() < 2)
      GTEST_SKIP() << "there is one device";
  }
  void TearDown() override {
    if (!IsSkipped())
      cuda::set_device(0);
  }
};

TEST_F(TwoDevices, each_has_its_own_memory_and_kernels) {
  cuda::set_device(0);
  const Matrix on_0(4, 8), y_0(4, 8);
  cuda::set_device(1);
  const Matrix on_1(4, 8, 2), y_1(4, 8), w(8, 8);
  cuda::relu(on_1.in(), y_1.out());
  EXPECT_EQ(relu_of(on_1.host), y_1.read());
  const cuda::Linear l(w.in());
  EXPECT_EQ(1, l.info().device);
  if (driver.is_emulator()) { // its devices do not reach each other
    EXPECT_TRUE(contains(thrown_by([&] { cuda::relu(on_0.in(), y_1.out()); }),
                         "is memory of device 0: expected device 1"));
  }
  cuda::set_device(0);
  cuda::relu(on_0.in(), y_0.out());
  EXPECT_EQ(relu_of(on_0.host), y_0.read());
  EXPECT_TRUE(contains(thrown_by([&] { l(on_0.in(), y_0.out()); }),
                       "stream is of another context than linear, which was created on device 1"));
}

/// HINGE_EXPECTED_MESSAGE says what is wrong with the driver.
class NoDevice : public ::testing::Test {
protected:
  void SetUp() override {
    if (const char *m = std::getenv("HINGE_EXPECTED_MESSAGE"))
      expected = m;
    else
      GTEST_SKIP() << "for a driver that does not work";
  }
  void refused(hinge_status status) const {
    EXPECT_EQ(HINGE_NO_DEVICE, status) << hinge_last_error();
    EXPECT_TRUE(contains(hinge_last_error(), expected)) << hinge_last_error();
  }
  std::string expected;
};

TEST_F(NoDevice, every_call_says_why_and_the_host_works) {
  std::vector<float> x = {-1, 2}, y(2);
  const hinge_const_view in{x.data(), 1, 2, 2};
  const hinge_view out{y.data(), 1, 2, 2};
  std::uint8_t byte = 0;
  const hinge_mask mask{&byte, 1, 2, 1};
  const hinge_const_mask const_mask{&byte, 1, 2, 1};
  void *memory = nullptr;
  hinge_cuda_linear *linear = nullptr;
  refused(hinge_cuda_synchronize(nullptr));
  refused(hinge_cuda_load(nullptr));
  refused(hinge_cuda_alloc(4, &memory));
  refused(hinge_cuda_copy(y.data(), x.data(), 4, nullptr));
  refused(hinge_cuda_activation_forward(HINGE_ACTIVATION_RELU, &in, &out, nullptr));
  refused(hinge_cuda_activation_mask(HINGE_ACTIVATION_RELU, &in, &mask, nullptr));
  refused(hinge_cuda_activation_forward_mask(HINGE_ACTIVATION_RELU, &in, &out, &mask, nullptr));
  refused(hinge_cuda_activation_backward_mask(&const_mask, &in, &out, nullptr));
  refused(hinge_cuda_linear_create(&in, nullptr, HINGE_ACTIVATION_RELU, nullptr, &linear));
  refused(hinge_cuda_linear_backward(HINGE_ACTIVATION_NONE, nullptr, nullptr, nullptr, &in, nullptr,
                                     nullptr, y.data(), 0, nullptr));
  EXPECT_EQ(nullptr, memory);
  EXPECT_EQ(nullptr, linear);
  EXPECT_EQ((std::vector<float>{0, 0}), y);
  int count = 7;
  if (hinge_cuda_device_count(&count) == HINGE_OK) // the GPU is too old
    EXPECT_LT(0, count);
  else
    EXPECT_EQ(0, count);
  hinge_cuda_linear_destroy(nullptr);

  ASSERT_HINGE_OK(hinge_activation_forward(HINGE_ACTIVATION_RELU, &in, &out));
  EXPECT_EQ((std::vector<float>{0, 2}), y);
}

} // namespace

// Packed weights lie anywhere: in memory of malloc, and in copies that a C program makes.
#include "support.h"

#include "c_copy.h"

#include <cstdlib>
#include <memory>
#include <vector>

using namespace hinge_test;

namespace {

constexpr std::int64_t in = 10, out = 20, batch = 32;

static_assert(alignof(app_fixed_relu6_packed_weights) == alignof(float));
static_assert(alignof(app_tiny_packed_weights) == alignof(float));

/// Memory for packed weights, `offset` bytes behind a cache line.
template <class Packed>
class Place {
public:
  explicit Place(std::size_t offset) : memory_(std::malloc(sizeof(Packed) + 128)) {
    const auto begin = reinterpret_cast<std::uintptr_t>(memory_.get());
    at_ = new (static_cast<char *>(memory_.get()) + (64 - begin % 64) + offset) Packed;
  }
  Packed *get() const { return at_; }

private:
  struct Free {
    void operator()(void *memory) const { std::free(memory); }
  };
  std::unique_ptr<void, Free> memory_;
  Packed *at_;
};

bool copies_run() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2");
#else
  return true;
#endif
}

class PackedWeights : public ::testing::TestWithParam<TestTarget> {
protected:
  const std::vector<float> w = random_values(out * in, 1), b = random_values(out, 2),
                           x = random_values(batch * in, 3);

  std::vector<float> forward(const app_fixed_relu6_packed_weights *packed) const {
    std::vector<float> y(batch * out);
    EXPECT_EQ(HINGE_OK, app_fixed_relu6(x.data(), packed, b.data(), y.data()))
        << hinge_last_error();
    return y;
  }
};

TEST_P(PackedWeights, may_lie_at_any_float_and_be_copied_there) {
  if (!copies_run())
    GTEST_SKIP() << "c_copy.c is compiled for AVX2";
  ASSERT_HINGE_OK(app_fixed_relu6_set_target(GetParam().name.c_str()));
  const Place<app_fixed_relu6_packed_weights> line(0);
  ASSERT_HINGE_OK(app_fixed_relu6_pack(w.data(), line.get()));
  EXPECT_EQ(0, line.get()->begin);
  const std::vector<float> expected = forward(line.get());
  for (std::size_t offset = 0; offset < 64; offset += 4) { // malloc gives multiples of 16
    const Place<app_fixed_relu6_packed_weights> packed(offset), copy(offset);
    ASSERT_HINGE_OK(app_fixed_relu6_pack(w.data(), packed.get()));
    EXPECT_EQ(0u, reinterpret_cast<std::uintptr_t>(packed.get()->values + packed.get()->begin) % 64)
        << offset;
    EXPECT_EQ(expected, forward(packed.get())) << offset;
    copy_fixed_relu6(line.get(), copy.get()); // its weights lie across cache lines
    EXPECT_EQ(expected, forward(copy.get())) << offset;
    copy_fixed_relu6(packed.get(), line.get());
    EXPECT_EQ(expected, forward(line.get())) << offset;
  }
}

INSTANTIATE_TEST_SUITE_P(on, PackedWeights, ::testing::ValuesIn(usable_targets()), target_name);

TEST(PackedTiny, may_lie_at_any_float_and_be_copied_there) {
  if (!copies_run())
    GTEST_SKIP() << "c_copy.c is compiled for AVX2";
  const std::vector<float> w = random_values(out * in, 1), b = random_values(out, 2),
                           x = random_values(batch * in, 3);
  std::vector<float> expected(batch * out), y(batch * out);
  const Place<app_tiny_packed_weights> line(0);
  ASSERT_EQ(HINGE_OK, app_tiny_pack(w.data(), line.get()));
  ASSERT_EQ(HINGE_OK, app_tiny(x.data(), line.get(), b.data(), expected.data(), batch));
  for (std::size_t offset = 0; offset < 64; offset += 4) {
    const Place<app_tiny_packed_weights> copy(offset);
    copy_tiny(line.get(), copy.get());
    ASSERT_EQ(HINGE_OK, app_tiny(x.data(), copy.get(), b.data(), y.data(), batch));
    EXPECT_EQ(expected, y) << offset;
    copy.get()->begin = line.get()->begin - 16 * 1000; // it leads nowhere else
    ASSERT_EQ(HINGE_OK, app_tiny(x.data(), copy.get(), b.data(), y.data(), batch));
    EXPECT_EQ(expected, y) << offset;
  }
}

} // namespace

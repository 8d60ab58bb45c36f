// MINIMAL layers (CMakeLists.txt) have the bits of other layers, refuse wrong arguments, and their
// C++ interface does not throw. minimal.c is a program with such a layer alone.
#include "support.h"

#include "fixed_relu6.h"
#include "tiny.hpp"
#include "tiny_row.hpp"

#include <algorithm>
#include <vector>

using namespace hinge_test;

namespace {

TestTarget minimal_target() {
  const std::vector<TestTarget> usable = usable_targets();
  return *std::find_if(usable.begin(), usable.end(),
                       [](const TestTarget &t) { return t.name == HINGE_MINIMAL_TARGET; });
}

constexpr std::int64_t in = 10, out = 20;

struct Tiny : ::testing::Test {
  const std::vector<float> w = random_values(out * in, 1), b = random_values(out, 2);
  app::tiny_weights packed;
  void SetUp() override {
    ASSERT_EQ(HINGE_OK, packed.pack(hinge::Matrix<const float, out, in>(w.data())));
  }
};

TEST_F(Tiny, has_the_bits_of_the_layer_with_a_choice) {
  ASSERT_HINGE_OK(app_fixed_relu6_set_target(HINGE_MINIMAL_TARGET));
  app_fixed_relu6_packed_weights others;
  ASSERT_HINGE_OK(app_fixed_relu6_pack(w.data(), &others));
  std::vector<float> x = random_values(32 * in, 3);
  const std::vector<float> &special = special_values();
  for (std::size_t i = 0; i < special.size() && i * 5 < x.size(); i++)
    x[i * 5] = special[i];
  std::vector<float> expected(32 * out);
  ASSERT_HINGE_OK(app_fixed_relu6(x.data(), &others, b.data(), expected.data()));
  for (std::int64_t batch = 0; batch <= 32; batch++)
    for (Flush flush : both_sides) {
      GuardedMatrix from(1, batch * in, flush), to(1, batch * out, flush);
      from.fill(x);
      ASSERT_EQ(HINGE_OK, app::tiny({from.data(), batch}, packed,
                                    hinge::Vector<const float, out>(b.data()), {to.data(), batch}));
      for (std::int64_t i = 0; i < batch * out; i++)
        ASSERT_EQ(bits(expected[std::size_t(i)]), bits(to.data()[i])) << i << " of " << batch;
    }
}

TEST_F(Tiny, refuses_and_leaves_y_alone) {
  std::vector<float> x(5 * in), y(5 * out, -1.0f);
  const auto refused = [&](hinge_status status) {
    EXPECT_EQ(HINGE_INVALID_ARGUMENT, status);
    EXPECT_EQ(std::vector<float>(5 * out, -1.0f), y);
  };
  refused(app_tiny(nullptr, &packed, b.data(), y.data(), 5));
  refused(app_tiny(x.data(), nullptr, b.data(), y.data(), 5));
  refused(app_tiny(x.data(), &packed, nullptr, y.data(), 5));
  refused(app_tiny(x.data(), &packed, b.data(), nullptr, 5));
  refused(app_tiny(x.data(), &packed, b.data(), y.data(), -1));
  refused(app_tiny(x.data(), &packed, b.data(), y.data(), INT64_MAX / 8));
  refused(app_tiny(y.data() + 5 * out - 1, &packed, b.data(), y.data(), 5));
  refused(app_tiny(x.data(), &packed, y.data() + 10, y.data(), 5));
  refused(app_tiny(x.data(), &packed, b.data(), packed.values, 5));
  refused(app_tiny_pack(nullptr, &packed));
  refused(app_tiny_pack(w.data(), nullptr));
  refused(app_tiny_pack(packed.values, &packed));
  // The numbers of rows differ.
  refused(
      app::tiny({x.data(), 4}, packed, hinge::Vector<const float, out>(b.data()), {y.data(), 5}));
}

TEST(TinyRow, is_the_oracles) {
  const std::vector<float> w = random_values(out * in, 1), x = random_values(in, 2);
  tiny_row_weights packed;
  ASSERT_EQ(HINGE_OK, packed.pack(hinge::Matrix<const float, out, in>(w.data())));
  float y[1][out];
  ASSERT_EQ(HINGE_OK, tiny_row(hinge::Matrix<const float, 1, in>(x.data()), packed, y));
  for (std::int64_t n = 0; n < out; n++)
    ASSERT_NO_FATAL_FAILURE(expect_linear(minimal_target(), HINGE_ACTIVATION_NONE, x.data(),
                                          w.data() + n * in, in, 0.0f, y[0][n]));
}

} // namespace

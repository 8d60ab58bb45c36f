// Layers that hinge_add_linear generates (CMakeLists.txt): the contract's bits on every target,
// through C++ and C, and the arguments that they refuse.
#include "support.h"

#include "any_relu.hpp"
#include "batch1.hpp"
#include "fixed_relu6.hpp"
#include "no_bias.hpp"
#include "portable.h"
#include "wide.hpp"

// The code behind both kinds of layer, with and without MINIMAL, in one source.
#include "hinge/fixed/activation.h"
#include "hinge/fixed/dispatch.h"
#include "hinge/fixed/linear_backward.h"
#include "hinge/fixed/one_target.h"

#include <array>
#include <cstring>
#include <memory>

using namespace hinge_test;

namespace {

/// Computes the same layer by the oracle.
void expect_layer(const TestTarget &target, hinge_activation act, const float *x, const float *w,
                  const float *bias, const float *y, std::int64_t batch, std::int64_t in,
                  std::int64_t out) {
  for (std::int64_t m = 0; m < batch; m++)
    for (std::int64_t n = 0; n < out; n++)
      ASSERT_NO_FATAL_FAILURE(expect_linear(target, act, x + m * in, w + n * in, in,
                                            bias ? bias[n] : 0.0f, y[m * out + n]))
          << "at " << m << ", " << n << " of " << batch << " x " << out;
}

class Layer : public ::testing::TestWithParam<TestTarget> {};

TEST_P(Layer, of_a_fixed_batch) {
  ASSERT_HINGE_OK(app_fixed_relu6_set_target(GetParam().name.c_str()));
  const std::vector<float> w = random_values(20 * 10, 1), b = random_values(20, 2);
  const auto packed =
      std::make_unique<app::fixed_relu6_weights>(hinge::Matrix<const float, 20, 10>(w.data()));
  for (auto flush : both_sides) { // all rows as one, because a layer has no gaps
    GuardedMatrix x(1, 32 * 10, flush), bias(1, 20, flush), y(1, 32 * 20, flush);
    x.fill(random_values(997, 3));
    bias.fill(b);
    app::fixed_relu6(hinge::Matrix<const float, 32, 10>(x.data()), *packed,
                     hinge::Vector<const float, 20>(bias.data()),
                     hinge::Matrix<float, 32, 20>(y.data()));
    expect_layer(GetParam(), HINGE_ACTIVATION_RELU6, x.data(), w.data(), b.data(), y.data(), 32, 10,
                 20);
  }
}

TEST_P(Layer, of_any_batch) {
  ASSERT_HINGE_OK(app_deep_any_relu_set_target(GetParam().name.c_str()));
  const std::vector<float> w = random_values(23 * 7, 1), b = random_values(23, 2);
  const auto packed =
      std::make_unique<app::deep::any_relu_weights>(hinge::Matrix<const float, 23, 7>(w.data()));
  for (std::int64_t batch = 0; batch <= 40; batch++) {
    GuardedMatrix x(1, batch * 7, Flush::at_end), y(1, batch * 23, Flush::at_end);
    x.fill(random_values(997, 3));
    app::deep::any_relu({x.data(), batch}, *packed, hinge::Vector<const float, 23>(b.data()),
                        {y.data(), batch});
    expect_layer(GetParam(), HINGE_ACTIVATION_RELU, x.data(), w.data(), b.data(), y.data(), batch,
                 7, 23);
  }
}

TEST_P(Layer, of_one_row_and_arrays) {
  ASSERT_HINGE_OK(batch1_set_target(GetParam().name.c_str()));
  float w[16][16], x[1][16], y[1][16];
  std::array<float, 16> b;
  const std::vector<float> values = random_values(16 * 16 + 2 * 16, 1);
  std::memcpy(w, values.data(), sizeof w);
  std::memcpy(x, values.data() + 256, sizeof x);
  std::memcpy(b.data(), values.data() + 272, sizeof b);
  const batch1_weights packed(w);
  batch1(x, packed, b, y);
  expect_layer(GetParam(), HINGE_ACTIVATION_NONE, x[0], w[0], b.data(), y[0], 1, 16, 16);
}

TEST_P(Layer, without_bias_and_of_several_panels) {
  ASSERT_HINGE_OK(no_bias_set_target(GetParam().name.c_str()));
  ASSERT_HINGE_OK(wide_set_target(GetParam().name.c_str()));
  const std::vector<float> w = random_values(131 * 33, 1), x = random_values(9 * 33, 2),
                           b = random_values(131, 3);
  std::vector<float> y(9 * 131);
  const auto packed =
      std::make_unique<no_bias_weights>(hinge::Matrix<const float, 5, 33>(w.data()));
  no_bias({x.data(), 9}, *packed, {y.data(), 9});
  expect_layer(GetParam(), HINGE_ACTIVATION_RELU, x.data(), w.data(), nullptr, y.data(), 9, 33, 5);
  const auto wide_packed =
      std::make_unique<wide_weights>(hinge::Matrix<const float, 131, 33>(w.data()));
  wide(hinge::Matrix<const float, 9, 33>(x.data()), *wide_packed,
       hinge::Vector<const float, 131>(b.data()), hinge::Matrix<float, 9, 131>(y.data()));
  expect_layer(GetParam(), HINGE_ACTIVATION_RELU, x.data(), w.data(), b.data(), y.data(), 9, 33,
               131);
}

INSTANTIATE_TEST_SUITE_P(on, Layer, ::testing::ValuesIn(usable_targets()), target_name);

TEST(LayerTypes, refuse_wrong_sizes) {
  using hinge::Matrix, hinge::Vector;
  using Right = const float(&)[32][10];
  using Wrong = const float(&)[32][11];
  static_assert(std::is_convertible_v<Right, Matrix<const float, 32, 10>>);
  static_assert(!std::is_convertible_v<Wrong, Matrix<const float, 32, 10>>);
  static_assert(!std::is_convertible_v<Right, Matrix<float, 32, 10>>); // const is never written
  static_assert(std::is_convertible_v<Right, Matrix<const float, hinge::any, 10>>);
  static_assert(!std::is_convertible_v<Wrong, Matrix<const float, hinge::any, 10>>);
  static_assert(!std::is_convertible_v<const float *, Matrix<const float, 32, 10>>); // explicit
  static_assert(!std::is_convertible_v<Matrix<float, 32, 11>, Matrix<const float, 32, 10>>);
  static_assert(std::is_convertible_v<Matrix<float, 32, 10>, Matrix<const float, 32, 10>>);
  static_assert(!std::is_convertible_v<std::array<float, 19> &, Vector<const float, 20>>);
  static_assert(!std::is_convertible_v<const std::array<float, 20> &, Vector<float, 20>>);
}

TEST(LayerRefuses, with_a_message_and_y_untouched) {
  ASSERT_HINGE_OK(app_fixed_relu6_set_target(nullptr));
  const std::vector<float> w(200), b(20);
  std::vector<float> x(640), y(640, -1.0f);
  const auto packed = std::make_unique<app_fixed_relu6_packed_weights>();
  ASSERT_HINGE_OK(app_fixed_relu6_pack(w.data(), packed.get()));
  auto refused = [&](hinge_status status, const std::string &message) {
    EXPECT_EQ(HINGE_INVALID_ARGUMENT, status);
    expect_refusal(message);
    EXPECT_EQ(std::vector<float>(640, -1.0f), y);
  };
  refused(app_fixed_relu6(nullptr, packed.get(), b.data(), y.data()),
          "app_fixed_relu6: x is null: expected 1280 bytes");
  refused(app_fixed_relu6(x.data(), nullptr, b.data(), y.data()),
          "app_fixed_relu6: packed is null");
  refused(app_fixed_relu6(x.data(), packed.get(), nullptr, y.data()),
          "app_fixed_relu6: bias is null");
  refused(app_fixed_relu6(x.data(), packed.get(), b.data(), nullptr), "app_fixed_relu6: y is null");
  refused(
      app_fixed_relu6(y.data() + 639, packed.get(), b.data(), y.data()),
      "app_fixed_relu6: y overlaps x: expected no common byte, but they share 4, from byte 2556 of "
      "y on");
  refused(
      app_fixed_relu6(x.data(), packed.get(), y.data() + 10, y.data()),
      "app_fixed_relu6: y overlaps bias: expected no common byte, but they share 80, from byte 40 "
      "of y on");
  refused(app_fixed_relu6(x.data(), packed.get(), b.data(), packed->values),
          "app_fixed_relu6: y overlaps packed");
  const std::int32_t active = packed->target;
  packed->target = 99;
  refused(app_fixed_relu6(x.data(), packed.get(), b.data(), y.data()),
          "app_fixed_relu6: packed.target is 99: expected " + std::to_string(active) +
              ", that of weights packed for the active target, " + usable_targets().back().name);
  if (usable_targets().size() > 1) {
    packed->target = 0;
    EXPECT_EQ(HINGE_INVALID_ARGUMENT, app_fixed_relu6(x.data(), packed.get(), b.data(), y.data()));
    EXPECT_EQ("app_fixed_relu6: packed is for target " + usable_targets().front().name +
                  ": expected the active one, " + usable_targets().back().name +
                  "; pack the weights again",
              hinge_last_error());
  }
  refused(app_fixed_relu6_pack(nullptr, packed.get()), "app_fixed_relu6: weight is null");
  refused(app_fixed_relu6_pack(w.data(), nullptr), "app_fixed_relu6: packed is null");
  refused(app_fixed_relu6_pack(packed->values, packed.get()),
          "app_fixed_relu6: packed overlaps weight");
  EXPECT_EQ(HINGE_INVALID_ARGUMENT, app_fixed_relu6_get_target(nullptr));
  EXPECT_STREQ("app_fixed_relu6: target is null: expected a place for a name", hinge_last_error());

  app_deep_any_relu_packed_weights any;
  ASSERT_HINGE_OK(app_deep_any_relu_pack(w.data(), &any));
  refused(app_deep_any_relu(x.data(), &any, b.data(), y.data(), -1),
          "app_deep_any_relu: batch is -1");
  refused(app_deep_any_relu(x.data(), &any, b.data(), y.data(), INT64_MAX / 8),
          "app_deep_any_relu: batch is 1152921504606846975: expected 0 to 100254043878856258");
  const app::deep::any_relu_weights any_packed(hinge::Matrix<const float, 23, 7>(w.data()));
  try {
    app::deep::any_relu({x.data(), 2}, any_packed, hinge::Vector<const float, 23>(w.data()),
                        {y.data(), 3});
    ADD_FAILURE() << "not refused";
  } catch (const hinge::Error &e) {
    EXPECT_STREQ("app_deep_any_relu: y has 3 rows: expected those of x, 2", e.what());
  }
}

TEST(LayerTarget, is_the_best_one_or_the_named_one) {
  ASSERT_HINGE_OK(app_fixed_relu6_set_target(nullptr));
  const char *target = nullptr, *best = nullptr;
  ASSERT_HINGE_OK(app_fixed_relu6_get_target(&target));
  ASSERT_HINGE_OK(hinge_set_target(nullptr));
  ASSERT_HINGE_OK(hinge_get_target(&best));
  EXPECT_STREQ(best, target);
  EXPECT_EQ(HINGE_UNSUPPORTED_TARGET, app_fixed_relu6_set_target("avx"));
  EXPECT_EQ("target \"avx\": app_fixed_relu6 has no such target, expected one of: " +
                target_names(),
            hinge_last_error());
#if defined(__x86_64__)
  // A layer knows its own targets only, and none of another architecture.
  EXPECT_EQ(HINGE_UNSUPPORTED_TARGET, portable_set_target("zen4"));
  EXPECT_STREQ("target \"zen4\": portable has no such target, expected one of: sse41, avx2",
               hinge_last_error());
#else
  EXPECT_EQ(HINGE_UNSUPPORTED_TARGET, portable_set_target("sse41"));
  EXPECT_STREQ("target \"sse41\": portable has no such target, expected one of: neon",
               hinge_last_error());
#endif
}

} // namespace

// The C++ interface takes sizes of any integer type, between braces and without a warning.
#include "support.h"

#include "hinge/statistics.hpp"

#include "any_relu.hpp"
#include "any_relu6.hpp"

#include <type_traits>
#include <vector>

#pragma GCC diagnostic error "-Wconversion"
#pragma GCC diagnostic error "-Wsign-conversion"
#pragma GCC diagnostic error "-Wnarrowing"

using namespace hinge_test;

namespace {

enum Plain { two = 2 };
enum class Scoped { two = 2 };
struct Convertible {
  operator int() const { return 2; }
};

template <class Integer>
constexpr bool is_size = std::is_convertible_v<Integer, hinge::Size>;

static_assert(is_size<int> && is_size<unsigned> && is_size<short> && is_size<char> &&
              is_size<long> && is_size<unsigned long> && is_size<long long> &&
              is_size<unsigned long long> && is_size<Plain> && is_size<Convertible>);
static_assert(!is_size<double> && !is_size<float> && !is_size<Scoped> && !is_size<void *> &&
              !is_size<std::nullptr_t>);
#ifdef __SIZEOF_INT128__
__extension__ using Wide = __int128;
__extension__ using UnsignedWide = unsigned __int128;
static_assert(!is_size<Wide> && !is_size<UnsignedWide>);
#endif
static_assert(std::int64_t(hinge::Size(3u)) == 3 && std::int64_t(hinge::Size(-3)) == -3);
static_assert(std::int64_t(hinge::Size(std::size_t(0) - 3)) == -3);

/// Calls whatever takes a size, with a variable of that type.
template <class Integer>
void call(Integer rows, Integer cols) {
  std::vector<float> x(6, -1.0f), y(6);
  std::vector<std::uint8_t> bits(2);
  hinge::activation_forward(hinge::Activation::relu, {x.data(), rows, cols}, {y.data(), rows, cols},
                            {bits.data(), rows, cols});
  hinge::relu({x.data(), rows, cols, cols}, {y.data(), rows, cols, cols});
  const hinge::ConstMaskView mask = {bits.data(), rows, cols};
  hinge::activation_backward(mask, {x.data(), rows, cols}, {y.data(), rows, cols});
  EXPECT_EQ(1, hinge::mask_row_bytes(cols));
  EXPECT_LT(0u, hinge::Linear::packed_bytes(rows, cols));
  hinge::UnitStatistics statistics(hinge::Activation::relu, cols);
  statistics.add({y.data(), rows, cols});
  EXPECT_EQ(2, statistics.zeros(rows));
}

TEST(Sizes, may_have_any_integer_type) {
  call<int>(2, 3);
  call<unsigned>(2, 3);
  call<short>(2, 3);
  call<std::uint8_t>(2, 3);
  call<std::int64_t>(2, 3);
  call<std::size_t>(2, 3);
  call<long long>(2, 3);
}

TEST(Sizes, of_a_layer_may_too) {
  const std::vector<float> weight(23 * 7), bias(23), x(2 * 7);
  std::vector<float> y(2 * 23, -1.0f);
  ASSERT_HINGE_OK(app_deep_any_relu_set_target(nullptr));
  const app::deep::any_relu_weights packed(hinge::Matrix<const float, 23, 7>(weight.data()));
  app::deep::any_relu({x.data(), x.size() / 7}, packed, hinge::Vector<const float, 23>(bias.data()),
                      {y.data(), 2u});
  EXPECT_EQ(std::vector<float>(2 * 23), y);
  any_relu6({x.data(), x.size()}, {y.data(), x.size()});
}

TEST(Sizes, that_are_too_large_are_refused_as_the_negative_numbers_that_they_usually_are) {
  const std::size_t none = 0;
  float x[6] = {}, y[6] = {};
  const auto refused = [](const auto &call, const char *message) {
    try {
      call();
      ADD_FAILURE() << "not refused: " << message;
    } catch (const hinge::Error &e) {
      EXPECT_STREQ(message, e.what());
    }
  };
  refused([&] { hinge::relu({x, none - 1, 3}, {y, 2, 3}); }, "x.rows is -1: expected 0 or more");
  refused([&] { hinge::relu({x, 2, none - 1}, {y, 2, 3}); }, "x.cols is -1: expected 0 or more");
  refused(
      [&] {
        hinge::relu({x, 2, 3, none - 1}, {y, 2, 3});
      },
      "x.row_stride is -1: expected x.cols, 3, or more");
  refused(
      [&] {
        any_relu6({x, none - 1}, {y, none - 1});
      },
      "any_relu6: size is -1: expected 0 to 2305843009213693951");
}

} // namespace

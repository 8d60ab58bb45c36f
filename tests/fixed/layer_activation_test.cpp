// Activations that hinge_add_activation generates (CMakeLists.txt): the contract's bits on every
// target, those of the library's functions for any shape, and the arguments that they refuse.
#include "support.h"

#include "hinge/hinge.hpp"

#include "any_relu6.hpp"
#include "any_relu_masked.hpp"
#include "mask_inplace_37.hpp"
#include "relu6_640.hpp"
#include "relu_inplace.hpp"

#include <array>
#include <functional>

using namespace hinge_test;

namespace {

/// The arguments that their calls may take. In place y is x, and dx is dy.
struct Arguments {
  float *x = nullptr, *y = nullptr;
  std::uint8_t *mask = nullptr;
  float *dy = nullptr, *dx = nullptr;
  std::int64_t size = 0;
};

struct ActivationOf {
  const char *name;
  std::int64_t size; // 0: any
  hinge_activation act;
  bool in_place, has_mask;
  hinge_status (*set_target)(const char *target);
  std::function<hinge_status(const Arguments &a)> forward, backward; // backward may be missing
};

const ActivationOf activations[] = {
    {"relu6_640", 640, HINGE_ACTIVATION_RELU6, false, false, app_relu6_640_set_target,
     [](const Arguments &a) { return app_relu6_640(a.x, a.y); },
     [](const Arguments &a) { return app_relu6_640_backward(a.y, a.dy, a.dx); }},
    {"relu_inplace", 0, HINGE_ACTIVATION_RELU, true, false, relu_inplace_set_target,
     [](const Arguments &a) { return relu_inplace(a.x, a.size); },
     [](const Arguments &a) { return relu_inplace_backward(a.y, a.dy, a.size); }},
    {"any_relu6", 0, HINGE_ACTIVATION_RELU6, false, false, any_relu6_set_target,
     [](const Arguments &a) { return any_relu6(a.x, a.y, a.size); }, nullptr},
    {"any_relu_masked", 0, HINGE_ACTIVATION_RELU, false, true, any_relu_masked_set_target,
     [](const Arguments &a) { return any_relu_masked(a.x, a.y, a.mask, a.size); },
     [](const Arguments &a) { return any_relu_masked_backward(a.mask, a.dy, a.dx, a.size); }},
    {"mask_inplace_37", 37, HINGE_ACTIVATION_RELU6, true, true, mask_inplace_37_set_target,
     [](const Arguments &a) { return mask_inplace_37(a.x, a.mask); },
     [](const Arguments &a) { return mask_inplace_37_backward(a.mask, a.dy); }},
};

/// Sizes to test: the fixed one, or 0, tails of all lengths, several parts of a mask.
std::vector<std::int64_t> sizes(const ActivationOf &l) {
  if (l.size)
    return {l.size};
  std::vector<std::int64_t> some = {1000, 4095, 4096, 4097, 10001};
  for (std::int64_t size = 0; size <= 150; size++)
    some.push_back(size);
  return some;
}

/// Random values on both sides of the kinks, and special ones.
std::vector<float> values(std::int64_t size, std::uint32_t seed) {
  std::vector<float> v = random_values(std::size_t(size), seed);
  for (std::size_t i = 0; i < v.size(); i++)
    v[i] = i % 3 ? 5 * v[i] : special_values()[(i / 3 + seed) % special_values().size()];
  return v;
}

class LayerActivation : public ::testing::TestWithParam<TestTarget> {
protected:
  LayerActivation() {
    for (const ActivationOf &l : activations)
      EXPECT_EQ(HINGE_OK, l.set_target(GetParam().name.c_str())) << hinge_last_error();
  }

private:
  ScopedTarget scope_{GetParam().name};
};

INSTANTIATE_TEST_SUITE_P(on, LayerActivation, ::testing::ValuesIn(usable_targets()), target_name);

TEST_P(LayerActivation, has_the_bits_of_the_contract_and_of_any_shape) {
  for (const ActivationOf &l : activations)
    for (std::int64_t size : sizes(l))
      for (Flush flush : both_sides) {
        SCOPED_TRACE(std::string(l.name) + ", size " + std::to_string(size));
        const std::vector<float> x_values = values(size, 1), dy_values = values(size, 2);
        GuardedMatrix x(1, size, flush), y(1, size, flush), dy(1, size, flush), dx(1, size, flush);
        GuardedMask mask(1, size, flush);
        if (size > 0) {
          x.fill(x_values);
          dy.fill(dy_values);
          y.fill(-1.0f);
          dx.fill(-1.0f);
          mask.fill(0xa5);
        }
        Arguments a;
        a.size = size;
        a.x = x.data();
        a.y = l.in_place ? x.data() : y.data();
        a.mask = mask.data();
        a.dy = dy.data();
        a.dx = l.in_place ? dy.data() : dx.data();
        ASSERT_HINGE_OK(l.forward(a));
        std::vector<float> any_shape(std::size_t(size), 0.0f);
        ASSERT_HINGE_OK(
            activation_forward(l.act, const_view(x_values, 1, size), view(any_shape, 1, size)));
        for (std::size_t i = 0; i < std::size_t(size); i++) {
          ASSERT_EQ(activation_bits(l.act, bits(x_values[i])), bits(a.y[i])) << i;
          ASSERT_EQ(bits(any_shape[i]), bits(a.y[i])) << i;
        }
        if (l.has_mask) {
          for (std::int64_t i = 0; i < 8 * mask_row_bytes(size); i++)
            ASSERT_EQ(i < size && passes(l.act, bits(x_values[std::size_t(std::min(i, size - 1))])),
                      bit_at(a.mask, i))
                << i;
          if (size % 8) // padding bits are not read
            a.mask[size / 8] |= std::uint8_t(0xff << size % 8);
        }
        if (!l.backward)
          continue;
        ASSERT_HINGE_OK(l.backward(a));
        ASSERT_HINGE_OK(activation_backward(l.act, const_view(x_values, 1, size),
                                            const_view(dy_values, 1, size),
                                            view(any_shape, 1, size)));
        for (std::size_t i = 0; i < std::size_t(size); i++) {
          ASSERT_EQ(activation_backward_bits(l.act, bits(x_values[i]), bits(dy_values[i])),
                    bits(a.dx[i]))
              << i;
          ASSERT_EQ(bits(any_shape[i]), bits(a.dx[i])) << i;
        }
      }
}

TEST(LayerActivationTypes, take_arrays_and_refuse_wrong_sizes) {
  using hinge::Vector;
  static_assert(std::is_convertible_v<float(&)[640], Vector<const float, 640>>);
  static_assert(std::is_convertible_v<float(&)[32][20], Vector<const float, 640>>);
  static_assert(std::is_convertible_v<std::array<float, 640> &, Vector<float, 640>>);
  static_assert(!std::is_convertible_v<float(&)[641], Vector<const float, 640>>);
  static_assert(!std::is_convertible_v<float(&)[32][21], Vector<const float, 640>>);
  static_assert(!std::is_convertible_v<const float(&)[32][20], Vector<float, 640>>);
  static_assert(!std::is_convertible_v<float *, Vector<const float, 640>>); // explicit
  static_assert(!std::is_convertible_v<float(&)[640], Vector<const float, 641>>);
  static_assert(std::is_convertible_v<float(&)[641], Vector<float, hinge::any>>);
  static_assert(std::is_convertible_v<float(&)[3][7], Vector<const float, hinge::any>>);
  static_assert(!std::is_convertible_v<float *, Vector<const float, hinge::any>>);
  static_assert(!std::is_convertible_v<std::uint8_t(&)[4], Vector<std::uint8_t, 5>>);

  static float x[32][20], y[32][20], dy[32][20], some[37];
  static std::array<float, 640> dx;
  std::uint8_t mask[5];
  x[31][19] = 7.0f;
  dy[31][19] = 1.0f;
  app::relu6_640(x, y);
  EXPECT_EQ(6.0f, y[31][19]);
  app::relu6_640_backward(y, dy, dx);
  EXPECT_EQ(0.0f, dx[639]);
  some[36] = 7.0f;
  mask_inplace_37(some, mask);
  EXPECT_EQ(6.0f, some[36]);
  some[0] = -1.0f;
  relu_inplace(some);
  EXPECT_EQ(0.0f, some[0]);
  relu_inplace({some, 3});
}

TEST(LayerActivationRefuses, with_a_message_and_outputs_untouched) {
  const std::vector<float> in(2000, 1.0f);
  std::vector<float> out(2000, -1.0f);
  std::vector<std::uint8_t> mask(300, 0xa5);
  const float *const x = &in[640];
  float *const y = &out[640];
  auto refused = [&](hinge_status status, const char *message) {
    EXPECT_EQ(HINGE_INVALID_ARGUMENT, status) << message;
    expect_refusal(message);
    EXPECT_EQ(std::vector<float>(2000, -1.0f), out);
    EXPECT_EQ(std::vector<std::uint8_t>(300, 0xa5), mask);
  };
  auto bytes = [](float *f) { return reinterpret_cast<std::uint8_t *>(f); };
  refused(app_relu6_640(nullptr, y), "app_relu6_640: x is null");
  refused(app_relu6_640(x, nullptr), "app_relu6_640: y is null");
  refused(app_relu6_640(y, y), "app_relu6_640: y overlaps x");
  refused(app_relu6_640(y + 639, y), "app_relu6_640: y overlaps x");
  refused(
      app_relu6_640(y - 639, y),
      "app_relu6_640: y overlaps x: expected no common byte, but they share 4, from byte 0 of y "
      "on");
  refused(app_relu6_640_backward(nullptr, x, y), "app_relu6_640: y is null");
  refused(app_relu6_640_backward(x, nullptr, y), "app_relu6_640: dy is null");
  refused(app_relu6_640_backward(x, x, nullptr), "app_relu6_640: dx is null");
  refused(app_relu6_640_backward(y + 639, x, y), "app_relu6_640: dx overlaps y");
  refused(app_relu6_640_backward(x, y - 639, y), "app_relu6_640: dx overlaps dy");

  refused(relu_inplace(nullptr, 1), "relu_inplace: x is null");
  refused(relu_inplace(y, -1), "relu_inplace: size is -1");
  refused(relu_inplace(y, INT64_MAX),
          "relu_inplace: size is 9223372036854775807: expected 0 to 2305843009213693951");
  refused(relu_inplace_backward(y + 2, y, 3), "relu_inplace: dy overlaps y");
  refused(relu_inplace_backward(nullptr, y, 3), "relu_inplace: y is null");
  refused(relu_inplace_backward(y, nullptr, 3), "relu_inplace: dy is null");
  EXPECT_EQ(HINGE_OK, relu_inplace(nullptr, 0));

  refused(any_relu_masked(x, y, nullptr, 20), "any_relu_masked: mask is null");
  refused(any_relu_masked(y - 20, y, bytes(y - 20) + 79, 20), "any_relu_masked: mask overlaps x");
  refused(any_relu_masked(x, y, bytes(y) - 2, 20), "any_relu_masked: mask overlaps y");
  refused(any_relu_masked_backward(nullptr, x, y, 20), "any_relu_masked: mask is null");
  refused(any_relu_masked_backward(bytes(y) - 2, x, y, 20), "any_relu_masked: dx overlaps mask");
  refused(mask_inplace_37(y, bytes(y) - 4), "mask_inplace_37: mask overlaps x");
  refused(mask_inplace_37_backward(bytes(y) - 4, y), "mask_inplace_37: dy overlaps mask");

  auto throws = [&](auto call, const char *message) {
    try {
      call();
      ADD_FAILURE() << "not refused: " << message;
    } catch (const hinge::Error &e) {
      EXPECT_STREQ(message, e.what());
    }
  };
  throws([&] { any_relu6({x, 3}, {y, 2}); }, "any_relu6: y has 2 elements: expected those of x, 3");
  throws(
      [&] {
        any_relu_masked({x, 9}, {y, 9}, {mask.data(), 1});
      },
      "any_relu_masked: mask has 1 bytes: expected a bit for each of the elements of x, 9");
  throws(
      [&] {
        relu_inplace_backward({x, 3}, {y, 2});
      },
      "relu_inplace: y has 3 elements: expected those of dy, 2");
  throws(
      [&] {
        any_relu_masked_backward({mask.data(), 1}, {x, 8}, {y, 9});
      },
      "any_relu_masked: dx has 9 elements: expected those of dy, 8");
  throws(
      [&] {
        any_relu_masked_backward({mask.data(), 2}, {x, 8}, {y, 8});
      },
      "any_relu_masked: mask has 2 bytes: expected a bit for each of the elements of dy, 8");
}

TEST(LayerActivationTarget, is_the_best_one_or_the_named_one) {
  const char *target = nullptr, *best = nullptr;
  ASSERT_HINGE_OK(any_relu6_set_target(nullptr));
  ASSERT_HINGE_OK(any_relu6_get_target(&target));
  ASSERT_HINGE_OK(hinge_set_target(nullptr));
  ASSERT_HINGE_OK(hinge_get_target(&best));
  EXPECT_STREQ(best, target);
  EXPECT_EQ(HINGE_UNSUPPORTED_TARGET, any_relu6_set_target("avx"));
}

} // namespace

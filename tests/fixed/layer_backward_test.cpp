// Masks and gradients of layers that hinge_add_linear generates (CMakeLists.txt). On every target
// they have the contract's bits, and those of the library's functions for any shape.
#include "linear_problem.h"

#include "any_masked.hpp"
#include "any_plain.hpp"
#include "any_trained.hpp"
#include "in_blocks.hpp"
#include "masked.hpp"
#include "one.hpp"
#include "plain.hpp"
#include "three.hpp"
#include "trained.hpp"
#include "two.hpp"
#include "wide_trained.hpp"

#include <functional>

using namespace hinge_test;

namespace {

/// The arguments that calls of the layers may take.
struct Arguments {
  const float *x = nullptr, *weight = nullptr, *bias = nullptr;
  float *y = nullptr;
  std::uint8_t *mask = nullptr;
  const float *dy = nullptr;
  float *dx = nullptr, *dweight = nullptr, *dbias = nullptr;
  int accumulate = 0;
  std::int64_t batch = 0;
};

struct LayerOf {
  const char *name;
  std::int64_t in, out, batch; // 0: any
  hinge_activation act;
  bool has_bias, has_mask;
  hinge_status (*set_target)(const char *target);
  std::function<hinge_status(const Arguments &a)> forward, backward;
};

/// Packs for the active target, and makes the call.
template <class Packed, class Call>
hinge_status pack_and(hinge_status (*pack)(const float *, Packed *), const Arguments &a,
                      const Call &call) {
  const auto packed = std::make_unique<Packed>();
  const hinge_status s = pack(a.weight, packed.get());
  return s == HINGE_OK ? call(packed.get()) : s;
}

#define FORWARD(name, ...)                                                                         \
  [](const Arguments &a) {                                                                         \
    return pack_and(name##_pack, a, [&](auto *packed) { return name(a.x, packed, __VA_ARGS__); }); \
  }
#define BACKWARD(name, ...)                                                                        \
  [](const Arguments &a) { return name##_backward(a.x, a.weight, __VA_ARGS__); }

const LayerOf layers[] = {
    {"trained", 10, 20, 32, HINGE_ACTIVATION_RELU, true, false, app_trained_set_target,
     FORWARD(app_trained, a.bias, a.y),
     BACKWARD(app_trained, a.y, a.dy, a.dx, a.dweight, a.dbias, a.accumulate)},
    {"masked", 10, 20, 32, HINGE_ACTIVATION_RELU6, true, true, app_masked_set_target,
     FORWARD(app_masked, a.bias, a.y, a.mask),
     BACKWARD(app_masked, a.mask, a.dy, a.dx, a.dweight, a.dbias, a.accumulate)},
    {"any_trained", 7, 23, 0, HINGE_ACTIVATION_RELU6, true, false, any_trained_set_target,
     FORWARD(any_trained, a.bias, a.y, a.batch),
     BACKWARD(any_trained, a.y, a.dy, a.dx, a.dweight, a.dbias, a.accumulate, a.batch)},
    {"any_masked", 33, 13, 0, HINGE_ACTIVATION_RELU, false, true, any_masked_set_target,
     FORWARD(any_masked, a.y, a.mask, a.batch),
     BACKWARD(any_masked, a.mask, a.dy, a.dx, a.dweight, a.accumulate, a.batch)},
    {"plain", 16, 16, 1, HINGE_ACTIVATION_NONE, true, false, plain_set_target,
     FORWARD(plain, a.bias, a.y), BACKWARD(plain, a.dy, a.dx, a.dweight, a.dbias, a.accumulate)},
    {"any_plain", 9, 8, 0, HINGE_ACTIVATION_NONE, false, false, any_plain_set_target,
     FORWARD(any_plain, a.y, a.batch),
     BACKWARD(any_plain, a.dy, a.dx, a.dweight, a.accumulate, a.batch)},
    {"wide_trained", 131, 72, 9, HINGE_ACTIVATION_RELU, true, true, wide_trained_set_target,
     FORWARD(wide_trained, a.bias, a.y, a.mask),
     BACKWARD(wide_trained, a.mask, a.dy, a.dx, a.dweight, a.dbias, a.accumulate)},
    {"one", 1, 1, 1, HINGE_ACTIVATION_NONE, false, false, one_set_target, FORWARD(one, a.y),
     BACKWARD(one, a.dy, a.dx, a.dweight, a.accumulate)},
    {"two", 2, 2, 2, HINGE_ACTIVATION_NONE, false, false, two_set_target, FORWARD(two, a.y),
     BACKWARD(two, a.dy, a.dx, a.dweight, a.accumulate)},
    {"three", 3, 3, 3, HINGE_ACTIVATION_NONE, false, false, three_set_target, FORWARD(three, a.y),
     BACKWARD(three, a.dy, a.dx, a.dweight, a.accumulate)},
    {"in_blocks", 5, 5000, 7, HINGE_ACTIVATION_RELU, true, false, in_blocks_set_target,
     FORWARD(in_blocks, a.bias, a.y),
     BACKWARD(in_blocks, a.y, a.dy, a.dx, a.dweight, a.dbias, a.accumulate)},
};

/// Batches to test: the fixed one, or 0, small ones, around the heights of tiles, several blocks.
std::vector<std::int64_t> batches(const LayerOf &l) {
  if (l.batch)
    return {l.batch};
  std::vector<std::int64_t> some = {97, 1100};
  for (std::int64_t batch = 0; batch <= 33; batch++)
    some.push_back(batch);
  return some;
}

struct Asked {
  bool dx = true, dweight = true, dbias = true;
};

/// Calls with every matrix between guard pages. Gradients that were not asked for are empty.
Gradients run_layer(const LayerOf &l, const Problem &p, bool accumulate, Flush flush,
                    const Asked &asked = {}) {
  const std::vector<float> nan = {std::nanf("")}; // NaN shows a read of memory that is only written
  auto input = [&](GuardedMatrix &m, const std::vector<float> &values) {
    if (!values.empty())
      m.fill(values);
    return m.data();
  };
  GuardedMatrix x(1, p.batch * p.in, flush), weight(1, p.out * p.in, flush),
      y(1, p.batch * p.out, flush), dy(1, p.batch * p.out, flush), dx(1, p.batch * p.in, flush),
      dweight(1, p.out * p.in, flush), dbias(1, p.out, flush);
  const std::int64_t row_bytes = mask_row_bytes(p.out);
  GuardedMask mask(1, 8 * p.batch * row_bytes, flush);
  std::vector<std::uint8_t> bits = mask_of(l.act, const_view(p.z, p.batch, p.out));
  for (std::int64_t m = 0; m < p.batch && p.out % 8;
       m++) // padding bits say that the gradient passes
    bits[std::size_t((m + 1) * row_bytes - 1)] |= std::uint8_t(0xff << p.out % 8);
  if (!bits.empty())
    mask.fill(bits);
  Arguments a;
  a.x = asked.dweight ? input(x, p.x) : nullptr;
  a.weight = asked.dx ? input(weight, p.weight) : nullptr;
  a.y = input(y, outputs(l.act, p.z));
  a.mask = mask.data();
  a.dy = input(dy, p.dy);
  a.dx = asked.dx ? input(dx, nan) : nullptr;
  a.dweight = asked.dweight ? input(dweight, accumulate ? p.old.dweight : nan) : nullptr;
  a.dbias = asked.dbias && l.has_bias ? input(dbias, accumulate ? p.old.dbias : nan) : nullptr;
  a.accumulate = accumulate;
  a.batch = p.batch;
  EXPECT_EQ(HINGE_OK, l.backward(a)) << hinge_last_error();
  auto read = [](const float *data, const GuardedMatrix &m) {
    return data ? std::vector<float>(data, data + m.cols()) : std::vector<float>{};
  };
  return {read(a.dx, dx), read(a.dweight, dweight), read(a.dbias, dbias)};
}

/// Computes the same by hinge_linear_backward on the same target.
Gradients run_any_shape(const LayerOf &l, const Problem &p, bool accumulate) {
  Gradients g{std::vector<float>(p.x.size()), p.old.dweight, p.old.dbias};
  const std::vector<float> y = outputs(l.act, p.z);
  const hinge_const_view x_view = const_view(p.x, p.batch, p.in),
                         weight_view = const_view(p.weight, p.out, p.in),
                         y_view = const_view(y, p.batch, p.out),
                         dy_view = const_view(p.dy, p.batch, p.out);
  const hinge_view dx_view = view(g.dx, p.batch, p.in), dweight_view = view(g.dweight, p.out, p.in);
  EXPECT_EQ(HINGE_OK, hinge_linear_backward(l.act, &x_view, &weight_view, &y_view, &dy_view,
                                            &dx_view, &dweight_view, g.dbias.data(), accumulate))
      << hinge_last_error();
  if (!l.has_bias)
    g.dbias.clear();
  return g;
}

class LayerBackward : public ::testing::TestWithParam<TestTarget> {
protected:
  LayerBackward() {
    for (const LayerOf &l : layers)
      EXPECT_EQ(HINGE_OK, l.set_target(GetParam().name.c_str())) << hinge_last_error();
  }

private:
  ScopedTarget scope_{GetParam().name};
};

INSTANTIATE_TEST_SUITE_P(on, LayerBackward, ::testing::ValuesIn(usable_targets()), target_name);

TEST_P(LayerBackward, has_the_bits_of_the_contract_and_of_any_shape) {
  for (const LayerOf &l : layers)
    for (std::int64_t batch : batches(l)) {
      const Problem p(batch, l.in, l.out, 7);
      for (bool accumulate : {false, true}) {
        const Gradients got =
            run_layer(l, p, accumulate, batch % 2 ? Flush::at_end : Flush::at_begin);
        SCOPED_TRACE(std::string(l.name) + ", batch " + std::to_string(batch));
        ASSERT_NO_FATAL_FAILURE(expect_gradients(GetParam(), p, l.act, accumulate, got));
        ASSERT_TRUE(same_bits(run_any_shape(l, p, accumulate), got));
        const Gradients other =
            run_layer(l, p, accumulate, batch % 2 ? Flush::at_begin : Flush::at_end);
        ASSERT_TRUE(same_bits(other, got));
      }
    }
}

TEST_P(LayerBackward, raises_no_exception_that_the_contract_does_not_raise) {
  for (const LayerOf &l : layers)
    for (const std::int64_t batch :
         l.batch ? std::vector{l.batch} : std::vector<std::int64_t>{1, 2, 5, 40})
      for (Problem &p : quiet_problems(batch, l.in, l.out)) {
        std::vector<float> y(p.z.size());
        std::vector<std::uint8_t> mask(std::size_t(batch * mask_row_bytes(p.out)), 0xff);
        Arguments a{p.x.data(),
                    p.weight.data(),
                    p.old.dbias.data(),
                    y.data(),
                    mask.data(),
                    p.dy.data(),
                    nullptr,
                    nullptr,
                    nullptr,
                    1,
                    batch};
        const auto raised_by = [&](const auto &call) {
          return exceptions_of([&] { EXPECT_EQ(HINGE_OK, call(a)) << hinge_last_error(); });
        };
        EXPECT_EQ(
            "", unexpected(raised_by(l.forward), exceptions_of_forward(GetParam(), p, l.has_bias)))
            << l.name << ", " << batch << " rows";
        const int allowed = exceptions_of_gradients(GetParam(), p, l.has_bias);
        std::vector<float> dx(p.x.size());
        a.y = p.z.data();
        a.dx = dx.data();
        a.dweight = p.old.dweight.data();
        a.dbias = l.has_bias ? p.old.dbias.data() : nullptr;
        std::fill(mask.begin(), mask.end(), std::uint8_t(0xff));
        EXPECT_EQ("", unexpected(raised_by(l.backward), allowed))
            << l.name << ", " << batch << " rows";
      }
}

TEST_P(LayerBackward, gives_what_is_asked_for) {
  for (const LayerOf &l : layers) {
    const Problem p(l.batch ? l.batch : 19, l.in, l.out, 3);
    const Gradients all = run_layer(l, p, true, Flush::at_end);
    for (int asked = 0; asked < 8; asked++) {
      const Asked some{(asked & 1) != 0, (asked & 2) != 0, (asked & 4) != 0};
      const Gradients got = run_layer(l, p, true, Flush::at_end, some);
      SCOPED_TRACE(l.name);
      ASSERT_TRUE(same_bits(some.dx ? all.dx : std::vector<float>{}, got.dx));
      ASSERT_TRUE(same_bits(some.dweight ? all.dweight : std::vector<float>{}, got.dweight));
      ASSERT_TRUE(same_bits(some.dbias ? all.dbias : std::vector<float>{}, got.dbias));
    }
  }
}

TEST_P(LayerBackward, passes_special_values) {
  // Without FMA a product may overflow where the sum with FMA does not.
  const bool has_fma = GetParam().has_fma;
  for (const LayerOf &l : layers) {
    Problem p(l.batch ? l.batch : 19, l.in, l.out, 5);
    for (std::vector<float> *values : {&p.z, &p.dy, &p.x, &p.weight})
      for (std::size_t i = 0; i < values->size(); i += 7)
        (*values)[i] = special_values()[i / 7 % special_values().size()];
    SCOPED_TRACE(l.name);
    ASSERT_NO_FATAL_FAILURE(
        expect_gradients(GetParam(), p, l.act, false,
                         run_layer(l, p, false, Flush::at_end, {has_fma, has_fma, true})));
  }
}

// In a sum without a loop LLVM sees that the first term is added to 0, and could leave that out.
// The result would differ: -0 + 0 is 0.
TEST_P(LayerBackward, adds_the_first_term_to_zero) {
  for (const LayerOf &l : layers) {
    Problem p(l.batch ? l.batch : 19, l.in, l.out, 5);
    for (std::vector<float> *values : {&p.dy, &p.x, &p.old.dbias})
      std::fill(values->begin(), values->end(), -0.0f);
    std::fill(p.weight.begin(), p.weight.end(), 1.0f);
    SCOPED_TRACE(l.name);
    ASSERT_NO_FATAL_FAILURE(
        expect_gradients(GetParam(), p, l.act, false, run_layer(l, p, false, Flush::at_end)));
    std::vector<float> y(p.z.size());
    std::vector<std::uint8_t> mask(std::size_t(p.batch * mask_row_bytes(l.out)));
    Arguments a;
    a.x = p.x.data();
    a.weight = p.weight.data();
    a.bias = p.old.dbias.data();
    a.y = y.data();
    a.mask = mask.data();
    a.batch = p.batch;
    ASSERT_HINGE_OK(l.forward(a));
    // A second part begins at 0.
    const bool keeps_bias = l.has_bias && part_terms(l.in) >= l.in;
    for (float v : y)
      ASSERT_EQ(bits(keeps_bias ? -0.0f : 0.0f), bits(v));
  }
}

TEST_P(LayerBackward, writes_the_mask_of_its_forward) {
  for (const LayerOf &l : layers)
    for (std::int64_t batch : batches(l))
      for (Flush flush : both_sides) {
        const Problem p(batch, l.in, l.out, 11);
        GuardedMatrix x(1, batch * l.in, flush), y(1, batch * l.out, flush);
        const std::int64_t row_bytes = mask_row_bytes(l.out);
        GuardedMask mask(1, 8 * batch * row_bytes, flush);
        if (batch > 0)
          x.fill(p.x);
        mask.fill(0xa5);
        Arguments a;
        a.x = x.data();
        a.weight = p.weight.data();
        a.bias = p.old.dbias.data();
        a.y = y.data();
        a.mask = mask.data();
        a.batch = batch;
        ASSERT_HINGE_OK(l.forward(a));
        SCOPED_TRACE(std::string(l.name) + ", batch " + std::to_string(batch));
        for (std::int64_t m = 0; m < batch; m++)
          for (std::int64_t n = 0; n < l.out; n++)
            ASSERT_NO_FATAL_FAILURE(
                expect_linear(GetParam(), l.act, a.x + m * l.in, a.weight + n * l.in, l.in,
                              l.has_bias ? a.bias[n] : 0.0f, a.y[m * l.out + n]));
        for (std::int64_t i = 0; l.has_mask && i < 8 * batch * row_bytes; i++) {
          const std::int64_t m = i / 8 / row_bytes, n = i - 8 * m * row_bytes;
          ASSERT_EQ(n < l.out && passes(l.act, bits(a.y[m * l.out + std::min(n, l.out - 1)])),
                    bit_at(a.mask, i))
              << "at " << m << ", " << n;
        }
      }
}

/// Says whether a function takes arguments of these types. GCC 12's std::is_invocable refuses
/// arrays.
template <class... Given>
struct Call {
  template <class... Parameters>
  static constexpr bool compiles(void (*)(Parameters...)) {
    if constexpr (sizeof...(Given) == sizeof...(Parameters))
      return (std::is_convertible_v<Given, Parameters> && ...);
    else
      return false;
  }
};

TEST(LayerBackwardTypes, take_arrays_and_refuse_wrong_sizes) {
  static float x[32][10], weight[20][10], y[32][20], dy[32][20], dx[32][10], dweight[20][10];
  static float bias[20], dbias[20];
  static std::uint8_t mask[32][3];
  static const app::masked_weights packed(weight);
  app::masked(x, packed, bias, y, mask);
  app::masked_backward(x, weight, mask, dy, dx, dweight, dbias);
  app::masked_backward(std::nullopt, weight, mask, dy, dx, std::nullopt, std::nullopt);
  app::trained_backward(x, std::nullopt, y, dy, std::nullopt, dweight, dbias, true);

  using Mask = std::uint8_t(&)[32][3];
  using WrongMask = std::uint8_t(&)[32][4];
  using Packed = const app::masked_weights &;
  using X = float(&)[32][10];
  using Y = float(&)[32][20];
  using W = float(&)[20][10];
  using B = float(&)[20];
  static_assert(Call<X, Packed, B, Y, Mask>::compiles(app::masked));
  static_assert(!Call<X, Packed, B, Y, WrongMask>::compiles(app::masked));
  static_assert(!Call<X, Packed, B, Y>::compiles(app::masked));
  static_assert(Call<X, W, Mask, Y, X, W, B, bool>::compiles(app::masked_backward));
  static_assert(!Call<X, W, WrongMask, Y, X, W, B, bool>::compiles(app::masked_backward));
  static_assert(!Call<X, W, Mask, X, X, W, B, bool>::compiles(app::masked_backward));
  static_assert(!Call<X, X, Mask, Y, X, W, B, bool>::compiles(app::masked_backward));
  static_assert(!Call<X, W, Mask, Y, X, X, B, bool>::compiles(app::masked_backward));
  static_assert(!Call<X, W, Mask, Y, X, W, float(&)[21], bool>::compiles(app::masked_backward));
  static_assert(!Call<float *, W, Mask, Y, X, W, B, bool>::compiles(app::masked_backward));
  static_assert(
      !Call<X, W, Mask, Y, const float(&)[32][10], W, B, bool>::compiles(app::masked_backward));
  static_assert(
      !Call<X, W, Y, Y, X, W, B, bool>::compiles(app::masked_backward)); // it takes the mask
}

TEST(LayerBackwardRefuses, with_a_message_and_outputs_untouched) {
  const std::vector<float> in(32 * 20, 1.0f);
  // A mask of 96 bytes that begins in the last element of y ends here, and overlaps nothing else.
  const std::vector<float> untouched(32 * 20 + 23, -1.0f);
  std::vector<float> out = untouched;
  std::vector<std::uint8_t> mask(96, 0xa5);
  float *const dx = out.data(), *const dweight = dx + 320, *const dbias = dweight + 200;
  auto refused = [&](hinge_status status, const char *message) {
    EXPECT_EQ(HINGE_INVALID_ARGUMENT, status) << message;
    expect_refusal(message);
    EXPECT_EQ(untouched, out);
    EXPECT_EQ(std::vector<std::uint8_t>(96, 0xa5), mask);
  };
  const float *const i = in.data();
  auto trained = [&](const float *x, const float *w, const float *y, const float *dy, float *to_x,
                     float *to_weight, float *to_bias, int accumulate = 0) {
    return app_trained_backward(x, w, y, dy, to_x, to_weight, to_bias, accumulate);
  };
  refused(trained(i, i, i, i, dx, dweight, dbias, 2),
          "app_trained: accumulate is 2: expected 0 to 1");
  refused(trained(i, i, i, nullptr, dx, dweight, dbias), "app_trained: dy is null");
  refused(trained(i, i, nullptr, i, dx, dweight, dbias), "app_trained: y is null");
  refused(trained(i, nullptr, i, i, dx, dweight, dbias),
          "app_trained: weight is null: expected 800 bytes, which dx needs");
  refused(trained(nullptr, i, i, i, dx, dweight, dbias),
          "app_trained: x is null: expected 1280 bytes, which dweight needs");

  // The last element of each output is the first one of each other matrix.
  const float *inputs[] = {i, i, i, i};
  const char *input_names[] = {"x", "weight", "y", "dy"};
  const std::int64_t input_sizes[] = {320, 200, 640, 640};
  const char *output_names[] = {"dx", "dweight", "dbias"};
  const std::int64_t output_sizes[] = {320, 200, 20};
  std::vector<float> place(2000, -1.0f);
  for (int output = 0; output < 3; output++) {
    for (int other = 0; other < 7; other++) {
      if (other - 4 >= output)
        continue;
      for (bool first : {false, true}) {
        const float *from[4];
        std::copy(std::begin(inputs), std::end(inputs), from);
        std::vector<float> rest(3 * 640, -1.0f);
        float *to[3] = {&rest[0], &rest[640], &rest[1280]};
        to[output] = &place[1000];
        const std::int64_t size = other < 4 ? input_sizes[other] : output_sizes[other - 4];
        float *const meets = to[output] + (first ? 1 - size : output_sizes[output] - 1);
        if (other < 4)
          from[other] = meets;
        else
          to[other - 4] = meets;
        const std::string message = std::string("app_trained: ") + output_names[output] +
                                    " overlaps " +
                                    (other < 4 ? input_names[other] : output_names[other - 4]);
        refused(trained(from[0], from[1], from[2], from[3], to[0], to[1], to[2]), message.c_str());
        EXPECT_EQ(std::vector<float>(2000, -1.0f), place);
        EXPECT_EQ(std::vector<float>(3 * 640, -1.0f), rest);
      }
    }
  }
  // Inputs that are not read may lie anywhere.
  ASSERT_HINGE_OK(trained(&place[9], &place[9], i, i, nullptr, nullptr, &place[9]));

  const auto packed = std::make_unique<app_masked_packed_weights>();
  ASSERT_HINGE_OK(app_masked_set_target(nullptr));
  ASSERT_HINGE_OK(app_masked_pack(i, packed.get()));
  auto masked = [&](const float *x, const float *bias, float *y, const void *to_mask) {
    return app_masked(x, packed.get(), bias, y,
                      static_cast<std::uint8_t *>(const_cast<void *>(to_mask)));
  };
  refused(masked(i, i, dx, nullptr), "app_masked: mask is null");
  refused(masked(i, i, dx, i + 319), "app_masked: mask overlaps x");
  refused(masked(in.data(), &in[600], dx, &in[619]), "app_masked: mask overlaps bias");
  refused(masked(i, i, dx, dx + 639), "app_masked: mask overlaps y");
  refused(masked(i, i, dx, packed.get()), "app_masked: mask overlaps packed");
  refused(app_masked_backward(i, i, nullptr, i, dx, dweight, dbias, 0), "app_masked: mask is null");
  for (int output = 0; output < 3; output++) {
    float *to[3] = {dx, dweight, dbias};
    const auto *meets = reinterpret_cast<std::uint8_t *>(to[output]) - 95;
    if (output == 0)
      meets = reinterpret_cast<std::uint8_t *>(dx + 319) + 3;
    else if (output == 1)
      to[0] = nullptr;
    else
      to[0] = to[1] = nullptr;
    refused(app_masked_backward(i, i, meets, i, to[0], to[1], to[2], 0),
            (std::string("app_masked: ") + output_names[output] + " overlaps mask").c_str());
  }

  refused(any_trained_backward(i, i, i, i, dx, dweight, dbias, 0, -1), "any_trained: batch is -1");
  refused(any_trained_backward(i, i, i, i, dx, dweight, dbias, 0, INT64_MAX / 8),
          "any_trained: batch is 1152921504606846975: expected 0 to 100254043878856258");
  auto any_masked_throws = [&](std::int64_t x_rows, std::int64_t mask_rows, std::int64_t dx_rows,
                               const char *message) {
    try {
      any_masked_backward({i, x_rows}, std::nullopt, {mask.data(), mask_rows}, {i, 2},
                          {dx, dx_rows}, std::nullopt);
      ADD_FAILURE() << "not refused";
    } catch (const hinge::Error &e) {
      EXPECT_STREQ(message, e.what());
    }
  };
  any_masked_throws(3, 2, 2, "any_masked: x has 3 rows: expected those of dy, 2");
  any_masked_throws(2, 3, 2, "any_masked: mask has 3 rows: expected those of dy, 2");
  any_masked_throws(2, 2, 3, "any_masked: dx has 3 rows: expected those of dy, 2");
}

} // namespace

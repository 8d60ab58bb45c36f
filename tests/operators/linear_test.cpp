// Linear through the public interface: sizes around the register tiles, strides, guard pages,
// special values, memory of the caller.
#include "support.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cmath>

using namespace hinge_test;

namespace {

class Linear : public ::testing::TestWithParam<TestTarget> {
protected:
  ScopedTarget scope{GetParam().name};
};

INSTANTIATE_TEST_SUITE_P(on, Linear, ::testing::ValuesIn(usable_targets()), target_name);

/// Checks y = act(x W^T + b) for every batch up to `batches`. The oracles run once, because a row
/// depends on no other row.
void check_batches(const TestTarget &target, hinge_activation act, std::int64_t out_features,
                   std::int64_t in_features, std::int64_t batches, int pad) {
  const std::int64_t xs = in_features + pad, ys = out_features + 2 * pad, ws = in_features + pad;
  const float gap = 77.0f;
  const std::vector<float> w = random_values(std::size_t(out_features * ws + 1), 1);
  const std::vector<float> bias = random_values(std::size_t(out_features), 2);
  const std::vector<float> x = random_values(std::size_t(batches * xs + 1), 3);
  const LinearPtr l = create_linear({w.data(), out_features, in_features, ws}, bias.data(), act);
  ASSERT_NE(nullptr, l);
  std::vector<float> expected;
  for (std::int64_t batch = batches; batch >= 0; batch--) {
    std::vector<float> y(std::size_t(batches * ys + 1), gap);
    ASSERT_HINGE_OK(linear_forward(l.get(), {x.data(), batch, in_features, xs},
                                   {y.data(), batch, out_features, ys}));
    if (batch == batches) {
      for (std::int64_t m = 0; m < batch; m++)
        for (std::int64_t n = 0; n < out_features; n++)
          ASSERT_NO_FATAL_FAILURE(expect_linear(target, act, x.data() + m * xs, w.data() + n * ws,
                                                in_features, bias[std::size_t(n)],
                                                y[std::size_t(m * ys + n)]))
              << batch << " x " << in_features << " -> " << out_features << " at " << m << ", "
              << n;
      expected = y;
    }
    for (std::int64_t i = 0; i < std::int64_t(y.size()); i++) {
      const bool inside = ys > 0 && i < batch * ys && i % ys < out_features;
      ASSERT_EQ(bits(inside ? expected[std::size_t(i)] : gap), bits(y[std::size_t(i)]))
          << "batch " << batch << " x " << in_features << " -> " << out_features << " at " << i;
    }
  }
}

TEST_P(Linear, every_size_up_to_two_register_tiles) {
  for (std::int64_t out = 0; out <= 2 * GetParam().tile_features; out++)
    for (std::int64_t in : {0, 1, 2, 3, 4, 5, 8, 17})
      ASSERT_NO_FATAL_FAILURE(check_batches(GetParam(), HINGE_ACTIVATION_RELU, out, in,
                                            2 * GetParam().tile_rows, int(out % 3)));
}

TEST_P(Linear, every_activation) {
  for (hinge_activation act : all_activations)
    for (std::int64_t out : {1, 10, 16, 20, 33, 64, 81})
      for (std::int64_t in : {0, 1, 7, 64})
        ASSERT_NO_FATAL_FAILURE(check_batches(GetParam(), act, out, in, 14, 1));
}

TEST_P(Linear, primes_and_sizes_of_real_layers) {
  const struct {
    std::int64_t batch, in, out;
  } shapes[] = {{32, 10, 20},  {2, 1021, 1021}, {37, 61, 211},  {53, 127, 97},
                {7, 4099, 16}, {3, 784, 128},   {101, 3, 257},  {67, 503, 59},
                {1, 64, 2003}, {13, 509, 1301}, {13, 1024, 16}, {29, 2048, 40}};
  for (const auto &s : shapes)
    ASSERT_NO_FATAL_FAILURE(check_batches(GetParam(), HINGE_ACTIVATION_RELU6, s.out, s.in,
                                          std::min<std::int64_t>(s.batch, 3), 1));
  for (const auto &s : shapes) {
    const std::vector<float> w = random_values(std::size_t(s.out * s.in), 4);
    const std::vector<float> bias = random_values(std::size_t(s.out), 5);
    const std::vector<float> x = random_values(std::size_t(s.batch * s.in), 6);
    std::vector<float> y(std::size_t(s.batch * s.out));
    const LinearPtr l =
        create_linear({w.data(), s.out, s.in, s.in}, bias.data(), HINGE_ACTIVATION_RELU);
    ASSERT_HINGE_OK(linear_forward(l.get(), const_view(x, s.batch, s.in), view(y, s.batch, s.out)));
    for (std::int64_t m = 0; m < s.batch; m++)
      for (std::int64_t n = 0; n < s.out; n++)
        ASSERT_NO_FATAL_FAILURE(expect_linear(GetParam(), HINGE_ACTIVATION_RELU,
                                              x.data() + m * s.in, w.data() + n * s.in, s.in,
                                              bias[std::size_t(n)], y[std::size_t(m * s.out + n)]))
            << s.batch << " x " << s.in << " -> " << s.out;
  }
}

TEST_P(Linear, without_bias_is_with_a_bias_of_zero) {
  const std::vector<float> w = random_values(33 * 9, 1), x = random_values(5 * 9, 2);
  const std::vector<float> zeros(33, 0.0f);
  std::vector<float> y(5 * 33), z(5 * 33);
  const LinearPtr without = create_linear(const_view(w, 33, 9), nullptr, HINGE_ACTIVATION_NONE);
  const LinearPtr with = create_linear(const_view(w, 33, 9), zeros.data(), HINGE_ACTIVATION_NONE);
  ASSERT_HINGE_OK(linear_forward(without.get(), const_view(x, 5, 9), view(y, 5, 33)));
  ASSERT_HINGE_OK(linear_forward(with.get(), const_view(x, 5, 9), view(z, 5, 33)));
  for (std::size_t i = 0; i < y.size(); i++)
    ASSERT_EQ(bits(y[i]), bits(z[i]));
  for (std::int64_t m = 0; m < 5; m++)
    for (std::int64_t n = 0; n < 33; n++)
      ASSERT_NO_FATAL_FAILURE(expect_linear(GetParam(), HINGE_ACTIVATION_NONE,
                                            &x[std::size_t(m * 9)], &w[std::size_t(n * 9)], 9, 0.0f,
                                            y[std::size_t(m * 33 + n)]));
}

TEST_P(Linear, touches_nothing_outside_its_views) {
  for (auto flush : both_sides)
    for (std::int64_t out : {1, 15, 16, 17, 31, 33, 48, 65, 130})
      for (std::int64_t in : {1, 2, 7, 16, 19}) {
        GuardedMatrix w(out, in, flush), bias(1, out, flush);
        w.fill(random_values(997, 1));
        bias.fill(random_values(997, 2));
        const LinearPtr l = create_linear(w.const_view(), bias.data(), HINGE_ACTIVATION_RELU);
        ASSERT_NE(nullptr, l);
        for (std::int64_t batch : {1, 2, 5, 12, 13, 14, 27}) {
          GuardedMatrix x(batch, in, flush), y(batch, out, flush);
          x.fill(random_values(997, 3));
          ASSERT_HINGE_OK(linear_forward(l.get(), x.const_view(), y.view()));
          for (std::int64_t m = 0; m < batch; m++)
            for (std::int64_t n = 0; n < out; n++)
              ASSERT_NO_FATAL_FAILURE(expect_linear(GetParam(), HINGE_ACTIVATION_RELU, x.row(m),
                                                    w.row(n), in, bias.data()[n], y.row(m)[n]));
        }
      }
}

TEST_P(Linear, activation_of_special_sums) {
  // Without in_features a sum is its bias, bit for bit. With one, 1 * value + -0 is the value; a
  // NaN becomes some NaN.
  const std::vector<float> &values = special_values();
  const auto out = std::int64_t(values.size());
  const std::vector<float> minus_zeros(values.size(), -0.0f);
  for (hinge_activation act : all_activations)
    for (std::int64_t batch : {1, 2, 12, 13, 29}) {
      std::vector<float> y(std::size_t(batch * out));
      const LinearPtr of_bias = create_linear({nullptr, out, 0, 0}, values.data(), act);
      ASSERT_HINGE_OK(linear_forward(of_bias.get(), {nullptr, batch, 0, 0}, view(y, batch, out)));
      for (std::size_t i = 0; i < y.size(); i++)
        ASSERT_EQ(activation_bits(act, bits(values[i % values.size()])), bits(y[i]))
            << values[i % values.size()];

      const std::vector<float> ones(std::size_t(batch), 1.0f);
      const LinearPtr of_sum = create_linear({values.data(), out, 1, 1}, minus_zeros.data(), act);
      ASSERT_HINGE_OK(
          linear_forward(of_sum.get(), const_view(ones, batch, 1), view(y, batch, out)));
      for (std::size_t i = 0; i < y.size(); i++) {
        const float value = values[i % values.size()];
        if (std::isnan(value))
          ASSERT_TRUE(std::isnan(y[i])) << y[i];
        else
          ASSERT_EQ(activation_bits(act, bits(value)), bits(y[i])) << value;
      }
    }
}

TEST_P(Linear, infinities_and_nans_stay_in_their_rows) {
  std::vector<float> w = random_values(40 * 6, 1), x = random_values(14 * 6, 2), y(14 * 40);
  const std::vector<float> bias = random_values(40, 3);
  x[3 * 6 + 2] = from_bits(0x7fc00001);
  x[7 * 6 + 5] = INFINITY;
  const LinearPtr l = create_linear(const_view(w, 40, 6), bias.data(), HINGE_ACTIVATION_RELU);
  ASSERT_HINGE_OK(linear_forward(l.get(), const_view(x, 14, 6), view(y, 14, 40)));
  for (std::size_t m = 0; m < 14; m++)
    for (std::size_t n = 0; n < 40; n++) {
      if (m == 3)
        ASSERT_TRUE(std::isnan(y[m * 40 + n]));
      else if (m == 7)
        ASSERT_EQ(w[n * 6 + 5] < 0 ? 0.0f : INFINITY, y[m * 40 + n]);
      else
        ASSERT_NO_FATAL_FAILURE(expect_linear(GetParam(), HINGE_ACTIVATION_RELU, &x[m * 6],
                                              &w[n * 6], 6, bias[n], y[m * 40 + n]));
    }
}

TEST_P(Linear, denormals_are_not_flushed) {
  const float tiny = from_bits(5); // 5 * 2^-149
  const std::vector<float> w(20, tiny), x(3, 1.0f);
  std::vector<float> y(60);
  const LinearPtr l = create_linear(const_view(w, 20, 1), nullptr, HINGE_ACTIVATION_RELU6);
  ASSERT_HINGE_OK(linear_forward(l.get(), const_view(x, 3, 1), view(y, 3, 20)));
  for (float value : y)
    ASSERT_EQ(5u, bits(value));
}

TEST_P(Linear, in_the_callers_memory_at_any_address) {
  const std::vector<float> w = random_values(37 * 11, 1), bias = random_values(37, 2);
  const std::vector<float> x = random_values(6 * 11, 3);
  std::size_t bytes = 0;
  ASSERT_HINGE_OK(hinge_linear_packed_bytes(11, 37, &bytes));
  for (std::size_t offset = 0; offset < 70; offset += 3) {
    // Marks fill the bytes between the memory and a guard page: the layer uses no more than it
    // asked for.
    GuardedMatrix pages(1, std::int64_t(bytes / 4 + 70), Flush::at_end);
    char *end = reinterpret_cast<char *>(pages.data() + pages.cols());
    char *memory = end - offset - bytes;
    std::fill(memory - 1, end, 'x');
    hinge_linear *l = nullptr;
    ASSERT_HINGE_OK(linear_create_in(memory, bytes, const_view(w, 37, 11), bias.data(),
                                     HINGE_ACTIVATION_RELU, &l));
    ASSERT_EQ('x', memory[-1]);
    ASSERT_EQ(std::ptrdiff_t(offset), std::count(memory + bytes, end, 'x'));
    std::vector<float> y(6 * 37);
    ASSERT_HINGE_OK(linear_forward(l, const_view(x, 6, 11), view(y, 6, 37)));
    for (std::size_t m = 0; m < 6; m++)
      for (std::size_t n = 0; n < 37; n++)
        ASSERT_NO_FATAL_FAILURE(expect_linear(GetParam(), HINGE_ACTIVATION_RELU, &x[m * 11],
                                              &w[n * 11], 11, bias[n], y[m * 37 + n]));
    hinge_linear_destroy(l);
  }
}

TEST_P(Linear, runs_the_kernels_of_the_target_it_was_created_for) {
  const int out = GetParam().lanes; // one whole vector
  const std::vector<float> w = random_values(std::size_t(out * 3), 1), x = random_values(3, 2);
  std::vector<float> y(std::size_t(out), 0.0f);
  const LinearPtr l = create_linear(const_view(w, out, 3), nullptr, HINGE_ACTIVATION_RELU);
  hinge_linear_info info;
  ASSERT_HINGE_OK(hinge_linear_get_info(l.get(), &info));
  EXPECT_EQ(GetParam().name, info.target);
  EXPECT_EQ(3, info.in_features);
  EXPECT_EQ(out, info.out_features);
  EXPECT_EQ(HINGE_ACTIVATION_RELU, info.activation);
  for (const TestTarget &other : usable_targets()) {
    ASSERT_HINGE_OK(hinge_set_target(other.name.c_str()));
    ASSERT_HINGE_OK(linear_forward(l.get(), const_view(x, 1, 3), view(y, 1, out)));
    EXPECT_EQ("hinge_linear_relu_1v_" + GetParam().name, hinge_last_kernel());
  }
}

TEST_P(Linear, rounds_as_the_target_says) {
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: a rounded product loses the last term, an fma keeps it.
  const float a = 1.0f + std::ldexp(1.0f, -12);
  const float bias = -(1.0f + std::ldexp(1.0f, -11));
  float y = -1.0f;
  const LinearPtr l = create_linear({&a, 1, 1, 1}, &bias, HINGE_ACTIVATION_NONE);
  ASSERT_HINGE_OK(linear_forward(l.get(), {&a, 1, 1, 1}, {&y, 1, 1, 1}));
  EXPECT_EQ(GetParam().has_fma ? std::ldexp(1.0f, -24) : 0.0f, y);
}

TEST_P(Linear, columns_beside_each_other_in_one_matrix) {
  const std::vector<float> w = random_values(7 * 5, 1);
  const LinearPtr l = create_linear(const_view(w, 7, 5), nullptr, HINGE_ACTIVATION_NONE);
  std::vector<float> matrix = random_values(9 * 12, 2);
  ASSERT_HINGE_OK(
      linear_forward(l.get(), {matrix.data(), 9, 5, 12}, {matrix.data() + 5, 9, 7, 12}));
  for (std::size_t m = 0; m < 9; m++)
    for (std::size_t n = 0; n < 7; n++)
      ASSERT_NO_FATAL_FAILURE(expect_linear(GetParam(), HINGE_ACTIVATION_NONE, &matrix[m * 12],
                                            &w[n * 5], 5, 0.0f, matrix[m * 12 + 5 + n]));
}

TEST_P(Linear, row_strides_beyond_32_bits) {
  // 9 rows are 2^28 + 1 elements apart. Only the rows of this address space are ever touched.
  const std::int64_t stride = (std::int64_t(1) << 28) + 1, batch = 9;
  const std::vector<float> w = random_values(3 * 4, 1);
  const LinearPtr l = create_linear(const_view(w, 3, 4), nullptr, HINGE_ACTIVATION_RELU);
  std::unique_ptr<GuardedMatrix> lazy;
  lazy = std::make_unique<GuardedMatrix>(1, 2 * batch * stride, Flush::at_end);
  float *x = lazy->data(), *y = x + batch * stride;
  const std::vector<float> values = random_values(std::size_t(batch * 4), 2);
  for (std::int64_t m = 0; m < batch; m++)
    for (std::int64_t k = 0; k < 4; k++)
      x[m * stride + k] = values[std::size_t(m * 4 + k)];
  ASSERT_HINGE_OK(linear_forward(l.get(), {x, batch, 4, stride}, {y, batch, 3, stride}));
  for (std::int64_t m = 0; m < batch; m++)
    for (std::int64_t n = 0; n < 3; n++)
      ASSERT_NO_FATAL_FAILURE(expect_linear(GetParam(), HINGE_ACTIVATION_RELU, x + m * stride,
                                            &w[std::size_t(n * 4)], 4, 0.0f, y[m * stride + n]));
  ASSERT_HINGE_OK(
      activation_forward(HINGE_ACTIVATION_RELU, {x, batch, 4, stride}, {x, batch, 4, stride}));
  for (std::int64_t m = 0; m < batch; m++)
    for (std::int64_t k = 0; k < 4; k++)
      ASSERT_EQ(activation(HINGE_ACTIVATION_RELU, values[std::size_t(m * 4 + k)]),
                x[m * stride + k]);
}

TEST(LinearCpp, owns_moves_and_throws) {
  const std::vector<float> w{1, 2, 3, 4}, bias{-10, 0.5f}, x{1, 1};
  std::vector<float> y(2);
  hinge::Linear first({w.data(), 2, 2}, bias.data(), hinge::Activation::relu);
  hinge::Linear second = std::move(first);
  second({x.data(), 1, 2}, {y.data(), 1, 2});
  EXPECT_EQ((std::vector<float>{0.0f, 7.5f}), y);
  hinge::Linear third({w.data(), 2, 2});
  third = std::move(second);
  EXPECT_EQ(2, third.info().out_features);

  std::vector<char> memory(hinge::Linear::packed_bytes(2, 2));
  hinge::Linear placed(memory.data(), memory.size(), {w.data(), 2, 2}, bias.data(),
                       hinge::Activation::none);
  placed({x.data(), 1, 2}, {y.data(), 1, 2});
  EXPECT_EQ((std::vector<float>{-7.0f, 7.5f}), y);

  try {
    placed({x.data(), 1, 1}, {y.data(), 1, 2});
    FAIL() << "nothing thrown";
  } catch (const hinge::Error &e) {
    EXPECT_EQ(HINGE_INVALID_ARGUMENT, e.status());
    EXPECT_STREQ("x.cols is 1: expected in_features, 2", e.what());
  }
}

} // namespace

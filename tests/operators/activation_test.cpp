// Activations through the public interface: the contract's bits for every value, length and alias.
#include "support.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace hinge_test;

namespace {

class Activation : public ::testing::TestWithParam<TestTarget> {
  ScopedTarget scope{GetParam().name};
};

INSTANTIATE_TEST_SUITE_P(on, Activation, ::testing::ValuesIn(usable_targets()), target_name);

TEST_P(Activation, every_special_value_at_every_place) {
  const std::vector<float> &values = special_values();
  // Lengths reach beyond two steps of the widest loop. Each value comes up in the body and in the
  // tail.
  const int longest = 2 * 4 * GetParam().lanes + 3;
  for (hinge_activation act : elementwise_activations)
    for (int length = 0; length <= longest; length++)
      for (float value : values) {
        std::vector<float> x(std::size_t(length), value), y(x.size(), -1.0f), z = x;
        ASSERT_HINGE_OK(activation_forward(act, const_view(x, 1, length), view(y, 1, length)));
        ASSERT_HINGE_OK(activation_forward(act, const_view(z, 1, length), view(z, 1, length)));
        for (std::size_t i = 0; i < x.size(); i++) {
          ASSERT_EQ(activation_bits(act, bits(value)), bits(y[i]));
          ASSERT_EQ(activation_bits(act, bits(value)), bits(z[i]));
          ASSERT_EQ(bits(value), bits(x[i]));
        }
      }
}

TEST_P(Activation, floats_of_all_bit_patterns) {
  // The best target of the machine gets all 2^32 values, others and sanitizers every 61st, an
  // emulator every 997th. The steps are primes, so all exponents, signs and payloads come up.
#if defined(HINGE_EMULATED)
  const std::uint64_t step = 997;
#elif defined(HINGE_SANITIZE)
  const std::uint64_t step = 61;
#else
  const std::uint64_t step = GetParam().name == usable_targets().back().name ? 1 : 61;
#endif
  const std::uint64_t chunk = 1 << 20;
  std::vector<std::uint32_t> u(chunk);
  std::vector<float> x(chunk), y(chunk);
  for (std::uint64_t begin = 0; begin <= 0xffffffffu; begin += chunk * step) {
    const std::size_t count = std::size_t(std::min(chunk, (0xffffffffu - begin) / step + 1));
    for (std::size_t i = 0; i < count; i++)
      u[i] = std::uint32_t(begin + i * step);
    std::copy_n(reinterpret_cast<const char *>(u.data()), count * 4,
                reinterpret_cast<char *>(x.data()));
    for (hinge_activation act : elementwise_activations) {
      ASSERT_HINGE_OK(activation_forward(act, {x.data(), 1, std::int64_t(count), 0},
                                         {y.data(), 1, std::int64_t(count), 0}));
      std::uint32_t different = 0;
      for (std::size_t i = 0; i < count; i++)
        different |= activation_bits(act, u[i]) ^ bits(y[i]);
      ASSERT_EQ(0u, different) << "activation " << act << ", from pattern " << begin;
    }
  }
}

TEST_P(Activation, strides_leave_the_gaps_alone) {
  const float gap = 123.0f;
  for (hinge_activation act : elementwise_activations)
    for (int rows : {0, 1, 2, 7})
      for (int cols : {0, 1, 3, 16, 17, 67})
        for (int x_pad : {0, 1, 5})
          for (int y_pad : {0, 3}) {
            const int xs = cols + x_pad, ys = cols + y_pad;
            std::vector<float> x = random_values(std::size_t(rows * xs + 1), 1);
            std::vector<float> y(std::size_t(rows * ys + 1), gap);
            const std::vector<float> x_before = x;
            ASSERT_HINGE_OK(
                activation_forward(act, {x.data(), rows, cols, xs}, {y.data(), rows, cols, ys}));
            ASSERT_EQ(x_before, x);
            for (int i = 0; i < int(y.size()); i++) {
              const int m = ys ? i / ys : 0, n = ys ? i % ys : 0;
              const float expected =
                  m < rows && n < cols ? activation(act, x[std::size_t(m * xs + n)]) : gap;
              ASSERT_EQ(bits(expected), bits(y[std::size_t(i)])) << m << ", " << n;
            }
            // In place.
            ASSERT_HINGE_OK(
                activation_forward(act, {x.data(), rows, cols, xs}, {x.data(), rows, cols, xs}));
            for (int i = 0; i < int(x.size()); i++) {
              const int m = xs ? i / xs : 0, n = xs ? i % xs : 0;
              const float before = x_before[std::size_t(i)];
              const float expected = m < rows && n < cols ? activation(act, before) : before;
              ASSERT_EQ(bits(expected), bits(x[std::size_t(i)])) << m << ", " << n;
            }
          }
}

TEST_P(Activation, touches_nothing_outside_the_rows) {
  for (auto flush : both_sides)
    for (hinge_activation act : elementwise_activations)
      for (int cols = 1; cols <= 2 * 4 * GetParam().lanes + 3; cols++) {
        GuardedMatrix x(2, cols, flush), y(2, cols, flush);
        x.fill(special_values());
        ASSERT_HINGE_OK(activation_forward(act, x.const_view(), y.view()));
        ASSERT_HINGE_OK(activation_forward(act, x.const_view(), x.view()));
        for (int m = 0; m < 2; m++)
          for (int n = 0; n < cols; n++)
            ASSERT_EQ(bits(y.row(m)[n]), bits(x.row(m)[n]));
      }
}

TEST_P(Activation, columns_beside_each_other_in_one_matrix) {
  // x is the left part and y the right part: their ranges interleave, and no element is common.
  for (hinge_activation act : elementwise_activations) {
    std::vector<float> matrix = random_values(50 * 30, 1);
    const std::vector<float> before = matrix;
    ASSERT_HINGE_OK(
        activation_forward(act, {matrix.data(), 50, 15, 30}, {matrix.data() + 15, 50, 15, 30}));
    for (std::size_t i = 0; i < matrix.size(); i++) {
      const float expected = i % 30 < 15 ? before[i] : activation(act, before[i - 15]);
      ASSERT_EQ(bits(expected), bits(matrix[i]));
    }
  }
}

TEST_P(Activation, floats_at_odd_addresses) {
  // No alignment is required, not even that of a float.
  std::vector<char> x_bytes(4 * 101 + 1), y_bytes(4 * 101 + 3);
  const std::vector<float> values = random_values(101, 1);
  std::copy_n(reinterpret_cast<const char *>(values.data()), 4 * 101, x_bytes.data() + 1);
  auto *x = reinterpret_cast<const float *>(x_bytes.data() + 1);
  auto *y = reinterpret_cast<float *>(y_bytes.data() + 3);
  ASSERT_HINGE_OK(activation_forward(HINGE_ACTIVATION_RELU, {x, 1, 101, 0}, {y, 1, 101, 0}));
  for (std::size_t i = 0; i < 101; i++) {
    float result;
    std::copy_n(y_bytes.data() + 3 + 4 * i, 4, reinterpret_cast<char *>(&result));
    ASSERT_EQ(bits(activation(HINGE_ACTIVATION_RELU, values[i])), bits(result));
  }
}

TEST_P(Activation, backward_from_the_output_and_from_the_input) {
  const std::vector<float> &values = special_values();
  const auto n = std::int64_t(values.size());
  // All pairs of x and dy; y = act(x).
  std::vector<float> x(values.size() * values.size()), dy(x.size()), y(x.size()), dx(x.size());
  for (std::size_t i = 0; i < x.size(); i++) {
    x[i] = values[i % values.size()];
    dy[i] = values[i / values.size()];
  }
  for (hinge_activation act : elementwise_activations) {
    ASSERT_HINGE_OK(activation_forward(act, const_view(x, n, n), view(y, n, n)));
    for (const std::vector<float> &from : {x, y}) {
      ASSERT_HINGE_OK(
          activation_backward(act, const_view(from, n, n), const_view(dy, n, n), view(dx, n, n)));
      std::vector<float> in_place = dy;
      ASSERT_HINGE_OK(activation_backward(act, const_view(from, n, n), const_view(in_place, n, n),
                                          view(in_place, n, n)));
      for (std::size_t i = 0; i < x.size(); i++) {
        const std::uint32_t expected = activation_backward_bits(act, bits(x[i]), bits(dy[i]));
        ASSERT_EQ(expected, bits(dx[i])) << x[i] << ", " << dy[i];
        ASSERT_EQ(expected, bits(in_place[i])) << x[i] << ", " << dy[i];
      }
    }
  }
}

TEST_P(Activation, backward_agrees_with_central_differences) {
  // The reference is (act(x + h) - act(x - h)) / 2h in double, away from the kinks at 0 and 6.
  const std::vector<float> x = random_values(5000, 1), dy = random_values(5000, 2);
  std::vector<float> scaled(x), dx(x.size());
  for (float &v : scaled)
    v *= 5;
  const double h = 1e-3;
  for (hinge_activation act : elementwise_activations) {
    const double top = act == HINGE_ACTIVATION_RELU6 ? 6 : 1e30;
    auto value = [&](double v) { return std::min(std::max(v, 0.0), top); };
    ASSERT_HINGE_OK(activation_backward(act, const_view(scaled, 50, 100), const_view(dy, 50, 100),
                                        view(dx, 50, 100)));
    int checked = 0;
    for (std::size_t i = 0; i < x.size(); i++) {
      const double v = scaled[i];
      if (std::abs(v) < 2 * h || std::abs(v - top) < 2 * h)
        continue;
      ASSERT_NEAR((value(v + h) - value(v - h)) / (2 * h) * dy[i], dx[i], 1e-9) << v;
      checked++;
    }
    EXPECT_GT(checked, 4900);
  }
}

TEST_P(Activation, backward_strides_guard_pages_and_streaming) {
  for (std::int64_t bytes : {-1, 0})
    for (auto flush : both_sides)
      for (int cols : {1, 7, 64, 2051}) {
        hinge_set_nontemporal_bytes(bytes);
        GuardedMatrix y(3, cols, flush), dy(3, cols, flush), dx(3, cols, flush);
        y.fill(random_values(997, 1));
        dy.fill(random_values(991, 2));
        ASSERT_HINGE_OK(
            activation_backward(HINGE_ACTIVATION_RELU, y.const_view(), dy.const_view(), dx.view()));
        hinge_set_nontemporal_bytes(-1);
        for (int m = 0; m < 3; m++)
          for (int n = 0; n < cols; n++)
            ASSERT_EQ(activation_backward_bits(HINGE_ACTIVATION_RELU, bits(y.row(m)[n]),
                                               bits(dy.row(m)[n])),
                      bits(dx.row(m)[n]));
        ASSERT_HINGE_OK(
            activation_backward(HINGE_ACTIVATION_RELU, y.const_view(), dy.const_view(), dy.view()));
        for (int m = 0; m < 3; m++)
          for (int n = 0; n < cols; n++)
            ASSERT_EQ(bits(dx.row(m)[n]), bits(dy.row(m)[n]));
      }
}

TEST_P(Activation, backward_from_parts_of_one_matrix_and_by_threads) {
  // y, dy and dx lie side by side. y and dy may be the same.
  std::vector<float> matrix = random_values(700 * 1500, 1);
  const std::vector<float> before = matrix;
  const hinge_const_view y{matrix.data(), 700, 500, 1500}, dy{matrix.data() + 500, 700, 500, 1500};
  for (int threads : {1, 3}) {
    matrix = before;
    ASSERT_HINGE_OK(hinge_set_num_threads(threads));
    const hinge_status status =
        activation_backward(HINGE_ACTIVATION_RELU6, y, dy, {matrix.data() + 1000, 700, 500, 1500});
    ASSERT_HINGE_OK(hinge_set_num_threads(1));
    ASSERT_HINGE_OK(status);
    for (std::size_t i = 0; i < matrix.size(); i++)
      ASSERT_EQ(i % 1500 < 1000
                    ? bits(before[i])
                    : activation_backward_bits(HINGE_ACTIVATION_RELU6, bits(before[i - 1000]),
                                               bits(before[i - 500])),
                bits(matrix[i]));
  }
  std::vector<float> dx(500);
  ASSERT_HINGE_OK(activation_backward(HINGE_ACTIVATION_RELU, {matrix.data(), 1, 500, 0},
                                      {matrix.data(), 1, 500, 0}, view(dx, 1, 500)));
  EXPECT_EQ("hinge_activation_backward_row_relu_" + GetParam().name, hinge_last_kernel());
}

TEST_P(Activation, nontemporal_rows_at_every_offset_to_a_cache_line) {
  // Rows are long enough for nontemporal stores. They begin and end everywhere in a cache line,
  // with gaps between.
  const ScopedNontemporalBytes always(0);
  const float gap = 123.0f;
  for (hinge_activation act : elementwise_activations)
    for (int offset = 0; offset < 17; offset++)
      for (int cols : {2048, 2049, 3001, 4095}) {
        const int stride = cols + 5;
        std::vector<float> x(std::size_t(3 * stride)), y(std::size_t(3 * stride + 32), gap);
        for (std::size_t i = 0; i < x.size(); i++)
          x[i] = special_values()[i % special_values().size()];
        ASSERT_HINGE_OK(activation_forward(act, {x.data(), 3, cols, stride},
                                           {y.data() + offset, 3, cols, stride}));
        for (int i = 0; i < int(y.size()); i++) {
          const int m = (i - offset) / stride, n = (i - offset) % stride;
          const bool inside = i >= offset && m < 3 && n < cols;
          const std::uint32_t expected =
              inside ? activation_bits(act, bits(x[std::size_t(m * stride + n)])) : bits(gap);
          ASSERT_EQ(expected, bits(y[std::size_t(i)])) << m << ", " << n << " from " << offset;
        }
      }
}

TEST_P(Activation, long_rows_at_every_offset_to_a_cache_line) {
  // The elements before the first whole cache line have a call of their own. Offsets are in bytes.
  const float gap = 123.0f;
  for (hinge_activation act : elementwise_activations)
    for (std::size_t offset = 0; offset < 70; offset++)
      for (std::size_t cols : {511, 512, 1000}) {
        std::vector<float> x(cols), y(cols + 40, gap);
        for (std::size_t i = 0; i < cols; i++)
          x[i] = special_values()[i % special_values().size()];
        char *begin = reinterpret_cast<char *>(y.data()) + offset;
        const std::vector<float> before = y;
        ASSERT_HINGE_OK(
            activation_forward(act, const_view(x, 1, std::int64_t(cols)),
                               {reinterpret_cast<float *>(begin), 1, std::int64_t(cols), 0}));
        std::vector<float> expected = before;
        for (std::size_t i = 0; i < cols; i++) {
          const float value = activation(act, x[i]);
          std::copy_n(reinterpret_cast<const char *>(&value), 4,
                      reinterpret_cast<char *>(expected.data()) + offset + 4 * i);
        }
        for (std::size_t i = 0; i < y.size(); i++)
          ASSERT_EQ(bits(expected[i]), bits(y[i])) << i << " from " << offset;
      }
}

TEST_P(Activation, nontemporal_rows_between_guard_pages) {
  const ScopedNontemporalBytes always(0);
  for (auto flush : both_sides)
    for (int cols : {2048, 2051, 5000}) {
      GuardedMatrix x(2, cols, flush), y(2, cols, flush);
      x.fill(special_values());
      ASSERT_HINGE_OK(activation_forward(HINGE_ACTIVATION_RELU, x.const_view(), y.view()));
      for (int m = 0; m < 2; m++)
        for (int n = 0; n < cols; n++)
          ASSERT_EQ(activation_bits(HINGE_ACTIVATION_RELU, bits(x.row(m)[n])), bits(y.row(m)[n]));
    }
}

TEST_P(Activation, nontemporal_dense_and_shared_by_threads) {
  const ScopedNontemporalBytes always(0);
  const std::vector<float> x = random_values(300001, 1);
  for (int threads : {1, 3}) {
    ASSERT_HINGE_OK(hinge_set_num_threads(threads));
    for (std::size_t offset : {0, 1, 2, 3}) { // in bytes, so floats can be misaligned
      std::vector<char> y(x.size() * 4 + 8, 'x');
      ASSERT_HINGE_OK(activation_forward(
          HINGE_ACTIVATION_RELU6, const_view(x, 1, std::int64_t(x.size())),
          {reinterpret_cast<float *>(y.data() + offset), 1, std::int64_t(x.size()), 0}));
      for (std::size_t i = 0; i < x.size(); i++) {
        float result;
        std::copy_n(y.data() + offset + 4 * i, 4, reinterpret_cast<char *>(&result));
        ASSERT_EQ(bits(activation(HINGE_ACTIVATION_RELU6, x[i])), bits(result)) << i;
      }
      ASSERT_EQ('x', y[offset + 4 * x.size()]);
    }
  }
  ASSERT_HINGE_OK(hinge_set_num_threads(1));
}

TEST(NontemporalBytes, are_the_architectures_unless_set) {
  const std::int64_t by_default = hinge_get_nontemporal_bytes();
#if defined(__x86_64__) // the last-level cache
  EXPECT_GE(by_default, std::int64_t(1) << 20);
  EXPECT_LE(by_default, std::int64_t(1) << 31);
#else
  EXPECT_EQ(INT64_MAX, by_default);
#endif
  hinge_set_nontemporal_bytes(12345);
  EXPECT_EQ(12345, hinge_get_nontemporal_bytes());
  hinge_set_nontemporal_bytes(-5);
  EXPECT_EQ(by_default, hinge_get_nontemporal_bytes());
}

TEST_P(Activation, runs_the_kernel_of_the_forced_target) {
  std::vector<float> x(100, -1.0f), y(100);
  ASSERT_HINGE_OK(
      activation_forward(HINGE_ACTIVATION_RELU, const_view(x, 1, 100), view(y, 1, 100)));
  EXPECT_EQ("hinge_activation_row_relu_" + GetParam().name, hinge_last_kernel());
  ASSERT_HINGE_OK(
      activation_forward(HINGE_ACTIVATION_RELU6, const_view(x, 1, 100), view(x, 1, 100)));
  EXPECT_EQ("hinge_activation_inplace_row_relu6_" + GetParam().name, hinge_last_kernel());
  // Rows with gaps.
  ASSERT_HINGE_OK(activation_forward(HINGE_ACTIVATION_RELU, {x.data(), 2, 40, 50},
                                     {y.data(), 2, 40, 50}));
  EXPECT_EQ("hinge_activation_relu_" + GetParam().name, hinge_last_kernel());
}

TEST(ActivationCpp, is_pytorchs_four_modules) {
  const std::vector<float> x{-1.0f, 0.5f, 7.0f};
  std::vector<float> y(3);
  hinge::relu({x.data(), 1, 3}, {y.data(), 1, 3});
  EXPECT_EQ((std::vector<float>{0.0f, 0.5f, 7.0f}), y);
  hinge::relu6({x.data(), 1, 3}, {y.data(), 1, 3});
  EXPECT_EQ((std::vector<float>{0.0f, 0.5f, 6.0f}), y);
  y = x;
  hinge::relu_inplace({y.data(), 1, 3});
  EXPECT_EQ((std::vector<float>{0.0f, 0.5f, 7.0f}), y);
  hinge::relu6_inplace({y.data(), 1, 3});
  EXPECT_EQ((std::vector<float>{0.0f, 0.5f, 6.0f}), y);
}

} // namespace

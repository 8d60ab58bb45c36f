// Masks through the public interface: computed alone or with a forward, used for gradients,
// counted.
#include "support.h"

#include "hinge/hinge.hpp"
#include "hinge/statistics.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>

using namespace hinge_test;

namespace {

class Mask : public ::testing::TestWithParam<TestTarget> {
  ScopedTarget scope{GetParam().name};
};

INSTANTIATE_TEST_SUITE_P(on, Mask, ::testing::ValuesIn(usable_targets()), target_name);

std::vector<std::uint8_t> random_bytes(std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> v(count);
  for (std::uint8_t &b : v)
    b = std::uint8_t(random());
  return v;
}

/// `count` values with every special one among them. `shift` moves them.
std::vector<float> mixed_values(std::size_t count, std::size_t shift) {
  std::vector<float> v(count);
  for (std::size_t i = 0; i < count; i++)
    v[i] = special_values()[(i + shift) % special_values().size()];
  return v;
}

/// Rows end at every bit of a byte, and after some vectors of a kernel.
const std::int64_t lengths[] = {1,  2,  3,  5,   7,   8,   9,   15,  16,  17,  31, 33,
                                63, 64, 65, 100, 127, 129, 255, 256, 511, 512, 513};

TEST_P(Mask, every_special_value_at_every_place) {
  const int longest = 2 * 4 * GetParam().lanes + 3;
  for (hinge_activation act : elementwise_activations)
    for (int length = 1; length <= longest; length++)
      for (float value : special_values()) {
        const std::vector<float> x(std::size_t(length), value);
        const std::vector<std::uint8_t> expected = mask_of(act, const_view(x, 1, length));
        std::vector<std::uint8_t> mask(expected.size(), 0xa5);
        ASSERT_HINGE_OK(activation_mask(act, const_view(x, 1, length), mask_view(mask, 1, length)));
        ASSERT_EQ(expected, mask) << value << ", " << length << " times";
      }
}

TEST_P(Mask, every_length_between_guard_pages) {
  for (auto flush : both_sides)
    for (hinge_activation act : elementwise_activations)
      for (int cols = 1; cols <= 300; cols++) {
        GuardedMatrix x(2, cols, flush), y(2, cols, flush);
        GuardedMask alone(2, cols, flush), with(2, cols, flush), in_place(2, cols, flush);
        const std::vector<float> values = mixed_values(std::size_t(2 * cols), std::size_t(cols));
        x.fill(values);
        for (GuardedMask *mask : {&alone, &with, &in_place})
          mask->fill(0xa5); // set bits: padding must become 0
        ASSERT_HINGE_OK(activation_mask(act, x.const_view(), alone.view()));
        ASSERT_HINGE_OK(activation_forward_mask(act, x.const_view(), y.view(), with.view()));
        ASSERT_HINGE_OK(activation_forward_mask(act, x.const_view(), x.view(), in_place.view()));
        for (int m = 0; m < 2; m++) {
          for (int i = 0; i < cols; i++) {
            const std::uint32_t value =
                activation_bits(act, bits(values[std::size_t(m * cols + i)]));
            ASSERT_EQ(value, bits(y.row(m)[i]));
            ASSERT_EQ(value, bits(x.row(m)[i]));
          }
          for (int i = 0; i < 8 * int(alone.cols()); i++) {
            const bool expected = i < cols && passes(act, bits(values[std::size_t(m * cols + i)]));
            ASSERT_EQ(expected, bit_at(alone.row(m), i)) << "bit " << i << " of " << cols;
            ASSERT_EQ(expected, bit_at(with.row(m), i)) << "bit " << i << " of " << cols;
            ASSERT_EQ(expected, bit_at(in_place.row(m), i)) << "bit " << i << " of " << cols;
          }
        }
        // The mask of the output has the same bits.
        alone.fill(0x5a);
        ASSERT_HINGE_OK(activation_mask(act, y.const_view(), alone.view()));
        for (int m = 0; m < 2; m++)
          ASSERT_TRUE(std::equal(with.row(m), with.row(m) + with.cols(), alone.row(m)));
      }
}

TEST_P(Mask, strides_leave_the_gaps_alone) {
  for (hinge_activation act : elementwise_activations)
    for (int rows : {0, 1, 2, 5})
      for (int cols : {0, 1, 7, 8, 9, 16, 64, 67, 130})
        for (int x_pad : {0, 1, 5})
          for (int mask_pad : {0, 1, 3}) {
            const int xs = cols + x_pad, bytes = (cols + 7) / 8, ms = bytes + mask_pad;
            const std::vector<float> x = mixed_values(std::size_t(rows * xs + 1), 3);
            std::vector<float> y(x.size(), 123.0f);
            std::vector<std::uint8_t> alone(std::size_t(rows * ms + 1), 0xa5), with = alone;
            ASSERT_HINGE_OK(
                activation_mask(act, {x.data(), rows, cols, xs}, {alone.data(), rows, cols, ms}));
            ASSERT_HINGE_OK(activation_forward_mask(act, {x.data(), rows, cols, xs},
                                                    {y.data(), rows, cols, xs},
                                                    {with.data(), rows, cols, ms}));
            for (int i = 0; i < int(alone.size()); i++) {
              const int m = ms ? i / ms : 0, b = ms ? i % ms : 0;
              std::uint8_t expected = m < rows && b < bytes ? 0 : 0xa5;
              for (int c = 8 * b; c < 8 * b + 8 && m < rows && c < cols; c++)
                if (passes(act, bits(x[std::size_t(m * xs + c)])))
                  expected |= std::uint8_t(1 << (c % 8));
              ASSERT_EQ(expected, alone[std::size_t(i)]) << rows << " x " << cols << ", byte " << i;
              ASSERT_EQ(expected, with[std::size_t(i)]) << rows << " x " << cols << ", byte " << i;
            }
            for (int i = 0; i < int(y.size()); i++) {
              const bool inside = xs && i / xs < rows && i % xs < cols;
              ASSERT_EQ(inside ? activation_bits(act, bits(x[std::size_t(i)])) : bits(123.0f),
                        bits(y[std::size_t(i)]));
            }
          }
}

TEST_P(Mask, any_stride_for_a_single_row) {
  const std::vector<float> x = mixed_values(19, 0);
  const std::vector<std::uint8_t> expected = mask_of(HINGE_ACTIVATION_RELU6, const_view(x, 1, 19));
  for (std::int64_t stride : {std::int64_t(-7), std::int64_t(0), INT64_MAX}) {
    std::vector<std::uint8_t> mask(3, 0xa5);
    std::vector<float> dx(19, -1.0f);
    std::vector<std::int64_t> columns(19);
    ASSERT_HINGE_OK(activation_mask(HINGE_ACTIVATION_RELU6, {x.data(), 1, 19, stride},
                                    {mask.data(), 1, 19, stride}));
    ASSERT_EQ(expected, mask);
    ASSERT_HINGE_OK(activation_backward_mask(
        {mask.data(), 1, 19, stride}, {x.data(), 1, 19, stride}, {dx.data(), 1, 19, stride}));
    ASSERT_HINGE_OK(mask_count({mask.data(), 1, 19, stride}, nullptr, columns.data()));
    for (std::size_t i = 0; i < 19; i++) {
      ASSERT_EQ(activation_backward_bits(HINGE_ACTIVATION_RELU6, bits(x[i]), bits(x[i])),
                bits(dx[i]));
      ASSERT_EQ(bit_at(expected.data(), std::int64_t(i)), columns[i]);
    }
  }
}

/// Checks mask, y = act(x) and dx by the mask, with dense rows at byte offsets into their memory.
/// Marks before and after each must stay.
void check_at_offsets(hinge_activation act, std::int64_t rows, std::int64_t cols, std::size_t x_at,
                      std::size_t y_at, std::size_t mask_at) {
  const auto count = std::size_t(rows * cols), bytes = std::size_t(rows * mask_row_bytes(cols));
  const std::vector<float> x = mixed_values(count, x_at), dy = random_values(count, 2);
  std::vector<char> x_memory(4 * count + x_at + 1, 'x'), y_memory(4 * count + y_at + 1, 'y'),
      dx_memory = y_memory;
  std::vector<std::uint8_t> mask(bytes + mask_at + 1, 'm');
  const auto copy_in = [&](const std::vector<float> &from, std::vector<char> &to, std::size_t at) {
    std::copy_n(reinterpret_cast<const char *>(from.data()), 4 * count, to.data() + at);
    return reinterpret_cast<float *>(to.data() + at);
  };
  const float *const x_begin = copy_in(x, x_memory, x_at);
  auto *const y_begin = reinterpret_cast<float *>(y_memory.data() + y_at);
  auto *const dx_begin = reinterpret_cast<float *>(dx_memory.data() + y_at);
  const hinge_mask bits_of_x{mask.data() + mask_at, rows, cols, mask_row_bytes(cols)};
  const auto expect = [&](const std::vector<char> &memory, auto value) {
    for (std::size_t i = 0; i < count; i++) {
      float result;
      std::copy_n(memory.data() + y_at + 4 * i, 4, reinterpret_cast<char *>(&result));
      ASSERT_EQ(value(i), bits(result)) << rows << " x " << cols << " at " << i;
    }
    ASSERT_EQ(std::ptrdiff_t(y_at), std::count(memory.begin(), memory.begin() + int(y_at), 'y'));
    ASSERT_EQ('y', memory.back());
  };
  const std::vector<std::uint8_t> expected_mask = mask_of(act, const_view(x, rows, cols));
  const auto expect_mask = [&] {
    ASSERT_TRUE(std::equal(expected_mask.begin(), expected_mask.end(), bits_of_x.data))
        << rows << " x " << cols << ", x, y and mask at " << x_at << ", " << y_at << ", "
        << mask_at;
    ASSERT_EQ(std::ptrdiff_t(mask_at), std::count(mask.begin(), mask.begin() + int(mask_at), 'm'));
    ASSERT_EQ('m', mask.back());
  };
  ASSERT_HINGE_OK(activation_mask(act, {x_begin, rows, cols, cols}, bits_of_x));
  ASSERT_NO_FATAL_FAILURE(expect_mask());
  std::fill_n(bits_of_x.data, bytes, std::uint8_t(0xa5));
  ASSERT_HINGE_OK(activation_forward_mask(act, {x_begin, rows, cols, cols},
                                          {y_begin, rows, cols, cols}, bits_of_x));
  ASSERT_NO_FATAL_FAILURE(expect_mask());
  ASSERT_NO_FATAL_FAILURE(
      expect(y_memory, [&](std::size_t i) { return activation_bits(act, bits(x[i])); }));
  const auto gradient = [&](std::size_t i) {
    return activation_backward_bits(act, bits(x[i]), bits(dy[i]));
  };
  const hinge_const_mask read{bits_of_x.data, rows, cols, bits_of_x.row_stride};
  ASSERT_HINGE_OK(
      activation_backward_mask(read, const_view(dy, rows, cols), {dx_begin, rows, cols, cols}));
  ASSERT_NO_FATAL_FAILURE(expect(dx_memory, gradient));
  copy_in(dy, dx_memory, y_at);
  ASSERT_HINGE_OK(
      activation_backward_mask(read, {dx_begin, rows, cols, cols}, {dx_begin, rows, cols, cols}));
  ASSERT_NO_FATAL_FAILURE(expect(dx_memory, gradient));
  copy_in(x, y_memory, y_at);
  std::fill_n(bits_of_x.data, bytes, std::uint8_t(0xa5));
  ASSERT_HINGE_OK(activation_forward_mask(act, {y_begin, rows, cols, cols},
                                          {y_begin, rows, cols, cols}, bits_of_x));
  ASSERT_NO_FATAL_FAILURE(expect_mask());
  ASSERT_NO_FATAL_FAILURE(
      expect(y_memory, [&](std::size_t i) { return activation_bits(act, bits(x[i])); }));
}

TEST_P(Mask, dense_rows_with_and_without_padding_bits) {
  // If cols is a multiple of 8, neither x nor the mask has gaps between rows.
  for (hinge_activation act : elementwise_activations)
    for (std::int64_t rows : {1, 2, 3, 8, 33})
      for (std::int64_t cols : lengths)
        ASSERT_NO_FATAL_FAILURE(check_at_offsets(act, rows, cols, 0, 0, 0));
}

TEST_P(Mask, floats_and_bytes_at_odd_addresses) {
  for (hinge_activation act : elementwise_activations)
    for (std::size_t at = 0; at < 16; at++)
      for (std::size_t byte : {0, 1, 3})
        for (std::int64_t cols : {1, 67, 513, 1000, 1024}) {
          const std::size_t x_at = 4 * at + byte, y_at = 4 * (at * 5 % 16) + (byte ? 2 : 0);
          ASSERT_NO_FATAL_FAILURE(check_at_offsets(act, 1, cols, x_at, y_at, at));
          ASSERT_NO_FATAL_FAILURE(check_at_offsets(act, 3, cols, x_at, y_at, at));
        }
}

TEST_P(Mask, nontemporal) {
  // Sizes around multiples of pages and vectors begin at every float of a cache line.
  const ScopedNontemporalBytes always(0);
  for (hinge_activation act : elementwise_activations) {
    for (std::int64_t cols : {511, 512, 513, 1023, 1025, 2048, 2049, 4095, 4096, 4097, 8200, 12288})
      for (std::int64_t rows : {1, 3})
        ASSERT_NO_FATAL_FAILURE(check_at_offsets(act, rows, cols, 0, 0, 0));
    for (std::size_t at = 0; at < 16; at++)
      for (std::int64_t cols : {2048, 4099})
        ASSERT_NO_FATAL_FAILURE(check_at_offsets(act, 2, cols, 4 * (at * 3 % 16), 4 * at, at));
    ASSERT_NO_FATAL_FAILURE(check_at_offsets(act, 2, 5000, 1, 3, 1));
  }
}

TEST_P(Mask, nontemporal_rows_between_guard_pages) {
  const ScopedNontemporalBytes always(0);
  for (hinge_activation act : elementwise_activations)
    for (auto flush : both_sides)
      for (int cols : {2048, 2051, 4104, 5001}) {
        GuardedMatrix x(2, cols, flush), y(2, cols, flush), dx(2, cols, flush);
        GuardedMask mask(2, cols, flush);
        x.fill(special_values());
        ASSERT_HINGE_OK(activation_forward_mask(act, x.const_view(), y.view(), mask.view()));
        ASSERT_HINGE_OK(activation_backward_mask(mask.const_view(), x.const_view(), dx.view()));
        for (int m = 0; m < 2; m++)
          for (int i = 0; i < cols; i++) {
            const std::uint32_t u = bits(x.row(m)[i]);
            ASSERT_EQ(passes(act, u), bit_at(mask.row(m), i)) << i << " of " << cols;
            ASSERT_EQ(activation_bits(act, u), bits(y.row(m)[i])) << i << " of " << cols;
            ASSERT_EQ(activation_backward_bits(act, u, u), bits(dx.row(m)[i])) << i;
          }
      }
}

TEST_P(Mask, large_and_shared_by_threads) {
  // Threads share more than 2^18 elements: in one row, in rows with and without padding bits, at
  // odd addresses.
  const struct {
    std::int64_t rows, cols;
    std::size_t x_at, y_at, mask_at;
  } shapes[] = {
      {1, 300001, 4, 12, 1}, {300, 1000, 0, 0, 0}, {301, 997, 1, 2, 3}, {40000, 7, 0, 0, 0}};
  const struct {
    int threads;
    std::int64_t nontemporal;
  } ways[] = {{1, -1}, {3, -1}, {3, 0}};
  for (const auto &way : ways) {
    const ScopedThreads with(way.threads);
    const ScopedNontemporalBytes from(way.nontemporal);
    for (const auto &s : shapes)
      ASSERT_NO_FATAL_FAILURE(
          check_at_offsets(HINGE_ACTIVATION_RELU6, s.rows, s.cols, s.x_at, s.y_at, s.mask_at));
  }
}

TEST_P(Mask, backward_has_the_bits_of_backward_from_y) {
  // Every special value of y meets every one of dy.
  const std::vector<float> &values = special_values();
  const auto n = std::int64_t(values.size());
  std::vector<float> x(values.size() * values.size()), dy(x.size()), from_y(x.size()),
      from_mask(x.size());
  for (std::size_t i = 0; i < x.size(); i++) {
    x[i] = values[i % values.size()];
    dy[i] = values[i / values.size()];
  }
  for (hinge_activation act : elementwise_activations)
    for (std::int64_t rows : {std::int64_t(1), n}) {
      const std::int64_t cols = n * n / rows;
      std::vector<float> y(x.size());
      std::vector<std::uint8_t> mask(std::size_t(rows * mask_row_bytes(cols)), 0xa5);
      ASSERT_HINGE_OK(activation_forward_mask(act, const_view(x, rows, cols), view(y, rows, cols),
                                              mask_view(mask, rows, cols)));
      ASSERT_HINGE_OK(activation_backward(act, const_view(y, rows, cols),
                                          const_view(dy, rows, cols), view(from_y, rows, cols)));
      ASSERT_HINGE_OK(activation_backward_mask(const_mask_view(mask, rows, cols),
                                               const_view(dy, rows, cols),
                                               view(from_mask, rows, cols)));
      std::vector<float> in_place = dy;
      ASSERT_HINGE_OK(activation_backward_mask(const_mask_view(mask, rows, cols),
                                               const_view(in_place, rows, cols),
                                               view(in_place, rows, cols)));
      for (std::size_t i = 0; i < x.size(); i++) {
        ASSERT_EQ(activation_backward_bits(act, bits(x[i]), bits(dy[i])), bits(from_mask[i]))
            << x[i] << ", " << dy[i];
        ASSERT_EQ(bits(from_y[i]), bits(from_mask[i])) << x[i] << ", " << dy[i];
        ASSERT_EQ(bits(from_y[i]), bits(in_place[i])) << x[i] << ", " << dy[i];
      }
    }
}

TEST_P(Mask, backward_from_masks_of_others) {
  // All bits are random, the padding too, which is ignored. dx begins at every float of a cache
  // line.
  for (auto flush : both_sides)
    for (int cols = 1; cols <= 300; cols++) {
      GuardedMask mask(2, cols, flush);
      GuardedMatrix dy(2, cols, flush), dx(2, cols, flush);
      mask.fill(random_bytes(199, std::uint32_t(cols)));
      dy.fill(special_values());
      ASSERT_HINGE_OK(activation_backward_mask(mask.const_view(), dy.const_view(), dx.view()));
      for (int m = 0; m < 2; m++)
        for (int i = 0; i < cols; i++)
          ASSERT_EQ(bit_at(mask.row(m), i) ? bits(dy.row(m)[i]) : 0u, bits(dx.row(m)[i]))
              << i << " of " << cols;
      ASSERT_HINGE_OK(activation_backward_mask(mask.const_view(), dy.const_view(), dy.view()));
      for (int m = 0; m < 2; m++)
        for (int i = 0; i < cols; i++)
          ASSERT_EQ(bits(dx.row(m)[i]), bits(dy.row(m)[i])) << i << " of " << cols;
    }
  for (std::int64_t least : {-1, 0}) {
    const ScopedNontemporalBytes from(least);
    for (std::size_t at = 0; at < 17; at++)
      for (int cols : {511, 1003, 2049, 4100}) {
        const int bytes = (cols + 7) / 8, mask_stride = bytes + 2, stride = cols + 3;
        const std::vector<std::uint8_t> mask = random_bytes(std::size_t(3 * mask_stride), 1);
        const std::vector<float> dy = random_values(std::size_t(3 * stride), 2);
        std::vector<float> dx(dy.size() + 17, 123.0f);
        ASSERT_HINGE_OK(activation_backward_mask({mask.data(), 3, cols, mask_stride},
                                                 {dy.data(), 3, cols, stride},
                                                 {dx.data() + at, 3, cols, stride}));
        for (int i = 0; i < int(dx.size()); i++) {
          const int j = i - int(at), m = j / stride, c = j % stride;
          const bool inside = j >= 0 && m < 3 && c < cols;
          const std::uint32_t expected = !inside ? bits(123.0f)
                                         : bit_at(mask.data() + m * mask_stride, c)
                                             ? bits(dy[std::size_t(j)])
                                             : 0u;
          ASSERT_EQ(expected, bits(dx[std::size_t(i)])) << i << " from " << at;
        }
      }
  }
}

void check_counts(std::int64_t rows, std::int64_t cols, std::int64_t pad) {
  const std::int64_t stride = mask_row_bytes(cols) + pad;
  // Padding bits and gaps hold garbage.
  const std::vector<std::uint8_t> mask = random_bytes(std::size_t(rows * stride + 1), 1);
  // The old counts need more than 32 bits. One more of each must stay.
  const std::int64_t before = std::int64_t(1) << 40;
  std::vector<std::int64_t> per_row(std::size_t(rows + 1), before),
      per_column(std::size_t(cols + 1), -before);
  std::vector<std::int64_t> expected_rows = per_row, expected_columns = per_column;
  for (std::int64_t m = 0; m < rows; m++)
    for (std::int64_t i = 0; i < cols; i++)
      if (bit_at(mask.data() + m * stride, i)) {
        expected_rows[std::size_t(m)]++;
        expected_columns[std::size_t(i)]++;
      }
  const hinge_const_mask view{mask.data(), rows, cols, stride};
  std::vector<std::int64_t> rows_alone = per_row, columns_alone = per_column;
  ASSERT_HINGE_OK(mask_count(view, per_row.data(), per_column.data()));
  ASSERT_HINGE_OK(mask_count(view, rows_alone.data(), nullptr));
  ASSERT_HINGE_OK(mask_count(view, nullptr, columns_alone.data()));
  ASSERT_HINGE_OK(mask_count(view, nullptr, nullptr));
  ASSERT_EQ(expected_rows, per_row) << rows << " x " << cols;
  ASSERT_EQ(expected_rows, rows_alone) << rows << " x " << cols;
  ASSERT_EQ(expected_columns, per_column) << rows << " x " << cols;
  ASSERT_EQ(expected_columns, columns_alone) << rows << " x " << cols;
}

TEST_P(Mask, counts_are_added_to_what_is_there) {
  for (std::int64_t rows : {0, 1, 2, 3, 7, 255, 256, 511, 512, 513, 1500})
    for (std::int64_t cols : {0, 1, 7, 8, 9, 63, 64, 65, 500, 512, 513, 1025})
      for (std::int64_t pad : {0, 3})
        ASSERT_NO_FATAL_FAILURE(check_counts(rows, cols, pad));
  for (std::int64_t cols = 1; cols <= 150; cols++)
    ASSERT_NO_FATAL_FAILURE(check_counts(3, cols, 1));
  ASSERT_NO_FATAL_FAILURE(check_counts(70001, 3, 0));
  ASSERT_NO_FATAL_FAILURE(check_counts(2, 70001, 0));
}

TEST_P(Mask, counts_between_guard_pages) {
  for (auto flush : both_sides)
    for (std::int64_t cols : {1, 8, 63, 64, 65, 200, 513, 4099}) {
      GuardedMask mask(3, cols, flush);
      GuardedRows<std::uint8_t> row_memory(1, 3 * 8, flush), column_memory(1, cols * 8, flush);
      mask.fill(0xff); // padding bits too
      row_memory.fill(0);
      column_memory.fill(0);
      auto *const per_row = reinterpret_cast<std::int64_t *>(row_memory.data());
      auto *const per_column = reinterpret_cast<std::int64_t *>(column_memory.data());
      ASSERT_HINGE_OK(mask_count(mask.const_view(), per_row, per_column));
      EXPECT_EQ(3, std::count(per_row, per_row + 3, cols));
      EXPECT_EQ(cols, std::count(per_column, per_column + cols, 3));
    }
}

TEST_P(Mask, empty) {
  for (hinge_activation act : elementwise_activations)
    for (std::int64_t rows : {0, 4}) {
      const std::int64_t cols = 4 - rows;
      EXPECT_EQ(HINGE_OK,
                activation_mask(act, {nullptr, rows, cols, cols}, {nullptr, rows, cols, 1}));
      EXPECT_EQ(HINGE_OK,
                activation_forward_mask(act, {nullptr, rows, cols, cols},
                                        {nullptr, rows, cols, cols}, {nullptr, rows, cols, 1}));
      EXPECT_EQ(HINGE_OK,
                activation_backward_mask({nullptr, rows, cols, 1}, {nullptr, rows, cols, cols},
                                         {nullptr, rows, cols, cols}));
      std::int64_t counts[4] = {1, 2, 3, 4};
      EXPECT_EQ(HINGE_OK, mask_count({nullptr, rows, cols, 1}, rows ? counts : nullptr,
                                     cols ? counts : nullptr));
      EXPECT_EQ(4, counts[3]);
    }
}

TEST_P(Mask, of_parts_of_one_matrix) {
  // x, y, dy and dx are column ranges of one matrix, the masks of one of bytes.
  for (hinge_activation act : elementwise_activations) {
    std::vector<float> matrix = random_values(50 * 80, 1);
    for (float &v : matrix)
      v *= 5;
    const std::vector<float> before = matrix;
    std::vector<std::uint8_t> masks(50 * 6, 0xa5);
    const hinge_const_view x{matrix.data(), 50, 20, 80}, dy{matrix.data() + 40, 50, 20, 80};
    ASSERT_HINGE_OK(activation_forward_mask(act, x, {matrix.data() + 20, 50, 20, 80},
                                            {masks.data(), 50, 20, 6}));
    ASSERT_HINGE_OK(activation_mask(act, x, {masks.data() + 3, 50, 20, 6}));
    ASSERT_HINGE_OK(activation_backward_mask({masks.data() + 3, 50, 20, 6}, dy,
                                             {matrix.data() + 60, 50, 20, 80}));
    for (std::size_t m = 0; m < 50; m++)
      for (std::size_t i = 0; i < 20; i++) {
        const float *const row = &matrix[m * 80], *const old = &before[m * 80];
        const std::uint32_t u = bits(old[i]);
        ASSERT_EQ(passes(act, u), bit_at(&masks[m * 6], std::int64_t(i)));
        ASSERT_EQ(passes(act, u), bit_at(&masks[m * 6 + 3], std::int64_t(i)));
        ASSERT_EQ(u, bits(row[i]));
        ASSERT_EQ(activation_bits(act, u), bits(row[20 + i]));
        ASSERT_EQ(bits(old[40 + i]), bits(row[40 + i]));
        ASSERT_EQ(activation_backward_bits(act, u, bits(old[40 + i])), bits(row[60 + i]));
      }
  }
}

TEST_P(Mask, row_strides_beyond_32_bits) {
  // Only the rows of this address space are ever touched. The low halves of the strides are small.
  for (std::int64_t stride : {(std::int64_t(1) << 28) + 1, (std::int64_t(1) << 32) + 33}) {
    const std::int64_t rows = 5, cols = 33, bytes = mask_row_bytes(cols);
    const GuardedRows<float> x_memory(1, rows * stride, Flush::at_end),
        y_memory(1, rows * stride, Flush::at_end);
    const GuardedRows<std::uint8_t> mask_memory(1, rows * stride, Flush::at_end);
    const std::vector<float> values = random_values(std::size_t(rows * cols), 1);
    for (std::int64_t m = 0; m < rows; m++)
      std::copy_n(&values[std::size_t(m * cols)], cols, x_memory.data() + m * stride);
    const hinge_const_view x{x_memory.data(), rows, cols, stride};
    const hinge_view y{y_memory.data(), rows, cols, stride};
    const hinge_mask mask{mask_memory.data(), rows, cols, stride};
    const hinge_const_mask read{mask_memory.data(), rows, cols, stride};
    const std::vector<std::uint8_t> expected =
        mask_of(HINGE_ACTIVATION_RELU, const_view(values, rows, cols));
    for (bool alone : {true, false}) {
      for (std::int64_t m = 0; m < rows; m++)
        std::fill_n(mask.data + m * stride, bytes, std::uint8_t(0xa5));
      ASSERT_HINGE_OK(alone ? activation_mask(HINGE_ACTIVATION_RELU, x, mask)
                            : activation_forward_mask(HINGE_ACTIVATION_RELU, x, y, mask));
      for (std::int64_t m = 0; m < rows; m++)
        ASSERT_TRUE(std::equal(mask.data + m * stride, mask.data + m * stride + bytes,
                               expected.begin() + m * bytes));
    }
    std::vector<std::int64_t> per_row(std::size_t(rows), 0), per_column(std::size_t(cols), 0);
    ASSERT_HINGE_OK(mask_count(read, per_row.data(), per_column.data()));
    ASSERT_HINGE_OK(activation_backward_mask(read, x, y));
    std::vector<std::int64_t> expected_rows(per_row.size()), expected_columns(per_column.size());
    for (std::int64_t m = 0; m < rows; m++)
      for (std::int64_t i = 0; i < cols; i++) {
        const bool set = bit_at(expected.data() + m * bytes, i);
        expected_rows[std::size_t(m)] += set;
        expected_columns[std::size_t(i)] += set;
        ASSERT_EQ(set ? bits(values[std::size_t(m * cols + i)]) : 0u,
                  bits(elements(y)[m * stride + i]));
      }
    ASSERT_EQ(expected_rows, per_row);
    ASSERT_EQ(expected_columns, per_column);
  }
}

TEST(MaskCpp, overloads_take_views_of_masks) {
  const std::vector<float> x{-1.0f, 0.5f, 7.0f, 6.0f}, dy{1, 2, 3, 4};
  std::vector<float> y(4), dx(4);
  std::vector<std::uint8_t> bytes(2, 0xff);
  ASSERT_EQ(1, hinge::mask_row_bytes(8));
  ASSERT_EQ(2, hinge::mask_row_bytes(9));
  const hinge::MaskView mask(bytes.data(), 2, 2);
  EXPECT_EQ(1, mask.row_stride);
  hinge::activation_forward(hinge::Activation::relu6, {x.data(), 2, 2}, {y.data(), 2, 2}, mask);
  EXPECT_EQ((std::vector<float>{0.0f, 0.5f, 6.0f, 6.0f}), y);
  EXPECT_EQ((std::vector<std::uint8_t>{2, 0}), bytes);
  hinge::activation_backward(mask, {dy.data(), 2, 2}, {dx.data(), 2, 2});
  EXPECT_EQ((std::vector<float>{0, 2, 0, 0}), dx);
  hinge::activation_mask(hinge::Activation::relu, {y.data(), 2, 2}, mask);
  EXPECT_EQ((std::vector<std::uint8_t>{2, 3}), bytes);
  std::vector<std::int64_t> per_row(2, 10), per_column(2, 20);
  hinge::mask_count(mask, per_row.data(), per_column.data());
  EXPECT_EQ((std::vector<std::int64_t>{11, 12}), per_row);
  EXPECT_EQ((std::vector<std::int64_t>{21, 22}), per_column);
  // These are strides with gaps, and a read-only view made from a writable one.
  const std::vector<std::uint8_t> strided{1, 0xff, 2, 0xff};
  hinge::activation_backward(hinge::ConstMaskView(strided.data(), 2, 2, 2), {dy.data(), 2, 2},
                             {dx.data(), 2, 2});
  EXPECT_EQ((std::vector<float>{1, 0, 0, 4}), dx);
  try {
    hinge::activation_mask(hinge::Activation::none, {y.data(), 2, 2}, mask);
    FAIL() << "nothing thrown";
  } catch (const hinge::Error &e) {
    EXPECT_EQ(HINGE_INVALID_ARGUMENT, e.status());
  }
}

TEST(UnitStatistics, counts_zeros_and_saturated_outputs_batch_by_batch) {
  hinge::UnitStatistics of_relu6(hinge::Activation::relu6, 3), of_relu(hinge::Activation::relu, 3);
  EXPECT_EQ(3, of_relu6.units());
  EXPECT_EQ(0, of_relu6.rows());
  EXPECT_EQ(0, of_relu6.dead_units());
  EXPECT_EQ(0.0, of_relu6.zero_share());
  EXPECT_EQ(0.0, of_relu6.saturated_share());
  // Unit 0 is dead. Unit 1 is once at 6 and once above, unit 2 never.
  const std::vector<float> first{-1, 6, 1, -0.0f, 5, 2}, second{-2, 7, 0, 9, 9, 9};
  for (hinge::UnitStatistics *s : {&of_relu6, &of_relu}) {
    s->add({first.data(), 2, 3});
    s->add({second.data(), 1, 3, 6});
    s->add({nullptr, 0, 3});
    EXPECT_EQ(3, s->rows());
    const std::int64_t zeros[] = {3, 0, 1};
    for (std::int64_t unit = 0; unit < 3; unit++)
      EXPECT_EQ(zeros[unit], s->zeros(unit));
    EXPECT_EQ(1, s->dead_units());
    EXPECT_DOUBLE_EQ(4.0 / 9, s->zero_share());
  }
  const std::int64_t saturated[] = {0, 2, 0};
  for (std::int64_t unit = 0; unit < 3; unit++) {
    EXPECT_EQ(saturated[unit], of_relu6.saturated(unit));
    EXPECT_EQ(0, of_relu.saturated(unit));
  }
  EXPECT_DOUBLE_EQ(2.0 / 9, of_relu6.saturated_share());
  EXPECT_EQ(0.0, of_relu.saturated_share());
  EXPECT_THROW(of_relu.zeros(3), std::out_of_range);
  EXPECT_THROW(of_relu.saturated(-1), std::out_of_range);
}

TEST(UnitStatistics, of_nan_is_neither_zero_nor_saturated) {
  hinge::UnitStatistics s(hinge::Activation::relu6, 1);
  const float nan = from_bits(0x7fc00000);
  s.add({&nan, 1, 1});
  EXPECT_EQ(0, s.zeros(0));
  EXPECT_EQ(0, s.saturated(0));
  EXPECT_EQ(0, s.dead_units());
}

TEST(UnitStatistics, agree_with_a_loop_over_many_batches) {
  const std::int64_t units = 1037; // more than a kernel's columns, with padding bits
  for (hinge::Activation act : {hinge::Activation::relu, hinge::Activation::relu6}) {
    hinge::UnitStatistics s(act, units);
    std::vector<std::int64_t> zeros(std::size_t(units), 0), saturated(zeros);
    std::int64_t rows = 0;
    for (std::int64_t batch : {1, 600, 13}) {
      std::vector<float> y = random_values(std::size_t(batch * units), std::uint32_t(batch));
      for (std::size_t i = 0; i < y.size(); i++) {
        const std::size_t unit = i % std::size_t(units);
        y[i] = unit % 50 == 7 ? -1.0f : y[i] * 5;
        zeros[unit] += y[i] <= 0;
        saturated[unit] += act == hinge::Activation::relu6 && y[i] >= 6;
      }
      s.add({y.data(), batch, units});
      rows += batch;
    }
    ASSERT_EQ(rows, s.rows());
    std::int64_t dead = 0, all_zeros = 0, all_saturated = 0;
    for (std::int64_t unit = 0; unit < units; unit++) {
      ASSERT_EQ(zeros[std::size_t(unit)], s.zeros(unit));
      ASSERT_EQ(saturated[std::size_t(unit)], s.saturated(unit));
      dead += zeros[std::size_t(unit)] == rows;
      all_zeros += zeros[std::size_t(unit)];
      all_saturated += saturated[std::size_t(unit)];
    }
    EXPECT_EQ(21, dead);
    EXPECT_EQ(dead, s.dead_units());
    EXPECT_DOUBLE_EQ(double(all_zeros) / double(rows * units), s.zero_share());
    EXPECT_DOUBLE_EQ(double(all_saturated) / double(rows * units), s.saturated_share());
  }
}

TEST(UnitStatistics, refuse_another_width_and_an_activation_without_a_mask) {
  hinge::UnitStatistics s(hinge::Activation::relu, 3);
  const std::vector<float> y(8, 1.0f);
  for (std::int64_t cols : {2, 4})
    try {
      s.add({y.data(), 2, cols});
      FAIL() << "nothing thrown";
    } catch (const std::invalid_argument &e) {
      EXPECT_EQ("y.cols is " + std::to_string(cols) + ": expected units, 3", std::string(e.what()));
    }
  EXPECT_EQ(0, s.rows());
  EXPECT_EQ(0, s.zeros(0));
  hinge::UnitStatistics none(hinge::Activation::none, 3);
  EXPECT_THROW(none.add({y.data(), 2, 3}), hinge::Error);
  EXPECT_EQ(0, none.rows());
  EXPECT_THROW(s.add({nullptr, -1, 3}), hinge::Error);
  EXPECT_THROW(hinge::UnitStatistics(hinge::Activation::relu, -1), std::invalid_argument);
}

} // namespace

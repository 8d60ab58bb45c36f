// Part 3, the tests: values, bits and memory on every target, and refusals.
#include "scale_call.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace {

std::uint32_t bits(float x) {
  std::uint32_t u;
  std::memcpy(&u, &x, sizeof u);
  return u;
}

/// A matrix with a gap behind each row. The gap has the value `guard`, which no call may change.
struct Matrix {
  static constexpr float guard = -12345;
  std::int64_t rows, cols, stride;
  std::vector<float> values;

  Matrix(std::int64_t m, std::int64_t n)
      : rows(m), cols(n), stride(n + 3), values(std::size_t(m * stride), guard) {}
  float &at(std::int64_t m, std::int64_t i) { return values[std::size_t(m * stride + i)]; }
  hinge::View view() { return {values.data(), rows, cols, stride}; }
};

/// The oracle is a plain loop. It also checks that the gaps are as they were.
void expect_scaled(float factor, Matrix &x, Matrix &y) {
  for (std::int64_t m = 0; m < y.rows; m++)
    for (std::int64_t i = 0; i < y.stride; i++) {
      const float expected = i < y.cols ? factor * x.at(m, i) : Matrix::guard;
      if (std::isnan(expected)) // CPUs differ in a NaN's bits
        EXPECT_TRUE(std::isnan(y.at(m, i))) << m << ", " << i;
      else
        EXPECT_EQ(bits(y.at(m, i)), bits(expected)) << m << ", " << i;
    }
}

std::vector<std::string> targets() {
  std::vector<std::string> names;
  hinge_target_info info;
  for (int i = 0; hinge_get_target_info(i, &info) == HINGE_OK; i++)
    names.push_back(info.name);
  return names;
}

class Scale : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    if (hinge_set_target(GetParam().c_str()) != HINGE_OK)
      GTEST_SKIP() << hinge_last_error(); // this CPU cannot run it
  }
  void TearDown() override { hinge_set_target(nullptr); }
};

INSTANTIATE_TEST_SUITE_P(Targets, Scale, testing::ValuesIn(targets()),
                         [](const auto &target) { return target.param; });

/// The sizes include every tail of the largest step, four vectors of 16 floats.
TEST_P(Scale, HasTheBitsOfAPlainLoop) {
  using limits = std::numeric_limits<float>;
  const std::vector<float> values = {0.0f,
                                     -0.0f,
                                     1.0f,
                                     -2.5f,
                                     limits::infinity(),
                                     limits::quiet_NaN(),
                                     limits::denorm_min(),
                                     limits::max()};
  for (float factor : values)
    for (std::int64_t rows : {1, 3})
      for (std::int64_t cols = 0; cols <= 130; cols++) {
        Matrix x(rows, cols), y(rows, cols);
        for (std::int64_t i = 0; i < rows * cols; i++)
          x.at(i / cols, i % cols) = values[std::size_t(i) % values.size()];
        skeleton::scale(factor, x.view(), y.view());
        expect_scaled(factor, x, y);
      }
}

void expect_refused(const std::string &message, const hinge::ConstView &x, const hinge::View &y) {
  try {
    skeleton::scale(2, x, y);
    ADD_FAILURE() << "not refused: " << message;
  } catch (const hinge::Error &e) {
    EXPECT_EQ(e.status(), HINGE_INVALID_ARGUMENT);
    EXPECT_EQ(e.what(), message);
  }
}

TEST(ScaleRefuses, WrongArgumentsAndLeavesTheOutput) {
  float x[8] = {}, y[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  expect_refused("x.data is null", {nullptr, 2, 4}, {y, 2, 4});
  expect_refused("y has a negative size", {x, 2, 4}, {y, -2, 4});
  expect_refused("x.row_stride is 3: expected at least x.cols, 4", {x, 2, 4, 3}, {y, 2, 4});
  expect_refused("x is 2 x 3: expected y's 2 x 4", {x, 2, 3}, {y, 2, 4});
  expect_refused("x and y share memory", {y, 1, 4}, {y + 3, 1, 4});
  for (float v : y)
    EXPECT_EQ(v, 1);
}

} // namespace

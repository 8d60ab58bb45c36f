// The bits of every target with FMA, on every architecture, are those of tests/golden.txt: one hash
// for each shape, operator and activation. Unlike the other tests this needs no oracle where it
// runs, and would see an oracle and a kernel that change together.
//
// HINGE_WRITE_GOLDEN=<file> writes what the targets give, the last one what stays.
#include "support.h"

#include "hinge/hinge.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

using namespace hinge_test;

namespace {

/// Multiples of 2^-20 from -8 to 8, so that every product is rounded; the same everywhere, as no
/// function of a library's makes them.
std::vector<float> values(std::int64_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> v(static_cast<std::size_t>(count));
  for (float &x : v)
    x = float(std::int32_t(random() >> 8) - (1 << 23)) / float(1 << 20);
  return v;
}

/// FNV-1a, 64 bits.
template <class T>
std::string hash(const std::vector<T> &v) {
  std::vector<unsigned char> bytes(v.size() * sizeof(T));
  if (!bytes.empty())
    std::memcpy(bytes.data(), v.data(), bytes.size());
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const unsigned char byte : bytes)
    h = (h ^ byte) * 0x100000001b3u;
  std::ostringstream text;
  text << std::hex << h;
  return text.str();
}

struct Size {
  std::int64_t batch, in, out;
};

constexpr Size sizes[] = {{32, 10, 20},  {1, 10, 20},    {1, 256, 256}, {2, 33, 131},
                          {5, 0, 7},     {7, 1, 1},      {13, 17, 19},  {3, 1000, 10},
                          {64, 64, 64},  {33, 100, 37},  {9, 5, 300},   {11, 300, 5},
                          {50, 257, 63}, {128, 784, 32}, {100, 31, 129}};

constexpr struct {
  hinge::Activation value;
  const char *name;
} activations[] = {{hinge::Activation::none, "none"},
                   {hinge::Activation::relu, "relu"},
                   {hinge::Activation::relu6, "relu6"}};

/// A line for each result of the active target.
std::string results() {
  std::ostringstream lines;
  for (const Size &s : sizes) {
    const std::vector<float> x = values(s.batch * s.in, 1), w = values(s.out * s.in, 2),
                             b = values(s.out, 3), dy = values(s.batch * s.out, 4);
    for (const auto &act : activations) {
      const auto line = [&](const char *what, const std::string &bits) {
        lines << what << ' ' << s.batch << 'x' << s.in << "->" << s.out << ' ' << act.name << ' '
              << bits << '\n';
      };
      std::vector<float> y(dy.size()), dx(x.size()), dw(w.size()), db(b.size());
      const hinge::ConstView x_view(x.data(), s.batch, s.in), w_view(w.data(), s.out, s.in),
          dy_view(dy.data(), s.batch, s.out);
      const hinge::View y_view(y.data(), s.batch, s.out);
      const hinge::Linear linear(w_view, b.data(), act.value);
      linear(x_view, y_view);
      line("linear", hash(y));
      hinge::linear_backward(act.value, x_view, w_view, y_view, dy_view,
                             hinge::View(dx.data(), s.batch, s.in),
                             hinge::View(dw.data(), s.out, s.in), db.data());
      line("dx", hash(dx));
      line("dweight", hash(dw));
      line("dbias", hash(db));
      if (act.value == hinge::Activation::none)
        continue;
      std::vector<std::uint8_t> mask(std::size_t(s.batch * mask_row_bytes(s.out)));
      linear.forward(x_view, y_view,
                     hinge::MaskView(mask.data(), s.batch, s.out, mask_row_bytes(s.out)));
      line("mask", hash(mask));
    }
  }
  return lines.str();
}

class Golden : public ::testing::TestWithParam<TestTarget> {};

INSTANTIATE_TEST_SUITE_P(on, Golden, ::testing::ValuesIn(usable_targets()), target_name);

TEST_P(Golden, bits_are_those_of_every_machine) {
  const ScopedTarget scope(GetParam().name);
  if (!GetParam().has_fma)
    GTEST_SKIP() << GetParam().name << " has no FMA, so it has bits of its own";
  std::istringstream got(results());
  if (const char *path = std::getenv("HINGE_WRITE_GOLDEN"))
    std::ofstream(path) << got.str();
  std::ifstream file(HINGE_GOLDEN);
  ASSERT_TRUE(file) << HINGE_GOLDEN;
  int lines = 0;
  for (std::string expected, line; std::getline(file, expected); lines++) {
    ASSERT_TRUE(std::getline(got, line)) << "there is no " << expected;
    EXPECT_EQ(expected, line);
  }
  std::string more;
  EXPECT_FALSE(std::getline(got, more)) << "the file lacks " << more;
  EXPECT_EQ(15 * (3 * 4 + 2), lines);
}

} // namespace

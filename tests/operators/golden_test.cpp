// Every target with FMA on every architecture, and every GPU, has the bits of
// tests/oracle/golden.txt: one hash for each shape, operator and activation. This finds an oracle
// and a kernel that change together, which the other tests cannot.
//
// HINGE_WRITE_GOLDEN=<file> writes the hashes of each target; those of the last one stay.
#include "place.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

using namespace hinge_test;

namespace {

/// Multiples of 2^-20 from -8 to 8, so that every product is rounded. They are the same everywhere,
/// because no function of a library computes them.
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
  hinge_activation value;
  const char *name;
} activations[] = {{HINGE_ACTIVATION_NONE, "none"},
                   {HINGE_ACTIVATION_RELU, "relu"},
                   {HINGE_ACTIVATION_RELU6, "relu6"}};

/// Returns a line for each result of a place.
std::string results(Place &place) {
  std::ostringstream lines;
  for (const Size &s : sizes) {
    const std::vector<float> xs = values(s.batch * s.in, 1), ws = values(s.out * s.in, 2),
                             bs = values(s.out, 3), dys = values(s.batch * s.out, 4);
    for (const auto &act : activations) {
      const auto line = [&](const char *what, const std::string &bits) {
        lines << what << ' ' << s.batch << 'x' << s.in << "->" << s.out << ' ' << act.name << ' '
              << bits << '\n';
      };
      const auto zeros = [](std::int64_t count) { return std::vector<float>(std::size_t(count)); };
      const auto matrix = [&](const std::vector<float> &v, std::int64_t rows, std::int64_t cols) {
        return place_matrix(place, v, rows, cols, {0, 0});
      };
      const auto x = matrix(xs, s.batch, s.in), w = matrix(ws, s.out, s.in),
                 b = matrix(bs, 1, s.out), dy = matrix(dys, s.batch, s.out),
                 y = matrix(zeros(s.batch * s.out), s.batch, s.out),
                 dx = matrix(zeros(s.batch * s.in), s.batch, s.in),
                 dw = matrix(zeros(s.out * s.in), s.out, s.in), db = matrix(zeros(s.out), 1, s.out);
      const hinge_const_view x_view = x->const_view(), w_view = w->const_view(),
                             y_view = y->const_view();
      const hinge_view dx_view = dx->view(), dw_view = dw->view();
      std::unique_ptr<PlacedLinear> linear;
      EXPECT_EQ(HINGE_OK, place.linear_create(w_view, b->data(), act.value, &linear))
          << hinge_last_error();
      if (!linear)
        return lines.str();
      EXPECT_EQ(HINGE_OK, linear->forward(x_view, y->view())) << hinge_last_error();
      line("linear", hash(y->read()));
      EXPECT_EQ(HINGE_OK,
                place.linear_backward(act.value, &x_view, &w_view, &y_view, nullptr,
                                      dy->const_view(), &dx_view, &dw_view, db->data(), 0))
          << hinge_last_error();
      line("dx", hash(dx->read()));
      line("dweight", hash(dw->read()));
      line("dbias", hash(db->read()));
      if (act.value == HINGE_ACTIVATION_NONE)
        continue;
      const auto mask =
          place_mask(place, std::vector<std::uint8_t>(std::size_t(s.batch * mask_row_bytes(s.out))),
                     s.batch, s.out, {0, 0});
      EXPECT_EQ(HINGE_OK, linear->forward_mask(x_view, y->view(), mask->mask(s.out)))
          << hinge_last_error();
      line("mask", hash(mask->read()));
    }
  }
  return lines.str();
}

class Golden : public ::testing::TestWithParam<PlaceMaker> {};

INSTANTIATE_TEST_SUITE_P(in, Golden, ::testing::ValuesIn(places()), place_name);

TEST_P(Golden, bits_are_those_of_every_machine) {
  const std::unique_ptr<Place> place = GetParam().make(GetParam().name);
  if (!place)
    GTEST_SKIP() << hinge_last_error();
  if (!place->target().has_fma)
    GTEST_SKIP() << GetParam().name << " has no FMA, so it has bits of its own";
  std::istringstream got(results(*place));
  if (const char *path = std::getenv("HINGE_WRITE_GOLDEN"))
    std::ofstream(path) << got.str();
  const char *carried =
      std::getenv("HINGE_GOLDEN"); // for a program that was built on another machine
  const std::string path = carried ? carried : HINGE_GOLDEN;
  std::ifstream file(path);
  ASSERT_TRUE(file) << path;
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

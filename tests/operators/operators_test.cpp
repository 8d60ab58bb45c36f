// The operators in every place: the contract's bits for every shape and layout, and no byte written
// outside a matrix.
#include "linear_problem.h"
#include "place.h"

#include <hinge/plan/chains.h>

#include <algorithm>
#include <cmath>

using namespace hinge_test;

namespace {

class Operators : public ::testing::TestWithParam<PlaceMaker> {
protected:
  void SetUp() override {
    place = GetParam().make(GetParam().name);
    if (!place)
      GTEST_SKIP() << hinge_last_error();
  }

  std::unique_ptr<Place> place;
};

INSTANTIATE_TEST_SUITE_P(in, Operators, ::testing::ValuesIn(places()), place_name);

/// `count` values with the special ones among them. The seed changes their order.
std::vector<float> mixed_values(std::int64_t count, std::uint32_t seed) {
  const std::vector<float> &special = special_values();
  std::vector<float> v = random_values(std::size_t(count), seed);
  for (std::size_t i = 0; i < v.size(); i++)
    v[i] = i % 2 ? 4 * v[i] : special[(i / 2 + seed) % special.size()];
  return v;
}

struct Shape {
  std::int64_t rows, cols;
};
constexpr Shape elementwise_shapes[] = {{0, 5},   {3, 0},   {1, 1},    {1, 3},   {2, 4},
                                        {5, 7},   {1, 31},  {9, 32},   {3, 129}, {17, 33},
                                        {1, 513}, {8, 128}, {2, 1025}, {33, 9},  {1, 9000}};

TEST_P(Operators, activation_forward) {
  for (const Shape &s : elementwise_shapes)
    for (const Layout &layout : layouts)
      for (hinge_activation act : elementwise_activations) {
        const std::vector<float> values = mixed_values(s.rows * s.cols, 1);
        const auto x = place_matrix(*place, values, s.rows, s.cols, layout),
                   y = place_matrix(*place, std::vector<float>(values.size(), 1), s.rows, s.cols,
                                    layout);
        const auto bytes = std::size_t(s.rows * mask_row_bytes(s.cols));
        const auto mask =
            place_mask(*place, std::vector<std::uint8_t>(bytes, 0xff), s.rows, s.cols, layout);
        std::vector<float> expected;
        for (float v : values)
          expected.push_back(activation(act, v));
        const std::vector<std::uint8_t> expected_mask =
            mask_of(act, const_view(values, s.rows, s.cols));

        ASSERT_HINGE_OK(place->activation_forward(act, x->const_view(), y->view()));
        EXPECT_TRUE(same_bits(expected, y->read())) << s.rows << " x " << s.cols;
        EXPECT_TRUE(same_bits(values, x->read()));
        ASSERT_HINGE_OK(place->activation_mask(act, x->const_view(), mask->mask(s.cols)));
        EXPECT_EQ(expected_mask, mask->read()) << s.rows << " x " << s.cols;

        const auto z = place_matrix(*place, values, s.rows, s.cols, layout);
        const auto mask_2 =
            place_mask(*place, std::vector<std::uint8_t>(bytes, 0xff), s.rows, s.cols, layout);
        ASSERT_HINGE_OK(
            place->activation_forward_mask(act, z->const_view(), z->view(), mask_2->mask(s.cols)));
        EXPECT_TRUE(same_bits(expected, z->read())) << "in place, " << s.rows << " x " << s.cols;
        EXPECT_EQ(expected_mask, mask_2->read()) << s.rows << " x " << s.cols;
      }
}

TEST_P(Operators, activation_backward) {
  for (const Shape &s : elementwise_shapes)
    for (const Layout &layout : layouts)
      for (hinge_activation act : elementwise_activations) {
        const std::vector<float> ys = mixed_values(s.rows * s.cols, 2),
                                 dys = mixed_values(s.rows * s.cols, 5);
        std::vector<float> expected;
        for (std::size_t i = 0; i < ys.size(); i++)
          expected.push_back(from_bits(activation_backward_bits(act, bits(ys[i]), bits(dys[i]))));
        const auto y = place_matrix(*place, ys, s.rows, s.cols, layout),
                   dy = place_matrix(*place, dys, s.rows, s.cols, layout),
                   dx = place_matrix(*place, std::vector<float>(ys.size(), 1), s.rows, s.cols,
                                     layout);
        const auto mask = place_mask(*place, mask_of(act, const_view(ys, s.rows, s.cols)), s.rows,
                                     s.cols, layout);
        ASSERT_HINGE_OK(
            place->activation_backward(act, y->const_view(), dy->const_view(), dx->view()));
        EXPECT_TRUE(same_bits(expected, dx->read())) << s.rows << " x " << s.cols;
        const auto dx_2 =
            place_matrix(*place, std::vector<float>(ys.size(), 1), s.rows, s.cols, layout);
        ASSERT_HINGE_OK(place->activation_backward_mask(mask->const_mask(s.cols), dy->const_view(),
                                                        dx_2->view()));
        EXPECT_TRUE(same_bits(expected, dx_2->read())) << "mask, " << s.rows << " x " << s.cols;
        // In place.
        const auto dy_2 = place_matrix(*place, dys, s.rows, s.cols, layout);
        ASSERT_HINGE_OK(place->activation_backward_mask(mask->const_mask(s.cols),
                                                        dy_2->const_view(), dy_2->view()));
        EXPECT_TRUE(same_bits(expected, dy_2->read()));
        ASSERT_HINGE_OK(
            place->activation_backward(act, y->const_view(), dy->const_view(), dy->view()));
        EXPECT_TRUE(same_bits(expected, dy->read()));
        EXPECT_TRUE(same_bits(ys, y->read()));
      }
}

struct LinearShape {
  std::int64_t batch, in, out;
};

/// Sizes and numbers of terms around the edges of register tiles, blocks of threads and vectors.
constexpr LinearShape linear_shapes[] = {
    {0, 3, 5},      {5, 0, 7},    {4, 3, 0},     {1, 1, 1},     {2, 4, 4},    {3, 5, 31},
    {4, 16, 32},    {5, 17, 33},  {1, 127, 36},  {4, 128, 64},  {3, 129, 20}, {31, 32, 63},
    {32, 33, 32},   {33, 64, 65}, {64, 12, 64},  {65, 20, 100}, {1, 10, 20},  {32, 10, 20},
    {129, 40, 130}, {70, 33, 66}, {7, 1000, 10}, {2, 260, 300}, {63, 63, 3}};

// A place with FMA has the oracle's bits; another one is within the bound.
TEST_P(Operators, linear_forward) {
  int turn = 0;
  for (const LinearShape &s : linear_shapes)
    for (const Layout &layout : layouts) {
      const hinge_activation act = all_activations[turn % std::size(all_activations)];
      const bool has_bias = turn++ % 4 != 3;
      const std::vector<float> xs = random_values(std::size_t(s.batch * s.in), 1),
                               ws = random_values(std::size_t(s.out * s.in), 2),
                               bs = random_values(std::size_t(s.out), 3);
      const auto x = place_matrix(*place, xs, s.batch, s.in, layout),
                 w = place_matrix(*place, ws, s.out, s.in, layout),
                 b = place_matrix(*place, bs, 1, s.out, {0, layout.before});
      const std::vector<float> nans(std::size_t(s.batch * s.out), std::nanf(""));
      const auto y = place_matrix(*place, nans, s.batch, s.out, layout);
      std::unique_ptr<PlacedLinear> l;
      ASSERT_HINGE_OK(
          place->linear_create(w->const_view(), has_bias ? b->data() : nullptr, act, &l));
      ASSERT_HINGE_OK(l->forward(x->const_view(), y->view()));
      const std::vector<float> got = y->read();
      for (std::int64_t m = 0; m < s.batch; m++)
        for (std::int64_t n = 0; n < s.out; n++)
          ASSERT_NO_FATAL_FAILURE(
              expect_linear(place->target(), act, xs.data() + m * s.in, ws.data() + n * s.in, s.in,
                            has_bias ? bs[std::size_t(n)] : 0.0f, got[std::size_t(m * s.out + n)]))
              << s.batch << " x " << s.in << " -> " << s.out << " at " << m << ", " << n << ", pad "
              << layout.pad << ", before " << layout.before;
      if (act == HINGE_ACTIVATION_NONE)
        continue;
      const auto y_2 = place_matrix(*place, nans, s.batch, s.out, layout);
      const auto bytes = std::size_t(s.batch * mask_row_bytes(s.out));
      const auto mask =
          place_mask(*place, std::vector<std::uint8_t>(bytes, 0xff), s.batch, s.out, layout);
      ASSERT_HINGE_OK(l->forward_mask(x->const_view(), y_2->view(), mask->mask(s.out)));
      EXPECT_TRUE(same_bits(got, y_2->read()));
      EXPECT_EQ(mask_of(act, const_view(got, s.batch, s.out)), mask->read());
    }
}

TEST_P(Operators, linear_repack_replaces_all_weights) {
  const LinearShape s{5, 37, 45};
  const std::vector<float> xs = random_values(std::size_t(s.batch * s.in), 1),
                           bs = random_values(std::size_t(s.out), 3);
  const auto x = place_matrix(*place, xs, s.batch, s.in, {0, 0});
  std::unique_ptr<PlacedLinear> l;
  for (std::uint32_t seed = 10; seed < 13; seed++) {
    const bool has_bias = seed != 12;
    const std::vector<float> ws = random_values(std::size_t(s.out * s.in), seed);
    const auto w = place_matrix(*place, ws, s.out, s.in, {0, 0}),
               b = place_matrix(*place, bs, 1, s.out, {0, 0}),
               y = place_matrix(*place, std::vector<float>(std::size_t(s.batch * s.out)), s.batch,
                                s.out, {0, 0});
    const float *const bias = has_bias ? b->data() : nullptr;
    if (l)
      ASSERT_HINGE_OK(l->repack(w->const_view(), bias));
    else
      ASSERT_HINGE_OK(place->linear_create(w->const_view(), bias, HINGE_ACTIVATION_NONE, &l));
    ASSERT_HINGE_OK(l->forward(x->const_view(), y->view()));
    const std::vector<float> got = y->read();
    for (std::int64_t m = 0; m < s.batch; m++)
      for (std::int64_t n = 0; n < s.out; n++)
        ASSERT_NO_FATAL_FAILURE(expect_linear(
            place->target(), HINGE_ACTIVATION_NONE, xs.data() + m * s.in, ws.data() + n * s.in,
            s.in, has_bias ? bs[std::size_t(n)] : 0.0f, got[std::size_t(m * s.out + n)]));
  }
}

// Sums begin at -0 and get only -0, infinities, NaN or denormals.
TEST_P(Operators, linear_keeps_zeros_denormals_and_infinities) {
  const float inf = INFINITY, denormal = from_bits(3), nan = std::nanf("");
  const struct {
    float bias, x, w, expected;
  } cases[] = {{-0.0f, -0.0f, 1, -0.0f},
               {-0.0f, 0.0f, 1, 0.0f},
               {0.0f, -0.0f, 1, 0.0f},
               {-0.0f, 1, -0.0f, -0.0f},
               {denormal, 0, 1, denormal},
               {0, denormal, 1, denormal},
               {-denormal, denormal, 1, 0.0f},
               {inf, 1, 1, inf},
               {0, -inf, 1, -inf},
               {0, from_bits(0x00800000), 0.5f, from_bits(0x00400000)},
               {inf, -inf, 1, nan},
               {nan, 1, 1, nan}};
  for (const auto &c : cases)
    for (std::int64_t in : {1, 3, 4, 20}) {
      // The further terms are -0, which changes no sum.
      std::vector<float> xs(std::size_t(in), -0.0f), ws(std::size_t(in), 1.0f);
      xs[0] = c.x;
      ws[0] = c.w;
      const auto x = place_matrix(*place, xs, 1, in, {0, 0}),
                 w = place_matrix(*place, ws, 1, in, {0, 0}),
                 b = place_matrix(*place, {c.bias}, 1, 1, {0, 0}),
                 y = place_matrix(*place, {7}, 1, 1, {0, 0});
      std::unique_ptr<PlacedLinear> l;
      ASSERT_HINGE_OK(place->linear_create(w->const_view(), b->data(), HINGE_ACTIVATION_NONE, &l));
      ASSERT_HINGE_OK(l->forward(x->const_view(), y->view()));
      const float got = y->read()[0];
      if (std::isnan(c.expected))
        EXPECT_TRUE(std::isnan(got)) << got;
      else
        EXPECT_EQ(bits(c.expected), bits(got))
            << c.bias << " + " << c.x << " * " << c.w << ", " << in;
    }
}

TEST_P(Operators, linear_backward) {
  int turn = 0;
  for (const LinearShape &s : linear_shapes)
    for (const Layout &layout : layouts) {
      const hinge_activation act = all_activations[turn % std::size(all_activations)];
      const int accumulate = turn / 2 % 2;
      const bool from_mask = turn++ % 3 == 2 && act != HINGE_ACTIVATION_NONE;
      const Problem p(s.batch, s.in, s.out);
      const std::vector<float> ys = outputs(act, p.z);
      const auto x = place_matrix(*place, p.x, s.batch, s.in, layout),
                 w = place_matrix(*place, p.weight, s.out, s.in, layout),
                 y = place_matrix(*place, ys, s.batch, s.out, layout),
                 dy = place_matrix(*place, p.dy, s.batch, s.out, layout);
      const auto mask =
          place_mask(*place, mask_of(act, const_view(ys, s.batch, s.out)), s.batch, s.out, layout);
      const auto nans = [](std::int64_t n) {
        return std::vector<float>(std::size_t(n), std::nanf(""));
      };
      const auto dx = place_matrix(*place, nans(s.batch * s.in), s.batch, s.in, layout),
                 dw = place_matrix(*place, accumulate ? p.old.dweight : nans(s.out * s.in), s.out,
                                   s.in, layout),
                 db = place_matrix(*place, accumulate ? p.old.dbias : nans(s.out), 1, s.out,
                                   {0, layout.before});
      const hinge_const_view x_view = x->const_view(), w_view = w->const_view(),
                             y_view = y->const_view();
      const hinge_const_mask mask_view = mask->const_mask(s.out);
      const hinge_view dx_view = dx->view(), dw_view = dw->view();
      ASSERT_HINGE_OK(place->linear_backward(act, &x_view, &w_view, &y_view,
                                             from_mask ? &mask_view : nullptr, dy->const_view(),
                                             &dx_view, &dw_view, db->data(), accumulate));
      ASSERT_NO_FATAL_FAILURE(expect_gradients(place->target(), p, act, accumulate != 0,
                                               {dx->read(), dw->read(), db->read()}))
          << s.batch << " x " << s.in << " -> " << s.out << ", pad " << layout.pad << ", before "
          << layout.before << ", activation " << act << (from_mask ? ", mask" : "");
    }
}

/// Numbers of terms around those at which a sum has a further part, and around the terms that GPUs
/// stage at a time.
std::vector<std::int64_t> sums_in_parts() {
  std::vector<std::int64_t> terms{100, 127, 128, 129,  207,  208, 209,
                                  256, 300, 513, 1024, 1025, 1300};
  for (std::int64_t n = 1; n <= 70; n++)
    terms.push_back(n);
  return terms;
}

// The parts of a sum are added in their order: y's and dx's.
TEST_P(Operators, sums_are_added_in_parts) {
  int turn = 0;
  for (const std::int64_t terms : sums_in_parts()) {
    const std::int64_t batch = 3, others = 8;
    const bool from_mask = turn++ % 2;
    const Layout layout{turn % 3 == 0 ? 4 : 0, 0};
    const hinge_activation act = HINGE_ACTIVATION_RELU;
    const Problem forward(batch, terms, others), backward(batch, others, terms);
    const auto x = place_matrix(*place, forward.x, batch, terms, layout),
               w = place_matrix(*place, forward.weight, others, terms, layout),
               b = place_matrix(*place, forward.old.dbias, 1, others, {0, 0}),
               y = place_matrix(*place, forward.z, batch, others, layout);
    std::unique_ptr<PlacedLinear> l;
    ASSERT_HINGE_OK(place->linear_create(w->const_view(), b->data(), act, &l));
    ASSERT_HINGE_OK(l->forward(x->const_view(), y->view()));
    const std::vector<float> got = y->read();
    for (std::int64_t m = 0; m < batch; m++)
      for (std::int64_t n = 0; n < others; n++)
        ASSERT_NO_FATAL_FAILURE(expect_linear(
            place->target(), act, forward.x.data() + m * terms, forward.weight.data() + n * terms,
            terms, forward.old.dbias[std::size_t(n)], got[std::size_t(m * others + n)]))
            << terms << " terms, at " << m << ", " << n;
    const std::vector<float> ys = outputs(act, backward.z);
    const auto weight = place_matrix(*place, backward.weight, terms, others, layout),
               given_y = place_matrix(*place, ys, batch, terms, layout),
               dy = place_matrix(*place, backward.dy, batch, terms, layout),
               dx = place_matrix(*place, backward.x, batch, others, layout);
    const auto mask =
        place_mask(*place, mask_of(act, const_view(ys, batch, terms)), batch, terms, layout);
    const hinge_const_view w_view = weight->const_view(), y_view = given_y->const_view();
    const hinge_const_mask mask_view = mask->const_mask(terms);
    const hinge_view dx_view = dx->view();
    ASSERT_HINGE_OK(place->linear_backward(act, nullptr, &w_view, &y_view,
                                           from_mask ? &mask_view : nullptr, dy->const_view(),
                                           &dx_view, nullptr, nullptr, /*accumulate=*/0));
    ASSERT_NO_FATAL_FAILURE(
        expect_gradients(place->target(), backward, act, false, {dx->read(), {}, {}}))
        << terms << " terms" << (from_mask ? ", mask" : "");
  }
}

// The first chain begins with the bias, here -0, and the others with 0. Terms of -0 leave them so.
TEST_P(Operators, parts_after_the_first_begin_at_zero) {
  for (const std::int64_t terms : {4, 20, 31, 40, 100, 300}) {
    const std::vector<float> minus_zeros(std::size_t(terms), -0.0f), ones(std::size_t(terms), 1.0f);
    const auto x = place_matrix(*place, minus_zeros, 1, terms, {0, 0}),
               w = place_matrix(*place, ones, 1, terms, {0, 0}),
               b = place_matrix(*place, {-0.0f}, 1, 1, {0, 0}),
               y = place_matrix(*place, {1.0f}, 1, 1, {0, 0});
    std::unique_ptr<PlacedLinear> l;
    ASSERT_HINGE_OK(place->linear_create(w->const_view(), b->data(), HINGE_ACTIVATION_NONE, &l));
    ASSERT_HINGE_OK(l->forward(x->const_view(), y->view()));
    const float expected = hinge::plan::chains_of(terms) > 1 ? 0.0f : -0.0f;
    EXPECT_EQ(bits(expected), bits(y->read()[0])) << terms << " terms";
  }
}

// Values that tiles read past the edges of a matrix add nothing, not even to a sum of -0.
TEST_P(Operators, gradients_keep_minus_zeros) {
  for (std::int64_t batch : {1, 4, 5, 17})
    for (std::int64_t out : {1, 3, 4, 8})
      for (bool from_mask : {false, true})
        for (std::int64_t in : {1, 4, 7}) {
          const std::vector<float> minus_zeros(64 * 64, -0.0f), ones(64 * 64, 1.0f);
          const auto x = place_matrix(*place, ones, batch, in, {0, 0}),
                     w = place_matrix(*place, ones, out, in, {0, 0}),
                     y = place_matrix(*place, ones, batch, out, {0, 0}),
                     dy = place_matrix(*place, minus_zeros, batch, out, {0, 0}),
                     dx = place_matrix(*place, ones, batch, in, {0, 0}),
                     dw = place_matrix(*place, minus_zeros, out, in, {0, 0}),
                     db = place_matrix(*place, minus_zeros, 1, out, {0, 0});
          const auto mask =
              place_mask(*place, std::vector<std::uint8_t>(64, 0xff), batch, out, {0, 0});
          const hinge_const_view x_view = x->const_view(), w_view = w->const_view(),
                                 y_view = y->const_view();
          const hinge_const_mask mask_view = mask->const_mask(out);
          const hinge_view dx_view = dx->view(), dw_view = dw->view();
          ASSERT_HINGE_OK(place->linear_backward(HINGE_ACTIVATION_RELU, &x_view, &w_view, &y_view,
                                                 from_mask ? &mask_view : nullptr, dy->const_view(),
                                                 &dx_view, &dw_view, db->data(),
                                                 /*accumulate=*/1));
          for (float v : dx->read()) // starts at 0
            ASSERT_EQ(bits(0.0f), bits(v));
          for (float v : dw->read())
            ASSERT_EQ(bits(-0.0f), bits(v)) << batch << " x " << in << " -> " << out << from_mask;
          for (float v : db->read())
            ASSERT_EQ(bits(-0.0f), bits(v));
        }
}

} // namespace

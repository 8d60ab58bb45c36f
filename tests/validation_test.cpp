// Every wrong argument is refused with a message that names it, and nothing is written.
#include "support.h"

#include "view.h"

#include <bitset>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

using namespace hinge_test;

namespace {

constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max();

struct Case {
  std::string name;
  std::string message; // part of it
  std::function<hinge_status(float *memory)> call;
};

void PrintTo(const Case &c, std::ostream *os) { *os << c.name; }

/// memory: 1000 floats to build views of.
class Refused : public ::testing::TestWithParam<Case> {};

TEST_P(Refused, with_a_message_and_outputs_untouched) {
  std::vector<float> memory = random_values(1000, 1);
  const std::vector<float> before = memory;
  EXPECT_EQ(HINGE_INVALID_ARGUMENT, GetParam().call(memory.data()));
  EXPECT_NE(nullptr, std::strstr(hinge_last_error(), GetParam().message.c_str()))
      << "message: " << hinge_last_error();
  EXPECT_EQ(0, std::memcmp(before.data(), memory.data(), memory.size() * sizeof(float)));
}

hinge_status relu(hinge_const_view x, hinge_view y) {
  return activation_forward(HINGE_ACTIVATION_RELU, x, y);
}

hinge_status backward(hinge_const_view y, hinge_const_view dy, hinge_view dx) {
  return activation_backward(HINGE_ACTIVATION_RELU, y, dy, dx);
}

const std::vector<Case> activation_cases{
    {"unknown_activation", "activation is 99: expected RELU (1)",
     [](float *p) {
       return activation_forward(hinge_activation(99), {p, 1, 4, 4}, {p + 8, 1, 4, 4});
     }},
    {"none_is_no_elementwise_activation", "activation is 0: expected RELU (1)",
     [](float *p) {
       return activation_forward(HINGE_ACTIVATION_NONE, {p, 1, 4, 4}, {p + 8, 1, 4, 4});
     }},
    {"negative_rows", "x.rows is -1: expected 0 or more",
     [](float *p) {
       return relu({p, -1, 4, 4}, {p + 8, -1, 4, 4});
     }},
    {"negative_cols", "y.cols is -4: expected 0 or more",
     [](float *p) {
       return relu({p, 1, 4, 4}, {p + 8, 1, -4, 4});
     }},
    {"stride_below_cols", "x.row_stride is 3: expected x.cols, 4, or more",
     [](float *p) {
       return relu({p, 2, 4, 3}, {p + 8, 2, 4, 4});
     }},
    {"negative_stride", "y.row_stride is -4: expected y.cols, 4, or more",
     [](float *p) {
       return relu({p, 2, 4, 4}, {p + 100, 2, 4, -4});
     }},
    {"null_view_x", "x is null: expected a view",
     [](float *p) {
       const hinge_view y{p, 1, 4, 4};
       return hinge_activation_forward(HINGE_ACTIVATION_RELU, nullptr, &y);
     }},
    {"null_view_y", "y is null: expected a view",
     [](float *p) {
       const hinge_const_view x{p, 1, 4, 4};
       return hinge_activation_forward(HINGE_ACTIVATION_RELU, &x, nullptr);
     }},
    {"null_x", "x.data is null: expected 1 x 4 elements",
     [](float *p) {
       return relu({nullptr, 1, 4, 4}, {p, 1, 4, 4});
     }},
    {"null_y", "y.data is null: expected 1 x 4 elements",
     [](float *p) {
       return relu({p, 1, 4, 4}, {nullptr, 1, 4, 4});
     }},
    {"other_rows", "y is 3 x 4: expected the shape of x, 2 x 4",
     [](float *p) {
       return relu({p, 2, 4, 4}, {p + 100, 3, 4, 4});
     }},
    {"other_cols", "y is 2 x 5: expected the shape of x, 2 x 4",
     [](float *p) {
       return relu({p, 2, 4, 4}, {p + 100, 2, 5, 5});
     }},
    {"rows_times_stride_overflows", "x: 9223372036854775807 rows of 4 elements, 4 apart, overflow",
     [](float *p) {
       return relu({p, huge, 4, 4}, {p + 8, huge, 4, 4});
     }},
    {"stride_overflows", "overflow the address space",
     [](float *p) {
       return relu({p, 3, 4, huge / 2}, {p + 8, 3, 4, huge / 2});
     }},
    {"cols_overflow_bytes", "overflow the address space",
     [](float *p) {
       return relu({p, 1, huge / 2, huge / 2}, {p, 1, huge / 2, huge / 2});
     }},
    {"end_wraps_around", "overflow the address space",
     [](float *p) {
       auto *high = reinterpret_cast<float *>(~std::uintptr_t(0) - 4096);
       return relu({p, 1, 2000, 2000}, {high, 1, 2000, 2000});
     }},
    {"partial_overlap", "y overlaps x",
     [](float *p) {
       return relu({p, 1, 8, 8}, {p + 7, 1, 8, 8});
     }},
    {"partial_overlap_from_below", "y overlaps x",
     [](float *p) {
       return relu({p + 7, 1, 8, 8}, {p, 1, 8, 8});
     }},
    {"overlap_by_one_byte", "y overlaps x",
     [](float *p) {
       return relu({p, 1, 8, 8},
                   {reinterpret_cast<float *>(reinterpret_cast<char *>(p) + 31), 1, 8, 8});
     }},
    {"same_data_other_stride", "y overlaps x",
     [](float *p) {
       return relu({p, 3, 4, 4}, {p, 3, 4, 5});
     }},
    {"columns_that_meet_in_one_matrix", "y overlaps x",
     [](float *p) {
       return relu({p, 5, 6, 10}, {p + 5, 5, 6, 10});
     }},
    {"columns_that_meet_across_the_row_end", "y overlaps x",
     [](float *p) {
       return relu({p, 5, 6, 10}, {p + 6, 5, 6, 10});
     }},
    {"backward_unknown_activation", "activation is 99: expected RELU (1)",
     [](float *p) {
       return activation_backward(hinge_activation(99), {p, 1, 4, 4}, {p + 8, 1, 4, 4},
                                  {p + 16, 1, 4, 4});
     }},
    {"backward_null_dy", "dy.data is null: expected 1 x 4 elements",
     [](float *p) {
       return backward({p, 1, 4, 4}, {nullptr, 1, 4, 4}, {p + 16, 1, 4, 4});
     }},
    {"backward_null_view", "dx is null: expected a view",
     [](float *p) {
       const hinge_const_view v{p, 1, 4, 4};
       return hinge_activation_backward(HINGE_ACTIVATION_RELU, &v, &v, nullptr);
     }},
    {"backward_dy_shape", "dy is 1 x 5: expected the shape of y, 1 x 4",
     [](float *p) {
       return backward({p, 1, 4, 4}, {p + 8, 1, 5, 5}, {p + 16, 1, 4, 4});
     }},
    {"backward_dx_shape", "dx is 2 x 4: expected the shape of y, 1 x 4",
     [](float *p) {
       return backward({p, 1, 4, 4}, {p + 8, 1, 4, 4}, {p + 16, 2, 4, 4});
     }},
    {"backward_dx_is_y", "dx overlaps y: expected no common element",
     [](float *p) {
       return backward({p, 1, 4, 4}, {p + 8, 1, 4, 4}, {p, 1, 4, 4});
     }},
    {"backward_in_place_with_y_too", "dx overlaps y: expected no common element",
     [](float *p) {
       return backward({p, 1, 4, 4}, {p, 1, 4, 4}, {p, 1, 4, 4});
     }},
    {"backward_dx_meets_dy", "dx overlaps dy: expected the same data and row_stride",
     [](float *p) {
       return backward({p, 1, 4, 4}, {p + 8, 1, 4, 4}, {p + 10, 1, 4, 4});
     }},
    {"backward_negative_rows", "y.rows is -1: expected 0 or more",
     [](float *p) {
       return backward({p, -1, 4, 4}, {p + 8, -1, 4, 4}, {p + 16, -1, 4, 4});
     }},
    {"rows_that_meet_with_other_strides", "y overlaps x",
     [](float *p) {
       return relu({p, 20, 2, 11}, {p + 5, 20, 2, 13});
     }},
};

INSTANTIATE_TEST_SUITE_P(activation, Refused, ::testing::ValuesIn(activation_cases),
                         [](const auto &p) { return p.param.name; });

/// A layer of 3 x 5 with its weights in the memory of the case.
struct Layer {
  explicit Layer(const float *weight) {
    EXPECT_EQ(HINGE_OK, linear_create({weight, 3, 5, 5}, nullptr, HINGE_ACTIVATION_RELU, &linear));
  }
  ~Layer() { hinge_linear_destroy(linear); }
  hinge_status forward(hinge_const_view x, hinge_view y) const {
    return linear_forward(linear, x, y);
  }
  hinge_linear *linear = nullptr;
};

/// Creates with these arguments; the pointer must stay as it was.
hinge_status create(hinge_const_view weight, const float *bias, hinge_activation act) {
  auto *const mark = reinterpret_cast<hinge_linear *>(0x10);
  hinge_linear *l = mark;
  const hinge_status status = linear_create(weight, bias, act, &l);
  EXPECT_EQ(mark, l);
  return status;
}

hinge_status create_in(void *memory, std::size_t bytes, hinge_const_view weight,
                       const float *bias) {
  auto *const mark = reinterpret_cast<hinge_linear *>(0x10);
  hinge_linear *l = mark;
  const hinge_status status =
      linear_create_in(memory, bytes, weight, bias, HINGE_ACTIVATION_RELU, &l);
  EXPECT_EQ(mark, l);
  return status;
}

std::size_t packed_bytes(std::int64_t in_features, std::int64_t out_features) {
  std::size_t bytes = 0;
  EXPECT_EQ(HINGE_OK, hinge_linear_packed_bytes(in_features, out_features, &bytes));
  return bytes;
}

const std::vector<Case> linear_cases{
    {"null_layer", "linear is null",
     [](float *p) {
       return linear_forward(nullptr, {p, 1, 5, 5}, {p + 9, 1, 3, 3});
     }},
    {"destroyed_layer", "linear is no layer",
     [](float *p) {
       std::vector<char> memory(packed_bytes(5, 3));
       hinge_linear *l = nullptr;
       EXPECT_EQ(HINGE_OK, linear_create_in(memory.data(), memory.size(), {p, 3, 5, 5}, nullptr,
                                            HINGE_ACTIVATION_RELU, &l));
       hinge_linear_destroy(l);
       return linear_forward(l, {p, 1, 5, 5}, {p + 9, 1, 3, 3});
     }},
    {"null_view_x", "x is null: expected a view",
     [](float *p) {
       const hinge_view y{p + 50, 2, 3, 3};
       return hinge_linear_forward(Layer(p).linear, nullptr, &y);
     }},
    {"null_view_y", "y is null: expected a view",
     [](float *p) {
       const hinge_const_view x{p + 20, 2, 5, 5};
       return hinge_linear_forward(Layer(p).linear, &x, nullptr);
     }},
    {"null_weight_view", "weight is null: expected a view",
     [](float *) {
       hinge_linear *l = nullptr;
       return hinge_linear_create(nullptr, nullptr, HINGE_ACTIVATION_RELU, &l);
     }},
    {"x_cols", "x.cols is 4: expected in_features, 5",
     [](float *p) {
       return Layer(p).forward({p + 20, 2, 4, 4}, {p + 50, 2, 3, 3});
     }},
    {"y_cols", "y.cols is 4: expected out_features, 3",
     [](float *p) {
       return Layer(p).forward({p + 20, 2, 5, 5}, {p + 50, 2, 4, 4});
     }},
    {"y_rows", "y.rows is 3: expected x.rows, 2",
     [](float *p) {
       return Layer(p).forward({p + 20, 2, 5, 5}, {p + 50, 3, 3, 3});
     }},
    {"x_null", "x.data is null: expected 2 x 5 elements",
     [](float *p) {
       return Layer(p).forward({nullptr, 2, 5, 5}, {p + 50, 2, 3, 3});
     }},
    {"y_null", "y.data is null: expected 2 x 3 elements",
     [](float *p) {
       return Layer(p).forward({p, 2, 5, 5}, {nullptr, 2, 3, 3});
     }},
    {"x_rows", "x.rows is -2: expected 0 or more",
     [](float *p) {
       return Layer(p).forward({p, -2, 5, 5}, {p + 50, -2, 3, 3});
     }},
    {"x_stride", "x.row_stride is 4: expected x.cols, 5, or more",
     [](float *p) {
       return Layer(p).forward({p, 2, 5, 4}, {p + 50, 2, 3, 3});
     }},
    {"y_stride", "y.row_stride is 2: expected y.cols, 3, or more",
     [](float *p) {
       return Layer(p).forward({p, 2, 5, 5}, {p + 50, 2, 3, 2});
     }},
    {"y_overflows", "y: 9223372036854775807 rows of 3 elements, 3 apart, overflow",
     [](float *p) {
       return Layer(p).forward({p, 2, 5, 5}, {p + 50, huge, 3, 3});
     }},
    {"y_is_x", "y overlaps x: expected no common element",
     [](float *p) {
       return Layer(p).forward({p, 2, 5, 5}, {p, 2, 3, 5});
     }},
    {"y_meets_x", "y overlaps x: expected no common element",
     [](float *p) {
       return Layer(p).forward({p, 2, 5, 5}, {p + 9, 2, 3, 3});
     }},
    {"y_in_the_packed_weights", "y overlaps the packed weights",
     [](float *p) {
       const Layer layer(p);
       auto *inside = reinterpret_cast<float *>(layer.linear);
       return layer.forward({p, 2, 5, 5}, {inside, 2, 3, 3});
     }},
    {"create_unknown_activation", "activation is -1: expected NONE (0), RELU (1)",
     [](float *p) {
       return create({p, 3, 5, 5}, nullptr, hinge_activation(-1));
     }},
    {"create_null_result", "linear is null",
     [](float *p) {
       return linear_create({p, 3, 5, 5}, nullptr, HINGE_ACTIVATION_RELU, nullptr);
     }},
    {"create_null_weight", "weight.data is null: expected 3 x 5 elements",
     [](float *) {
       return create({nullptr, 3, 5, 5}, nullptr, HINGE_ACTIVATION_RELU);
     }},
    {"create_negative_weight", "weight.rows is -3: expected 0 or more",
     [](float *p) {
       return create({p, -3, 5, 5}, nullptr, HINGE_ACTIVATION_RELU);
     }},
    {"create_weight_stride", "weight.row_stride is 4: expected weight.cols, 5, or more",
     [](float *p) {
       return create({p, 3, 5, 4}, nullptr, HINGE_ACTIVATION_RELU);
     }},
    {"create_weight_overflows", "overflow the address space",
     [](float *p) {
       return create({p, huge, 5, 5}, nullptr, HINGE_ACTIVATION_RELU);
     }},
    {"create_weight_stride_too_large", "weight.row_stride is 17179869184: expected at most",
     [](float *p) {
       return create({p, 3, 5, std::int64_t(1) << 34}, nullptr, HINGE_ACTIVATION_RELU);
     }},
    {"create_in_features_too_large", "in_features is 1073741824: expected at most",
     [](float *p) {
       return create({p, 3, std::int64_t(1) << 30, std::int64_t(1) << 30}, nullptr,
                     HINGE_ACTIVATION_RELU);
     }},
    {"create_in_null", "memory is null",
     [](float *p) {
       return create_in(nullptr, 1 << 20, {p, 3, 5, 5}, nullptr);
     }},
    {"create_in_too_small", "expected",
     [](float *p) {
       std::vector<char> memory(packed_bytes(5, 3));
       const hinge_status s = create_in(memory.data(), memory.size() - 1, {p, 3, 5, 5}, nullptr);
       EXPECT_EQ("bytes is " + std::to_string(memory.size() - 1) + ": expected " +
                     std::to_string(memory.size()) + " or more",
                 hinge_last_error());
       EXPECT_EQ(std::vector<char>(memory.size()), memory);
       return s;
     }},
    {"create_in_over_the_weight", "memory overlaps weight",
     [](float *p) {
       return create_in(p, packed_bytes(5, 3), {p + 14, 3, 5, 5}, nullptr);
     }},
    {"create_in_over_the_bias", "memory overlaps bias",
     [](float *p) {
       return create_in(p + 100, packed_bytes(5, 3), {p, 3, 5, 5}, p + 100);
     }},
    {"packed_bytes_negative_in", "in_features is -1: expected 0 or more",
     [](float *) {
       std::size_t bytes = 0;
       return hinge_linear_packed_bytes(-1, 3, &bytes);
     }},
    {"packed_bytes_negative_out", "out_features is -1: expected 0 or more",
     [](float *) {
       std::size_t bytes = 0;
       return hinge_linear_packed_bytes(3, -1, &bytes);
     }},
    {"packed_bytes_null", "bytes is null",
     [](float *) { return hinge_linear_packed_bytes(3, 3, nullptr); }},
    {"packed_bytes_overflow", "1000000 in_features x 9223372036854775807 out_features overflow",
     [](float *) {
       std::size_t bytes = 0;
       return hinge_linear_packed_bytes(1000000, huge, &bytes);
     }},
    {"packed_bytes_overflow_in_the_product", "overflow the address space",
     [](float *) {
       std::size_t bytes = 0;
       return hinge_linear_packed_bytes(1 << 24, std::int64_t(1) << 50, &bytes);
     }},
    {"info_null", "info is null",
     [](float *p) { return hinge_linear_get_info(Layer(p).linear, nullptr); }},
    {"info_of_null", "linear is null",
     [](float *) {
       hinge_linear_info info;
       return hinge_linear_get_info(nullptr, &info);
     }},
    {"target_info_null", "info is null", [](float *) { return hinge_get_target_info(0, nullptr); }},
    {"target_info_index", "index is -1: expected 0 to ",
     [](float *) {
       hinge_target_info info;
       return hinge_get_target_info(-1, &info);
     }},
    {"get_target_null", "name is null", [](float *) { return hinge_get_target(nullptr); }},
    {"set_target_empty", "name is empty", [](float *) { return hinge_set_target(""); }},
    {"threads_zero", "threads is 0: expected 1 to 1024",
     [](float *) { return hinge_set_num_threads(0); }},
    {"thread_pool_of_none", "threads is 0: expected 1 to 1024",
     [](float *) {
       return hinge_set_thread_pool(
           [](void *, std::int64_t, void (*)(void *, std::int64_t), void *) {}, nullptr, 0);
     }},
    {"threads_many", "threads is 100000: expected 1 to 1024",
     [](float *) { return hinge_set_num_threads(100000); }},
};

INSTANTIATE_TEST_SUITE_P(other, Refused, ::testing::ValuesIn(linear_cases),
                         [](const auto &p) { return p.param.name; });

TEST(Accepted, empty_views_with_null_data) {
  EXPECT_EQ(HINGE_OK, relu({nullptr, 0, 4, 4}, {nullptr, 0, 4, 4}));
  EXPECT_EQ(HINGE_OK, relu({nullptr, 4, 0, 0}, {nullptr, 4, 0, 0}));
  hinge_linear *l = nullptr;
  ASSERT_HINGE_OK(linear_create({nullptr, 0, 5, 5}, nullptr, HINGE_ACTIVATION_NONE, &l));
  const float x[5] = {};
  EXPECT_EQ(HINGE_OK, linear_forward(l, {x, 1, 5, 5}, {nullptr, 1, 0, 0}));
  hinge_linear_destroy(l);
  hinge_linear_destroy(nullptr);
}

TEST(Accepted, rows_of_one_between_rows_of_the_other) {
  // Strides 7 and 14: x's rows of 3 leave gaps of 4, in which y's rows of 2 lie.
  std::vector<float> memory = random_values(200, 1);
  EXPECT_EQ(HINGE_OK, relu({memory.data(), 5, 2, 7}, {memory.data() + 3, 5, 2, 14}))
      << hinge_last_error();
}

TEST(Accepted, any_stride_for_a_single_row) {
  std::vector<float> memory = random_values(20, 1);
  EXPECT_EQ(HINGE_OK, relu({memory.data(), 1, 8, -5}, {memory.data() + 10, 1, 8, huge}))
      << hinge_last_error();
  EXPECT_EQ(HINGE_OK, relu({memory.data(), 1, 8, 0}, {memory.data(), 1, 8, 3}))
      << hinge_last_error();
}

TEST(Overlap, agrees_with_sets_of_bytes) {
  // The same regions as sets, in a memory of 4,000 bytes.
  std::mt19937 random(1);
  const auto below = [&](int n) { return std::uintptr_t(random() % unsigned(n)); };
  int overlapping = 0;
  const int pairs = 100000;
  for (int i = 0; i < pairs; i++) {
    hinge::detail::Region r[2];
    std::bitset<4000> bytes[2];
    for (int k : {0, 1}) {
      const std::uintptr_t rows = 1 + below(6), row_bytes = 1 + below(40);
      // Often the other's stride, as of two parts of one matrix.
      std::uintptr_t stride = row_bytes + below(60);
      if (k == 1 && below(2) && r[0].stride_bytes >= row_bytes)
        stride = r[0].stride_bytes;
      const std::uintptr_t begin = 1000 + below(200);
      r[k] = {begin, begin + (rows - 1) * stride + row_bytes, row_bytes,
              rows == 1 ? row_bytes : stride};
      for (std::uintptr_t m = 0; m < rows; m++)
        for (std::uintptr_t b = 0; b < row_bytes; b++)
          bytes[k].set(begin + m * stride + b);
    }
    const bool expected = (bytes[0] & bytes[1]).any();
    ASSERT_EQ(expected, hinge::detail::overlap(r[0], r[1])) << i;
    ASSERT_EQ(expected, hinge::detail::overlap(r[1], r[0])) << i;
    overlapping += expected;
  }
  EXPECT_GT(overlapping, pairs / 10);
  EXPECT_LT(overlapping, pairs * 9 / 10);
}

TEST(Overlap, ends_at_the_end_of_the_address_space) {
  // Stepping on from the last row would wrap around.
  const std::uintptr_t top = ~std::uintptr_t(0);
  const hinge::detail::Region a{top - 9000, top - 9000 + 8000 + 4, 4, 8000};
  const hinge::detail::Region b{top - 8996, top - 8996 + 7000 + 4, 4, 7000};
  EXPECT_FALSE(hinge::detail::overlap(a, b));
  EXPECT_TRUE(hinge::detail::overlap(a, a));
}

TEST(LastError, belongs_to_the_thread_and_is_cut_to_its_buffer) {
  EXPECT_EQ(HINGE_UNSUPPORTED_TARGET, hinge_set_target(std::string(5000, 'x').c_str()));
  EXPECT_LT(std::strlen(hinge_last_error()), 512u);
  EXPECT_NE(nullptr, std::strstr(hinge_last_error(), "unknown target"));
}

} // namespace

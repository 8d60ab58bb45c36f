// Every wrong argument is refused with a message that names it, and nothing is written.
#include "support.h"

#include "operators/arguments.h"

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
  std::string message; // a part of it
  std::function<hinge_status(float *memory)> call;
};

void PrintTo(const Case &c, std::ostream *os) { *os << c.name; }

/// `memory` has 1000 floats for views.
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

/// A view of one row of 4 floats whose type is none.
constexpr int no_type = 7;
hinge_const_view typed(const float *p) { return {p, 1, 4, 4, no_type}; }
hinge_view typed(float *p) { return {p, 1, 4, 4, no_type}; }
hinge_const_view row(const float *p) { return {p, 1, 4, 4}; }
hinge_view row(float *p) { return {p, 1, 4, 4}; }

/// Each view of each operator with a type that is none.
Case of_type(const std::string &name, const std::string &argument,
             hinge_status (*call)(float *, const float *)) {
  return {name + "_" + argument, argument + ".type is 7: expected HINGE_FLOAT32 (0)",
          [call](float *p) { return call(p, p + 500); }};
}

hinge_status backward_of(const hinge_const_view &x, const hinge_const_view &weight,
                         const hinge_const_view &y, const hinge_const_view &dy,
                         const hinge_view &dx, const hinge_view &dweight) {
  return hinge_linear_backward(HINGE_ACTIVATION_RELU, &x, &weight, &y, &dy, &dx, &dweight, nullptr,
                               0);
}

hinge_status create_of(const hinge_const_view &weight) {
  hinge_linear *layer = nullptr;
  return hinge_linear_create(&weight, nullptr, HINGE_ACTIVATION_NONE, &layer);
}

const std::vector<Case> type_cases{
    of_type("relu", "x", [](float *p, const float *q) { return relu(typed(q), row(p)); }),
    of_type("relu", "y", [](float *p, const float *q) { return relu(row(q), typed(p)); }),
    of_type("activation_backward", "y",
            [](float *p, const float *q) { return backward(typed(q), row(q + 8), row(p)); }),
    of_type("activation_backward", "dy",
            [](float *p, const float *q) { return backward(row(q), typed(q + 8), row(p)); }),
    of_type("activation_backward", "dx",
            [](float *p, const float *q) { return backward(row(q), row(q + 8), typed(p)); }),
    of_type("linear_create", "weight", [](float *, const float *q) { return create_of(typed(q)); }),
    of_type("linear_backward", "x",
            [](float *p, const float *q) {
              return backward_of(typed(q), {q + 8, 4, 4, 4}, row(q + 40), row(q + 50), row(p),
                                 {p + 8, 4, 4, 4});
            }),
    of_type("linear_backward", "weight",
            [](float *p, const float *q) {
              return backward_of(row(q), {q + 8, 4, 4, 4, no_type}, row(q + 40), row(q + 50),
                                 row(p), {p + 8, 4, 4, 4});
            }),
    of_type("linear_backward", "y",
            [](float *p, const float *q) {
              return backward_of(row(q), {q + 8, 4, 4, 4}, typed(q + 40), row(q + 50), row(p),
                                 {p + 8, 4, 4, 4});
            }),
    of_type("linear_backward", "dy",
            [](float *p, const float *q) {
              return backward_of(row(q), {q + 8, 4, 4, 4}, row(q + 40), typed(q + 50), row(p),
                                 {p + 8, 4, 4, 4});
            }),
    of_type("linear_backward", "dx",
            [](float *p, const float *q) {
              return backward_of(row(q), {q + 8, 4, 4, 4}, row(q + 40), row(q + 50), typed(p),
                                 {p + 8, 4, 4, 4});
            }),
    of_type("linear_backward", "dweight",
            [](float *p, const float *q) {
              return backward_of(row(q), {q + 8, 4, 4, 4}, row(q + 40), row(q + 50), row(p),
                                 {p + 8, 4, 4, 4, no_type});
            }),
};
INSTANTIATE_TEST_SUITE_P(type, Refused, ::testing::ValuesIn(type_cases),
                         [](const auto &p) { return p.param.name; });

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

/// Creates a layer with these arguments; the pointer must stay as it was.
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

/// A correct call of a function with masks, 2 x 9. A case spoils one thing of it.
struct Masked {
  explicit Masked(float *p)
      : x{p, 2, 9, 9}, dy{p + 50, 2, 9, 9}, y{p + 100, 2, 9, 9},
        mask{reinterpret_cast<std::uint8_t *>(p + 150), 2, 9, 2},
        per_row(reinterpret_cast<std::int64_t *>(p + 200)),
        per_column(reinterpret_cast<std::int64_t *>(p + 250)) {}
  hinge_const_mask read() const { return {mask.data, mask.rows, mask.cols, mask.row_stride}; }
  hinge_status alone() const { return activation_mask(act, x, mask); }
  hinge_status forward() const { return activation_forward_mask(act, x, y, mask); }
  hinge_status backward() const { return activation_backward_mask(read(), dy, y); }
  hinge_status count() const { return mask_count(read(), per_row, per_column); }

  hinge_activation act = HINGE_ACTIVATION_RELU;
  hinge_const_view x, dy;
  hinge_view y; // dx of the backward
  hinge_mask mask;
  std::int64_t *per_row, *per_column;
};

template <class F>
Case masked(const char *name, const char *message, const F &call) {
  return {name, message, [call](float *p) { return call(Masked(p), p); }};
}

std::uint8_t *bytes_at(float *p) { return reinterpret_cast<std::uint8_t *>(p); }

const std::vector<Case> mask_cases{
    masked("alone_unknown_activation", "activation is 99: expected RELU (1)",
           [](Masked c, float *) {
             return hinge_activation_mask(hinge_activation(99), &c.x, &c.mask);
           }),
    masked("alone_none", "activation is 0: expected RELU (1)",
           [](Masked c, float *) {
             c.act = HINGE_ACTIVATION_NONE;
             return c.alone();
           }),
    masked("alone_null_view", "y is null: expected a view",
           [](Masked c, float *) { return hinge_activation_mask(c.act, nullptr, &c.mask); }),
    masked("alone_null_mask", "mask is null: expected a mask",
           [](Masked c, float *) { return hinge_activation_mask(c.act, &c.x, nullptr); }),
    masked("alone_null_y", "y.data is null: expected 2 x 9 elements",
           [](Masked c, float *) {
             c.x.data = nullptr;
             return c.alone();
           }),
    masked("alone_null_bits", "mask.data is null: expected 2 rows of 2 bytes",
           [](Masked c, float *) {
             c.mask.data = nullptr;
             return c.alone();
           }),
    masked("alone_y_stride", "y.row_stride is 8: expected y.cols, 9, or more",
           [](Masked c, float *) {
             c.x.row_stride = 8;
             return c.alone();
           }),
    masked("alone_mask_stride", "mask.row_stride is 1 bytes: expected 2, for 9 bits, or more",
           [](Masked c, float *) {
             c.mask.row_stride = 1;
             return c.alone();
           }),
    masked("alone_negative_mask_stride", "mask.row_stride is -2",
           [](Masked c, float *) {
             c.mask.row_stride = -2;
             return c.alone();
           }),
    masked("alone_negative_mask_rows", "mask.rows is -2: expected 0 or more",
           [](Masked c, float *) {
             c.mask.rows = -2;
             return c.alone();
           }),
    masked("alone_negative_mask_cols", "mask.cols is -9: expected 0 or more",
           [](Masked c, float *) {
             c.mask.cols = -9;
             return c.alone();
           }),
    masked("alone_mask_rows", "mask is 3 x 9: expected the shape of y, 2 x 9",
           [](Masked c, float *) {
             c.mask.rows = 3;
             return c.alone();
           }),
    masked("alone_mask_cols_of_as_many_bytes", "mask is 2 x 10: expected the shape of y, 2 x 9",
           [](Masked c, float *) {
             c.mask.cols = 10;
             return c.alone();
           }),
    masked("alone_mask_rows_overflow",
           "mask: 9223372036854775807 rows of 2 bytes, 2 apart, overflow",
           [](Masked c, float *) {
             c.mask.rows = huge;
             return c.alone();
           }),
    masked("alone_mask_stride_overflows", "overflow the address space",
           [](Masked c, float *) {
             c.mask.rows = c.x.rows = 3;
             c.mask.row_stride = huge / 2 + 1;
             return c.alone();
           }),
    masked("alone_y_overflows", "y: 9223372036854775807 rows of 9 elements, 9 apart, overflow",
           [](Masked c, float *) {
             c.x.rows = huge;
             return c.alone();
           }),
    masked("alone_mask_wraps_around", "overflow the address space",
           [](Masked c, float *) {
             c.mask.data = reinterpret_cast<std::uint8_t *>(~std::uintptr_t(0) - 2);
             return c.alone();
           }),
    masked("alone_mask_in_y", "mask overlaps y",
           [](Masked c, float *p) {
             c.mask.data = bytes_at(p + 18) - 1;
             return c.alone();
           }),
    masked("alone_mask_up_to_y", "mask overlaps y",
           [](Masked c, float *p) {
             c.x.data = p + 10;
             c.mask.data = bytes_at(p + 10) - 3;
             return c.alone();
           }),
    masked("forward_unknown_activation", "activation is -1: expected RELU (1)",
           [](Masked c, float *) {
             return hinge_activation_forward_mask(hinge_activation(-1), &c.x, &c.y, &c.mask);
           }),
    masked("forward_none", "activation is 0: expected RELU (1)",
           [](Masked c, float *) {
             c.act = HINGE_ACTIVATION_NONE;
             return c.forward();
           }),
    masked("forward_null_view_x", "x is null: expected a view",
           [](Masked c, float *) {
             return hinge_activation_forward_mask(c.act, nullptr, &c.y, &c.mask);
           }),
    masked("forward_null_view_y", "y is null: expected a view",
           [](Masked c, float *) {
             return hinge_activation_forward_mask(c.act, &c.x, nullptr, &c.mask);
           }),
    masked("forward_null_mask", "mask is null: expected a mask",
           [](Masked c, float *) {
             return hinge_activation_forward_mask(c.act, &c.x, &c.y, nullptr);
           }),
    masked("forward_x_stride", "x.row_stride is 8: expected x.cols, 9, or more",
           [](Masked c, float *) {
             c.x.row_stride = 8;
             return c.forward();
           }),
    masked("forward_y_shape", "y is 2 x 8: expected the shape of x, 2 x 9",
           [](Masked c, float *) {
             c.y.cols = 8;
             return c.forward();
           }),
    masked("forward_mask_shape", "mask is 1 x 9: expected the shape of x, 2 x 9",
           [](Masked c, float *) {
             c.mask.rows = 1;
             return c.forward();
           }),
    masked("forward_mask_stride", "mask.row_stride is 1 bytes",
           [](Masked c, float *) {
             c.mask.row_stride = 1;
             return c.forward();
           }),
    masked("forward_null_bits", "mask.data is null",
           [](Masked c, float *) {
             c.mask.data = nullptr;
             return c.forward();
           }),
    masked("forward_mask_in_x", "mask overlaps x",
           [](Masked c, float *p) {
             c.mask.data = bytes_at(p + 18) - 1;
             return c.forward();
           }),
    masked("forward_mask_in_y", "mask overlaps y",
           [](Masked c, float *p) {
             c.mask.data = bytes_at(p + 118) - 1;
             return c.forward();
           }),
    masked("forward_in_place_mask_in_both", "mask overlaps",
           [](Masked c, float *p) {
             c.y.data = p;
             c.mask.data = bytes_at(p + 3);
             return c.forward();
           }),
    masked("forward_y_meets_x", "y overlaps x",
           [](Masked c, float *p) {
             c.y.data = p + 17;
             return c.forward();
           }),
    masked("forward_y_is_x_with_another_stride", "y overlaps x",
           [](Masked c, float *p) {
             c.y.data = p;
             c.y.row_stride = 10;
             return c.forward();
           }),
    masked("backward_null_mask", "mask is null: expected a mask",
           [](Masked c, float *) { return hinge_activation_backward_mask(nullptr, &c.dy, &c.y); }),
    masked("backward_null_view_dy", "dy is null: expected a view",
           [](Masked c, float *) {
             const hinge_const_mask mask = c.read();
             return hinge_activation_backward_mask(&mask, nullptr, &c.y);
           }),
    masked("backward_null_view_dx", "dx is null: expected a view",
           [](Masked c, float *) {
             const hinge_const_mask mask = c.read();
             return hinge_activation_backward_mask(&mask, &c.dy, nullptr);
           }),
    masked("backward_null_bits", "mask.data is null: expected 2 rows of 2 bytes",
           [](Masked c, float *) {
             c.mask.data = nullptr;
             return c.backward();
           }),
    masked("backward_null_dy", "dy.data is null: expected 2 x 9 elements",
           [](Masked c, float *) {
             c.dy.data = nullptr;
             return c.backward();
           }),
    masked("backward_null_dx", "dx.data is null: expected 2 x 9 elements",
           [](Masked c, float *) {
             c.y.data = nullptr;
             return c.backward();
           }),
    masked("backward_mask_shape", "dy is 2 x 9: expected the shape of mask, 2 x 10",
           [](Masked c, float *) {
             c.mask.cols = 10;
             return c.backward();
           }),
    masked("backward_dx_shape", "dx is 1 x 9: expected the shape of mask, 2 x 9",
           [](Masked c, float *) {
             c.y.rows = 1;
             return c.backward();
           }),
    masked("backward_mask_stride", "mask.row_stride is 0 bytes",
           [](Masked c, float *) {
             c.mask.row_stride = 0;
             return c.backward();
           }),
    masked("backward_dx_stride", "dx.row_stride is 8: expected dx.cols, 9, or more",
           [](Masked c, float *) {
             c.y.row_stride = 8;
             return c.backward();
           }),
    masked("backward_dx_meets_dy", "dx overlaps dy: expected the same data and row_stride",
           [](Masked c, float *) {
             c.y.data = const_cast<float *>(elements(c.dy)) + 17;
             return c.backward();
           }),
    masked("backward_dx_over_the_mask", "dx overlaps mask",
           [](Masked c, float *p) {
             c.mask.data = bytes_at(p + 118) - 1;
             return c.backward();
           }),
    masked("backward_in_place_over_the_mask", "dx overlaps mask",
           [](Masked c, float *p) {
             c.dy.data = p + 100;
             c.mask.data = bytes_at(p + 100) - 3;
             return c.backward();
           }),
    masked("backward_mask_rows_overflow", "overflow the address space",
           [](Masked c, float *) {
             c.mask.rows = c.dy.rows = c.y.rows = huge;
             return c.backward();
           }),
    masked("count_null_mask", "mask is null: expected a mask",
           [](Masked c, float *) { return hinge_mask_count(nullptr, c.per_row, c.per_column); }),
    masked("count_null_bits", "mask.data is null: expected 2 rows of 2 bytes",
           [](Masked c, float *) {
             c.mask.data = nullptr;
             return c.count();
           }),
    masked("count_negative_rows", "mask.rows is -1: expected 0 or more",
           [](Masked c, float *) {
             c.mask.rows = -1;
             return c.count();
           }),
    masked("count_negative_cols", "mask.cols is -1: expected 0 or more",
           [](Masked c, float *) {
             c.mask.cols = -1;
             return c.count();
           }),
    masked("count_stride", "mask.row_stride is 1 bytes: expected 2, for 9 bits, or more",
           [](Masked c, float *) {
             c.mask.row_stride = 1;
             return c.count();
           }),
    masked("count_overflows", "overflow the address space",
           [](Masked c, float *) {
             c.mask.rows = huge;
             return c.count();
           }),
    masked("count_of_more_columns_than_memory", "per_column",
           [](Masked c, float *) {
             c.mask.rows = 1;
             c.mask.cols = huge;
             c.per_row = nullptr;
             return c.count();
           }),
    masked("count_rows_wrap_around", "per_row: 16 bytes overflow the address space",
           [](Masked c, float *) {
             c.per_row = reinterpret_cast<std::int64_t *>(~std::uintptr_t(0) - 7);
             return c.count();
           }),
    masked("count_rows_over_the_mask", "per_row overlaps mask",
           [](Masked c, float *p) {
             c.mask.data = bytes_at(p + 204) - 1;
             return c.count();
           }),
    masked("count_columns_over_the_mask", "per_column overlaps mask",
           [](Masked c, float *p) {
             c.mask.data = bytes_at(p + 268) - 1;
             c.per_row = nullptr;
             return c.count();
           }),
    masked("count_rows_over_columns", "per_column overlaps per_row",
           [](Masked c, float *) {
             c.per_row = c.per_column + 8;
             return c.count();
           }),
};

INSTANTIATE_TEST_SUITE_P(mask, Refused, ::testing::ValuesIn(mask_cases),
                         [](const auto &p) { return p.param.name; });

/// A correct call of a function that trains a layer: a batch of 2, 5 -> 3. Any two of its matrices
/// are at least 30 floats apart.
struct Training {
  explicit Training(float *p)
      : x{p, 2, 5, 5}, weight{p + 50, 3, 5, 5}, y{p + 100, 2, 3, 3}, dy{p + 150, 2, 3, 3},
        out{p + 250, 2, 3, 3}, dx{p + 300, 2, 5, 5}, dweight{p + 350, 3, 5, 5},
        dbias(p + 400), mask{bytes_at(p + 200), 2, 3, 1} {}
  hinge_const_mask read() const { return {mask.data, mask.rows, mask.cols, mask.row_stride}; }
  hinge_status from_y() const {
    return hinge_linear_backward(act, &x, &weight, &y, &dy, &dx, &dweight, dbias, accumulate);
  }
  hinge_status from_mask() const {
    const hinge_const_mask m = read();
    return hinge_linear_backward_mask(&x, &weight, &m, &dy, &dx, &dweight, dbias, accumulate);
  }
  /// Creates a layer with the weights of the case.
  hinge_status forward(hinge_activation of_layer = HINGE_ACTIVATION_RELU) const {
    hinge_linear *l = nullptr;
    EXPECT_EQ(HINGE_OK, linear_create(weight, nullptr, of_layer, &l));
    const hinge_status status = linear_forward_mask(l, x, out, mask);
    hinge_linear_destroy(l);
    return status;
  }

  hinge_activation act = HINGE_ACTIVATION_RELU;
  hinge_const_view x, weight, y, dy;
  hinge_view out, dx, dweight; // out: the output of the forward
  float *dbias;
  hinge_mask mask;
  int accumulate = 0;
};

template <class F>
Case training(const char *name, const char *message, const F &call) {
  return {name, message, [call](float *p) { return call(Training(p), p); }};
}

const std::vector<Case> training_cases{
    training("unknown_activation", "activation is 99: expected NONE (0), RELU (1)",
             [](Training c, float *) {
               return hinge_linear_backward(hinge_activation(99), &c.x, &c.weight, &c.y, &c.dy,
                                            &c.dx, &c.dweight, c.dbias, 0);
             }),
    training("dbias_wraps_around", "dbias: 12 bytes overflow the address space",
             [](Training c, float *) {
               c.dbias = reinterpret_cast<float *>(~std::uintptr_t(0) - 7);
               return c.from_y();
             }),
    training("accumulate_2", "accumulate is 2: expected 0 or 1",
             [](Training c, float *) {
               c.accumulate = 2;
               return c.from_y();
             }),
    training("accumulate_negative_from_mask", "accumulate is -1: expected 0 or 1",
             [](Training c, float *) {
               c.accumulate = -1;
               return c.from_mask();
             }),
    training("null_x", "x is null: expected a view",
             [](Training c, float *) {
               return hinge_linear_backward(c.act, nullptr, &c.weight, &c.y, &c.dy, &c.dx,
                                            &c.dweight, c.dbias, 0);
             }),
    training("null_weight", "weight is null: expected a view",
             [](Training c, float *) {
               return hinge_linear_backward(c.act, &c.x, nullptr, &c.y, &c.dy, &c.dx, &c.dweight,
                                            c.dbias, 0);
             }),
    training("null_y", "y is null: expected a view",
             [](Training c, float *) {
               return hinge_linear_backward(c.act, &c.x, &c.weight, nullptr, &c.dy, &c.dx,
                                            &c.dweight, c.dbias, 0);
             }),
    training("null_dy", "dy is null: expected a view",
             [](Training c, float *) {
               return hinge_linear_backward(c.act, &c.x, &c.weight, &c.y, nullptr, &c.dx,
                                            &c.dweight, c.dbias, 0);
             }),
    training("null_dy_of_nothing_asked", "dy is null: expected a view",
             [](Training c, float *) {
               return hinge_linear_backward(c.act, nullptr, nullptr, &c.y, nullptr, nullptr,
                                            nullptr, nullptr, 0);
             }),
    training("null_mask", "mask is null: expected a mask",
             [](Training c, float *) {
               return hinge_linear_backward_mask(&c.x, &c.weight, nullptr, &c.dy, &c.dx, &c.dweight,
                                                 c.dbias, 0);
             }),
    training("null_x_from_mask", "x is null: expected a view",
             [](Training c, float *) {
               const hinge_const_mask mask = c.read();
               return hinge_linear_backward_mask(nullptr, &c.weight, &mask, &c.dy, &c.dx,
                                                 &c.dweight, c.dbias, 0);
             }),
    training("null_weight_from_mask", "weight is null: expected a view",
             [](Training c, float *) {
               const hinge_const_mask mask = c.read();
               return hinge_linear_backward_mask(&c.x, nullptr, &mask, &c.dy, &c.dx, &c.dweight,
                                                 c.dbias, 0);
             }),
    training("null_dy_from_mask", "dy is null: expected a view",
             [](Training c, float *) {
               const hinge_const_mask mask = c.read();
               return hinge_linear_backward_mask(&c.x, &c.weight, &mask, nullptr, &c.dx, &c.dweight,
                                                 c.dbias, 0);
             }),
    training("null_bits", "mask.data is null: expected 2 rows of 1 bytes",
             [](Training c, float *) {
               c.mask.data = nullptr;
               return c.from_mask();
             }),
    training("mask_rows", "mask is 3 x 3: expected the shape of dy, 2 x 3",
             [](Training c, float *) {
               c.mask.rows = 3;
               return c.from_mask();
             }),
    training("mask_cols", "mask is 2 x 4: expected the shape of dy, 2 x 3",
             [](Training c, float *) {
               c.mask.cols = 4;
               return c.from_mask();
             }),
    training("mask_stride", "mask.row_stride is 0 bytes: expected 1, for 3 bits, or more",
             [](Training c, float *) {
               c.mask.row_stride = 0;
               return c.from_mask();
             }),
    training("mask_overflows", "mask: 9223372036854775807 rows of 1 bytes, 2 apart, overflow",
             [](Training c, float *) {
               c.mask.rows = huge;
               c.mask.row_stride = 2;
               return c.from_mask();
             }),
    training("forward_null_layer", "linear is null",
             [](Training c, float *) { return linear_forward_mask(nullptr, c.x, c.out, c.mask); }),
    training("forward_of_a_destroyed_layer", "linear is no layer",
             [](Training c, float *) {
               std::vector<char> memory(packed_bytes(5, 3));
               hinge_linear *l = nullptr;
               EXPECT_EQ(HINGE_OK, linear_create_in(memory.data(), memory.size(), c.weight, nullptr,
                                                    HINGE_ACTIVATION_RELU, &l));
               hinge_linear_destroy(l);
               return linear_forward_mask(l, c.x, c.out, c.mask);
             }),
    training("forward_of_a_layer_without_activation", "linear has no activation",
             [](Training c, float *) { return c.forward(HINGE_ACTIVATION_NONE); }),
    training("forward_null_mask", "mask is null: expected a mask",
             [](Training c, float *p) {
               return hinge_linear_forward_mask(Layer(p).linear, &c.x, &c.out, nullptr);
             }),
    training("forward_null_view_x", "x is null: expected a view",
             [](Training c, float *p) {
               return hinge_linear_forward_mask(Layer(p).linear, nullptr, &c.out, &c.mask);
             }),
    training("forward_null_view_y", "y is null: expected a view",
             [](Training c, float *p) {
               return hinge_linear_forward_mask(Layer(p).linear, &c.x, nullptr, &c.mask);
             }),
    training("forward_null_bits", "mask.data is null: expected 2 rows of 1 bytes",
             [](Training c, float *) {
               c.mask.data = nullptr;
               return c.forward();
             }),
    training("forward_x_cols", "x.cols is 4: expected in_features, 5",
             [](Training c, float *) {
               c.x.cols = 4;
               return c.forward();
             }),
    training("forward_y_rows", "y.rows is 1: expected x.rows, 2",
             [](Training c, float *) {
               c.out.rows = 1;
               return c.forward();
             }),
    training("forward_mask_rows", "mask is 1 x 3: expected the shape of y, 2 x 3",
             [](Training c, float *) {
               c.mask.rows = 1;
               return c.forward();
             }),
    training("forward_mask_cols", "mask is 2 x 8: expected the shape of y, 2 x 3",
             [](Training c, float *) {
               c.mask.cols = 8;
               return c.forward();
             }),
    training("forward_mask_stride", "mask.row_stride is 0 bytes",
             [](Training c, float *) {
               c.mask.row_stride = 0;
               return c.forward();
             }),
    training("forward_mask_in_x", "mask overlaps x",
             [](Training c, float *p) {
               c.mask.data = bytes_at(p + 10) - 1;
               return c.forward();
             }),
    training("forward_mask_in_y", "mask overlaps y",
             [](Training c, float *p) {
               c.mask.data = bytes_at(p + 250) - 1;
               return c.forward();
             }),
    training("forward_y_meets_x", "y overlaps x",
             [](Training c, float *p) {
               c.out.data = p + 9;
               return c.forward();
             }),
    training("forward_mask_in_the_packed_weights", "mask overlaps the packed weights",
             [](Training c, float *p) {
               const Layer layer(p);
               c.mask.data = reinterpret_cast<std::uint8_t *>(layer.linear);
               return linear_forward_mask(layer.linear, c.x, c.out, c.mask);
             }),
    training("forward_y_in_the_packed_weights", "y overlaps the packed weights",
             [](Training c, float *p) {
               const Layer layer(p);
               c.out.data = reinterpret_cast<float *>(layer.linear);
               return linear_forward_mask(layer.linear, c.x, c.out, c.mask);
             }),
    training("repack_null_layer", "linear is null",
             [](Training c, float *) { return linear_repack(nullptr, c.weight, nullptr); }),
    training("repack_a_destroyed_layer", "linear is no layer",
             [](Training c, float *) {
               std::vector<char> memory(packed_bytes(5, 3));
               hinge_linear *l = nullptr;
               EXPECT_EQ(HINGE_OK, linear_create_in(memory.data(), memory.size(), c.weight, nullptr,
                                                    HINGE_ACTIVATION_RELU, &l));
               hinge_linear_destroy(l);
               return linear_repack(l, c.weight, nullptr);
             }),
};

/// Packs again into a layer; its old weights must stay.
hinge_status repack(const Training &c, const hinge_const_view *weight, const float *bias) {
  const Layer layer(elements(c.x));
  float before[3], after[3];
  EXPECT_EQ(HINGE_OK, layer.forward({c.dy.data, 1, 5, 5}, {before, 1, 3, 3}));
  const hinge_status status = hinge_linear_repack(layer.linear, weight, bias);
  EXPECT_EQ(HINGE_OK, layer.forward({c.dy.data, 1, 5, 5}, {after, 1, 3, 3}));
  EXPECT_EQ(0, std::memcmp(before, after, sizeof before));
  return status;
}

const std::vector<Case> repack_cases{
    training("null_weight_view", "weight is null: expected a view",
             [](Training c, float *) { return repack(c, nullptr, c.dbias); }),
    training("null_weight", "weight.data is null: expected 3 x 5 elements",
             [](Training c, float *) {
               c.weight.data = nullptr;
               return repack(c, &c.weight, nullptr);
             }),
    training("weight_rows", "weight.rows is 4: expected out_features, 3",
             [](Training c, float *) {
               c.weight.rows = 4;
               return repack(c, &c.weight, nullptr);
             }),
    training("weight_cols", "weight.cols is 4: expected in_features, 5",
             [](Training c, float *) {
               c.weight.cols = 4;
               return repack(c, &c.weight, nullptr);
             }),
    training("weight_transposed", "weight.rows is 5: expected out_features, 3",
             [](Training c, float *) {
               c.weight = {c.weight.data, 5, 3, 3};
               return repack(c, &c.weight, nullptr);
             }),
    training("weight_negative", "weight.rows is -3: expected 0 or more",
             [](Training c, float *) {
               c.weight.rows = -3;
               return repack(c, &c.weight, nullptr);
             }),
    training("weight_stride", "weight.row_stride is 4: expected weight.cols, 5, or more",
             [](Training c, float *) {
               c.weight.row_stride = 4;
               return repack(c, &c.weight, nullptr);
             }),
    training("weight_stride_too_large", "weight.row_stride is 17179869184: expected at most",
             [](Training c, float *) {
               c.weight.row_stride = std::int64_t(1) << 34;
               return repack(c, &c.weight, nullptr);
             }),
    training("weight_stride_overflows", "overflow the address space",
             [](Training c, float *) {
               c.weight.row_stride = huge / 2;
               return repack(c, &c.weight, nullptr);
             }),
    training("weight_in_the_layer", "weight overlaps",
             [](Training c, float *p) {
               const Layer layer(p);
               c.weight.data = reinterpret_cast<const float *>(layer.linear);
               return linear_repack(layer.linear, c.weight, nullptr);
             }),
    training("bias_in_the_layer", "bias overlaps",
             [](Training c, float *p) {
               const Layer layer(p);
               return linear_repack(layer.linear, c.weight,
                                    reinterpret_cast<const float *>(layer.linear));
             }),
};

/// Spoils each matrix of the backward in every way, and overlaps each output with every matrix it
/// must not share memory with.
std::vector<Case> backward_cases() {
  const struct {
    const char *name;
    hinge_const_view Training::*input;
    hinge_view Training::*output;
  } matrices[] = {{"x", &Training::x, nullptr},   {"weight", &Training::weight, nullptr},
                  {"y", &Training::y, nullptr},   {"dy", &Training::dy, nullptr},
                  {"dx", nullptr, &Training::dx}, {"dweight", nullptr, &Training::dweight}};
  std::vector<Case> cases;
  for (bool from_mask : {false, true}) {
    const std::string suffix = from_mask ? "_from_mask" : "_from_y";
    const auto call = [from_mask](const Training &c) {
      return from_mask ? c.from_mask() : c.from_y();
    };
    for (const auto &matrix : matrices) {
      if (from_mask && matrix.input == &Training::y)
        continue;
      const std::string name = matrix.name;
      const auto add = [&](const std::string &what, const std::string &message, auto spoil) {
        cases.push_back({name + "_" + what + suffix, message, [=](float *p) {
                           Training c(p);
                           if (matrix.input)
                             spoil(c.*matrix.input);
                           else
                             spoil(c.*matrix.output);
                           return call(c);
                         }});
      };
      add("null_data", name + ".data is null", [](auto &v) { v.data = nullptr; });
      add("negative_rows", name + ".rows is -2: expected 0 or more", [](auto &v) { v.rows = -2; });
      add("negative_cols", name + ".cols is -3: expected 0 or more", [](auto &v) { v.cols = -3; });
      add("stride", name + ".row_stride is 2: expected " + name + ".cols",
          [](auto &v) { v.row_stride = 2; });
      add("negative_stride", name + ".row_stride is -5", [](auto &v) { v.row_stride = -5; });
      add("rows_overflow", name + ": 9223372036854775807 rows",
          [](auto &v) { v.rows = std::numeric_limits<std::int64_t>::max(); });
      add("stride_overflows", name + ": ",
          [](auto &v) { v.row_stride = std::numeric_limits<std::int64_t>::max() / 2; });
      add("wraps_around", name + ": ",
          [](auto &v) { v.data = reinterpret_cast<decltype(v.data)>(~std::uintptr_t(0) - 16); });
      // Where two shapes disagree the message may blame either, and names both.
      add("one_row_more", name, [](auto &v) { v.rows++; });
      add("one_column_less", name, [](auto &v) { v.cols--; });
    }

    struct Memory {
      const char *name;
      int at, floats;
    };
    const Memory inputs[] = {{"x", 0, 10}, {"weight", 50, 15}, {"y", 100, 6}, {"dy", 150, 6}};
    const Memory outputs[] = {{"dx", 300, 10}, {"dweight", 350, 15}, {"dbias", 400, 3}};
    const auto add = [&](const Memory &o, const Memory &other, int at, const char *where) {
      const std::string name = o.name;
      cases.push_back({name + "_" + where + "_" + other.name + suffix, " overlaps ", [=](float *p) {
                         Training c(p);
                         if (name == "dx")
                           c.dx.data = p + at;
                         else if (name == "dweight")
                           c.dweight.data = p + at;
                         else
                           c.dbias = p + at;
                         const hinge_status status = call(c);
                         const std::string message = hinge_last_error();
                         EXPECT_NE(std::string::npos, message.find(name)) << message;
                         EXPECT_NE(std::string::npos, message.find(other.name)) << message;
                         return status;
                       }});
    };
    for (const Memory &o : outputs) {
      for (const Memory &i : inputs) {
        if (from_mask && i.at == 100)
          continue;
        add(o, i, i.at, "is");
        add(o, i, i.at + i.floats - 1, "begins_in");
        if (i.at > 0)
          add(o, i, i.at - o.floats + 1, "ends_in");
      }
      for (const Memory &other : outputs)
        if (other.at != o.at) {
          add(o, other, other.at, "is");
          add(o, other, other.at + other.floats - 1, "begins_in");
          add(o, other, other.at - o.floats + 1, "ends_in");
        }
      if (from_mask) {
        const Memory mask{"mask", 200, 1};
        add(o, mask, 200, "is");
        add(o, mask, 200 - o.floats + 1, "ends_in");
      }
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(training, Refused, ::testing::ValuesIn(training_cases),
                         [](const auto &p) { return p.param.name; });
INSTANTIATE_TEST_SUITE_P(repack, Refused, ::testing::ValuesIn(repack_cases),
                         [](const auto &p) { return p.param.name; });
INSTANTIATE_TEST_SUITE_P(backward, Refused, ::testing::ValuesIn(backward_cases()),
                         [](const auto &p) { return p.param.name; });

TEST(Accepted, what_the_spoilt_calls_were_before) {
  std::vector<float> memory = random_values(1000, 1);
  const Masked masks(memory.data());
  EXPECT_EQ(HINGE_OK, masks.alone()) << hinge_last_error();
  EXPECT_EQ(HINGE_OK, masks.forward()) << hinge_last_error();
  EXPECT_EQ(HINGE_OK, masks.backward()) << hinge_last_error();
  EXPECT_EQ(HINGE_OK, masks.count()) << hinge_last_error();
  const Training step(memory.data());
  EXPECT_EQ(HINGE_OK, step.from_y()) << hinge_last_error();
  EXPECT_EQ(HINGE_OK, step.from_mask()) << hinge_last_error();
  EXPECT_EQ(HINGE_OK, step.forward()) << hinge_last_error();
  const Layer layer(memory.data());
  EXPECT_EQ(HINGE_OK, linear_repack(layer.linear, step.weight, step.dbias)) << hinge_last_error();
}

TEST(Accepted, gradients_and_masks_beside_each_other_in_one_matrix) {
  std::vector<float> memory = random_values(1000, 1);
  float *const p = memory.data();
  // dx lies beside x and dweight beside weight, in rows of 11; dbias lies behind.
  Training c(p);
  c.x = {p, 2, 5, 11};
  c.dx = {p + 5, 2, 5, 11};
  c.weight = {p + 55, 3, 5, 11};
  c.dweight = {p + 50, 3, 5, 11};
  EXPECT_EQ(HINGE_OK, c.from_y()) << hinge_last_error();
  EXPECT_EQ(HINGE_OK, c.from_mask()) << hinge_last_error();
  // dx and dweight lie in the same rows.
  c.dx = {p + 500, 2, 5, 11};
  c.dweight = {p + 505, 3, 5, 11};
  EXPECT_EQ(HINGE_OK, c.from_y()) << hinge_last_error();
  // The mask lies in the gap between the rows of x and y.
  Masked m(p);
  m.x = {p, 2, 9, 20};
  m.y = {p + 10, 2, 9, 20};
  m.mask = {bytes_at(p + 9), 2, 9, 80};
  EXPECT_EQ(HINGE_OK, m.alone()) << hinge_last_error();
  EXPECT_EQ(HINGE_OK, m.forward()) << hinge_last_error();
  m.dy = {p, 2, 9, 20};
  EXPECT_EQ(HINGE_OK, m.backward()) << hinge_last_error();
}

TEST(Accepted, inputs_that_are_the_same) {
  // First y is dy. Then x is the weight too, which needs a batch of out_features.
  std::vector<float> memory = random_values(1000, 1);
  float *const p = memory.data();
  Training c(p);
  c.y = c.dy;
  EXPECT_EQ(HINGE_OK, c.from_y()) << hinge_last_error();
  c.x = c.weight = {p, 3, 5, 5};
  c.y = c.dy = {p + 20, 3, 3, 3};
  c.dx = {p + 300, 3, 5, 5};
  EXPECT_EQ(HINGE_OK, c.from_y()) << hinge_last_error();
}

TEST(Accepted, outputs_on_what_is_not_read) {
  // x is read for dweight only, and weight for dx only. Otherwise their memory may be written.
  std::vector<float> memory = random_values(1000, 1);
  const Training c(memory.data());
  const hinge_view on_x{memory.data(), 2, 5, 5}, on_weight{memory.data() + 50, 3, 5, 5};
  EXPECT_EQ(HINGE_OK, hinge_linear_backward(c.act, nullptr, &c.weight, &c.y, &c.dy, &on_x, nullptr,
                                            nullptr, 0))
      << hinge_last_error();
  EXPECT_EQ(HINGE_OK, hinge_linear_backward(c.act, &c.x, nullptr, &c.y, &c.dy, nullptr, &on_weight,
                                            nullptr, 0))
      << hinge_last_error();
  EXPECT_EQ(HINGE_OK, hinge_linear_backward(c.act, nullptr, nullptr, &c.y, &c.dy, nullptr, nullptr,
                                            nullptr, 0))
      << hinge_last_error();
}

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
  // The strides are 7 and 14, so the rows of y lie in the gaps between the rows of x.
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
  // The oracle has the regions as sets, in a memory of 4,000 bytes.
  std::mt19937 random(1);
  const auto below = [&](int n) { return std::uintptr_t(random() % unsigned(n)); };
  int overlapping = 0;
  const int pairs = 100000;
  for (int i = 0; i < pairs; i++) {
    hinge::detail::Region r[2];
    std::bitset<4000> bytes[2];
    for (int k : {0, 1}) {
      const std::uintptr_t rows = 1 + below(6), row_bytes = 1 + below(40);
      // Half of the pairs have one stride, like two parts of one matrix.
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
  // A step past the last row would wrap around.
  const std::uintptr_t top = ~std::uintptr_t(0);
  const hinge::detail::Region a{top - 9000, top - 9000 + 8000 + 4, 4, 8000};
  const hinge::detail::Region b{top - 8996, top - 8996 + 7000 + 4, 4, 7000};
  EXPECT_FALSE(hinge::detail::overlap(a, b));
  EXPECT_TRUE(hinge::detail::overlap(a, a));
}

TEST(LastError, belongs_to_the_thread_and_is_cut_to_its_buffer) {
  EXPECT_EQ(HINGE_UNSUPPORTED_TARGET, hinge_set_target(std::string(5000, 'x').c_str()));
  EXPECT_LT(std::strlen(hinge_last_error()), 512u);
  EXPECT_NE(nullptr, std::strstr(hinge_last_error(), "the library has no such target"));
}

} // namespace

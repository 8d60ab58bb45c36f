// The gradients of Linear with its activation through the public interface, and the other calls of
// a step of training: the forward that writes a mask, and packing weights again.
#include "linear_problem.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>

using namespace hinge_test;

namespace {

/// The source of the derivative: the output, the input of the activation, or the mask.
enum class From { output, input, mask };
constexpr From every_source[] = {From::output, From::input, From::mask};

/// The kind of a call, and how its matrices lie in memory.
struct Call {
  hinge_activation act = HINGE_ACTIVATION_RELU;
  From from = From::output;
  int accumulate = 0;
  bool dx = true, dweight = true, dbias = true; // asked for
  int pad = 0;                                  // floats between rows, bytes for a mask
  std::size_t at = 0;                           // bytes before the first
  std::optional<Flush> guard;                   // between guard pages; pad and at are ignored then
};

/// A matrix in a caller's memory, with marks around it and between its rows.
class Placed {
public:
  Placed(const std::vector<float> &dense, std::int64_t rows, std::int64_t cols, const Call &call)
      : rows_(rows), cols_(cols), stride_(cols + call.pad), at_(call.at) {
    if (call.guard) {
      guarded_ = std::make_unique<GuardedMatrix>(rows, cols, *call.guard);
      guarded_->fill(dense);
      return;
    }
    memory_.assign(at_ + 4 * std::size_t(rows * stride_) + 1, 'm');
    for (std::int64_t m = 0; m < rows; m++)
      if (cols > 0)
        std::memcpy(row(m), &dense[std::size_t(m * cols)], 4 * std::size_t(cols));
    before_ = memory_;
  }

  hinge_view view() {
    if (guarded_)
      return guarded_->view();
    return {reinterpret_cast<float *>(memory_.data() + at_), rows_, cols_, stride_};
  }
  hinge_const_view const_view() {
    const hinge_view v = view();
    return {v.data, v.rows, v.cols, v.row_stride};
  }

  /// Returns the values; fails where a mark has changed.
  std::vector<float> read() {
    std::vector<float> dense(std::size_t(rows_ * cols_));
    for (std::int64_t m = 0; m < rows_ && cols_ > 0; m++) {
      const void *const from = guarded_ ? static_cast<void *>(guarded_->row(m)) : row(m);
      std::memcpy(&dense[std::size_t(m * cols_)], from, 4 * std::size_t(cols_));
      if (!guarded_)
        std::memset(row(m), 'm', 4 * std::size_t(cols_));
    }
    EXPECT_EQ(std::ptrdiff_t(memory_.size()), std::count(memory_.begin(), memory_.end(), 'm'))
        << "written outside a matrix of " << rows_ << " x " << cols_;
    return dense;
  }
  void expect_untouched() const { EXPECT_TRUE(before_ == memory_) << "an input was written"; }

private:
  char *row(std::int64_t m) { return memory_.data() + at_ + 4 * std::size_t(m * stride_); }

  std::int64_t rows_, cols_, stride_;
  std::size_t at_;
  std::vector<char> memory_, before_;
  std::unique_ptr<GuardedMatrix> guarded_;
};

/// Makes the call. Gradients that it does not ask for are empty.
Gradients run(const Problem &p, const Call &call) {
  const std::vector<float> nans(std::size_t(std::max({p.batch * p.in, p.out * p.in, p.out})),
                                std::nanf("")); // NaN shows a read of memory that is only written
  Placed x(p.x, p.batch, p.in, call), weight(p.weight, p.out, p.in, call),
      y(call.from == From::input ? p.z : outputs(call.act, p.z), p.batch, p.out, call),
      dy(p.dy, p.batch, p.out, call), dx(nans, p.batch, p.in, call),
      dweight(call.accumulate ? p.old.dweight : nans, p.out, p.in, call),
      dbias(call.accumulate ? p.old.dbias : nans, 1, p.out, call);
  const hinge_const_view x_view = x.const_view(), weight_view = weight.const_view(),
                         y_view = y.const_view(), dy_view = dy.const_view();
  const hinge_view dx_view = dx.view(), dweight_view = dweight.view();
  // Inputs that are not read are null.
  const hinge_const_view *const x_read = call.dweight ? &x_view : nullptr;
  const hinge_const_view *const weight_read = call.dx ? &weight_view : nullptr;
  const hinge_view *const dx_asked = call.dx ? &dx_view : nullptr;
  const hinge_view *const dweight_asked = call.dweight ? &dweight_view : nullptr;
  float *const dbias_asked = call.dbias ? elements(dbias.view()) : nullptr;
  if (call.from == From::mask) {
    const std::int64_t bytes = mask_row_bytes(p.out), stride = bytes + call.pad;
    const std::vector<std::uint8_t> dense = mask_of(call.act, const_view(p.z, p.batch, p.out));
    // Bits in the padding, in gaps and around the mask say that the gradient passes.
    std::vector<std::uint8_t> mask(call.at + std::size_t(p.batch * stride) + 1, 0xff);
    std::optional<GuardedMask> guarded;
    if (call.guard)
      guarded.emplace(p.batch, p.out, *call.guard);
    for (std::int64_t m = 0; m < p.batch; m++)
      for (std::int64_t b = 0; b < bytes; b++) {
        const auto padding = std::uint8_t(8 * (b + 1) > p.out ? 0xff << (p.out - 8 * b) : 0);
        const auto byte = std::uint8_t(dense[std::size_t(m * bytes + b)] | padding);
        (guarded ? guarded->row(m) : mask.data() + call.at + m * stride)[b] = byte;
      }
    const hinge_const_mask mask_view =
        guarded ? guarded->const_view()
                : hinge_const_mask{mask.data() + call.at, p.batch, p.out, stride};
    EXPECT_EQ(HINGE_OK,
              hinge_linear_backward_mask(x_read, weight_read, &mask_view, &dy_view, dx_asked,
                                         dweight_asked, dbias_asked, call.accumulate))
        << hinge_last_error();
  } else {
    const bool reads_y = call.act != HINGE_ACTIVATION_NONE;
    EXPECT_EQ(HINGE_OK, hinge_linear_backward(call.act, x_read, weight_read,
                                              reads_y ? &y_view : nullptr, &dy_view, dx_asked,
                                              dweight_asked, dbias_asked, call.accumulate))
        << hinge_last_error();
  }
  for (const Placed *input : {&x, &weight, &y, &dy})
    input->expect_untouched();
  Gradients g;
  if (call.dx)
    g.dx = dx.read();
  if (call.dweight)
    g.dweight = dweight.read();
  if (call.dbias)
    g.dbias = dbias.read();
  return g;
}

void check(const TestTarget &target, const Problem &p, const Call &call) {
  const Gradients got = run(p, call);
  ASSERT_NO_FATAL_FAILURE(expect_gradients(target, p, call.act, call.accumulate, got))
      << p.batch << " x " << p.in << " -> " << p.out << ", activation " << call.act << ", from "
      << int(call.from) << ", accumulate " << call.accumulate << ", pad " << call.pad << ", at "
      << call.at;
}

/// Another activation, source and way to write, by i.
Call varied(std::size_t i) {
  Call call;
  call.act = all_activations[i % 3];
  call.from = every_source[i / 3 % 3];
  call.accumulate = int(i / 9 % 2);
  return call;
}

class LinearBackward : public ::testing::TestWithParam<TestTarget> {
  ScopedTarget scope{GetParam().name};
};

INSTANTIATE_TEST_SUITE_P(on, LinearBackward, ::testing::ValuesIn(usable_targets()), target_name);

TEST_P(LinearBackward, small_shapes) {
  std::size_t i = 0;
  for (std::int64_t batch : {1, 2, 3, 5, 8, 9, 13, 17, 33})
    for (std::int64_t in : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 65})
      for (std::int64_t out : {1, 2, 3, 7, 8, 9, 15, 17, 33})
        ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(batch, in, out), varied(i++)));
}

TEST_P(LinearBackward, every_size_up_to_two_register_tiles) {
  std::size_t i = 0;
  for (std::int64_t in = 1; in <= 2 * GetParam().tile_features + 1; in++)
    ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(3, in, 5), varied(i++)));
  for (std::int64_t rows = 1; rows <= 2 * GetParam().tile_rows + 1; rows++) {
    ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(rows, 67, 4), varied(i++)));
    ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(4, 67, rows), varied(i++)));
  }
}

TEST_P(LinearBackward, shapes_around_the_blocks) {
  // A block has 48 rows and 256 features.
  const struct {
    std::int64_t batch, in, out;
  } shapes[] = {{47, 5, 255},  {48, 7, 256}, {49, 9, 257},  {95, 17, 300}, {96, 3, 512},
                {97, 1, 513},  {144, 33, 9}, {145, 20, 49}, {255, 64, 48}, {256, 65, 47},
                {257, 63, 50}, {300, 48, 1}, {513, 12, 10}, {1, 300, 513}, {2, 513, 300},
                {1, 256, 257}, {50, 257, 1}, {49, 300, 17}, {513, 1, 3},   {3, 1, 1100}};
  std::size_t i = 0;
  for (const auto &s : shapes)
    for (int variant = 0; variant < 2; variant++, i += 5) {
      Call call = varied(i);
      call.pad = variant;
      ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(s.batch, s.in, s.out), call));
    }
  ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(150, 81, 270), varied(3)));
}

TEST_P(LinearBackward, every_activation_source_and_set_of_outputs) {
  const Problem problems[] = {{5, 7, 3}, {50, 35, 259}, {13, 64, 18}};
  for (const Problem &p : problems)
    for (hinge_activation act : all_activations)
      for (From from : every_source)
        for (int accumulate : {0, 1}) {
          Call call;
          call.act = act;
          call.from = from;
          call.accumulate = accumulate;
          const Gradients all = run(p, call);
          ASSERT_NO_FATAL_FAILURE(expect_gradients(GetParam(), p, call.act, call.accumulate, all));
          for (int asked = 0; asked < 7; asked++) { // no gradient depends on the others
            call.dx = asked & 1;
            call.dweight = asked & 2;
            call.dbias = asked & 4;
            const Gradients some = run(p, call);
            ASSERT_TRUE(same_bits(call.dx ? all.dx : some.dx, some.dx)) << asked;
            ASSERT_TRUE(same_bits(call.dweight ? all.dweight : some.dweight, some.dweight))
                << asked;
            ASSERT_TRUE(same_bits(call.dbias ? all.dbias : some.dbias, some.dbias)) << asked;
          }
        }
}

TEST_P(LinearBackward, strides_leave_the_gaps_alone) {
  std::size_t i = 0;
  for (int pad : {1, 2, 5, 64})
    for (std::int64_t batch : {1, 4, 49})
      for (std::int64_t in : {1, 18, 67})
        for (std::int64_t out : {1, 9, 40}) {
          Call call = varied(i++);
          call.pad = pad;
          ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(batch, in, out), call));
        }
}

TEST_P(LinearBackward, floats_at_odd_addresses) {
  std::size_t i = 0;
  for (std::size_t at : {1, 2, 3, 4, 7, 12, 28, 60, 63})
    for (std::int64_t in : {3, 33, 70})
      for (int pad : {0, 3}) {
        Call call = varied(i++);
        call.at = at;
        call.pad = pad;
        ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(11, in, 21), call));
      }
}

TEST_P(LinearBackward, touches_nothing_outside_its_matrices) {
  std::size_t i = 0;
  for (auto flush : both_sides) {
    for (std::int64_t in = 1; in <= GetParam().tile_features + 3; in++) {
      Call call = varied(i++);
      call.guard = flush;
      ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(2, in, 3), call));
    }
    for (std::int64_t rows = 1; rows <= 2 * GetParam().lanes + 3; rows++) {
      Call call = varied(i++);
      call.guard = flush;
      ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(rows, 19, 5), call));
      ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(5, 19, rows), call));
    }
    for (From from : every_source) {
      Call call;
      call.from = from;
      call.guard = flush;
      ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(51, 33, 261), call));
      ASSERT_NO_FATAL_FAILURE(check(GetParam(), Problem(49, 130, 15), call));
    }
  }
}

TEST_P(LinearBackward, of_empty_matrices) {
  // A sum without terms is 0, or the old value if it accumulates.
  for (hinge_activation act : all_activations)
    for (From from : every_source)
      for (int accumulate : {0, 1})
        for (int empty = 0; empty < 7; empty++) {
          Call call;
          call.act = act;
          call.from = from;
          call.accumulate = accumulate;
          const Problem p(empty & 1 ? 3 : 0, empty & 2 ? 5 : 0, empty & 4 ? 4 : 0);
          ASSERT_NO_FATAL_FAILURE(check(GetParam(), p, call));
        }
  // Empty matrices have null data.
  const hinge_const_view x{nullptr, 0, 5, 5}, dy{nullptr, 0, 2, 2};
  const std::vector<float> weight(10, 1.0f);
  const hinge_const_view w = const_view(weight, 2, 5);
  std::vector<float> dweight(10, 7.0f), dbias(2, 7.0f);
  const hinge_view dx{nullptr, 0, 5, 5}, dw = view(dweight, 2, 5);
  ASSERT_HINGE_OK(
      hinge_linear_backward(HINGE_ACTIVATION_RELU, &x, &w, &dy, &dy, &dx, &dw, dbias.data(), 1));
  EXPECT_EQ(std::vector<float>(10, 7.0f), dweight);
  EXPECT_EQ(std::vector<float>(2, 7.0f), dbias);
  ASSERT_HINGE_OK(
      hinge_linear_backward(HINGE_ACTIVATION_RELU, &x, &w, &dy, &dy, &dx, &dw, dbias.data(), 0));
  EXPECT_EQ(std::vector<float>(10), dweight);
  EXPECT_EQ(std::vector<float>(2), dbias);
}

TEST_P(LinearBackward, infinities_and_nans) {
  // Every input gets one special value at a time. 0 times infinity is NaN, like in the loop.
  const float specials[] = {std::nanf(""), -INFINITY, INFINITY};
  for (hinge_activation act : all_activations)
    for (From from : every_source)
      for (float special : specials)
        for (int place = 0; place < 4; place++) {
          Problem p(50, 19, 35);
          std::vector<float> &input = place == 0   ? p.x
                                      : place == 1 ? p.weight
                                      : place == 2 ? p.z
                                                   : p.dy;
          input[3] = input[input.size() / 2] = input.back() = special;
          Call call;
          call.act = act;
          call.from = from;
          call.accumulate = place % 2;
          ASSERT_NO_FATAL_FAILURE(check(GetParam(), p, call)) << special << " in " << place;
        }
}

TEST_P(LinearBackward, special_values_of_all_kinds) {
  // Without FMA no bound holds: a product may overflow where the sum with FMA does not. Only dbias,
  // which has no products, is compared bit for bit.
  const auto asked = [](Call call) {
    call.dx = call.dweight = GetParam().has_fma;
    return call;
  };
  const std::vector<float> &values = special_values();
  std::size_t i = 0;
  for (int shift = 0; shift < 12; shift++) {
    Problem p(9, 21, 14);
    for (std::vector<float> *input : {&p.x, &p.weight, &p.z, &p.dy})
      for (std::size_t j = 0; j < input->size(); j++)
        if (j % 7 == 3) // otherwise everything would be NaN
          (*input)[j] = values[(j * 5 + std::size_t(shift) * 17) % values.size()];
    ASSERT_NO_FATAL_FAILURE(check(GetParam(), p, asked(varied(i++))));
  }
  // Sums have one term, times 1, so they are the values themselves; -0 + 0 is 0.
  const auto n = std::int64_t(values.size());
  Problem p(n, 1, 1);
  p.dy = values;
  p.weight = {1.0f};
  p.x.assign(values.size(), 1.0f);
  ASSERT_NO_FATAL_FAILURE(check(GetParam(), p, asked(varied(0))));
}

TEST_P(LinearBackward, denormals_are_not_flushed) {
  const float tiny = from_bits(5); // 5 * 2^-149
  Problem p(1, 1, 1);
  p.x = p.weight = p.z = {1.0f};
  p.dy = {tiny};
  for (From from : every_source) {
    Call call;
    call.from = from;
    const Gradients got = run(p, call);
    EXPECT_EQ(5u, bits(got.dx[0]));
    EXPECT_EQ(5u, bits(got.dweight[0]));
    EXPECT_EQ(5u, bits(got.dbias[0]));
    p.z = {tiny}; // still positive
  }
}

TEST_P(LinearBackward, batches_one_after_the_other_are_one_large_batch) {
  for (const Problem &whole : {Problem(13, 18, 7), Problem(101, 67, 33), Problem(600, 9, 20)})
    for (From from : every_source) {
      Call call;
      call.act = HINGE_ACTIVATION_RELU6;
      call.from = from;
      call.accumulate = 1;
      const Gradients expected = run(whole, call);
      for (std::int64_t cut : {whole.batch / 2, std::int64_t(1), whole.batch - 3}) {
        const Gradients first = run(whole.rows(0, cut), call);
        Problem rest = whole.rows(cut, whole.batch);
        rest.old = first;
        Gradients second = run(rest, call);
        second.dx.insert(second.dx.begin(), first.dx.begin(), first.dx.end());
        ASSERT_TRUE(same_bits(expected, second)) << whole.batch << " cut at " << cut;
      }
    }
}

TEST_P(LinearBackward, any_number_of_threads) {
  // Threads share these: a tall, a wide and a deep one.
  const struct {
    std::int64_t batch, in, out;
  } shapes[] = {{513, 300, 257}, {1000, 64, 70}, {64, 1030, 130}, {20, 130, 1030}, {7, 600, 600}};
  std::size_t i = 0;
  for (const auto &s : shapes) {
    const Problem p(s.batch, s.in, s.out);
    for (From from : {From::output, From::mask}) {
      Call call = varied(i++);
      call.act = HINGE_ACTIVATION_RELU6;
      call.from = from;
      call.pad = int(i % 2);
      const Gradients expected = run(p, call);
      const ScopedThreads with(3);
      ASSERT_TRUE(same_bits(expected, run(p, call)))
          << s.batch << " x " << s.in << " -> " << s.out << ", from " << int(from);
      // Threads share the units in another way without dweight, and not at all without both.
      for (bool dx : {true, false}) {
        call.dx = dx;
        call.dweight = false;
        const Gradients some = run(p, call);
        ASSERT_TRUE(same_bits(expected.dbias, some.dbias));
        ASSERT_TRUE(!dx || same_bits(expected.dx, some.dx));
      }
    }
  }
}

TEST_P(LinearBackward, parts_of_one_matrix) {
  // x and dx, y and dy, weight and dweight each are column ranges of one matrix.
  const Problem p(20, 9, 14);
  std::vector<float> features(20 * 18), units(20 * 28), weights(14 * 18), dbias(14);
  for (std::size_t m = 0; m < 20; m++) {
    std::copy_n(&p.x[m * 9], 9, &features[m * 18]);
    std::copy_n(&p.z[m * 14], 14, &units[m * 28]);
    std::copy_n(&p.dy[m * 14], 14, &units[m * 28 + 14]);
  }
  for (std::size_t n = 0; n < 14; n++)
    std::copy_n(&p.weight[n * 9], 9, &weights[n * 18 + 9]);
  hinge::linear_backward(
      hinge::Activation::relu, hinge::ConstView(features.data(), 20, 9, 18),
      hinge::ConstView(weights.data() + 9, 14, 9, 18), hinge::ConstView(units.data(), 20, 14, 28),
      hinge::ConstView(units.data() + 14, 20, 14, 28), hinge::View(features.data() + 9, 20, 9, 18),
      hinge::View(weights.data(), 14, 9, 18), dbias.data());
  Gradients got;
  for (std::size_t m = 0; m < 20; m++)
    got.dx.insert(got.dx.end(), &features[m * 18 + 9], &features[m * 18] + 18);
  for (std::size_t n = 0; n < 14; n++)
    got.dweight.insert(got.dweight.end(), &weights[n * 18], &weights[n * 18 + 9]);
  got.dbias = dbias;
  ASSERT_NO_FATAL_FAILURE(expect_gradients(GetParam(), p, HINGE_ACTIVATION_RELU, false, got));
}

TEST_P(LinearBackward, row_strides_beyond_32_bits) {
  // In address space of which only the rows are ever touched; of the second the low half is small.
  const Problem p(5, 19, 11);
  for (std::int64_t stride : {(std::int64_t(1) << 28) + 1, (std::int64_t(1) << 32) + 33}) {
    std::vector<std::unique_ptr<GuardedMatrix>> memory;
    const auto place = [&](const std::vector<float> &dense, std::int64_t rows, std::int64_t cols) {
      memory.push_back(std::make_unique<GuardedMatrix>(1, rows * stride, Flush::at_end));
      const hinge_view v{memory.back()->data(), rows, cols, stride};
      for (std::int64_t m = 0; m < rows && !dense.empty(); m++)
        std::copy_n(&dense[std::size_t(m * cols)], cols, elements(v) + m * stride);
      return v;
    };
    const auto read = [](const hinge_view &v) {
      return hinge_const_view{v.data, v.rows, v.cols, v.row_stride};
    };
    const auto dense = [](const hinge_view &v) {
      std::vector<float> d;
      for (std::int64_t m = 0; m < v.rows; m++)
        d.insert(d.end(), elements(v) + m * v.row_stride, elements(v) + m * v.row_stride + v.cols);
      return d;
    };
    const hinge_const_view x = read(place(p.x, 5, 19)), weight = read(place(p.weight, 11, 19)),
                           z = read(place(p.z, 5, 11)), dy = read(place(p.dy, 5, 11));
    const hinge_view dx = place({}, 5, 19), dweight = place({}, 11, 19);
    const GuardedRows<std::uint8_t> mask_memory(1, 5 * stride, Flush::at_end);
    const hinge_const_mask mask{mask_memory.data(), 5, 11, stride};
    ASSERT_HINGE_OK(activation_mask(HINGE_ACTIVATION_RELU, z, {mask_memory.data(), 5, 11, stride}));
    for (hinge_activation act : {HINGE_ACTIVATION_NONE, HINGE_ACTIVATION_RELU})
      for (bool from_mask : {false, true}) {
        if (from_mask && act == HINGE_ACTIVATION_NONE)
          continue;
        Call call;
        call.act = act;
        Gradients got;
        got.dbias.resize(11);
        ASSERT_HINGE_OK(from_mask ? hinge_linear_backward_mask(&x, &weight, &mask, &dy, &dx,
                                                               &dweight, got.dbias.data(), 0)
                                  : hinge_linear_backward(act, &x, &weight, &z, &dy, &dx, &dweight,
                                                          got.dbias.data(), 0));
        got.dx = dense(dx);
        got.dweight = dense(dweight);
        ASSERT_NO_FATAL_FAILURE(expect_gradients(GetParam(), p, call.act, call.accumulate, got));
      }
  }
}

TEST_P(LinearBackward, runs_the_kernels_of_the_active_target) {
  run(Problem(4, GetParam().lanes, 4), Call{});
  const std::string kernel = hinge_last_kernel(), end = "_" + GetParam().name;
  EXPECT_EQ(0u, kernel.rfind("hinge_linear_gradient", 0)) << kernel;
  EXPECT_EQ(end, kernel.substr(kernel.size() - end.size()));
}

TEST(LinearBackwardTargets, with_fma_have_the_same_bits) {
  const Problem p(301, 203, 331);
  for (From from : every_source) {
    Call call;
    call.from = from;
    call.accumulate = 1;
    std::optional<Gradients> expected;
    for (const TestTarget &t : usable_targets()) {
      const ScopedTarget scope(t.name);
      const Gradients got = run(p, call);
      if (!t.has_fma)
        continue;
      ASSERT_TRUE(!expected || same_bits(*expected, got)) << t.name;
      expected = got;
    }
  }
}

TEST(LinearBackwardCpp, overloads_take_what_they_need) {
  // y = relu(x w + b), for one unit whose gradient passes and one whose does not.
  const std::vector<float> x{1, 2, 3}, w{1, 1, 1, -1, -1, -1}, y{6, 0}, dy{10, 20};
  std::vector<float> dx(3), dw(6, 1.0f), db(2, 1.0f);
  const hinge::ConstView xs(x.data(), 1, 3), ws(w.data(), 2, 3), ys(y.data(), 1, 2),
      dys(dy.data(), 1, 2);
  hinge::linear_backward(hinge::Activation::relu, xs, ws, ys, dys, hinge::View(dx.data(), 1, 3),
                         hinge::View(dw.data(), 2, 3), db.data(), true);
  EXPECT_EQ((std::vector<float>{10, 10, 10}), dx);
  EXPECT_EQ((std::vector<float>{11, 21, 31, 1, 1, 1}), dw);
  EXPECT_EQ((std::vector<float>{11, 1}), db);
  // The gradients of the parameters of a first layer are overwritten.
  hinge::linear_backward(hinge::Activation::none, xs, std::nullopt, std::nullopt, dys, std::nullopt,
                         hinge::View(dw.data(), 2, 3), nullptr);
  EXPECT_EQ((std::vector<float>{10, 20, 30, 20, 40, 60}), dw);
  // A frozen layer by a mask: the gradient of the second unit passes.
  const std::uint8_t mask = 2;
  hinge::linear_backward(hinge::ConstMaskView(&mask, 1, 2), std::nullopt, ws, dys,
                         hinge::View(dx.data(), 1, 3), std::nullopt, db.data());
  EXPECT_EQ((std::vector<float>{-20, -20, -20}), dx);
  EXPECT_EQ((std::vector<float>{0, 20}), db);
  try {
    hinge::linear_backward(hinge::Activation::relu, xs, ws, std::nullopt, dys,
                           hinge::View(dx.data(), 1, 3), std::nullopt, nullptr);
    FAIL() << "nothing thrown";
  } catch (const hinge::Error &e) {
    EXPECT_EQ(HINGE_INVALID_ARGUMENT, e.status());
    EXPECT_STREQ("y is null: expected a view", e.what());
  }
}

// ---- What else a step of training calls ----------------------------------------------------

class LinearTraining : public ::testing::TestWithParam<TestTarget> {
  ScopedTarget scope{GetParam().name};
};

INSTANTIATE_TEST_SUITE_P(on, LinearTraining, ::testing::ValuesIn(usable_targets()), target_name);

TEST_P(LinearTraining, forward_mask_is_forward_and_the_mask_of_its_output) {
  const std::int64_t most = 2 * GetParam().tile_features + 3;
  const struct {
    std::int64_t in, out;
  } shapes[] = {{0, 9}, {1, 1}, {3, 8}, {7, 17}, {16, 63}, {5, most}, {33, 130}, {300, 257}};
  for (hinge_activation act : elementwise_activations)
    for (const auto &s : shapes) {
      std::vector<float> w = random_values(std::size_t(s.out * s.in), 1);
      const std::vector<float> bias = random_values(std::size_t(s.out), 2);
      for (float &v : w)
        v *= 3; // beyond 6 too
      const LinearPtr l = create_linear({w.data(), s.out, s.in, s.in}, bias.data(), act);
      for (std::int64_t batch : {0, 1, 2, 5, 13, 50})
        for (auto flush : both_sides) {
          GuardedMatrix x(batch, s.in, flush), y(batch, s.out, flush),
              expected(batch, s.out, flush);
          GuardedMask mask(batch, s.out, flush);
          x.fill(random_values(997, 3));
          mask.fill(0xa5);
          ASSERT_HINGE_OK(linear_forward(l.get(), x.const_view(), expected.view()));
          ASSERT_HINGE_OK(linear_forward_mask(l.get(), x.const_view(), y.view(), mask.view()));
          for (std::int64_t m = 0; m < batch; m++)
            for (std::int64_t i = 0; i < 8 * mask.cols(); i++) {
              if (i < s.out) {
                ASSERT_EQ(bits(expected.row(m)[i]), bits(y.row(m)[i]));
              }
              ASSERT_EQ(i < s.out && passes(act, bits(y.row(m)[i < s.out ? i : 0])),
                        bit_at(mask.row(m), i))
                  << batch << " x " << s.in << " -> " << s.out << ", bit " << i << " of row " << m;
            }
        }
    }
}

TEST_P(LinearTraining, forward_mask_of_special_sums) {
  // Without in_features a sum is its bias, bit for bit.
  const std::vector<float> &values = special_values();
  const auto out = std::int64_t(values.size());
  for (hinge_activation act : elementwise_activations) {
    const LinearPtr l = create_linear({nullptr, out, 0, 0}, values.data(), act);
    std::vector<float> y(3 * values.size()), repeated(y.size());
    std::vector<std::uint8_t> mask(std::size_t(3 * mask_row_bytes(out)), 0xa5);
    ASSERT_HINGE_OK(
        linear_forward_mask(l.get(), {nullptr, 3, 0, 0}, view(y, 3, out), mask_view(mask, 3, out)));
    for (std::size_t i = 0; i < y.size(); i++) {
      repeated[i] = values[i % values.size()];
      ASSERT_EQ(activation_bits(act, bits(repeated[i])), bits(y[i]));
    }
    ASSERT_EQ(mask_of(act, const_view(repeated, 3, out)), mask);
  }
}

TEST_P(LinearTraining, forward_mask_with_gaps_and_threads) {
  const std::int64_t batch = 70, in = 300, out = 1003, xs = in + 1, ys = out + 3,
                     ms = mask_row_bytes(out) + 2;
  const std::vector<float> w = random_values(std::size_t(out * in), 1);
  const std::vector<float> x = random_values(std::size_t(batch * xs), 2);
  const LinearPtr l = create_linear(const_view(w, out, in), nullptr, HINGE_ACTIVATION_RELU);
  std::vector<float> expected(std::size_t(batch * ys), 123.0f);
  ASSERT_HINGE_OK(
      linear_forward(l.get(), {x.data(), batch, in, xs}, {expected.data(), batch, out, ys}));
  const std::vector<std::uint8_t> dense =
      mask_of(HINGE_ACTIVATION_RELU, {expected.data(), batch, out, ys});
  for (int threads : {1, 3}) {
    const ScopedThreads with(threads);
    std::vector<float> y(expected.size(), 123.0f);
    std::vector<std::uint8_t> mask(std::size_t(batch * ms + 1), 0xa5);
    ASSERT_HINGE_OK(linear_forward_mask(l.get(), {x.data(), batch, in, xs},
                                        {y.data(), batch, out, ys}, {mask.data(), batch, out, ms}));
    ASSERT_TRUE(same_bits(expected, y)) << threads;
    for (std::int64_t i = 0; i < batch * ms + 1; i++) {
      const std::int64_t m = i / ms, b = i % ms;
      const bool inside = m < batch && b < mask_row_bytes(out);
      ASSERT_EQ(inside ? dense[std::size_t(m * mask_row_bytes(out) + b)] : 0xa5,
                mask[std::size_t(i)])
          << "byte " << b << " of row " << m << ", " << threads << " threads";
    }
  }
}

TEST_P(LinearTraining, forward_mask_of_rows_far_apart) {
  // In address space of which only the rows are ever touched; of the second the low half is small.
  const std::vector<float> w = random_values(19 * 5, 1), x = random_values(7 * 5, 2);
  const LinearPtr l = create_linear(const_view(w, 19, 5), nullptr, HINGE_ACTIVATION_RELU);
  std::vector<float> expected(7 * 19);
  ASSERT_HINGE_OK(linear_forward(l.get(), const_view(x, 7, 5), view(expected, 7, 19)));
  const std::vector<std::uint8_t> expected_mask =
      mask_of(HINGE_ACTIVATION_RELU, const_view(expected, 7, 19));
  for (std::int64_t stride : {(std::int64_t(1) << 28) + 1, (std::int64_t(1) << 32) + 33}) {
    const GuardedMatrix y(1, 7 * stride, Flush::at_end);
    const GuardedRows<std::uint8_t> mask(1, 7 * stride, Flush::at_end);
    ASSERT_HINGE_OK(linear_forward_mask(l.get(), const_view(x, 7, 5), {y.data(), 7, 19, stride},
                                        {mask.data(), 7, 19, stride}));
    for (std::int64_t m = 0; m < 7; m++) {
      for (std::int64_t n = 0; n < 19; n++)
        ASSERT_EQ(bits(expected[std::size_t(m * 19 + n)]), bits(y.data()[m * stride + n]));
      for (std::int64_t b = 0; b < 3; b++)
        ASSERT_EQ(expected_mask[std::size_t(m * 3 + b)], mask.data()[m * stride + b]);
    }
  }
}

TEST_P(LinearTraining, repacked_is_as_if_newly_created) {
  std::vector<std::int64_t> widths{0, 1, 2, 7, 10, 33, 130};
  widths.push_back(GetParam().tile_features);
  widths.push_back(GetParam().tile_features + 1);
  for (std::int64_t in : {0, 1, 5, 64})
    for (std::int64_t out : widths)
      for (auto flush : both_sides)
        for (bool with_bias : {true, false}) {
          // A layer that gets no bias had one before, which must be gone.
          const std::vector<float> old_w = random_values(std::size_t(out * in), 1);
          const std::vector<float> old_bias = random_values(std::size_t(out), 2);
          GuardedMatrix w(out, in, flush), bias(1, out, flush);
          w.fill(random_values(997, 3));
          bias.fill(random_values(997, 4));
          const std::vector<float> x = random_values(std::size_t(6 * in), 5);
          const float *const new_bias = with_bias ? bias.data() : nullptr;
          const LinearPtr repacked =
              create_linear(const_view(old_w, out, in), old_bias.data(), HINGE_ACTIVATION_RELU6);
          const LinearPtr fresh = create_linear(w.const_view(), new_bias, HINGE_ACTIVATION_RELU6);
          ASSERT_HINGE_OK(linear_repack(repacked.get(), w.const_view(), new_bias));
          for (std::int64_t batch : {1, 6}) {
            std::vector<float> y(std::size_t(6 * out)), z(y.size());
            ASSERT_HINGE_OK(
                linear_forward(repacked.get(), const_view(x, batch, in), view(y, batch, out)));
            ASSERT_HINGE_OK(
                linear_forward(fresh.get(), const_view(x, batch, in), view(z, batch, out)));
            ASSERT_TRUE(same_bits(z, y)) << in << " -> " << out;
          }
        }
}

TEST_P(LinearTraining, repacked_with_strides_in_the_callers_memory_for_its_own_target) {
  const std::vector<float> w = random_values(37 * 11, 1), bias = random_values(37, 2);
  const std::vector<float> other = random_values(37 * 15, 3), x = random_values(6 * 11, 4);
  std::size_t bytes = 0;
  ASSERT_HINGE_OK(hinge_linear_packed_bytes(11, 37, &bytes));
  std::vector<char> memory(bytes + 4, 'x');
  hinge_linear *l = nullptr;
  ASSERT_HINGE_OK(linear_create_in(memory.data() + 3, bytes, const_view(w, 37, 11), bias.data(),
                                   HINGE_ACTIVATION_RELU, &l));
  // The layer keeps its target, whichever is active.
  for (const TestTarget &other_target : usable_targets()) {
    ASSERT_HINGE_OK(hinge_set_target(other_target.name.c_str()));
    for (const hinge_const_view &weight :
         {hinge_const_view{other.data(), 37, 11, 15}, const_view(w, 37, 11)}) {
      ASSERT_HINGE_OK(linear_repack(l, weight, bias.data()));
      std::vector<float> y(6 * 37);
      ASSERT_HINGE_OK(linear_forward(l, const_view(x, 6, 11), view(y, 6, 37)));
      for (std::size_t m = 0; m < 6; m++)
        for (std::size_t n = 0; n < 37; n++)
          ASSERT_NO_FATAL_FAILURE(expect_linear(
              GetParam(), HINGE_ACTIVATION_RELU, &x[m * 11],
              elements(weight) + std::int64_t(n) * weight.row_stride, 11, bias[n], y[m * 37 + n]));
    }
  }
  hinge_linear_info info;
  ASSERT_HINGE_OK(hinge_linear_get_info(l, &info));
  EXPECT_EQ(GetParam().name, info.target);
  EXPECT_EQ(3, std::count(memory.begin(), memory.begin() + 3, 'x'));
  EXPECT_EQ('x', memory.back());
  hinge_linear_destroy(l);
}

TEST(LinearTrainingCpp, a_step_learns) {
  // One step of gradient descent for y = relu(w x) on (y - 1)^2 / 2, with a rate of 1 / x^2.
  std::vector<float> w{0.25f};
  const float x = 2, rate = 0.25f;
  float y = 0, dw = 0;
  std::uint8_t bits_of_y = 0xff;
  hinge::Linear layer({w.data(), 1, 1}, nullptr, hinge::Activation::relu);
  layer.forward({&x, 1, 1}, {&y, 1, 1}, {&bits_of_y, 1, 1});
  EXPECT_EQ(0.5f, y);
  EXPECT_EQ(1, bits_of_y);
  const float dy = y - 1;
  hinge::linear_backward(hinge::ConstMaskView(&bits_of_y, 1, 1), hinge::ConstView(&x, 1, 1),
                         std::nullopt, {&dy, 1, 1}, std::nullopt, hinge::View(&dw, 1, 1), nullptr);
  w[0] -= rate * dw;
  layer.repack({w.data(), 1, 1});
  layer({&x, 1, 1}, {&y, 1, 1});
  EXPECT_EQ(1.0f, y);
  const float bias = -3;
  layer.repack({w.data(), 1, 1}, &bias);
  layer.forward({&x, 1, 1}, {&y, 1, 1}, {&bits_of_y, 1, 1});
  EXPECT_EQ(0.0f, y);
  EXPECT_EQ(0, bits_of_y);
  EXPECT_THROW(layer.repack({w.data(), 1, 0}), hinge::Error);
}

} // namespace

// The C++ interface without exceptions and RTTI (CMakeLists.txt has the options): calls return a
// status, and the message is the C interface's.
#include "no_exceptions.h"

#include "hinge/cuda.hpp"
#include "hinge/statistics.hpp"

#include "any_relu.hpp"
#include "any_relu_masked.hpp"

#include <type_traits>
#include <utility>

#ifdef __cpp_exceptions
#error "-fno-exceptions is missing"
#endif

namespace {

std::vector<std::string> wrong;

void expect(bool is_right, const char *what) {
  if (!is_right)
    wrong.emplace_back(std::string(what) + ": " + hinge_last_error());
}

void works(hinge_status status, const char *what) { expect(status == HINGE_OK, what); }

void fails(hinge_status status, const std::string &message) {
  expect(status == HINGE_INVALID_ARGUMENT && message == hinge_last_error(), message.c_str());
}

constexpr std::int64_t rows = 2, in = 3, out = 4;
float x[rows * in] = {1, -2, 3, -4, 5, -6}, y[rows * out], weight[out * in], bias[out],
               dx[rows * in], dweight[out * in], dbias[out];
std::uint8_t bits[rows];
const hinge::ConstView x_view(x, rows, in), weight_view(weight, out, in), y_const(y, rows, out);
const hinge::View y_view(y, rows, out), x_out(x, rows, in), dx_view(dx, rows, in),
    dweight_view(dweight, out, in), wrong_view(y, rows, in + 1);
const hinge::MaskView mask(bits, rows, in), out_mask(bits, rows, out);
constexpr auto relu = hinge::Activation::relu;

void activations() {
  // Through a pointer, so that the linker chooses the function.
  hinge::Outcome (*volatile forward)(const hinge::ConstView &, const hinge::View &) = hinge::relu;
  fails(forward(x_view, wrong_view), "y is 2 x 4: expected the shape of x, 2 x 3");
  works(hinge::activation_forward(relu, x_view, dx_view), "activation_forward");
  works(hinge::activation_forward(relu, x_view, dx_view, mask), "activation_forward with mask");
  works(hinge::activation_mask(relu, x_view, mask), "activation_mask");
  works(hinge::relu(x_view, dx_view), "relu");
  works(hinge::relu6(x_view, dx_view), "relu6");
  works(hinge::relu_inplace(dx_view), "relu_inplace");
  works(hinge::relu6_inplace(dx_view), "relu6_inplace");
  works(hinge::activation_backward(relu, x_view, hinge::ConstView(dx_view), dx_view),
        "activation_backward");
  works(hinge::activation_backward(mask, dx_view, dx_view), "activation_backward from a mask");
  std::int64_t counts[in] = {};
  works(hinge::mask_count(mask, nullptr, counts), "mask_count");
  expect(counts[0] == 1 && counts[1] == 1 && counts[2] == 1, "counts");
  fails(hinge::relu_inplace({x, -1, 3}), "x.rows is -1: expected 0 or more");
}

void linear() {
  hinge::Linear layer(weight_view, bias, relu);
  works(layer.status(), "Linear");
  works(layer(x_view, y_view), "operator()");
  works(layer.forward(x_view, y_view, out_mask), "forward with mask");
  works(layer.repack(weight_view), "repack");
  expect(layer.info().out_features == out, "info");
  fails(layer.forward({x, rows, 1}, y_view), "x.cols is 1: expected in_features, 3");

  hinge::Linear none({weight, -1, in});
  fails(none.status(), "weight.rows is -1: expected 0 or more");
  expect(none.forward(x_view, y_view) == HINGE_INVALID_ARGUMENT, "forward without weights");
  expect(none.info().out_features == 0, "info without weights");
  none = std::move(layer);
  works(none.status(), "status of a moved layer");
  works(none(x_view, y_view), "a moved layer");

  std::vector<char> memory(hinge::Linear::packed_bytes(in, out));
  works(hinge::Linear(memory.data(), memory.size(), weight_view, bias, relu).status(), "Linear in");
  expect(hinge::Linear(memory.data(), 1, weight_view, bias, relu).status() != HINGE_OK,
         "too small");
  expect(hinge::Linear::packed_bytes(-1, out) == 0, "packed_bytes");

  works(hinge::linear_backward(relu, x_view, weight_view, y_const, y_const, dx_view, dweight_view,
                               dbias),
        "linear_backward");
  works(
      hinge::linear_backward(out_mask, x_view, weight_view, y_const, dx_view, dweight_view, dbias),
      "linear_backward from a mask");
}

void settings() {
  expect(!hinge::target().empty(), "target");
  expect(hinge::set_target("none") == HINGE_UNSUPPORTED_TARGET, "set_target");
  works(hinge::set_target(hinge::target()), "set_target");
  fails(hinge::set_num_threads(0), "threads is 0: expected 1 to 1024");
  works(hinge::set_num_threads(1), "set_num_threads");
  works(hinge::set_num_threads_local(0), "set_num_threads_local");
  hinge::set_nontemporal_bytes(-1);
}

void statistics() {
  hinge::UnitStatistics statistics(relu, in);
  works(statistics.add(x_view), "add");
  expect(statistics.rows() == rows && statistics.zeros(0) == 1, "zeros");
  fails(statistics.add(y_const), "UnitStatistics: y.cols is 4: expected units, 3");
  expect(statistics.add({nullptr, rows, in}) == HINGE_INVALID_ARGUMENT, "add of null");
  expect(statistics.rows() == rows, "rows after a refusal");
  fails(hinge::UnitStatistics(relu, -1).status(),
        "UnitStatistics: units is -1: expected 0 or more");
}

void layers() {
  std::vector<float> w(23 * 7), b(23), from(2 * 7), to(2 * 23, -1.0f);
  std::vector<std::uint8_t> layer_bits(6);
  app::deep::any_relu_weights packed;
  expect(app::deep::any_relu({from.data(), 2}, packed, hinge::Vector<const float, 23>(b.data()),
                             {to.data(), 2}) == HINGE_INVALID_ARGUMENT,
         "a layer before it is packed");
  works(packed.pack(hinge::Matrix<const float, 23, 7>(w.data())), "pack");
  works(app::deep::any_relu({from.data(), 2}, packed, hinge::Vector<const float, 23>(b.data()),
                            {to.data(), 2}),
        "a layer");
  fails(app::deep::any_relu({from.data(), 2}, packed, hinge::Vector<const float, 23>(b.data()),
                            {to.data(), 1}),
        "app_deep_any_relu: y has 1 rows: expected those of x, 2");
  expect(to == std::vector<float>(2 * 23), "y of a layer");
  const app::deep::any_relu_weights null(hinge::Matrix<const float, 23, 7>(nullptr));
  expect(app::deep::any_relu({from.data(), 2}, null, hinge::Vector<const float, 23>(b.data()),
                             {to.data(), 2}) == HINGE_INVALID_ARGUMENT,
         "a layer whose weights could not be packed");
  works(any_relu_masked({from.data(), 14}, {to.data(), 14}, {layer_bits.data(), 2}), "with mask");
  fails(any_relu_masked_backward({layer_bits.data(), 3}, {from.data(), 14}, {to.data(), 14}),
        "any_relu_masked: mask has 3 bytes: expected a bit for each of the elements of dy, 14");
}

} // namespace

std::vector<std::string> call_without_exceptions() {
  wrong.clear();
  activations();
  linear();
  settings();
  statistics();
  layers();
  return wrong;
}

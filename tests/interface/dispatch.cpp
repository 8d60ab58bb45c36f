// Calls the library and generated layers, and prints the target of each, or why it has none. It
// fails where a result is wrong, and where a CPU without a target does not refuse a call.
// dispatch_test.py runs it on emulated CPUs.
#include "hinge/hinge.h"

#include "any_relu.h"
#include "fixed_relu6.h"
#include "gap.h"
#include "portable.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace {

/// Small integers: their sums are exact in every order.
std::vector<float> integers(std::int64_t count, int seed) {
  std::vector<float> v(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < v.size(); i++)
    v[i] = float((int(i) * 7 + seed * 5) % 9 - 4);
  return v;
}

float activation(hinge_activation act, float x) {
  if (act != HINGE_ACTIVATION_NONE)
    x = std::max(x, 0.0f);
  return act == HINGE_ACTIVATION_RELU6 ? std::min(x, 6.0f) : x;
}

std::vector<float> linear(hinge_activation act, const std::vector<float> &x,
                          const std::vector<float> &w, const std::vector<float> &bias,
                          std::int64_t in, std::int64_t out) {
  std::vector<float> y;
  for (std::size_t row = 0; row < x.size(); row += std::size_t(in))
    for (std::size_t n = 0; n < std::size_t(out); n++) {
      float sum = bias[n];
      for (std::size_t k = 0; k < std::size_t(in); k++)
        sum += x[row + k] * w[n * std::size_t(in) + k];
      y.push_back(activation(act, sum));
    }
  return y;
}

struct Call {
  const char *name;
  std::vector<float> expected;
  std::function<hinge_status(float *result)> run;
};

/// Checks that `calls` give what is expected, or that all are refused where there is no target.
bool as_expected(const char *who, hinge_status (*get_target)(const char **),
                 const std::vector<Call> &calls) {
  const char *target = nullptr;
  const hinge_status expected = get_target(&target);
  const std::string why = expected == HINGE_OK ? "" : hinge_last_error();
  std::printf("%s: %s\n", who, target ? target : why.c_str());
  bool good = expected == HINGE_OK || expected == HINGE_UNSUPPORTED_TARGET;
  for (const Call &call : calls) {
    std::vector<float> result(call.expected.size(), -99.0f);
    const std::vector<float> untouched = result;
    const hinge_status status = call.run(result.data());
    if (status != expected || result != (status == HINGE_OK ? call.expected : untouched) ||
        (status != HINGE_OK && hinge_last_error() != why)) {
      std::printf("%s: %s is wrong, status %d: %s\n", who, call.name, int(status),
                  status == HINGE_OK ? "" : hinge_last_error());
      good = false;
    }
  }
  return good;
}

bool library() {
  constexpr std::int64_t batch = 9, in = 33, out = 131;
  const std::vector<float> x = integers(batch * in, 1), w = integers(out * in, 2),
                           b = integers(out, 3), y = integers(batch * out, 4),
                           dy = integers(batch * out, 5);
  const hinge_const_view x_view{x.data(), batch, in, in}, w_view{w.data(), out, in, in},
      y_view{y.data(), batch, out, out}, dy_view{dy.data(), batch, out, out};
  std::vector<float> y_relu6 = y, dx_relu = dy;
  std::vector<float> d = dy; // the gradient behind ReLU6
  for (std::size_t i = 0; i < y.size(); i++) {
    y_relu6[i] = activation(HINGE_ACTIVATION_RELU6, y[i]);
    dx_relu[i] = y[i] > 0 ? dy[i] : 0;
    d[i] = y[i] > 0 && y[i] < 6 ? dy[i] : 0;
  }
  std::vector<float> w_transposed(w.size());
  for (std::size_t n = 0; n < std::size_t(out); n++)
    for (std::size_t k = 0; k < std::size_t(in); k++)
      w_transposed[k * std::size_t(out) + n] = w[n * std::size_t(in) + k];
  const std::vector<float> none(static_cast<std::size_t>(in));

  return as_expected(
      "the library", hinge_get_target,
      {{"hinge_activation_forward", y_relu6,
        [&](float *result) {
          const hinge_view to{result, batch, out, out};
          return hinge_activation_forward(HINGE_ACTIVATION_RELU6, &y_view, &to);
        }},
       {"hinge_activation_backward", dx_relu,
        [&](float *result) {
          const hinge_view to{result, batch, out, out};
          return hinge_activation_backward(HINGE_ACTIVATION_RELU, &y_view, &dy_view, &to);
        }},
       {"hinge_linear_forward", linear(HINGE_ACTIVATION_RELU, x, w, b, in, out),
        [&](float *result) {
          hinge_linear *layer = nullptr;
          hinge_status s = hinge_linear_create(&w_view, b.data(), HINGE_ACTIVATION_RELU, &layer);
          const hinge_view to{result, batch, out, out};
          if (s == HINGE_OK)
            s = hinge_linear_forward(layer, &x_view, &to);
          hinge_linear_destroy(layer);
          return s;
        }},
       {"hinge_linear_backward", linear(HINGE_ACTIVATION_NONE, d, w_transposed, none, out, in),
        [&](float *result) {
          const hinge_view to{result, batch, in, in};
          return hinge_linear_backward(HINGE_ACTIVATION_RELU6, nullptr, &w_view, &y_view, &dy_view,
                                       &to, nullptr, nullptr, 0);
        }}});
}

/// A layer of hinge_add_linear; `forward` takes x, packed weights, bias and y.
template <class Packed, class Forward>
bool layer(const char *name, hinge_status (*get_target)(const char **),
           hinge_status (*pack)(const float *, Packed *), Forward forward, hinge_activation act,
           std::int64_t batch, std::int64_t in, std::int64_t out) {
  const std::vector<float> x = integers(batch * in, 1), w = integers(out * in, 2),
                           b = integers(out, 3);
  const auto packed = std::make_unique<Packed>();
  return as_expected(name, get_target,
                     {{"pack", {}, [&](float *) { return pack(w.data(), packed.get()); }},
                      {"forward", linear(act, x, w, b, in, out), [&](float *result) {
                         return forward(x.data(), packed.get(), b.data(), result);
                       }}});
}

/// The same for layers of any batch, which is the last argument.
template <class Packed>
auto of_any_batch(hinge_status (*forward)(const float *, const Packed *, const float *, float *,
                                          std::int64_t),
                  std::int64_t batch) {
  return [=](const float *x, const Packed *packed, const float *bias, float *y) {
    return forward(x, packed, bias, y, batch);
  };
}

} // namespace

int main() {
  bool good = library();
  good &= layer("app_fixed_relu6", app_fixed_relu6_get_target, app_fixed_relu6_pack,
                app_fixed_relu6, HINGE_ACTIVATION_RELU6, 32, 10, 20);
  good &= layer("app_deep_any_relu", app_deep_any_relu_get_target, app_deep_any_relu_pack,
                of_any_batch(app_deep_any_relu, 13), HINGE_ACTIVATION_RELU, 13, 7, 23);
  good &= layer("portable", portable_get_target, portable_pack, of_any_batch(portable, 5),
                HINGE_ACTIVATION_NONE, 5, 3, 2);
  good &= layer("gap", gap_get_target, gap_pack, of_any_batch(gap, 5), HINGE_ACTIVATION_RELU, 5, 19,
                21);
  return good ? 0 : 1;
}

// Linear(10, 20) and ReLU from C++: fused, in place, and ReLU6. In PyTorch it would be
//
//   linear = torch.nn.Linear(10, 20)
//   y = torch.relu(linear(torch.randn(32, 10)))
//
// `make demo` builds and runs it, after the example with digits.
#include <hinge/hinge.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <random>
#include <vector>

static void print_summary(const char *name, const std::vector<float> &v) {
  auto share = [&](float value) {
    return 100.0 * double(std::count(v.begin(), v.end(), value)) / double(v.size());
  };
  const auto [min, max] = std::minmax_element(v.begin(), v.end());
  std::printf("%-26s  %6.2f to %5.2f  %5.1f %%  %5.1f %%\n", name, *min, *max, share(0), share(6));
}

static void print_first(const char *name, const std::vector<float> &v) {
  std::printf("%-26s ", name);
  for (int i = 0; i < 6; i++)
    std::printf(" %7.4f", v[std::size_t(i)]);
  std::printf(" ...\n");
}

static int run() {
  constexpr std::int64_t batch = 32, in_features = 10, out_features = 20;

  // PyTorch's default initialization: weights and bias are uniform within 1/sqrt(in_features).
  std::mt19937 random(1);
  const float range = 1 / std::sqrt(float(in_features));
  std::uniform_real_distribution<float> uniform(-range, range);
  std::normal_distribution<float> normal;
  std::vector<float> weight(out_features * in_features), bias(out_features);
  std::vector<float> input(batch * in_features);
  std::generate(weight.begin(), weight.end(), [&] { return uniform(random); });
  std::generate(bias.begin(), bias.end(), [&] { return uniform(random); });
  std::generate(input.begin(), input.end(), [&] { return normal(random); });

  // A view is pointer, rows, columns. It owns nothing: the vectors keep their memory.
  const hinge::ConstView w(weight.data(), out_features, in_features);
  const hinge::ConstView x(input.data(), batch, in_features);

  // A layer packs its weights once, here. Calling it allocates nothing. The activation is part of
  // the layer: the kernel applies it while the sums are still in registers.
  const hinge::Linear linear(w, bias.data());
  const hinge::Linear linear_relu(w, bias.data(), hinge::Activation::relu);
  const hinge::Linear linear_relu6(w, bias.data(), hinge::Activation::relu6);

  std::vector<float> sums(batch * out_features), fused(sums.size()), clipped(sums.size());
  linear(x, hinge::View(sums.data(), batch, out_features));
  linear_relu(x, hinge::View(fused.data(), batch, out_features));

  // ReLU alone, in place, gives the same numbers without a second buffer.
  std::vector<float> in_place = sums;
  hinge::relu_inplace(hinge::View(in_place.data(), batch, out_features));

  // These sums do not reach ReLU6's upper bound. Those of a larger input do.
  std::vector<float> larger = input;
  for (float &v : larger)
    v *= 10;
  linear_relu6(hinge::ConstView(larger.data(), batch, in_features),
               hinge::View(clipped.data(), batch, out_features));

  std::printf("Linear(%d, %d) on a batch of %d: output (%d, %d), target %s\n\n", int(in_features),
              int(out_features), int(batch), int(batch), int(out_features), linear.info().target);
  std::printf("%-26s  %15s  %7s  %7s\n", "", "range", "zeros", "sixes");
  print_summary("Linear", sums);
  print_summary("Linear + ReLU", fused);
  print_summary("Linear, ReLU in place", in_place);
  print_summary("Linear + ReLU6, input x 10", clipped);
  std::printf("\nfirst row\n");
  print_first("Linear", sums);
  print_first("Linear + ReLU", fused);
  print_first("Linear + ReLU6, input x 10", clipped);

  if (in_place != fused) {
    std::fprintf(stderr, "hinge_demo_linear: ReLU in place differs from the fused one\n");
    return 1;
  }
  return 0;
}

int main() {
  try {
    return run();
  } catch (const std::exception &e) { // hinge::Error names the argument that was wrong
    std::fprintf(stderr, "hinge_demo_linear: %s\n", e.what());
    return 1;
  }
}

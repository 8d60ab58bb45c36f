// Times the library's kernels for tools/hinge-tune, which links it with the kernels of a candidate.
//
//   hinge_measure SHAPE...       linear:<batch>x<in>x<out>, relu:<floats> or relu_inplace:<floats>
//
// It reads commands from standard input and answers each with one line:
//
//   kernels <index>              the names of the kernels that the shape runs
//   check <index>                "ok" if the result has a plain loop's bits, else the difference
//   time <index> <microseconds>  nanoseconds per call in the fastest batch within that time
#include "host/linear.h"

#include "hinge/hinge.hpp"

#include <hinge/plan/chains.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/// Floats that begin on a page, so that the data of every candidate is at the same place in it.
class Array {
public:
  explicit Array(std::size_t size)
      : data_(static_cast<float *>(::operator new(size * sizeof(float), page))) {}
  float *data() const { return data_.get(); }

private:
  static constexpr std::align_val_t page{4096};
  struct Delete {
    void operator()(float *p) const { ::operator delete(p, page); }
  };
  std::unique_ptr<float, Delete> data_;
};

/// Uniform numbers in [-1, 1). None is zero or denormal, because a CPU may be faster or slower with
/// these.
Array random_floats(std::int64_t size, std::uint32_t seed) {
  Array a{std::size_t(size)};
  for (std::int64_t i = 0; i < size; i++) {
    seed = seed * 1664525u + 1013904223u; // Numerical Recipes, 7.1
    a.data()[i] = (float(seed >> 9) + 0.5f) / float(1 << 22) - 1.0f;
  }
  return a;
}

void must(hinge_status status) {
  if (status != HINGE_OK)
    throw std::runtime_error(hinge_last_error());
}

float relu(float x) { return x < 0.0f ? 0.0f : x; }

#if defined(__x86_64__) // other architectures have FMA anyway
#define HINGE_FMA __attribute__((target("fma")))
#else
#define HINGE_FMA
#endif

/// A sum by the contract. `chain` is the sum of one part.
template <class Chain>
float sum_in_parts(const Chain &chain, const float *x, const float *w, std::int64_t k_count,
                   float bias) {
  const std::int64_t size = hinge::plan::chain_terms(k_count);
  float sum = chain(x, w, std::min(size, k_count), bias);
  for (std::int64_t k = size; k < k_count; k += size)
    sum += chain(x + k, w + k, std::min(size, k_count - k), 0.0f);
  return sum;
}

HINGE_FMA float chain_fma(const float *x, const float *w, std::int64_t k_count, float acc) {
  for (std::int64_t k = 0; k < k_count; k++)
    acc = __builtin_fmaf(x[k], w[k], acc);
  return acc;
}

/// A chain on a target without FMA, which rounds product and sum. Needs -ffp-contract=off.
float chain_rounded_twice(const float *x, const float *w, std::int64_t k_count, float acc) {
  for (std::int64_t k = 0; k < k_count; k++)
    acc += x[k] * w[k];
  return acc;
}

bool active_target_has_fma() {
  const char *name = nullptr;
  hinge_target_info info{};
  must(hinge_get_target(&name));
  for (int i = 0; hinge_get_target_info(i, &info) == HINGE_OK; i++)
    if (std::strcmp(info.name, name) == 0)
      break;
  return info.has_fma;
}

/// "", or the difference from the plain loop's bits.
std::string compare(float y, float expected, std::int64_t row, std::int64_t col) {
  if (std::memcmp(&y, &expected, sizeof y) == 0)
    return "";
  char text[128];
  std::snprintf(text, sizeof text, "y[%lld, %lld] is %a, a plain loop gives %a", (long long)row,
                (long long)col, double(y), double(expected));
  return text;
}

struct Shape {
  virtual ~Shape() = default;
  virtual void run() = 0;
  virtual std::string check() = 0;
  virtual std::string kernels() = 0;
};

class LinearShape : public Shape {
public:
  LinearShape(std::int64_t batch, std::int64_t in, std::int64_t out)
      : batch_(batch), in_(in), out_(out), weight_(random_floats(in * out, 1)),
        bias_(random_floats(out, 2)), x_(random_floats(batch * in, 3)),
        y_(random_floats(batch * out, 4)), bytes_(hinge::Linear::packed_bytes(in, out)),
        packed_(bytes_ / sizeof(float) + 1) {
    const hinge_const_view weight{weight_.data(), out, in, in};
    must(hinge_linear_create_in(packed_.data(), bytes_, &weight, bias_.data(),
                                HINGE_ACTIVATION_RELU, &layer_));
  }
  ~LinearShape() override { hinge_linear_destroy(layer_); }

  void run() override {
    const hinge_const_view x{x_.data(), batch_, in_, in_};
    const hinge_view y{y_.data(), batch_, out_, out_};
    must(hinge_linear_forward(layer_, &x, &y));
  }

  std::string kernels() override {
    std::string names;
    for (const hinge::detail::Segment &s : layer_->segments)
      if (s.panels > 0)
        names += std::string(names.empty() ? "" : " ") + s.kernels[2].kernel->name;
    return names;
  }

  std::string check() override {
    run();
    const auto chain = active_target_has_fma() ? chain_fma : chain_rounded_twice;
    for (std::int64_t m = 0; m < batch_; m++)
      for (std::int64_t n = 0; n < out_; n++) {
        const float expected = relu(sum_in_parts(chain, x_.data() + m * in_,
                                                 weight_.data() + n * in_, in_, bias_.data()[n]));
        const std::string error = compare(y_.data()[m * out_ + n], expected, m, n);
        if (!error.empty())
          return error;
      }
    return "";
  }

private:
  std::int64_t batch_, in_, out_;
  Array weight_, bias_, x_, y_;
  std::size_t bytes_;
  Array packed_;
  hinge_linear *layer_ = nullptr;
};

class ReluShape : public Shape {
public:
  ReluShape(std::int64_t size, bool in_place)
      : size_(size), in_place_(in_place), x_(random_floats(size, 1)),
        y_(random_floats(in_place ? 0 : size, 2)) {}

  void run() override {
    if (in_place_)
      hinge::relu_inplace({x_.data(), 1, size_});
    else
      hinge::relu({x_.data(), 1, size_}, {y_.data(), 1, size_});
  }

  std::string kernels() override {
    run();
    return hinge_last_kernel();
  }

  std::string check() override {
    const std::vector<float> before(x_.data(), x_.data() + size_);
    run();
    const float *y = in_place_ ? x_.data() : y_.data();
    for (std::int64_t i = 0; i < size_; i++) {
      const std::string error = compare(y[i], relu(before[std::size_t(i)]), 0, i);
      if (!error.empty())
        return error;
    }
    return "";
  }

private:
  std::int64_t size_;
  bool in_place_;
  Array x_, y_;
};

std::unique_ptr<Shape> make_shape(const std::string &text) {
  long long batch = 0, in = 0, out = 0;
  if (std::sscanf(text.c_str(), "linear:%lldx%lldx%lld", &batch, &in, &out) == 3)
    return std::make_unique<LinearShape>(batch, in, out);
  if (std::sscanf(text.c_str(), "relu:%lld", &batch) == 1)
    return std::make_unique<ReluShape>(batch, false);
  if (std::sscanf(text.c_str(), "relu_inplace:%lld", &batch) == 1)
    return std::make_unique<ReluShape>(batch, true);
  throw std::runtime_error("no shape: " + text);
}

double nanoseconds(Shape &shape, long calls) {
  const auto start = std::chrono::steady_clock::now();
  for (long i = 0; i < calls; i++)
    shape.run();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

/// Nanoseconds per call in the fastest batch, because other load on the machine only adds time. A
/// batch of 50 us takes far longer than reading the clock (25 ns), and far less than a time slice
/// (some ms).
double time_shape(Shape &shape, double budget) {
  constexpr double batch = 50e3;
  shape.run(); // fills the caches, which another shape or process has used
  double spent = nanoseconds(shape, 1);
  const long calls = std::max(1L, long(batch / std::max(spent, 1.0)));
  spent = nanoseconds(shape, calls);
  double best = spent;
  while (spent < budget) {
    const double ns = nanoseconds(shape, calls);
    best = std::min(best, ns);
    spent += ns;
  }
  return best / double(calls);
}

} // namespace

int main(int argc, char **argv) try {
  std::vector<std::unique_ptr<Shape>> shapes{std::size_t(argc)};
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::string command;
    int index = -1;
    double microseconds = 0;
    in >> command >> index >> microseconds;
    if (index < 0 || index >= argc - 1)
      throw std::runtime_error("no index: " + line);
    auto &shape = shapes[std::size_t(index)];
    if (!shape)
      shape = make_shape(argv[index + 1]);
    if (command == "time") {
      std::printf("%.6g\n", time_shape(*shape, 1e3 * microseconds));
    } else if (command == "kernels") {
      std::printf("%s\n", shape->kernels().c_str());
    } else {
      const std::string error = shape->check();
      std::printf("%s\n", error.empty() ? "ok" : error.c_str());
    }
    std::fflush(stdout);
  }
  return 0;
} catch (const std::exception &e) {
  std::fprintf(stderr, "hinge_measure: %s\n", e.what());
  return 1;
}

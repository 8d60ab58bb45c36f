// Linear + ReLU by others. Each is made once, for where its data lies, and run many times.
#pragma once

#include "bench.h"

#include <memory>
#include <string>

namespace hinge::bench {

/// y = ReLU(x W^T + b): x (batch, in), weight (out, in), bias (out), all dense.
struct Problem {
  std::int64_t batch, in, out;
  Array x, weight, bias;
};

/// Three loops as one writes them first, compiled for any x86-64 at -O3.
class Naive {
public:
  Naive(const Problem &problem, float *y) : p_(problem), y_(y) {}
  void operator()();

private:
  const Problem &p_;
  float *y_;
};

#ifdef HINGE_BENCH_OPENBLAS
/// y filled with the bias, sgemm (at batch 1: sgemv) added to it, then the hand-written ReLU.
class OpenBlas {
public:
  OpenBlas(const Problem &problem, float *y);
  void operator()();
  static std::string version();

private:
  const Problem &p_;
  float *y_;
  void (*relu_)(const float *x, float *y, std::size_t n);
};
#endif

#ifdef HINGE_BENCH_ONEDNN
/// inner_product with weights in the layout that it asks for, ReLU as its post-op.
class OneDnn {
public:
  OneDnn(const Problem &problem, float *y);
  ~OneDnn();
  void operator()();
  static std::string version();

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
#endif

} // namespace hinge::bench

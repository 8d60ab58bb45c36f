// sgemm (at batch 1: sgemv), then the bias and ReLU in one pass over y.
#include "handwritten.h"
#include "peers.h"

#include "hinge/hinge.hpp"

#include <cblas.h>

namespace hinge::bench {

namespace {

class OpenBlas final : public Peer {
public:
  OpenBlas(const Problem &problem, float *y, int threads)
      : p_(problem), y_(y), bias_relu_(handwritten(target()).bias_relu),
        transposed_(transposed(problem)) {
    openblas_set_num_threads(threads);
    // Transposed weights are up to 2.6 times as quick (4x1024->1024), but for one row through a
    // long layer with few outputs half as quick (64->10).
    use_transposed_ = quicker([&] { multiply(true); }, [&] { multiply(false); });
  }

  void operator()() override {
    multiply(use_transposed_);
    bias_relu_(y_, p_.bias.data(), std::size_t(p_.shape.batch), std::size_t(p_.shape.out));
  }

private:
  void multiply(bool transposed) const {
    const auto m = blasint(p_.shape.batch), n = blasint(p_.shape.out), k = blasint(p_.shape.in);
    const float *x = p_.x.data(), *w = transposed ? transposed_.data() : p_.weight.data();
    const blasint ldw = transposed ? n : k;
    if (m == 1)
      cblas_sgemv(transposed ? CblasColMajor : CblasRowMajor, CblasNoTrans, n, k, 1.0f, w, ldw, x,
                  1, 0.0f, y_, 1);
    else
      cblas_sgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasNoTrans : CblasTrans, m, n, k,
                  1.0f, x, k, w, ldw, 0.0f, y_, n);
  }

  const Problem &p_;
  float *y_;
  void (*bias_relu_)(float *y, const float *bias, std::size_t rows, std::size_t cols);
  Array transposed_;
  bool use_transposed_;
};

} // namespace

// "OpenBLAS 0.3.21 DYNAMIC_ARCH ... SkylakeX ...": with the core that its kernels are for.
const PeerType openblas = {[] { return std::string(openblas_get_config()); }, make_peer<OpenBlas>,
                           true};

} // namespace hinge::bench

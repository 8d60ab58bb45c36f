// OpenBLAS: sgemm, or sgemv at batch 1, then the bias and ReLU in one pass over y. The gradients
// are one pass for ReLU's, then a call for each of the others.
#include "cpu/handwritten.h"
#include "peers/peers.h"

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
    // Transposed weights are up to 2.6 times as fast (4x1024->1024). For one row through a layer
    // with few outputs they are half as fast (64->10).
    use_transposed_ = faster([&] { multiply(true); }, [&] { multiply(false); });
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

class OpenBlasTraining final : public Peer {
public:
  OpenBlasTraining(const Training &training, Gradients &out, Part part, int threads)
      : t_(training), out_(out), part_(part), loops_(handwritten(target())), g_(training.dy.size()),
        ones_(std::size_t(training.problem.shape.batch)) {
    openblas_set_num_threads(threads);
    std::fill_n(ones_.data(), ones_.size(), 1.0f);
  }

  void operator()() override {
    const Problem &p = t_.problem;
    const auto m = blasint(p.shape.batch), n = blasint(p.shape.out), k = blasint(p.shape.in);
    const float *x = p.x.data(), *w = p.weight.data();
    float *y = out_.y.data(), *g = g_.data();
    if (part_ == Part::step) { // not transposed, because each step would have to do that
      multiply(CblasNoTrans, CblasTrans, m, n, k, x, k, w, k, y);
      loops_.bias_relu(y, p.bias.data(), std::size_t(m), std::size_t(n));
    }
    loops_.relu_backward(y, t_.dy.data(), g, g_.size());
    if (wants_dx(part_))
      multiply(CblasNoTrans, CblasNoTrans, m, k, n, g, n, w, k, out_.dx.data());
    if (wants_dweight(part_)) {
      multiply(CblasTrans, CblasNoTrans, n, k, m, g, n, x, k, out_.dweight.data());
      cblas_sgemv(CblasRowMajor, CblasTrans, m, n, 1.0f, g, n, ones_.data(), 1, 0.0f,
                  out_.dbias.data(), 1);
    }
  }

private:
  /// C (rows x cols) = A B. One row of A goes to sgemv, as in the forward.
  static void multiply(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, blasint rows, blasint cols,
                       blasint inner, const float *a, blasint lda, const float *b, blasint ldb,
                       float *c) {
    if (rows == 1 && ta == CblasNoTrans)
      cblas_sgemv(CblasRowMajor, tb == CblasTrans ? CblasNoTrans : CblasTrans,
                  tb == CblasTrans ? cols : inner, tb == CblasTrans ? inner : cols, 1.0f, b, ldb, a,
                  1, 0.0f, c, 1);
    else
      cblas_sgemm(CblasRowMajor, ta, tb, rows, cols, inner, 1.0f, a, lda, b, ldb, 0.0f, c, cols);
  }

  const Training &t_;
  Gradients &out_;
  Part part_;
  const Handwritten &loops_;
  Array g_, ones_;
};

} // namespace

// The version names the core that its kernels are for: "OpenBLAS 0.3.21 DYNAMIC_ARCH ... SkylakeX
// ...".
const PeerType openblas = {[] { return std::string(openblas_get_config()); }, make_peer<OpenBlas>,
                           true, nullptr, make_training<OpenBlasTraining>};

} // namespace hinge::bench

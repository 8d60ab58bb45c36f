// libxsmm: kernels that it writes for the shape, over panels of 64 outputs whose weights are
// adjacent, then the bias and ReLU in one pass over y. The alternative, beta = 1 on a y filled with
// the bias, takes as long or longer, by up to a third for 16->16.
#include "cpu/handwritten.h"
#include "peers/peers.h"

#include "hinge/hinge.hpp"

#include <libxsmm.h>

namespace hinge::bench {

namespace {

/// The generator keeps 64 outputs, four AVX-512 vectors, in registers at once: 32x1024->1024 takes
/// 605 us in one kernel and 581 in panels.
constexpr std::int64_t panel = 64;

class Libxsmm final : public Peer {
public:
  Libxsmm(const Problem &p, float *y, int)
      : p_(p), y_(y), bias_relu_(handwritten(target()).bias_relu), packed_(p.weight.size()),
        whole_(dispatch(p.shape, p.shape.out >= panel ? panel : 0)),
        rest_(dispatch(p.shape, p.shape.out % panel)) {
    float *to = packed_.data();
    for (std::int64_t n = 0; n < p.shape.out; n += panel)
      for (std::int64_t k = 0; k < p.shape.in; k++)
        for (std::int64_t i = n; i < std::min(n + panel, p.shape.out); i++)
          *to++ = p.weight[std::size_t(i * p.shape.in + k)];
  }

  void operator()() override {
    const auto [batch, in, out] = p_.shape;
    std::int64_t n = 0;
    for (; n + panel <= out; n += panel)
      whole_(packed_.data() + n * in, p_.x.data(), y_ + n);
    if (n < out)
      rest_(packed_.data() + n * in, p_.x.data(), y_ + n);
    bias_relu_(y_, p_.bias.data(), std::size_t(batch), std::size_t(out));
  }

private:
  /// Computes y^T = W x^T, in libxsmm's column-major order, for that many outputs.
  static libxsmm_smmfunction dispatch(const Shape &s, std::int64_t outputs) {
    if (outputs == 0)
      return nullptr;
    const auto m = libxsmm_blasint(outputs), n = libxsmm_blasint(s.batch),
               k = libxsmm_blasint(s.in), ldc = libxsmm_blasint(s.out);
    const float alpha = 1.0f, beta = 0.0f;
    const int flags = LIBXSMM_GEMM_FLAG_NONE, prefetch = LIBXSMM_PREFETCH_NONE;
    const libxsmm_smmfunction kernel =
        libxsmm_smmdispatch(m, n, k, &m, &k, &ldc, &alpha, &beta, &flags, &prefetch);
    if (!kernel)
      fail("libxsmm wrote no kernel: there is none for this CPU");
    return kernel;
  }

  const Problem &p_;
  float *y_;
  void (*bias_relu_)(float *y, const float *bias, std::size_t rows, std::size_t cols);
  Array packed_;
  libxsmm_smmfunction whole_, rest_;
};

} // namespace

const PeerType libxsmm = {[] {
                            return std::string("libxsmm " LIBXSMM_CONFIG_VERSION " (") +
                                   libxsmm_get_target_arch() + ")";
                          },
                          make_peer<Libxsmm>};

} // namespace hinge::bench

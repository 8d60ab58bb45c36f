// Three loops as one writes them first, compiled for any x86-64 at -O3.
#include "peers.h"

namespace hinge::bench {

namespace {

class Naive final : public Peer {
public:
  Naive(const Problem &problem, float *y, int) : p_(problem), y_(y) {}

  void operator()() override {
    const auto [batch, in, out] = p_.shape;
    const float *x = p_.x.data(), *w = p_.weight.data(), *bias = p_.bias.data();
    for (std::int64_t m = 0; m < batch; m++)
      for (std::int64_t n = 0; n < out; n++) {
        float acc = bias[n];
        for (std::int64_t k = 0; k < in; k++)
          acc += x[m * in + k] * w[n * in + k];
        y_[m * out + n] = acc < 0.0f ? 0.0f : acc;
      }
  }

private:
  const Problem &p_;
  float *y_;
};

} // namespace

const PeerType naive = {[] { return std::string("naive loops at -O3 for any x86-64"); },
                        make_peer<Naive>};

} // namespace hinge::bench

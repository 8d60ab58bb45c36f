#include "peers.h"

namespace hinge::bench {

void Naive::operator()() {
  const float *x = p_.x.data(), *w = p_.weight.data(), *bias = p_.bias.data();
  for (std::int64_t m = 0; m < p_.batch; m++)
    for (std::int64_t n = 0; n < p_.out; n++) {
      float acc = bias[n];
      for (std::int64_t k = 0; k < p_.in; k++)
        acc += x[m * p_.in + k] * w[n * p_.in + k];
      y_[m * p_.out + n] = acc < 0.0f ? 0.0f : acc;
    }
}

} // namespace hinge::bench

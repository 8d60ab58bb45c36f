#include "peers/peers.h"

namespace hinge::bench {

Array transposed(const Problem &p) {
  const auto in = std::size_t(p.shape.in), out = std::size_t(p.shape.out);
  Array t(in * out);
  for (std::size_t n = 0; n < out; n++)
    for (std::size_t k = 0; k < in; k++)
      t[k * out + n] = p.weight[n * in + k];
  return t;
}

} // namespace hinge::bench

#include "peers.h"

namespace hinge::bench {

const std::vector<NamedPeer> &peers() {
  static const std::vector<NamedPeer> all = {
#define HINGE_PEER(name) {#name, &name},
#define HINGE_NO_PEER(name) {#name, nullptr},
#include "peers.inc"
#undef HINGE_PEER
#undef HINGE_NO_PEER
  };
  return all;
}

Array transposed(const Problem &p) {
  const auto in = std::size_t(p.shape.in), out = std::size_t(p.shape.out);
  Array t(in * out);
  for (std::size_t n = 0; n < out; n++)
    for (std::size_t k = 0; k < in; k++)
      t[k * out + n] = p.weight[n * in + k];
  return t;
}

} // namespace hinge::bench

// Hinge's fixed layers, for the shapes that CMakeLists.txt generates one for by hinge_add_linear.
#include "peers/peers.h"

#include "hinge/hinge.hpp"

// Includes their headers, and defines HINGE_LAYERS: HINGE_LAYER(name, batch, in, out) for each.
#include "layers.inc"

namespace hinge::bench {

namespace {

template <class Packed, hinge_status (*pack)(const float *, Packed *),
          hinge_status (*run)(const float *, const Packed *, const float *, float *)>
class Layer final : public Peer {
public:
  Layer(const Problem &p, float *y, int) : p_(p), y_(y), packed_(std::make_unique<Packed>()) {
    detail::check(pack(p.weight.data(), packed_.get()));
  }
  void operator()() override { detail::check(run(p_.x.data(), packed_.get(), p_.bias.data(), y_)); }

private:
  const Problem &p_;
  float *y_;
  std::unique_ptr<Packed> packed_;
};

struct Generated {
  Shape shape;
  std::unique_ptr<Peer> (*make)(const Problem &, float *, int);
};

const Generated generated[] = {
#define HINGE_LAYER(name, batch, in, out)                                                          \
  {{batch, in, out}, make_peer<Layer<name##_packed_weights, name##_pack, name>>},
    HINGE_LAYERS
#undef HINGE_LAYER
};

const Generated *find(const Shape &shape) {
  for (const Generated &g : generated)
    if (g.shape == shape)
      return &g;
  return nullptr;
}

} // namespace

const PeerType layer = {
    [] { return std::string("Hinge's layers of the shape"); },
    [](const Problem &p, float *y, int threads) { return find(p.shape)->make(p, y, threads); },
    false, [](const Shape &s) { return find(s) != nullptr; }};

} // namespace hinge::bench

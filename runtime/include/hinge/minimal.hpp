// The parts of the C++ header of a MINIMAL layer (hinge_add_linear). It needs no exceptions and no
// RTTI. matrix.hpp, size.hpp and plan/masks.h are the only other headers of Hinge's that it needs.
#pragma once

#include "hinge/matrix.hpp"

namespace hinge {

/// Packed weights of a MINIMAL layer. `Packed` is the C struct, `pack_function` the C function that
/// writes it. A layer's header has an alias:
///   app::tiny_weights packed;
///   if (packed.pack(weight) != HINGE_OK) ...
template <class Packed, auto pack_function, std::size_t out_features, std::size_t in_features>
struct MinimalWeights : Packed {
  [[nodiscard]] HINGE_INLINE auto
  pack(Matrix<const float, out_features, in_features> weight) noexcept {
    return pack_function(weight.data(), this);
  }
};

} // namespace hinge

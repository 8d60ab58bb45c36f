// The common parts of the C++ headers of fixed layers (hinge_add_linear, hinge_add_activation).
//
// hinge_add_linear(my_layer IN 10 OUT 20 BATCH 32 ACTIVATION relu MASK BACKWARD NAMESPACE app)
// makes my_layer.h, functions of C, and my_layer.hpp, the same for C++:
//   static app::my_layer_weights packed(weight);   // a FixedWeights
//   app::my_layer(x, packed, bias, y, mask);
//   app::my_layer_backward(x, weight, mask, dy, dx, dweight, dbias);
// Arguments are views (matrix.hpp). A size that is known is part of the type, so a wrong one does
// not compile. Sizes that a layer takes at run time are checked here. A refused call throws
// hinge::Error with the message of the C function, or returns the status (outcome.hpp).
#pragma once

#include "hinge/dispatch.h"
#include "hinge/hinge.hpp"
#include "hinge/matrix.hpp"
#include "hinge/plan/masks.h"

#include <cinttypes>
#include <cstdint>

namespace hinge {
inline namespace HINGE_INLINE_NAMESPACE {

/// Packed weights of a fixed layer, for the target that is active when they are packed. `Packed` is
/// the C struct, `pack_function` the C function that writes it.
template <class Packed, auto pack_function, std::size_t out_features, std::size_t in_features>
struct FixedWeights : Packed {
  using Weight = Matrix<const float, out_features, in_features>;

  /// Every call refuses them until they are packed.
  HINGE_INLINE FixedWeights() { this->target = -1; }
  /// Without exceptions, the first call with weights that could not be packed fails.
  HINGE_INLINE explicit FixedWeights(Weight weight) : FixedWeights() { (void)pack(weight); }

  /// Packs other weights, e.g. after a step of training.
  HINGE_INLINE Outcome pack(Weight weight) {
    return detail::check(pack_function(weight.data(), this));
  }
};

} // namespace HINGE_INLINE_NAMESPACE

namespace fixed {

/// An argument whose size is known at run time: its name and its number of rows or elements.
struct Counted {
  HINGE_INLINE Counted() = default; // absent
  template <class T, std::size_t cols>
  HINGE_INLINE Counted(const char *argument, const Matrix<T, any, cols> &m)
      : name(argument), unit("rows"), count(m.rows()), is_absent(false) {}
  template <class M>
  HINGE_INLINE Counted(const char *argument, const Optional<M> &m)
      : Counted(argument, static_cast<const M &>(m)) {
    is_absent = !m;
  }
  HINGE_INLINE Counted(const char *argument, const Vector<const float, any> &v)
      : name(argument), unit("elements"), count(v.size()), is_absent(false) {}
  HINGE_INLINE Counted(const char *argument, const Vector<const std::uint8_t, any> &bits)
      : name(argument), unit("bytes"), count(bits.size()), is_absent(false), is_mask(true) {}

  const char *name = "", *unit = "";
  std::int64_t count = 0;
  bool is_absent = true, is_mask = false;

  /// Whether it goes with an argument of n rows or elements.
  HINGE_INLINE bool goes_with(std::int64_t n) const {
    return is_absent || count == (is_mask ? plan::mask_row_bytes(n) : n);
  }
};

/// Refuses: "<layer>: mask has 3 rows: expected those of x, 4". It takes no reference to a Counted,
/// because a reference would put the arguments of a valid call into memory.
HINGE_COLD HINGE_NOINLINE HINGE_INLINE hinge_status refuse_count(const char *layer, const char *of,
                                                                 std::int64_t expected,
                                                                 const char *name,
                                                                 std::int64_t count,
                                                                 const char *unit, bool is_mask) {
  return hinge_dispatch_refuse(
      layer, "%s has %" PRId64 " %s: expected %s %s, %" PRId64, name, count, unit,
      is_mask ? "a bit for each of the elements of" : "those of", of, expected);
}

HINGE_INLINE hinge_status check_count(const char *layer, const Counted &of, const Counted &other) {
  return other.goes_with(of.count) ? HINGE_OK
                                   : refuse_count(layer, of.name, of.count, other.name, other.count,
                                                  other.unit, other.is_mask);
}

/// Fails unless each of the others has as many rows or elements as `of`.
HINGE_INLINE hinge_status check_counts(const char *layer, const Counted &of, const Counted &a,
                                       const Counted &b = Counted(), const Counted &c = Counted()) {
  if (hinge_status s = check_count(layer, of, a))
    return s;
  if (hinge_status s = check_count(layer, of, b))
    return s;
  return check_count(layer, of, c);
}

} // namespace fixed
} // namespace hinge

// The common parts of the C++ headers of fixed layers (hinge_add_linear, hinge_add_activation).
//
// hinge_add_linear(my_layer IN 10 OUT 20 BATCH 32 ACTIVATION relu MASK BACKWARD NAMESPACE app)
// makes my_layer.h, functions of C, and my_layer.hpp, the same for C++:
//   static app::my_layer_weights packed(weight);   // a FixedWeights
//   app::my_layer(x, packed, bias, y, mask);
//   app::my_layer_backward(x, weight, mask, dy, dx, dweight, dbias);
// Arguments are views (matrix.hpp). A size that is known is part of the type, so a wrong one does
// not compile. Sizes that a layer takes at run time are checked here. A refused call throws
// hinge::Error with the message of the C function.
#pragma once

#include "hinge/hinge.hpp"
#include "hinge/matrix.hpp"
#include "hinge/plan/masks.h"

#include <cstdint>
#include <string>

namespace hinge {

/// Packed weights of a fixed layer, for the target that is active when they are packed. `Packed` is
/// the C struct, `pack_function` the C function that writes it.
template <class Packed, auto pack_function, std::size_t out_features, std::size_t in_features>
struct FixedWeights : Packed {
  using Weight = Matrix<const float, out_features, in_features>;

  explicit FixedWeights(Weight weight) { pack(weight); }

  /// Packs other weights, e.g. after a step of training.
  void pack(Weight weight) { detail::check(pack_function(weight.data(), this)); }
};

namespace fixed {

/// An argument whose size is known at run time: its name and its number of rows or elements.
struct Counted {
  Counted() = default; // absent
  template <class T, std::size_t cols>
  Counted(const char *argument, const Matrix<T, any, cols> &m)
      : name(argument), unit("rows"), count(m.rows()), is_absent(false) {}
  template <class M>
  Counted(const char *argument, const Optional<M> &m)
      : Counted(argument, static_cast<const M &>(m)) {
    is_absent = !m;
  }
  Counted(const char *argument, const Vector<const float, any> &v)
      : name(argument), unit("elements"), count(v.size()), is_absent(false) {}
  Counted(const char *argument, const Vector<const std::uint8_t, any> &bits)
      : name(argument), unit("bytes"), count(bits.size()), is_absent(false), is_mask(true) {}

  const char *name = "", *unit = "";
  std::int64_t count = 0;
  bool is_absent = true, is_mask = false;

  /// Whether it goes with an argument of n rows or elements.
  bool goes_with(std::int64_t n) const {
    return is_absent || count == (is_mask ? plan::mask_row_bytes(n) : n);
  }
};

/// Throws "<layer>: mask has 3 rows: expected those of x, 4". It takes no reference to a Counted,
/// because a reference would put the arguments of a valid call into memory.
[[noreturn, gnu::cold, gnu::noinline]] inline void
refuse_count(const char *layer, const char *of, std::int64_t expected, const char *name,
             std::int64_t count, const char *unit, bool is_mask) {
  const std::string message = std::string(layer) + ": " + name + " has " + std::to_string(count) +
                              " " + unit + ": expected " +
                              (is_mask ? "a bit for each of the elements of " : "those of ") + of +
                              ", " + std::to_string(expected);
  throw Error(HINGE_INVALID_ARGUMENT, message.c_str());
}

inline void check_count(const char *layer, const Counted &of, const Counted &other) {
  if (!other.goes_with(of.count))
    refuse_count(layer, of.name, of.count, other.name, other.count, other.unit, other.is_mask);
}

/// Throws unless each of the others has as many rows or elements as `of`.
inline void check_counts(const char *layer, const Counted &of, const Counted &a,
                         const Counted &b = Counted(), const Counted &c = Counted()) {
  check_count(layer, of, a);
  check_count(layer, of, b);
  check_count(layer, of, c);
}

} // namespace fixed
} // namespace hinge

// The activations. Every operator that applies one takes its Expr from here.
#pragma once

#include <Halide.h>

#include <limits>
#include <string>

namespace hinge {

// Halide 21 turns a <= b into !(b < a), even with strict_float. That is true if one of them is NaN.
// LLVM turns these two comparisons into one again.
inline Halide::Expr is_at_most(const Halide::Expr &a, float b) { return a < b || a == b; }
inline Halide::Expr is_at_least(const Halide::Expr &a, float b) { return a > b || a == b; }

struct Activation {
  const char *name;
  /// x between the bounds that the activation has: 0 for `low`, 6 for `high`.
  Halide::Expr (*value)(const Halide::Expr &x, const Halide::Expr &low, const Halide::Expr &high);
  /// Whether the derivative is 0; otherwise it is 1. The output and the input give the same answer.
  Halide::Expr (*is_flat)(const Halide::Expr &y);
};

// They are selects on x itself, so that NaN keeps its payload and -0 its sign (docs/contract.md).
// Both comparisons are false for NaN, and -0 < 0 is false.
inline const Activation activations[] = {
    {"none", [](const Halide::Expr &x, const Halide::Expr &, const Halide::Expr &) { return x; },
     [](const Halide::Expr &) { return Halide::cast<bool>(false); }},
    {"relu",
     [](const Halide::Expr &x, const Halide::Expr &low, const Halide::Expr &) {
       return Halide::select(x < low, low, x);
     },
     [](const Halide::Expr &y) { return is_at_most(y, 0.0f); }},
    {"relu6",
     [](const Halide::Expr &x, const Halide::Expr &low, const Halide::Expr &high) {
       // The second bound follows the first one, and LLVM makes vmaxps and vminps from them. One
       // select inside the other would also cost a comparison into a mask.
       const Halide::Expr y = Halide::select(x < low, low, x);
       return Halide::select(y > high, high, y);
     },
     [](const Halide::Expr &y) { return is_at_most(y, 0.0f) || is_at_least(y, 6.0f); }},
};

inline const Activation &find_activation(const std::string &name) {
  std::string known;
  for (const Activation &a : activations) {
    if (name == a.name)
      return a;
    known += std::string(known.empty() ? "" : ", ") + a.name;
  }
  throw Halide::CompileError("activation \"" + name + "\" is unknown; known are: " + known);
}

/// The value of the activation `name` at x, with the bits that the contract gives.
///
/// strict_float is needed: Halide's default float mode lets LLVM assume that there is no NaN and no
/// -0. The select then becomes a maximum whose operand order is LLVM's choice, and NaN becomes 0 on
/// x86 (Halide 21).
inline Halide::Expr activate(const std::string &name, const Halide::Expr &x) {
  return Halide::strict_float(find_activation(name).value(x, 0.0f, 6.0f));
}

/// The same if `condition` is true, otherwise x.
inline Halide::Expr activate_if(const Halide::Expr &condition, const std::string &name,
                                const Halide::Expr &x) {
  const float infinity = std::numeric_limits<float>::infinity();
  return Halide::strict_float(find_activation(name).value(
      x, Halide::select(condition, 0.0f, -infinity), Halide::select(condition, 6.0f, infinity)));
}

/// The gradient by x, from the output y (or the input x) and the gradient dy by the output. It is 0
/// where the activation is flat, its kinks included, and dy elsewhere. NaN in y is not flat: dy
/// passes.
inline Halide::Expr activate_backward(const std::string &name, const Halide::Expr &y,
                                      const Halide::Expr &dy) {
  return Halide::strict_float(Halide::select(find_activation(name).is_flat(y), 0.0f, dy));
}

} // namespace hinge

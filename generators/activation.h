// The activations, once. Every operator that applies one takes its Expr from here.
#pragma once

#include <Halide.h>

#include <string>

namespace hinge {

// Halide 21 turns a <= b into !(b < a), which is true where one is NaN, strict_float or not. LLVM
// makes one comparison of these again.
inline Halide::Expr is_at_most(const Halide::Expr &a, float b) { return a < b || a == b; }
inline Halide::Expr is_at_least(const Halide::Expr &a, float b) { return a > b || a == b; }

struct Activation {
  const char *name;
  Halide::Expr (*value)(const Halide::Expr &x);
  /// Where the derivative is 0, else it is 1; from the output, or from the input: both say the
  /// same.
  Halide::Expr (*is_flat)(const Halide::Expr &y);
};

// Written as selects on x itself, so that NaN keeps its payload and -0 its sign
// (docs/contract.md): both comparisons are false for NaN, and -0 < 0 is false.
inline const Activation activations[] = {
    {"none", [](const Halide::Expr &x) { return x; },
     [](const Halide::Expr &) { return Halide::cast<bool>(false); }},
    {"relu", [](const Halide::Expr &x) { return Halide::select(x < 0.0f, 0.0f, x); },
     [](const Halide::Expr &y) { return is_at_most(y, 0.0f); }},
    {"relu6",
     [](const Halide::Expr &x) {
       // The second bound after the first one: LLVM makes vmaxps and vminps of it, and of one
       // select inside the other a comparison into a mask besides.
       const Halide::Expr y = Halide::select(x < 0.0f, 0.0f, x);
       return Halide::select(y > 6.0f, 6.0f, y);
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
  // What a generator throws is printed by Halide's main function, which then exits with 1.
  throw Halide::CompileError("activation \"" + name + "\" is unknown; known are: " + known);
}

/// The value of the activation `name` at x, bit for bit as the contract has it.
///
/// strict_float: Halide's default float mode lets LLVM assume that there is no NaN and no -0;
/// without it the select becomes a maximum whose operand order is LLVM's choice, and on x86 NaN
/// came out as 0 (Halide 21).
inline Halide::Expr activate(const std::string &name, const Halide::Expr &x) {
  return Halide::strict_float(find_activation(name).value(x));
}

/// The gradient by x, given the output y (or the input x) and the gradient dy by the output: 0
/// where the activation is flat, the kinks included, else dy. NaN in y is not flat: dy passes.
inline Halide::Expr activate_backward(const std::string &name, const Halide::Expr &y,
                                      const Halide::Expr &dy) {
  return Halide::strict_float(Halide::select(find_activation(name).is_flat(y), 0.0f, dy));
}

/// dy where bit n of row m of a mask is set, else 0: all of dy's bits or none. Of a select of four
/// floats by four bits LLVM 21 made PTX that selected one of them (prefetched operands of dweight).
template <class Mask>
Halide::Expr pass_by_bits(const Mask &mask, const Halide::Expr &n, const Halide::Expr &m,
                          const Halide::Expr &dy) {
  using Bits = std::uint32_t;
  const Halide::Expr byte = Halide::cast<Bits>(mask(n / 8, m));
  const Halide::Expr bit = (byte >> Halide::cast<Bits>(n % 8)) & 1;
  return Halide::reinterpret<float>(Halide::reinterpret<Bits>(dy) & (0 - bit));
}

} // namespace hinge

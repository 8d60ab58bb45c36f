// The activations, once. Every operator that applies one takes its Expr from here.
#pragma once

#include <Halide.h>

#include <string>

namespace hinge {

struct Activation {
  const char *name;
  Halide::Expr (*value)(const Halide::Expr &x);
};

// Written as selects on x itself, so that NaN keeps its payload and -0 its sign
// (docs/contract.md): both comparisons are false for NaN, and -0 < 0 is false.
inline const Activation activations[] = {
    {"none", [](const Halide::Expr &x) { return x; }},
    {"relu", [](const Halide::Expr &x) { return Halide::select(x < 0.0f, 0.0f, x); }},
    {"relu6",
     [](const Halide::Expr &x) {
       return Halide::select(x < 0.0f, 0.0f, Halide::select(x > 6.0f, 6.0f, x));
     }},
};

/// The value of the activation `name` at x, bit for bit as the contract has it.
///
/// strict_float: Halide's default float mode lets LLVM assume that there is no NaN and no -0;
/// without it the select becomes a maximum whose operand order is LLVM's choice, and on x86 NaN
/// came out as 0 (Halide 21).
inline Halide::Expr activate(const std::string &name, const Halide::Expr &x) {
  std::string known;
  for (const Activation &a : activations) {
    if (name == a.name)
      return Halide::strict_float(a.value(x));
    known += std::string(known.empty() ? "" : ", ") + a.name;
  }
  // What a generator throws is printed by Halide's main function, which then exits with 1.
  throw Halide::CompileError("activation \"" + name + "\" is unknown; known are: " + known);
}

} // namespace hinge

// Masks have a bit for each element of a matrix: whether the activation's derivative there is 1.
// Bit i of a row is bit i % 8 of byte i / 8, from the low end. Zeros fill up a row's last byte.
#pragma once

#include "activations.h"

#include <Halide.h>

#include <string>

namespace hinge {

struct MaskFuncs {
  Halide::Func mask;   // (byte, row)
  Halide::Func bits;   // as a number; it reduces over the bits of a byte
  Halide::Var byte, m; // m is the row
};

/// mask(byte, m) of eight elements: element t of them is `x`, which counts if it is `inside`.
inline void define_mask(MaskFuncs f, const std::string &activation, const Halide::RDom &t,
                        const Halide::Expr &x, const Halide::Expr &inside) {
  using Halide::cast;
  const Halide::Expr is_flat = Halide::strict_float(find_activation(activation).is_flat(x));
  const Halide::Expr bit = cast<std::uint8_t>(1) << cast<std::uint8_t>(t);
  const Halide::Expr set = Halide::select(inside && !is_flat, bit, cast<std::uint8_t>(0));
  // No two bits meet, so their sum is their union. LLVM adds eight bytes of 64 bits by a
  // multiplication and two shifts. 64 elements take 20 instructions with AVX-512, and 64 with AVX2.
  f.bits(f.byte, f.m) = cast<std::uint64_t>(0);
  f.bits(f.byte, f.m) += cast<std::uint64_t>(set);
  f.mask(f.byte, f.m) = cast<std::uint8_t>(f.bits(f.byte, f.m));
}

} // namespace hinge

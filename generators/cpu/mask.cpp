// Masks (../masks.h): written, read for gradients, counted.
#include "../masks.h"
#include "../matrices.h"
#include "../predicated_load.h"
#include "schedule.h"

#include <hinge/plan/masks.h>

namespace {

using namespace Halide;

/// mask (byte, row) of x (element, row), which is the activation's input or output.
class ActivationMask : public Generator<ActivationMask> {
public:
  GeneratorParam<std::string> activation{"activation", "relu"};
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> cols{"cols", 0}; // 0: any
  GeneratorParam<int> rows{"rows", 0};

  Input<Buffer<float, 2>> x{"x"};
  Output<Buffer<std::uint8_t, 2>> mask{"mask"};

  void generate() {
    RDom t(0, 8, "t");
    const Expr i = byte * 8 + t;
    const Expr inside = likely(i < x.dim(0).extent());
    const Expr x_i = hinge::predicated_load(ImageParam(x), i, m, inside);
    hinge::define_mask({mask, bits, byte, m}, activation, t, x_i, inside);
    bit_in_byte = t;
  }

  void schedule() {
    hinge::set_shape(x, cols, rows);
    hinge::set_shape(mask, int(hinge::plan::mask_row_bytes(cols)), rows);
    hinge::cpu::schedule_activation_mask({mask, bits, byte, m}, bit_in_byte, lanes);
  }

private:
  Var byte{"byte"}, m{"m"};
  Func bits{"bits"};
  RVar bit_in_byte;
};

/// The bit of element i, for the gradients from a mask. Element 0 of the kernel has the bit
/// `first_bit`, 0 .. 7, of byte 0.
template <class T>
class FromMask : public Generator<T> {
public:
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> cols{"cols", 0}; // 0: any; otherwise first_bit is 0
  GeneratorParam<int> rows{"rows", 0};

  GeneratorInput<Buffer<std::uint8_t, 2>> mask{"mask"};
  GeneratorInput<int> first_bit{"first_bit"};

protected:
  Expr is_set() {
    // 32 bits at a time: a word and the byte after it, shifted. LLVM makes one load of four bytes.
    const Expr last = mask.dim(0).extent() - 1;
    auto byte = [&](int b) {
      return cast<std::uint64_t>(mask(min(likely(4 * w + b), last), m)) << (8 * b);
    };
    Expr bytes = byte(0) | byte(1) | byte(2) | byte(3);
    if (cols == 0)
      bytes = (bytes | byte(4)) >> cast<std::uint64_t>(first_bit);
    words(w, m) = cast<std::uint32_t>(bytes);
    return (words(i / 32, m) & (cast<std::uint32_t>(1) << cast<std::uint32_t>(i % 32))) != 0;
  }

  template <class... Buffers>
  void schedule_rows(Func dx, Stage stage, Buffers &...buffers) {
    hinge::set_shape(mask, int(hinge::plan::mask_row_bytes(cols)), rows);
    (hinge::set_shape(buffers, cols, rows), ...);
    hinge::cpu::schedule_from_mask(dx, stage, words, i, lanes);
  }

  Var i{"i"}, m{"m"}, w{"w"};
  Func words{"words"};
};

/// dx = dy where the mask is set, otherwise 0. dx shares no memory with the inputs.
class ActivationBackwardMask : public FromMask<ActivationBackwardMask> {
public:
  Input<Buffer<float, 2>> dy{"dy"};
  Output<Buffer<float, 2>> dx{"dx"};

  void generate() { dx(i, m) = select(is_set(), dy(i, m), 0.0f); }

  void schedule() { schedule_rows(dx, Stage(dx), dy, dx); }
};

/// dx holds dy before the call.
class ActivationBackwardMaskInplace : public FromMask<ActivationBackwardMaskInplace> {
public:
  Output<Buffer<float, 2>> dx{"dx"};

  void generate() {
    // The select is on integers. Halide 21.0.0 sees that selected floats keep their values,
    // searches for the part of the loop in which they do, and crashes.
    hinge::define_inplace(dx, i, m, [&](Expr dy) {
      return reinterpret<float>(
          select(is_set(), reinterpret<std::uint32_t>(dy), cast<std::uint32_t>(0)));
    });
  }

  void schedule() { schedule_rows(dx, dx.update(), dx); }
};

/// counts[i] is the number of rows in which bit i is set, for each bit that `counts` has.
class MaskCountColumns : public Generator<MaskCountColumns> {
public:
  GeneratorParam<int> lanes{"lanes", 8};

  Input<Buffer<std::uint8_t, 2>> mask{"mask"};
  Output<Buffer<std::int32_t, 1>> counts{"counts"};

  void generate() {
    RDom r(0, mask.dim(1).extent(), "r");
    const Expr last = mask.dim(0).extent() - 1;
    const Expr byte = cast<std::int32_t>(mask(min(likely(i / 8), last), r));
    sums(i) = 0;
    sums(i) += (byte >> (i % 8)) & 1;
    counts(i) = sums(i);
  }

  void schedule() {
    hinge::set_shape(mask);
    counts.dim(0).set_min(0);
    hinge::cpu::schedule_mask_count_columns(counts, sums, i, lanes);
  }

private:
  Var i{"i"};
  Func sums{"sums"};
};

/// counts[m] is the number of bits that are set among the first `bits` of row m.
class MaskCountRows : public Generator<MaskCountRows> {
public:
  GeneratorParam<int> lanes{"lanes", 8}; // not used: a population count takes 64 bits

  Input<Buffer<std::uint8_t, 2>> mask{"mask"};
  Input<int> bits{"bits"};
  Output<Buffer<std::int32_t, 1>> counts{"counts"};

  void generate() {
    RDom word(0, bits / 64, "word");
    Expr value = cast<std::uint64_t>(0);
    for (int b = 0; b < 8; b++) // one load of eight bytes
      value = value | cast<std::uint64_t>(mask(word * 8 + b, m)) << (8 * b);
    RDom byte(bits / 64 * 8, mask.dim(0).extent() - bits / 64 * 8, "byte");
    const Expr used = cast<std::uint32_t>(min(bits - byte * 8, 8)); // less than 8 in the last byte
    const Expr last = mask(byte, m) & ((cast<std::uint32_t>(1) << used) - 1);
    counts(m) = 0;
    counts(m) += cast<std::int32_t>(popcount(value));
    counts(m) += cast<std::int32_t>(popcount(last));
  }

  void schedule() {
    hinge::set_shape(mask);
    counts.dim(0).set_min(0);
  }

private:
  Var m{"m"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(ActivationMask, activation_mask)
HALIDE_REGISTER_GENERATOR(ActivationBackwardMask, activation_backward_mask)
HALIDE_REGISTER_GENERATOR(ActivationBackwardMaskInplace, activation_backward_mask_inplace)
HALIDE_REGISTER_GENERATOR(MaskCountColumns, mask_count_columns)
HALIDE_REGISTER_GENERATOR(MaskCountRows, mask_count_rows)

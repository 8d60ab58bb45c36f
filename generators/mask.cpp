// Masks: a bit for each element of a matrix, whether the activation's derivative there is 1. Bit i
// of a row is bit i % 8, from the low end, of byte i / 8; a row's last byte is filled up with
// zeros.
#include "activation.h"
#include "predicated_load.h"
#include "schedules/schedules.h"
#include "shape.h"

namespace {

using namespace Halide;

Expr bit_of(const Expr &position) { return cast<std::uint8_t>(1) << cast<std::uint8_t>(position); }

/// mask (byte, row) of x (element, row): of the activation's input or output, which say the same.
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
    // Where a masked load is a branch an element that is read twice is faster.
    const Expr x_i = get_target().has_feature(Target::CUDA)
                         ? x(min(i, x.dim(0).extent() - 1), m)
                         : hinge::predicated_load(ImageParam(x), i, m, inside);
    const Expr is_flat = strict_float(hinge::find_activation(activation).is_flat(x_i));
    const Expr bit = select(inside && !is_flat, bit_of(t), cast<std::uint8_t>(0));
    // No two bits meet, so their sum is their union. In 64 bits LLVM adds eight bytes by a
    // multiplication and two shifts: 20 instructions for 64 elements with AVX-512, 64 with AVX2.
    bits(byte, m) = cast<std::uint64_t>(0);
    bits(byte, m) += cast<std::uint64_t>(bit);
    mask(byte, m) = cast<std::uint8_t>(bits(byte, m));
    bit_in_byte = t;
  }

  void schedule() {
    hinge::set_shape(x, cols, rows);
    hinge::set_shape(mask, (cols + 7) / 8, rows);
    hinge::schedule_activation_mask(get_target(), mask, bits, byte, m, bit_in_byte, lanes);
  }

private:
  Var byte{"byte"}, m{"m"};
  Func bits{"bits"};
  RVar bit_in_byte;
};

/// What the gradients from a mask share: the bit of element i. The kernel's element 0 has the bit
/// `first_bit`, 0 .. 7, of byte 0; with CUDA 0.
template <class T>
class FromMask : public Generator<T> {
public:
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> unroll{"unroll", 4}; // with CUDA: vectors of a thread
  GeneratorParam<int> cols{"cols", 0};     // 0: any; else the mask has no first_bit but 0
  GeneratorParam<int> rows{"rows", 0};

  GeneratorInput<Buffer<std::uint8_t, 2>> mask{"mask"};
  GeneratorInput<int> first_bit{"first_bit"};

protected:
  bool is_for_cuda() { return this->get_target().has_feature(Target::CUDA); }

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
    hinge::set_shape(mask, (cols + 7) / 8, rows);
    (hinge::set_shape(buffers, cols, rows), ...);
    (hinge::set_aligned_rows(this->get_target(), buffers, lanes), ...);
    hinge::schedule_from_mask(this->get_target(), dx, stage, words, i, m, mask.dim(1).extent(),
                              {lanes, unroll});
  }

  Var i{"i"}, m{"m"}, w{"w"};
  Func words{"words"};
};

/// dx = dy where the mask is set, else 0. dx shares no memory with the others.
class ActivationBackwardMask : public FromMask<ActivationBackwardMask> {
public:
  Input<Buffer<float, 2>> dy{"dy"};
  Output<Buffer<float, 2>> dx{"dx"};

  void generate() {
    dx(i, m) = is_for_cuda() ? hinge::pass_by_bits(mask, i, m, dy(i, m))
                             : select(is_set(), dy(i, m), 0.0f);
  }

  void schedule() { schedule_rows(dx, Stage(dx), dy, dx); }
};

/// dx is what dy was.
class ActivationBackwardMaskInplace : public FromMask<ActivationBackwardMaskInplace> {
public:
  Output<Buffer<float, 2>> dx{"dx"};

  void generate() {
    // As integers: Halide 21.0.0 sees that floats which are selected stay what they are, looks for
    // the part of the loop where that is so, and crashes.
    dx(i, m) = undef<float>();
    const Expr dy = hinge::own_load(Func(dx), i, m);
    if (is_for_cuda()) {
      dx(i, m) = hinge::pass_by_bits(mask, i, m, dy);
      return;
    }
    dx(i, m) = reinterpret<float>(
        select(is_set(), reinterpret<std::uint32_t>(dy), cast<std::uint32_t>(0)));
  }

  void schedule() { schedule_rows(dx, dx.update(), dx); }
};

/// counts[i] = the rows in which bit i is set, for `counts`' extent of bits.
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
    mask.dim(0).set_min(0).dim(1).set_min(0);
    counts.dim(0).set_min(0);
    hinge::schedule_mask_count_columns(get_target(), counts, sums, i, lanes);
  }

private:
  Var i{"i"};
  Func sums{"sums"};
};

/// counts[m] = the bits among the first `bits` of row m that are set.
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
    const Expr used = cast<std::uint32_t>(min(bits - byte * 8, 8)); // of the last byte only some
    const Expr last = mask(byte, m) & ((cast<std::uint32_t>(1) << used) - 1);
    counts(m) = 0;
    counts(m) += cast<std::int32_t>(popcount(value));
    counts(m) += cast<std::int32_t>(popcount(last));
  }

  void schedule() {
    mask.dim(0).set_min(0).dim(1).set_min(0);
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

// Masks (../masks.h): written, and read for gradients.
#include "../masks.h"
#include "../matrices.h"
#include "operands.h"
#include "schedule.h"

namespace {

using namespace Halide;

/// mask (byte, row) of x (element, row), which is the activation's input or output.
class GpuActivationMask : public Generator<GpuActivationMask> {
public:
  GeneratorParam<std::string> activation{"activation", "relu"};

  Input<Buffer<float, 2>> x{"x"};
  Output<Buffer<std::uint8_t, 2>> mask{"mask"};

  void generate() {
    RDom t(0, 8, "t");
    const Expr i = byte * 8 + t, cols = x.dim(0).extent();
    // A masked load would be a branch. Reading the last element twice is faster.
    hinge::define_mask({mask, bits, byte, m}, activation, t, x(min(i, cols - 1), m),
                       likely(i < cols));
    bit_in_byte = t;
  }

  void schedule() {
    hinge::set_shape(x);
    hinge::set_shape(mask);
    hinge::gpu::schedule_activation_mask({mask, bits, byte, m}, bit_in_byte);
  }

private:
  Var byte{"byte"}, m{"m"};
  Func bits{"bits"};
  RVar bit_in_byte;
};

/// The gradients from a mask. `first_bit` is 0: an operator's kernels have the same arguments in
/// each place.
template <class T>
class FromMask : public Generator<T> {
public:
  GeneratorParam<int> lanes{"lanes", 1};
  GeneratorParam<int> unroll{"unroll", 4};

  GeneratorInput<Buffer<std::uint8_t, 2>> mask{"mask"};
  GeneratorInput<int> first_bit{"first_bit"};

protected:
  template <class... Buffers>
  void schedule_rows(Stage stage, Buffers &...buffers) {
    hinge::set_shape(mask);
    (hinge::set_shape(buffers), ...);
    (hinge::gpu::set_aligned_rows(buffers, lanes), ...);
    hinge::gpu::schedule_elementwise(stage, i, m, mask.dim(1).extent(), {lanes, unroll});
  }

  Var i{"i"}, m{"m"};
};

/// dx = dy where the mask is set, otherwise 0. dx shares no memory with the inputs.
class GpuActivationBackwardMask : public FromMask<GpuActivationBackwardMask> {
public:
  Input<Buffer<float, 2>> dy{"dy"};
  Output<Buffer<float, 2>> dx{"dx"};

  void generate() { dx(i, m) = hinge::gpu::pass_by_bits(mask, i, m, dy(i, m)); }

  void schedule() { schedule_rows(Stage(dx), dy, dx); }
};

/// dx holds dy before the call.
class GpuActivationBackwardMaskInplace : public FromMask<GpuActivationBackwardMaskInplace> {
public:
  Output<Buffer<float, 2>> dx{"dx"};

  void generate() {
    hinge::define_inplace(dx, i, m,
                          [&](Expr dy) { return hinge::gpu::pass_by_bits(mask, i, m, dy); });
  }

  void schedule() { schedule_rows(dx.update(), dx); }
};

} // namespace

HALIDE_REGISTER_GENERATOR(GpuActivationMask, gpu_activation_mask)
HALIDE_REGISTER_GENERATOR(GpuActivationBackwardMask, gpu_activation_backward_mask)
HALIDE_REGISTER_GENERATOR(GpuActivationBackwardMaskInplace, gpu_activation_backward_mask_inplace)

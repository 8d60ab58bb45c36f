// Element-wise activation over a matrix whose rows may be padded: y[m, i] = act(x[m, i]).
#include "activation.h"
#include "schedules/schedules.h"

namespace {

using namespace Halide;

/// Out of place. x and y must not share memory: Halide tells LLVM that buffers do not alias.
class ActivationForward : public Generator<ActivationForward> {
public:
  GeneratorParam<std::string> activation{"activation", "relu"};
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> unroll{"unroll", 4};

  Input<Buffer<float, 2>> x{"x"};
  Output<Buffer<float, 2>> y{"y"};

  void generate() { y(i, m) = hinge::activate(activation, x(i, m)); }

  void schedule() {
    x.dim(0).set_min(0).dim(1).set_min(0);
    y.dim(0).set_min(0).dim(1).set_min(0);
    hinge::schedule_elementwise(get_target(), Stage(y), i, {lanes, unroll});
  }

private:
  Var i{"i"}, m{"m"};
};

/// In place. One buffer, read and written by an update of itself: an input and an output buffer
/// over the same memory would be undefined behaviour.
class ActivationInplace : public Generator<ActivationInplace> {
public:
  GeneratorParam<std::string> activation{"activation", "relu"};
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> unroll{"unroll", 4};

  Output<Buffer<float, 2>> y{"y"};

  void generate() {
    y(i, m) = undef<float>(); // no code: the update finds what the caller left in the buffer
    y(i, m) = hinge::activate(activation, y(i, m));
  }

  void schedule() {
    y.dim(0).set_min(0).dim(1).set_min(0);
    hinge::schedule_elementwise(get_target(), y.update(), i, {lanes, unroll});
  }

private:
  Var i{"i"}, m{"m"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(ActivationForward, activation)
HALIDE_REGISTER_GENERATOR(ActivationInplace, activation_inplace)

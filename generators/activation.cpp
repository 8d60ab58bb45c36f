// Element-wise activation over a matrix whose rows may be padded, y[m, i] = act(x[m, i]), and its
// gradient, dx[m, i] = act'(y[m, i]) * dy[m, i].
#include "activation.h"
#include "predicated_load.h"
#include "schedules/schedules.h"
#include "shape.h"

#include <tuple>

namespace {

using namespace Halide;

/// What they share: parameters, the dimensions (column i, row m), the schedule.
template <class T>
class Elementwise : public Generator<T> {
public:
  GeneratorParam<std::string> activation{"activation", "relu"};
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> unroll{"unroll", 4};
  GeneratorParam<int> cols{"cols", 0}; // 0: any
  GeneratorParam<int> rows{"rows", 0};

protected:
  template <class... Buffers>
  void schedule_rows(Stage stage, Buffers &...buffers) {
    (hinge::set_shape(buffers, cols, rows), ...);
    (hinge::set_aligned_rows(this->get_target(), buffers, lanes), ...);
    const auto &first = std::get<0>(std::tie(buffers...));
    hinge::schedule_elementwise(this->get_target(), stage, i, m, first.dim(1).extent(),
                                {lanes, unroll});
  }

  Var i{"i"}, m{"m"};
};

/// Out of place. x and y must not share memory: Halide tells LLVM that buffers do not alias.
class ActivationForward : public Elementwise<ActivationForward> {
public:
  Input<Buffer<float, 2>> x{"x"};
  Output<Buffer<float, 2>> y{"y"};

  void generate() { y(i, m) = hinge::activate(activation, x(i, m)); }

  void schedule() { schedule_rows(Stage(y), x, y); }
};

/// In place. One buffer, read and written by an update of itself: an input and an output buffer
/// over the same memory would be undefined behaviour.
class ActivationInplace : public Elementwise<ActivationInplace> {
public:
  Output<Buffer<float, 2>> y{"y"};

  void generate() {
    y(i, m) = undef<float>(); // no code: the update finds what the caller left in the buffer
    y(i, m) = hinge::activate(activation, hinge::own_load(Func(y), i, m));
  }

  void schedule() { schedule_rows(y.update(), y); }
};

/// Out of place. y (or x) and dy are read, dx shares no memory with them.
class ActivationBackward : public Elementwise<ActivationBackward> {
public:
  Input<Buffer<float, 2>> y{"y"};
  Input<Buffer<float, 2>> dy{"dy"};
  Output<Buffer<float, 2>> dx{"dx"};

  void generate() { dx(i, m) = hinge::activate_backward(activation, y(i, m), dy(i, m)); }

  void schedule() { schedule_rows(Stage(dx), y, dy, dx); }
};

/// dx is what dy was: one buffer, as in ActivationInplace.
class ActivationBackwardInplace : public Elementwise<ActivationBackwardInplace> {
public:
  Input<Buffer<float, 2>> y{"y"};
  Output<Buffer<float, 2>> dx{"dx"};

  void generate() {
    dx(i, m) = undef<float>();
    dx(i, m) = hinge::activate_backward(activation, y(i, m), hinge::own_load(Func(dx), i, m));
  }

  void schedule() { schedule_rows(dx.update(), y, dx); }
};

} // namespace

HALIDE_REGISTER_GENERATOR(ActivationForward, activation)
HALIDE_REGISTER_GENERATOR(ActivationInplace, activation_inplace)
HALIDE_REGISTER_GENERATOR(ActivationBackward, activation_backward)
HALIDE_REGISTER_GENERATOR(ActivationBackwardInplace, activation_backward_inplace)

// Element-wise activation over a matrix whose rows may be padded, y[m, i] = act(x[m, i]), and its
// gradient, dx[m, i] = act'(y[m, i]) * dy[m, i]: the algorithms, for any place.
//
// `Place` is the base that a place gives them (cpu/activation.cpp, gpu/activation.cpp). It has the
// parameter `activation`, the dimensions i (column) and m (row), and schedule_rows(stage,
// buffers...).
#pragma once

#include "activations.h"
#include "matrices.h"

namespace hinge {

using FloatBuffer = Halide::Buffer<float, 2>;

/// x and y must not share memory: Halide tells LLVM that buffers do not alias.
template <template <class> class Place>
class ActivationForward : public Place<ActivationForward<Place>> {
public:
  Halide::GeneratorInput<FloatBuffer> x{"x"};
  Halide::GeneratorOutput<FloatBuffer> y{"y"};

  void generate() { y(this->i, this->m) = activate(this->activation, x(this->i, this->m)); }

  void schedule() { this->schedule_rows(Halide::Stage(y), x, y); }
};

template <template <class> class Place>
class ActivationInplace : public Place<ActivationInplace<Place>> {
public:
  Halide::GeneratorOutput<FloatBuffer> y{"y"};

  void generate() {
    define_inplace(y, this->i, this->m,
                   [&](const Halide::Expr &x) { return activate(this->activation, x); });
  }

  void schedule() { this->schedule_rows(y.update(), y); }
};

/// y may be x instead. dx shares no memory with the inputs.
template <template <class> class Place>
class ActivationBackward : public Place<ActivationBackward<Place>> {
public:
  Halide::GeneratorInput<FloatBuffer> y{"y"};
  Halide::GeneratorInput<FloatBuffer> dy{"dy"};
  Halide::GeneratorOutput<FloatBuffer> dx{"dx"};

  void generate() {
    dx(this->i, this->m) =
        activate_backward(this->activation, y(this->i, this->m), dy(this->i, this->m));
  }

  void schedule() { this->schedule_rows(Halide::Stage(dx), y, dy, dx); }
};

/// dx holds dy before the call.
template <template <class> class Place>
class ActivationBackwardInplace : public Place<ActivationBackwardInplace<Place>> {
public:
  Halide::GeneratorInput<FloatBuffer> y{"y"};
  Halide::GeneratorOutput<FloatBuffer> dx{"dx"};

  void generate() {
    define_inplace(dx, this->i, this->m, [&](const Halide::Expr &dy) {
      return activate_backward(this->activation, y(this->i, this->m), dy);
    });
  }

  void schedule() { this->schedule_rows(dx.update(), y, dx); }
};

} // namespace hinge

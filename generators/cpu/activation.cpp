// The element-wise activations of ../elementwise.h on CPUs.
#include "../elementwise.h"
#include "schedule.h"

namespace {

using namespace Halide;

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
    hinge::cpu::schedule_elementwise(this->get_target(), stage, i, {lanes, unroll});
  }

  Var i{"i"}, m{"m"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(hinge::ActivationForward<Elementwise>, activation)
HALIDE_REGISTER_GENERATOR(hinge::ActivationInplace<Elementwise>, activation_inplace)
HALIDE_REGISTER_GENERATOR(hinge::ActivationBackward<Elementwise>, activation_backward)
HALIDE_REGISTER_GENERATOR(hinge::ActivationBackwardInplace<Elementwise>,
                          activation_backward_inplace)

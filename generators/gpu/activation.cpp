// The element-wise activations of ../elementwise.h on GPUs.
#include "../elementwise.h"
#include "operands.h"
#include "schedule.h"

#include <tuple>

namespace {

using namespace Halide;

template <class T>
class GpuElementwise : public Generator<T> {
public:
  GeneratorParam<std::string> activation{"activation", "relu"};
  GeneratorParam<int> lanes{"lanes", 1};
  GeneratorParam<int> unroll{"unroll", 4};

protected:
  template <class... Buffers>
  void schedule_rows(Stage stage, Buffers &...buffers) {
    (hinge::set_shape(buffers), ...);
    (hinge::gpu::set_aligned_rows(buffers, lanes), ...);
    const auto &first = std::get<0>(std::tie(buffers...));
    hinge::gpu::schedule_elementwise(stage, i, m, first.dim(1).extent(), {lanes, unroll});
  }

  Var i{"i"}, m{"m"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(hinge::ActivationForward<GpuElementwise>, gpu_activation)
HALIDE_REGISTER_GENERATOR(hinge::ActivationInplace<GpuElementwise>, gpu_activation_inplace)
HALIDE_REGISTER_GENERATOR(hinge::ActivationBackward<GpuElementwise>, gpu_activation_backward)
HALIDE_REGISTER_GENERATOR(hinge::ActivationBackwardInplace<GpuElementwise>,
                          gpu_activation_backward_inplace)

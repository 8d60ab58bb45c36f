// Linear layer with its activation fused, y = act(x W^T + b), and the packing of W and b.
//
// Packed weights are a row of panels. A panel serves nr = vectors * lanes output features:
//   packed(j, 0, q)     = bias[q*nr + j]
//   packed(j, k + 1, q) = W[q*nr + j, k]
// with the last output feature again in what is left of the last panel. So padding raises no
// floating-point exception that the feature does not raise. The micro-kernel reads the (in_features
// + 1) * nr floats of a panel from front to back.
#include "../activations.h"
#include "../matrices.h"
#include "schedule.h"

namespace {

using namespace Halide;

/// x (batch, in_features), packed as above, y (batch, out_features). Rows of x and y may be padded.
/// `tile_rows`, 1 .. min(rows, batch), is the height of the register tile to use: the caller knows
/// the batch and picks the height that wastes least. If `one_panel` is set, out_features is 1 ..
/// nr.
class Linear : public Generator<Linear> {
public:
  GeneratorParam<std::string> activation{"activation", "relu"};
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> vectors{"vectors", 2};
  GeneratorParam<int> rows{"rows", 6};
  GeneratorParam<int> group{"group", 1};
  GeneratorParam<bool> one_panel{"one_panel", false};

  Input<Buffer<float, 2>> x{"x"};
  Input<Buffer<float, 3>> packed{"packed"};
  Input<int> tile_rows{"tile_rows"};
  Output<Buffer<float, 2>> y{"y"};

  void generate() {
    const int nr = int(lanes) * int(vectors);
    RDom k(0, x.dim(0).extent(), "k");
    // The contract defines the order of the sum: bias first, then k ascending, one chain.
    acc(j, m, q) = packed(j, 0, q);
    acc(j, m, q) += x(k, m) * packed(j, k + 1, q);
    y(n, m) = hinge::activate(activation, acc(n % nr, m, n / nr));
  }

  void schedule() {
    const int nr = int(lanes) * int(vectors);
    hinge::set_shape(x);
    packed.dim(0).set_bounds(0, nr).dim(1).set_min(0).set_stride(nr).dim(2).set_min(0);
    hinge::set_shape(y);
    hinge::cpu::schedule_linear(get_target(), {y, acc, j, m, q, n, tile_rows},
                                {lanes, vectors, rows, group, one_panel});
  }

private:
  Var j{"j"}, m{"m"}, q{"q"}, n{"n"};
  Func acc{"acc"};
};

/// W (out_features, in_features), whose rows may be padded, into the weight rows of the panels.
/// `packed` begins at row 1 of the first panel: the runtime fills the bias rows.
class LinearPack : public Generator<LinearPack> {
public:
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> vectors{"vectors", 2};

  Input<Buffer<float, 2>> weight{"weight"};
  Output<Buffer<float, 3>> packed{"packed"};

  void generate() {
    const int nr = int(lanes) * int(vectors);
    const Expr n = q * nr + j, out_features = weight.dim(1).extent();
    packed(j, k, q) = weight(k, min(n, out_features - 1));
  }

  void schedule() {
    const int nr = int(lanes) * int(vectors);
    hinge::set_shape(weight);
    packed.dim(0).set_bounds(0, nr).dim(1).set_min(0).set_stride(nr).dim(2).set_min(0);
    hinge::cpu::schedule_linear_pack(packed, j, k, q, lanes);
  }

private:
  Var j{"j"}, k{"k"}, q{"q"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(Linear, linear)
HALIDE_REGISTER_GENERATOR(LinearPack, linear_pack)

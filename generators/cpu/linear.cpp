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
#include "../predicated_load.h"
#include "chains.h"
#include "schedule.h"

namespace {

using namespace Halide;

/// A group of `side` parts of the sums (plan/chains.h), side by side: x (batch, terms), packed as
/// above, y (batch, out_features). Each part has `part_terms` terms, and the last one may have
/// fewer. Rows of x and y may be padded.
///
/// If `add` is 0, the group is the first one. It begins with the bias, and y is written. If `add`
/// is 1, it is added to y. If `last` is 1, no group follows, and y goes through the activation.
///
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
  GeneratorParam<int> side{"side", 1};
  GeneratorParam<bool> one_panel{"one_panel", false};

  Input<Buffer<float, 2>> x{"x"};
  Input<Buffer<float, 3>> packed{"packed"};
  Input<int> tile_rows{"tile_rows"};
  Input<int> part_terms{"part_terms"};
  Input<int> add{"add"};
  Input<int> last{"last"};
  Output<Buffer<float, 2>> y{"y"};

  void generate() {
    const int nr = int(lanes) * int(vectors);
    const Expr terms = x.dim(0).extent() - (int(side) - 1) * part_terms;
    chains = hinge::cpu::chains(j, m, q, {side, terms, part_terms - terms},
                                select(add == 0, packed(j, 0, q), 0.0f),
                                [&](const Expr &sum, const Expr &part, const Expr &r) {
                                  const Expr k = part * part_terms + r;
                                  return sum + x(k, m) * packed(j, k + 1, q);
                                });
    sum(j, m, q) = chains.sums(j, m, q, 0);
    // A loop of one step or none: the kernel branches once for a whole tile.
    const RDom step(0, add, "add");
    const Expr feature = q * nr + j;
    const Expr before =
        hinge::predicated_load(Func(y), feature + step, m, likely(feature < y.dim(0).extent()));
    sum(j, m, q) = strict_float(before + sum(j, m, q));
    if (side > 1)
      sum(j, m, q) = hinge::cpu::add_chains(sum(j, m, q), chains, 1, j, m, q);
    y(n, m) = hinge::activate_if(last != 0, activation, sum(n % nr, m, n / nr));
  }

  void schedule() {
    const int nr = int(lanes) * int(vectors);
    hinge::set_shape(x);
    packed.dim(0).set_bounds(0, nr).dim(1).set_min(0).set_stride(nr).dim(2).set_min(0);
    hinge::set_shape(y);
    hinge::cpu::schedule_linear(get_target(), {y, sum, chains, {}, j, m, q, n, tile_rows},
                                {lanes, vectors, rows, group, one_panel});
  }

private:
  Var j{"j"}, m{"m"}, q{"q"}, n{"n"};
  Func sum{"sum"};
  hinge::cpu::Chains chains;
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

// The products of Linear's backward, c = A B or c += A B, with A and B where the caller has them:
//   dx[m, k] = sum over n of g[m, n] W[n, k]: A = g,    B = W
//   dW[n, k] = sum over m of g[m, n] x[m, k]: A = g^T,  B = x
//   db[n]    = sum over m of 1 g[m, n]:       A = ones, B = g
// g = act'(y) * dy, which the runtime makes a block at a time (activation_backward).
#include "predicated_load.h"
#include "schedules/schedules.h"

namespace {

using namespace Halide;

/// a (r, i) with any two strides, b (k, r), c (k, i). c has a multiple of `tile_rows` rows, and
/// tile_rows is 1 .. rows. It has a multiple of nr = vectors * lanes columns, or, with `one_panel`,
/// no more than nr and so many that no vector is empty. Where accumulate is 0 what c holds does not
/// matter.
class LinearBackward : public Generator<LinearBackward> {
public:
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> vectors{"vectors", 2};
  GeneratorParam<int> rows{"rows", 6};
  GeneratorParam<bool> one_panel{"one_panel", false};

  Input<Buffer<float, 2>> a{"a"};
  Input<Buffer<float, 2>> b{"b"};
  Input<int> tile_rows{"tile_rows"};
  Input<int> accumulate{"accumulate"};
  Output<Buffer<float, 2>> c{"c"};

  void generate() {
    const int nr = int(lanes) * int(vectors);
    RDom r(0, b.dim(1).extent(), "r");
    const Expr column = q * nr + j;
    // All vectors but the last one are full: one mask.
    const Expr inside =
        one_panel ? j < nr - int(lanes) || column < c.dim(0).extent() : Internal::const_true();
    // The order of the sum is the contract's: what c holds first, then r ascending, one chain.
    acc(j, i, q) =
        select(accumulate != 0, hinge::predicated_load(Func(c), column, i, inside), 0.0f);
    acc(j, i, q) += a(r, i) * hinge::predicated_load(ImageParam(b), column, r, inside);
    c(k, i) = acc(k % nr, i, k / nr);
  }

  void schedule() {
    a.dim(0).set_min(0).set_stride(Expr()).dim(1).set_min(0);
    b.dim(0).set_min(0).dim(1).set_min(0);
    c.dim(0).set_min(0).dim(1).set_min(0);
    hinge::schedule_linear_backward(get_target(), {c, acc, j, i, q, k, tile_rows},
                                    {lanes, vectors, rows, 1, one_panel});
  }

private:
  Var j{"j"}, i{"i"}, q{"q"}, k{"k"};
  Func acc{"acc"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(LinearBackward, linear_backward)

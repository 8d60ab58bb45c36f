// The gradients of Linear as products, c = A B or c += A B, with A and B in the caller's memory:
//   dx[m, k] = sum over n of g[m, n] W[n, k]: A = g,    B = W
//   dW[n, k] = sum over m of g[m, n] x[m, k]: A = g^T,  B = x
//   db[n]    = sum over m of 1 g[m, n]:       A = ones, B = g
// The runtime makes g = act'(y) * dy a block at a time (activation_backward).
#include "../matrices.h"
#include "../predicated_load.h"
#include "schedule.h"

#include <hinge/plan/chains.h>

namespace {

using namespace Halide;
using hinge::plan::Accumulate;

/// a (r, i) with any two strides, b (k, r), c (k, i). c has a multiple of `tile_rows` rows, and
/// tile_rows is 1 .. rows. c has a multiple of nr = vectors * lanes columns. If `one_panel` is set,
/// c has at most nr columns, and enough that no vector is empty. `accumulate` is one of
/// hinge::plan::Accumulate. c may hold anything if that is `no`.
class LinearGradient : public Generator<LinearGradient> {
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
    const RDom r(0, b.dim(1).extent(), "r");
    const Expr column = q * nr + j, last = c.dim(0).extent() - 1;
    // All vectors but the last one are full, so there is one mask.
    const Expr inside =
        one_panel ? j < nr - int(lanes) || column < c.dim(0).extent() : Internal::const_true();
    // The contract defines the order of the sum: r ascending, one chain.
    acc(j, i, q) = select(accumulate == int(Accumulate::before),
                          hinge::padded_load(Func(c), column, i, inside, last), 0.0f);
    acc(j, i, q) += a(r, i) * hinge::padded_load(ImageParam(b), column, r, inside, last);
    // A loop of one step or none: the kernel branches once for a whole tile. LLVM for ARM turns
    // that into an addition in any case and a select. So it adds a zero with the sum's sign then,
    // which raises no exception. The two conditions differ, so that LLVM cannot leave the zero out.
    const RDom step(0, select(accumulate >= int(Accumulate::after), 1, 0), "add");
    const Expr sign = Internal::make_const(UInt(32), std::uint64_t(1) << 31);
    const Expr zero = reinterpret<float>(reinterpret<std::uint32_t>(acc(j, i, q)) & sign);
    const Expr before = select(accumulate == int(Accumulate::after),
                               hinge::padded_load(Func(c), column + step, i, inside, last), zero);
    acc(j, i, q) = strict_float(before + acc(j, i, q));
    c(k, i) = acc(k % nr, i, k / nr);
  }

  void schedule() {
    a.dim(0).set_min(0).set_stride(Expr()).dim(1).set_min(0);
    hinge::set_shape(b);
    hinge::set_shape(c);
    hinge::cpu::schedule_linear_gradient(get_target(), {c, acc, j, i, q, k, tile_rows},
                                         {lanes, vectors, rows, 1, one_panel});
  }

private:
  Var j{"j"}, i{"i"}, q{"q"}, k{"k"};
  Func acc{"acc"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(LinearGradient, linear_gradient)

// A Linear layer whose shape is known when it is generated, y = act(x W^T + b), and its gradients.
// No matrix has gaps between its rows. The packed weights are a row of panels of nr = vectors *
// lanes output features,
//   packed(j, k, q) = W[q*nr + j, k]
// with zeros past the last output feature.
#include "activation.h"
#include "predicated_load.h"
#include "schedules/schedules.h"
#include "shape.h"

namespace {

using namespace Halide;

/// sum + term. `terms_from_zero`: how many terms a sum has that begins with 0.0f, else 0. Of one
/// that has a single term LLVM knows that it is 0 + x, and made x of it, also of -0; strict_float
/// leaves the addition there. Longer ones are loops, into which it does not look.
Expr plus(const Expr &sum, const Expr &term, int terms_from_zero) {
  return terms_from_zero == 1 ? strict_float(sum + term) : sum + term;
}

/// x where all bits of `mask` are set, 0.0f where none is. Of a select LLVM makes two sums, one of
/// them without the addition of 0, and the other is then no FMA (a batch of 1 with AVX-512).
Expr if_set(const Expr &mask, const Expr &x) {
  return reinterpret<float>(reinterpret<std::int32_t>(x) & mask);
}

/// x (batch, in_features), packed as above, bias out_features floats (not there without
/// `has_bias`), y (batch, out_features). `batch` 0: any, and `tile_rows`, 1 .. rows, is the height
/// of the register tile, of which the batch is a multiple. Else `rows` is the height; the last tile
/// shifts inwards.
class LinearLayer : public Generator<LinearLayer> {
public:
  GeneratorParam<std::string> activation{"activation", "relu"};
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> vectors{"vectors", 2};
  GeneratorParam<int> rows{"rows", 6};
  GeneratorParam<int> in_features{"in_features", 1};
  GeneratorParam<int> out_features{"out_features", 1};
  GeneratorParam<int> batch{"batch", 0};
  GeneratorParam<bool> has_bias{"has_bias", true};

  void configure() {
    x = add_input<Buffer<float, 2>>("x");
    packed = add_input<Buffer<float, 3>>("packed");
    if (has_bias)
      bias = add_input<Buffer<float, 2>>("bias");
    if (batch == 0)
      tile_rows = add_input<int>("tile_rows");
    y = add_output<Buffer<float, 2>>("y");
  }

  void generate() {
    const int nr = int(lanes) * int(vectors);
    RDom k(0, int(in_features), "k");
    const Expr feature = q * nr + j;
    // The order of the sum is the contract's: bias first, then k ascending, one chain.
    acc(j, m, q) = has_bias ? hinge::predicated_load(ImageParam(*bias), feature, 0,
                                                     feature < int(out_features))
                            : Expr(0.0f);
    acc(j, m, q) = plus(acc(j, m, q), (*x)(k, m) * (*packed)(j, k, q), has_bias ? 0 : in_features);
    (*y)(n, m) = hinge::activate(activation, acc(n % nr, m, n / nr));
  }

  void schedule() {
    const int nr = int(lanes) * int(vectors);
    const int panels = (int(out_features) + nr - 1) / nr;
    hinge::set_shape(*x, in_features, batch);
    hinge::set_shape(*y, out_features, batch);
    packed->dim(0).set_bounds(0, nr);
    packed->dim(1).set_bounds(0, int(in_features)).set_stride(nr);
    packed->dim(2).set_bounds(0, panels).set_stride(int(in_features) * nr);
    hinge::schedule_linear(get_target(),
                           {*y, acc, j, m, q, n, batch > 0 ? Expr(int(rows)) : Expr(*tile_rows)},
                           {lanes, vectors, rows, 1, panels == 1, in_features});
  }

private:
  Input<Buffer<float, 2>> *x = nullptr, *bias = nullptr;
  Input<Buffer<float, 3>> *packed = nullptr;
  Input<int> *tile_rows = nullptr;
  Output<Buffer<float, 2>> *y = nullptr;
  Var j{"j"}, m{"m"}, q{"q"}, n{"n"};
  Func acc{"acc"};
};

enum class Gradient { dx, dweight, dbias };

/// One of the gradients, from g (batch, out_features) = act'(y) * dy, as a product of matrices
/// where the caller has them (generators/linear_backward.cpp):
///   dx[m, k] = sum over n of g[m, n] weight[n, k]
///   dweight[n, k] = sum over m of g[m, n] x[m, k]
///   dbias[n] = sum over m of g[m, n]
/// dx is written, the others are added to what is there where all bits of `accumulate` are set, and
/// written where it is 0. `batch` 0: any,
/// and dx has a multiple of `tile_rows` rows, 1 .. rows; else it has `batch`, in tiles of `rows`,
/// the last of which shifts inwards. dweight has out_features rows where that is a multiple of
/// `rows`; else a call computes a multiple of `tile_rows` of them, which is `rows` or one less:
/// none may be computed twice, as it may be added to what is there.
class LinearLayerBackward : public Generator<LinearLayerBackward> {
public:
  GeneratorParam<Gradient> gradient{
      "gradient",
      Gradient::dx,
      {{"dx", Gradient::dx}, {"dweight", Gradient::dweight}, {"dbias", Gradient::dbias}}};
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> vectors{"vectors", 2};
  GeneratorParam<int> rows{"rows", 6};
  GeneratorParam<int> in_features{"in_features", 1};
  GeneratorParam<int> out_features{"out_features", 1};
  GeneratorParam<int> batch{"batch", 0};

  void configure() {
    const bool is_dx = gradient == Gradient::dx, is_dweight = gradient == Gradient::dweight;
    g = add_input<Buffer<float, 2>>("g");
    if (is_dx || is_dweight)
      b = add_input<Buffer<float, 2>>(is_dx ? "weight" : "x");
    if (!is_dx && batch == 0)
      terms = add_input<int>("terms");
    if (!is_dx)
      accumulate = add_input<int>("accumulate");
    if (is_dweight || (is_dx && batch == 0))
      tile_rows = add_input<int>("tile_rows");
    c = add_output<Buffer<float, 2>>("c");
  }

  void generate() {
    const int nr = int(lanes) * int(vectors);
    RDom r(0,
           terms ? Expr(*terms) : Expr(gradient == Gradient::dx ? int(out_features) : int(batch)),
           "r");
    const Expr column = q * nr + j;
    const Expr inside = columns() % nr == 0 ? Internal::const_true() : likely(column < columns());
    const Expr b_value = hinge::predicated_load(ImageParam(b ? *b : *g), column, r, inside);
    // The order of the sum is the contract's: what is there first, then r ascending, one chain.
    acc(j, i, q) = accumulate
                       ? if_set(*accumulate, hinge::predicated_load(Func(*c), column, i, inside))
                       : Expr(0.0f);
    const Expr term = gradient == Gradient::dx        ? (*g)(r, i) * b_value
                      : gradient == Gradient::dweight ? (*g)(i, r) * b_value
                                                      : b_value;
    acc(j, i, q) = plus(acc(j, i, q), term, gradient == Gradient::dx ? int(out_features) : 0);
    (*c)(k, i) = acc(k % nr, i, k / nr);
  }

  void schedule() {
    const int nr = int(lanes) * int(vectors);
    hinge::set_shape(*g, out_features, batch);
    bool any_height = false;
    switch (gradient) {
    case Gradient::dx:
      any_height = batch == 0;
      hinge::set_shape(*b, in_features, out_features);
      hinge::set_shape(*c, in_features, batch);
      break;
    case Gradient::dweight:
      any_height = int(out_features) % int(rows) != 0;
      hinge::set_shape(*b, in_features, batch);
      hinge::set_shape(*c, in_features, any_height ? 0 : int(out_features));
      break;
    case Gradient::dbias:
      hinge::set_shape(*c, out_features, 1);
    }
    const int least_rows = !any_height ? int(rows) : gradient == Gradient::dx ? 1 : int(rows) - 1;
    hinge::schedule_linear(get_target(),
                           {*c, acc, j, i, q, k, any_height ? Expr(*tile_rows) : Expr(int(rows))},
                           {lanes, vectors, rows, 1, columns() <= nr, 1, least_rows});
  }

private:
  int columns() const { return gradient == Gradient::dbias ? out_features : in_features; }

  Input<Buffer<float, 2>> *g = nullptr, *b = nullptr;
  Input<int> *terms = nullptr, *accumulate = nullptr, *tile_rows = nullptr;
  Output<Buffer<float, 2>> *c = nullptr;
  Var j{"j"}, i{"i"}, q{"q"}, k{"k"};
  Func acc{"acc"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(LinearLayer, linear_layer)
HALIDE_REGISTER_GENERATOR(LinearLayerBackward, linear_layer_backward)

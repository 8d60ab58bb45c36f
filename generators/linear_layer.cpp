// A Linear layer whose shape is known when it is generated: y = act(x W^T + b), rows of x and y
// without gaps. The packed weights are a row of panels of nr = vectors * lanes output features,
//   packed(j, k, q) = W[q*nr + j, k]
// with zeros past the last output feature.
#include "activation.h"
#include "predicated_load.h"
#include "schedules/schedules.h"

namespace {

using namespace Halide;

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
    acc(j, m, q) += (*x)(k, m) * (*packed)(j, k, q);
    (*y)(n, m) = hinge::activate(activation, acc(n % nr, m, n / nr));
  }

  void schedule() {
    const int nr = int(lanes) * int(vectors);
    const int panels = (int(out_features) + nr - 1) / nr;
    // Two are enough to hide the loop's own instructions: 32x10->20 took 139 ns instead of 141,
    // with all ten unrolled 185 (Zen 4).
    const int steps = in_features % 2 == 0 ? 2 : 1;
    auto set_rows = [&](auto &dim) {
      if (batch > 0)
        dim.set_bounds(0, int(batch));
      else
        dim.set_min(0);
    };
    x->dim(0).set_bounds(0, int(in_features));
    auto x_rows = x->dim(1), y_rows = y->dim(1);
    set_rows(x_rows);
    set_rows(y_rows);
    x_rows.set_stride(int(in_features));
    y_rows.set_stride(int(out_features));
    packed->dim(0).set_bounds(0, nr);
    packed->dim(1).set_bounds(0, int(in_features)).set_stride(nr);
    packed->dim(2).set_bounds(0, panels).set_stride(int(in_features) * nr);
    y->dim(0).set_bounds(0, int(out_features));
    hinge::schedule_linear(get_target(),
                           {*y, acc, j, m, q, n, batch > 0 ? Expr(int(rows)) : Expr(*tile_rows)},
                           {lanes, vectors, rows, 1, panels == 1, steps});
  }

private:
  Input<Buffer<float, 2>> *x = nullptr, *bias = nullptr;
  Input<Buffer<float, 3>> *packed = nullptr;
  Input<int> *tile_rows = nullptr;
  Output<Buffer<float, 2>> *y = nullptr;
  Var j{"j"}, m{"m"}, q{"q"}, n{"n"};
  Func acc{"acc"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(LinearLayer, linear_layer)

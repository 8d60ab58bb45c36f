// Linear layer with its activation fused: y = act(x W^T + b), and the packing of W and b.
//
// Packed weights are a row of panels; a panel serves nr = vectors * lanes output features:
//   packed(j, 0, q)     = bias[q*nr + j]
//   packed(j, k + 1, q) = W[q*nr + j, k]
// with zeros where q*nr + j is past the last output feature. One panel is one stream of
// (in_features + 1) * nr floats that the micro-kernel reads from front to back.
#include "activation.h"
#include "schedules/cuda.h"
#include "schedules/schedules.h"
#include "shape.h"

namespace {

using namespace Halide;

/// With CUDA there is one panel, of all output features: its width, a multiple of 4, is that of
/// `packed`, which has rows of zeros up to a multiple of `terms`. tile_rows is not used.
///
/// x (batch, in_features), packed as above, y (batch, out_features). Rows of x and y may be
/// padded. `tile_rows` is the height of the register tile to use, 1 .. min(rows, batch): the
/// caller knows the batch and picks the height that wastes least. With `one_panel` out_features is
/// 1 .. nr.
class Linear : public Generator<Linear> {
public:
  GeneratorParam<std::string> activation{"activation", "relu"};
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> vectors{"vectors", 2};
  GeneratorParam<int> rows{"rows", 6};
  GeneratorParam<int> group{"group", 1};
  GeneratorParam<bool> one_panel{"one_panel", false};
  // With CUDA: the block's tile, a thread's part of it, and the terms of the sum that are staged.
  GeneratorParam<int> columns{"columns", 64};
  GeneratorParam<int> thread_columns{"thread_columns", 4};
  GeneratorParam<int> thread_rows{"thread_rows", 4};
  GeneratorParam<int> terms{"terms", 16};
  GeneratorParam<int> threads{"threads", 0}; // that stage them; 0: those of the tile

  Input<Buffer<float, 2>> x{"x"};
  Input<Buffer<float, 3>> packed{"packed"};
  Input<int> tile_rows{"tile_rows"};
  Output<Buffer<float, 2>> y{"y"};

  void generate() {
    if (get_target().has_feature(Target::CUDA))
      return generate_for_cuda();
    const int nr = panel_width();
    RDom k(0, x.dim(0).extent(), "k");
    // The order of the sum is the contract's: bias first, then k ascending, one chain.
    acc(j, m, q) = packed(j, 0, q);
    acc(j, m, q) += x(k, m) * packed(j, k + 1, q);
    y(n, m) = hinge::activate(activation, acc(n % nr, m, n / nr));
  }

  void generate_for_cuda() {
    const Expr in_features = x.dim(0).extent();
    RDom k(0, (in_features + terms - 1) / terms * terms, "k");
    // A block's tile may reach past the last column.
    const Expr column = hinge::inside(n, packed.dim(0).extent(), 4);
    x_tile(m, q) = hinge::padded(x, q, m, lanes);
    packed_tile(n, q) = packed(column, q + 1, 0);
    acc(n, m) = packed(column, 0, 0);
    acc(n, m) = strict_float(acc(n, m) + x_tile(m, k) * packed_tile(n, k));
    y(n, m) = hinge::activate(activation, acc(n, m));
  }

  void schedule() {
    const int nr = panel_width();
    x.dim(0).set_min(0).dim(1).set_min(0);
    if (get_target().has_feature(Target::CUDA)) {
      y.dim(0).set_min(0).dim(1).set_min(0);
      packed.dim(0).set_min(0).dim(1).set_min(0).dim(2).set_bounds(0, 1);
      hinge::set_aligned_rows(get_target(), packed, 4);
      hinge::set_aligned_rows(get_target(), x, lanes);
      hinge::set_aligned_rows(get_target(), y, lanes);
      hinge::cuda::schedule_product(
          {y, acc, x_tile, packed_tile, n, m, q},
          {columns, rows, thread_columns, thread_rows, terms, threads, lanes, 4});
      return;
    }
    packed.dim(0).set_bounds(0, nr).dim(1).set_min(0).set_stride(nr).dim(2).set_min(0);
    y.dim(0).set_min(0).dim(1).set_min(0);
    hinge::schedule_linear(get_target(), {y, acc, j, m, q, n, tile_rows},
                           {lanes, vectors, rows, group, one_panel});
  }

private:
  int panel_width() const { return int(lanes) * int(vectors); }

  Var j{"j"}, m{"m"}, q{"q"}, n{"n"};
  Func acc{"acc"}, x_tile{"x_tile"}, packed_tile{"packed_tile"};
};

/// W (out_features, in_features), rows may be padded, into the weight rows of the panels; the
/// bias rows are the runtime's to fill (`packed` here begins at row 1 of the first panel).
class LinearPack : public Generator<LinearPack> {
public:
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> vectors{"vectors", 2};

  Input<Buffer<float, 2>> weight{"weight"};
  Output<Buffer<float, 3>> packed{"packed"};

  void generate() {
    const int nr = int(lanes) * int(vectors);
    Expr in_features = weight.dim(0).extent(), out_features = weight.dim(1).extent();
    if (get_target().has_feature(Target::CUDA)) {
      weight_tile(k, j) = weight(min(k, in_features - 1), min(j, out_features - 1));
      packed(j, k, q) = select(j < out_features && k < in_features, weight_tile(k, j), 0.0f);
      return;
    }
    Expr n = q * nr + j;
    packed(j, k, q) = select(n < out_features, weight(k, min(n, out_features - 1)), 0.0f);
  }

  void schedule() {
    const int nr = int(lanes) * int(vectors);
    weight.dim(0).set_min(0).dim(1).set_min(0);
    packed.dim(0).set_min(0).dim(1).set_min(0).dim(2).set_min(0);
    if (get_target().has_feature(Target::CUDA)) {
      packed.dim(2).set_extent(1);
    } else {
      packed.dim(0).set_extent(nr);
      packed.dim(1).set_stride(nr);
    }
    hinge::schedule_linear_pack(get_target(), packed, weight_tile, {j, k, q}, lanes);
  }

private:
  Var j{"j"}, k{"k"}, q{"q"};
  Func weight_tile{"weight_tile"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(Linear, linear)
HALIDE_REGISTER_GENERATOR(LinearPack, linear_pack)

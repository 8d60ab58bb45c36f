// Linear layer with its activation fused, y = act(x W^T + b), and the packing of W.
//
// Packed weights are one panel of all output features. Their number is rounded up to a multiple of
// 4:
//   packed(n, 0, 0)     = bias[n]
//   packed(n, k + 1, 0) = W[n, k]
// with zeros past the last output feature, and rows of zeros up to a multiple of `terms`.
#include "../activations.h"
#include "../matrices.h"
#include "operands.h"
#include "schedule.h"

#include <hinge/plan/gpu_tiles.h>

namespace {

using namespace Halide;

/// x (batch, in_features), packed as above, y (batch, out_features). Rows of x and y may be padded.
class GpuLinear : public hinge::gpu::Product<GpuLinear> {
public:
  GeneratorParam<std::string> activation{"activation", "relu"};

  Input<Buffer<float, 2>> x{"x"};
  Input<Buffer<float, 3>> packed{"packed"};
  Input<int> parts{"parts"};
  Input<int> part_terms{"part_terms"};
  Output<Buffer<float, 2>> y{"y"};

  void generate() {
    // A block's tile may reach past the last column.
    const Expr column = hinge::gpu::inside(n, packed.dim(0).extent(), hinge::plan::gpu_vector);
    x_tile(m, q) = hinge::gpu::padded(x, q, m, lanes);
    packed_tile(n, q) = packed(column, q + 1, 0);
    hinge::gpu::define_sum_in_parts(product(), packed(column, 0, 0),
                                    {x.dim(0).extent(), parts, part_terms}, terms);
    y(n, m) = hinge::activate(activation, hinge::gpu::sum_of_parts(product()));
  }

  void schedule() {
    hinge::set_shape(x);
    hinge::set_shape(y);
    packed.dim(0).set_min(0).dim(1).set_min(0).dim(2).set_bounds(0, 1);
    hinge::gpu::set_aligned_rows(packed, hinge::plan::gpu_vector);
    hinge::gpu::set_aligned_rows(x, lanes);
    hinge::gpu::set_aligned_rows(y, lanes);
    hinge::gpu::schedule_product(product(), tile(hinge::plan::gpu_vector));
  }

private:
  hinge::gpu::ProductFuncs product() { return {y, acc, x_tile, packed_tile, n, m, q}; }

  Var m{"m"}, q{"q"}, n{"n"};
  Func acc{"acc"}, x_tile{"x_tile"}, packed_tile{"packed_tile"};
};

/// W (out_features, in_features), whose rows may be padded, into the weight rows of the panel.
/// `packed` begins at row 1: the runtime fills the bias row.
class GpuLinearPack : public Generator<GpuLinearPack> {
public:
  Input<Buffer<float, 2>> weight{"weight"};
  Output<Buffer<float, 3>> packed{"packed"};

  void generate() {
    Expr in_features = weight.dim(0).extent(), out_features = weight.dim(1).extent();
    weight_tile(k, j) = weight(min(k, in_features - 1), min(j, out_features - 1));
    packed(j, k, q) = select(j < out_features && k < in_features, weight_tile(k, j), 0.0f);
  }

  void schedule() {
    hinge::set_shape(weight);
    packed.dim(0).set_min(0).dim(1).set_min(0).dim(2).set_min(0).set_extent(1);
    hinge::gpu::schedule_linear_pack(packed, weight_tile, j, k);
  }

private:
  Var j{"j"}, k{"k"}, q{"q"};
  Func weight_tile{"weight_tile"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(GpuLinear, gpu_linear)
HALIDE_REGISTER_GENERATOR(GpuLinearPack, gpu_linear_pack)

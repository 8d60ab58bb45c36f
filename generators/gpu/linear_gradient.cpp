// The gradients of Linear (../gradients.h). g is computed where it is read, from y or from a mask.
#include "../activations.h"
#include "../gradients.h"
#include "../matrices.h"
#include "../predicated_load.h"
#include "operands.h"
#include "schedule.h"

namespace {

using namespace Halide;
using hinge::By;

/// dx (k, m), dweight (k, n) or dbias (n), whole. It has these arguments:
/// - the mask, or without `from_mask` y,
/// - dy,
/// - without `from_mask`, the activation's index in hinge::activations,
/// - accumulate: if it is not 0, dweight and dbias are added to the previous values; dx is written,
/// - parts and part_terms for dx,
/// - b for dx and dweight: the weight, or x,
/// - the gradient.
/// All rows of the float matrices begin at multiples of `lanes` elements and have a multiple of
/// `lanes` elements.
class GpuLinearGradient : public hinge::gpu::Product<GpuLinearGradient> {
public:
  GeneratorParam<By> by{"by", By::x, hinge::by_names};
  GeneratorParam<bool> from_mask{"from_mask", false};

  void configure() {
    if (from_mask)
      mask = add_input<Buffer<std::uint8_t, 2>>("mask");
    else
      y = add_input<Buffer<float, 2>>("y");
    dy = add_input<Buffer<float, 2>>("dy");
    if (!from_mask)
      activation = add_input<int>("activation");
    accumulate = add_input<int>("accumulate");
    if (by == By::x) {
      parts = add_input<int>("parts");
      part_terms = add_input<int>("part_terms");
    }
    if (by == By::bias) {
      dbias = add_output<Buffer<float, 1>>("dbias");
    } else {
      b = add_input<Buffer<float, 2>>("b");
      c = add_output<Buffer<float, 2>>("c");
    }
  }

  void generate() {
    switch (by) {
    case By::x:
      return define_dx();
    case By::weight:
      return define_dweight();
    case By::bias:
      return define_dbias();
    }
  }

  void schedule() {
    if (from_mask)
      hinge::set_shape(*mask);
    for (auto *matrix : {y, dy, b})
      set_rows(matrix);
    if (by == By::bias) {
      dbias->dim(0).set_min(0);
      return hinge::gpu::schedule_columns(*dbias, sum, n);
    }
    set_rows(c);
    hinge::gpu::schedule_product(product(), tile(lanes));
  }

private:
  // The products have tiles that reach past the edges. hinge::gpu::padded() makes the terms of the
  // left operand -0 there, and those of the right one 0.

  void define_dx() {
    const Expr count = out_features();
    left(i, j) = select(j / lanes < count / lanes, g(inside(j, count), min(i, batch() - 1)),
                        hinge::gpu::minus_zero());
    define_right(count);
    hinge::gpu::define_sum_in_parts(product(), 0.0f, {count, *parts, *part_terms}, terms);
    (*c)(k, i) = hinge::gpu::sum_of_parts(product());
  }

  void define_dweight() {
    const Expr count = batch();
    left(i, j) = select(j < count, g(inside(i, out_features()), min(j, count - 1)),
                        hinge::gpu::minus_zero());
    define_right(count);
    const Expr row = min(i, c->dim(1).extent() - 1);
    const Expr old = hinge::own_load(Func(*c), inside(k, b->dim(0).extent()), row);
    // The contract defines the order of the sum: c's previous value first, then r ascending, one
    // chain.
    RDom r(0, (count + terms - 1) / terms * terms, "r");
    sum(k, i) = select(*accumulate != 0, old, 0.0f);
    sum(k, i) = strict_float(sum(k, i) + left(i, r) * right(k, r));
    (*c)(k, i) = sum(k, i);
  }

  void define_right(const Expr &count) {
    const Expr column = inside(k, b->dim(0).extent());
    right(k, j) = select(j < count, (*b)(column, min(j, count - 1)), 0.0f);
  }

  void define_dbias() {
    RDom r(0, batch(), "r");
    const Parameter output = Func(*dbias).function().output_buffers()[0];
    const Expr old = hinge::predicated_load(output, 0, n, 0, Internal::const_true());
    sum(n) = select(*accumulate != 0, old, 0.0f);
    sum(n) = strict_float(sum(n) + g(n, r));
    (*dbias)(n) = sum(n);
  }

  Expr g(const Expr &n, const Expr &m) {
    if (from_mask)
      return hinge::gpu::pass_by_bits(*mask, n, m, (*dy)(n, m));
    Expr flat = Internal::const_false();
    for (int a = 0; a < int(std::size(hinge::activations)); a++)
      flat = flat || (*activation == a && hinge::activations[a].is_flat((*y)(n, m)));
    return strict_float(select(flat, 0.0f, (*dy)(n, m)));
  }

  hinge::gpu::ProductFuncs product() { return {*c, sum, left, right, k, i, j, by == By::weight}; }

  Expr batch() { return dy->dim(1).extent(); }
  Expr out_features() { return dy->dim(0).extent(); }

  Expr inside(const Expr &at, const Expr &size) { return hinge::gpu::inside(at, size, lanes); }

  template <class Matrix>
  void set_rows(Matrix *matrix) {
    if (!matrix)
      return;
    hinge::set_shape(*matrix);
    hinge::gpu::set_aligned_rows(*matrix, lanes);
  }

  Input<Buffer<float, 2>> *y = nullptr, *dy = nullptr, *b = nullptr;
  Input<Buffer<std::uint8_t, 2>> *mask = nullptr;
  Input<int> *activation = nullptr, *accumulate = nullptr, *parts = nullptr, *part_terms = nullptr;
  Output<Buffer<float, 2>> *c = nullptr;
  Output<Buffer<float, 1>> *dbias = nullptr;
  Var i{"i"}, j{"j"}, k{"k"}, n{"n"};
  Func sum{"sum"}, left{"left"}, right{"right"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(GpuLinearGradient, gpu_linear_gradient)

// The products of Linear's backward, c = A B or c += A B, with A and B where the caller has them:
//   dx[m, k] = sum over n of g[m, n] W[n, k]: A = g,    B = W
//   dW[n, k] = sum over m of g[m, n] x[m, k]: A = g^T,  B = x
//   db[n]    = sum over m of 1 g[m, n]:       A = ones, B = g
// g = act'(y) * dy, which the runtime makes a block at a time (activation_backward).
//
// With CUDA g is made where it is read, from y or a mask: linear_gradient and linear_bias_gradient.
#include "activation.h"
#include "predicated_load.h"
#include "schedules/cuda.h"
#include "schedules/schedules.h"
#include "shape.h"

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

/// g[m, n] (n, m) from what the caller has: dy and, without `from_mask`, y and the index of the
/// activation in hinge::activations, else the mask.
template <class T>
class FromGradient : public Generator<T> {
public:
  GeneratorParam<bool> from_mask{"from_mask", false};
  GeneratorParam<int> lanes{"lanes", 1}; // 4: all rows begin at 16 bytes, and have a multiple of 4

  void configure() {
    if (from_mask)
      mask = this->template add_input<Buffer<std::uint8_t, 2>>("mask");
    else
      y = this->template add_input<Buffer<float, 2>>("y");
    dy = this->template add_input<Buffer<float, 2>>("dy");
    if (!from_mask)
      activation = this->template add_input<int>("activation");
    accumulate = this->template add_input<int>("accumulate");
  }

protected:
  Expr g(const Expr &n, const Expr &m) {
    if (from_mask)
      return hinge::pass_by_bits(*mask, n, m, (*dy)(n, m));
    Expr flat = Internal::const_false();
    for (int a = 0; a < int(std::size(hinge::activations)); a++)
      flat = flat || (*activation == a && hinge::activations[a].is_flat((*y)(n, m)));
    return strict_float(select(flat, 0.0f, (*dy)(n, m)));
  }

  Expr batch() { return dy->dim(1).extent(); }
  Expr out_features() { return dy->dim(0).extent(); }

  void set_shapes() {
    if (from_mask)
      mask->dim(0).set_min(0).dim(1).set_min(0);
    for (auto *matrix : {y, dy})
      if (matrix) {
        matrix->dim(0).set_min(0).dim(1).set_min(0);
        hinge::set_aligned_rows(this->get_target(), *matrix, lanes);
      }
  }

  GeneratorInput<Buffer<float, 2>> *y = nullptr, *dy = nullptr;
  GeneratorInput<Buffer<std::uint8_t, 2>> *mask = nullptr;
  GeneratorInput<int> *activation = nullptr, *accumulate = nullptr;
};

/// dx[m, k], or with `by_weight` dweight[n, k], whole; b is W or x, c the gradient. dx is written,
/// dweight added to where accumulate is not 0.
class LinearGradient : public FromGradient<LinearGradient> {
public:
  GeneratorParam<bool> by_weight{"by_weight", false};
  GeneratorParam<int> columns{"columns", 64};
  GeneratorParam<int> rows{"rows", 64};
  GeneratorParam<int> thread_columns{"thread_columns", 4};
  GeneratorParam<int> thread_rows{"thread_rows", 4};
  GeneratorParam<int> terms{"terms", 16};
  GeneratorParam<int> threads{"threads", 0};

  void configure() {
    FromGradient::configure();
    b = add_input<Buffer<float, 2>>("b");
    c = add_output<Buffer<float, 2>>("c");
  }

  void generate() {
    const Expr count = by_weight ? batch() : out_features();
    RDom r(0, (count + terms - 1) / terms * terms, "r");
    // Past the edges as hinge::padded has it: the left operand's terms are -0, the right one's 0.
    const auto inside = [&](const Expr &at, const Expr &size) {
      return hinge::inside(at, size, lanes);
    };
    if (by_weight)
      left(i, j) =
          select(j < count, g(inside(i, out_features()), min(j, count - 1)), hinge::minus_zero());
    else
      left(i, j) = select(j / lanes < count / lanes, g(inside(j, count), min(i, batch() - 1)),
                          hinge::minus_zero());
    const Expr columns_of_b = b->dim(0).extent();
    right(k, j) = select(j < count, (*b)(inside(k, columns_of_b), min(j, count - 1)), 0.0f);
    // The order of the sum is the contract's: what c holds first, then r ascending, one chain.
    if (by_weight) {
      const Expr row = min(i, c->dim(1).extent() - 1);
      const Expr old = hinge::own_load(Func(*c), inside(k, columns_of_b), row);
      sum(k, i) = select(*accumulate != 0, old, 0.0f);
    } else {
      sum(k, i) = 0.0f;
    }
    sum(k, i) = strict_float(sum(k, i) + left(i, r) * right(k, r));
    (*c)(k, i) = sum(k, i);
  }

  void schedule() {
    set_shapes();
    b->dim(0).set_min(0).dim(1).set_min(0);
    c->dim(0).set_min(0).dim(1).set_min(0);
    hinge::set_aligned_rows(get_target(), *b, lanes);
    hinge::set_aligned_rows(get_target(), *c, lanes);
    hinge::cuda::schedule_product(
        {*c, sum, left, right, k, i, j, by_weight},
        {columns, rows, thread_columns, thread_rows, terms, threads, lanes, lanes});
  }

private:
  Input<Buffer<float, 2>> *b = nullptr;
  Output<Buffer<float, 2>> *c = nullptr;
  Var i{"i"}, j{"j"}, k{"k"};
  Func sum{"sum"}, left{"left"}, right{"right"};
};

/// dbias[n] = sum over m of g[m, n], added to what is there where accumulate is not 0.
class LinearBiasGradient : public FromGradient<LinearBiasGradient> {
public:
  void configure() {
    FromGradient::configure();
    dbias = add_output<Buffer<float, 1>>("dbias");
  }

  void generate() {
    RDom r(0, batch(), "r");
    const Parameter output = Func(*dbias).function().output_buffers()[0];
    const Expr old = hinge::predicated_load(output, 0, n, 0, Internal::const_true());
    sum(n) = select(*accumulate != 0, old, 0.0f);
    sum(n) = strict_float(sum(n) + g(n, r));
    (*dbias)(n) = sum(n);
  }

  void schedule() {
    set_shapes();
    dbias->dim(0).set_min(0);
    hinge::cuda::schedule_columns(*dbias, sum, n);
  }

private:
  Output<Buffer<float, 1>> *dbias = nullptr;
  Var n{"n"};
  Func sum{"sum"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(LinearBackward, linear_backward)
HALIDE_REGISTER_GENERATOR(LinearGradient, linear_gradient)
HALIDE_REGISTER_GENERATOR(LinearBiasGradient, linear_bias_gradient)

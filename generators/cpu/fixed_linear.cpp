// A Linear layer whose shape is known when it is generated, y = act(x W^T + b), and its gradients.
// No matrix has gaps between its rows. The packed weights are a row of panels, each of nr = vectors
// * lanes output features:
//   packed(j, k, q) = W[q*nr + j, k]
// with the last output feature again in what is left of the last panel.
#include "../activations.h"
#include "../gradients.h"
#include "../matrices.h"
#include "../predicated_load.h"
#include "chains.h"
#include "schedule.h"

#include <hinge/plan/chains.h>

#include <algorithm>

namespace {

using namespace Halide;
using hinge::By;

/// sum + term. `terms_from_zero` is the number of terms of a sum that begins with 0.0f, otherwise
/// 0. LLVM knows that a sum of one term is 0 + x. It replaces the sum by x, which differs for -0;
/// strict_float keeps the addition. Longer sums are loops, which LLVM does not analyze.
Expr plus(const Expr &sum, const Expr &term, int terms_from_zero) {
  return terms_from_zero == 1 ? strict_float(sum + term) : sum + term;
}

/// x if all bits of `mask` are set, 0.0f if none is. LLVM makes two sums of a select, one of them
/// without the addition of 0. That one is then no FMA (a batch of 1 with AVX-512).
Expr if_set(const Expr &mask, const Expr &x) {
  return reinterpret<float>(reinterpret<std::int32_t>(x) & mask);
}

/// A sum of `terms` terms, in parts (plan/chains.h): groups of `side` parts, then the last group.
class SumInParts {
public:
  SumInParts(int terms, int side)
      : part_terms_(int(hinge::plan::chain_terms(terms))),
        count_(int(hinge::plan::chains_of(terms))), side_(std::min(side, count_)),
        groups_((count_ - 1) / side_) {
    last_terms_ = terms - (count_ - 1) * part_terms_;
  }

  /// Terms in the loop of the last group, which has the terms of a short sum alone.
  int terms() const { return last_terms_; }

  /// add(sum, k) is the sum with term k.
  template <class Add>
  void define(const Var &column, const Var &row, const Var &panel, const Expr &first,
              const Add &add) {
    const int before = groups_ * side_;
    const auto add_term = [&](const Expr &sum, const Expr &part, const Expr &r) {
      return add(sum, part * part_terms_ + r);
    };
    chains = hinge::cpu::chains(
        column, row, panel, {count_ - before, last_terms_, part_terms_ - last_terms_},
        before > 0 ? Expr(0.0f) : first, [&](const Expr &sum, const Expr &part, const Expr &r) {
          return add_term(sum, before + part, r);
        });
    Expr total = chains.sums(column, row, panel, 0);
    if (before > 0) {
      groups = hinge::cpu::groups(column, row, panel, groups_, side_, part_terms_, first, add_term);
      total = strict_float(groups.total(column, row, panel) + total);
    }
    sum(column, row, panel) = hinge::cpu::add_chains(total, chains, 1, column, row, panel);
  }

  Func sum{"sum"};
  hinge::cpu::Chains chains;
  hinge::cpu::Groups groups;

private:
  int part_terms_, count_, side_, groups_, last_terms_;
};

/// x (batch, in_features), packed as above, bias (out_features floats, only with `has_bias`), and y
/// (batch, out_features). If `batch` is not 0, register tiles are `rows` high and the last one
/// shifts inwards. `batch` 0 means any multiple of `tile_rows`, 1 .. rows, which is then the
/// height.
class FixedLinear : public Generator<FixedLinear> {
public:
  GeneratorParam<std::string> activation{"activation", "relu"};
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> vectors{"vectors", 2};
  GeneratorParam<int> rows{"rows", 6};
  GeneratorParam<int> side{"side", 1}; // parts of a sum side by side
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
    parts = SumInParts(in_features, side);
    const int nr = int(lanes) * int(vectors);
    const Expr feature = q * nr + j;
    const Expr inside =
        int(out_features) % nr == 0 ? Internal::const_true() : feature < int(out_features);
    const Expr first =
        has_bias ? hinge::padded_load(ImageParam(*bias), feature, 0, inside, int(out_features) - 1)
                 : Expr(0.0f);
    parts.define(j, m, q, first, [&](const Expr &sum, const Expr &k) {
      return plus(sum, (*x)(k, m) * (*packed)(j, k, q), has_bias ? 0 : in_features);
    });
    (*y)(n, m) = hinge::activate(activation, parts.sum(n % nr, m, n / nr));
  }

  void schedule() {
    const int nr = int(lanes) * int(vectors);
    const int panels = (int(out_features) + nr - 1) / nr;
    hinge::set_shape(*x, in_features, batch);
    hinge::set_shape(*y, out_features, batch);
    packed->dim(0).set_bounds(0, nr);
    packed->dim(1).set_bounds(0, int(in_features)).set_stride(nr);
    packed->dim(2).set_bounds(0, panels).set_stride(int(in_features) * nr);
    hinge::cpu::schedule_linear(get_target(),
                                {*y, parts.sum, parts.chains, parts.groups, j, m, q, n,
                                 batch > 0 ? Expr(int(rows)) : Expr(*tile_rows)},
                                {lanes, vectors, rows, 1, panels == 1, parts.terms()});
  }

private:
  Input<Buffer<float, 2>> *x = nullptr, *bias = nullptr;
  Input<Buffer<float, 3>> *packed = nullptr;
  Input<int> *tile_rows = nullptr;
  Output<Buffer<float, 2>> *y = nullptr;
  Var j{"j"}, m{"m"}, q{"q"}, n{"n"};
  SumInParts parts{1, 1};
};

/// One of the gradients (../gradients.h) from g (batch, out_features), as a product of matrices in
/// the caller's memory.
///
/// dx is written. dweight and dbias are added to the previous values if all bits of `accumulate`
/// are set, and written if it is 0. `batch` 0 means any, and dx then has a multiple of `tile_rows`
/// rows, 1 .. rows. Otherwise dx has `batch` rows in tiles of `rows`, the last of which shifts
/// inwards.
///
/// dweight has out_features rows if that is a multiple of `rows`. Otherwise a call computes a
/// multiple of `tile_rows` of them, which is `rows` or one less. No row may be computed twice,
/// because it may be added to the previous value.
class FixedLinearGradient : public Generator<FixedLinearGradient> {
public:
  GeneratorParam<By> by{"by", By::x, hinge::by_names};
  GeneratorParam<int> lanes{"lanes", 8};
  GeneratorParam<int> vectors{"vectors", 2};
  GeneratorParam<int> rows{"rows", 6};
  GeneratorParam<int> side{"side", 1}; // parts of a sum side by side
  GeneratorParam<int> in_features{"in_features", 1};
  GeneratorParam<int> out_features{"out_features", 1};
  GeneratorParam<int> batch{"batch", 0};

  void configure() {
    g = add_input<Buffer<float, 2>>("g");
    if (by != By::bias)
      b = add_input<Buffer<float, 2>>(by == By::x ? "weight" : "x");
    if (by != By::x && batch == 0)
      terms = add_input<int>("terms");
    if (by != By::x)
      accumulate = add_input<int>("accumulate");
    if (by == By::weight || (by == By::x && batch == 0))
      tile_rows = add_input<int>("tile_rows");
    c = add_output<Buffer<float, 2>>("c");
  }

  void generate() {
    const int nr = int(lanes) * int(vectors);
    const Expr column = q * nr + j;
    const Expr inside = columns() % nr == 0 ? Internal::const_true() : likely(column < columns());
    const ImageParam b_matrix(b ? *b : *g);
    const Expr first =
        accumulate
            ? if_set(*accumulate, hinge::padded_load(Func(*c), column, i, inside, padding(column)))
            : Expr(0.0f);
    const auto add = [&](const Expr &sum, const Expr &r) {
      const Expr b_value = is_padded()
                               ? hinge::padded_load(b_matrix, column, r, inside, padding(column))
                               : hinge::predicated_load(b_matrix, column, r, inside);
      const Expr term = by == By::x        ? (*g)(r, i) * b_value
                        : by == By::weight ? (*g)(i, r) * b_value
                                           : b_value;
      return plus(sum, term, by == By::x ? int(out_features) : 0);
    };
    if (by == By::x) {
      parts = SumInParts(out_features, side);
      parts.define(j, i, q, first, add);
    } else {
      // One chain over the batch: batches that are added one after the other have its bits.
      parts.chains = hinge::cpu::chains(
          j, i, q, {1, terms ? Expr(*terms) : Expr(int(batch)), 0}, first,
          [&](const Expr &sum, const Expr &, const Expr &r) { return add(sum, r); });
      parts.sum(j, i, q) = parts.chains.sums(j, i, q, 0);
    }
    (*c)(k, i) = parts.sum(k % nr, i, k / nr);
  }

  void schedule() {
    const int nr = int(lanes) * int(vectors);
    hinge::set_shape(*g, out_features, batch);
    bool any_height = false;
    switch (by) {
    case By::x:
      any_height = batch == 0;
      hinge::set_shape(*b, in_features, out_features);
      hinge::set_shape(*c, in_features, batch);
      break;
    case By::weight:
      any_height = int(out_features) % int(rows) != 0;
      hinge::set_shape(*b, in_features, batch);
      hinge::set_shape(*c, in_features, any_height ? 0 : int(out_features));
      break;
    case By::bias:
      hinge::set_shape(*c, out_features, 1);
    }
    const int least_rows = !any_height ? int(rows) : by == By::x ? 1 : int(rows) - 1;
    hinge::cpu::schedule_linear(get_target(),
                                {*c, parts.sum, parts.chains, parts.groups, j, i, q, k,
                                 any_height ? Expr(*tile_rows) : Expr(int(rows))},
                                {lanes, vectors, rows, 1, columns() <= nr, 1, least_rows});
  }

private:
  int columns() const { return by == By::bias ? out_features : in_features; }

  /// Whether the last vector has one column. On ARM LLVM sees that its padding makes all lanes the
  /// same, multiplies once, and adds apart: no FMA.
  bool is_splat() const { return get_target().arch == Target::ARM && columns() % int(lanes) == 1; }
  /// The column that lanes past the last one compute again. dx takes that of the panel before with
  /// AVX-512 and on ARM. If a vector had nothing but the last column, LLVM would multiply it once
  /// and add apart. dweight has no such choice, because the panel before has new values.
  Expr padding(const Expr &column) const {
    const int nr = int(lanes) * int(vectors);
    if (by == By::x && (lanes == 16 || get_target().arch == Target::ARM) && columns() > nr)
      return column - nr;
    return columns() - (is_splat() && columns() > 1 ? 2 : 1);
  }
  /// A single column on ARM has no other to repeat: its padding is 0, and may raise FE_INVALID. A
  /// sum of one term is no FMA anyway.
  bool is_padded() const {
    return !is_splat() || columns() > 1 || (by == By::x && out_features == 1);
  }

  Input<Buffer<float, 2>> *g = nullptr, *b = nullptr;
  Input<int> *terms = nullptr, *accumulate = nullptr, *tile_rows = nullptr;
  Output<Buffer<float, 2>> *c = nullptr;
  Var j{"j"}, i{"i"}, q{"q"}, k{"k"};
  SumInParts parts{1, 1};
};

} // namespace

HALIDE_REGISTER_GENERATOR(FixedLinear, fixed_linear)
HALIDE_REGISTER_GENERATOR(FixedLinearGradient, fixed_linear_gradient)

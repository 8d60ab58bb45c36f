// Sums in parts, each of which is one chain of FMAs (plan/chains.h).
#pragma once

#include <Halide.h>

#include <vector>

namespace hinge::cpu {

/// Parts (column, row, panel, part) that a register tile computes side by side.
struct Chains {
  int count = 0;
  Halide::Func sums{"chains"};
  Halide::Var part{"part"};
  std::vector<Halide::RDom> updates; // of `sums`: part and term
};

/// All of `parts` have `terms` terms, and all but the last have `more`.
struct GroupTerms {
  int parts;
  Halide::Expr terms, more;
};

/// Defines the chains of a group. The contract defines the order: chain 0 begins with `first`, the
/// others with 0, and each adds its terms one after the other. add(sum, part, r) is the sum with
/// term r of a part.
template <class Add>
Chains chains(const Halide::Var &column, const Halide::Var &row, const Halide::Var &panel,
              const GroupTerms &group, const Halide::Expr &first, const Add &add) {
  using namespace Halide;
  Chains c;
  c.count = group.parts;
  c.sums(column, row, panel, c.part) = select(c.part == 0, first, 0.0f);
  c.updates.emplace_back(0, group.parts, 0, group.terms, "terms");
  if (group.parts > 1 && !Internal::is_const_zero(group.more))
    c.updates.emplace_back(0, group.parts - 1, group.terms, group.more, "more_terms");
  for (const RDom &r : c.updates)
    c.sums(column, row, panel, r.x) = add(c.sums(column, row, panel, r.x), r.x, r.y);
  return c;
}

/// `sum` and then the chains from part `part` on, added in order.
inline Halide::Expr add_chains(Halide::Expr sum, const Chains &c, int part,
                               const Halide::Expr &column, const Halide::Expr &row,
                               const Halide::Expr &panel) {
  for (; part < c.count; part++)
    sum = Halide::strict_float(sum + c.sums(column, row, panel, part));
  return sum;
}

/// Groups of whole parts, one after the other, and their total. The sums and the total together are
/// more than the registers of a tall tile. So the total, and the sums that it adds, are in memory.
struct Groups {
  Halide::Func sums{"groups"};   // (column, row, panel, part)
  Halide::Func stored{"stored"}; // the same
  Halide::Var part{"part"};
  Halide::RVar term;           // of the update of `sums`
  Halide::Func total{"total"}; // (column, row, panel)
  Halide::RDom parts;          // of the update of `total`: part in the group and group
};

/// Defines `count` groups of `side` parts of `part_terms` terms.
template <class Add>
Groups groups(const Halide::Var &column, const Halide::Var &row, const Halide::Var &panel,
              const Halide::Expr &count, int side, const Halide::Expr &part_terms,
              const Halide::Expr &first, const Add &add) {
  using namespace Halide;
  Groups g;
  const auto chain = [&](const Expr &part) { return g.sums(column, row, panel, part); };
  g.sums(column, row, panel, g.part) = select(g.part == 0, first, 0.0f);
  const RDom r(0, part_terms, "group_terms");
  g.term = r;
  g.sums(column, row, panel, g.part) = add(chain(g.part), g.part, r);
  g.stored(column, row, panel, g.part) = chain(g.part);
  g.total(column, row, panel) = 0.0f;
  g.parts = RDom(0, side, 0, count, "groups");
  const Expr part = g.parts.y * side + g.parts.x;
  const Expr sum = g.stored(column, row, panel, part), total = g.total(column, row, panel);
  g.total(column, row, panel) = select(part == 0, sum, strict_float(total + sum));
  return g;
}

} // namespace hinge::cpu

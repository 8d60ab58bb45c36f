#include "passes.h"

namespace hinge::cpu {

using namespace Halide;

namespace {

class MaskedLanesAreZero : public Internal::IRMutator {
  using IRMutator::visit;

  Expr visit(const Internal::Load *op) override {
    const Expr load = IRMutator::visit(op);
    if (Internal::is_const_one(op->predicate))
      return load;
    return Internal::Select::make(op->predicate, load, Internal::make_zero(op->type));
  }
};

} // namespace

void define_masked_lanes(Module *module) {
  if (module->target().has_feature(Target::AVX))
    return;
  for (Internal::LoweredFunc &function : module->functions())
    function.body = MaskedLanesAreZero().mutate(function.body);
}

} // namespace hinge::cpu

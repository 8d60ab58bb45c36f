// A call on the host, from its arguments to its status.
#pragma once

#include "dispatch/kernels.h"
#include "dispatch/target.h"

#include "hinge/hinge.h"

namespace hinge::detail {

/// The target whose kernels compute a call. Layers have one of their own.
template <class Op>
const Target *target_of(const Op &) {
  return active_target();
}

namespace host {

/// Runs an operator (operators/) without a copy of it. An operator with more members than fit in
/// registers takes this way: a small gradient takes 120 ns, and 135 with a copy.
template <class Op>
[[gnu::always_inline]] inline hinge_status run_in_place(Op &&op) {
  if (hinge_status s = op.check())
    return s;
  const Target *target = target_of(op);
  if (!target)
    return HINGE_UNSUPPORTED_TARGET;
  if (op.is_empty())
    return HINGE_OK;
  return kernel_status(compute(op, *target));
}

/// Runs an operator by the function compute(op, target), which returns the status of its last
/// kernel. This function, check() and compute() are always inline and the operator is a copy, so
/// that its members stay in registers. 1x16->16 takes 36 ns, and 40 with the members in memory.
template <class Op>
[[gnu::always_inline]] inline hinge_status run(Op op) {
  return run_in_place(op);
}

} // namespace host

} // namespace hinge::detail

// A call on a GPU, from its arguments to its status.
#pragma once

#include "cuda/launch.h"
#include "cuda/memory.h"

#include "hinge/hinge.h"

namespace hinge::detail::cuda {

/// Checks that a call is in the context of its layer, if it has one.
template <class Op>
hinge_status check_context(const Call &, const Op &) {
  return HINGE_OK;
}

/// Runs an operator (operators/) in a stream by the function launch(call, op).
template <class Op>
hinge_status run(Op op, void *stream) {
  if (hinge_status s = op.check())
    return s;
  Call call(stream);
  if (call.status() != HINGE_OK)
    return call.status();
  if (hinge_status s = check_context(call, op))
    return s;
  if (hinge_status s = check_locations(call, op.arguments()))
    return s;
  return op.is_empty() ? HINGE_OK : launch(call, op);
}

} // namespace hinge::detail::cuda

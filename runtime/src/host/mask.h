// Masks on the host.
#pragma once

#include "dispatch/kernels.h"

#include "hinge/hinge.h"

namespace hinge::detail {

/// Writes the mask of a checked x that is not empty, by `act`, which is not none. Returns the
/// kernel's status.
int write_mask(const Target &target, hinge_activation act, const hinge_const_view &x,
               const hinge_mask &mask);

} // namespace hinge::detail

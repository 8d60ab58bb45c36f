#pragma once

#include "launch.h"

namespace hinge::detail::cuda {

/// The mask of a checked y that is not empty, by `act`, which is not none.
hinge_status write_mask(Call &call, hinge_activation act, const hinge_const_view &y,
                        const hinge_mask &mask);

} // namespace hinge::detail::cuda

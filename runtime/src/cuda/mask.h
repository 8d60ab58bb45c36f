// Masks on a GPU.
#pragma once

#include "cuda/launch.h"

namespace hinge::detail::cuda {

/// Writes the mask of a checked, non-empty y by `act`, which is not none.
hinge_status write_mask(Call &call, hinge_activation act, const hinge_const_view &y,
                        const hinge_mask &mask);

} // namespace hinge::detail::cuda

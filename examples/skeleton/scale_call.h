// Part 2, the call: what a program includes.
#pragma once

#include <hinge/hinge.hpp>

namespace skeleton {

/// y = factor * x, element by element. x and y have the same shape and share no memory.
///
/// Throws hinge::Error if an argument is wrong, and then leaves y as it was. Allocates nothing.
void scale(float factor, const hinge::ConstView &x, const hinge::View &y);

} // namespace skeleton

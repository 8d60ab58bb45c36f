// The gradients of a Linear layer.
#pragma once

#include <map>
#include <string>

namespace hinge {

/// The variable of a gradient. g is act'(y) * dy. The gradients are:
///   dx[m, k]      = sum over n of g[m, n] weight[n, k]
///   dweight[n, k] = sum over m of g[m, n] x[m, k]
///   dbias[n]      = sum over m of g[m, n]
enum class By { x, weight, bias };

/// The values of a generator's parameter `by`.
inline const std::map<std::string, By> by_names = {
    {"x", By::x}, {"weight", By::weight}, {"bias", By::bias}};

} // namespace hinge

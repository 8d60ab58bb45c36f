// The activations' names. A name's index is the value of its enumerator in hinge.h.
#pragma once

#include <string_view>

namespace hinge::plan {

/// The first one means a layer without an activation.
inline constexpr const char *activations[] = {"none", "relu", "relu6"};
inline constexpr int activation_count = int(sizeof activations / sizeof *activations);

/// The index of a name; -1: there is no such activation.
constexpr int activation_index(std::string_view name) {
  for (int i = 0; i < activation_count; i++)
    if (activations[i] == name)
      return i;
  return -1;
}

} // namespace hinge::plan

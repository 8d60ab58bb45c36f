// The keywords of a layer's call, its names, and the refusals that both kinds of layer share.
#pragma once

#include "layer.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hinge::hingec {

/// The keywords that a command knows. Both know TARGETS and PROFILE, which take several values.
struct Keywords {
  std::vector<std::string> one_value, switches;
};

/// Refuses a call: "hinge_add_linear(<name>): <why>".
[[noreturn]] void refuse(const LayerCall &call, const std::string &why);

/// A call's arguments, with the rules of cmake_parse_arguments. A keyword is one in any place, and
/// an empty value counts as none. The last value counts, but TARGETS and PROFILE collect all.
class Arguments {
public:
  /// Refuses unknown words and keywords without a value.
  Arguments(const LayerCall &call, const Keywords &keywords);

  /// The value of a keyword, or its default if the call has none.
  std::string value(const std::string &keyword, const std::string &otherwise = "") const;
  const std::vector<std::string> &values(const std::string &keyword) const;
  bool has(const std::string &keyword) const { return values_.count(keyword) > 0; }

  [[noreturn]] void refuse(const std::string &why) const { hingec::refuse(call_, why); }

  /// A number from 1 to `largest`, or 0 if the value is "any" and that is allowed.
  std::int64_t size(const std::string &keyword, const std::string &otherwise, std::int64_t largest,
                    bool may_be_any) const;

  /// One of the activations that are `allowed`.
  std::string activation(const std::string &otherwise,
                         const std::vector<std::string> &allowed) const;

private:
  void read(const std::vector<std::string> &arguments, const Keywords &keywords);

  const LayerCall &call_;
  std::map<std::string, std::vector<std::string>> values_; // of those that the call has
  std::vector<std::string> unknown_, without_value_;
};

/// The names that a layer gives its files, functions and kernels.
struct LayerNames {
  std::string name;      // my_layer
  std::string space;     // app::deep, or ""
  std::string c;         // app_deep_my_layer: the start of its C names
  std::string qualified; // app::deep::my_layer

  /// Refuses names that C or C++ does not allow, that are in use (reserved.h), and the library's.
  LayerNames(const LayerCall &call, const std::string &name_space);

  /// A kernel of the layer for a target. A C name may have underscores, and a role and a target
  /// have none. So two layers never share a symbol unless they share their C name.
  std::string kernel(const std::string &role, const std::string &target) const {
    return "hinge_layer_" + c + "_" + role + "_" + target;
  }
};

/// The build's targets for a layer: those that TARGETS names, with the tile sizes of PROFILE.
/// Refuses unknown names, and more than one target for a MINIMAL layer.
Targets targets_for_layer(const Arguments &arguments, const Build &build, bool is_minimal);

/// Refuses a layer one of whose symbols is the C library's or another layer's: "<symbol>=<layer>"
/// in `taken`.
void check_symbols(const LayerCall &call, const std::vector<std::string> &symbols,
                   const std::vector<std::string> &taken);

} // namespace hinge::hingec

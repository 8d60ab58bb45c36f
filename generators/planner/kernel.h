// A kernel that hingec generates.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hinge::hingec {

/// The arguments of a generator, and the function that comes out.
struct KernelSpec {
  std::string symbol;    // the function
  std::string generator; // its name in Halide's registry
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string halide_target;
  std::string target;
};

/// "<symbol> <generator> <Halide's target> <parameter>=<value>...": everything that the machine
/// code depends on, apart from hingec itself.
inline std::string to_line(const KernelSpec &kernel) {
  std::string line = kernel.symbol + " " + kernel.generator + " " + kernel.halide_target;
  for (const auto &[name, value] : kernel.parameters)
    line += " " + name + "=" + value;
  return line;
}

} // namespace hinge::hingec

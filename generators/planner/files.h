// Files that hingec writes.
#pragma once

#include <string>
#include <vector>

namespace hinge::hingec {

/// Writes the text. A file that already has this text stays untouched, so that nothing is built
/// again.
void write_if_different(const std::string &path, const std::string &text);

/// A depfile for make and Ninja: `out` depends on `inputs`.
void write_depfile(const std::string &path, const std::string &out,
                   const std::vector<std::string> &inputs);

/// The whole file; "" if there is none.
std::string read_file(const std::string &path);

} // namespace hinge::hingec

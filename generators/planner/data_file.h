// The text of target files and profiles: lines of `key = value`, sections by element type.
#pragma once

#include "refusal.h"

#include <map>
#include <string>

namespace hinge::hingec {

/// A value and its place, "<file>:<line>".
struct Value {
  std::string text, where;

  /// The value, read as a number. The reader has checked that it is one.
  int number() const { return std::stoi(text); }
};

/// One file. Keys of a section [float32] are called "float32.<key>".
struct DataFile {
  std::string path, name; // the name is the path's without folders and extension
  bool is_target = false; // a .target file: kernels of its own; otherwise tile sizes for a target
  std::map<std::string, Value> values;

  const Value *find(const std::string &key) const {
    const auto found = values.find(key);
    return found == values.end() ? nullptr : &found->second;
  }
};

/// Reads a file. Refuses a line of another form, an unknown or repeated key and a value that no
/// schedule can take, with file and line. A key of a section that stands outside any section
/// belongs to float32.
DataFile read_data_file(const std::string &path);

/// The heights of register tiles, and the panels side by side, that a file may have.
inline constexpr int lowest_tile = 2, tallest_tile = 30, largest_group = 16;

/// The keys that a section of a file for a CPU, or for a GPU, may have, in the order of lists.
std::vector<std::string> tile_keys(bool is_gpu);

} // namespace hinge::hingec

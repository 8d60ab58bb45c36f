// A library's record about itself (runtime/include/hinge/record.h), which hinge_info prints.
#pragma once

#include "json.h"
#include "target.h"

#include <string>
#include <vector>

namespace hinge::hingec {

/// A target of the library: its number of kernels there, and the features that they need.
struct RecordTarget {
  std::string name, profile, needs;
  int kernels;
};

/// Adds the versions of Hinge and Halide, the targets and the kernels (JSON each) to a record.
std::string record(json::Object object, const std::vector<RecordTarget> &targets,
                   const std::vector<std::string> &kernels);

/// The line of C++ that puts it into the library.
std::string record_source(const std::string &record);

} // namespace hinge::hingec

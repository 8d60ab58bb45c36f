// What hinge_bench_cuda writes: a line for each row on the screen, and all rows as JSON.
#pragma once

#include "timer.h"

#include <functional>
#include <string>
#include <vector>

namespace hinge::bench {

class Results {
public:
  /// `out`: the file for the JSON; empty: none.
  explicit Results(std::string out) : out_(std::move(out)) {}

  /// Describes the machine and the run. bench/report/cuda_report.py prints it above the tables.
  Json context;

  /// Prints the row's times without ending the line, and writes the file.
  void add(const std::string &name, const std::vector<const Side *> &sides, const Json &more);

  /// Notes that a result is wrong or that a row could not be measured.
  void fail(const std::string &what);
  const std::string &failures() const { return failures_; }

  /// Runs `measure`, and goes on if it throws. A row that needs too much memory is left out; any
  /// other error is a failure of `what`.
  void guard(const std::string &what, const std::function<void()> &measure);

private:
  /// Runs after every row, because a run may end early.
  void write() const;

  std::string out_, failures_;
  Json rows_ = Json::array();
};

} // namespace hinge::bench

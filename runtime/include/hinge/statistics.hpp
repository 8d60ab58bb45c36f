// Statistics of activations over a data set, e.g. to find dead units while a network trains.
#pragma once

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace hinge {

/// Counts, for each unit (column) of an activation, the rows of a data set in which it is 0 or
/// saturated.
class UnitStatistics {
public:
  UnitStatistics(Activation act, Size units) : act_(act) {
    if (units < 0)
      throw std::invalid_argument("units is " + std::to_string(std::int64_t(units)) +
                                  ": expected 0 or more");
    passing_.resize(std::size_t(units));
    positive_.resize(std::size_t(units));
  }

  /// Counts a batch. y (batch, units) is the activation's output or input.
  void add(const ConstView &y) {
    if (y.cols != units())
      throw std::invalid_argument("y.cols is " + std::to_string(y.cols) + ": expected units, " +
                                  std::to_string(units()));
    count(act_, y, passing_);
    count(Activation::relu, y, positive_); // also for ReLU6: it counts the outputs above 0
    rows_ += y.rows;
  }

  std::int64_t units() const { return std::int64_t(passing_.size()); }
  std::int64_t rows() const { return rows_; }

  /// The number of rows in which the unit is 0.
  std::int64_t zeros(Size unit) const { return rows_ - positive_.at(std::size_t(unit)); }
  /// The number of rows in which the unit is at the upper bound, the 6 of ReLU6.
  std::int64_t saturated(Size unit) const {
    return positive_.at(std::size_t(unit)) - passing_.at(std::size_t(unit));
  }

  /// The share of outputs that are 0, and of outputs at the upper bound; 0 before the first row.
  double zero_share() const { return share(total(&UnitStatistics::zeros)); }
  double saturated_share() const { return share(total(&UnitStatistics::saturated)); }

  /// The number of units that are 0 in every row. No gradient passes through them.
  std::int64_t dead_units() const {
    return rows_ == 0 ? 0 : std::count(positive_.begin(), positive_.end(), 0);
  }

private:
  void count(Activation act, const ConstView &y, std::vector<std::int64_t> &set) {
    mask_.resize(std::size_t(std::max<std::int64_t>(0, y.rows) * mask_row_bytes(y.cols)));
    const MaskView mask(mask_.data(), y.rows, y.cols);
    activation_mask(act, y, mask);
    mask_count(mask, nullptr, set.data());
  }
  std::int64_t total(std::int64_t (UnitStatistics::*of)(Size) const) const {
    std::int64_t sum = 0;
    for (std::int64_t unit = 0; unit < units(); unit++)
      sum += (this->*of)(unit);
    return sum;
  }
  double share(std::int64_t outputs) const {
    return rows_ == 0 || units() == 0 ? 0.0 : double(outputs) / double(rows_ * units());
  }

  Activation act_;
  std::int64_t rows_ = 0;
  std::vector<std::int64_t> passing_, positive_; // by unit: the number of such rows
  std::vector<std::uint8_t> mask_;
};

} // namespace hinge

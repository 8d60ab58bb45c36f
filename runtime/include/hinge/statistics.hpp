// Statistics of activations over a data set, e.g. to find dead units while a network trains.
#pragma once

#include "hinge/dispatch.h"
#include "hinge/hinge.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace hinge {

namespace detail {
inline namespace HINGE_INLINE_NAMESPACE {

#ifndef HINGE_NO_EXCEPTIONS
[[noreturn]] HINGE_INLINE hinge_status refuse_statistics(const std::string &message) {
  throw std::invalid_argument(message);
}
#else
HINGE_INLINE hinge_status refuse_statistics(const std::string &message) {
  return hinge_dispatch_refuse("UnitStatistics", "%s", message.c_str());
}
#endif

} // namespace HINGE_INLINE_NAMESPACE
} // namespace detail

inline namespace HINGE_INLINE_NAMESPACE {

/// Counts, for each unit (column) of an activation, the rows of a data set in which it is 0 or
/// saturated.
class UnitStatistics : public detail::Constructed {
public:
  HINGE_INLINE UnitStatistics(Activation act, Size units) : act_(act) {
    if (units < 0) {
      constructed(detail::refuse_statistics("units is " + std::to_string(std::int64_t(units)) +
                                            ": expected 0 or more"));
      return;
    }
    passing_.resize(std::size_t(units));
    positive_.resize(std::size_t(units));
  }

  // Declared, so that they are hidden like the others.
  HINGE_INLINE UnitStatistics(const UnitStatistics &) = default;
  HINGE_INLINE UnitStatistics(UnitStatistics &&) = default;
  HINGE_INLINE UnitStatistics &operator=(const UnitStatistics &) = default;
  HINGE_INLINE UnitStatistics &operator=(UnitStatistics &&) = default;
  HINGE_INLINE ~UnitStatistics() = default;

  /// Counts a batch. y (batch, units) is the activation's output or input.
  HINGE_INLINE Outcome add(const ConstView &y) {
    if (y.cols != units())
      return detail::check(detail::refuse_statistics(
          "y.cols is " + std::to_string(y.cols) + ": expected units, " + std::to_string(units())));
    // The second mask is of ReLU for ReLU6 too: it counts the outputs above 0. Nothing is counted
    // before both are made.
    hinge_status made = make_mask(act_, y, mask_);
    if (made == HINGE_OK)
      made = make_mask(Activation::relu, y, positive_mask_);
    if (made == HINGE_OK) {
      count(mask_, y, passing_);
      count(positive_mask_, y, positive_);
      rows_ += y.rows;
    }
    return detail::check(made);
  }

  HINGE_INLINE std::int64_t units() const { return std::int64_t(passing_.size()); }
  HINGE_INLINE std::int64_t rows() const { return rows_; }

  /// The number of rows in which the unit is 0.
  HINGE_INLINE std::int64_t zeros(Size unit) const {
    return rows_ - positive_.at(std::size_t(unit));
  }
  /// The number of rows in which the unit is at the upper bound, the 6 of ReLU6.
  HINGE_INLINE std::int64_t saturated(Size unit) const {
    return positive_.at(std::size_t(unit)) - passing_.at(std::size_t(unit));
  }

  /// The share of outputs that are 0, and of outputs at the upper bound; 0 before the first row.
  HINGE_INLINE double zero_share() const { return share(total(&UnitStatistics::zeros)); }
  HINGE_INLINE double saturated_share() const { return share(total(&UnitStatistics::saturated)); }

  /// The number of units that are 0 in every row. No gradient passes through them.
  HINGE_INLINE std::int64_t dead_units() const {
    return rows_ == 0 ? 0 : std::count(positive_.begin(), positive_.end(), 0);
  }

private:
  HINGE_INLINE static hinge_status make_mask(Activation act, const ConstView &y,
                                             std::vector<std::uint8_t> &bits) {
    bits.resize(std::size_t(std::max<std::int64_t>(0, y.rows) * mask_row_bytes(y.cols)));
    const MaskView mask(bits.data(), y.rows, y.cols);
    return hinge_activation_mask(static_cast<hinge_activation>(act), &y, &mask);
  }
  HINGE_INLINE static void count(const std::vector<std::uint8_t> &bits, const ConstView &y,
                                 std::vector<std::int64_t> &set) {
    const ConstMaskView mask(bits.data(), y.rows, y.cols);
    hinge_mask_count(&mask, nullptr, set.data()); // which cannot fail
  }
  HINGE_INLINE std::int64_t total(std::int64_t (UnitStatistics::*of)(Size) const) const {
    std::int64_t sum = 0;
    for (std::int64_t unit = 0; unit < units(); unit++)
      sum += (this->*of)(unit);
    return sum;
  }
  HINGE_INLINE double share(std::int64_t outputs) const {
    return rows_ == 0 || units() == 0 ? 0.0 : double(outputs) / double(rows_ * units());
  }

  Activation act_;
  std::int64_t rows_ = 0;
  std::vector<std::int64_t> passing_, positive_; // by unit: the number of such rows
  std::vector<std::uint8_t> mask_, positive_mask_;
};

} // namespace HINGE_INLINE_NAMESPACE
} // namespace hinge

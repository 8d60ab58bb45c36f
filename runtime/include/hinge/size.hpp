// The type of sizes in the C++ interface.
#pragma once

#include "hinge/api.h"

#include <cstdint>
#include <type_traits>

namespace hinge {

/// A number of rows, columns or elements, of any integer type. So x.size() and an int both compile
/// between braces, without a warning. A std::size_t above INT64_MAX keeps its bits: it is negative,
/// and every call refuses that. The usual one is a small negative number, and the message has it.
class Size {
  /// Not a floating-point number, and not __int128, which is no integral type in standard C++.
  template <class T>
  static constexpr bool fits = std::is_convertible_v<T, std::int64_t> &&
                               (std::is_class_v<T> ||
                                ((std::is_integral_v<T> || std::is_enum_v<T>)&&sizeof(T) <= 8));

public:
  template <class Integer, class = std::enable_if_t<fits<Integer>>>
  HINGE_INLINE constexpr Size(Integer number) noexcept
      : number_(static_cast<std::int64_t>(number)) {}

  HINGE_INLINE constexpr operator std::int64_t() const noexcept { return number_; }

private:
  std::int64_t number_;
};

} // namespace hinge

// A number that is found out once.
#pragma once

#include <atomic>
#include <cstdint>

namespace hinge::detail {

/// Several threads may find it out at once: all get one answer. A static local would have a lock
/// instead, which the child of a fork may find taken for ever.
class Known {
public:
  /// The result of find(), which is not negative.
  template <class Find>
  std::int64_t get(const Find &find) {
    std::int64_t number = number_.load(std::memory_order_relaxed);
    if (number < 0) {
      number = find();
      number_.store(number, std::memory_order_relaxed);
    }
    return number;
  }

private:
  std::atomic<std::int64_t> number_{-1};
};

} // namespace hinge::detail

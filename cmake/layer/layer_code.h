// What the code of all generated layers has in common.
#pragma once

#include <hinge/layer.h>
#include <hinge/record.h>

#include <HalideRuntime.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace hinge::layer {

/// The targets of a layer, worst first, what it has for each, and which is active.
template <class Target>
class Targets {
public:
  template <std::size_t count>
  constexpr Targets(const char *layer, const hinge_layer_target (&names)[count],
                    const Target (&targets)[count])
      : layer_(layer), names_(names), targets_(targets), count_(int(count)) {}

  hinge_status get_target(const char **target) {
    if (!target)
      return refuse("target is null");
    int index = 0;
    if (hinge_status s = find_active(&index))
      return s;
    *target = names_[index].name;
    return HINGE_OK;
  }

  hinge_status set_target(const char *target) {
    if (target && !*target)
      return refuse("target is empty: expected a target, or null for the best");
    int index = 0;
    if (hinge_status s = choose("target", target, &index))
      return s;
    active_.store(index);
    return HINGE_OK;
  }

protected:
  /// The index of the active target, chosen at the first call.
  hinge_status find_active(int *index) {
    *index = active_.load(std::memory_order_relaxed);
    return __builtin_expect(*index >= 0, 1) ? HINGE_OK : choose_first(index);
  }

  const Target &target(int index) const { return targets_[index]; }

  [[gnu::cold]] hinge_status refuse(const char *text) const {
    return hinge_layer_refuse(layer_, text);
  }

private:
  hinge_status choose(const char *source, const char *target, int *index) const {
    return hinge_layer_find_target(layer_, names_, count_, source, target, index);
  }

  [[gnu::cold]] hinge_status choose_first(int *index) {
    if (hinge_status s = choose("HINGE_TARGET", std::getenv("HINGE_TARGET"), index))
      return s;
    int none = -1; // or what another thread chose
    if (!active_.compare_exchange_strong(none, *index))
      *index = none;
    return HINGE_OK;
  }

  const char *layer_;
  const hinge_layer_target *names_;
  const Target *targets_;
  int count_;
  std::atomic<int> active_{-1};
};

inline bool overlap(const void *a, std::size_t a_bytes, const void *b, std::size_t b_bytes) {
  const auto i = reinterpret_cast<std::uintptr_t>(a), j = reinterpret_cast<std::uintptr_t>(b);
  return i < j + b_bytes && j < i + a_bytes;
}

/// Of a buffer whose shape is known when the kernel is generated it reads nothing but the pointer;
/// of others the dimensions.
inline halide_buffer_t buffer(const void *data, halide_dimension_t *dimensions = nullptr) {
  halide_buffer_t b{};
  b.host = static_cast<std::uint8_t *>(const_cast<void *>(data));
  b.dim = dimensions;
  return b;
}

/// A matrix without gaps between its rows. A kernel reads the shape if it was not known when it was
/// generated.
template <bool known>
class Matrix {
public:
  Matrix(const void *data, std::int64_t rows, std::int64_t cols) {
    if constexpr (known) {
      buffer_ = buffer(data);
    } else {
      dimensions_[0] = {0, std::int32_t(cols), 1, 0};
      dimensions_[1] = {0, std::int32_t(rows), std::int32_t(cols), 0};
      buffer_ = buffer(data, dimensions_);
    }
  }
  Matrix(const Matrix &) = delete;
  Matrix &operator=(const Matrix &) = delete;
  halide_buffer_t *get() { return &buffer_; }

private:
  halide_dimension_t dimensions_[2];
  halide_buffer_t buffer_;
};

constexpr std::int64_t mask_row_bytes(std::int64_t cols) { return (cols + 7) / 8; }

/// How many elements a mask and what it is made from take turns on, 16 KiB: the second finds them
/// in L1.
inline constexpr std::int64_t in_l1 = 4096;

} // namespace hinge::layer

// In a function of a layer, whose arguments bear the names that users know.
#define HINGE_REFUSE_IF(condition, message)                                                        \
  do {                                                                                             \
    if (condition)                                                                                 \
      return this->refuse(message);                                                                \
  } while (false)
#define HINGE_REFUSE_NULL(argument) HINGE_REFUSE_IF(!(argument), #argument " is null")
#define HINGE_REFUSE_OVERLAP(output, output_bytes, other, other_bytes)                             \
  HINGE_REFUSE_IF((output) && (other) && overlap(output, output_bytes, other, other_bytes),        \
                  #output " overlaps " #other)

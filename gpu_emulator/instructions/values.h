// The registers of a thread as values of C++, and the arithmetic that several kinds of instructions
// share. Files that include this are compiled with -frounding-math.
#pragma once

#include "machine.h"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace gpu_emulator {

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

template <class T>
T get(const Thread &t, std::uint32_t slot) {
  if constexpr (std::is_same_v<T, float>) {
    const auto u = static_cast<std::uint32_t>(t.registers[slot]);
    float x;
    std::memcpy(&x, &u, sizeof x);
    return x;
  } else if constexpr (std::is_same_v<T, double>) {
    double x;
    std::memcpy(&x, &t.registers[slot], sizeof x);
    return x;
  } else {
    return static_cast<T>(t.registers[slot]);
  }
}

inline bool get_predicate(const Thread &t, std::uint32_t slot) { return t.registers[slot] & 1; }

template <class T>
void put(Thread &t, std::uint32_t slot, T x) {
  if constexpr (std::is_same_v<T, float>) {
    std::uint32_t u;
    std::memcpy(&u, &x, sizeof u);
    t.registers[slot] = u;
  } else if constexpr (std::is_same_v<T, double>) {
    std::memcpy(&t.registers[slot], &x, sizeof x);
  } else {
    t.registers[slot] = static_cast<std::uint64_t>(x);
  }
}

// Integers

template <class T>
constexpr int bits_of = sizeof(T) * 8;
template <class T, bool = std::is_signed_v<T>>
struct Wide {
  using type = std::conditional_t<sizeof(T) == 2, std::int32_t,
                                  std::conditional_t<sizeof(T) == 4, std::int64_t, int128>>;
};
template <class T>
struct Wide<T, false> {
  using type = std::conditional_t<sizeof(T) == 2, std::uint32_t,
                                  std::conditional_t<sizeof(T) == 4, std::uint64_t, uint128>>;
};
template <class T>
using wide = typename Wide<T>::type;

template <class T>
T wrapping_product(T a, T b) {
  return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}
template <class T>
T wrapping_sum(T a, T b) {
  return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

inline constexpr auto bit_and = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  return static_cast<T>(a & b);
};
inline constexpr auto bit_or = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  return static_cast<T>(a | b);
};
inline constexpr auto bit_xor = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  return static_cast<T>(a ^ b);
};
inline constexpr auto least = [](auto a, auto b) -> decltype(a) { return std::min(a, b); };
inline constexpr auto greatest = [](auto a, auto b) -> decltype(a) { return std::max(a, b); };

// Floating point

/// Sets the rounding for a scope.
struct RoundingScope {
  explicit RoundingScope(std::int64_t mode) { std::fesetround(static_cast<int>(mode)); }
  ~RoundingScope() { std::fesetround(FE_TONEAREST); }
  RoundingScope(const RoundingScope &) = delete;
  RoundingScope &operator=(const RoundingScope &) = delete;
};

template <class T>
struct Bits;
template <>
struct Bits<float> {
  using type = std::uint32_t;
};
template <>
struct Bits<double> {
  using type = std::uint64_t;
};
template <class T>
using float_bits = typename Bits<T>::type;
template <class T>
float_bits<T> to_bits(T x) {
  float_bits<T> u;
  std::memcpy(&u, &x, sizeof u);
  return u;
}
template <class T>
T from_bits(float_bits<T> u) {
  T x;
  std::memcpy(&x, &u, sizeof x);
  return x;
}
template <bool Ftz, class T>
T flushed(T x) {
  if constexpr (Ftz && std::is_same_v<T, float>)
    if ((to_bits(x) & 0x7f800000) == 0)
      return from_bits<float>(to_bits(x) & 0x80000000);
  return x;
}
/// Arithmetic with f32 on NVIDIA's GPUs returns this one NaN.
template <class T>
T canonical(T x) {
  if constexpr (std::is_same_v<T, float>)
    return std::isnan(x) ? from_bits<float>(0x7fffffff) : x;
  return x;
}
template <class T>
T unit_clamped(T x) {
  return x > 0 ? std::min(x, T{1}) : T{0};
}

} // namespace gpu_emulator

#include "machine.h"
#include "ptx.h"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

// Built with -frounding-math.
namespace stand_in {
namespace {

enum class Type { none, pred, b8, b16, b32, b64, u8, u16, u32, u64, s8, s16, s32, s64, f32, f64 };

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

bool get_predicate(const Thread &t, std::uint32_t slot) { return t.registers[slot] & 1; }

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
template <class T>
wide<T> product(T a, T b) {
  return static_cast<wide<T>>(static_cast<wide<T>>(a) * static_cast<wide<T>>(b));
}
template <class T>
T high_product(T a, T b) {
  return static_cast<T>(product(a, b) >> bits_of<T>);
}

template <class T>
T saturated(wide<T> x) {
  return static_cast<T>(
      std::clamp<wide<T>>(x, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

constexpr auto add = [](auto a, auto b) -> decltype(a) { return wrapping_sum(a, b); };
constexpr auto add_saturated = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  return saturated<T>(static_cast<wide<T>>(a) + static_cast<wide<T>>(b));
};
constexpr auto sub = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  return static_cast<T>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
};
constexpr auto sub_saturated = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  return saturated<T>(static_cast<wide<T>>(a) - static_cast<wide<T>>(b));
};
constexpr auto mul_low = [](auto a, auto b) -> decltype(a) { return wrapping_product(a, b); };
constexpr auto mul_high = [](auto a, auto b) -> decltype(a) { return high_product(a, b); };
constexpr auto mul_wide = [](auto a, auto b) { return product(a, b); };
constexpr auto mad_low = [](auto a, auto b, auto c) -> decltype(a) {
  return wrapping_sum(wrapping_product(a, b), c);
};
constexpr auto mad_high = [](auto a, auto b, auto c) -> decltype(a) {
  return wrapping_sum(high_product(a, b), c);
};
// Of the low 24 bits.
template <class T>
std::int64_t product24(T a, T b) {
  const auto low = [](T x) -> std::int64_t {
    const auto u = static_cast<std::uint32_t>(x) & 0xffffff;
    return std::is_signed_v<T> && u >> 23 ? static_cast<std::int64_t>(u) - (1 << 24) : u;
  };
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low(a)) *
                                   static_cast<std::uint64_t>(low(b)));
}
constexpr auto mul24_low = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  return static_cast<T>(product24(a, b));
};
constexpr auto mul24_high = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  return static_cast<T>(product24(a, b) >> 16);
};
constexpr auto mad24_low = [](auto a, auto b, auto c) -> decltype(a) {
  using T = decltype(a);
  return wrapping_sum(static_cast<T>(product24(a, b)), c);
};
constexpr auto mad24_high = [](auto a, auto b, auto c) -> decltype(a) {
  using T = decltype(a);
  return wrapping_sum(static_cast<T>(product24(a, b) >> 16), c);
};
// A GPU does not trap: a quotient by zero is all ones, the remainder is what was divided.
constexpr auto quotient = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  if (b == 0)
    return static_cast<T>(~std::uint64_t{0});
  if (std::is_signed_v<T> && b == static_cast<T>(~T{0}))
    return sub(T{0}, a);
  return static_cast<T>(a / b);
};
constexpr auto remainder = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  if (b == 0)
    return a;
  if (std::is_signed_v<T> && b == static_cast<T>(~T{0}))
    return 0;
  return static_cast<T>(a % b);
};
constexpr auto absolute = [](auto a) -> decltype(a) {
  using T = decltype(a);
  return a < 0 ? sub(T{0}, a) : a;
};
constexpr auto negate = [](auto a) -> decltype(a) {
  using T = decltype(a);
  return sub(T{0}, a);
};
constexpr auto least = [](auto a, auto b) -> decltype(a) { return std::min(a, b); };
constexpr auto greatest = [](auto a, auto b) -> decltype(a) { return std::max(a, b); };
constexpr auto sad = [](auto a, auto b, auto c) -> decltype(a) {
  return wrapping_sum(c, a < b ? sub(b, a) : sub(a, b));
};
constexpr auto bit_and = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  return static_cast<T>(a & b);
};
constexpr auto bit_or = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  return static_cast<T>(a | b);
};
constexpr auto bit_xor = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  return static_cast<T>(a ^ b);
};
constexpr auto bit_not = [](auto a) -> decltype(a) {
  using T = decltype(a);
  return static_cast<T>(~a);
};
constexpr auto logical_not = [](auto a) -> decltype(a) { return a == 0; };
constexpr auto count_zeros = [](auto a) -> std::uint32_t {
  using T = decltype(a);
  std::uint32_t n = 0;
  for (int bit = bits_of<T> - 1; bit >= 0 && !(a >> bit & 1); --bit)
    ++n;
  return n;
};
constexpr auto count_ones = [](auto a) -> std::uint32_t {
  std::uint32_t n = 0;
  for (; a; a &= a - 1)
    ++n;
  return n;
};
constexpr auto reverse = [](auto a) -> decltype(a) {
  using T = decltype(a);
  T r = 0;
  for (int bit = 0; bit < bits_of<T>; ++bit)
    r |= (a >> bit & 1) << (bits_of<T> - 1 - bit);
  return r;
};

template <class T, const auto &op>
bool unary(Thread &t, const Instruction &i) {
  put(t, i.slot[0], op(get<T>(t, i.slot[1])));
  return true;
}
template <class T, const auto &op>
bool binary(Thread &t, const Instruction &i) {
  put(t, i.slot[0], op(get<T>(t, i.slot[1]), get<T>(t, i.slot[2])));
  return true;
}
template <class T, const auto &op>
bool ternary(Thread &t, const Instruction &i) {
  put(t, i.slot[0], op(get<T>(t, i.slot[1]), get<T>(t, i.slot[2]), get<T>(t, i.slot[3])));
  return true;
}
template <class T>
bool mad_wide(Thread &t, const Instruction &i) {
  const wide<T> p = product(get<T>(t, i.slot[1]), get<T>(t, i.slot[2]));
  put(t, i.slot[0], wrapping_sum(p, get<wide<T>>(t, i.slot[3])));
  return true;
}
template <class T>
bool shift_left(Thread &t, const Instruction &i) {
  const auto amount = get<std::uint32_t>(t, i.slot[2]);
  const auto x = get<T>(t, i.slot[1]);
  put(t, i.slot[0], amount >= bits_of<T> ? T{0} : static_cast<T>(std::uint64_t{x} << amount));
  return true;
}
template <class T>
bool shift_right(Thread &t, const Instruction &i) {
  const auto amount = get<std::uint32_t>(t, i.slot[2]);
  const auto x = get<T>(t, i.slot[1]);
  if (amount < bits_of<T>)
    put(t, i.slot[0], static_cast<T>(x >> amount));
  else
    put(t, i.slot[0], x < 0 ? static_cast<T>(-1) : T{0});
  return true;
}
template <class T>
bool bit_field_extract(Thread &t, const Instruction &i) {
  using U = std::make_unsigned_t<T>;
  const auto position = get<std::uint32_t>(t, i.slot[2]) & 0xff;
  const auto length = get<std::uint32_t>(t, i.slot[3]) & 0xff;
  const auto x = get<U>(t, i.slot[1]);
  const std::uint32_t top = std::min<std::uint32_t>(position + length - 1, bits_of<T> - 1);
  const bool sign = std::is_signed_v<T> && length && (x >> top & 1);
  U result = 0;
  for (std::uint32_t bit = 0; bit < bits_of<T>; ++bit) {
    const bool inside = bit < length && position + bit < bits_of<T>;
    result |= static_cast<U>(inside ? x >> (position + bit) & 1 : sign) << bit;
  }
  put(t, i.slot[0], result);
  return true;
}
template <class T>
bool bit_field_insert(Thread &t, const Instruction &i) {
  const auto field = get<T>(t, i.slot[1]);
  auto result = get<T>(t, i.slot[2]);
  const auto position = get<std::uint32_t>(t, i.slot[3]) & 0xff;
  const auto length = get<std::uint32_t>(t, i.slot[4]) & 0xff;
  for (std::uint32_t bit = 0; bit < length && position + bit < bits_of<T>; ++bit) {
    const T mask = T{1} << (position + bit);
    result = (result & ~mask) | (field >> bit & 1 ? mask : 0);
  }
  put(t, i.slot[0], result);
  return true;
}
template <bool Left, bool Wrap>
bool funnel_shift(Thread &t, const Instruction &i) {
  const auto amount = get<std::uint32_t>(t, i.slot[3]);
  const std::uint32_t n = Wrap ? amount & 31 : std::min<std::uint32_t>(amount, 32);
  const std::uint64_t both =
      get<std::uint64_t>(t, i.slot[2]) << 32 | get<std::uint32_t>(t, i.slot[1]);
  put(t, i.slot[0], static_cast<std::uint32_t>(Left ? both << n >> 32 : both >> n));
  return true;
}
bool permute(Thread &t, const Instruction &i) {
  const std::uint64_t both =
      get<std::uint64_t>(t, i.slot[2]) << 32 | get<std::uint32_t>(t, i.slot[1]);
  const auto selection = get<std::uint32_t>(t, i.slot[3]);
  std::uint32_t result = 0;
  for (int n = 0; n < 4; ++n) {
    const std::uint32_t s = selection >> (4 * n) & 15;
    std::uint32_t byte = both >> (8 * (s & 7)) & 0xff;
    if (s & 8)
      byte = byte & 0x80 ? 0xff : 0;
    result |= byte << (8 * n);
  }
  put(t, i.slot[0], result);
  return true;
}
bool lop3(Thread &t, const Instruction &i) {
  const auto a = get<std::uint32_t>(t, i.slot[1]), b = get<std::uint32_t>(t, i.slot[2]),
             c = get<std::uint32_t>(t, i.slot[3]), table = get<std::uint32_t>(t, i.slot[4]);
  std::uint32_t result = 0;
  for (unsigned row = 0; row < 8; ++row)
    if (table >> row & 1)
      result |= (row & 4 ? a : ~a) & (row & 2 ? b : ~b) & (row & 1 ? c : ~c);
  put(t, i.slot[0], result);
  return true;
}

// Floating point

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
template <class T>
constexpr float_bits<T> sign_bit = float_bits<T>{1} << (sizeof(T) * 8 - 1);

template <bool Ftz, class T>
T flushed(T x) {
  if constexpr (Ftz && std::is_same_v<T, float>)
    if ((to_bits(x) & 0x7f800000) == 0)
      return from_bits<float>(to_bits(x) & 0x80000000);
  return x;
}
// What NVIDIA's GPUs give for every NaN that arithmetic with f32 results in.
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

constexpr auto float_add = [](auto a, auto b) -> decltype(a) { return a + b; };
constexpr auto float_sub = [](auto a, auto b) -> decltype(a) { return a - b; };
constexpr auto float_mul = [](auto a, auto b) -> decltype(a) { return a * b; };
constexpr auto float_fma = [](auto a, auto b, auto c) -> decltype(a) { return std::fma(a, b, c); };
constexpr auto float_div = [](auto a, auto b) -> decltype(a) { return a / b; };
constexpr auto float_sqrt = [](auto a) -> decltype(a) { return std::sqrt(a); };
constexpr auto float_reciprocal = [](auto a) -> decltype(a) {
  using T = decltype(a);
  return T{1} / a;
};
constexpr auto float_reciprocal_sqrt = [](auto a) -> decltype(a) {
  using T = decltype(a);
  return static_cast<T>(1 / std::sqrt(static_cast<double>(a)));
};
constexpr auto float_exp2 = [](auto a) -> decltype(a) { return std::exp2(a); };
constexpr auto float_log2 = [](auto a) -> decltype(a) { return std::log2(a); };
constexpr auto float_sin = [](auto a) -> decltype(a) { return std::sin(a); };
constexpr auto float_cos = [](auto a) -> decltype(a) { return std::cos(a); };
constexpr auto float_tanh = [](auto a) -> decltype(a) { return std::tanh(a); };
// +0 is more than -0, and a number is preferred to a NaN.
template <bool Maximum, bool PropagateNan>
constexpr auto float_extreme = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  if (std::isnan(a) || std::isnan(b))
    return PropagateNan ? std::numeric_limits<T>::quiet_NaN() : std::isnan(a) ? b : a;
  if (a == b)
    return std::signbit(a) == Maximum ? b : a;
  return (a < b) == Maximum ? b : a;
};

// Special: of a rounding other than to nearest, or saturating.
constexpr std::int64_t saturate_flag = std::int64_t{1} << 32;

template <int Arity, class Op, class T>
T apply(const Op &op, T a, T b, T c) {
  if constexpr (Arity == 1)
    return op(a);
  else if constexpr (Arity == 2)
    return op(a, b);
  else
    return op(a, b, c);
}

template <class T, const auto &op, int Arity, bool Ftz, bool Special>
bool floating(Thread &t, const Instruction &i) {
  const auto in = [&](int n) { return n < Arity ? flushed<Ftz>(get<T>(t, i.slot[n + 1])) : T{}; };
  if constexpr (Special) {
    const RoundingScope scope(i.immediate & (saturate_flag - 1));
    const volatile T a = in(0), b = in(1), c = in(2);
    const volatile T result = apply<Arity>(op, T{a}, T{b}, T{c});
    const T flat = flushed<Ftz>(canonical(T{result}));
    put(t, i.slot[0], i.immediate & saturate_flag ? unit_clamped(flat) : flat);
  } else {
    put(t, i.slot[0], flushed<Ftz>(canonical(apply<Arity>(op, in(0), in(1), in(2)))));
  }
  return true;
}

template <class T, bool Ftz, bool Negate>
bool change_sign(Thread &t, const Instruction &i) {
  const auto u = to_bits(flushed<Ftz>(get<T>(t, i.slot[1])));
  put(t, i.slot[0], Negate ? u ^ sign_bit<T> : u & ~sign_bit<T>);
  return true;
}
template <class T>
bool copy_sign(Thread &t, const Instruction &i) {
  using U = float_bits<T>;
  const auto sign = get<U>(t, i.slot[1]), value = get<U>(t, i.slot[2]);
  put(t, i.slot[0], static_cast<U>((value & ~sign_bit<T>) | (sign & sign_bit<T>)));
  return true;
}
template <class T>
bool classify(Thread &t, const Instruction &i) {
  const T x = get<T>(t, i.slot[1]);
  const bool result = i.immediate == 0   ? std::isfinite(x)
                      : i.immediate == 1 ? std::isinf(x)
                      : i.immediate == 2 ? !std::isnan(x)
                                         : std::isnan(x);
  put(t, i.slot[0], std::uint32_t{result});
  return true;
}

// Comparisons

constexpr auto equal = [](auto a, auto b) -> bool { return a == b; };
constexpr auto not_equal = [](auto a, auto b) -> bool { return a != b; };
constexpr auto less = [](auto a, auto b) -> bool { return a < b; };
constexpr auto less_equal = [](auto a, auto b) -> bool { return a <= b; };
constexpr auto greater = [](auto a, auto b) -> bool { return a > b; };
constexpr auto greater_equal = [](auto a, auto b) -> bool { return a >= b; };
// For the comparisons num and nan.
constexpr auto always = [](auto, auto) -> bool { return true; };
constexpr auto never = [](auto, auto) -> bool { return false; };

template <class T, const auto &comparison_of, bool Unordered, bool Ftz>
bool compare(const Thread &t, std::uint32_t a_slot, std::uint32_t b_slot) {
  const T a = flushed<Ftz>(get<T>(t, a_slot)), b = flushed<Ftz>(get<T>(t, b_slot));
  if constexpr (std::is_floating_point_v<T>)
    if (std::isnan(a) || std::isnan(b))
      return Unordered;
  return comparison_of(a, b);
}

enum class Combination : std::int64_t { with_and, with_or, with_xor };

bool combined(std::int64_t combination, bool a, bool c) {
  switch (static_cast<Combination>(combination)) {
  case Combination::with_and:
    return a && c;
  case Combination::with_or:
    return a || c;
  case Combination::with_xor:
    break;
  }
  return a != c;
}

template <class T, const auto &comparison_of, bool Unordered, bool Ftz>
bool set_predicate(Thread &t, const Instruction &i) {
  const bool r = compare<T, comparison_of, Unordered, Ftz>(t, i.slot[2], i.slot[3]);
  const bool c = get_predicate(t, i.slot[4]) != i.negated;
  put(t, i.slot[0], std::uint32_t{combined(i.immediate, r, c)});
  put(t, i.slot[1], std::uint32_t{combined(i.immediate, !r, c)});
  return true;
}
// The immediate is what true gives.
template <class T, const auto &comparison_of, bool Unordered, bool Ftz>
bool set_value(Thread &t, const Instruction &i) {
  const bool r = compare<T, comparison_of, Unordered, Ftz>(t, i.slot[1], i.slot[2]);
  put(t, i.slot[0], r ? static_cast<std::uint32_t>(i.immediate) : 0u);
  return true;
}

bool select(Thread &t, const Instruction &i) {
  t.registers[i.slot[0]] = t.registers[i.slot[get_predicate(t, i.slot[3]) != i.negated ? 1 : 2]];
  return true;
}
template <class T>
bool select_by_sign(Thread &t, const Instruction &i) {
  t.registers[i.slot[0]] = t.registers[i.slot[get<T>(t, i.slot[3]) >= 0 ? 1 : 2]];
  return true;
}

// Moves and conversions

bool move(Thread &t, const Instruction &i) {
  t.registers[i.slot[0]] = t.registers[i.slot[1]];
  return true;
}
template <int Count>
bool pack(Thread &t, const Instruction &i) {
  const auto width = static_cast<unsigned>(i.immediate);
  std::uint64_t result = 0;
  for (unsigned n = 0; n < Count; ++n)
    result |= (t.registers[i.slot[n + 1]] & ~(~std::uint64_t{0} << width)) << (n * width);
  t.registers[i.slot[0]] = result;
  return true;
}
template <int Count>
bool unpack(Thread &t, const Instruction &i) {
  const auto width = static_cast<unsigned>(i.immediate);
  const std::uint64_t all = t.registers[i.slot[Count]];
  for (unsigned n = 0; n < Count; ++n)
    t.registers[i.slot[n]] = all >> (n * width) & ~(~std::uint64_t{0} << width);
  return true;
}
bool add_immediate(Thread &t, const Instruction &i) {
  t.registers[i.slot[0]] = t.registers[i.slot[1]] + static_cast<std::uint64_t>(i.immediate);
  return true;
}
bool in_window(Thread &t, const Instruction &i) {
  const std::uint64_t window = t.registers[i.slot[1]] & window_mask;
  const auto wanted = static_cast<std::uint64_t>(i.immediate);
  put(t, i.slot[0], std::uint32_t{window == wanted});
  return true;
}

struct Conversion {
  std::int64_t rounding = FE_TONEAREST;
  bool to_integer = false, ftz = false, saturate = false;

  std::int64_t packed() const {
    return rounding | std::int64_t{to_integer} << 32 | std::int64_t{ftz} << 33 |
           std::int64_t{saturate} << 34;
  }
  static Conversion unpacked(std::int64_t x) {
    return {x & 0xffffffff, (x >> 32 & 1) != 0, (x >> 33 & 1) != 0, (x >> 34 & 1) != 0};
  }
};

template <class S>
S rounded_to_integer(S x, std::int64_t mode) {
  if (mode == FE_TOWARDZERO)
    return std::trunc(x);
  if (mode == FE_DOWNWARD)
    return std::floor(x);
  if (mode == FE_UPWARD)
    return std::ceil(x);
  return std::nearbyint(x);
}

template <class D, class S>
D float_to_integer(S x) {
  using limits = std::numeric_limits<D>;
  if (std::isnan(x)) {
    const bool of_64 = std::is_same_v<S, double> || sizeof(D) == 8;
    return of_64 ? static_cast<D>(std::uint64_t{1} << (bits_of<D> - 1)) : D{0};
  }
  if (x <= static_cast<S>(limits::min()))
    return limits::min();
  // 2^n, which is above the greatest D by one.
  if (x >= std::ldexp(S{1}, bits_of<D> - std::is_signed_v<D>))
    return limits::max();
  return static_cast<D>(x);
}

template <class D, class S>
D integer_to_integer(S x, bool saturate) {
  if (saturate)
    return static_cast<D>(
        std::clamp<int128>(x, std::numeric_limits<D>::min(), std::numeric_limits<D>::max()));
  return static_cast<D>(x);
}

template <class D, class S>
D to_float(S x, const Conversion &how) {
  const RoundingScope scope(how.rounding);
  const volatile S operand = x;
  const volatile D result = static_cast<D>(operand);
  return result;
}

template <class D, class S>
bool convert(Thread &t, const Instruction &i) {
  const Conversion how = Conversion::unpacked(i.immediate);
  S x = get<S>(t, i.slot[1]);
  if constexpr (std::is_floating_point_v<S>) {
    if (how.ftz)
      x = flushed<true>(x);
    if (how.to_integer)
      x = rounded_to_integer(x, how.rounding);
  }
  if constexpr (std::is_floating_point_v<D>) {
    D y = to_float<D>(x, how);
    if (how.ftz)
      y = flushed<true>(y);
    if constexpr (std::is_floating_point_v<S>)
      y = canonical(y);
    put(t, i.slot[0], how.saturate ? unit_clamped(y) : y);
  } else if constexpr (std::is_floating_point_v<S>) {
    put(t, i.slot[0], float_to_integer<D>(x));
  } else {
    put(t, i.slot[0], integer_to_integer<D>(x, how.saturate));
  }
  return true;
}

// Memory: the address is in slot 4, the elements or the operands of an atomic in those before

enum class Space { global, shared, local, parameter, generic };

std::uint64_t address_of(const Thread &t, const Instruction &i) {
  const auto offset = static_cast<std::uint64_t>(i.immediate);
  if (i.narrow)
    return static_cast<std::uint32_t>(t.registers[i.slot[4]] + offset);
  return t.registers[i.slot[4]] + offset;
}

template <Space Of>
std::uint8_t *bytes(Thread &t, const Instruction &i, std::uint64_t size, Access access,
                    const void *value) {
  const std::uint64_t address = address_of(t, i);
  Machine &m = *t.machine;
  if constexpr (Of == Space::global)
    return m.global(t, i, address, size, access);
  else if constexpr (Of == Space::shared)
    return m.shared(t, i, address, size, access, value);
  else if constexpr (Of == Space::local)
    return m.local(t, i, address, size);
  else if constexpr (Of == Space::parameter)
    return m.parameter(t, i, address, size, access);
  else
    return m.generic(t, i, address, size, access, value);
}

template <class T, int Count, Space Of>
bool load(Thread &t, const Instruction &i) {
  const std::uint8_t *p = bytes<Of>(t, i, sizeof(T) * Count, Access::read, nullptr);
  if (!p)
    return false;
  T x[Count];
  std::memcpy(x, p, sizeof x);
  for (int n = 0; n < Count; ++n)
    put(t, i.slot[n], x[n]);
  return true;
}
template <class T, int Count, Space Of>
bool store(Thread &t, const Instruction &i) {
  T x[Count];
  for (int n = 0; n < Count; ++n)
    x[n] = get<T>(t, i.slot[n]);
  std::uint8_t *p = bytes<Of>(t, i, sizeof x, Access::write, x);
  if (!p)
    return false;
  std::memcpy(p, x, sizeof x);
  return true;
}

constexpr auto exchange = [](auto, auto b) { return b; };
constexpr auto atomic_add = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  if constexpr (std::is_floating_point_v<T>)
    return canonical(a + b);
  else
    return wrapping_sum(a, b);
};
template <class T, const auto &op, Space Of>
bool atomic(Thread &t, const Instruction &i) {
  std::uint8_t *p = bytes<Of>(t, i, sizeof(T), Access::atomic, nullptr);
  if (!p)
    return false;
  T old;
  std::memcpy(&old, p, sizeof old);
  const T x = op(old, get<T>(t, i.slot[1]));
  std::memcpy(p, &x, sizeof x);
  put(t, i.slot[0], old);
  return true;
}
template <class T, Space Of>
bool compare_and_swap(Thread &t, const Instruction &i) {
  std::uint8_t *p = bytes<Of>(t, i, sizeof(T), Access::atomic, nullptr);
  if (!p)
    return false;
  T old;
  std::memcpy(&old, p, sizeof old);
  if (old == get<T>(t, i.slot[1])) {
    const T x = get<T>(t, i.slot[2]);
    std::memcpy(p, &x, sizeof x);
  }
  put(t, i.slot[0], old);
  return true;
}

// Control

bool branch(Thread &t, const Instruction &i) {
  t.pc = static_cast<std::uint32_t>(i.immediate);
  return true;
}
bool leave(Thread &t, const Instruction &) {
  t.state = Thread::State::done;
  return false;
}
bool wait(Thread &t, const Instruction &i) {
  t.state = Thread::State::waiting;
  t.barrier = get<std::uint32_t>(t, i.slot[0]);
  return false;
}
bool nothing(Thread &, const Instruction &) { return true; }

// Decoding: from types to instances of the templates above

template <class F>
Execute of_unsigned(Type type, F f) {
  switch (type) {
  case Type::b16:
  case Type::u16:
    return f(std::uint16_t{});
  case Type::b32:
  case Type::u32:
    return f(std::uint32_t{});
  case Type::b64:
  case Type::u64:
    return f(std::uint64_t{});
  default:
    return nullptr;
  }
}
template <class F>
Execute of_signed(Type type, F f) {
  switch (type) {
  case Type::s16:
    return f(std::int16_t{});
  case Type::s32:
    return f(std::int32_t{});
  case Type::s64:
    return f(std::int64_t{});
  default:
    return nullptr;
  }
}
template <class F>
Execute of_integer(Type type, F f) {
  const Execute e = of_signed(type, f);
  return e ? e : of_unsigned(type, f);
}
template <class F>
Execute of_float(Type type, F f) {
  return type == Type::f32 ? f(float{}) : type == Type::f64 ? f(double{}) : nullptr;
}
template <class F>
Execute of_any(Type type, F f) {
  if (type == Type::u8 || type == Type::b8)
    return f(std::uint8_t{});
  if (type == Type::s8)
    return f(std::int8_t{});
  const Execute e = of_integer(type, f);
  return e ? e : of_float(type, f);
}

template <const auto &op>
Execute unary_bits(Type type) {
  return of_unsigned(type, [](auto x) -> Execute { return unary<decltype(x), op>; });
}
template <const auto &op>
Execute binary_bits(Type type) {
  if (type == Type::pred)
    return binary<std::uint32_t, op>;
  return of_unsigned(type, [](auto x) -> Execute { return binary<decltype(x), op>; });
}
template <const auto &op>
Execute unary_integer(Type type) {
  return of_integer(type, [](auto x) -> Execute { return unary<decltype(x), op>; });
}
template <const auto &op>
Execute binary_integer(Type type) {
  return of_integer(type, [](auto x) -> Execute { return binary<decltype(x), op>; });
}
template <const auto &op>
Execute ternary_integer(Type type) {
  return of_integer(type, [](auto x) -> Execute { return ternary<decltype(x), op>; });
}
template <const auto &op>
Execute binary_of_32(Type type) {
  return type == Type::s32   ? Execute(binary<std::int32_t, op>)
         : type == Type::u32 ? Execute(binary<std::uint32_t, op>)
                             : nullptr;
}
template <const auto &op>
Execute ternary_of_32(Type type) {
  return type == Type::s32   ? Execute(ternary<std::int32_t, op>)
         : type == Type::u32 ? Execute(ternary<std::uint32_t, op>)
                             : nullptr;
}

template <const auto &comparison_of, bool Unordered>
Execute comparison(Type type, bool ftz, bool value) {
  if (const Execute e = of_float(type, [=](auto x) -> Execute {
        using T = decltype(x);
        if (value)
          return ftz ? set_value<T, comparison_of, Unordered, true>
                     : set_value<T, comparison_of, Unordered, false>;
        return ftz ? set_predicate<T, comparison_of, Unordered, true>
                   : set_predicate<T, comparison_of, Unordered, false>;
      }))
    return e;
  if (Unordered)
    return nullptr;
  return of_integer(type, [=](auto x) -> Execute {
    using T = decltype(x);
    return value ? set_value<T, comparison_of, false, false>
                 : set_predicate<T, comparison_of, false, false>;
  });
}

class Decoder {
public:
  Decoder(const Statement &s, Instruction &i, Kernel &k)
      : statement_(s), instruction_(i), kernel_(k), words_(s.words.begin() + 1, s.words.end()) {}

  bool run() {
    instruction_.execute = find(statement_.words[0]);
    return instruction_.execute && words_.empty() && valid_;
  }

private:
  bool take(std::string_view word) {
    const auto it = std::find(words_.begin(), words_.end(), word);
    if (it == words_.end())
      return false;
    words_.erase(it);
    return true;
  }

  Type take_type() {
    static constexpr std::string_view names[] = {"pred", "b8",  "b16", "b32", "b64",
                                                 "u8",   "u16", "u32", "u64", "s8",
                                                 "s16",  "s32", "s64", "f32", "f64"};
    for (auto word = words_.begin(); word != words_.end(); ++word)
      for (std::size_t n = 0; n < std::size(names); ++n)
        if (*word == names[n]) {
          words_.erase(word);
          return static_cast<Type>(n + 1);
        }
    return Type::none;
  }

  // Each operand is one slot, the next of the instruction's.
  void take_operands(std::size_t count) {
    valid_ = valid_ && statement_.operands.size() == count;
    for (std::size_t n = 0; valid_ && n < count; ++n) {
      const Operand &o = statement_.operands[n];
      valid_ = o.kind == Operand::Kind::slot;
      if (valid_)
        instruction_.slot[n] = o.slots[0];
      if (o.negated)
        valid_ = false;
    }
  }

  Execute operation(std::size_t operands, Execute e) {
    take_operands(operands);
    return e;
  }

  std::int64_t take_rounding(bool &given) {
    given = true;
    if (take("rz") || take("rzi"))
      return FE_TOWARDZERO;
    if (take("rm") || take("rmi"))
      return FE_DOWNWARD;
    if (take("rp") || take("rpi"))
      return FE_UPWARD;
    given = take("rn") || take("rni");
    return FE_TONEAREST;
  }

  template <const auto &op, int Arity>
  Execute float_operation(Type type) {
    bool given;
    const std::int64_t rounding = take_rounding(given);
    const bool ftz = take("ftz"), saturate = take("sat");
    take("approx");
    take("full");
    const bool special = rounding != FE_TONEAREST || saturate;
    instruction_.immediate = rounding | (saturate ? saturate_flag : 0);
    return operation(
        Arity + 1, of_float(type, [=](auto x) -> Execute {
          using T = decltype(x);
          if (special)
            return ftz ? floating<T, op, Arity, true, true> : floating<T, op, Arity, false, true>;
          return ftz ? floating<T, op, Arity, true, false> : floating<T, op, Arity, false, false>;
        }));
  }

  template <const auto &integer_op, const auto &saturated_op, const auto &float_op>
  Execute sum() {
    const Type type = take_type();
    if (type == Type::f32 || type == Type::f64)
      return float_operation<float_op, 2>(type);
    if (take("sat"))
      return operation(3,
                       type == Type::s32 ? Execute(binary<std::int32_t, saturated_op>) : nullptr);
    return operation(3, binary_integer<integer_op>(type));
  }

  Execute multiply() {
    const Type type = take_type();
    if (take("lo"))
      return operation(3, binary_integer<mul_low>(type));
    if (take("hi"))
      return operation(3, binary_integer<mul_high>(type));
    if (take("wide"))
      return operation(3, of_integer(type, [](auto x) -> Execute {
                         using T = decltype(x);
                         if constexpr (sizeof(T) == 8)
                           return nullptr;
                         else
                           return binary<T, mul_wide>;
                       }));
    return float_operation<float_mul, 2>(type);
  }

  Execute multiply_add() {
    const Type type = take_type();
    if (take("lo"))
      return operation(4, ternary_integer<mad_low>(type));
    if (take("hi"))
      return operation(4, ternary_integer<mad_high>(type));
    if (take("wide"))
      return operation(4, of_integer(type, [](auto x) -> Execute {
                         using T = decltype(x);
                         if constexpr (sizeof(T) == 8)
                           return nullptr;
                         else
                           return mad_wide<T>;
                       }));
    return float_operation<float_fma, 3>(type);
  }

  Execute divide() {
    const Type type = take_type();
    if (type == Type::f32 || type == Type::f64)
      return float_operation<float_div, 2>(type);
    return operation(3, binary_integer<quotient>(type));
  }

  template <bool Negate>
  Execute sign() {
    const Type type = take_type();
    if (type == Type::f32 || type == Type::f64) {
      const bool ftz = take("ftz");
      return operation(2, of_float(type, [=](auto x) -> Execute {
                         using T = decltype(x);
                         return ftz ? change_sign<T, true, Negate> : change_sign<T, false, Negate>;
                       }));
    }
    return operation(2, of_signed(type, [](auto x) -> Execute {
                       using T = decltype(x);
                       return Negate ? unary<T, negate> : unary<T, absolute>;
                     }));
  }

  template <bool Maximum>
  Execute extreme() {
    const Type type = take_type();
    if (type == Type::f32 || type == Type::f64)
      return take("NaN") ? float_operation<float_extreme<Maximum, true>, 2>(type)
                         : float_operation<float_extreme<Maximum, false>, 2>(type);
    return operation(3, Maximum ? binary_integer<greatest>(type) : binary_integer<least>(type));
  }

  template <bool Left>
  Execute shift() {
    const Type type = take_type();
    if (Left)
      return operation(
          3, of_unsigned(type, [](auto x) -> Execute { return shift_left<decltype(x)>; }));
    return operation(3,
                     of_integer(type, [](auto x) -> Execute { return shift_right<decltype(x)>; }));
  }

  template <const auto &low, const auto &high>
  Execute multiply24() {
    const Type type = take_type();
    if (take("hi"))
      return operation(3, binary_of_32<high>(type));
    return take("lo") ? operation(3, binary_of_32<low>(type)) : nullptr;
  }
  template <const auto &low, const auto &high>
  Execute multiply_add24() {
    const Type type = take_type();
    if (take("hi"))
      return operation(4, ternary_of_32<high>(type));
    return take("lo") ? operation(4, ternary_of_32<low>(type)) : nullptr;
  }

  template <class F>
  Execute bits_of_32_or_64(std::size_t operands, F f) {
    const Type type = take_type();
    if (type == Type::b16 || type == Type::u16 || type == Type::s16)
      return nullptr;
    return operation(operands, of_integer(type, f));
  }

  Execute invert() {
    const Type type = take_type();
    return operation(2, type == Type::pred ? Execute(unary<std::uint32_t, bit_not>)
                                           : unary_bits<bit_not>(type));
  }

  template <const auto &op>
  Execute logic() {
    return operation(3, binary_bits<op>(take_type()));
  }

  Execute funnel() {
    const bool left = take("l");
    valid_ = (left || take("r")) && take_type() == Type::b32;
    const bool wrap = take("wrap");
    valid_ = valid_ && (wrap || take("clamp"));
    if (wrap)
      return operation(4, left ? funnel_shift<true, true> : funnel_shift<false, true>);
    return operation(4, left ? funnel_shift<true, false> : funnel_shift<false, false>);
  }

  Execute find_comparison(Type type, bool value) {
    const bool ftz = take("ftz");
    const auto is = [&](std::string_view a) { return take(a); };
    if (is("eq"))
      return comparison<equal, false>(type, ftz, value);
    if (is("ne"))
      return comparison<not_equal, false>(type, ftz, value);
    if (is("lt") || is("lo"))
      return comparison<less, false>(type, ftz, value);
    if (is("le") || is("ls"))
      return comparison<less_equal, false>(type, ftz, value);
    if (is("gt") || is("hi"))
      return comparison<greater, false>(type, ftz, value);
    if (is("ge") || is("hs"))
      return comparison<greater_equal, false>(type, ftz, value);
    if (is("equ"))
      return comparison<equal, true>(type, ftz, value);
    if (is("neu"))
      return comparison<not_equal, true>(type, ftz, value);
    if (is("ltu"))
      return comparison<less, true>(type, ftz, value);
    if (is("leu"))
      return comparison<less_equal, true>(type, ftz, value);
    if (is("gtu"))
      return comparison<greater, true>(type, ftz, value);
    if (is("geu"))
      return comparison<greater_equal, true>(type, ftz, value);
    if (type != Type::f32 && type != Type::f64)
      return nullptr;
    if (is("num"))
      return comparison<always, false>(type, ftz, value);
    return is("nan") ? comparison<never, true>(type, ftz, value) : nullptr;
  }

  Execute set_predicates() {
    const Type type = take_type();
    auto combination = Combination::with_and;
    bool with_operand = true;
    if (take("or"))
      combination = Combination::with_or;
    else if (take("xor"))
      combination = Combination::with_xor;
    else
      with_operand = take("and");
    const auto &operands = statement_.operands;
    if (operands.size() != (with_operand ? 4u : 3u))
      return nullptr;
    for (const Operand &o : operands)
      valid_ = valid_ && (o.kind == Operand::Kind::slot ||
                          (&o == &operands[0] && o.kind == Operand::Kind::pair));
    instruction_.slot = {operands[0].slots[0],
                         operands[0].kind == Operand::Kind::pair ? operands[0].slots[1] : slot_sink,
                         operands[1].slots[0], operands[2].slots[0],
                         with_operand ? operands[3].slots[0] : slot_true};
    instruction_.negated = with_operand && operands[3].negated;
    instruction_.immediate = static_cast<std::int64_t>(combination);
    return find_comparison(type, false);
  }

  Execute set_values() {
    const Type result = take_type(), type = take_type();
    if (result != Type::u32 && result != Type::s32 && result != Type::f32)
      return nullptr;
    instruction_.immediate = result == Type::f32 ? 0x3f800000 : 0xffffffff;
    return operation(3, find_comparison(type, true));
  }

  Execute select_one() {
    if (take_type() == Type::none || statement_.operands.size() != 4)
      return nullptr;
    return operation(4, select);
  }

  Execute select_one_by_sign() {
    const Type type = take_type(), sign = take_type();
    if (type == Type::none || (sign != Type::s32 && sign != Type::f32))
      return nullptr;
    return operation(4, sign == Type::s32 ? select_by_sign<std::int32_t> : select_by_sign<float>);
  }

  static unsigned width(Type type) {
    switch (type) {
    case Type::b8:
    case Type::u8:
    case Type::s8:
      return 8;
    case Type::b16:
    case Type::u16:
    case Type::s16:
      return 16;
    case Type::b32:
    case Type::u32:
    case Type::s32:
    case Type::f32:
      return 32;
    default:
      return 64;
    }
  }

  Execute moves() {
    const Type type = take_type();
    const auto &o = statement_.operands;
    if (type == Type::none || o.size() != 2)
      return nullptr;
    if (o[0].kind == Operand::Kind::slot && o[1].kind == Operand::Kind::slot)
      return operation(2, move);
    const bool packs = o[1].kind == Operand::Kind::vector;
    if (o[packs ? 0 : 1].kind != Operand::Kind::slot ||
        o[packs ? 1 : 0].kind != Operand::Kind::vector)
      return nullptr;
    std::vector<std::uint32_t> slots = o[0].slots;
    slots.insert(slots.end(), o[1].slots.begin(), o[1].slots.end());
    std::copy(slots.begin(), slots.end(), instruction_.slot.begin());
    const std::size_t count = slots.size() - 1;
    if (count != 2 && count != 4)
      return nullptr;
    instruction_.immediate = width(type) / static_cast<unsigned>(count);
    if (count == 2)
      return packs ? pack<2> : unpack<2>;
    return packs ? pack<4> : unpack<4>;
  }

  std::int64_t take_window() {
    if (take("shared") || take("shared::cta"))
      return static_cast<std::int64_t>(shared_window);
    if (take("local"))
      return static_cast<std::int64_t>(local_window);
    if (take("param"))
      return static_cast<std::int64_t>(parameter_window);
    valid_ = valid_ && (take("global") || take("const"));
    return 0;
  }

  Execute convert_address() {
    const bool to = take("to");
    const std::int64_t window = take_window();
    valid_ = valid_ && take_type() == Type::u64;
    instruction_.immediate = to ? -window : window;
    return operation(2, window ? add_immediate : move);
  }

  Execute test_space() {
    instruction_.immediate = take_window();
    return operation(2, in_window);
  }

  Execute conversion() {
    const Type result = take_type(), type = take_type();
    Conversion how;
    bool given;
    for (const char *word : {"rni", "rzi", "rmi", "rpi"})
      how.to_integer =
          how.to_integer || std::find(words_.begin(), words_.end(), word) != words_.end();
    how.rounding = take_rounding(given);
    how.ftz = take("ftz");
    how.saturate = take("sat");
    instruction_.immediate = how.packed();
    return operation(
        2, of_any(result, [=](auto d) -> Execute {
          return of_any(type, [](auto s) -> Execute { return convert<decltype(d), decltype(s)>; });
        }));
  }

  void take_any(std::initializer_list<std::string_view> words) {
    for (std::string_view word : words)
      take(word);
  }

  Space take_space() {
    if (take("global") || take("const"))
      return Space::global;
    if (take("shared") || take("shared::cta"))
      return Space::shared;
    if (take("local"))
      return Space::local;
    if (take("param"))
      return Space::parameter;
    return Space::generic;
  }

  bool take_address(const Operand &o, Space space) {
    instruction_.slot[4] = o.slots.at(0);
    instruction_.immediate = o.offset;
    instruction_.narrow = o.narrow || (space != Space::global && space != Space::generic);
    instruction_.window = kernel_.windows++;
    return o.kind == Operand::Kind::address;
  }

  template <bool Store, class T, int Count>
  static Execute access(Space space) {
    switch (space) {
    case Space::global:
      return Store ? store<T, Count, Space::global> : load<T, Count, Space::global>;
    case Space::shared:
      return Store ? store<T, Count, Space::shared> : load<T, Count, Space::shared>;
    case Space::local:
      return Store ? store<T, Count, Space::local> : load<T, Count, Space::local>;
    case Space::parameter:
      return Store ? nullptr : load<T, Count, Space::parameter>;
    case Space::generic:
      break;
    }
    return Store ? store<T, Count, Space::generic> : load<T, Count, Space::generic>;
  }

  void take_cache_operators() {
    take_any({"nc",
              "ca",
              "cg",
              "cs",
              "lu",
              "cv",
              "wb",
              "wt",
              "volatile",
              "relaxed",
              "weak",
              "acquire",
              "release",
              "acq_rel",
              "cta",
              "gpu",
              "sys",
              "cluster",
              "unified",
              "L1::evict_normal",
              "L1::evict_first",
              "L1::evict_last",
              "L1::no_allocate",
              "L1::evict_unchanged",
              "L2::64B",
              "L2::128B",
              "L2::256B"});
  }

  template <bool Store>
  Execute memory() {
    const auto &operands = statement_.operands;
    if (operands.size() != 2)
      return nullptr;
    const Space space = take_space();
    take_cache_operators();
    const std::size_t count = take("v2") ? 2 : take("v4") ? 4 : 1;
    const Type type = take_type();
    const Operand &data = operands[Store ? 1 : 0];
    if (!take_address(operands[Store ? 0 : 1], space) || data.slots.size() != count ||
        (data.kind == Operand::Kind::vector) != (count > 1))
      return nullptr;
    std::copy(data.slots.begin(), data.slots.end(), instruction_.slot.begin());
    return of_any(type, [=](auto x) -> Execute {
      using T = decltype(x);
      return count == 1                ? access<Store, T, 1>(space)
             : count == 2              ? access<Store, T, 2>(space)
             : sizeof(T) * count <= 16 ? access<Store, T, 4>(space)
                                       : nullptr;
    });
  }

  template <class T, const auto &op>
  static Execute atomic_access(Space space) {
    return space == Space::global    ? Execute(atomic<T, op, Space::global>)
           : space == Space::shared  ? Execute(atomic<T, op, Space::shared>)
           : space == Space::generic ? Execute(atomic<T, op, Space::generic>)
                                     : nullptr;
  }
  template <const auto &op>
  static Execute atomic_integer(Type type, Space space) {
    if (type == Type::b16 || type == Type::u16 || type == Type::s16)
      return nullptr;
    return of_integer(type, [=](auto x) { return atomic_access<decltype(x), op>(space); });
  }

  Execute atomic_operation(Type type, Space space) {
    if (take("add"))
      return type == Type::f32   ? atomic_access<float, atomic_add>(space)
             : type == Type::f64 ? atomic_access<double, atomic_add>(space)
                                 : atomic_integer<atomic_add>(type, space);
    if (take("min"))
      return atomic_integer<least>(type, space);
    if (take("max"))
      return atomic_integer<greatest>(type, space);
    if (take("and"))
      return atomic_integer<bit_and>(type, space);
    if (take("or"))
      return atomic_integer<bit_or>(type, space);
    if (take("xor"))
      return atomic_integer<bit_xor>(type, space);
    if (take("exch"))
      return atomic_integer<exchange>(type, space);
    return nullptr;
  }

  template <bool Returns>
  Execute atomics() {
    const auto &o = statement_.operands;
    const Space space = take_space();
    const Type type = take_type();
    take_cache_operators();
    const std::size_t first = Returns ? 1 : 0; // the address, then operands
    const bool swaps = take("cas");
    if (o.size() != first + (swaps ? 3 : 2) || !take_address(o[first], space))
      return nullptr;
    instruction_.slot[0] = Returns ? o[0].slots[0] : std::uint32_t{slot_sink};
    for (std::size_t n = first + 1; n < o.size(); ++n)
      instruction_.slot[n - first] = o[n].slots[0];
    if (!swaps)
      return atomic_operation(type, space);
    return bits_32_or_64(type, [=](auto x) -> Execute {
      using T = decltype(x);
      return space == Space::global    ? compare_and_swap<T, Space::global>
             : space == Space::shared  ? compare_and_swap<T, Space::shared>
             : space == Space::generic ? compare_and_swap<T, Space::generic>
                                       : nullptr;
    });
  }
  template <class F>
  static Execute bits_32_or_64(Type type, F f) {
    return type == Type::b32   ? f(std::uint32_t{})
           : type == Type::b64 ? f(std::uint64_t{})
                               : nullptr;
  }

  Execute barrier() {
    take_any({"cta", "sync", "aligned"});
    kernel_.has_barrier = true;
    return operation(1, wait);
  }

  Execute fence() {
    take_any({"cta", "gl", "sys", "gpu", "cluster", "sc", "acq_rel", "level"});
    return operation(0, nothing);
  }

  Execute find_float(const std::string &name) {
    if (name == "fma")
      return float_operation<float_fma, 3>(take_type());
    if (name == "sqrt")
      return float_operation<float_sqrt, 1>(take_type());
    if (name == "rcp")
      return float_operation<float_reciprocal, 1>(take_type());
    if (name == "rsqrt")
      return float_operation<float_reciprocal_sqrt, 1>(take_type());
    if (name == "ex2")
      return float_operation<float_exp2, 1>(take_type());
    if (name == "lg2")
      return float_operation<float_log2, 1>(take_type());
    if (name == "sin")
      return float_operation<float_sin, 1>(take_type());
    if (name == "cos")
      return float_operation<float_cos, 1>(take_type());
    if (name == "tanh")
      return float_operation<float_tanh, 1>(take_type());
    if (name == "copysign")
      return operation(
          3, of_float(take_type(), [](auto x) -> Execute { return copy_sign<decltype(x)>; }));
    return name == "testp" ? test_float() : nullptr;
  }

  Execute test_float() {
    const char *const tests[] = {"finite", "infinite", "number", "notanumber"};
    std::int64_t test = 0;
    while (test < 4 && !take(tests[test]))
      ++test;
    instruction_.immediate = test;
    if (test == 4)
      return nullptr;
    return operation(
        2, of_float(take_type(), [](auto x) -> Execute { return classify<decltype(x)>; }));
  }

  Execute find_bits(const std::string &name) {
    if (name == "and")
      return logic<bit_and>();
    if (name == "or")
      return logic<bit_or>();
    if (name == "xor")
      return logic<bit_xor>();
    if (name == "not")
      return invert();
    if (name == "cnot")
      return operation(2, unary_bits<logical_not>(take_type()));
    if (name == "shl")
      return shift<true>();
    if (name == "shr")
      return shift<false>();
    if (name == "shf")
      return funnel();
    if (name == "clz")
      return operation(2, unary_bits<count_zeros>(take_type()));
    if (name == "popc")
      return operation(2, unary_bits<count_ones>(take_type()));
    if (name == "brev")
      return operation(2, unary_bits<reverse>(take_type()));
    if (name == "prmt")
      return take_type() == Type::b32 ? operation(4, permute) : nullptr;
    if (name == "lop3")
      return take_type() == Type::b32 ? operation(5, lop3) : nullptr;
    if (name == "bfe")
      return bits_of_32_or_64(4, [](auto x) -> Execute { return bit_field_extract<decltype(x)>; });
    if (name == "bfi")
      return operation(5, bits_32_or_64(take_type(), [](auto x) -> Execute {
                         return bit_field_insert<decltype(x)>;
                       }));
    return nullptr;
  }

  Execute find_arithmetic(const std::string &name) {
    if (name == "add")
      return sum<add, add_saturated, float_add>();
    if (name == "sub")
      return sum<sub, sub_saturated, float_sub>();
    if (name == "mul")
      return multiply();
    if (name == "mad")
      return multiply_add();
    if (name == "div")
      return divide();
    if (name == "rem")
      return operation(3, binary_integer<remainder>(take_type()));
    if (name == "abs")
      return sign<false>();
    if (name == "neg")
      return sign<true>();
    if (name == "min")
      return extreme<false>();
    if (name == "max")
      return extreme<true>();
    if (name == "sad")
      return operation(4, ternary_integer<sad>(take_type()));
    if (name == "mul24")
      return multiply24<mul24_low, mul24_high>();
    if (name == "mad24")
      return multiply_add24<mad24_low, mad24_high>();
    return nullptr;
  }

  Execute find_other(const std::string &name) {
    if (name == "setp")
      return set_predicates();
    if (name == "set")
      return set_values();
    if (name == "selp")
      return select_one();
    if (name == "slct")
      return select_one_by_sign();
    if (name == "mov")
      return moves();
    if (name == "cvt")
      return conversion();
    if (name == "cvta")
      return convert_address();
    if (name == "isspacep")
      return test_space();
    if (name == "ld")
      return memory<false>();
    if (name == "ldu")
      return memory<false>();
    if (name == "st")
      return memory<true>();
    if (name == "atom")
      return atomics<true>();
    if (name == "red")
      return atomics<false>();
    return nullptr;
  }

  Execute find_control(const std::string &name) {
    if (name == "bra") {
      take("uni");
      return branch;
    }
    if (name == "ret" || name == "exit") {
      take("uni");
      return operation(0, leave);
    }
    if (name == "bar" || name == "barrier")
      return barrier();
    if (name == "membar" || name == "fence")
      return fence();
    return nullptr;
  }

  Execute find(const std::string &name) {
    for (const auto method : {&Decoder::find_control, &Decoder::find_arithmetic,
                              &Decoder::find_float, &Decoder::find_bits, &Decoder::find_other})
      if (const Execute e = (this->*method)(name))
        return e;
    return nullptr;
  }

  const Statement &statement_;
  Instruction &instruction_;
  Kernel &kernel_;
  std::vector<std::string> words_;
  bool valid_ = true;
};

} // namespace

bool decode(const Statement &statement, Instruction &instruction, Kernel &kernel) {
  return Decoder(statement, instruction, kernel).run();
}

} // namespace stand_in

// Logic, shifts and fields of bits.
#include "decoder.h"

namespace gpu_emulator {
namespace {

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
template <class F>
Execute integer_of_32_or_64(Decoder &d, std::size_t operands, F f) {
  const Type type = d.take_type();
  if (type == Type::b16 || type == Type::u16 || type == Type::s16)
    return nullptr;
  return d.operation(operands, of_integer(type, f));
}

template <bool Left>
Execute shift(Decoder &d) {
  const Type type = d.take_type();
  if (Left)
    return d.operation(
        3, of_unsigned(type, [](auto x) -> Execute { return shift_left<decltype(x)>; }));
  return d.operation(3,
                     of_integer(type, [](auto x) -> Execute { return shift_right<decltype(x)>; }));
}

Execute invert(Decoder &d) {
  const Type type = d.take_type();
  return d.operation(2, type == Type::pred ? Execute(unary<std::uint32_t, bit_not>)
                                           : unary_bits<bit_not>(type));
}

template <const auto &op>
Execute logic(Decoder &d) {
  return d.operation(3, binary_bits<op>(d.take_type()));
}

Execute funnel(Decoder &d) {
  const bool left = d.take("l");
  d.require(left || d.take("r"));
  d.require(d.take_type() == Type::b32);
  const bool wrap = d.take("wrap");
  d.require(wrap || d.take("clamp"));
  if (wrap)
    return d.operation(4, left ? funnel_shift<true, true> : funnel_shift<false, true>);
  return d.operation(4, left ? funnel_shift<true, false> : funnel_shift<false, false>);
}

} // namespace

Execute find_bits(Decoder &d) {
  const std::string &name = d.name();
  if (name == "and")
    return logic<bit_and>(d);
  if (name == "or")
    return logic<bit_or>(d);
  if (name == "xor")
    return logic<bit_xor>(d);
  if (name == "not")
    return invert(d);
  if (name == "cnot")
    return d.operation(2, unary_bits<logical_not>(d.take_type()));
  if (name == "shl")
    return shift<true>(d);
  if (name == "shr")
    return shift<false>(d);
  if (name == "shf")
    return funnel(d);
  if (name == "clz")
    return d.operation(2, unary_bits<count_zeros>(d.take_type()));
  if (name == "popc")
    return d.operation(2, unary_bits<count_ones>(d.take_type()));
  if (name == "brev")
    return d.operation(2, unary_bits<reverse>(d.take_type()));
  if (name == "prmt")
    return d.take_type() == Type::b32 ? d.operation(4, permute) : nullptr;
  if (name == "lop3")
    return d.take_type() == Type::b32 ? d.operation(5, lop3) : nullptr;
  if (name == "bfe")
    return integer_of_32_or_64(d, 4,
                               [](auto x) -> Execute { return bit_field_extract<decltype(x)>; });
  if (name == "bfi")
    return d.operation(5, bits_32_or_64(d.take_type(), [](auto x) -> Execute {
                         return bit_field_insert<decltype(x)>;
                       }));
  return nullptr;
}

} // namespace gpu_emulator

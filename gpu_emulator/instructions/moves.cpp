// Moves, conversions of values, and conversions of addresses between spaces.
#include "decoder.h"

namespace gpu_emulator {
namespace {

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
  // 2^n is the greatest D plus one.
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

unsigned width(Type type) {
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

Execute moves(Decoder &d) {
  const Type type = d.take_type();
  const auto &o = d.statement.operands;
  if (type == Type::none || o.size() != 2)
    return nullptr;
  if (o[0].kind == Operand::Kind::slot && o[1].kind == Operand::Kind::slot)
    return d.operation(2, move);
  const bool packs = o[1].kind == Operand::Kind::vector;
  if (o[packs ? 0 : 1].kind != Operand::Kind::slot ||
      o[packs ? 1 : 0].kind != Operand::Kind::vector)
    return nullptr;
  std::vector<std::uint32_t> slots = o[0].slots;
  slots.insert(slots.end(), o[1].slots.begin(), o[1].slots.end());
  std::copy(slots.begin(), slots.end(), d.instruction.slot.begin());
  const std::size_t count = slots.size() - 1;
  if (count != 2 && count != 4)
    return nullptr;
  d.instruction.immediate = width(type) / static_cast<unsigned>(count);
  if (count == 2)
    return packs ? pack<2> : unpack<2>;
  return packs ? pack<4> : unpack<4>;
}

std::int64_t take_window(Decoder &d) {
  if (d.take("shared") || d.take("shared::cta"))
    return static_cast<std::int64_t>(shared_window);
  if (d.take("local"))
    return static_cast<std::int64_t>(local_window);
  if (d.take("param"))
    return static_cast<std::int64_t>(parameter_window);
  d.require(d.take("global") || d.take("const"));
  return 0;
}

Execute convert_address(Decoder &d) {
  const bool to = d.take("to");
  const std::int64_t window = take_window(d);
  d.require(d.take_type() == Type::u64);
  d.instruction.immediate = to ? -window : window;
  return d.operation(2, window ? add_immediate : move);
}

Execute test_space(Decoder &d) {
  d.instruction.immediate = take_window(d);
  return d.operation(2, in_window);
}

Execute conversion(Decoder &d) {
  const Type result = d.take_type(), type = d.take_type();
  Conversion how;
  for (const char *word : {"rni", "rzi", "rmi", "rpi"})
    how.to_integer = how.to_integer || d.has(word);
  how.rounding = d.take_rounding();
  how.ftz = d.take("ftz");
  how.saturate = d.take("sat");
  d.instruction.immediate = how.packed();
  return d.operation(2, of_any(result, [=](auto to) -> Execute {
                       return of_any(type, [](auto from) -> Execute {
                         return convert<decltype(to), decltype(from)>;
                       });
                     }));
}

} // namespace

Execute find_move(Decoder &d) {
  const std::string &name = d.name();
  if (name == "mov")
    return moves(d);
  if (name == "cvt")
    return conversion(d);
  if (name == "cvta")
    return convert_address(d);
  return name == "isspacep" ? test_space(d) : nullptr;
}

} // namespace gpu_emulator

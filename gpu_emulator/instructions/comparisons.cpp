// Comparisons and selections.
#include "decoder.h"

namespace gpu_emulator {
namespace {

constexpr auto equal = [](auto a, auto b) -> bool { return a == b; };
constexpr auto not_equal = [](auto a, auto b) -> bool { return a != b; };
constexpr auto less = [](auto a, auto b) -> bool { return a < b; };
constexpr auto less_equal = [](auto a, auto b) -> bool { return a <= b; };
constexpr auto greater = [](auto a, auto b) -> bool { return a > b; };
constexpr auto greater_equal = [](auto a, auto b) -> bool { return a >= b; };
// The comparisons num and nan.
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
/// The immediate is the value for true.
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

Execute take_comparison(Decoder &d, Type type, bool value) {
  const bool ftz = d.take("ftz");
  const auto is = [&](std::string_view a) { return d.take(a); };
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

Execute set_predicates(Decoder &d) {
  const Type type = d.take_type();
  auto combination = Combination::with_and;
  bool with_operand = true;
  if (d.take("or"))
    combination = Combination::with_or;
  else if (d.take("xor"))
    combination = Combination::with_xor;
  else
    with_operand = d.take("and");
  const auto &operands = d.statement.operands;
  if (operands.size() != (with_operand ? 4u : 3u))
    return nullptr;
  for (const Operand &o : operands)
    d.require(o.kind == Operand::Kind::slot ||
              (&o == &operands[0] && o.kind == Operand::Kind::pair));
  d.instruction.slot = {operands[0].slots[0],
                        operands[0].kind == Operand::Kind::pair ? operands[0].slots[1] : slot_sink,
                        operands[1].slots[0], operands[2].slots[0],
                        with_operand ? operands[3].slots[0] : slot_true};
  d.instruction.negated = with_operand && operands[3].negated;
  d.instruction.immediate = static_cast<std::int64_t>(combination);
  return take_comparison(d, type, false);
}

Execute set_values(Decoder &d) {
  const Type result = d.take_type(), type = d.take_type();
  if (result != Type::u32 && result != Type::s32 && result != Type::f32)
    return nullptr;
  d.instruction.immediate = result == Type::f32 ? 0x3f800000 : 0xffffffff;
  return d.operation(3, take_comparison(d, type, true));
}

Execute select_one(Decoder &d) {
  if (d.take_type() == Type::none || d.statement.operands.size() != 4)
    return nullptr;
  return d.operation(4, select);
}

Execute select_one_by_sign(Decoder &d) {
  const Type type = d.take_type(), sign = d.take_type();
  if (type == Type::none || (sign != Type::s32 && sign != Type::f32))
    return nullptr;
  return d.operation(4, sign == Type::s32 ? select_by_sign<std::int32_t> : select_by_sign<float>);
}

} // namespace

Execute find_comparison(Decoder &d) {
  const std::string &name = d.name();
  if (name == "setp")
    return set_predicates(d);
  if (name == "set")
    return set_values(d);
  if (name == "selp")
    return select_one(d);
  return name == "slct" ? select_one_by_sign(d) : nullptr;
}

} // namespace gpu_emulator

// Arithmetic with integers.
#include "decoder.h"

namespace gpu_emulator {
namespace {

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
/// The product of the low 24 bits.
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
// A GPU does not trap: x / 0 has all bits set, and the remainder is x.
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
constexpr auto sad = [](auto a, auto b, auto c) -> decltype(a) {
  return wrapping_sum(c, a < b ? sub(b, a) : sub(a, b));
};

template <class T>
bool mad_wide(Thread &t, const Instruction &i) {
  const wide<T> p = product(get<T>(t, i.slot[1]), get<T>(t, i.slot[2]));
  put(t, i.slot[0], wrapping_sum(p, get<wide<T>>(t, i.slot[3])));
  return true;
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

template <const auto &op, const auto &saturated_op>
Execute sum(Decoder &d) {
  const Type type = d.take_type();
  if (d.take("sat"))
    return d.operation(3,
                       type == Type::s32 ? Execute(binary<std::int32_t, saturated_op>) : nullptr);
  return d.operation(3, binary_integer<op>(type));
}

Execute multiply(Decoder &d) {
  const Type type = d.take_type();
  if (d.take("lo"))
    return d.operation(3, binary_integer<mul_low>(type));
  if (d.take("hi"))
    return d.operation(3, binary_integer<mul_high>(type));
  if (d.take("wide"))
    return d.operation(3, of_integer(type, [](auto x) -> Execute {
                         using T = decltype(x);
                         if constexpr (sizeof(T) == 8)
                           return nullptr;
                         else
                           return binary<T, mul_wide>;
                       }));
  return nullptr;
}

Execute multiply_add(Decoder &d) {
  const Type type = d.take_type();
  if (d.take("lo"))
    return d.operation(4, ternary_integer<mad_low>(type));
  if (d.take("hi"))
    return d.operation(4, ternary_integer<mad_high>(type));
  if (d.take("wide"))
    return d.operation(4, of_integer(type, [](auto x) -> Execute {
                         using T = decltype(x);
                         if constexpr (sizeof(T) == 8)
                           return nullptr;
                         else
                           return mad_wide<T>;
                       }));
  return nullptr;
}

template <const auto &op>
Execute unary_signed(Decoder &d) {
  return d.operation(
      2, of_signed(d.take_type(), [](auto x) -> Execute { return unary<decltype(x), op>; }));
}

template <const auto &low, const auto &high>
Execute multiply24(Decoder &d) {
  const Type type = d.take_type();
  if (d.take("hi"))
    return d.operation(3, binary_of_32<high>(type));
  return d.take("lo") ? d.operation(3, binary_of_32<low>(type)) : nullptr;
}
template <const auto &low, const auto &high>
Execute multiply_add24(Decoder &d) {
  const Type type = d.take_type();
  if (d.take("hi"))
    return d.operation(4, ternary_of_32<high>(type));
  return d.take("lo") ? d.operation(4, ternary_of_32<low>(type)) : nullptr;
}

} // namespace

Execute find_integer(Decoder &d) {
  const std::string &name = d.name();
  if (name == "add")
    return sum<add, add_saturated>(d);
  if (name == "sub")
    return sum<sub, sub_saturated>(d);
  if (name == "mul")
    return multiply(d);
  if (name == "mad")
    return multiply_add(d);
  if (name == "div")
    return d.operation(3, binary_integer<quotient>(d.take_type()));
  if (name == "rem")
    return d.operation(3, binary_integer<remainder>(d.take_type()));
  if (name == "abs")
    return unary_signed<absolute>(d);
  if (name == "neg")
    return unary_signed<negate>(d);
  if (name == "min")
    return d.operation(3, binary_integer<least>(d.take_type()));
  if (name == "max")
    return d.operation(3, binary_integer<greatest>(d.take_type()));
  if (name == "sad")
    return d.operation(4, ternary_integer<sad>(d.take_type()));
  if (name == "mul24")
    return multiply24<mul24_low, mul24_high>(d);
  if (name == "mad24")
    return multiply_add24<mad24_low, mad24_high>(d);
  return nullptr;
}

} // namespace gpu_emulator

// Arithmetic in floating point.
#include "decoder.h"

namespace gpu_emulator {
namespace {

template <class T>
constexpr float_bits<T> sign_bit = float_bits<T>{1} << (sizeof(T) * 8 - 1);

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
// +0 is greater than -0. A number wins over a NaN unless NaN is propagated.
template <bool Maximum, bool PropagateNan>
constexpr auto float_extreme = [](auto a, auto b) -> decltype(a) {
  using T = decltype(a);
  if (std::isnan(a) || std::isnan(b))
    return PropagateNan ? std::numeric_limits<T>::quiet_NaN() : std::isnan(a) ? b : a;
  if (a == b)
    return std::signbit(a) == Maximum ? b : a;
  return (a < b) == Maximum ? b : a;
};

// An operation is special if it saturates or does not round to nearest.
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

template <const auto &op, int Arity>
Execute operation(Decoder &d) {
  const Type type = d.take_type();
  const std::int64_t rounding = d.take_rounding();
  const bool ftz = d.take("ftz"), saturate = d.take("sat");
  d.take_any({"approx", "full"});
  const bool special = rounding != FE_TONEAREST || saturate;
  d.instruction.immediate = rounding | (saturate ? saturate_flag : 0);
  return d.operation(
      Arity + 1, of_float(type, [=](auto x) -> Execute {
        using T = decltype(x);
        if (special)
          return ftz ? floating<T, op, Arity, true, true> : floating<T, op, Arity, false, true>;
        return ftz ? floating<T, op, Arity, true, false> : floating<T, op, Arity, false, false>;
      }));
}

template <bool Maximum>
Execute extreme(Decoder &d) {
  return d.take("NaN") ? operation<float_extreme<Maximum, true>, 2>(d)
                       : operation<float_extreme<Maximum, false>, 2>(d);
}

template <bool Negate>
Execute sign(Decoder &d) {
  const Type type = d.take_type();
  const bool ftz = d.take("ftz");
  return d.operation(2, of_float(type, [=](auto x) -> Execute {
                       using T = decltype(x);
                       return ftz ? change_sign<T, true, Negate> : change_sign<T, false, Negate>;
                     }));
}

Execute test_float(Decoder &d) {
  const char *const tests[] = {"finite", "infinite", "number", "notanumber"};
  std::int64_t test = 0;
  while (test < 4 && !d.take(tests[test]))
    ++test;
  d.instruction.immediate = test;
  if (test == 4)
    return nullptr;
  return d.operation(
      2, of_float(d.take_type(), [](auto x) -> Execute { return classify<decltype(x)>; }));
}

/// The operations that integers have too.
Execute find_arithmetic(Decoder &d) {
  const std::string &name = d.name();
  if (name == "add")
    return operation<float_add, 2>(d);
  if (name == "sub")
    return operation<float_sub, 2>(d);
  if (name == "mul")
    return operation<float_mul, 2>(d);
  if (name == "mad")
    return operation<float_fma, 3>(d);
  if (name == "div")
    return operation<float_div, 2>(d);
  if (name == "abs")
    return sign<false>(d);
  if (name == "neg")
    return sign<true>(d);
  if (name == "min")
    return extreme<false>(d);
  return name == "max" ? extreme<true>(d) : nullptr;
}

} // namespace

Execute find_float(Decoder &d) {
  const std::string &name = d.name();
  const Type type = d.next_type();
  if (type != Type::f32 && type != Type::f64)
    return nullptr;
  if (name == "fma")
    return operation<float_fma, 3>(d);
  if (name == "sqrt")
    return operation<float_sqrt, 1>(d);
  if (name == "rcp")
    return operation<float_reciprocal, 1>(d);
  if (name == "rsqrt")
    return operation<float_reciprocal_sqrt, 1>(d);
  if (name == "ex2")
    return operation<float_exp2, 1>(d);
  if (name == "lg2")
    return operation<float_log2, 1>(d);
  if (name == "sin")
    return operation<float_sin, 1>(d);
  if (name == "cos")
    return operation<float_cos, 1>(d);
  if (name == "tanh")
    return operation<float_tanh, 1>(d);
  if (name == "copysign")
    return d.operation(
        3, of_float(d.take_type(), [](auto x) -> Execute { return copy_sign<decltype(x)>; }));
  return name == "testp" ? test_float(d) : find_arithmetic(d);
}

} // namespace gpu_emulator

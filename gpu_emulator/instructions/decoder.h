// Finds the function that executes an instruction from its text.
#pragma once

#include "values.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace gpu_emulator {

enum class Type { none, pred, b8, b16, b32, b64, u8, u16, u32, u64, s8, s16, s32, s64, f32, f64 };

/// Reads the words and operands of one statement into an instruction.
class Decoder {
public:
  Decoder(const Statement &s, Instruction &i, Kernel &k)
      : statement(s), instruction(i), kernel(k), words_(s.words.begin() + 1, s.words.end()) {}

  const std::string &name() const { return statement.words[0]; }

  /// True if every word was taken and every requirement is met.
  bool is_complete() const { return words_.empty() && valid_; }
  void require(bool condition) { valid_ = valid_ && condition; }

  bool has(std::string_view word) const;
  /// Removes the word, and says whether it was there.
  bool take(std::string_view word);
  void take_any(std::initializer_list<std::string_view> words);
  /// Removes and returns the first type among the words, or returns none.
  Type take_type();
  Type next_type() const;
  /// Removes and returns the rounding; FE_TONEAREST is the default.
  std::int64_t take_rounding();
  /// Takes one slot from each operand.
  void take_operands(std::size_t count);
  Execute operation(std::size_t operands, Execute e);

  const Statement &statement;
  Instruction &instruction;
  Kernel &kernel;

private:
  std::vector<std::string>::const_iterator find_type(Type &type) const;

  std::vector<std::string> words_;
  bool valid_ = true;
};

// Each finds the instructions of its kind, and returns null for other names.
Execute find_integer(Decoder &d);
Execute find_float(Decoder &d);
Execute find_bits(Decoder &d);
Execute find_comparison(Decoder &d);
Execute find_move(Decoder &d);
Execute find_access(Decoder &d);

// Each calls f with a value of the type, so that f can name an instance of a template.

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

template <class F>
Execute bits_32_or_64(Type type, F f) {
  return type == Type::b32 ? f(std::uint32_t{}) : type == Type::b64 ? f(std::uint64_t{}) : nullptr;
}

// Executes an operator of one, two or three operands.

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
} // namespace gpu_emulator

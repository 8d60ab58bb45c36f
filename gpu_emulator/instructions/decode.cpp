// Instructions of control flow, and the search for all others.
#include "decoder.h"

namespace gpu_emulator {

bool Decoder::has(std::string_view word) const {
  return std::find(words_.begin(), words_.end(), word) != words_.end();
}

bool Decoder::take(std::string_view word) {
  const auto it = std::find(words_.begin(), words_.end(), word);
  if (it == words_.end())
    return false;
  words_.erase(it);
  return true;
}

void Decoder::take_any(std::initializer_list<std::string_view> words) {
  for (std::string_view word : words)
    take(word);
}

std::vector<std::string>::const_iterator Decoder::find_type(Type &type) const {
  static constexpr std::string_view names[] = {"pred", "b8",  "b16", "b32", "b64",
                                               "u8",   "u16", "u32", "u64", "s8",
                                               "s16",  "s32", "s64", "f32", "f64"};
  type = Type::none;
  for (auto word = words_.begin(); word != words_.end(); ++word)
    for (std::size_t n = 0; n < std::size(names); ++n)
      if (*word == names[n]) {
        type = static_cast<Type>(n + 1);
        return word;
      }
  return words_.end();
}

Type Decoder::next_type() const {
  Type type;
  find_type(type);
  return type;
}

Type Decoder::take_type() {
  Type type;
  const auto word = find_type(type);
  if (word != words_.end())
    words_.erase(word);
  return type;
}

std::int64_t Decoder::take_rounding() {
  if (take("rz") || take("rzi"))
    return FE_TOWARDZERO;
  if (take("rm") || take("rmi"))
    return FE_DOWNWARD;
  if (take("rp") || take("rpi"))
    return FE_UPWARD;
  take_any({"rn", "rni"});
  return FE_TONEAREST;
}

void Decoder::take_operands(std::size_t count) {
  require(statement.operands.size() == count);
  for (std::size_t n = 0; valid_ && n < count; ++n) {
    const Operand &o = statement.operands[n];
    require(o.kind == Operand::Kind::slot && !o.negated);
    if (valid_)
      instruction.slot[n] = o.slots[0];
  }
}

Execute Decoder::operation(std::size_t operands, Execute e) {
  take_operands(operands);
  return e;
}

namespace {

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

Execute barrier(Decoder &d) {
  d.take_any({"cta", "sync", "aligned"});
  d.kernel.has_barrier = true;
  return d.operation(1, wait);
}

Execute fence(Decoder &d) {
  d.take_any({"cta", "gl", "sys", "gpu", "cluster", "sc", "acq_rel", "level"});
  return d.operation(0, nothing);
}

Execute find_control(Decoder &d) {
  const std::string &name = d.name();
  if (name == "bra") {
    d.take("uni");
    return branch;
  }
  if (name == "ret" || name == "exit") {
    d.take("uni");
    return d.operation(0, leave);
  }
  if (name == "bar" || name == "barrier")
    return barrier(d);
  if (name == "membar" || name == "fence")
    return fence(d);
  return nullptr;
}

} // namespace

bool decode(const Statement &statement, Instruction &instruction, Kernel &kernel) {
  Decoder d(statement, instruction, kernel);
  for (const auto find :
       {find_control, find_float, find_integer, find_bits, find_comparison, find_move, find_access})
    if (!instruction.execute)
      instruction.execute = find(d);
  return instruction.execute && d.is_complete();
}

} // namespace gpu_emulator

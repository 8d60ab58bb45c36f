// Loads, stores and atomics. The address is in slot 4; the slots before have elements or operands.
#include "decoder.h"

namespace gpu_emulator {
namespace {

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

Space take_space(Decoder &d) {
  if (d.take("global") || d.take("const"))
    return Space::global;
  if (d.take("shared") || d.take("shared::cta"))
    return Space::shared;
  if (d.take("local"))
    return Space::local;
  if (d.take("param"))
    return Space::parameter;
  return Space::generic;
}

bool take_address(Decoder &d, const Operand &o, Space space) {
  d.instruction.slot[4] = o.slots.at(0);
  d.instruction.immediate = o.offset;
  d.instruction.narrow = o.narrow || (space != Space::global && space != Space::generic);
  d.instruction.window = d.kernel.windows++;
  return o.kind == Operand::Kind::address;
}

template <bool Store, class T, int Count>
Execute access(Space space) {
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

void take_cache_operators(Decoder &d) {
  d.take_any({"nc",
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
Execute memory(Decoder &d) {
  const auto &operands = d.statement.operands;
  if (operands.size() != 2)
    return nullptr;
  const Space space = take_space(d);
  take_cache_operators(d);
  const std::size_t count = d.take("v2") ? 2 : d.take("v4") ? 4 : 1;
  const Type type = d.take_type();
  const Operand &data = operands[Store ? 1 : 0];
  if (!take_address(d, operands[Store ? 0 : 1], space) || data.slots.size() != count ||
      (data.kind == Operand::Kind::vector) != (count > 1))
    return nullptr;
  std::copy(data.slots.begin(), data.slots.end(), d.instruction.slot.begin());
  return of_any(type, [=](auto x) -> Execute {
    using T = decltype(x);
    return count == 1                ? access<Store, T, 1>(space)
           : count == 2              ? access<Store, T, 2>(space)
           : sizeof(T) * count <= 16 ? access<Store, T, 4>(space)
                                     : nullptr;
  });
}

template <class T, const auto &op>
Execute atomic_access(Space space) {
  return space == Space::global    ? Execute(atomic<T, op, Space::global>)
         : space == Space::shared  ? Execute(atomic<T, op, Space::shared>)
         : space == Space::generic ? Execute(atomic<T, op, Space::generic>)
                                   : nullptr;
}
template <const auto &op>
Execute atomic_integer(Type type, Space space) {
  if (type == Type::b16 || type == Type::u16 || type == Type::s16)
    return nullptr;
  return of_integer(type, [=](auto x) { return atomic_access<decltype(x), op>(space); });
}

Execute atomic_operation(Decoder &d, Type type, Space space) {
  if (d.take("add"))
    return type == Type::f32   ? atomic_access<float, atomic_add>(space)
           : type == Type::f64 ? atomic_access<double, atomic_add>(space)
                               : atomic_integer<atomic_add>(type, space);
  if (d.take("min"))
    return atomic_integer<least>(type, space);
  if (d.take("max"))
    return atomic_integer<greatest>(type, space);
  if (d.take("and"))
    return atomic_integer<bit_and>(type, space);
  if (d.take("or"))
    return atomic_integer<bit_or>(type, space);
  if (d.take("xor"))
    return atomic_integer<bit_xor>(type, space);
  if (d.take("exch"))
    return atomic_integer<exchange>(type, space);
  return nullptr;
}

template <bool Returns>
Execute atomics(Decoder &d) {
  const auto &o = d.statement.operands;
  const Space space = take_space(d);
  const Type type = d.take_type();
  take_cache_operators(d);
  const std::size_t first = Returns ? 1 : 0; // the address, then operands
  const bool swaps = d.take("cas");
  if (o.size() != first + (swaps ? 3 : 2) || !take_address(d, o[first], space))
    return nullptr;
  d.instruction.slot[0] = Returns ? o[0].slots[0] : std::uint32_t{slot_sink};
  for (std::size_t n = first + 1; n < o.size(); ++n)
    d.instruction.slot[n - first] = o[n].slots[0];
  if (!swaps)
    return atomic_operation(d, type, space);
  return bits_32_or_64(type, [=](auto x) -> Execute {
    using T = decltype(x);
    return space == Space::global    ? compare_and_swap<T, Space::global>
           : space == Space::shared  ? compare_and_swap<T, Space::shared>
           : space == Space::generic ? compare_and_swap<T, Space::generic>
                                     : nullptr;
  });
}

} // namespace

Execute find_access(Decoder &d) {
  const std::string &name = d.name();
  if (name == "ld" || name == "ldu")
    return memory<false>(d);
  if (name == "st")
    return memory<true>(d);
  if (name == "atom")
    return atomics<true>(d);
  return name == "red" ? atomics<false>(d) : nullptr;
}

} // namespace gpu_emulator

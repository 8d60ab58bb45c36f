#include "machine.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace gpu_emulator {
namespace {

constexpr int success = 0, error_illegal_address = 700, error_misaligned_address = 716,
              error_launch_failed = 719;

constexpr std::uint32_t thread_bits = 11, many_threads = 1u << (thread_bits - 1);
constexpr std::uint32_t last_phase = (1u << (32 - thread_bits)) - 1;

/// The order of blocks: a permutation that looks random and is the same every time.
class Shuffled {
public:
  explicit Shuffled(std::uint64_t count) : count_(count), step_(count / 2 + count / 7 + 1) {
    while (greatest_common_divisor(step_, count_) != 1)
      ++step_;
  }
  std::uint64_t next() { return at_ = (at_ + step_) % count_; }

private:
  static std::uint64_t greatest_common_divisor(std::uint64_t a, std::uint64_t b) {
    return b ? greatest_common_divisor(b, a % b) : a;
  }
  std::uint64_t count_, step_, at_ = 0;
};

std::string triple(const std::array<std::uint32_t, 3> &x) {
  return "(" + std::to_string(x[0]) + "," + std::to_string(x[1]) + "," + std::to_string(x[2]) + ")";
}

std::string hexadecimal(std::uint64_t x) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%" PRIx64, x);
  return text;
}

const char *name_of(Access access) {
  return access == Access::read ? "read" : access == Access::write ? "write" : "atomic";
}

} // namespace

Machine::Machine(const Launch &launch, const Memory &memory)
    : launch_(launch), kernel_(*launch.kernel), memory_(memory), windows_(kernel_.windows),
      threads_(std::size_t{launch.block[0]} * launch.block[1] * launch.block[2]),
      shared_(kernel_.static_shared + launch.dynamic_shared), parameters_(launch.parameters) {
  // Without barriers threads run to their end, so they share one register file.
  const std::size_t files = kernel_.has_barrier ? threads_.size() : 1;
  registers_.resize(files * kernel_.registers.size());
  local_.resize(files * kernel_.local_bytes);
  touched_.write.resize(shared_.size());
  touched_.read.resize(shared_.size());
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    Thread &thread = threads_[t];
    thread.machine = this;
    thread.id = static_cast<std::uint32_t>(t);
    const std::size_t file = kernel_.has_barrier ? t : 0;
    thread.registers = registers_.data() + file * kernel_.registers.size();
    thread.local = local_.data() + file * kernel_.local_bytes;
  }
}

int Machine::run() {
  const auto [x, y, z] = launch_.grid;
  const std::uint64_t blocks = std::uint64_t{x} * y * z;
  Shuffled order(blocks);
  for (std::uint64_t n = 0; n < blocks; ++n) {
    const std::uint64_t b = order.next();
    if (!run_block({static_cast<std::uint32_t>(b % x), static_cast<std::uint32_t>(b / x % y),
                    static_cast<std::uint32_t>(b / x / y)}))
      break;
  }
  return result_;
}

bool Machine::run_block(const std::array<std::uint32_t, 3> &block) {
  block_ = block;
  std::fill(shared_.begin(), shared_.end(), std::uint8_t{0xff});
  for (Thread &thread : threads_)
    thread.state = Thread::State::fresh;
  descending_ = false;
  next_phase();
  while (run_phase())
    if (!release_barrier())
      return result_ == success;
  return false;
}

void Machine::next_phase() {
  if (phase_ == last_phase) {
    std::fill(touched_.write.begin(), touched_.write.end(), 0u);
    std::fill(touched_.read.begin(), touched_.read.end(), 0u);
    phase_ = 0;
  }
  ++phase_;
}

// Every thread runs until its next barrier. Phases ascend and descend in turn, so that results show
// a dependence on the order.
bool Machine::run_phase() {
  const std::size_t count = threads_.size();
  for (std::size_t n = 0; n < count && result_ == success; ++n) {
    Thread &thread = threads_[descending_ ? count - 1 - n : n];
    if (thread.state == Thread::State::fresh)
      start(thread);
    if (thread.state == Thread::State::ready)
      run_thread(thread);
  }
  return result_ == success;
}

// Returns false where no thread waits.
bool Machine::release_barrier() {
  const Thread *first = nullptr;
  for (Thread &thread : threads_) {
    if (thread.state != Thread::State::waiting)
      continue;
    if (!first)
      first = &thread;
    if (thread.barrier != first->barrier) {
      fail(thread, kernel_.code[thread.pc - 1], error_launch_failed,
           "waits at another barrier than thread " + std::to_string(first->id));
      return false;
    }
    thread.state = Thread::State::ready;
  }
  next_phase();
  descending_ = !descending_;
  return first != nullptr;
}

void Machine::start(Thread &thread) {
  std::copy(kernel_.registers.begin(), kernel_.registers.end(), thread.registers);
  std::fill_n(thread.local, kernel_.local_bytes, std::uint8_t{0xff});
  std::uint64_t *r = thread.registers;
  const auto &size = launch_.block;
  r[slot_tid] = thread.id % size[0];
  r[slot_tid + 1] = thread.id / size[0] % size[1];
  r[slot_tid + 2] = thread.id / size[0] / size[1];
  std::copy(size.begin(), size.end(), r + slot_ntid);
  std::copy(block_.begin(), block_.end(), r + slot_ctaid);
  std::copy(launch_.grid.begin(), launch_.grid.end(), r + slot_nctaid);
  r[slot_laneid] = thread.id % 32;
  r[slot_warpid] = thread.id / 32;
  r[slot_nwarpid] = (threads_.size() + 31) / 32;
  r[slot_dynamic_shared] = launch_.dynamic_shared;
  r[slot_total_shared] = shared_.size();
  thread.pc = 0;
  thread.state = Thread::State::ready;
}

void Machine::run_thread(Thread &thread) {
  const Instruction *const code = kernel_.code.data();
  const std::uint64_t *const registers = thread.registers;
  std::uint64_t count = 0;
  for (bool running = true; running;) {
    const Instruction &i = code[thread.pc++];
    ++count;
    if (((registers[i.guard] & 1) != 0) != i.negated_guard)
      running = i.execute(thread, i);
  }
  executed_ += count;
}

std::uint8_t *Machine::find_global(Thread &thread, const Instruction &i, std::uint64_t address,
                                   std::uint64_t size, Access access) {
  const std::string what = std::string(name_of(access)) + " of " + std::to_string(size) +
                           " bytes at " + hexadecimal(address);
  if (address % size != 0)
    return fail(thread, i, error_misaligned_address,
                what + ", which is misaligned, " + memory_.describe(address));
  const Allocation *a = memory_.find(address);
  if (!a || size > a->size - (address - a->begin))
    return fail(thread, i, error_illegal_address, what + ", " + memory_.describe(address));
  if (!a->host && a->owner != launch_.owner)
    return fail(thread, i, error_illegal_address,
                what + " of another context, " + memory_.describe(address));
  windows_[i.window] = {a->begin, a->size, a->data};
  return a->data + (address - a->begin);
}

// `offset` is the address relative to the bytes of a space other than global memory.
std::uint8_t *Machine::in_space(Thread &thread, const Instruction &i, const char *space,
                                std::uint64_t address, std::uint64_t offset, std::uint64_t size,
                                std::uint8_t *data, std::uint64_t bytes) {
  if (address % size == 0 && offset < bytes && size <= bytes - offset)
    return data + offset;
  const bool aligned = address % size == 0;
  return fail(thread, i, aligned ? error_illegal_address : error_misaligned_address,
              "access of " + std::to_string(size) + " bytes at " + hexadecimal(address) + " of " +
                  (aligned ? "" : "misaligned ") + space + ", which has " + std::to_string(bytes) +
                  " bytes from " + hexadecimal(address - offset));
}

std::uint8_t *Machine::shared(Thread &thread, const Instruction &i, std::uint64_t address,
                              std::uint64_t size, Access access, const void *value) {
  const std::uint64_t offset = address - launch_.shared_base;
  std::uint8_t *p =
      in_space(thread, i, "shared memory", address, offset, size, shared_.data(), shared_.size());
  if (p && access != Access::atomic && races(thread, offset, size, access, value))
    return fail(thread, i, error_launch_failed,
                std::string(name_of(access)) + " of " + std::to_string(size) +
                    " bytes of shared memory at " + hexadecimal(address) +
                    " without a barrier since another thread's access");
  return p;
}

// A write of the value that is there already is no race with other writes.
bool Machine::races(const Thread &thread, std::size_t offset, std::size_t size, Access access,
                    const void *value) {
  const std::uint32_t phase = phase_ << thread_bits, mine = phase | thread.id;
  const auto others = [&](std::uint32_t touched) {
    return touched >= phase && touched != mine; // no phase is later than this one
  };
  std::uint32_t *const write = touched_.write.data() + offset;
  std::uint32_t *const read = touched_.read.data() + offset;
  bool race = false;
  if (access == Access::read) {
    for (std::size_t n = 0; n < size; ++n) {
      race |= others(write[n]);
      read[n] = others(read[n]) ? phase | many_threads : mine;
    }
    return race;
  }
  const auto *bytes = static_cast<const std::uint8_t *>(value);
  for (std::size_t n = 0; n < size; ++n) {
    race |= others(read[n]) || (others(write[n]) && bytes[n] != shared_[offset + n]);
    write[n] = mine;
  }
  return race;
}

std::uint8_t *Machine::local(Thread &thread, const Instruction &i, std::uint64_t address,
                             std::uint64_t size) {
  return in_space(thread, i, "local memory", address, address, size, thread.local,
                  kernel_.local_bytes);
}

std::uint8_t *Machine::parameter(Thread &thread, const Instruction &i, std::uint64_t address,
                                 std::uint64_t size, Access access) {
  if (access != Access::read)
    return fail(thread, i, error_illegal_address, "write to a parameter");
  return in_space(thread, i, "the parameters", address, address, size, parameters_.data(),
                  parameters_.size());
}

std::uint8_t *Machine::generic(Thread &thread, const Instruction &i, std::uint64_t address,
                               std::uint64_t size, Access access, const void *value) {
  const std::uint64_t inside = address & ~window_mask;
  switch (address & window_mask) {
  case shared_window:
    return shared(thread, i, inside, size, access, value);
  case local_window:
    return local(thread, i, inside, size);
  case parameter_window:
    return parameter(thread, i, inside, size, access);
  default:
    return global(thread, i, address, size, access);
  }
}

std::uint8_t *Machine::fail(const Thread &thread, const Instruction &i, int result,
                            const std::string &what) {
  const auto &size = launch_.block;
  const std::array<std::uint32_t, 3> id{thread.id % size[0], thread.id / size[0] % size[1],
                                        thread.id / size[0] / size[1]};
  const auto index = static_cast<std::size_t>(&i - kernel_.code.data());
  message_ = "kernel " + kernel_.name + ", block " + triple(block_) + ", thread " + triple(id) +
             ", '" + kernel_.text[index] + "': " + what;
  result_ = result;
  return nullptr;
}

} // namespace gpu_emulator

#ifndef HINGE_GPU_EMULATOR_MACHINE_H
#define HINGE_GPU_EMULATOR_MACHINE_H

#include "memory.h"
#include "ptx.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace gpu_emulator {

class Machine;

struct Thread {
  enum class State : std::uint8_t { fresh, ready, waiting, done };

  Machine *machine;
  std::uint64_t *registers;
  std::uint8_t *local;
  std::uint32_t pc;
  std::uint32_t id; // its index in the block
  std::uint32_t barrier;
  State state;
};

struct Launch {
  const Kernel *kernel = nullptr;
  std::array<std::uint32_t, 3> grid{}, block{};
  std::uint32_t dynamic_shared = 0;
  std::vector<std::uint8_t> parameters;
  const void *owner = nullptr; // the context
  std::uint32_t shared_base = 0;
};

// The top byte of a generic address says its space.
constexpr std::uint64_t shared_window = std::uint64_t{1} << 56;
constexpr std::uint64_t local_window = std::uint64_t{2} << 56;
constexpr std::uint64_t parameter_window = std::uint64_t{3} << 56;
constexpr std::uint64_t window_mask = std::uint64_t{0xff} << 56;

enum class Access { read, write, atomic };

/// Executes a grid, one thread after the other.
class Machine {
public:
  Machine(const Launch &launch, const Memory &memory);

  /// Returns CUDA_SUCCESS, or the error that the launch ends with.
  int run();
  std::uint64_t executed() const { return executed_; }
  const std::string &message() const { return message_; }

  // Each returns the bytes of an access, or null where it is an error.
  std::uint8_t *global(Thread &thread, const Instruction &instruction, std::uint64_t address,
                       std::uint64_t size, Access access) {
    const Window &w = windows_[instruction.window];
    const std::uint64_t offset = address - w.begin;
    if (offset < w.size && size <= w.size - offset && address % size == 0)
      return w.data + offset;
    return find_global(thread, instruction, address, size, access);
  }
  std::uint8_t *shared(Thread &thread, const Instruction &instruction, std::uint64_t address,
                       std::uint64_t size, Access access, const void *value);
  std::uint8_t *local(Thread &thread, const Instruction &instruction, std::uint64_t address,
                      std::uint64_t size);
  std::uint8_t *parameter(Thread &thread, const Instruction &instruction, std::uint64_t address,
                          std::uint64_t size, Access access);
  std::uint8_t *generic(Thread &thread, const Instruction &instruction, std::uint64_t address,
                        std::uint64_t size, Access access, const void *value);

private:
  struct Window {
    std::uint64_t begin = 0, size = 0;
    std::uint8_t *data = nullptr;
  };
  /// The last access of each byte of shared memory: 21 bits of phase, 11 bits of thread.
  struct Touched {
    std::vector<std::uint32_t> write, read;
  };

  bool run_block(const std::array<std::uint32_t, 3> &block);
  bool run_phase();
  bool release_barrier();
  void next_phase();
  void start(Thread &thread);
  void run_thread(Thread &thread);
  std::uint8_t *find_global(Thread &thread, const Instruction &instruction, std::uint64_t address,
                            std::uint64_t size, Access access);
  bool races(const Thread &thread, std::size_t offset, std::size_t size, Access access,
             const void *value);
  std::uint8_t *in_space(Thread &thread, const Instruction &instruction, const char *space,
                         std::uint64_t address, std::uint64_t offset, std::uint64_t size,
                         std::uint8_t *data, std::uint64_t bytes);
  std::uint8_t *fail(const Thread &thread, const Instruction &instruction, int result,
                     const std::string &what);

  const Launch &launch_;
  const Kernel &kernel_;
  const Memory &memory_;
  std::vector<Window> windows_;
  std::vector<Thread> threads_;
  std::vector<std::uint64_t> registers_;
  std::vector<std::uint8_t> shared_, local_, parameters_;
  Touched touched_;
  std::array<std::uint32_t, 3> block_{};
  std::uint32_t phase_ = 0;
  bool descending_ = false;
  std::uint64_t executed_ = 0;
  int result_ = 0;
  std::string message_;
};

} // namespace gpu_emulator

#endif

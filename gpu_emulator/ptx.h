#ifndef HINGE_GPU_EMULATOR_PTX_H
#define HINGE_GPU_EMULATOR_PTX_H

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace gpu_emulator {

struct Thread;
struct Instruction;

/// Executes an instruction; returns false where the thread stops after it.
using Execute = bool (*)(Thread &, const Instruction &);

/// Every operand is a slot of the thread's register file: immediates, symbols and special registers
/// have slots too.
struct Instruction {
  Execute execute = nullptr;
  std::array<std::uint32_t, 6> slot{};
  std::int64_t immediate = 0; // e.g. an offset, the target of a branch, a rounding
  std::uint32_t guard = 0;
  bool negated_guard = false;
  bool narrow = false;      // the address has 32 bits
  bool negated = false;     // the predicate operand is negated
  std::uint32_t window = 0; // the index of the memory window it uses
};

enum SpecialSlot : std::uint32_t {
  slot_true, // the guard of instructions without one
  slot_sink, // written, never read
  slot_tid,  // x, y and z, like the next three
  slot_ntid = slot_tid + 3,
  slot_ctaid = slot_ntid + 3,
  slot_nctaid = slot_ctaid + 3,
  slot_laneid = slot_nctaid + 3,
  slot_warpid,
  slot_nwarpid,
  slot_dynamic_shared,
  slot_total_shared,
  slot_zero, // e.g. %clock
  slot_warp_size,
  special_slots
};

struct Parameter {
  std::uint32_t offset, size;
};

struct Kernel {
  std::string name;
  std::vector<Parameter> parameters;
  std::uint32_t parameter_bytes = 0;
  std::vector<Instruction> code;
  std::vector<std::string> text;        // each instruction as it was written
  std::vector<std::uint64_t> registers; // their values when a thread starts
  std::uint32_t windows = 0;
  std::uint32_t static_shared = 0;
  std::uint32_t local_bytes = 0;
  std::uint64_t max_threads = 1024;
  std::array<std::uint32_t, 3> required_block{}; // zeros: any
  bool has_barrier = false;
};

/// A variable of the module in global or constant memory.
struct GlobalVariable {
  std::string name;
  std::uint64_t size = 0;
  std::vector<std::uint8_t> bytes; // the initial value; the rest is zeros
};

/// A slot of a kernel's register file that needs the address of a global variable.
struct Relocation {
  std::size_t kernel, slot, variable;
  std::uint64_t addend;
};

struct Module {
  int version = 0; // 10 * major + minor
  int target = 0;  // NN of sm_NN
  std::vector<Kernel> kernels;
  std::vector<GlobalVariable> variables;
  std::vector<Relocation> relocations;
};

class PtxError : public std::runtime_error {
public:
  PtxError(int result_, const std::string &message) : runtime_error(message), result(result_) {}
  const int result; // a CUresult
};

struct Device {
  int capability; // 10 * major + minor
  int max_ptx;    // 10 * major + minor
  std::uint32_t shared_base() const { return capability >= 90 ? 0x400 : 0; }
};

Module parse_ptx(const std::string &text, const Device &device);

// The parser hands these to the decoder of instructions.
struct Operand {
  enum class Kind { slot, vector, pair, address };
  Kind kind = Kind::slot;
  std::vector<std::uint32_t> slots;
  std::int64_t offset = 0;
  bool narrow = false;
  bool negated = false;
};

struct Statement {
  std::vector<std::string> words; // the opcode, split at its dots
  std::vector<Operand> operands;
};

/// Returns false where the instruction is unknown.
bool decode(const Statement &statement, Instruction &instruction, Kernel &kernel);

} // namespace gpu_emulator

#endif

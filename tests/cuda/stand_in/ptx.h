#ifndef HINGE_CUDA_STAND_IN_PTX_H
#define HINGE_CUDA_STAND_IN_PTX_H

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace stand_in {

struct Thread;
struct Instruction;

// Executes an instruction; false where the thread stops after it.
using Execute = bool (*)(Thread &, const Instruction &);

// Immediates, symbols and special registers have slots in a thread's register file too, so that
// every operand is a slot.
struct Instruction {
  Execute execute = nullptr;
  std::array<std::uint32_t, 6> slot{};
  std::int64_t immediate = 0; // an offset, the target of a branch, a rounding, ...
  std::uint32_t guard = 0;
  bool negated_guard = false;
  bool narrow = false;      // the address is of 32 bits
  bool negated = false;     // the predicate operand is
  std::uint32_t window = 0; // which the access of memory has
};

enum SpecialSlot : std::uint32_t {
  slot_true, // the guard of what has none
  slot_sink, // written, never read
  slot_tid,  // of x, y, z, as the next ones
  slot_ntid = slot_tid + 3,
  slot_ctaid = slot_ntid + 3,
  slot_nctaid = slot_ctaid + 3,
  slot_laneid = slot_nctaid + 3,
  slot_warpid,
  slot_nwarpid,
  slot_dynamic_shared,
  slot_total_shared,
  slot_zero, // %clock and its like
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
  std::vector<std::string> text;        // of each instruction
  std::vector<std::uint64_t> registers; // what a thread starts with
  std::uint32_t windows = 0;
  std::uint32_t static_shared = 0;
  std::uint32_t local_bytes = 0;
  std::uint64_t max_threads = 1024;
  std::array<std::uint32_t, 3> required_block{}; // zeros where any will do
  bool has_barrier = false;
};

// A variable of the module in global or constant memory.
struct GlobalVariable {
  std::string name;
  std::uint64_t size = 0;
  std::vector<std::uint8_t> bytes; // its initial ones; zeros behind them
};

// Where a kernel's register file wants the address of a global variable.
struct Relocation {
  std::size_t kernel, slot, variable;
  std::uint64_t addend;
};

struct Module {
  int version = 0; // 10 * major + minor
  int target = 0;  // the number of sm_NN
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

// What the parser hands to the decoder of instructions.
struct Operand {
  enum class Kind { slot, vector, pair, address };
  Kind kind = Kind::slot;
  std::vector<std::uint32_t> slots;
  std::int64_t offset = 0;
  bool narrow = false;
  bool negated = false;
};

struct Statement {
  std::vector<std::string> words; // of the opcode, split at its dots
  std::vector<Operand> operands;
};

// False where the instruction is not known.
bool decode(const Statement &statement, Instruction &instruction, Kernel &kernel);

} // namespace stand_in

#endif

// PTX text, and the changes to LLVM's. No part of it needs Halide.
//
// Every step refuses text that it does not know: it throws std::runtime_error, whose message has
// the number and the text of the line.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace hinge::gpu::ptx {

/// [base+offset]
struct Address {
  std::string base;   // a register (%rd1), a symbol or a number
  std::string offset; // a number; empty: there is none
};

struct Line {
  enum class Kind {
    text,       // a directive, a label, and other lines that no step changes
    entry,      // .visible .entry NAME(
    parameter,  // .param TYPE NAME_param_0
    body,       // the { of an entry
    instruction // @predicate opcode operands;
  };
  Kind kind = Kind::text;
  int number = 0;                    // in the parsed text; 0: a step added the line
  std::string text;                  // all of it; of an entry its name, of an instruction nothing
  std::string predicate;             // with its @; empty: there is none
  std::vector<std::string> opcode;   // ld.shared.b32 has three parts
  std::vector<std::string> operands; // the one at `address_at` is empty
  Address address;
  int address_at = -1; // index of the operand that is an address; -1: there is none
};

using Lines = std::vector<Line>;

/// The lines without comments and without empty ones. Every line prints unchanged.
Lines parse(const std::string &ptx);

std::string print(const Lines &lines);

/// Sums and products of floats get an explicit rounding. Otherwise ptxas may make one instruction
/// of a product and a sum.
void round_explicitly(Lines &lines);

/// Shared memory is declared as hinge_shared, and found from its address. LLVM's addresses are
/// offsets that begin at 0. On compute capability 9.0 the system has its first KiB there.
void find_shared_memory(Lines &lines);

struct LaunchBounds {
  int threads[3] = {0, 0, 0}; // of a block
  int blocks = 0;             // that fit a multiprocessor's registers; 0: the compiler chooses
};

/// Each entry gives the number of threads of its blocks, so that the driver's compiler knows how
/// many registers they may take.
void set_launch_bounds(Lines &lines, const std::map<std::string, LaunchBounds> &by_entry);

/// Entries get other names; `names` has the new name of each.
void rename_entries(Lines &lines, const std::map<std::string, std::string> &names);

} // namespace hinge::gpu::ptx

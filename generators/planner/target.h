// The targets that hingec generates for: their files and the chosen profiles, checked and typed.
#pragma once

#include "refusal.h"

#include <hinge/plan/features.h>
#include <hinge/plan/gpu_tiles.h>
#include <hinge/plan/tiles.h>
#include <hinge/plan/types.h>

#include <string>
#include <vector>

namespace hinge::hingec {

/// The settings for which kernels are generated, from the command line.
struct Build {
  std::string system; // architecture and system of a Halide target, "x86-64-linux"
  plan::Arch arch = plan::Arch::x86;
  bool cuda = false;                 // kernels for GPUs too
  bool checked = false;              // kernels check their buffers
  bool sanitize = false;             // AddressSanitizer in the kernels
  std::vector<std::string> profiles; // names, paths, or native
  std::string profiles_base;         // the folder that relative paths of profiles begin at
  std::string targets_folder;        // *.target and *.profile
  std::string cpuinfo = "/proc/cpuinfo";
};

/// An instruction set of CPUs with the tile sizes that this build takes for it.
struct CpuTarget {
  std::string name, profile; // the profile is the file whose tile sizes it has
  plan::Arch arch = plan::Arch::x86;
  int rank = 0;
  int registers = 0;
  std::vector<std::string> halide;   // Halide's feature names
  std::vector<std::string> required; // CPU features, with the names of plan/features.h
  plan::ByType<plan::Tiles> tiles;
  std::string halide_target;      // complete
  std::vector<std::string> files; // that have these values
};

struct GpuTarget {
  std::string name, profile;
  int capability[2] = {}; // major, minor
  std::vector<std::string> halide;
  int unroll = 0; // vectors of a thread in element-wise kernels
  plan::ByType<plan::GpuTiles> tiles;
  std::string halide_target;
  std::vector<std::string> files;

  std::string needs() const {
    return "compute capability " + std::to_string(capability[0]) + "." +
           std::to_string(capability[1]);
  }
};

struct Targets {
  std::vector<CpuTarget> cpus;        // of the build's architecture, worst first
  std::vector<std::string> order;     // the names of all of them, which a layer's TARGETS leaves
  std::vector<GpuTarget> gpus;        // empty without Build::cuda
  std::vector<std::string> all_names; // of every architecture
  std::vector<std::string> files;     // that hingec reads
  std::vector<std::string> notes;     // for the user, e.g. that `native` found no profile
};

/// "sse41, avx2"
inline std::string target_names(const std::vector<CpuTarget> &targets,
                                const std::string &separator) {
  std::vector<std::string> names;
  for (const CpuTarget &target : targets)
    names.push_back(target.name);
  return join(names, separator);
}

/// Reads the folder of targets and the chosen profiles. Refuses, with file and line: tile sizes
/// that no register file or GPU holds, missing keys, unknown parents and cycles.
Targets read_targets(const Build &build);

/// Build::system and ::arch, made from CMake's system and processor names, or a refusal.
/// `pointer_bytes` 0: not known.
void set_system(Build *build, const std::string &system, const std::string &processor,
                int pointer_bytes);

} // namespace hinge::hingec

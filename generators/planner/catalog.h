// The catalog: every kernel of the library, once. It gives the objects, the table of the runtime,
// and the lists for the tuner and the tests.
#pragma once

#include "kernel.h"
#include "target.h"

#include <hinge/plan/activations.h>
#include <hinge/plan/types.h>

#include <string>
#include <vector>

namespace hinge::hingec {

/// A kernel of the library and its place in the table.
struct CatalogKernel : KernelSpec {
  std::string op; // operator
  plan::Type type = plan::Type::float32;
  int activation = 0; // index in plan::activations; 0 also if none applies
  bool has_activation = false;
  int vectors = 0; // in a panel; 0 if none applies
  // GPUs:
  bool is_gpu = false;
  int tile = 0; // index in plan::gpu_tile_names; 0 also if none applies
  bool is_aligned = false;

  /// The object that has it: kernels of one operator and target share one.
  std::string object() const { return op + "_" + target; }
};

/// All kernels for these targets, in the order of the table.
std::vector<CatalogKernel> catalog(const Targets &targets);

} // namespace hinge::hingec

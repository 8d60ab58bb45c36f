// hingec list: the contents of a build, as JSON for the tuner and the tests, and as variables for
// CMake.
#pragma once

#include "catalog.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hinge::hingec {

/// {"system", "arch", "types", "activations", "files",
///  "targets": {name: {"profile", "kind": "cpu" or "gpu", "registers", "requires",
///                     <type>: {key: value},
///                     "heights": {vectors: tallest tile that fits the registers},
///                     "groups": {panel: most panels side by side that fit the registers}}},
///  "kernels": [{"symbol", "operator", "type", "target", "activation", "vectors", "tile",
///               "aligned", "object", "generator", "halide_target", "parameters": {name: value}}],
///  "row_tiles": {batch: {tallest: [tiles, height]}}, for each of `batches`}
std::string list_json(const Build &build, const Targets &targets,
                      const std::vector<CatalogKernel> &kernels,
                      const std::vector<std::int64_t> &batches);

/// set() commands: arch, system, targets, files, objects (names, by hingec library's --object),
/// gpu_profile and gpu_needs.
std::string list_cmake(const Build &build, const Targets &targets,
                       const std::vector<CatalogKernel> &kernels);

} // namespace hinge::hingec

// The visibility of kernels, which Halide does not set.
#pragma once

#include <string>

namespace hinge {

/// Makes the symbols that an object file defines hidden: they are seen by what is linked with it,
/// and not from outside of the library or program that comes of it. The code stays the same. ELF
/// and Mach-O say it with each symbol. COFF objects export nothing by themselves and stay as they
/// are.
///
/// Throws std::runtime_error if the file is none of them.
void hide_symbols(const std::string &path);

} // namespace hinge

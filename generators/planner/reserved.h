// Names that a layer may not have, because a program, a compiler or a system has them already.
#pragma once

#include <string>

namespace hinge::hingec {

// Each says why, as the end of a sentence that begins with the name, or "".

/// An identifier, wherever it stands: a keyword, a macro, or one that C++ reserves.
std::string reserved_identifier(const std::string &word);

/// A name of C: one that all programs and libraries of a process share.
std::string reserved_in_c(const std::string &word);

/// A name at the top in C++: the outermost namespace, or a layer without one.
std::string reserved_at_top(const std::string &word);

/// The name of a layer's files and library: <name>.h, lib<name>.a.
std::string reserved_file(const std::string &name);

/// ASCII only. Two files whose names differ in case only are one file on Windows and macOS.
std::string lower_case(std::string text);

} // namespace hinge::hingec

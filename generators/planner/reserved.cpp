#include "reserved.h"

#include "refusal.h"
#include "reserved_words.h"

#include <algorithm>
#include <set>

namespace hinge::hingec {

namespace {

using Words = std::set<std::string>;

Words words(const char *text) {
  const std::vector<std::string> list = split(text, " \n");
  return {list.begin(), list.end()};
}

/// C up to C23, C++ up to C++26, alternative tokens, and words that GNU's dialects add. import and
/// module begin a directive.
bool is_keyword(const std::string &word) {
  static const Words all = words(R"(
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t
char32_t class compl concept const consteval constexpr constinit const_cast continue
contract_assert co_await co_return co_yield decltype default delete do double dynamic_cast else enum
explicit export extern false float for fortran friend goto if import inline int long module mutable
namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct
switch template this thread_local throw true try typedef typeid typename typeof typeof_unqual union
unsigned using virtual void volatile wchar_t while xor xor_eq
)");
  return all.count(word) > 0;
}

bool is_macro(const std::string &word) {
  static const Words all = words(reserved::macros);
  return all.count(word) > 0;
}

bool is_of_c_library(const std::string &word) {
  static const Words all = words(reserved::functions);
  return all.count(word) > 0;
}

bool ends_with(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Whether it is `word`, or `word` and a number.
bool is_numbered(const std::string &text, const std::string &word) {
  return text.compare(0, word.size(), word) == 0 &&
         text.find_first_not_of("0123456789", word.size()) == std::string::npos;
}

bool is_windows_device(const std::string &name) {
  static const Words all = words("aux con nul prn");
  return all.count(name) > 0 ||
         (name.size() == 4 && (is_numbered(name, "com") || is_numbered(name, "lpt")));
}

/// Names of targets that CMake's generators make.
bool is_cmake_target(const std::string &name) {
  static const Words all = words(R"(
ALL_BUILD INSTALL NIGHTLY_TEST PACKAGE RUN_TESTS ZERO_CHECK all clean depend edit_cache help install
list_install_components package package_source preinstall rebuild_cache test
)");
  return all.count(name) > 0;
}

/// A program links these by name. A target of CMake's would be linked instead.
bool is_system_library(const std::string &name) {
  static const Words all = words("atomic c crypt dl gcc gcc_s log m nsl pthread resolv rt util");
  return all.count(name) > 0;
}

bool is_system_header(const std::string &name) {
  static const Words all = words(lower_case(reserved::headers).c_str());
  return all.count(name) > 0 || ends_with(name, "intrin");
}

} // namespace

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text;
}

std::string reserved_identifier(const std::string &word) {
  if (is_keyword(word))
    return "is a keyword of C or C++";
  if (is_macro(word))
    return "is a macro of compilers or of system headers";
  if (word.find("__") != std::string::npos)
    return "has two underscores side by side, which C++ reserves";
  if (ends_with(word, "_"))
    return "ends in an underscore: before _pack it would have two side by side, which C++ reserves";
  if (word == "std")
    return "hides the namespace std from what is around it";
  return "";
}

std::string reserved_in_c(const std::string &word) {
  return is_of_c_library(word) ? "is a name of the C library, on this system or another" : "";
}

std::string reserved_at_top(const std::string &word) {
  if (ends_with(word, "_t"))
    return "ends in _t, which POSIX reserves for types";
  if (is_numbered(word, "std") || word == "posix")
    return "is a namespace that C++ reserves";
  return "";
}

std::string reserved_file(const std::string &name) {
  const std::string lower = lower_case(name);
  if (is_system_header(lower))
    return "gives the layer a header " + name + ".h, which hides that of the system";
  if (is_windows_device(lower))
    return "is a device on Windows, where no file is called " + name + ".h";
  if (is_cmake_target(name))
    return "is a target of CMake itself";
  if (is_system_library(name))
    return "is a library of the system, which programs link by this name";
  return "";
}

} // namespace hinge::hingec

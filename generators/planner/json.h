// Writes JSON. Nothing of hingec reads any, so it needs no library.
#pragma once

#include <string>
#include <type_traits>

namespace hinge::hingec::json {

/// A quoted string in printable ASCII without a backslash or a quote; any other character becomes a
/// question mark. The names of kernels and features have none, but a profile's name is that of a
/// file.
inline std::string quote(const std::string &text) {
  std::string quoted = "\"";
  for (const char c : text)
    quoted += c >= ' ' && c <= '~' && c != '"' && c != '\\' ? c : '?';
  return quoted + '"';
}

/// An object or an array, member by member.
class Object {
public:
  Object &add(const std::string &key, const std::string &value) { return raw(key, quote(value)); }
  Object &add(const std::string &key, const char *value) { return raw(key, quote(value)); }
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
  Object &add(const std::string &key, T value) {
    if constexpr (std::is_same_v<T, bool>)
      return raw(key, value ? "true" : "false");
    else
      return raw(key, std::to_string(value));
  }
  /// `text` is JSON.
  Object &raw(const std::string &key, const std::string &text) {
    members_ += (members_.empty() ? "" : ",") + quote(key) + ":" + text;
    return *this;
  }
  std::string text() const { return "{" + members_ + "}"; }

private:
  std::string members_;
};

/// `texts`, which are JSON, separated by `separator`.
template <class Texts>
std::string array(const Texts &texts, const std::string &separator = ",") {
  std::string members;
  for (const std::string &text : texts)
    members += (members.empty() ? "" : separator) + text;
  return "[" + members + "]";
}

template <class Texts>
std::string array_of_strings(const Texts &texts) {
  std::string members;
  for (const auto &text : texts)
    members += (members.empty() ? "" : ",") + quote(text);
  return "[" + members + "]";
}

} // namespace hinge::hingec::json

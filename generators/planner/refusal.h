// Refusals: how hingec rejects its input.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace hinge::hingec {

/// The input is wrong. what() is the message for the user: it names the place and the allowed
/// values. hingec prints it and exits with 1.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// "sse41 avx2 avx512"
inline std::string join(const std::vector<std::string> &words, const std::string &separator = " ") {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : separator) + word;
  return text;
}

/// The words of a text that are separated by any of the characters.
inline std::vector<std::string> split(const std::string &text, const char *separators = " \t") {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = text.find_first_of(separators, begin);
    end = end == std::string::npos ? text.size() : end;
    if (end > begin)
      words.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

} // namespace hinge::hingec

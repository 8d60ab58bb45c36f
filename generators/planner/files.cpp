#include "files.h"

#include "refusal.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace hinge::hingec {

std::string read_file(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_if_different(const std::string &path, const std::string &text) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error) && read_file(path) == text)
    return;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty())
    std::filesystem::create_directories(folder, error);
  std::ofstream out(path, std::ios::binary);
  if (!(out << text) || !out.flush())
    throw Refusal(path + ": the file cannot be written");
}

void write_depfile(const std::string &path, const std::string &out,
                   const std::vector<std::string> &inputs) {
  const auto escape = [](const std::string &name) {
    std::string escaped;
    for (const char c : name) {
      if (c == ' ' || c == '#')
        escaped += '\\';
      if (c == '$')
        escaped += '$';
      escaped += c;
    }
    return escaped;
  };
  std::string text = escape(out) + ":";
  for (const std::string &input : inputs)
    text += " \\\n  " + escape(input);
  write_if_different(path, text + "\n");
}

} // namespace hinge::hingec

#include "data_file.h"

#include <hinge/plan/gpu_tiles.h>
#include <hinge/plan/tiles.h>
#include <hinge/plan/types.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace hinge::hingec {

namespace {

using plan::gpu_tile_names;

/// The rule for a value.
struct Key {
  std::string name;
  enum class Kind { number, number_or_0, words, cpu, architecture, capability } kind;
  int least = 0, largest = 0;
};

const std::vector<Key> &cpu_tile_keys() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> k = {{"lanes", Key::Kind::number, 4, 16},
                          {"elementwise.unroll", Key::Kind::number, 1, 16},
                          {"linear.panel", Key::Kind::number, 1, plan::max_panel_vectors},
                          {"linear.group", Key::Kind::number, 1, largest_group}};
    for (const char *prefix : {"linear.rows.", "linear.half.rows."})
      for (int vectors = 1; vectors <= plan::max_panel_vectors; vectors++)
        k.push_back(
            {prefix + std::to_string(vectors), Key::Kind::number_or_0, lowest_tile, tallest_tile});
    k.push_back({"linear.gradient.rows", Key::Kind::number, lowest_tile, tallest_tile});
    return k;
  }();
  return keys;
}

const std::vector<Key> &gpu_tile_keys() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> k = {{"elementwise.unroll", Key::Kind::number, 1, 16}};
    const Key of_tile[] = {{"columns", Key::Kind::number, 4, 256},
                           {"rows", Key::Kind::number, 1, 256},
                           {"thread_columns", Key::Kind::number, 4, 16},
                           {"thread_rows", Key::Kind::number, 1, 16},
                           {"terms", Key::Kind::number, 4, 256},
                           {"threads", Key::Kind::number, 0, plan::max_block_threads},
                           {"prefetch", Key::Kind::number, 0, 1},
                           {"gradient_prefetch", Key::Kind::number, 0, 1},
                           {"blocks", Key::Kind::number, 0, 32},
                           {"cycles", Key::Kind::number, 1, 9999}};
    for (const char *tile : gpu_tile_names)
      for (Key key : of_tile) {
        key.name = std::string("linear.") + tile + "." + key.name;
        k.push_back(key);
      }
    return k;
  }();
  return keys;
}

const std::vector<Key> &file_keys() {
  static const std::vector<Key> keys = {{"parent", Key::Kind::words},
                                        {"cpu", Key::Kind::cpu},
                                        {"architecture", Key::Kind::architecture},
                                        {"rank", Key::Kind::number, 1, 999},
                                        {"registers", Key::Kind::number, 8, 64},
                                        {"halide", Key::Kind::words},
                                        {"requires", Key::Kind::words},
                                        {"capability", Key::Kind::capability}};
  return keys;
}

const Key *find(const std::vector<Key> &keys, const std::string &name) {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const Key &key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

const Key *find_tile_key(const std::string &name) {
  const Key *key = find(cpu_tile_keys(), name);
  return key ? key : find(gpu_tile_keys(), name);
}

std::string known_keys() {
  std::vector<std::string> of_files;
  for (const Key &key : file_keys())
    of_files.push_back(key.name);
  return "unknown key %; known are: " + join(of_files) +
         " lanes elementwise.unroll linear.panel linear.group linear.gradient.rows "
         "linear.rows.<1..8> "
         "linear.half.rows.<1..8>; for GPUs: elementwise.unroll linear.<" +
         join({std::begin(gpu_tile_names), std::end(gpu_tile_names)}, "|") +
         ">.<columns|rows|thread_columns|thread_rows|terms|threads|prefetch|gradient_prefetch|"
         "blocks|"
         "cycles>";
}

/// The name of a key in old files, for the message.
std::string renamed(const std::string &key) {
  if (key == "linear.backward.rows")
    return "linear.gradient.rows";
  const std::string old = ".backward_prefetch";
  if (key.size() > old.size() && key.compare(key.size() - old.size(), old.size(), old) == 0)
    return key.substr(0, key.size() - old.size()) + ".gradient_prefetch";
  return "";
}

bool is_number(const std::string &text) {
  return !text.empty() && text.size() <= 4 && (text[0] != '0' || text == "0") &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

bool is_hexadecimal(const std::string &text) {
  return text.size() > 2 && text.compare(0, 2, "0x") == 0 &&
         text.find_first_not_of("0123456789abcdef", 2) == std::string::npos;
}

bool is_range(const std::string &text) {
  const std::size_t dash = text.find('-');
  return dash != std::string::npos && is_number(text.substr(0, dash)) &&
         is_number(text.substr(dash + 1));
}

/// "AuthenticAMD 25 16-31 96-175", "0x41 0xd0b 0xd0c"
bool is_cpu(const std::string &text) {
  const std::vector<std::string> words = split(text);
  if (words.size() >= 2 && std::all_of(words.begin(), words.end(), is_hexadecimal))
    return true;
  return words.size() >= 3 && is_number(words[1]) &&
         std::all_of(words.begin() + 2, words.end(), is_range);
}

bool is_capability(const std::string &text) {
  const std::size_t dot = text.find('.');
  return dot != std::string::npos && is_number(text.substr(0, dot)) &&
         is_number(text.substr(dot + 1));
}

void check_value(const Key &key, const std::string &name, const Value &value) {
  const auto refuse = [&](const std::string &expected) {
    throw Refusal(value.where + ": " + name + " is " + value.text + ": expected " + expected);
  };
  const auto refuse_quoted = [&](const std::string &expected) {
    throw Refusal(value.where + ": " + name + " is \"" + value.text + "\": expected " + expected);
  };
  const bool none = key.kind == Key::Kind::number_or_0;
  switch (key.kind) {
  case Key::Kind::number:
  case Key::Kind::number_or_0: {
    const int number = is_number(value.text) ? value.number() : -1;
    if (number > key.largest || (number < key.least && !(none && number == 0)))
      refuse(std::to_string(key.least) + " to " + std::to_string(key.largest) +
             (none ? ", or 0 for no kernels of this width" : ""));
    break;
  }
  case Key::Kind::cpu:
    if (!is_cpu(value.text))
      refuse_quoted("`<vendor_id> <family> <first model>-<last model>...`, for ARM `<implementer> "
                    "<part>...`");
    break;
  case Key::Kind::architecture:
    if (value.text != "x86" && value.text != "arm" && value.text != "gpu")
      refuse_quoted("x86, arm or gpu");
    break;
  case Key::Kind::capability:
    if (!is_capability(value.text))
      refuse_quoted("a compute capability, e.g. 7.0");
    break;
  case Key::Kind::words:
    break;
  }
}

std::string trim(const std::string &text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos
             ? ""
             : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// Reads the lines of a file into it.
class Reader {
public:
  explicit Reader(DataFile *file) : file_(*file) {}

  void read_line(const std::string &where, const std::string &raw) {
    const std::string line = trim(raw.substr(0, raw.find('#')));
    if (line.empty())
      return;
    if (line[0] == '[')
      return begin_section(where, line);
    const std::size_t equals = line.find('=');
    const std::string key = trim(line.substr(0, equals));
    const Value value{equals == std::string::npos ? "" : trim(line.substr(equals + 1)), where};
    if (value.text.empty() || key.empty() ||
        key.find_first_not_of(
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") !=
            std::string::npos)
      throw Refusal(where + ": \"" + line + "\": expected `key = value`");
    add(key, value);
  }

private:
  void begin_section(const std::string &where, const std::string &line) {
    std::vector<std::string> known;
    for (const plan::TypeInfo &type : plan::types) {
      known.push_back(std::string("[") + type.name + "]");
      if (line == known.back()) {
        section_ = type.name;
        return;
      }
    }
    throw Refusal(where + ": \"" + line + "\": expected the section of a type: " + join(known));
  }

  void add(const std::string &key, const Value &value) {
    const Key *of_file = find(file_keys(), key);
    const Key *of_tiles = find_tile_key(key);
    if (!of_file && !of_tiles)
      refuse_unknown(key, value.where);
    if (of_file && !section_.empty())
      throw Refusal(value.where + ": " + key + " is the file's: expected it before any section");
    if (key == "parent" && !file_.values.empty())
      throw Refusal(value.where + ": parent must be the first key");
    check_value(of_file ? *of_file : *of_tiles, key, value);
    const std::string section = section_.empty() ? plan::types[0].name : section_;
    if (!file_.values.emplace(of_file ? key : section + "." + key, value).second)
      throw Refusal(value.where + ": " + key + " is given twice");
  }

  [[noreturn]] static void refuse_unknown(const std::string &key, const std::string &where) {
    if (const std::string now = renamed(key); !now.empty())
      throw Refusal(where + ": unknown key " + key + ": it is called " + now);
    std::string text = known_keys();
    throw Refusal(where + ": " + text.replace(text.find('%'), 1, key));
  }

  DataFile &file_;
  std::string section_;
};

} // namespace

DataFile read_data_file(const std::string &path) {
  const std::filesystem::path p(path);
  DataFile file;
  file.path = path;
  file.name = p.stem().string();
  file.is_target = p.extension() == ".target";
  if (file.name.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != std::string::npos)
    throw Refusal(path + ": a profile's name has letters, digits, `.`, `_` and `-` only");
  std::ifstream in(p);
  if (!in)
    throw Refusal(path + ": the file cannot be read");
  Reader reader(&file);
  std::string line;
  for (int number = 1; std::getline(in, line); number++)
    reader.read_line(path + ":" + std::to_string(number), line);
  return file;
}

std::vector<std::string> tile_keys(bool is_gpu) {
  std::vector<std::string> names;
  for (const Key &key : is_gpu ? gpu_tile_keys() : cpu_tile_keys())
    names.push_back(key.name);
  return names;
}

} // namespace hinge::hingec

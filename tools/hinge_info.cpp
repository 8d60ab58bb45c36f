// hinge_info: what Hinge generated.
//
//   hinge_info             lists the targets of the library that it is linked with, and marks the
//                          active one
//   hinge_info FILE...     lists what Hinge generated in libraries, objects and programs, from
//                          their records (hinge/record.h); they may be for any CPU and system
#include "hinge/cuda.h"
#include "hinge/hinge.h"
#include "hinge/record.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using nlohmann::ordered_json;

int print_linked_library(bool kernels) {
  const char *active = nullptr;
  const hinge_status status = hinge_get_target(&active);
  const std::string error = hinge_last_error();
  std::printf("Hinge %s, %d kernels\n\n", hinge_version(), hinge_kernel_count());
  std::printf("  target    profile       lanes  FMA  usable here  needs\n");
  for (int i = 0; i < hinge_target_count(); i++) {
    hinge_target_info t;
    if (hinge_get_target_info(i, &t) != HINGE_OK)
      return 1;
    std::printf("%c %-8s  %-12s  %5d  %-3s  %-11s  %s\n",
                active && std::strcmp(active, t.name) == 0 ? '*' : ' ', t.name, t.profile,
                t.vector_lanes, t.has_fma ? "yes" : "no", t.usable ? "yes" : "no", t.cpu_features);
  }
#ifdef HINGE_CUDA_PROFILE
  int devices = 0;
  const bool has_gpu = hinge_cuda_device_count(&devices) == HINGE_OK;
  std::printf("  %-8s  %-12s  %5d  %-3s  %-11s  %s\n", "cuda", HINGE_CUDA_PROFILE, 4, "yes",
              has_gpu ? "yes" : "no", HINGE_CUDA_NEEDS);
#endif
  if (kernels) {
    std::printf("\n");
    for (int i = 0; i < hinge_kernel_count(); i++)
      std::printf("%s\n", hinge_kernel_name(i));
  }
  if (status != HINGE_OK) {
    std::fprintf(stderr, "\nhinge_info: %s\n", error.c_str());
    return 1;
  }
  std::printf("\nactive: %s\n", active);
#ifdef HINGE_CUDA_PROFILE
  if (!has_gpu)
    hinge_cuda_device_count(&devices); // sets the message again
  for (int i = 0; i < devices; i++) {
    hinge_cuda_device_info d;
    if (hinge_cuda_get_device_info(i, &d) == HINGE_OK)
      std::printf("GPU %d: %s, compute capability %d.%d, %d multiprocessors\n", i, d.name,
                  d.compute_capability[0], d.compute_capability[1], d.multiprocessors);
  }
  if (devices == 0)
    std::printf("GPU: none, as %s\n", hinge_last_error());
#endif
  return 0;
}

// ---- Records -------------------------------------------------------------------------------

struct Records {
  std::vector<ordered_json> good;
  std::vector<std::size_t> damaged; // the bytes at which they begin
};

/// The value of 8 hexadecimal digits of record.h, followed by `end`.
std::optional<std::uint32_t> number(std::string_view field, char end) {
  std::uint32_t value = 0;
  for (char c : field.substr(0, 8)) {
    const std::size_t digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos)
      return std::nullopt;
    value = value << 4 | std::uint32_t(digit);
  }
  return field[8] == end ? std::optional(value) : std::nullopt;
}

/// The record's text as JSON, or a discarded value if the record is damaged.
ordered_json parse(std::string_view after_header, std::uint32_t size, std::uint32_t crc) {
  const ordered_json damaged(ordered_json::value_t::discarded);
  if (after_header.size() <= size || after_header[size] != '\0')
    return damaged;
  const std::string_view text = after_header.substr(0, size);
  // A record has printable characters and no escapes. So the output shows the text of the file, and
  // no control character reaches the terminal.
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return c >= ' ' && c <= '~' && c != '\\'; });
  if (!plain || hinge::record::crc32(text.data(), text.size()) != crc)
    return damaged;
  // Printing is recursive, so nesting deeper than a record's is left out.
  const ordered_json parsed = ordered_json::parse(
      text, [](int depth, ordered_json::parse_event_t, ordered_json &) { return depth <= 3; },
      false);
  return parsed.is_object() ? parsed : damaged;
}

Records find_records(std::string_view bytes) {
  using namespace hinge::record;
  Records found;
  for (std::size_t at = 0; (at = bytes.find(magic, at)) != std::string_view::npos; at++) {
    const std::string_view record = bytes.substr(at);
    if (record.size() < header_size)
      break;
    const auto size = number(record.substr(magic_size), ' ');
    const auto crc = number(record.substr(magic_size + 9), '\n');
    if (!size || !crc) // only the magic words, as in this program
      continue;
    const ordered_json parsed = parse(record.substr(header_size), *size, *crc);
    if (parsed.is_discarded())
      found.damaged.push_back(at);
    else if (std::find(found.good.begin(), found.good.end(), parsed) == found.good.end())
      found.good.push_back(parsed); // debug information has a copy of a constant's bytes
  }
  return found;
}

// ---- Text ----------------------------------------------------------------------------------

std::string text(const ordered_json &value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Prints an array of objects: a row for each object, a column for each key.
void print_table(const std::vector<ordered_json> &objects) {
  std::vector<std::string> keys;
  std::vector<std::size_t> widths;
  for (const ordered_json &object : objects)
    for (const auto &[key, value] : object.items()) {
      const auto column = std::find(keys.begin(), keys.end(), key) - keys.begin();
      if (std::size_t(column) == keys.size()) {
        keys.push_back(key);
        widths.push_back(key.size());
      }
      widths[std::size_t(column)] = std::max(widths[std::size_t(column)], text(value).size());
    }
  const auto print_row = [&](auto cell) {
    std::string line;
    for (std::size_t i = 0; i < keys.size(); i++) {
      const std::string c = cell(keys[i]);
      line += "  " + c + std::string(widths[i] - c.size(), ' ');
    }
    std::printf("%s\n", line.substr(0, line.find_last_not_of(' ') + 1).c_str());
  };
  std::printf("\n");
  print_row([](const std::string &key) { return key; });
  for (const ordered_json &object : objects)
    print_row([&](const std::string &key) {
      return object.contains(key) ? text(object[key]) : std::string();
    });
}

/// Prints a record with any keys: single values in a line, then a table for each array. An array of
/// names becomes their number, or with `kernels` the names.
void print_record(const ordered_json &record, bool kernels) {
  std::string line;
  for (const auto &[key, value] : record.items())
    if (value.is_primitive())
      line += (line.empty() ? "" : ", ") + key + " " + text(value);
  std::printf("  %s\n", line.c_str());
  for (const auto &[key, value] : record.items()) {
    if (!value.is_array())
      continue;
    std::vector<ordered_json> objects, names;
    for (const ordered_json &element : value)
      (element.is_object() ? objects : names).push_back(element);
    if (!objects.empty())
      print_table(objects);
    if (!names.empty())
      std::printf("\n  %zu %s%s\n", names.size(), key.c_str(),
                  kernels ? ":" : " (--kernels lists them)");
    for (std::size_t i = 0; kernels && i < names.size(); i++)
      std::printf("  %s\n", text(names[i]).c_str());
  }
}

/// Whether it has objects for the optimizer of the linker, whose data are not plain: GCC's sections
/// or LLVM's bitcode.
bool is_for_link_time_optimization(std::string_view bytes) {
  return bytes.find(".gnu.lto_") != std::string_view::npos ||
         bytes.find("BC\xc0\xde") != std::string_view::npos;
}

/// Returns whether each file has a record and no damaged one.
bool print_files(const std::vector<std::string> &files, bool kernels, bool json) {
  bool good = true;
  const auto complain = [&](const std::string &file, const std::string &what) {
    std::fflush(stdout);
    std::fprintf(stderr, "hinge_info: %s: %s\n", file.c_str(), what.c_str());
    good = false;
  };
  ordered_json all = ordered_json::array();
  for (const std::string &file : files) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream bytes;
    if (!in) {
      complain(file, std::strerror(errno));
      continue;
    }
    bytes << in.rdbuf();
    const Records records = find_records(bytes.str());
    all.push_back({{"file", file}, {"records", records.good}});
    if (!json && !records.good.empty()) {
      std::printf("%s\n", file.c_str());
      for (const ordered_json &record : records.good) {
        print_record(record, kernels);
        std::printf("\n");
      }
    }
    for (std::size_t at : records.damaged)
      complain(file, "the record at byte " + std::to_string(at) + " is damaged or cut off");
    if (!records.good.empty() || !records.damaged.empty())
      continue;
    if (is_for_link_time_optimization(bytes.str()))
      complain(file, "no record can be read in it, because it is compiled with -flto: expected the "
                     "program that it is linked into, or -ffat-lto-objects");
    else
      complain(file, "nothing in it that Hinge generated: libhinge and layers of hinge_add_linear "
                     "have a record, and so has a program with them");
  }
  if (json) // a file's name need not be UTF-8
    std::printf("%s\n", all.dump(2, ' ', false, ordered_json::error_handler_t::replace).c_str());
  return good;
}

} // namespace

int main(int argc, char **argv) {
  std::vector<std::string> files;
  bool kernels = false, json = false;
  CLI::App app("Lists the targets of the library and marks the active one (HINGE_TARGET=<target> "
               "chooses no better one). With files: what Hinge generated in them.",
               "hinge_info");
  app.allow_windows_style_options(false); // /usr/lib/libx.so is a path
  app.add_option("file", files, "libraries, objects and programs, for any CPU and system")
      ->check(CLI::ExistingFile);
  app.add_flag("--kernels", kernels, "list the library's kernels too");
  app.add_flag("--json", json, "print what the files have as JSON")->needs("file");
  try {
    app.parse(argc, argv);
    return files.empty()                       ? print_linked_library(kernels)
           : print_files(files, kernels, json) ? 0
                                               : 1;
  } catch (const CLI::ParseError &e) {
    return app.exit(e) == 0 ? 0 : 2; // prints --help, or the error
  } catch (const std::exception &e) {
    std::fprintf(stderr, "hinge_info: %s\n", e.what());
    return 1;
  }
}

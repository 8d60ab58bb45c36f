#include "layer_call.h"

#include "reserved.h"

#include <algorithm>
#include <set>

namespace hinge::hingec {

namespace {

bool contains(const std::vector<std::string> &words, const std::string &word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string> joined(std::vector<std::string> words,
                                const std::vector<std::string> &more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

const std::vector<std::string> several_values = {"TARGETS", "PROFILE"};

/// A letter, then letters, digits and underscores, all ASCII.
bool is_identifier(const std::string &text) {
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  if (text.empty() || !is_letter(text[0]))
    return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

/// The parts of a::b::c; one is empty if a colon is in the wrong place.
std::vector<std::string> namespace_parts(const std::string &space) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = space.find("::", begin)) != std::string::npos; begin = end + 2)
    parts.push_back(space.substr(begin, end - begin));
  parts.push_back(space.substr(begin));
  return parts;
}

std::vector<std::string> without_empty(std::vector<std::string> words) {
  words.erase(std::remove(words.begin(), words.end(), ""), words.end());
  return words;
}

/// The build for the kernels of a layer.
Build build_for_layer(const Arguments &arguments, Build build, bool is_minimal) {
  if (arguments.has("PROFILE"))
    build.profiles = without_empty(arguments.values("PROFILE"));
  build.cuda = false;
  build.checked = false; // a call does not describe the buffers, which it knows all about
  if (is_minimal)
    build.sanitize = false; // sanitizers call a library
  return build;
}

constexpr std::size_t longest_name = 128;

/// Refuses a name if `why` says why.
void refuse_reserved(const LayerCall &call, const std::string &word, const std::string &why) {
  if (!why.empty())
    refuse(call, "\"" + word + "\" " + why + ": expected another name or NAMESPACE");
}

bool is_namespace(const std::string &symbol) {
  return symbol.size() > 2 && symbol.compare(symbol.size() - 2, 2, "::") == 0;
}

/// The header of a layer. No symbol has a dot.
bool is_file(const std::string &symbol) { return symbol.find('.') != std::string::npos; }

/// Refuses a header whose name differs from another's by upper and lower case only. CMake refuses
/// two libraries of the same name.
void refuse_same_file(const LayerCall &call, const std::string &file,
                      const std::map<std::string, std::string> &layers) {
  for (const auto &[other, layer] : layers)
    if (is_file(other) && other != file && lower_case(other) == lower_case(file))
      refuse(call, "\"" + file + "\" and \"" + other + "\" of the layer " + layer +
                       " are one file on Windows and macOS: expected another name");
}

} // namespace

void refuse(const LayerCall &call, const std::string &why) {
  throw Refusal(call.command + "(" + call.name + "): " + why);
}

Arguments::Arguments(const LayerCall &call, const Keywords &keywords) : call_(call) {
  read(call.arguments, keywords);
  const std::string unknown = join(unknown_);
  if (!unknown.empty())
    refuse("\"" + unknown + "\" is unknown; known are: " +
           join(joined(joined(keywords.one_value, several_values), keywords.switches)));
  if (!without_value_.empty())
    refuse(join(without_value_, ";") + " has no value");
}

void Arguments::read(const std::vector<std::string> &arguments, const Keywords &keywords) {
  std::string keyword; // whose values follow
  std::set<std::string> without_value;
  const auto finish = [&](bool has_value) {
    if (!keyword.empty() && !has_value)
      without_value.insert(keyword);
    keyword.clear();
  };
  bool has_value = false;
  for (const std::string &argument : arguments) {
    if (contains(keywords.switches, argument)) {
      finish(has_value);
      values_[argument];
    } else if (contains(keywords.one_value, argument) || contains(several_values, argument)) {
      finish(has_value);
      keyword = argument;
      has_value = false;
    } else if (keyword.empty()) {
      unknown_.push_back(argument);
    } else {
      has_value = true;
      if (contains(several_values, keyword)) {
        values_[keyword].push_back(argument);
        continue;
      }
      values_[keyword] = {argument};
      if (argument.empty())
        values_.erase(keyword);
      keyword.clear();
    }
  }
  finish(has_value);
  without_value_.assign(without_value.begin(), without_value.end());
}

std::string Arguments::value(const std::string &keyword, const std::string &otherwise) const {
  const auto found = values_.find(keyword);
  return found == values_.end() ? otherwise : found->second.front();
}

const std::vector<std::string> &Arguments::values(const std::string &keyword) const {
  static const std::vector<std::string> none;
  const auto found = values_.find(keyword);
  return found == values_.end() ? none : found->second;
}

std::int64_t Arguments::size(const std::string &keyword, const std::string &otherwise,
                             std::int64_t largest, bool may_be_any) const {
  const std::string text = value(keyword, otherwise);
  if (text.empty())
    refuse(keyword + " is missing");
  if (may_be_any && text == "any")
    return 0;
  const bool is_number = text.find_first_not_of("0123456789") == std::string::npos &&
                         text[0] != '0' && text.size() <= 18;
  if (!is_number || std::stoll(text) > largest)
    refuse(keyword + " is \"" + text + "\": expected 1 to " + std::to_string(largest) +
           (may_be_any ? ", or any" : ""));
  return std::stoll(text);
}

std::string Arguments::activation(const std::string &otherwise,
                                  const std::vector<std::string> &allowed) const {
  const std::string name = value("ACTIVATION", otherwise);
  if (!contains(allowed, name))
    refuse("ACTIVATION is \"" + name + "\": expected one of: " + join(allowed));
  return name;
}

LayerNames::LayerNames(const LayerCall &call, const std::string &name_space)
    : name(call.name), space(name_space) {
  if (!is_identifier(name))
    refuse(call, "expected a name that C allows");
  std::vector<std::string> parts;
  if (!space.empty())
    parts = namespace_parts(space);
  if (!std::all_of(parts.begin(), parts.end(), is_identifier))
    refuse(call,
           "NAMESPACE is \"" + space + "\": expected one that C++ allows, e.g. app or app::layers");
  parts.push_back(name);
  c = join(parts, "_");
  qualified = join(parts, "::");
  if (lower_case(name) == "hinge" || lower_case(c).compare(0, 6, "hinge_") == 0)
    refuse(call, "\"" + qualified +
                     "\" would be one of the library's own names: expected one "
                     "that does not begin with hinge");
  for (const std::string &part : parts)
    refuse_reserved(call, part, reserved_identifier(part));
  refuse_reserved(call, parts.front(), reserved_in_c(parts.front()));
  refuse_reserved(call, parts.front(), reserved_at_top(parts.front()));
  refuse_reserved(call, name, reserved_file(name));
  if (c.size() > longest_name) // of files, with a kernel's role and target
    refuse(call, "\"" + c + "\" has " + std::to_string(c.size()) +
                     " characters: expected at most " + std::to_string(longest_name));
}

Targets targets_for_layer(const Arguments &arguments, const Build &build, bool is_minimal) {
  Targets targets = read_targets(build_for_layer(arguments, build, is_minimal));
  const std::vector<std::string> wanted = without_empty(arguments.values("TARGETS"));
  for (const std::string &name : wanted)
    if (!contains(targets.all_names, name))
      arguments.refuse("TARGETS has \"" + name +
                       "\": expected some of: " + join(targets.all_names));
  if (!wanted.empty()) // in the build's order; those of other architectures are for other builds
    targets.cpus.erase(
        std::remove_if(targets.cpus.begin(), targets.cpus.end(),
                       [&](const CpuTarget &target) { return !contains(wanted, target.name); }),
        targets.cpus.end());
  if (targets.cpus.empty())
    arguments.refuse("TARGETS has none for " + build.system +
                     ": expected some of: " + join(targets.order));
  if (is_minimal && targets.cpus.size() != 1)
    arguments.refuse("MINIMAL has nothing that chooses between " + target_names(targets.cpus, " ") +
                     ": expected TARGETS with one of them");
  return targets;
}

void check_symbols(const LayerCall &call, const std::vector<std::string> &symbols,
                   const std::vector<std::string> &taken) {
  std::map<std::string, std::string> layers; // by symbol
  for (const std::string &entry : taken) {
    const std::size_t equals = entry.rfind('=');
    layers[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  for (const std::string &symbol : symbols) {
    if (is_file(symbol)) {
      refuse_same_file(call, symbol, layers);
      continue;
    }
    if (symbol.find(':') == std::string::npos) { // a C name, put together of parts
      refuse_reserved(call, symbol, reserved_identifier(symbol));
      refuse_reserved(call, symbol, reserved_in_c(symbol));
    }
    // Layers may share a namespace, but no other entity may bear its name.
    const std::string rival = is_namespace(symbol) ? symbol.substr(0, symbol.size() - 2) : symbol;
    for (const std::string &other : {rival, rival + "::"}) {
      const auto found = layers.find(other);
      if (found == layers.end() || (is_namespace(symbol) && is_namespace(other)))
        continue;
      refuse(call, "\"" + rival + "\" is also a name of the layer " + found->second +
                       ": expected another name or NAMESPACE");
    }
  }
}

} // namespace hinge::hingec

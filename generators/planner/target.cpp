#include "target.h"

#include "data_file.h"

#include <hinge/plan/types.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

namespace hinge::hingec {

namespace {

namespace fs = std::filesystem;

/// A file and its parents, the file first. Its own values win over those of its parents.
struct Chain {
  std::vector<DataFile> files;
  std::string target; // the nearest .target of the chain; "" if there is none

  std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    for (const DataFile &file : files)
      paths.push_back(file.path);
    return paths;
  }

  const Value *find(const std::string &key) const {
    for (const DataFile &file : files)
      if (const Value *value = file.find(key))
        return value;
    return nullptr;
  }

  const Value &need(const std::string &key, const std::string &shown) const {
    if (const Value *value = find(key))
      return *value;
    throw Refusal(files.front().path + ": " + shown + " is missing");
  }
  const Value &need(const std::string &key) const { return need(key, key); }
};

/// The keys of an element type in a chain.
class Section {
public:
  Section(const Chain &chain, plan::Type type)
      : chain_(chain), prefix_(std::string(plan::info(type).name) + ".") {}

  const Chain &chain() const { return chain_; }
  const std::string &prefix() const { return prefix_; }
  const Value *find(const std::string &key) const { return chain_.find(prefix_ + key); }
  const Value &need(const std::string &key) const { return chain_.need(prefix_ + key, key); }

  /// A tile size, 0 if none is given.
  int number(const std::string &key) const {
    const Value *value = find(key);
    return value ? value->number() : 0;
  }

private:
  const Chain &chain_;
  std::string prefix_;
};

/// The folder of target files and profiles.
class Folder {
public:
  explicit Folder(const std::string &path) : path_(path) {
    std::error_code error;
    for (const fs::directory_entry &entry : fs::directory_iterator(path, error)) {
      const std::string extension = entry.path().extension().string();
      if (extension == ".target" || extension == ".profile")
        paths_[entry.path().stem().string()] = entry.path().string();
    }
    if (paths_.empty())
      throw Refusal("targets: the folder \"" + path + "\" has no .target files");
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto &[name, path] : paths_)
      names.push_back(name);
    return names;
  }
  bool has(const std::string &name) const { return paths_.count(name) > 0; }
  const std::string &path_of(const std::string &name) const { return paths_.at(name); }

  /// The chain of a file, which may lie anywhere; its parents are in the folder.
  Chain chain(const std::string &path) const {
    Chain chain;
    std::string next = path;
    while (!next.empty()) {
      chain.files.push_back(read_data_file(next));
      const DataFile &file = chain.files.back();
      if (file.is_target && chain.target.empty())
        chain.target = file.name;
      check_keys(file);
      next = parent_path(file, chain);
    }
    return chain;
  }

private:
  static void check_keys(const DataFile &file) {
    for (const char *key :
         {"architecture", "rank", "registers", "halide", "requires", "capability"})
      if (const Value *value = file.find(key); value && !file.is_target)
        throw Refusal(value->where + ": " + key + " is a target's: only a .target file has it");
    for (const plan::TypeInfo &type : plan::types)
      if (const Value *lanes = file.find(std::string(type.name) + ".lanes");
          lanes && !file.is_target)
        throw Refusal(lanes->where + ": lanes is the target's: only a .target file has it");
    // Symbols of kernels end in the name of a target. An underscore would make it ambiguous.
    if (file.is_target &&
        file.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") != std::string::npos)
      throw Refusal(file.path + ": a target's name has lower-case letters and digits only");
    if (file.is_target && !file.find("rank"))
      throw Refusal(file.path + ": rank is missing");
  }

  std::string parent_path(const DataFile &file, const Chain &chain) const {
    const Value *parent = file.find("parent");
    if (!parent) // a user's file that bears the name of a target is a profile for it
      return !file.is_target && has(file.name) && path_of(file.name) != file.path
                 ? path_of(file.name)
                 : "";
    if (!has(parent->text))
      throw Refusal(parent->where + ": parent \"" + parent->text +
                    "\" does not exist; there are: " + join(names()));
    const std::string &path = path_of(parent->text);
    for (const DataFile &seen : chain.files)
      if (fs::path(seen.path) == fs::path(path))
        throw Refusal(parent->where + ": parent \"" + parent->text + "\" closes a cycle");
    return path;
  }

  std::string path_;
  std::map<std::string, std::string> paths_;
};

/// The first CPU in /proc/cpuinfo.
struct ThisCpu {
  std::map<std::string, std::string> fields;

  explicit ThisCpu(const std::string &path) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line) && (!line.empty() || fields.empty());) {
      const std::size_t colon = line.find(':');
      const std::vector<std::string> value =
          colon == std::string::npos ? std::vector<std::string>{} : split(line.substr(colon + 1));
      if (!value.empty())
        fields.emplace(join(split(line.substr(0, colon))), value[0]);
    }
  }
  std::string operator[](const std::string &field) const {
    const auto found = fields.find(field);
    return found == fields.end() ? "" : found->second;
  }

  std::string describe() const {
    if (fields.count("CPU part"))
      return "implementer " + (*this)["CPU implementer"] + " part " + (*this)["CPU part"];
    return fields.count("vendor_id") ? (*this)["vendor_id"] + " family " + (*this)["cpu family"] +
                                           " model " + (*this)["model"]
                                     : "this CPU";
  }

  /// Whether a profile's `cpu` names it.
  bool is(const std::string &cpu) const {
    const std::vector<std::string> words = split(cpu);
    if (words[0].compare(0, 2, "0x") == 0)
      return (*this)["CPU implementer"] == words[0] &&
             std::count(words.begin() + 1, words.end(), (*this)["CPU part"]) > 0;
    const std::string model = (*this)["model"];
    if ((*this)["vendor_id"] != words[0] || (*this)["cpu family"] != words[1] || model.empty() ||
        model.size() > 6 || model.find_first_not_of("0123456789") != std::string::npos)
      return false;
    return std::any_of(words.begin() + 2, words.end(), [&](const std::string &range) {
      const std::size_t dash = range.find('-');
      const int number = std::stoi(model);
      return number >= std::stoi(range.substr(0, dash)) &&
             number <= std::stoi(range.substr(dash + 1));
    });
  }
};

/// The name of the shipped file whose `cpu` names this machine; "" if there is none.
std::string native_profile(const Folder &folder, const ThisCpu &cpu) {
  for (const std::string &name : folder.names()) {
    const DataFile file = read_data_file(folder.path_of(name));
    if (const Value *names = file.find("cpu"); names && cpu.is(names->text))
      return name;
  }
  return "";
}

/// The chosen chains by target.
std::map<std::string, Chain> choose_profiles(const Build &build, const Folder &folder,
                                             std::vector<std::string> *notes) {
  std::map<std::string, Chain> chosen;
  for (const std::string &choice : build.profiles) {
    std::string name = choice;
    if (choice == "native") {
      const ThisCpu cpu(build.cpuinfo);
      name = native_profile(folder, cpu);
      if (name.empty()) {
        notes->push_back("HINGE_PROFILE=native: no profile for " + cpu.describe() +
                         ", each target keeps its own");
        continue;
      }
    }
    const bool is_path = name.find('/') != std::string::npos;
    if (is_path)
      name = (fs::path(build.profiles_base) / name).lexically_normal().string();
    if (is_path ? !fs::is_regular_file(name) : !folder.has(name))
      throw Refusal("HINGE_PROFILE: there is no profile \"" + choice +
                    "\": expected native, the path of a file, or one of: " + join(folder.names()));
    Chain chain = folder.chain(is_path ? name : folder.path_of(name));
    if (chain.target.empty()) {
      std::vector<std::string> targets;
      for (const std::string &known : folder.names())
        if (fs::path(folder.path_of(known)).extension() == ".target")
          targets.push_back(known);
      throw Refusal(
          chain.files.front().path + ": no target is named \"" + chain.files.back().name +
          "\": expected `parent = <profile>` as the first key, or a file named as one of: " +
          join(targets));
    }
    const std::string target = chain.target;
    if (!chosen.emplace(target, std::move(chain)).second)
      throw Refusal("HINGE_PROFILE: \"" + choice + "\" is a second profile for " + target);
  }
  return chosen;
}

/// Refuses the keys of the other kind of target.
void check_tile_keys(const Section &section, bool is_gpu) {
  const std::vector<std::string> known = tile_keys(is_gpu);
  const std::string &prefix = section.prefix();
  for (const DataFile &file : section.chain().files)
    for (const auto &[key, value] : file.values)
      if (key.compare(0, prefix.size(), prefix) == 0 &&
          std::find(known.begin(), known.end(), key.substr(prefix.size())) == known.end())
        throw Refusal(value.where + ": " + key.substr(prefix.size()) +
                      " is no key of a profile for " + section.chain().target);
}

/// Reads the tile sizes of a type and checks them against the register file.
class TilesReader {
public:
  TilesReader(const Section &section, const CpuTarget &target)
      : section_(section), target_(target) {}

  plan::Tiles read() const {
    check_tile_keys(section_, /*is_gpu=*/false);
    plan::Tiles t;
    t.registers = target_.registers;
    t.lanes = section_.need("lanes").number();
    t.unroll = section_.need("elementwise.unroll").number();
    t.panel = section_.need("linear.panel").number();
    t.group = section_.need("linear.group").number();
    const int gradient = section_.number("linear.gradient.rows");
    for (int vectors = 1; vectors <= plan::max_panel_vectors; vectors++) {
      const auto v = std::size_t(vectors);
      t.rows[v] = height("linear.rows.", vectors);
      t.gradient[v] = gradient > 0 ? std::min(t.rows[v], gradient) : t.rows[v];
      t.half_rows[v] = height("linear.half.rows.", vectors);
    }
    check_panel(t);
    return t;
  }

private:
  int height(const std::string &prefix, int vectors) const {
    const std::string key = prefix + std::to_string(vectors);
    const int rows = section_.number(key);
    const int needed = plan::tile_registers(rows, vectors);
    if (rows > 0 && needed > target_.registers)
      throw Refusal(section_.find(key)->where + ": " + key + " is " + std::to_string(rows) + ": " +
                    std::to_string(rows) + " x " + std::to_string(vectors) + " accumulators, " +
                    std::to_string(vectors) + " vectors of the panel and a broadcast are " +
                    std::to_string(needed) + " registers, " + has_registers());
    return rows;
  }

  void check_panel(const plan::Tiles &t) const {
    const std::string panel = std::to_string(t.panel);
    // The rest after full panels goes to a narrower one.
    for (int vectors = 1; vectors <= t.panel; vectors++)
      if (t.rows[std::size_t(vectors)] == 0)
        throw Refusal(section_.find("linear.panel")->where + ": linear.panel is " + panel +
                      ": linear.rows." + std::to_string(vectors) +
                      " is missing, every width up to linear.panel is needed");
    const int needed = plan::group_registers(t.group, t.panel);
    if (needed > target_.registers)
      throw Refusal(section_.find("linear.group")->where + ": linear.group is " +
                    std::to_string(t.group) + ": with linear.panel " + panel +
                    " the batch-1 loop needs " + std::to_string(needed) + " registers, " +
                    has_registers());
  }

  std::string has_registers() const {
    return target_.name + " has " + std::to_string(target_.registers);
  }

  const Section &section_;
  const CpuTarget &target_;
};

/// Halide's target: architecture and system, features, and how kernels are generated. The kernels
/// need no runtime of Halide's: they allocate nothing and start no thread. They report nothing
/// unless they are checked.
std::string halide_target(const Build &build, const std::vector<std::string> &features,
                          bool is_checked, bool is_sanitized) {
  std::vector<std::string> parts = {build.system};
  parts.insert(parts.end(), features.begin(), features.end());
  parts.push_back("no_runtime");
  if (!is_checked)
    parts.insert(parts.end(), {"no_asserts", "no_bounds_query"});
  if (is_sanitized)
    parts.push_back("asan");
  return join(parts, "-");
}

CpuTarget read_cpu_target(const Build &build, const Chain &chain) {
  CpuTarget t;
  t.name = chain.target;
  t.profile = chain.files.front().name;
  t.files = chain.paths();
  t.arch = build.arch;
  t.rank = chain.need("rank").number();
  t.registers = chain.need("registers").number();
  if (const Value *halide = chain.find("halide"))
    t.halide = split(halide->text);
  const Value &required = chain.need("requires");
  t.required = split(required.text);
  for (const std::string &feature : t.required)
    if (plan::feature_bit(feature) == plan::unknown_feature)
      throw Refusal(required.where + ": requires has \"" + feature +
                    "\": expected names of plan/features.h");
  for (const plan::TypeInfo &type : plan::types)
    t.tiles[type.type] = TilesReader(Section(chain, type.type), t).read();
  t.halide_target = halide_target(build, t.halide, build.checked, build.sanitize);
  return t;
}

void check_gpu_tile(const std::string &where, const plan::GpuTile &t) {
  const auto number = [](int n) { return std::to_string(n); };
  const auto refuse = [&](const std::string &why) { throw Refusal(where + ": " + why); };
  if (t.columns % t.thread_columns != 0 || t.thread_columns % plan::gpu_vector != 0 ||
      t.rows % t.thread_rows != 0)
    refuse(number(t.columns) + " x " + number(t.rows) + " is no multiple of a thread's " +
           number(t.thread_columns) + " x " + number(t.thread_rows) +
           ", whose columns are a multiple of 4");
  const int threads = t.computing_threads(), across = t.columns / t.thread_columns;
  if (t.threads > 0 && (t.threads < threads || t.threads % across != 0))
    refuse("threads is " + number(t.threads) + ": expected 0, or " + number(threads) +
           " or more and a multiple of " + number(across));
  if (t.threads == 0 && threads > plan::max_block_threads)
    refuse(number(threads) + " threads in a block: CUDA has at most " +
           number(plan::max_block_threads));
  if (t.terms % plan::gpu_vector != 0)
    refuse("terms is " + number(t.terms) + ": expected a multiple of 4");
  if (t.shared_bytes() > plan::max_shared_bytes)
    refuse("(" + number(t.columns) + " + " + number(t.rows) + ") x " + number(t.terms) +
           " floats are " + number(t.shared_bytes()) + " bytes of shared memory: a block has " +
           number(plan::max_shared_bytes));
}

plan::GpuTile read_gpu_tile(const Section &section, const std::string &name) {
  const std::string prefix = "linear." + name + ".";
  const auto number = [&](const char *key) { return section.need(prefix + key).number(); };
  const plan::GpuTile tile{
      number("columns"), number("rows"),    number("thread_columns"), number("thread_rows"),
      number("terms"),   number("threads"), number("prefetch"),       number("gradient_prefetch"),
      number("blocks"),  number("cycles")};
  check_gpu_tile(section.find(prefix + "columns")->where + ": linear." + name, tile);
  return tile;
}

GpuTarget read_gpu_target(const Build &build, const Chain &chain) {
  GpuTarget t;
  t.name = chain.target;
  t.profile = chain.files.front().name;
  t.files = chain.paths();
  const std::vector<std::string> capability = split(chain.need("capability").text, ".");
  t.capability[0] = std::stoi(capability[0]);
  t.capability[1] = std::stoi(capability[1]);
  t.halide = split(chain.need("halide").text);
  for (const plan::TypeInfo &type : plan::types) {
    const Section section(chain, type.type);
    check_tile_keys(section, /*is_gpu=*/true);
    t.unroll = section.need("elementwise.unroll").number();
    for (std::size_t i = 0; i < plan::gpu_tile_count; i++)
      t.tiles[type.type][i] = read_gpu_tile(section, plan::gpu_tile_names[i]);
  }
  // The host functions only launch, so nothing in them is checked or sanitized.
  t.halide_target = halide_target(build, t.halide, /*is_checked=*/false, /*is_sanitized=*/false);
  return t;
}

} // namespace

Targets read_targets(const Build &build) {
  const Folder folder(build.targets_folder);
  Targets targets;
  const std::map<std::string, Chain> chosen = choose_profiles(build, folder, &targets.notes);
  const auto note_files = [&](const Chain &chain) {
    for (const std::string &path : chain.paths())
      targets.files.push_back(path);
  };
  std::vector<std::pair<int, std::string>> all; // by architecture and rank
  for (const std::string &name : folder.names()) {
    const Chain own = folder.chain(folder.path_of(name));
    note_files(own);
    if (own.target != name)
      continue; // a profile
    const auto choice = chosen.find(name);
    const Chain &chain = choice == chosen.end() ? own : choice->second;
    const std::string architecture = own.need("architecture").text;
    const int order = architecture == "x86" ? 0 : architecture == "arm" ? 1000 : 2000;
    all.emplace_back(order + own.need("rank").number(), name);
    if (architecture == "gpu") {
      if (build.cuda)
        targets.gpus.push_back(read_gpu_target(build, chain));
    } else if (architecture == plan::archs[int(build.arch)].name) {
      targets.cpus.push_back(read_cpu_target(build, chain));
    }
  }
  for (const auto &[target, chain] : chosen)
    note_files(chain);
  std::sort(targets.files.begin(), targets.files.end());
  targets.files.erase(std::unique(targets.files.begin(), targets.files.end()), targets.files.end());
  std::sort(targets.cpus.begin(), targets.cpus.end(),
            [](const CpuTarget &a, const CpuTarget &b) { return a.rank < b.rank; });
  for (const CpuTarget &target : targets.cpus)
    targets.order.push_back(target.name);
  std::sort(all.begin(), all.end());
  for (const auto &[order, name] : all)
    targets.all_names.push_back(name);
  return targets;
}

void set_system(Build *build, const std::string &system, const std::string &processor,
                int pointer_bytes) {
  const auto is_any = [](const std::string &text, std::initializer_list<const char *> names) {
    return std::find(names.begin(), names.end(), text) != names.end();
  };
  if (pointer_bytes != 0 && pointer_bytes != 8)
    throw Refusal("Hinge has kernels for 64 bits only; this build is for " + processor + " with " +
                  std::to_string(8 * pointer_bytes) + ".");
  if (is_any(processor, {"x86_64", "amd64", "AMD64"}))
    build->arch = plan::Arch::x86;
  else if (is_any(processor, {"aarch64", "arm64", "ARM64"}))
    build->arch = plan::Arch::arm;
  else if (processor.find(';') != std::string::npos)
    throw Refusal(
        "CMAKE_OSX_ARCHITECTURES is \"" + processor +
        "\": Hinge is built for one architecture at a time; join the libraries with lipo.");
  else
    throw Refusal("Hinge has kernels for x86-64 and arm-64; this build is for " + processor + ".");
  const char *halide = system == "Linux"     ? "linux"
                       : system == "Darwin"  ? "osx"
                       : system == "Android" ? "android"
                       : system == "Windows" ? "windows"
                                             : nullptr;
  if (!halide)
    throw Refusal("Hinge builds for Linux, macOS, Android and Windows; this is " + system + ".");
  if (system == "Windows" && build->arch != plan::Arch::x86)
    throw Refusal("Hinge builds for Windows on x86-64; this build is for " + processor + ".");
  if (system == "Windows" && build->cuda)
    throw Refusal("HINGE_CUDA is ON: expected OFF, because Hinge calls no GPU on Windows yet.");
  build->system = std::string(plan::archs[int(build->arch)].name) + "-64-" + halide;
}

} // namespace hinge::hingec

#include "commands.h"

#include "catalog.h"
#include "files.h"
#include "layer.h"
#include "list.h"
#include "options.h"
#include "table.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <set>

namespace hinge::hingec {

namespace {

namespace fs = std::filesystem;

constexpr const char *this_system =
#if defined(__APPLE__)
    "Darwin";
#else
    "Linux";
#endif
constexpr const char *this_processor =
#if defined(__aarch64__)
    "aarch64";
#else
    "x86_64";
#endif

/// This program.
std::string executable() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  return path.string();
}

/// The folder of target files: beside an installed hingec, otherwise in its source.
std::string default_targets_folder() {
  const fs::path installed =
      (fs::path(executable()).parent_path() / "../share/hinge/targets").lexically_normal();
  std::error_code error;
  return fs::is_directory(installed, error) ? installed.string() : HINGEC_TARGETS_FOLDER;
}

/// The options that all commands share, and their values.
class BuildOptions {
public:
  std::vector<Option> options() {
    return {
        {"--system", "NAME", "the system that the kernels are for: Linux, Darwin, Android, Windows",
         &system_},
        {"--processor", "NAME", "its processor, as CMake calls it: x86_64, aarch64", &processor_},
        {"--pointer-bytes", "N", "bytes of a pointer there, where they are known", &pointer_bytes_},
        {"--profile", "PROFILE", "tile sizes: a name, the path of a file, or native (repeatable)",
         nullptr, &build_.profiles},
        {"--profiles-base", "FOLDER", "what relative paths of profiles begin at",
         &build_.profiles_base},
        {"--targets", "FOLDER", "the folder of *.target and *.profile", &build_.targets_folder},
        {"--cpuinfo", "FILE", "what native reads instead of /proc/cpuinfo", &build_.cpuinfo},
        {"--cuda", "", "kernels for NVIDIA's GPUs too", nullptr, nullptr, &build_.cuda},
        {"--checked", "", "kernels check their buffers", nullptr, nullptr, &build_.checked},
        {"--sanitize", "", "AddressSanitizer in the kernels", nullptr, nullptr, &build_.sanitize}};
  }

  Build build() {
    if (build_.targets_folder.empty())
      build_.targets_folder = default_targets_folder();
    set_system(&build_, system_, processor_, std::atoi(pointer_bytes_.c_str()));
    return build_;
  }

private:
  Build build_;
  std::string system_ = this_system, processor_ = this_processor, pointer_bytes_ = "0";
};

void print_notes(const Targets &targets) {
  for (const std::string &note : targets.notes)
    std::fprintf(stderr, "%s\n", note.c_str());
}

void write_text(const std::string &path, const std::string &text) {
  if (path.empty())
    std::fwrite(text.data(), 1, text.size(), stdout);
  else
    write_if_different(path, text);
}

/// Kernels by name; empty: all.
struct Selection {
  std::vector<std::string> objects, kernels, targets, activations;

  std::vector<Option> options() {
    return {{"--target", "NAME", "only kernels of this target (repeatable)", nullptr, &targets},
            {"--object", "NAME", "only kernels of this object, as list names it (repeatable)",
             nullptr, &objects},
            {"--kernel", "SYMBOL", "only this kernel (repeatable)", nullptr, &kernels},
            {"--activation", "NAME",
             "of kernels that have an activation only those with this one (repeatable)", nullptr,
             &activations}};
  }

  std::vector<CatalogKernel> of(const std::vector<CatalogKernel> &all) const {
    check_known("kernel", kernels, all, [](const auto &k) { return k.symbol; });
    check_known("object", objects, all, [](const auto &k) { return k.object(); });
    check_known("target", targets, all, [](const auto &k) { return k.target; });
    check_known("activation", activations, all,
                [](const auto &k) { return std::string(plan::activations[k.activation]); });
    const auto has = [](const std::vector<std::string> &names, const std::string &name) {
      return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
    };
    std::vector<CatalogKernel> chosen;
    for (const CatalogKernel &k : all)
      if (has(kernels, k.symbol) && has(objects, k.object()) && has(targets, k.target) &&
          (!k.has_activation || has(activations, plan::activations[k.activation])))
        chosen.push_back(k);
    return chosen;
  }

private:
  template <class Name>
  static void check_known(const char *kind, const std::vector<std::string> &names,
                          const std::vector<CatalogKernel> &all, const Name &name) {
    std::set<std::string> known;
    for (const CatalogKernel &kernel : all)
      known.insert(name(kernel));
    for (const std::string &wanted : names)
      if (!known.count(wanted))
        throw Refusal(std::string("there is no ") + kind + " \"" + wanted +
                      "\": expected one of: " + join({known.begin(), known.end()}));
  }
};

/// Compiles kernels into a file, unless the same hingec has already made it from the same kernels.
class Compilation {
public:
  explicit Compilation(const Compile &compile) : compile_(compile) {}

  std::vector<Option> options() {
    return {{"--out", "FILE", "the file to write", &out_},
            {"--emit", "KIND", "object (the default), ptx, assembly or stmt", &kind_},
            {"--depfile", "FILE", "what the file depends on, for make and Ninja", &depfile_}};
  }
  const std::string &out() const { return out_; }

  void run(const std::vector<KernelSpec> &kernels, const std::vector<std::string> &files) const {
    if (!compile_)
      throw Refusal("this is hingec's planner, which compiles no kernels");
    if (out_.empty())
      throw Refusal("--out is missing");
    if (kind_ != "object" && kind_ != "ptx" && kind_ != "assembly" && kind_ != "stmt")
      throw Refusal("--emit is \"" + kind_ + "\": expected object, ptx, assembly or stmt");
    std::string text = kind_ + "\n";
    for (const KernelSpec &kernel : kernels)
      text += to_line(kernel) + "\n";
    text += "made by hingec ";
    const std::string made_from = out_ + ".kernels", made = read_file(made_from);
    bool is_made = made.compare(0, text.size(), text) == 0 && is_newer_than_hingec();
    if (!is_made) {
      text += fingerprint() + "\n";
      is_made = made == text && fs::exists(out_);
    }
    if (is_made) {
      fs::last_write_time(out_, fs::file_time_type::clock::now());
    } else {
      const fs::path folder = fs::path(out_).parent_path();
      if (!folder.empty())
        fs::create_directories(folder);
      std::error_code error;
      fs::remove(made_from, error); // so that an interrupted run leaves nothing that looks finished
      compile_(kernels, kind_, out_);
      write_if_different(made_from, text);
    }
    if (!depfile_.empty())
      write_depfile(depfile_, out_, files);
  }

private:
  /// A hash of this program (FNV-1a). Another configuration links it again, to the same bytes.
  static std::string fingerprint() {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const unsigned char byte : read_file(executable()))
      hash = (hash ^ byte) * 0x100000001b3;
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
  }

  bool is_newer_than_hingec() const {
    std::error_code error;
    const fs::file_time_type made = fs::last_write_time(out_, error);
    return !error && made > fs::last_write_time(executable(), error) && !error;
  }

  const Compile &compile_;
  std::string out_, kind_ = "object", depfile_;
};

template <class T>
void append(std::vector<T> *to, const std::vector<T> &more) {
  to->insert(to->end(), more.begin(), more.end());
}

/// Parses the arguments, or prints the help and returns false.
bool parse(const Command &command, const std::vector<std::string> &arguments, Words *words) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  if (std::find(arguments.begin(), end, "--help") != end) {
    std::fputs(usage(command).c_str(), stdout);
    return false;
  }
  *words = parse_options(command, arguments);
  return true;
}

/// The files that list what is compiled.
std::vector<std::string> files_of(const Targets &targets, const std::vector<KernelSpec> &kernels) {
  for (const CpuTarget &target : targets.cpus)
    if (!kernels.empty() && kernels.front().target == target.name)
      return target.files;
  for (const GpuTarget &target : targets.gpus)
    if (!kernels.empty() && kernels.front().target == target.name)
      return target.files;
  return targets.files;
}

void library(const std::vector<std::string> &arguments, const Compile &compile) {
  BuildOptions build_options;
  Selection selection;
  Compilation compilation(compile);
  Command command{"library", "",
                  "Compiles kernels of the library, for one target, into one object.",
                  compilation.options()};
  append(&command.options, selection.options());
  append(&command.options, build_options.options());
  Words words;
  if (!parse(command, arguments, &words))
    return;
  const Targets targets = read_targets(build_options.build());
  print_notes(targets);
  const std::vector<CatalogKernel> chosen = selection.of(catalog(targets));
  std::vector<KernelSpec> kernels(chosen.begin(), chosen.end());
  for (const KernelSpec &kernel : kernels)
    if (kernel.target != kernels.front().target)
      throw Refusal("hingec library: kernels of several targets are chosen: expected --target or "
                    "--object");
  compilation.run(kernels, files_of(targets, kernels));
}

void table(const std::vector<std::string> &arguments) {
  BuildOptions build_options;
  Selection selection;
  std::string out, depfile;
  bool is_gpu = false;
  Command command{
      "table",
      "",
      "Writes the table of kernels and tile sizes as C++, to standard output without --out.",
      {{"--gpu", "", "the kernels for GPUs; otherwise those for CPUs", nullptr, nullptr, &is_gpu},
       {"--out", "FILE", "the file to write", &out},
       {"--depfile", "FILE", "what it depends on, for make and Ninja", &depfile}}};
  append(&command.options, selection.options());
  append(&command.options, build_options.options());
  Words words;
  if (!parse(command, arguments, &words))
    return;
  Targets targets = read_targets(build_options.build());
  const std::vector<CatalogKernel> kernels = selection.of(catalog(targets));
  if (!selection.targets.empty()) {
    const auto is_unwanted = [&](const auto &target) {
      return std::count(selection.targets.begin(), selection.targets.end(), target.name) == 0;
    };
    targets.cpus.erase(std::remove_if(targets.cpus.begin(), targets.cpus.end(), is_unwanted),
                       targets.cpus.end());
    targets.gpus.erase(std::remove_if(targets.gpus.begin(), targets.gpus.end(), is_unwanted),
                       targets.gpus.end());
  }
  if (is_gpu && targets.gpus.empty())
    throw Refusal("hingec table: --gpu: there is no target for GPUs: expected --cuda too");
  write_text(out, is_gpu ? gpu_table_source(targets, kernels) : table_source(targets, kernels));
  if (!out.empty() && !depfile.empty())
    write_depfile(depfile, out, targets.files);
}

void list(const std::vector<std::string> &arguments) {
  BuildOptions build_options;
  Selection selection;
  std::string cmake;
  std::vector<std::string> batch_words;
  Command command{"list",
                  "",
                  "Prints what a build has, as JSON: targets, tile sizes, kernels.",
                  {{"--cmake", "FILE", "writes set() commands for CMake instead", &cmake},
                   {"--batch", "ROWS", "also how a batch is cut into register tiles (repeatable)",
                    nullptr, &batch_words}}};
  append(&command.options, selection.options());
  append(&command.options, build_options.options());
  Words words;
  if (!parse(command, arguments, &words))
    return;
  const Build build = build_options.build();
  const Targets targets = read_targets(build);
  print_notes(targets);
  const std::vector<CatalogKernel> kernels = selection.of(catalog(targets));
  std::vector<std::int64_t> batches;
  for (const std::string &word : batch_words) {
    if (word.size() > 9 || word.find_first_not_of("0123456789") != std::string::npos ||
        std::stoll(word) == 0)
      throw Refusal("hingec list: --batch is \"" + word + "\": expected a number of rows");
    batches.push_back(std::stoll(word));
  }
  if (cmake.empty())
    write_text("", list_json(build, targets, kernels, batches));
  else
    write_if_different(cmake, list_cmake(build, targets, kernels));
}

/// The kernel of a layer called `symbol`.
const KernelSpec &find_kernel(const Layer &layer, const std::string &symbol) {
  std::vector<std::string> known;
  for (const KernelSpec &kernel : layer.kernels) {
    if (kernel.symbol == symbol)
      return kernel;
    known.push_back(kernel.symbol);
  }
  throw Refusal("there is no kernel \"" + symbol + "\": expected one of: " + join(known));
}

void write_sources(const Layer &layer, const std::string &name, const std::string &folder) {
  const std::string path = folder + "/" + name;
  write_if_different(path + ".h", layer.header);
  write_if_different(path + ".hpp", layer.header_cpp);
  write_if_different(path + ".cpp", layer.source);
  std::vector<std::string> kernels, symbols;
  for (const KernelSpec &kernel : layer.kernels)
    kernels.push_back(kernel.symbol);
  for (const std::string &symbol : layer.symbols) // in the form of --taken
    symbols.push_back(symbol + "=" + layer.name);
  const auto set = [](const std::string &variable, const std::vector<std::string> &values) {
    return "set(" + variable + " [==[" + join(values, ";") + "]==])\n";
  };
  write_if_different(folder + "/plan.cmake",
                     set("kernels", kernels) + set("files", layer.files) + set("symbols", symbols) +
                         set("minimal", {layer.is_minimal ? "TRUE" : "FALSE"}));
}

void layer(const std::vector<std::string> &arguments, const Compile &compile) {
  BuildOptions build_options;
  Compilation compilation(compile);
  std::string folder, symbol;
  std::vector<std::string> taken;
  Command command{
      "layer",
      "linear|activation NAME",
      "Plans a layer of known sizes: writes its sources, or compiles one of its kernels.\n"
      "KEYWORDS are those of hinge_add_linear or hinge_add_activation (docs/your-shapes.md).",
      {{"--sources", "FOLDER",
        "writes NAME.h, NAME.hpp, NAME.cpp and plan.cmake (the kernels' names)", &folder},
       {"--kernel", "SYMBOL", "compiles this kernel to --out", &symbol},
       {"--taken", "SYMBOL=LAYER", "names of other layers, which this one may not have", nullptr,
        &taken}},
      /*takes_rest=*/true};
  append(&command.options, compilation.options());
  append(&command.options, build_options.options());
  Words words;
  if (!parse(command, arguments, &words))
    return;
  if (words.positional.size() != 2 ||
      (words.positional[0] != "linear" && words.positional[0] != "activation"))
    throw Refusal(
        "hingec layer: expected `linear NAME` or `activation NAME`, then options, then -- "
        "and keywords");
  if (folder.empty() == symbol.empty())
    throw Refusal("hingec layer: expected either --sources or --kernel");
  const LayerCall call{"hinge_add_" + words.positional[0], words.positional[1], words.rest};
  const Layer layer = plan_layer(call, build_options.build(), taken);
  if (!folder.empty())
    write_sources(layer, call.name, folder);
  else
    compilation.run({find_kernel(layer, symbol)}, layer.files);
}

constexpr const char *general_help =
    "usage: hingec COMMAND [options]\n"
    "\n"
    "  library  compiles kernels of the library into an object\n"
    "  table    writes the library's table of kernels, C++\n"
    "  layer    writes the sources of a layer of known sizes, or compiles its kernels\n"
    "  list     prints what a build has, JSON\n"
    "\n"
    "hingec COMMAND --help describes the options of a command. hingec --version prints Hinge's "
    "version\n"
    "and Halide's.\n";

void dispatch(const std::vector<std::string> &arguments, const Compile &compile) {
  const std::string command = arguments.empty() ? "" : arguments[0];
  const std::vector<std::string> own(arguments.begin() + (arguments.empty() ? 0 : 1),
                                     arguments.end());
  if (command == "library")
    library(own, compile);
  else if (command == "table")
    table(own);
  else if (command == "layer")
    layer(own, compile);
  else if (command == "list")
    list(own);
  else if (command == "--version")
    std::printf("hingec %s, Halide %s\n", HINGEC_VERSION, HINGEC_HALIDE_VERSION);
  else if (command == "--help")
    std::fputs(general_help, stdout);
  else
    throw Refusal("hingec: \"" + command +
                  "\": expected library, table, layer, list, --help or "
                  "--version");
}

} // namespace

int run(const std::vector<std::string> &arguments, const Compile &compile) {
  try {
    dispatch(arguments, compile);
    return 0;
  } catch (const std::exception &e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}

} // namespace hinge::hingec

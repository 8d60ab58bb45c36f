// hingec's planner: command lines, the reader of target files and profiles, the catalog and the
// table. build/profile_test.py tests chains of files, layer_test.cpp the layers.
#include "planner/catalog.h"
#include "planner/commands.h"
#include "planner/data_file.h"
#include "planner/files.h"
#include "planner/options.h"
#include "planner/table.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

using namespace hinge;
using namespace hinge::hingec;

namespace {

using Words = std::vector<std::string>;

/// The message of the refusal; "" where there is none.
template <class F>
std::string refusal(const F &f) {
  try {
    f();
    return "";
  } catch (const Refusal &r) {
    return r.what();
  }
}

Build build(plan::Arch arch = plan::Arch::x86, bool cuda = true) {
  Build b;
  b.arch = arch;
  b.system = arch == plan::Arch::x86 ? "x86-64-linux" : "arm-64-linux";
  b.targets_folder = HINGE_SOURCE_DIR "/generators/targets";
  b.cuda = cuda;
  return b;
}

std::size_t count(const std::string &text, const std::string &part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    found++;
  return found;
}

// Options ---------------------------------------------------------------------------------------

struct Parsed {
  std::string out;
  Words profiles;
  bool cuda = false;
  Command command{"make",
                  "",
                  "Makes something.",
                  {{"--out", "FILE", "the file to write", &out},
                   {"--profile", "PROFILE", "tile sizes", nullptr, &profiles},
                   {"--cuda", "", "for GPUs too", nullptr, nullptr, &cuda}}};
};

TEST(Options, fill_the_values) {
  Parsed p;
  p.command.arguments = "NAME";
  p.command.takes_rest = true;
  const Words arguments = {"first", "--out",     "a.o", "--profile", "x;y", "--cuda",
                           "next",  "--profile", "z",   "--",        "IN",  "--out"};
  const hingec::Words words = parse_options(p.command, arguments);
  EXPECT_EQ("a.o", p.out);
  EXPECT_EQ((Words{"x", "y", "z"}), p.profiles);
  EXPECT_TRUE(p.cuda);
  EXPECT_EQ((Words{"first", "next"}), words.positional);
  EXPECT_EQ((Words{"IN", "--out"}), words.rest);
}

TEST(Options, that_are_wrong_are_refused_with_what_is_allowed) {
  const std::pair<Words, std::string> cases[] = {
      {{"--output", "a"},
       "hingec make: unknown option --output; known are: --out --profile --cuda --help"},
      {{"--"}, "hingec make: unknown option --; known are: --out --profile --cuda --help"},
      {{"--cuda", "--out"}, "hingec make: --out has no value: expected FILE"},
      {{"--cuda", "yes"}, "hingec make: \"yes\": expected options only"},
  };
  for (const auto &[arguments, message] : cases) {
    Parsed p;
    EXPECT_EQ(message, refusal([&] { parse_options(p.command, arguments); }));
  }
}

TEST(Options, are_in_the_help) {
  EXPECT_EQ("usage: hingec make [options]\n"
            "\n"
            "Makes something.\n"
            "\n"
            "  --out FILE         the file to write\n"
            "  --profile PROFILE  tile sizes\n"
            "  --cuda             for GPUs too\n",
            usage(Parsed().command));
}

// Commands --------------------------------------------------------------------------------------

struct Outcome {
  int status;
  std::string out, messages;
};

/// Runs a command line, with the targets of the source tree.
Outcome hingec_run(Words arguments) {
  if (arguments.size() > 0 && arguments[0].compare(0, 2, "--") != 0)
    arguments.insert(arguments.begin() + 1, {"--targets", HINGE_SOURCE_DIR "/generators/targets",
                                             "--system", "Linux", "--processor", "x86_64"});
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int status = run(arguments, nullptr);
  const std::string out = testing::internal::GetCapturedStdout();
  return {status, out, testing::internal::GetCapturedStderr()};
}

TEST(Commands, have_help) {
  for (const char *command : {"library", "table", "layer", "list"}) {
    const Outcome help = hingec_run({command, "--unknown", "--help"});
    EXPECT_EQ(0, help.status) << command;
    EXPECT_EQ(0u, help.out.find(std::string("usage: hingec ") + command));
    EXPECT_NE(std::string::npos, help.out.find("--profile PROFILE"));
    EXPECT_NE(std::string::npos, hingec_run({"--help"}).out.find(command));
  }
  EXPECT_EQ(0u, hingec_run({"--version"}).out.find("hingec "));
}

TEST(Commands, that_are_wrong_are_refused_in_one_line) {
  const std::pair<Words, const char *> cases[] = {
      {{}, "hingec: \"\": expected library, table, layer, list, --help or --version"},
      {{"make"}, "hingec: \"make\": expected library, table, layer, list"},
      {{"list", "--batches", "8"}, "hingec list: unknown option --batches; known are: --cmake"},
      {{"list", "--batch"}, "hingec list: --batch has no value: expected ROWS"},
      {{"list", "--batch", "0"}, "hingec list: --batch is \"0\": expected a number of rows"},
      {{"list", "--batch", "8x"}, "hingec list: --batch is \"8x\": expected a number of rows"},
      {{"list", "all"}, "hingec list: \"all\": expected options only"},
      {{"list", "--system", "Haiku"}, "Hinge builds for Linux, macOS, Android and Windows"},
      {{"list", "--system", "Windows", "--cuda"}, "HINGE_CUDA is ON: expected OFF"},
      {{"list", "--processor", "riscv64"}, "Hinge has kernels for x86-64 and arm-64"},
      {{"list", "--processor", "arm64;x86_64"}, "built for one architecture at a time"},
      {{"list", "--pointer-bytes", "4"},
       "Hinge has kernels for 64 bits only; this build is for "
       "x86_64 with 32."},
      {{"list", "--target", "avx3"},
       "there is no target \"avx3\": expected one of: avx2 avx512 sse41 zen4"},
      {{"table", "--gpu"}, "--gpu: there is no target for GPUs: expected --cuda too"},
      {{"table", "--activation", "gelu"},
       "there is no activation \"gelu\": expected one of: none relu relu6"},
      {{"library", "--kernel", "relu"}, "there is no kernel \"relu\": expected one of: hinge_act"},
      {{"library", "--object", "linear"}, "there is no object \"linear\": expected one of: act"},
      {{"library", "--out", "a.o"}, "kernels of several targets are chosen: expected --target or"},
      {{"library", "--target", "avx2", "--out", "a.o"}, "hingec's planner, which compiles no"},
      {{"layer", "linear"}, "hingec layer: expected `linear NAME` or `activation NAME`"},
      {{"layer", "linear", "a"}, "hingec layer: expected either --sources or --kernel"},
  };
  for (const auto &[arguments, message] : cases) {
    const Outcome outcome = hingec_run(arguments);
    EXPECT_EQ(1, outcome.status) << message;
    EXPECT_EQ("", outcome.out);
    EXPECT_NE(std::string::npos, outcome.messages.find(message)) << outcome.messages;
    EXPECT_EQ(1u, count(outcome.messages, "\n")) << outcome.messages;
  }
}

// The reader of files ---------------------------------------------------------------------------

class DataFiles : public testing::Test {
protected:
  DataFiles()
      : folder_(std::filesystem::temp_directory_path() /
                ("hinge_planner" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~DataFiles() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string &name, const std::string &text) {
    const std::string path = (folder_ / name).string();
    write_if_different(path, text);
    return path;
  }

private:
  std::filesystem::path folder_;
};

TEST_F(DataFiles, keep_each_value_and_its_line) {
  const std::string path =
      write("mine.profile", "# Why.\r\n\n  parent=avx512 # of 32 registers\nlinear.panel\t=  3\r\n"
                            "[float32]\nlinear.rows.1 = 0\n");
  const DataFile file = read_data_file(path);
  EXPECT_EQ(path, file.path);
  EXPECT_EQ("mine", file.name);
  EXPECT_FALSE(file.is_target);
  EXPECT_EQ(3u, file.values.size());
  EXPECT_EQ("avx512", file.find("parent")->text);
  EXPECT_EQ(path + ":3", file.find("parent")->where);
  EXPECT_EQ(3, file.find("float32.linear.panel")->number());
  EXPECT_EQ(path + ":4", file.find("float32.linear.panel")->where);
  EXPECT_EQ(0, file.find("float32.linear.rows.1")->number());
  EXPECT_EQ(nullptr, file.find("linear.panel"));
  EXPECT_TRUE(read_data_file(write("mine.target", "rank = 1\n")).is_target);
}

struct Line {
  const char *text;
  int line;
  const char *message;
};

const Line refused_lines[] = {
    {"lanes", 1, "\"lanes\": expected `key = value`"},
    {"lanes =", 1, "\"lanes =\": expected `key = value`"},
    {"= 8", 1, "\"= 8\": expected `key = value`"},
    {"linear panel = 4", 1, "\"linear panel = 4\": expected `key = value`"},
    {"\n\nlinear.pannel = 4", 3, "unknown key linear.pannel; known are: parent cpu architecture "},
    {"linear.rows.0 = 4", 1, "unknown key linear.rows.0;"},
    {"linear.rows.9 = 4", 1, "unknown key linear.rows.9;"},
    {"linear.tiny.rows = 4", 1, "unknown key linear.tiny.rows;"},
    {"linear.backward.rows = 4", 1,
     "unknown key linear.backward.rows: it is called linear.gradient.rows"},
    {"linear.low.backward_prefetch = 1", 1,
     "unknown key linear.low.backward_prefetch: it is called linear.low.gradient_prefetch"},
    {"[int8]", 1, "\"[int8]\": expected the section of a type: [float32]"},
    {"[float32", 1, "\"[float32\": expected the section of a type: [float32]"},
    {"[float32]\nrank = 1", 2, "rank is the file's: expected it before any section"},
    {"rank = 1\nparent = avx2", 2, "parent must be the first key"},
    {"rank = 1\nrank = 1", 2, "rank is given twice"},
    {"lanes = 8\n[float32]\nlanes = 8", 3, "lanes is given twice"},
    {"lanes = 2", 1, "lanes is 2: expected 4 to 16"},
    {"lanes = 17", 1, "lanes is 17: expected 4 to 16"},
    {"lanes = 08", 1, "lanes is 08: expected 4 to 16"},
    {"lanes = 0x8", 1, "lanes is 0x8: expected 4 to 16"},
    {"lanes = 99999999999", 1, "lanes is 99999999999: expected 4 to 16"},
    {"linear.group = 17", 1, "linear.group is 17: expected 1 to 16"},
    {"linear.group = -1", 1, "linear.group is -1: expected 1 to 16"},
    {"linear.panel = 9", 1, "linear.panel is 9: expected 1 to 8"},
    {"linear.rows.1 = 1", 1,
     "linear.rows.1 is 1: expected 2 to 30, or 0 for no kernels of this width"},
    {"linear.half.rows.1 = 31", 1, "linear.half.rows.1 is 31: expected 2 to 30, or 0"},
    {"linear.gradient.rows = 0", 1, "linear.gradient.rows is 0: expected 2 to 30"},
    {"linear.low.prefetch = 2", 1, "linear.low.prefetch is 2: expected 0 to 1"},
    {"registers = 128", 1, "registers is 128: expected 8 to 64"},
    {"rank = 0", 1, "rank is 0: expected 1 to 999"},
    {"architecture = mips", 1, "architecture is \"mips\": expected x86, arm or gpu"},
    {"capability = 7", 1, "capability is \"7\": expected a compute capability, e.g. 7.0"},
    {"capability = 7.x", 1, "capability is \"7.x\": expected a compute capability"},
    {"cpu = AuthenticAMD 25", 1, "cpu is \"AuthenticAMD 25\": expected `<vendor_id> <family>"},
    {"cpu = AuthenticAMD 25 17", 1, "cpu is \"AuthenticAMD 25 17\": expected"},
    {"cpu = 0x41", 1, "cpu is \"0x41\": expected"},
    {"cpu = 0x41 d0b", 1, "cpu is \"0x41 d0b\": expected"},
};

TEST_F(DataFiles, that_are_wrong_are_refused_with_the_line) {
  for (const Line &c : refused_lines) {
    const std::string path = write("wrong.target", c.text);
    const std::string message = refusal([&] { read_data_file(path); });
    EXPECT_EQ(0u, message.find(path + ":" + std::to_string(c.line) + ": " + c.message))
        << c.text << "\n"
        << message;
  }
  const std::string bad_name = write("a b.target", "");
  EXPECT_EQ(bad_name + ": a profile's name has letters, digits, `.`, `_` and `-` only",
            refusal([&] { read_data_file(bad_name); }));
  EXPECT_EQ("none.target: the file cannot be read", refusal([] { read_data_file("none.target"); }));
}

// The catalog -----------------------------------------------------------------------------------

std::set<std::string> symbols_of(const std::vector<CatalogKernel> &kernels,
                                 const std::string &target) {
  std::set<std::string> symbols;
  for (const CatalogKernel &k : kernels)
    if (k.target == target)
      symbols.insert(k.symbol);
  return symbols;
}

std::vector<CatalogKernel> all_kernels(plan::Arch arch = plan::Arch::x86) {
  return catalog(read_targets(build(arch)));
}

const CatalogKernel &find(const std::vector<CatalogKernel> &kernels, const std::string &symbol) {
  for (const CatalogKernel &k : kernels)
    if (k.symbol == symbol)
      return k;
  throw std::runtime_error("there is no " + symbol);
}

TEST(Catalog, has_each_kernel_once) {
  std::set<std::string> symbols, made_from;
  const std::vector<CatalogKernel> kernels = all_kernels();
  for (const CatalogKernel &k : kernels) {
    EXPECT_TRUE(symbols.insert(k.symbol).second) << k.symbol;
    EXPECT_TRUE(made_from.insert(to_line(k)).second) << k.symbol;
    const std::string end = "_" + k.target;
    EXPECT_EQ(end, k.symbol.substr(k.symbol.size() - end.size()));
    EXPECT_EQ(0u, k.symbol.find("hinge_" + k.op));
  }
  EXPECT_EQ(298u + 73u, kernels.size());
}

/// avx2 has panels of 2 vectors and tiles of 1 to 3.
TEST(Catalog, has_every_activation_and_width_of_a_cpu) {
  const std::set<std::string> expected = {
      "hinge_activation_relu_avx2",
      "hinge_activation_relu6_avx2",
      "hinge_activation_inplace_relu_avx2",
      "hinge_activation_inplace_relu6_avx2",
      "hinge_activation_backward_relu_avx2",
      "hinge_activation_backward_relu6_avx2",
      "hinge_activation_backward_inplace_relu_avx2",
      "hinge_activation_backward_inplace_relu6_avx2",
      "hinge_activation_mask_relu_avx2",
      "hinge_activation_mask_relu6_avx2",
      "hinge_activation_backward_mask_avx2",
      "hinge_activation_backward_mask_inplace_avx2",
      "hinge_activation_row_relu_avx2",
      "hinge_activation_row_relu6_avx2",
      "hinge_activation_inplace_row_relu_avx2",
      "hinge_activation_inplace_row_relu6_avx2",
      "hinge_activation_backward_row_relu_avx2",
      "hinge_activation_backward_row_relu6_avx2",
      "hinge_activation_backward_inplace_row_relu_avx2",
      "hinge_activation_backward_inplace_row_relu6_avx2",
      "hinge_activation_mask_row_relu_avx2",
      "hinge_activation_mask_row_relu6_avx2",
      "hinge_activation_backward_mask_row_avx2",
      "hinge_activation_backward_mask_inplace_row_avx2",
      "hinge_mask_count_columns_avx2",
      "hinge_mask_count_rows_avx2",
      "hinge_linear_none_1v_avx2",
      "hinge_linear_none_2v_avx2",
      "hinge_linear_none_3v_avx2",
      "hinge_linear_relu_1v_avx2",
      "hinge_linear_relu_2v_avx2",
      "hinge_linear_relu_3v_avx2",
      "hinge_linear_relu6_1v_avx2",
      "hinge_linear_relu6_2v_avx2",
      "hinge_linear_relu6_3v_avx2",
      "hinge_linear_2_parts_none_1v_avx2",
      "hinge_linear_2_parts_none_2v_avx2",
      "hinge_linear_2_parts_none_3v_avx2",
      "hinge_linear_2_parts_relu_1v_avx2",
      "hinge_linear_2_parts_relu_2v_avx2",
      "hinge_linear_2_parts_relu_3v_avx2",
      "hinge_linear_2_parts_relu6_1v_avx2",
      "hinge_linear_2_parts_relu6_2v_avx2",
      "hinge_linear_2_parts_relu6_3v_avx2",
      "hinge_linear_4_parts_none_1v_avx2",
      "hinge_linear_4_parts_none_2v_avx2",
      "hinge_linear_4_parts_none_3v_avx2",
      "hinge_linear_4_parts_relu_1v_avx2",
      "hinge_linear_4_parts_relu_2v_avx2",
      "hinge_linear_4_parts_relu_3v_avx2",
      "hinge_linear_4_parts_relu6_1v_avx2",
      "hinge_linear_4_parts_relu6_2v_avx2",
      "hinge_linear_4_parts_relu6_3v_avx2",
      "hinge_linear_pack_1v_avx2",
      "hinge_linear_pack_2v_avx2",
      "hinge_linear_pack_3v_avx2",
      "hinge_linear_gradient_2v_avx2",
      "hinge_linear_gradient_rest_1v_avx2",
      "hinge_linear_gradient_rest_2v_avx2",
  };
  const std::vector<CatalogKernel> kernels = all_kernels();
  EXPECT_EQ(expected, symbols_of(kernels, "avx2"));
  EXPECT_EQ(60u, symbols_of(kernels, "sse41").size());
  EXPECT_EQ(71u, symbols_of(kernels, "avx512").size());
  EXPECT_EQ(71u + 37u, symbols_of(kernels, "zen4").size()); // and four widths in half vectors
  EXPECT_EQ(71u, symbols_of(all_kernels(plan::Arch::arm), "neon").size());
}

/// GPUs: each tile but `low` for the gradients, aligned rows and others.
TEST(Catalog, has_every_activation_and_tile_of_gpus) {
  std::map<std::string, int> by_operator;
  for (const CatalogKernel &k : all_kernels())
    if (k.is_gpu)
      by_operator[k.op]++;
  const std::map<std::string, int> expected = {{"activation", 4},
                                               {"activation_inplace", 4},
                                               {"activation_backward", 4},
                                               {"activation_backward_inplace", 4},
                                               {"activation_mask", 2},
                                               {"activation_backward_mask", 2},
                                               {"activation_backward_mask_inplace", 2},
                                               {"linear", 24},
                                               {"linear_pack", 1},
                                               {"linear_gradient_x", 6},
                                               {"linear_gradient_weight", 6},
                                               {"linear_gradient_bias", 1},
                                               {"linear_gradient_x_mask", 6},
                                               {"linear_gradient_weight_mask", 6},
                                               {"linear_gradient_bias_mask", 1}};
  EXPECT_EQ(expected, by_operator);
  EXPECT_TRUE(catalog(read_targets(build(plan::Arch::x86, false))).size() == 298u);
}

TEST(Catalog, puts_kernels_of_one_operator_and_target_into_an_object) {
  std::map<std::string, std::set<std::string>> shared; // what an object's kernels have in common
  for (const CatalogKernel &k : all_kernels()) {
    EXPECT_EQ(k.op + "_" + k.target, k.object());
    shared[k.object()].insert(k.generator + " " + k.halide_target);
  }
  EXPECT_EQ(22u * 3 + 26u + 15u, shared.size()); // zen4 has four operators more
  for (const auto &[object, kinds] : shared)
    EXPECT_EQ(1u, kinds.size()) << object;
}

TEST(Catalog, passes_on_the_tiles) {
  const std::vector<CatalogKernel> kernels = all_kernels();
  const std::pair<const char *, const char *> cases[] = {
      {"hinge_activation_relu_zen4", "lanes=16 activation=relu unroll=2"},
      {"hinge_linear_relu_4v_avx512", "lanes=16 activation=relu vectors=4 rows=6 group=2"},
      {"hinge_linear_4_parts_relu_4v_avx512",
       "lanes=16 activation=relu vectors=4 rows=1 side=4 group=1"},
      {"hinge_linear_none_3v_avx512", "lanes=16 activation=none vectors=3 rows=8 one_panel=true"},
      {"hinge_linear_half_relu_7v_zen4", "lanes=8 activation=relu vectors=7 rows=3 one_panel=true"},
      {"hinge_linear_pack_half_7v_zen4", "lanes=8 vectors=7"},
      {"hinge_linear_gradient_2v_avx2", "lanes=8 vectors=2 rows=6"},
      {"hinge_linear_gradient_rest_1v_avx2", "lanes=8 vectors=1 rows=12 one_panel=true"},
      {"hinge_linear_pack_cuda", ""},
  };
  for (const auto &[symbol, parameters] : cases) {
    std::string text;
    for (const auto &[name, value] : find(kernels, symbol).parameters)
      text += (text.empty() ? "" : " ") + name + "=" + value;
    EXPECT_EQ(parameters, text) << symbol;
  }
  const std::vector<CatalogKernel> on_arm = all_kernels(plan::Arch::arm);
  const auto &rows = find(on_arm, "hinge_linear_gradient_rest_1v_neon").parameters;
  EXPECT_EQ((std::pair<std::string, std::string>("rows", "5")), rows[2]);
}

// The table -------------------------------------------------------------------------------------

TEST(Table, is_the_same_text_each_time) {
  const auto text = [] {
    const Targets targets = read_targets(build());
    return table_source(targets, catalog(targets)) + gpu_table_source(targets, catalog(targets));
  };
  EXPECT_EQ(text(), text());
}

TEST(Table, declares_places_and_names_each_kernel_once) {
  const Targets targets = read_targets(build());
  const std::vector<CatalogKernel> kernels = catalog(targets);
  const std::string cpu = table_source(targets, kernels), gpu = gpu_table_source(targets, kernels);
  std::size_t of_gpus = 0;
  for (const CatalogKernel &k : kernels) {
    of_gpus += k.is_gpu;
    // A table has nothing of the other place's kernels but their names.
    for (const std::string *text : {&cpu, &gpu}) {
      const std::size_t times = (text == &gpu) == k.is_gpu;
      EXPECT_EQ(times, count(*text, "_fn " + k.symbol + ";\n")) << k.symbol;
      EXPECT_EQ(times, count(*text, "] = {\"" + k.symbol + "\", " + k.symbol + "};\n")) << k.symbol;
    }
    EXPECT_EQ(1u, count(cpu, "    \"" + k.symbol + "\",\n")) << k.symbol;
  }
  EXPECT_EQ(kernels.size() - of_gpus, count(cpu, "_fn hinge_"));
  EXPECT_EQ(of_gpus, count(gpu, "_fn hinge_"));
  EXPECT_EQ(kernels.size() - of_gpus, count(cpu, "}] = {\"hinge_"));
  EXPECT_EQ(of_gpus, count(gpu, "}] = {\"hinge_"));
  EXPECT_EQ(kernels.size(), count(cpu, "\n    \"hinge_"));
}

TEST(Table, has_tiles_and_keys_in_plain_cpp) {
  const Targets targets = read_targets(build());
  const std::string cpu = table_source(targets, catalog(targets));
  for (const char *line :
       {"hinge::detail::linear_fn hinge_linear_half_relu_3v_zen4;",
        "hinge::detail::linear_gradient_fn hinge_linear_gradient_rest_1v_avx512;",
        "t.linear_half[{float32, HINGE_ACTIVATION_RELU, 3}] = ",
        "t.linear_pack[{float32, HINGE_ACTIVATION_NONE, 4}] = ",
        ".half_rows = {0, 13, 0, 8, 0, 5, 0, 3, 0};", ".rows = {0, 12, 6, 4, 0, 0, 0, 0, 0};",
        "t.features = \"sse41\";",
        "{make_sse41(), make_avx2(), make_avx512(), make_zen4()}; // worst first"})
    EXPECT_NE(std::string::npos, cpu.find(line)) << line;
  const std::string gpu = gpu_table_source(targets, catalog(targets));
  for (const char *line :
       {"hinge::detail::cuda::linear_gradient_x_fn hinge_linear_gradient_x_large_v1_cuda;",
        "hinge::detail::cuda::linear_gradient_weight_mask_fn "
        "hinge_linear_gradient_weight_mask_small_v4_cuda;",
        "hinge::detail::cuda::linear_gradient_bias_mask_fn hinge_linear_gradient_bias_mask_cuda;",
        "k.activation[{float32, HINGE_ACTIVATION_RELU6, 0, true}] = ",
        "k.linear[{float32, HINGE_ACTIVATION_NONE, 3, false}] = ", "k.capability = {7, 0};"})
    EXPECT_NE(std::string::npos, gpu.find(line)) << line;
}

TEST(Table, for_cpus_has_nothing_of_gpus) {
  const Targets targets = read_targets(build(plan::Arch::x86, false));
  EXPECT_EQ(std::string::npos, table_source(targets, catalog(targets)).find("cuda"));
}

TEST(Table, of_one_target_and_activation_has_nothing_else) {
  const std::string text = hingec_run({"table", "--target", "avx2", "--activation", "relu"}).out;
  EXPECT_NE(std::string::npos, text.find("{make_avx2()}; // worst first"));
  EXPECT_EQ(std::string::npos, text.find("relu6"));
  EXPECT_EQ(std::string::npos, text.find("sse41("));
  EXPECT_EQ(31u, count(text, "_fn hinge_"));
}

// The list --------------------------------------------------------------------------------------

TEST(List, has_what_the_registers_hold) {
  const std::string text = hingec_run({"list", "--batch", "32;1"}).out;
  EXPECT_EQ(text, hingec_run({"list", "--batch", "32", "--batch", "1"}).out);
  // 16 registers: 14 accumulators beside a vector and a broadcast; 6 x 2 + 2 + 1.
  EXPECT_NE(std::string::npos, text.find("\"heights\":{\"1\":14,\"2\":6,\"3\":4,\"4\":2,\"5\":2,"
                                         "\"6\":0,\"7\":0,\"8\":0},\"groups\":{\"1\":14,\"2\":7,"));
  // 32 registers: no file may say more than 30 rows or 16 panels.
  EXPECT_NE(std::string::npos,
            text.find("\"heights\":{\"1\":30,\"2\":14,\"3\":9,\"4\":6,\"5\":5,"
                      "\"6\":4,\"7\":3,\"8\":2},\"groups\":{\"1\":16,\"2\":15,"));
  EXPECT_NE(std::string::npos, text.find("\"row_tiles\":{\"32\":{\"1\":[32,1],\"2\":[16,2],"));
  EXPECT_NE(std::string::npos, text.find("\"6\":[6,6],\"7\":[5,7],\"8\":[4,8],\"9\":[4,8],"));
}

} // namespace

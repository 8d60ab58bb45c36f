// hingec's planner of layers: what it refuses, the kernels and tiles that it chooses, the names and
// the texts that it writes.
#include "planner/layer.h"

#include <hinge/plan/tiles.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace hinge;
using namespace hinge::hingec;

namespace {

using Words = std::vector<std::string>;

/// The words of a call as CMake passes them: separated by spaces, "" is an empty one.
Words words(const std::string &text) {
  Words all;
  std::istringstream stream(text);
  for (std::string word; stream >> word;)
    all.push_back(word == "\"\"" ? "" : word);
  return all;
}

Build build(plan::Arch arch = plan::Arch::x86) {
  Build b;
  b.arch = arch;
  b.system = arch == plan::Arch::x86 ? "x86-64-linux" : "arm-64-linux";
  b.targets_folder = HINGE_SOURCE_DIR "/generators/targets";
  return b;
}

Layer plan_call(const std::string &command, const std::string &call, const Words &taken = {},
                const Build &b = build()) {
  Words arguments = words(call);
  const std::string name = arguments.front();
  arguments.erase(arguments.begin());
  return plan_layer({command, name, arguments}, b, taken);
}
Layer linear(const std::string &call, const Words &taken = {}, const Build &b = build()) {
  return plan_call("hinge_add_linear", call, taken, b);
}
Layer activation(const std::string &call, const Words &taken = {}) {
  return plan_call("hinge_add_activation", call, taken);
}

/// The message of the refusal; "" where there is none.
template <class Plan>
std::string refusal(const Plan &plan) {
  try {
    plan();
    return "";
  } catch (const Refusal &r) {
    return r.what();
  }
}

struct Case {
  const char *call, *message;
};

const Case linear_cases[] = {
    {"a IN 10 OUT 20 BATCHES 3",
     "\"BATCHES 3\" is unknown; known are: IN OUT BATCH ACTIVATION NAMESPACE TARGETS PROFILE "
     "NO_BIAS MASK BACKWARD MINIMAL"},
    {"a IN 10 OUT 20 30", "\"30\" is unknown; known are: IN OUT BATCH"},
    {"a IN 10 OUT 20 0", "\"0\" is unknown; known are: IN OUT BATCH"},
    {"a IN 10 OUT 20 BATCH", "BATCH has no value"},
    {"a IN OUT", "IN;OUT has no value"},
    {"a IN 10 OUT 20 TARGETS PROFILE avx2", "TARGETS has no value"},
    {"a IN MASK 10 OUT 20", "\"10\" is unknown"},
    {"a IN 10", "OUT is missing"},
    {"a OUT 10", "IN is missing"},
    {"a IN \"\" OUT 10", "IN is missing"},
    {"a IN 0 OUT 20", "IN is \"0\": expected 1 to 65536"},
    {"a IN 010 OUT 20", "IN is \"010\": expected 1 to 65536"},
    {"a IN 65537 OUT 20", "IN is \"65537\": expected 1 to 65536"},
    {"a IN 99999999999999999999 OUT 20", "IN is \"99999999999999999999\": expected 1 to 65536"},
    {"a IN any OUT 20", "IN is \"any\": expected 1 to 65536"},
    {"a IN 10 OUT -1", "OUT is \"-1\": expected 1 to 65536"},
    {"a IN 10 OUT 20 BATCH 0", "BATCH is \"0\": expected 1 to 65536, or any"},
    {"a IN 65536 OUT 65536",
     "IN 65536, OUT 65536, BATCH any: a matrix has more than 2^31 elements"},
    {"a IN 1 OUT 60000 BATCH 60000", "a matrix has more than 2^31 elements"},
    {"a IN 10 OUT 20 ACTIVATION gelu", "ACTIVATION is \"gelu\": expected one of: none relu relu6"},
    {"a IN 10 OUT 20 TARGETS avx2 avx1",
     "TARGETS has \"avx1\": expected some of: sse41 avx2 avx512 zen4 neon cuda"},
    {"a IN 10 OUT 20 TARGETS neon",
     "TARGETS has none for x86-64-linux: expected some of: sse41 avx2 avx512 zen4"},
    {"a IN 10 OUT 20 MASK", "MASK is the activation's: expected an ACTIVATION other than none"},
    {"a IN 10 OUT 20 PROFILE skylake", "there is no profile \"skylake\""},
    {"a IN 10 OUT 20 PROFILE avx2 avx2", "is a second profile for avx2"},
    {"a IN 10 OUT 20 MINIMAL",
     "MINIMAL has nothing that chooses between sse41 avx2 avx512 zen4: expected TARGETS with one "
     "of them"},
    {"a IN 10 OUT 20 MINIMAL TARGETS avx2 BACKWARD",
     "MINIMAL is for inference: expected no BACKWARD"},
    {"a IN 10 OUT 20 MINIMAL TARGETS avx2 ACTIVATION relu MASK",
     "MINIMAL is for inference: expected no MASK"},
    {"a IN 10 OUT 20 MINIMAL TARGETS avx2 sse41",
     "MINIMAL has nothing that chooses between sse41 avx2:"},
    {"a-b IN 10 OUT 20", "expected a name that C allows"},
    {"1a IN 10 OUT 20", "expected a name that C allows"},
    {"_a IN 10 OUT 20", "expected a name that C allows"},
    {"a IN 10 OUT 20 NAMESPACE a.b",
     "NAMESPACE is \"a.b\": expected one that C++ allows, e.g. app or app::layers"},
    {"a IN 10 OUT 20 NAMESPACE a:b", "NAMESPACE is \"a:b\""},
    {"a IN 10 OUT 20 NAMESPACE a::", "NAMESPACE is \"a::\""},
    {"int IN 10 OUT 20",
     "hinge_add_linear(int): \"int\" is a keyword of C or C++: expected another "
     "name or NAMESPACE"},
    {"xor IN 10 OUT 20", "\"xor\" is a keyword"},
    {"a IN 10 OUT 20 NAMESPACE app::nullptr", "\"nullptr\" is a keyword"},
    {"linux IN 10 OUT 20 NAMESPACE app", "\"linux\" is a macro of compilers or of system headers"},
    {"a IN 10 OUT 20 NAMESPACE unix", "\"unix\" is a macro"},
    {"EOF IN 10 OUT 20", "\"EOF\" is a macro"},
    {"MAX IN 10 OUT 20 NAMESPACE INT64", "\"INT64_MAX\" is a macro"},
    {"a__b IN 10 OUT 20", "\"a__b\" has two underscores side by side, which C++ reserves"},
    {"a_ IN 10 OUT 20", "\"a_\" ends in an underscore: before _pack it would have two"},
    {"a IN 10 OUT 20 NAMESPACE app::b_", "\"b_\" ends in an underscore"},
    {"a IN 10 OUT 20 NAMESPACE acme::std", "\"std\" hides the namespace std"},
    {"std IN 10 OUT 20 NAMESPACE acme", "\"std\" hides the namespace std"},
    {"a IN 10 OUT 20 NAMESPACE std2", "\"std2\" is a namespace that C++ reserves"},
    {"a IN 10 OUT 20 NAMESPACE posix", "\"posix\" is a namespace that C++ reserves"},
    {"write IN 10 OUT 20", "\"write\" is a name of the C library, on this system or another"},
    {"main IN 10 OUT 20", "\"main\" is a name of the C library"},
    {"strlcpy IN 10 OUT 20", "\"strlcpy\" is a name of the C library"},
    {"create IN 10 OUT 20 NAMESPACE pthread", "\"pthread_create\" is a name of the C library"},
    {"a IN 10 OUT 20 NAMESPACE select", "\"select\" is a name of the C library"},
    {"size_t IN 10 OUT 20", "\"size_t\" is a name of the C library"},
    {"my_t IN 10 OUT 20", "\"my_t\" ends in _t, which POSIX reserves for types"},
    {"t IN 10 OUT 20 NAMESPACE pthread", "\"pthread_t\" is a name of the C library"},
    {"features IN 10 OUT 20 NAMESPACE app",
     "\"features\" gives the layer a header features.h, which hides that of the system"},
    {"Math IN 10 OUT 20 NAMESPACE app", "\"Math\" gives the layer a header Math.h"},
    {"Aux IN 10 OUT 20", "\"Aux\" is a device on Windows, where no file is called Aux.h"},
    {"Com1 IN 10 OUT 20", "\"Com1\" is a device on Windows"},
    {"lpt9 IN 10 OUT 20", "\"lpt9\" is a device on Windows"},
    {"targetconditionals IN 10 OUT 20 NAMESPACE app",
     "\"targetconditionals\" gives the layer a header targetconditionals.h"},
    {"my_intrin IN 10 OUT 20", "\"my_intrin\" gives the layer a header my_intrin.h"},
    {"test IN 10 OUT 20", "\"test\" is a target of CMake itself"},
    {"m IN 10 OUT 20", "\"m\" is a library of the system, which programs link by this name"},
    {"hinge IN 10 OUT 20 NAMESPACE app", "\"app::hinge\" would be one of the library's own names"},
    {"Hinge IN 10 OUT 20 NAMESPACE app", "\"app::Hinge\" would be one of the library's own names"},
    {"a IN 10 OUT 20 NAMESPACE Hinge", "\"Hinge::a\" would be one of the library's own names"},
    {"HINGE_a IN 10 OUT 20", "\"HINGE_a\" would be one of the library's own names"},
    {"hinge_a IN 10 OUT 20", "\"hinge_a\" would be one of the library's own names"},
    {"a IN 10 OUT 20 NAMESPACE hinge", "\"hinge::a\" would be one of the library's own names"},
};

const Case activation_cases[] = {
    {"a ACTIVATION relu OUT 3", "hinge_add_activation(a): \"OUT 3\" is unknown; known are: "
                                "ACTIVATION SIZE NAMESPACE TARGETS "
                                "PROFILE INPLACE MASK BACKWARD"},
    {"a SIZE 3", "ACTIVATION is \"\": expected one of: relu relu6"},
    {"a ACTIVATION none", "ACTIVATION is \"none\": expected one of: relu relu6"},
    {"a ACTIVATION relu SIZE 0", "SIZE is \"0\": expected 1 to 1073741824, or any"},
    {"a ACTIVATION relu SIZE 1073741825", "expected 1 to 1073741824, or any"},
    {"a ACTIVATION relu TARGETS avx1", "TARGETS has \"avx1\": expected some of: sse41"},
    {"a+b ACTIVATION relu", "hinge_add_activation(a+b): expected a name that C allows"},
};

TEST(Layers, that_are_wrong_are_refused_with_what_is_allowed) {
  for (const Case &c : linear_cases) {
    const std::string message = refusal([&] { linear(c.call); });
    EXPECT_NE(std::string::npos, message.find(c.message)) << c.call << "\n" << message;
    const bool is_profiles = message.find("rofile") != std::string::npos; // names the option
    EXPECT_EQ(is_profiles, message.find("hinge_add_linear(") != 0) << message;
  }
  for (const Case &c : activation_cases) {
    const std::string message = refusal([&] { activation(c.call); });
    EXPECT_NE(std::string::npos, message.find(c.message)) << c.call << "\n" << message;
  }
}

TEST(Layers, have_names_that_fit_file_systems) {
  const std::string longest(128, 'a');
  EXPECT_EQ("", refusal([&] { linear(longest + " IN 3 OUT 4"); }));
  EXPECT_EQ("hinge_add_linear(a" + longest + "): \"a" + longest +
                "\" has 129 characters: expected at most 128",
            refusal([&] { linear("a" + longest + " IN 3 OUT 4"); }));
}

TEST(Layers, have_the_names_that_programs_like) {
  for (const char *name :
       {"encoder",  "decoder", "actor",    "critic",   "policy",     "value",      "head",
        "tail",     "gate",    "up",       "down",     "proj",       "embed",      "hidden",
        "output",   "input",   "first",    "fc1",      "dense",      "linear",     "mlp",
        "net",      "model",   "big",      "tiny",     "wide",       "query",      "key",
        "attn",     "scale",   "mix",      "pool",     "conv",       "out",        "in",
        "trunk",    "stem",    "body",     "relu",     "act",        "classifier", "FC",
        "L1",       "x",       "batch",    "packed",   "bias",       "weight",     "size",
        "dispatch", "targets", "Shape",    "Target",   "detail",     "fixed",      "y",
        "mask",     "status",  "my_write", "standard", "posix_like", "com10",      "comma",
        "lpt"})
    EXPECT_EQ("", refusal([&] { linear(std::string(name) + " IN 3 OUT 4"); }));
  for (const char *space :
       {"acme::hinge", "acme::hinge::net", "std_like", "app::detail", "x", "fixed", "app::uint8_t",
        "app::size_t", "batch", "packed", "a", "app::write"})
    EXPECT_EQ("", refusal([&] { linear(std::string("foo IN 3 OUT 4 NAMESPACE ") + space); }));
}

TEST(Layers, have_no_words_of_any_dialect_library_or_system) {
  const auto refused = [](const char *words_of_one_kind, const std::string &why) {
    for (const std::string &word : words(words_of_one_kind)) {
      const std::string message = refusal([&] { linear(word + " IN 3 OUT 4"); });
      EXPECT_NE(std::string::npos, message.find("\"" + word + "\" is a " + why)) << word << message;
    }
  };
  // C, C++, each newer standard, alternative tokens, GNU.
  refused("restrict typeof_unqual class co_await char8_t contract_assert import and_eq compl asm "
          "typeof fortran",
          "keyword");
  // Compilers for Linux, Unix and Windows; headers of C, POSIX, Windows.
  refused("linux unix i386 far NULL errno assert stdin I SIGTERM min", "macro");
  // C, its mathematics, POSIX, BSD, Windows, macOS; objects and types; entry points.
  refused("printf exp write strlcpy kbhit reallocf signgam FILE tm div_t main DllMain",
          "name of the C library");
}

TEST(Layers, read_keywords_as_cmake_parse_arguments_does) {
  const auto same = [](const std::string &a, const std::string &b) {
    const Layer first = linear(a), second = linear(b);
    EXPECT_EQ(first.source, second.source) << a << "\n" << b;
    EXPECT_EQ(first.header_cpp, second.header_cpp);
  };
  same("a IN 10 OUT 20", "a OUT 20 BATCH any IN 10 ACTIVATION none");
  same("a IN 10 OUT 20", "a IN 3 IN 10 OUT 20");
  same("a IN 10 OUT 20", "a IN 10 OUT 20 BATCH \"\" NAMESPACE \"\" TARGETS \"\"");
  same("a IN 10 OUT 20 TARGETS avx2 zen4", "a TARGETS zen4 IN 10 OUT 20 TARGETS avx2 neon");
  same("a IN 10 OUT 20 NO_BIAS", "a NO_BIAS IN 10 NO_BIAS OUT 20");
}

TEST(Layers, with_names_that_meet_are_refused) {
  const auto taken = [](const Layer &layer, const std::string &name) {
    Words all;
    for (const std::string &symbol : layer.symbols)
      all.push_back(symbol + "=" + name);
    return all;
  };
  const Words foo = taken(linear("foo IN 3 OUT 4 ACTIVATION relu MASK BACKWARD"), "foo");
  const auto refused = [](const Words &names, const std::string &call, const std::string &message) {
    EXPECT_EQ(message, refusal([&] { linear(call, names); })) << call;
  };
  const auto meets = [](const std::string &layer, const std::string &symbol,
                        const std::string &other) {
    return "hinge_add_linear(" + layer + "): \"" + symbol + "\" is also a name of the layer " +
           other + ": expected another name or NAMESPACE";
  };
  for (const char *suffix :
       {"_backward", "_pack", "_packed_weights", "_weights", "_get_target", "_set_target"}) {
    const std::string name = std::string("foo") + suffix;
    refused(foo, name + " IN 3 OUT 4", meets(name, name, "foo"));
  }
  // What a layer lacks is free, and no kernel's name is in the way of any other.
  refused(taken(linear("foo IN 3 OUT 4"), "foo"), "foo_backward IN 3 OUT 4", "");
  for (const char *free : {"foo_mask", "foo_g", "foo_dx", "foo_forward", "foo2"})
    refused(foo, std::string(free) + " IN 3 OUT 4", "");
  // In C app::foo and app_foo are one.
  const Words app_foo = taken(linear("foo IN 3 OUT 4 NAMESPACE app"), "app::foo");
  refused(app_foo, "app_foo IN 3 OUT 4", meets("app_foo", "app_foo", "app::foo"));
  refused(app_foo, "foo IN 3 OUT 4", "");
  refused(app_foo, "bar IN 3 OUT 4 NAMESPACE app", "");
  refused(app_foo, "bar IN 3 OUT 4 NAMESPACE app::foo", meets("bar", "app::foo", "app::foo"));
  refused(app_foo, "app IN 3 OUT 4", meets("app", "app", "app::foo"));
  refused(taken(linear("app IN 3 OUT 4"), "app"), "foo IN 3 OUT 4 NAMESPACE app",
          meets("foo", "app", "app"));
  // Files of one name, but for the case, are one on some systems.
  refused(
      foo, "Foo IN 3 OUT 4 NAMESPACE other",
      "hinge_add_linear(Foo): \"Foo.h\" and \"foo.h\" of the layer foo are one file on Windows and "
      "macOS: expected another name");
  // Activations too.
  EXPECT_EQ("hinge_add_activation(foo_backward): \"foo_backward\" is also a name of the layer foo: "
            "expected another name or NAMESPACE",
            refusal([&] { activation("foo_backward ACTIVATION relu", foo); }));
}

TEST(Layers, share_no_symbol_of_a_kernel) {
  std::set<std::string> seen;
  std::size_t count = 0;
  for (const char *call :
       {"foo IN 3 OUT 4 ACTIVATION relu MASK BACKWARD", "foo_mask IN 3 OUT 4", "foo_g IN 3 OUT 4",
        "foo_dx IN 3 OUT 4 BACKWARD", "foo IN 3 OUT 4 NAMESPACE app", "Foo IN 3 OUT 4",
        "foo_forward_avx2 IN 3 OUT 4"})
    for (const KernelSpec &kernel : linear(call).kernels) {
      seen.insert(kernel.symbol);
      count++;
    }
  EXPECT_EQ(count, seen.size());
}

/// The kernels of a target, without symbol and Halide target.
Words kernels_of(const Layer &layer, const std::string &target) {
  Words lines;
  for (const KernelSpec &kernel : layer.kernels)
    if (kernel.target == target) {
      std::string line = kernel.generator;
      for (const auto &[name, value] : kernel.parameters)
        line += " " + name + "=" + value;
      lines.push_back(line);
    }
  return lines;
}

TEST(Layers, have_the_kernels_that_they_need) {
  const std::string features = " in_features=10 out_features=20";
  EXPECT_EQ(kernels_of(linear("a IN 10 OUT 20"), "avx2"),
            Words({"fixed_linear lanes=8 vectors=3 rows=4" + features + " activation=none"}));
  EXPECT_EQ(
      kernels_of(linear("a IN 10 OUT 20 BATCH 32 ACTIVATION relu6 MASK BACKWARD"), "zen4"),
      Words({"fixed_linear lanes=8 vectors=3 rows=8" + features + " activation=relu6 batch=32",
             "activation_mask lanes=8 activation=relu6 cols=20 rows=32",
             "activation_backward_mask lanes=16 cols=20 rows=32",
             "fixed_linear_gradient by=x lanes=16 vectors=1 rows=11" + features + " batch=32",
             "fixed_linear_gradient by=weight lanes=16 vectors=1 rows=10" + features + " batch=32",
             "fixed_linear_gradient by=bias lanes=16 vectors=2 rows=1" + features + " batch=32"}));
  // A batch in several blocks of g: any number of terms. Without an activation there is no g.
  const Layer in_blocks = linear("a IN 5 OUT 5000 BATCH 7 ACTIVATION relu BACKWARD");
  for (const std::string &line : kernels_of(in_blocks, "avx2"))
    EXPECT_EQ(line.find("fixed_linear ") == 0, line.find("batch=7") != std::string::npos) << line;
  EXPECT_EQ(kernels_of(in_blocks, "avx2")[1],
            "activation_backward lanes=8 unroll=4 activation=relu cols=0 rows=1");
  EXPECT_EQ(3u, kernels_of(linear("a IN 5 OUT 5000 BATCH 7 NO_BIAS BACKWARD"), "avx2").size());
  EXPECT_EQ(kernels_of(activation("a ACTIVATION relu6 SIZE 37 INPLACE MASK BACKWARD"), "avx2"),
            Words({"activation_inplace lanes=8 rows=1 cols=37 activation=relu6 unroll=4",
                   "activation_mask lanes=8 rows=1 cols=37 activation=relu6",
                   "activation_backward_mask_inplace lanes=8 rows=1 cols=37"}));
  EXPECT_EQ(kernels_of(activation("a ACTIVATION relu BACKWARD"), "sse41"),
            Words({"activation lanes=4 rows=1 activation=relu unroll=4",
                   "activation_backward lanes=4 rows=1 activation=relu unroll=4"}));
}

TEST(Layers, are_for_the_builds_architecture_and_unchecked) {
  Build arm = build(plan::Arch::arm);
  arm.checked = arm.sanitize = true;
  const Layer layer = linear("a IN 10 OUT 20 TARGETS sse41 neon", {}, arm);
  ASSERT_EQ(1u, layer.kernels.size());
  EXPECT_EQ("arm-64-linux-no_runtime-no_asserts-no_bounds_query-asan",
            layer.kernels[0].halide_target);
  const Layer minimal = linear("a IN 10 OUT 20 MINIMAL", {}, arm);
  EXPECT_TRUE(minimal.is_minimal);
  EXPECT_EQ("arm-64-linux-no_runtime-no_asserts-no_bounds_query", minimal.kernels[0].halide_target);
}

TEST(Layers, have_the_same_texts_each_time) {
  const std::string call = "a IN 10 OUT 20 ACTIVATION relu MASK BACKWARD NAMESPACE app";
  const Layer first = linear(call), second = linear(call);
  EXPECT_EQ(first.header, second.header);
  EXPECT_EQ(first.header_cpp, second.header_cpp);
  EXPECT_EQ(first.source, second.source);
  EXPECT_EQ(first.symbols, second.symbols);
}

TEST(Layers, have_sources_without_conditions_and_macros) {
  for (const Layer &layer :
       {linear("a IN 10 OUT 20 ACTIVATION relu MASK BACKWARD"), linear("a IN 10 OUT 20 NO_BIAS"),
        linear("a IN 10 OUT 20 MINIMAL TARGETS avx2"), activation("a ACTIVATION relu BACKWARD")}) {
    EXPECT_EQ(std::string::npos, layer.source.find("#if")) << layer.source;
    EXPECT_EQ(std::string::npos, layer.source.find("#define")) << layer.source;
    EXPECT_EQ(std::string::npos, layer.header_cpp.find("#if")) << layer.header_cpp;
  }
}

TEST(Layers, have_an_include_guard_that_keeps_the_case) {
  EXPECT_NE(std::string::npos, linear("foo IN 3 OUT 4 NAMESPACE app")
                                   .header.find("#ifndef HINGE_LAYER_app_foo_H\n"
                                                "#define HINGE_LAYER_app_foo_H\n"));
  EXPECT_NE(std::string::npos, linear("FOO IN 3 OUT 4").header.find("HINGE_LAYER_FOO_H"));
}

/// The enumerators of hinge_status in a text: `HINGE_... = <number>`.
std::map<std::string, std::string> enumerators(const std::string &text) {
  std::map<std::string, std::string> found;
  std::istringstream words(text);
  std::string name, equals;
  for (std::string word; words >> word; name = equals, equals = word)
    if (equals == "=" && name.compare(0, 6, "HINGE_") == 0)
      found[name] = word.substr(0, word.find_first_not_of("0123456789"));
  return found;
}

TEST(Layers, that_are_minimal_have_a_header_that_needs_no_other) {
  const std::string header = linear("a IN 10 OUT 20 MINIMAL TARGETS avx2").header;
  EXPECT_EQ(std::string::npos, header.find("#include <hinge"));
  std::ifstream file(HINGE_SOURCE_DIR "/runtime/include/hinge/status.h");
  std::stringstream status;
  status << file.rdbuf();
  EXPECT_LT(3u, enumerators(header).size());
  EXPECT_EQ(enumerators(status.str()), enumerators(header));
  EXPECT_NE(std::string::npos, header.find("#ifndef HINGE_STATUS_H\n"));
}

/// Tile sizes of a target, as its first profile had them.
plan::Tiles tiles(int lanes, int panel, std::initializer_list<int> rows, int gradient = 30,
                  std::initializer_list<std::pair<int, int>> half = {}) {
  plan::Tiles t;
  t.lanes = lanes;
  t.panel = panel;
  std::size_t vectors = 1;
  for (int height : rows) {
    t.rows[vectors] = height;
    t.gradient[vectors++] = std::min(height, gradient);
  }
  for (const auto &[width, height] : half)
    t.half_rows[std::size_t(width)] = height;
  return t;
}

struct TileCase {
  std::int64_t out, batch; // batch 0: any
  plan::FixedTile packed, not_packed;
};

// What the function in CMake chose, which chose before plan/ did.
const std::pair<const char *, std::vector<TileCase>> chosen[] = {
    {"sse41", {{1, 0, {4, 1, 8}, {4, 1, 8}},     {1, 1, {4, 1, 1}, {4, 1, 1}},
               {1, 2, {4, 1, 2}, {4, 1, 2}},     {1, 3, {4, 1, 3}, {4, 1, 3}},
               {5, 8, {4, 1, 8}, {4, 1, 8}},     {5, 9, {4, 2, 5}, {4, 2, 5}},
               {5, 32, {4, 2, 5}, {4, 2, 5}},    {5, 100, {4, 2, 5}, {4, 2, 5}},
               {8, 0, {4, 2, 5}, {4, 2, 5}},     {8, 1, {4, 2, 1}, {4, 2, 1}},
               {8, 2, {4, 2, 2}, {4, 2, 2}},     {8, 3, {4, 2, 3}, {4, 2, 3}},
               {10, 0, {4, 3, 3}, {4, 3, 3}},    {10, 1, {4, 3, 1}, {4, 3, 1}},
               {10, 2, {4, 3, 2}, {4, 3, 2}},    {10, 3, {4, 3, 3}, {4, 3, 3}},
               {10, 7, {4, 1, 7}, {4, 1, 7}},    {10, 100, {4, 3, 3}, {4, 3, 3}},
               {16, 8, {4, 1, 8}, {4, 1, 8}},    {16, 9, {4, 2, 5}, {4, 2, 5}},
               {16, 32, {4, 2, 5}, {4, 2, 5}},   {16, 100, {4, 2, 5}, {4, 2, 5}},
               {20, 8, {4, 1, 8}, {4, 1, 8}},    {20, 9, {4, 3, 3}, {4, 3, 3}},
               {23, 8, {4, 1, 8}, {4, 1, 8}},    {23, 9, {4, 3, 3}, {4, 3, 3}},
               {23, 32, {4, 2, 5}, {4, 2, 5}},   {33, 0, {4, 3, 3}, {4, 3, 3}},
               {33, 1, {4, 3, 1}, {4, 3, 1}},    {33, 2, {4, 3, 2}, {4, 3, 2}},
               {33, 3, {4, 3, 3}, {4, 3, 3}},    {33, 7, {4, 1, 7}, {4, 1, 7}},
               {33, 100, {4, 3, 3}, {4, 3, 3}},  {64, 8, {4, 1, 8}, {4, 1, 8}},
               {64, 9, {4, 2, 5}, {4, 2, 5}},    {72, 100, {4, 2, 5}, {4, 2, 5}},
               {131, 8, {4, 1, 8}, {4, 1, 8}},   {131, 9, {4, 3, 3}, {4, 3, 3}},
               {131, 100, {4, 2, 5}, {4, 2, 5}}, {5000, 2, {4, 3, 2}, {4, 3, 2}},
               {5000, 7, {4, 1, 7}, {4, 1, 7}},  {5000, 100, {4, 2, 5}, {4, 2, 5}}}},
    {"avx2", {{1, 8, {8, 1, 8}, {8, 1, 8}},     {1, 9, {8, 1, 9}, {8, 1, 9}},
              {5, 1, {8, 1, 1}, {8, 1, 1}},     {5, 2, {8, 1, 2}, {8, 1, 2}},
              {5, 3, {8, 1, 3}, {8, 1, 3}},     {5, 7, {8, 1, 7}, {8, 1, 7}},
              {5, 100, {8, 1, 12}, {8, 1, 12}}, {8, 8, {8, 1, 8}, {8, 1, 8}},
              {8, 9, {8, 1, 9}, {8, 1, 9}},     {8, 32, {8, 1, 11}, {8, 1, 11}},
              {8, 100, {8, 1, 12}, {8, 1, 12}}, {10, 8, {8, 1, 8}, {8, 1, 8}},
              {16, 0, {8, 2, 6}, {8, 2, 6}},    {16, 1, {8, 2, 1}, {8, 2, 1}},
              {16, 2, {8, 2, 2}, {8, 2, 2}},    {16, 3, {8, 2, 3}, {8, 2, 3}},
              {16, 32, {8, 1, 11}, {8, 1, 11}}, {20, 0, {8, 3, 4}, {8, 1, 11}},
              {20, 1, {8, 3, 1}, {8, 2, 1}},    {20, 2, {8, 3, 2}, {8, 2, 2}},
              {20, 3, {8, 3, 3}, {8, 2, 3}},    {20, 7, {8, 3, 4}, {8, 1, 7}},
              {20, 100, {8, 3, 4}, {8, 1, 12}}, {23, 2, {8, 3, 2}, {8, 2, 2}},
              {23, 3, {8, 3, 3}, {8, 2, 3}},    {23, 7, {8, 3, 4}, {8, 1, 7}},
              {23, 32, {8, 3, 4}, {8, 1, 11}},  {33, 8, {8, 3, 4}, {8, 1, 8}},
              {64, 0, {8, 2, 6}, {8, 2, 6}},    {64, 1, {8, 3, 1}, {8, 2, 1}},
              {64, 7, {8, 3, 4}, {8, 1, 7}},    {64, 100, {8, 2, 6}, {8, 2, 6}},
              {72, 0, {8, 3, 4}, {8, 3, 4}},    {72, 1, {8, 3, 1}, {8, 3, 1}},
              {72, 2, {8, 3, 2}, {8, 3, 2}},    {72, 3, {8, 3, 3}, {8, 3, 3}},
              {72, 7, {8, 3, 4}, {8, 3, 4}},    {131, 8, {8, 3, 4}, {8, 1, 8}},
              {131, 32, {8, 3, 4}, {8, 1, 11}}, {5000, 8, {8, 3, 4}, {8, 1, 8}},
              {5000, 9, {8, 1, 9}, {8, 1, 9}},  {5000, 100, {8, 3, 4}, {8, 2, 6}}}},
    {"avx512", {{1, 0, {16, 1, 13}, {16, 1, 13}},   {1, 1, {16, 1, 1}, {16, 1, 1}},
                {1, 2, {16, 1, 2}, {16, 1, 2}},     {1, 3, {16, 1, 3}, {16, 1, 3}},
                {1, 7, {16, 1, 7}, {16, 1, 7}},     {5, 9, {16, 1, 9}, {16, 1, 9}},
                {5, 32, {16, 1, 11}, {16, 1, 11}},  {5, 100, {16, 1, 13}, {16, 1, 13}},
                {8, 0, {16, 1, 13}, {16, 1, 13}},   {8, 1, {16, 1, 1}, {16, 1, 1}},
                {8, 3, {16, 1, 3}, {16, 1, 3}},     {8, 7, {16, 1, 7}, {16, 1, 7}},
                {8, 100, {16, 1, 13}, {16, 1, 13}}, {10, 0, {16, 1, 13}, {16, 1, 13}},
                {10, 1, {16, 1, 1}, {16, 1, 1}},    {10, 3, {16, 1, 3}, {16, 1, 3}},
                {10, 7, {16, 1, 7}, {16, 1, 7}},    {10, 100, {16, 1, 13}, {16, 1, 13}},
                {16, 8, {16, 1, 8}, {16, 1, 8}},    {16, 9, {16, 1, 9}, {16, 1, 9}},
                {16, 32, {16, 1, 11}, {16, 1, 11}}, {16, 100, {16, 1, 13}, {16, 1, 13}},
                {20, 8, {16, 2, 8}, {16, 2, 8}},    {20, 9, {16, 2, 9}, {16, 2, 9}},
                {23, 8, {16, 2, 8}, {16, 2, 8}},    {23, 9, {16, 2, 9}, {16, 2, 9}},
                {23, 32, {16, 2, 11}, {16, 2, 11}}, {33, 0, {16, 3, 8}, {16, 3, 8}},
                {33, 1, {16, 3, 1}, {16, 3, 1}},    {33, 3, {16, 3, 3}, {16, 3, 3}},
                {33, 7, {16, 3, 7}, {16, 3, 7}},    {33, 100, {16, 3, 8}, {16, 3, 8}},
                {64, 8, {16, 2, 8}, {16, 2, 8}},    {72, 8, {16, 3, 8}, {16, 3, 8}},
                {72, 9, {16, 2, 9}, {16, 2, 9}},    {131, 8, {16, 3, 8}, {16, 3, 8}},
                {131, 9, {16, 2, 9}, {16, 2, 9}},   {5000, 0, {16, 3, 8}, {16, 3, 8}},
                {5000, 1, {16, 4, 1}, {16, 4, 1}},  {5000, 2, {16, 4, 2}, {16, 4, 2}},
                {5000, 3, {16, 4, 3}, {16, 4, 3}},  {5000, 7, {16, 3, 7}, {16, 3, 7}}}},
    {"zen4", {{1, 8, {8, 1, 8}, {8, 1, 8}},       {1, 9, {8, 1, 9}, {8, 1, 9}},
              {1, 32, {8, 1, 11}, {8, 1, 11}},    {5, 2, {16, 1, 2}, {16, 1, 2}},
              {5, 3, {16, 1, 3}, {16, 1, 3}},     {5, 7, {8, 1, 7}, {8, 1, 7}},
              {8, 8, {8, 1, 8}, {8, 1, 8}},       {8, 9, {8, 1, 9}, {8, 1, 9}},
              {8, 32, {8, 1, 11}, {8, 1, 11}},    {8, 100, {8, 1, 13}, {8, 1, 13}},
              {10, 8, {16, 1, 8}, {16, 1, 8}},    {10, 9, {16, 1, 9}, {16, 1, 9}},
              {16, 0, {16, 1, 13}, {16, 1, 13}},  {16, 7, {16, 1, 7}, {16, 1, 7}},
              {16, 32, {16, 1, 11}, {16, 1, 11}}, {20, 0, {8, 3, 8}, {8, 3, 8}},
              {20, 1, {16, 2, 1}, {16, 2, 1}},    {20, 7, {8, 3, 7}, {8, 3, 7}},
              {20, 100, {8, 3, 8}, {8, 3, 8}},    {23, 0, {8, 3, 8}, {8, 3, 8}},
              {23, 1, {16, 2, 1}, {16, 2, 1}},    {23, 2, {16, 2, 2}, {16, 2, 2}},
              {23, 3, {8, 3, 3}, {8, 3, 3}},      {23, 7, {8, 3, 7}, {8, 3, 7}},
              {23, 32, {8, 3, 8}, {8, 3, 8}},     {23, 100, {8, 3, 8}, {8, 3, 8}},
              {33, 8, {16, 3, 8}, {16, 3, 8}},    {33, 9, {8, 5, 5}, {8, 5, 5}},
              {64, 0, {16, 4, 6}, {16, 4, 6}},    {64, 1, {16, 4, 1}, {16, 4, 1}},
              {64, 2, {16, 4, 2}, {16, 4, 2}},    {64, 3, {16, 4, 3}, {16, 4, 3}},
              {64, 100, {16, 4, 6}, {16, 4, 6}},  {72, 2, {8, 5, 2}, {8, 5, 2}},
              {72, 3, {8, 5, 3}, {8, 5, 3}},      {72, 7, {8, 3, 7}, {8, 3, 7}},
              {131, 8, {16, 3, 8}, {16, 3, 8}},   {131, 9, {16, 2, 9}, {16, 2, 9}},
              {131, 32, {16, 3, 8}, {16, 3, 8}},  {131, 100, {16, 3, 8}, {16, 3, 8}},
              {5000, 9, {16, 2, 9}, {16, 2, 9}},  {5000, 32, {16, 3, 8}, {16, 3, 8}}}},
    {"neon", {{1, 8, {4, 1, 8}, {4, 1, 4}},    {1, 9, {4, 1, 9}, {4, 1, 5}},
              {1, 32, {4, 1, 11}, {4, 1, 5}},  {5, 2, {4, 2, 2}, {4, 2, 2}},
              {5, 3, {4, 2, 3}, {4, 2, 3}},    {5, 7, {4, 2, 7}, {4, 2, 4}},
              {5, 100, {4, 2, 12}, {4, 2, 5}}, {8, 8, {4, 2, 8}, {4, 2, 4}},
              {8, 9, {4, 2, 9}, {4, 2, 5}},    {8, 32, {4, 2, 11}, {4, 2, 5}},
              {10, 8, {4, 3, 8}, {4, 3, 4}},   {10, 9, {4, 3, 5}, {4, 3, 5}},
              {16, 0, {4, 4, 6}, {4, 4, 5}},   {16, 1, {4, 4, 1}, {4, 4, 1}},
              {16, 7, {4, 2, 7}, {4, 4, 4}},   {16, 32, {4, 2, 11}, {4, 4, 5}},
              {16, 100, {4, 4, 6}, {4, 4, 5}}, {20, 0, {4, 3, 8}, {4, 3, 5}},
              {20, 1, {4, 3, 1}, {4, 3, 1}},   {20, 7, {4, 3, 7}, {4, 3, 4}},
              {23, 0, {4, 3, 8}, {4, 3, 5}},   {23, 1, {4, 3, 1}, {4, 3, 1}},
              {23, 2, {4, 3, 2}, {4, 3, 2}},   {23, 3, {4, 3, 3}, {4, 3, 3}},
              {23, 7, {4, 3, 7}, {4, 3, 4}},   {23, 32, {4, 3, 8}, {4, 3, 5}},
              {33, 8, {4, 3, 8}, {4, 3, 4}},   {33, 9, {4, 2, 9}, {4, 3, 5}},
              {33, 100, {4, 3, 8}, {4, 3, 5}}, {64, 0, {4, 4, 6}, {4, 4, 5}},
              {64, 1, {4, 4, 1}, {4, 4, 1}},   {64, 2, {4, 4, 2}, {4, 4, 2}},
              {64, 3, {4, 4, 3}, {4, 4, 3}},   {72, 2, {4, 4, 2}, {4, 4, 2}},
              {72, 3, {4, 4, 3}, {4, 4, 3}},   {72, 7, {4, 3, 7}, {4, 4, 4}},
              {72, 100, {4, 3, 8}, {4, 4, 5}}, {131, 8, {4, 3, 8}, {4, 4, 4}},
              {131, 9, {4, 2, 9}, {4, 4, 5}},  {5000, 0, {4, 3, 8}, {4, 4, 5}},
              {5000, 1, {4, 4, 1}, {4, 4, 1}}, {5000, 7, {4, 3, 7}, {4, 4, 4}}}},
};

TEST(FixedTiles, are_chosen_as_before) {
  const std::map<std::string, plan::Tiles> targets = {
      {"sse41", tiles(4, 3, {8, 5, 3})},
      {"avx2", tiles(8, 2, {12, 6, 4})},
      {"avx512", tiles(16, 4, {13, 12, 8, 6})},
      {"zen4", tiles(16, 4, {13, 12, 8, 6}, 30, {{1, 13}, {3, 8}, {5, 5}, {7, 3}})},
      {"neon", tiles(4, 4, {12, 12, 8, 6}, 5)},
  };
  const auto text = [](plan::FixedTile t) {
    return std::to_string(t.lanes) + " x " + std::to_string(t.vectors) + " by " +
           std::to_string(t.rows);
  };
  std::size_t count = 0;
  for (const auto &[name, cases] : chosen)
    for (const TileCase &c : cases) {
      const plan::Tiles &t = targets.at(name);
      EXPECT_EQ(text(c.packed), text(plan::cheapest_tile(t, {c.out, c.batch, true})))
          << name << ", out " << c.out << ", batch " << c.batch;
      EXPECT_EQ(text(c.not_packed), text(plan::cheapest_tile(t, {c.out, c.batch, false})))
          << name << ", out " << c.out << ", batch " << c.batch;
      count++;
    }
  EXPECT_EQ(210u, count);
}

} // namespace

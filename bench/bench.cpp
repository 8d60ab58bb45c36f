// Hinge beside its peers. With no flags: every benchmark nine times in a random order, so that what
// else the machine does meets all alike. The flags of Google Benchmark override this;
// `bench/report.py` reads what --benchmark_out wrote.
#include "bench.h"

#include "peers.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <vector>

namespace hinge::bench {

Array normal(std::size_t size, unsigned seed) {
  Array a(size);
  std::mt19937 random(seed);
  std::normal_distribution<float> distribution;
  const std::size_t period = std::min(size, std::size_t(1) << 20);
  std::generate_n(a.data(), period, [&] { return distribution(random); });
  for (std::size_t i = period; i < size; i++)
    a[i] = a[i - period];
  return a;
}

std::string proc_field(const char *path, const std::string &key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || line.compare(0, key.size(), key) != 0)
      continue;
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

void fail(const std::string &why) {
  std::fprintf(stderr, "hinge_bench: %s\n", why.c_str());
  std::exit(1);
}

/// What the report says above its tables.
static void add_context() {
  auto add = [](const char *key, const std::string &value) {
    benchmark::AddCustomContext(key, value);
  };
  add("hinge", hinge_version());
  add("target", target());
  add("threads", std::to_string(hinge_get_num_threads()));
  add("cpu", proc_field("/proc/cpuinfo", "model name"));
#ifdef __clang__
  add("compiler", __VERSION__); // "Clang 14.0.6"
#else
  add("compiler", "GCC " __VERSION__);
#endif
#ifdef HINGE_BENCH_OPENBLAS
  add("openblas", OpenBlas::version());
#else
  add("openblas", "not installed");
#endif
#ifdef HINGE_BENCH_ONEDNN
  add("onednn", OneDnn::version());
#else
  add("onednn", "not installed");
#endif
}

static int run(int argc, char **argv) {
  // A fifth of a second each, or one call if that takes longer: about two minutes in all.
  std::vector<std::string> defaults = {"--benchmark_enable_random_interleaving=true",
                                       "--benchmark_repetitions=9", "--benchmark_min_time=0.2",
                                       "--benchmark_display_aggregates_only=true"};
  std::vector<char *> args = {argv[0]};
  for (std::string &flag : defaults)
    args.push_back(flag.data());
  args.insert(args.end(), argv + 1, argv + argc);
  int count = int(args.size());
  args.push_back(nullptr);

  benchmark::Initialize(&count, args.data());
  if (benchmark::ReportUnrecognizedArguments(count, args.data()))
    return 1;
  add_context();
  register_activations();
  register_linear();
  return benchmark::RunSpecifiedBenchmarks() > 0 ? 0 : 1;
}

} // namespace hinge::bench

int main(int argc, char **argv) {
  try {
    return hinge::bench::run(argc, argv);
  } catch (const std::exception &e) {
    hinge::bench::fail(e.what());
  }
}

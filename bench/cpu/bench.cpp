// hinge_bench: Hinge on a CPU beside its peers.
//
//   hinge_bench [--all] [--threads=N] [Google Benchmark's flags]
//
// Every benchmark runs several times in a random order, so that other load on the machine meets all
// alike. --all and --threads=N are Options (bench.h). Google Benchmark's flags override the
// defaults here. bench/report/report.py reads the file that --benchmark_out names.
#include "cpu/bench.h"

#include "peers/peers.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
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

std::size_t out_of_cache_floats() {
  static const std::size_t floats = [] {
    std::size_t size = std::size_t(64) << 20;
    const std::string available = proc_field("/proc/meminfo", "MemAvailable");
    if (!available.empty()) // "24130012 kB"
      while (6 * size * sizeof(float) > std::stoull(available) * 1024 / 4 * 3)
        size /= 2;
    return size;
  }();
  return floats;
}

std::size_t cache_bytes(int level) {
  // sysconf is no alternative: on a virtual machine with 32 MiB of L3 it returned 320.
  for (const auto &cache : benchmark::CPUInfo::Get().caches)
    if (cache.level == level && cache.type != "Instruction")
      return std::size_t(cache.size);
  return level == 1 ? 32 << 10 : level == 2 ? 1 << 20 : 32 << 20;
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

/// Adds what the report prints above its tables.
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
  for (int level = 1; level <= 3; level++)
    add(("l" + std::to_string(level)).c_str(), std::to_string(cache_bytes(level)));
  for (const NamedPeer &peer : peers())
    add(peer.name, peer.type ? peer.type->version() : "not installed");
}

/// Whether the flag is one of this program's. All others are Google Benchmark's.
static bool parse(const std::string &flag, Options &options) {
  const std::string threads = "--threads=";
  if (flag == "--all")
    options.all = true;
  else if (flag.compare(0, threads.size(), threads) == 0)
    options.threads = std::max(1, std::atoi(flag.c_str() + threads.size()));
  else
    return false;
  return true;
}

/// Prints nothing. With --all, Google Benchmark would print hundreds of lines at the end, which the
/// report's tables repeat.
class Quiet : public benchmark::BenchmarkReporter {
  bool ReportContext(const Context &) override { return true; }
  void ReportRuns(const std::vector<Run> &) override {}
};

static int run(int argc, char **argv) {
  Options options;
  std::vector<char *> args;
  for (int i = 0; i < argc; i++)
    if (i == 0 || !parse(argv[i], options))
      args.push_back(argv[i]);
  // Each benchmark runs for this time, or for one call if that takes longer. All of them take about
  // four minutes, with --all about seven.
  std::vector<std::string> defaults = {
      "--benchmark_enable_random_interleaving=true",
      options.all ? "--benchmark_repetitions=7" : "--benchmark_repetitions=9",
      options.all ? "--benchmark_min_time=0.03" : "--benchmark_min_time=0.1",
      "--benchmark_display_aggregates_only=true"};
  std::transform(defaults.begin(), defaults.end(), std::inserter(args, args.begin() + 1),
                 [](std::string &flag) { return flag.data(); });
  int count = int(args.size());
  args.push_back(nullptr);

  benchmark::Initialize(&count, args.data());
  if (benchmark::ReportUnrecognizedArguments(count, args.data()))
    return 1;
  set_num_threads(options.threads);
  add_context();
  if (options.threads == 1) // the limits are one core's
    register_limits();
  register_activations(options);
  register_activation_gradients(options);
  register_linear(options);
  register_linear_gradients(options);
  Quiet quiet;
  return benchmark::RunSpecifiedBenchmarks(options.all ? &quiet : nullptr) > 0 ? 0 : 1;
}

} // namespace hinge::bench

int main(int argc, char **argv) {
  try {
    return hinge::bench::run(argc, argv);
  } catch (const std::exception &e) {
    hinge::bench::fail(e.what());
  }
}

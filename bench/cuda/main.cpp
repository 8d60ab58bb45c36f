// hinge_bench_cuda: Hinge on a GPU, beside its limits and its alternatives.
//
//   element-wise operators    beside the rate of copying
//   Linear and its gradients  beside cuBLASLt
//   a small call              beside a bare launch
//
// The sides of a row take turns. A time is the median of samples. A sample is a batch of calls in
// one stream between two events: "call" queues them one by one; "graph" replays them as a CUDA
// graph, which leaves out the CPU's time for a launch. bench/report/cuda_report.py reads the file
// that --out names.
#include "bench.h"

#include "hinge/hinge.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <stdexcept>

namespace hinge::bench {

static const std::vector<int> all_mebibytes = {1, 16, 64, 256, 1024}, quick_mebibytes = {1};
static const std::vector<Shape> all_shapes = {
    {32, 10, 20},      {1, 256, 256},      {1, 1024, 1024},    {1, 4096, 4096},
    {8, 1024, 1024},   {32, 256, 256},     {32, 1024, 1024},   {128, 768, 3072},
    {512, 1024, 1024}, {2048, 2048, 2048}, {4096, 4096, 4096}, {8192, 4096, 4096}};
static const std::vector<Shape> quick_shapes = {{32, 10, 20}, {1, 256, 256}, {32, 256, 256}};
static const std::vector<Shape> all_gradients = {
    {32, 10, 20}, {32, 256, 256}, {512, 1024, 1024}, {4096, 4096, 4096}};
static const std::vector<Shape> quick_gradients = {{32, 10, 20}};

static int measure(const Options &options) {
  Bench bench(options);
  for (int mebibytes : options.quick ? quick_mebibytes : all_mebibytes)
    bench.results.guard("element-wise operators of " + std::to_string(mebibytes) + " MiB",
                        [&] { element_wise(bench, std::int64_t(mebibytes) << 18); });
  for (const Shape &shape : options.quick ? quick_shapes : all_shapes)
    linear(bench, shape);
  for (const Shape &shape : options.quick ? quick_gradients : all_gradients)
    linear_gradients(bench, shape);
  bench.results.guard("launches", [&] { launches(bench); });
  const std::string &failures = bench.results.failures();
  if (!failures.empty())
    std::printf("\nFAILED: %s\n", failures.c_str());
  return failures.empty() ? 0 : 1;
}

static int run(int argc, char **argv) {
  Options options;
  CLI::App app("Times Hinge on a GPU beside copying, cuBLASLt and bare launches");
  app.add_option("--out", options.out, "JSON for bench/report/cuda_report.py");
  app.add_flag("--quick", options.quick, "few small sizes, few samples");
  app.add_option("--filter", options.filter, "only rows with this in their name, e.g. linear/");
  app.add_option("--device", options.device, "which GPU")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (options.quick)
    options.samples = 3;
  try {
    if (cuda::device_count() <= options.device)
      throw Error(HINGE_NO_DEVICE, "there are fewer devices");
  } catch (const Error &e) {
    std::fprintf(stderr, "hinge_bench_cuda: no GPU: %s\n", e.what());
    return 77;
  }
  return measure(options);
}

} // namespace hinge::bench

int main(int argc, char **argv) {
  try {
    return hinge::bench::run(argc, argv);
  } catch (const std::exception &e) {
    std::fprintf(stderr, "hinge_bench_cuda: %s\n", e.what());
    return 1;
  }
}

#include "bench.h"

#include "kernels.h"

#include "hinge/hinge.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <thread>
#include <utility>

namespace hinge::bench {

Bench::Bench(const Options &chosen)
    : options(chosen), stream(create_stream()), timer(driver, stream, options.samples),
      results(options.out) {
  set_num_threads(int(std::clamp(std::thread::hardware_concurrency(), 1u, 64u)));
  cuda::load(stream);
  describe();
  load_kernels();
  load_peer();
  if (!driver.has_graphs())
    std::printf("without graphs: the driver has none\n");
  find_fma();
}

void *Bench::create_stream() const {
  cuda::set_device(options.device);
  void *created = nullptr;
  driver.check(driver.stream_create(&created, 1), "cuStreamCreate"); // non-blocking
  return created;
}

// ---- The machine ---------------------------------------------------------------------------

namespace {

// Of enum CUdevice_attribute.
constexpr int clock_rate_khz = 13, memory_clock_rate_khz = 36, memory_bus_bits = 37, l2_bytes = 38;

std::string utc_now() {
  char date[32];
  const std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
  return date;
}

std::string cpu_name() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);)
    if (line.rfind("model name", 0) == 0)
      return line.substr(std::min(line.size(), line.find(':') + 2));
  return "";
}

/// Float32 units in a multiprocessor.
int fma_cores(int major, int minor) { return major == 7 || (major == 8 && minor == 0) ? 64 : 128; }

} // namespace

/// 0 if the driver does not know it.
int Bench::attribute(int which) const {
  int device = 0, value = 0;
  return driver.device_get(&device, options.device) ||
                 driver.device_get_attribute(&value, which, device)
             ? 0
             : value;
}

void Bench::describe() {
  const hinge_cuda_device_info info = cuda::device_info(options.device);
  const int major = info.compute_capability[0], minor = info.compute_capability[1];
  const int cores = fma_cores(major, minor);
  const double clock = attribute(clock_rate_khz) * 1e3; // the highest
  fma_limit = info.multiprocessors * cores * 2.0 * clock;
  int device = 0;
  std::size_t memory = 0;
  if (driver.total_mem && driver.device_get(&device, options.device) == 0)
    driver.total_mem(&memory, device);
  const std::string cpu = cpu_name();
  results.context = {{"date", utc_now()},
                     {"hinge", hinge_version()},
                     {"gpu", info.name},
                     {"compute_capability", std::to_string(major) + "." + std::to_string(minor)},
                     {"multiprocessors", info.multiprocessors},
                     {"fma_cores", cores},
                     {"clock_hz", clock},
                     {"fma_limit", fma_limit},
                     {"memory_bytes", memory},
                     {"l2_bytes", attribute(l2_bytes)},
                     {"memory_clock_khz", attribute(memory_clock_rate_khz)},
                     {"memory_bus_bits", attribute(memory_bus_bits)},
                     {"driver", info.driver_version},
                     {"cpu", cpu},
                     {"target", target()},
#ifdef __clang__
                     {"compiler", __VERSION__},
#else
                     {"compiler", "GCC " __VERSION__},
#endif
                     {"samples", options.samples},
                     {"quick", options.quick}};
  std::printf("Hinge %s on %s (%d.%d, %d SMs, %.2f GHz), CUDA %d.%d; CPU %s\n", hinge_version(),
              info.name, major, minor, info.multiprocessors, clock / 1e9,
              info.driver_version / 1000, info.driver_version % 1000 / 10, cpu.c_str());
  std::printf("medians of %d, us a call, ± half the distance of the quartiles; in brackets "
              "replayed as a graph\n\n",
              options.samples);
}

void Bench::find_fma() {
  for (int i = 0; i < hinge_target_count(); i++) {
    hinge_target_info info;
    if (hinge_get_target_info(i, &info) == HINGE_OK && target() == info.name)
      cpu_has_fma = info.has_fma;
  }
}

// ---- What Hinge is compared with -----------------------------------------------------------

void Bench::load_kernels() {
  void *module = nullptr;
  driver.check(driver.module_load_data(&module, ptx, 0, nullptr, nullptr), "the bench's PTX");
  for (auto [function, name] : {std::pair(&kernels.empty, "empty"),
                                {&kernels.copy1, "copy1"},
                                {&kernels.copy4, "copy4"},
                                {&kernels.relu, "relu"}})
    driver.check(driver.module_get_function(function, module, name), name);
}

void Bench::load_peer() {
  workspace.emplace(std::size_t(32) << 20);
  std::string why;
  cublaslt = load_cublaslt(stream, workspace->data(), workspace->size(), why);
  results.context["cublaslt"] = cublaslt ? Json(cublaslt->version()) : Json(nullptr);
  if (!cublaslt) {
    results.context["no_cublaslt"] = why;
    std::printf("without cuBLASLt: %s\n", why.c_str());
  }
}

Work Bench::launch(void *function, unsigned blocks, const float *from, float *to) const {
  return [this, function, blocks, from, to] {
    const void *a = to, *b = from;
    void *parameters[] = {&a, &b};
    driver.check(
        driver.launch_kernel(function, blocks, 1, 1, 256, 1, 1, 0, stream, parameters, nullptr),
        "cuLaunchKernel");
  };
}

// ---- What the rows share -------------------------------------------------------------------

Memory<float> Bench::upload(const Floats &from) const {
  Memory<float> to(from.size());
  cuda::copy(to.data(), from.data(), from.size(), stream);
  return to;
}

Floats Bench::download(const float *from, std::size_t size) const {
  Floats to(size);
  cuda::copy(to.data(), from, size, stream);
  cuda::synchronize(stream);
  return to;
}

Json Bench::checks(const std::string &row, bool has_bits_of_cpu, double peer_error) {
  constexpr double allowed_error = 1e-4; // TF32 gives about 1e-3
  Json j;
  if (cpu_has_fma) {
    j["bits_as_cpu"] = has_bits_of_cpu;
    if (!has_bits_of_cpu)
      results.fail(row + ": other bits than on the CPU");
  }
  if (peer_error >= 0) {
    j["peer_difference"] = peer_error;
    if (!(peer_error < allowed_error))
      results.fail(row + ": cuBLASLt's result differs");
  }
  return j;
}

void Bench::add_linear(const std::string &row, const std::vector<Side> &sides, const Json &more) {
  std::vector<const Side *> all;
  for (const Side &s : sides)
    all.push_back(&s);
  results.add(row, all, more);

  const double flop = more["flop"];
  const bool graphs = !sides[0].graph.empty() && !sides.back().graph.empty();
  const double us = median(sides[0].times(graphs));
  std::printf("  %.2f TFLOP/s", flop / us / 1e6);
  if (fma_limit > 0)
    std::printf(", %.1f %% of the FMA limit", 100 * flop / (us * 1e-6) / fma_limit);
  if (sides.size() > 1)
    std::printf(", cuBLASLt %.2fx", median(sides[1].times(graphs)) / us);
  std::printf("\n");
  if (more.contains("no_cublaslt"))
    std::printf("  without cuBLASLt: %s\n", more["no_cublaslt"].get<std::string>().c_str());
}

} // namespace hinge::bench

// Hinge on a GPU beside what limits it and what one would use instead: element-wise operators
// beside the rate of copying, Linear and its gradients beside cuBLASLt, a call beside a bare
// launch.
//
// The sides of a row take turns. A time is the median of samples, each a batch of calls in one
// stream between two events: "call" queued one by one, "graph" replayed as a graph of them, which
// leaves out what the CPU needs for a launch. bench/cuda_report.py reads what --out wrote.
#include "cuda_driver.h"
#include "cuda_peer.h"

#include "hinge/cuda.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace hinge::bench {

namespace {

using Json = nlohmann::ordered_json;
using Floats = std::vector<float>;
using cuda::Memory;

struct Options {
  std::string out, filter;
  bool quick = false;
  int device = 0;
  int samples = 21;

  static constexpr double sample_us = 300; // at least 200 when the clock rises in between
  static constexpr int most_calls = 1000;  // in a sample
  static constexpr int queued_calls = 256; // before the queue of launches, of 1024, fills
};

// ---- Measuring -----------------------------------------------------------------------------

double median(Floats values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return double(*middle);
}

/// Half the distance of the quartiles, as a share of the median.
double spread(Floats values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return double(values[n - 1 - n / 4] - values[n / 4]) / 2 / median(values);
}

/// One of those that take turns at a row. Times in microseconds a call.
struct Side {
  std::string name;
  Work work;
  Floats call, graph;
  int calls = 1, nodes = 1; // in a sample
  void *replayed = nullptr; // the graph
  std::string no_graph;

  Side(std::string of, Work does) : name(std::move(of)), work(std::move(does)) {}
  const Floats &times(bool graphs) const { return graphs ? graph : call; }
  Json json() const {
    Json j = {{"call_us", median(call)}, {"call_spread", spread(call)}, {"calls", calls}};
    if (!graph.empty())
      j.update({{"graph_us", median(graph)}, {"graph_spread", spread(graph)}, {"nodes", nodes}});
    else if (!no_graph.empty())
      j["no_graph"] = no_graph;
    return j;
  }
};

class Bench {
public:
  explicit Bench(const Options &options) : options_(options) {
    cuda::set_device(options.device);
    driver_.check(driver_.stream_create(&stream_, 1), "cuStreamCreate"); // non-blocking
    driver_.check(driver_.event_create(&begin_, 0), "cuEventCreate");
    driver_.check(driver_.event_create(&end_, 0), "cuEventCreate");
    set_num_threads(int(std::clamp(std::thread::hardware_concurrency(), 1u, 64u)));
    cuda::load(stream_);
    describe();
    load_kernels();
    workspace_.emplace(std::size_t(32) << 20);
    std::string why;
    cublaslt_ = load_cublaslt(stream_, workspace_->data(), workspace_->size(), why);
    context_["cublaslt"] = cublaslt_ ? Json(cublaslt_->version()) : Json(nullptr);
    if (!cublaslt_) {
      context_["no_cublaslt"] = why;
      std::printf("without cuBLASLt: %s\n", why.c_str());
    }
    if (!driver_.has_graphs())
      std::printf("without graphs: the driver has none\n");
    check_fma();
  }

  int run() {
    const auto element_sizes =
        options_.quick ? std::vector<int>{1} : std::vector<int>{1, 16, 64, 256, 1024};
    for (int mebibytes : element_sizes)
      guard("element-wise operators of " + std::to_string(mebibytes) + " MiB",
            [&] { element_wise(std::int64_t(mebibytes) << 18); });
    using Shapes = std::vector<std::array<std::int64_t, 3>>;
    const Shapes shapes =
        options_.quick
            ? Shapes{{32, 10, 20}, {1, 256, 256}, {32, 256, 256}}
            : Shapes{{32, 10, 20},      {1, 256, 256},      {1, 1024, 1024},    {1, 4096, 4096},
                     {8, 1024, 1024},   {32, 256, 256},     {32, 1024, 1024},   {128, 768, 3072},
                     {512, 1024, 1024}, {2048, 2048, 2048}, {4096, 4096, 4096}, {8192, 4096, 4096}};
    for (const auto &[batch, in, out] : shapes)
      if (const std::string row = shape_row("linear", batch, in, out); wanted(row))
        guard(row, [&, b = batch, i = in, o = out] { linear(row, b, i, o); });
    const Shapes gradients =
        options_.quick
            ? Shapes{{32, 10, 20}}
            : Shapes{{32, 10, 20}, {32, 256, 256}, {512, 1024, 1024}, {4096, 4096, 4096}};
    for (const auto &[batch, in, out] : gradients)
      if (const std::string row = shape_row("backward", batch, in, out); wanted(row))
        guard(row, [&, b = batch, i = in, o = out] { backward(row, b, i, o); });
    guard("launches", [&] { launches(); });
    if (!failed_.empty())
      std::printf("\nFAILED: %s\n", failed_.c_str());
    return failed_.empty() ? 0 : 1;
  }

private:
  // ---- What runs where -----------------------------------------------------------------------

  int attribute(int which) const {
    int device = 0, value = 0;
    return driver_.device_get(&device, options_.device) ||
                   driver_.device_get_attribute(&value, which, device)
               ? 0
               : value;
  }

  void describe() {
    const hinge_cuda_device_info info = cuda::device_info(options_.device);
    const int major = info.compute_capability[0], minor = info.compute_capability[1];
    const int cores = major == 7 || (major == 8 && minor == 0) ? 64 : 128; // float32, of an SM
    const double clock = attribute(13) * 1e3; // CU_DEVICE_ATTRIBUTE_CLOCK_RATE, the highest, in kHz
    fma_limit_ = info.multiprocessors * cores * 2.0 * clock;
    int device = 0;
    std::size_t memory = 0;
    if (driver_.total_mem && driver_.device_get(&device, options_.device) == 0)
      driver_.total_mem(&memory, device);
    char date[32];
    const std::time_t now = std::time(nullptr);
    std::strftime(date, sizeof date, "%Y-%m-%d %H:%M UTC", std::gmtime(&now));
    std::string cpu;
    std::ifstream cpuinfo("/proc/cpuinfo");
    for (std::string line; cpu.empty() && std::getline(cpuinfo, line);)
      if (line.rfind("model name", 0) == 0)
        cpu = line.substr(std::min(line.size(), line.find(':') + 2));
    context_ = {{"date", date},
                {"hinge", hinge_version()},
                {"gpu", info.name},
                {"compute_capability", std::to_string(major) + "." + std::to_string(minor)},
                {"multiprocessors", info.multiprocessors},
                {"fma_cores", cores},
                {"clock_hz", clock},
                {"fma_limit", fma_limit_},
                {"memory_bytes", memory},
                {"l2_bytes", attribute(38)},         // CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE
                {"memory_clock_khz", attribute(36)}, // ..._MEMORY_CLOCK_RATE
                {"memory_bus_bits", attribute(37)},  // ..._GLOBAL_MEMORY_BUS_WIDTH
                {"driver", info.driver_version},
                {"cpu", cpu},
                {"target", target()},
#ifdef __clang__
                {"compiler", __VERSION__},
#else
                {"compiler", "GCC " __VERSION__},
#endif
                {"samples", options_.samples},
                {"quick", options_.quick}};
    std::printf("Hinge %s on %s (%d.%d, %d SMs, %.2f GHz), CUDA %d.%d; CPU %s\n", hinge_version(),
                info.name, major, minor, info.multiprocessors, clock / 1e9,
                info.driver_version / 1000, info.driver_version % 1000 / 10, cpu.c_str());
    std::printf("medians of %d, us a call, ± half the distance of the quartiles; in brackets "
                "replayed as a graph\n\n",
                options_.samples);
  }

  void load_kernels() {
    void *module = nullptr;
    driver_.check(driver_.module_load_data(&module, ptx, 0, nullptr, nullptr), "the bench's PTX");
    for (auto [function, name] :
         {std::pair(&empty_, "empty"), {&copy1_, "copy1"}, {&copy4_, "copy4"}, {&relu_, "relu"}})
      driver_.check(driver_.module_get_function(function, module, name), name);
  }

  /// Only targets with FMA have the GPU's bits.
  void check_fma() {
    for (int i = 0; i < hinge_target_count(); i++) {
      hinge_target_info info;
      if (hinge_get_target_info(i, &info) == HINGE_OK && target() == info.name)
        cpu_has_fma_ = info.has_fma;
    }
  }

  // ---- Rows ----------------------------------------------------------------------------------

  bool wanted(const std::string &row) const {
    return row.find(options_.filter) != std::string::npos;
  }

  static std::string shape_row(const char *operation, std::int64_t b, std::int64_t i,
                               std::int64_t o) {
    return std::string(operation) + "/" + std::to_string(b) + "x" + std::to_string(i) + "x" +
           std::to_string(o);
  }

  void failed(const std::string &what) {
    std::printf("  %s\n", what.c_str());
    failed_ += (failed_.empty() ? "" : "; ") + what;
    context_["failed"] = failed_;
    write();
  }

  template <class Function>
  void guard(const std::string &what, Function function) {
    try {
      function();
    } catch (const Error &e) {
      if (e.status() != HINGE_OUT_OF_MEMORY)
        return failed(what + ": " + e.what());
      context_["left_out"].push_back(what + ", too large for the memory");
      std::printf("%s: too large for the memory\n", what.c_str());
      write();
    } catch (const std::exception &e) {
      failed(what + ": " + e.what());
    }
  }

  /// After every row, as a run may end early.
  void write() const {
    if (options_.out.empty())
      return;
    std::ofstream file(options_.out);
    file << Json{{"context", context_}, {"rows", rows_}}.dump(1) << "\n";
    if (!file.flush())
      throw std::runtime_error(options_.out + " could not be written");
  }

  void add(const std::string &name, const std::vector<const Side *> &sides, Json more) {
    Json row = {{"row", name}};
    for (const Side *side : sides)
      row["sides"][side->name] = side->json();
    row.update(more);
    std::printf("%-34s", name.c_str());
    for (const Side *s : sides) {
      std::printf("  %s %.2f ±%.1f%%", s->name.c_str(), median(s->call), 100 * spread(s->call));
      if (!s->graph.empty())
        std::printf(" (%.2f)", median(s->graph));
    }
    rows_.push_back(std::move(row));
    write();
  }

  // ---- Times ---------------------------------------------------------------------------------

  double elapsed_us() const {
    float ms = 0;
    driver_.check(driver_.event_synchronize(end_), "cuEventSynchronize");
    driver_.check(driver_.event_elapsed_time(&ms, begin_, end_), "cuEventElapsedTime");
    return double(ms) * 1e3;
  }
  void record(void *event) const {
    driver_.check(driver_.event_record(event, stream_), "cuEventRecord");
  }
  void wait() const { driver_.check(driver_.stream_synchronize(stream_), "cuStreamSynchronize"); }

  double time_calls(const Work &work, int calls) const {
    record(begin_);
    for (int i = 0; i < calls; i++)
      work();
    record(end_);
    return elapsed_us() / calls;
  }

  /// A replay that is not timed goes first: the timed one is queued before the GPU is free for it.
  double time_graph(void *graph, int nodes) const {
    driver_.check(driver_.graph_launch(graph, stream_), "cuGraphLaunch");
    record(begin_);
    driver_.check(driver_.graph_launch(graph, stream_), "cuGraphLaunch");
    record(end_);
    return elapsed_us() / nodes;
  }

  void *capture(const Work &work, int calls) const {
    void *graph = nullptr, *replayed = nullptr;
    driver_.check(driver_.begin_capture(stream_, 0), "cuStreamBeginCapture"); // the strictest mode
    try {
      for (int i = 0; i < calls; i++)
        work();
    } catch (...) {
      driver_.end_capture(stream_, &graph);
      throw;
    }
    driver_.check(driver_.end_capture(stream_, &graph), "cuStreamEndCapture");
    const int error = driver_.graph_instantiate(&replayed, graph, 0);
    driver_.graph_destroy(graph);
    driver_.check(error, "cuGraphInstantiate");
    return replayed;
  }

  static int more_calls(int calls, double us) {
    const double needed = std::ceil(1.1 * Options::sample_us / std::max(us, 0.01));
    return int(std::clamp(needed, double(calls), double(Options::most_calls)));
  }

  void prepare(Side &s) const {
    s.work(); // loads what is loaded by the first call
    wait();
    for (int i = 0; i < 3; i++)
      s.calls = more_calls(s.calls, time_calls(s.work, s.calls));
    if (!driver_.has_graphs()) {
      s.no_graph = "the driver has no graphs";
      return;
    }
    try {
      s.nodes = s.calls;
      s.replayed = capture(s.work, s.nodes);
      const int nodes = more_calls(s.nodes, time_graph(s.replayed, s.nodes));
      if (nodes > s.nodes) {
        driver_.graph_exec_destroy(s.replayed);
        s.replayed = capture(s.work, s.nodes = nodes);
      }
    } catch (const std::exception &e) {
      s.no_graph = e.what();
      s.replayed = nullptr;
    }
  }

  void measure(std::vector<Side> &sides) const {
    for (Side &s : sides)
      prepare(s);
    for (int i = 0; i < options_.samples; i++)
      for (Side &s : sides)
        s.call.push_back(float(time_calls(s.work, s.calls)));
    for (int i = 0; i < options_.samples; i++)
      for (Side &s : sides)
        if (s.replayed)
          s.graph.push_back(float(time_graph(s.replayed, s.nodes)));
    for (Side &s : sides) {
      if (s.replayed)
        driver_.graph_exec_destroy(s.replayed);
      s.replayed = nullptr;
    }
  }

  /// For a choice between algorithms: on the GPU alone where there are graphs.
  double quick_time(const Work &work) const {
    Side s("", work);
    prepare(s);
    double least = s.replayed ? time_graph(s.replayed, s.nodes) : time_calls(work, s.calls);
    for (int i = 0; i < 4; i++)
      least =
          std::min(least, s.replayed ? time_graph(s.replayed, s.nodes) : time_calls(work, s.calls));
    if (s.replayed)
      driver_.graph_exec_destroy(s.replayed);
    return least;
  }

  // ---- Data ----------------------------------------------------------------------------------

  static Floats normal(std::int64_t size, unsigned seed, float scale = 1) {
    Floats values(static_cast<std::size_t>(size));
    std::mt19937 random(seed);
    std::normal_distribution<float> distribution(0, scale);
    const std::size_t period = std::min<std::size_t>(values.size(), (1 << 20) + 7);
    std::generate_n(values.begin(), period, [&] { return distribution(random); });
    for (std::size_t i = period; i < values.size(); i++)
      values[i] = values[i - period];
    return values;
  }
  static Floats transposed(const Floats &a, std::int64_t rows, std::int64_t cols) {
    Floats t(a.size());
    for (std::int64_t i = 0; i < rows; i++)
      for (std::int64_t j = 0; j < cols; j++)
        t[std::size_t(j * rows + i)] = a[std::size_t(i * cols + j)];
    return t;
  }
  Memory<float> upload(const Floats &from) const {
    Memory<float> to(from.size());
    cuda::copy(to.data(), from.data(), from.size(), stream_);
    return to;
  }
  Floats download(const float *from, std::size_t size) const {
    Floats to(size);
    cuda::copy(to.data(), from, size, stream_);
    cuda::synchronize(stream_);
    return to;
  }
  static bool same_bits(const Floats &a, const Floats &b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
  }
  static double difference(const Floats &a, const Floats &b) {
    double most = 0, largest = 0;
    for (std::size_t i = 0; i < a.size(); i++) {
      most = std::max(most, std::abs(double(a[i]) - double(b[i])));
      largest = std::max(largest, std::abs(double(a[i])));
    }
    return largest > 0 ? most / largest : most;
  }

  /// What was checked, and whether it may be.
  Json checks(const std::string &row, bool bits, double peer_error) {
    Json j;
    if (cpu_has_fma_) {
      j["bits_as_cpu"] = bits;
      if (!bits)
        failed(row + ": other bits than on the CPU");
    }
    if (peer_error >= 0) {
      j["peer_difference"] = peer_error;
      if (!(peer_error < 1e-4)) // in TF32 it is some 1e-3
        failed(row + ": cuBLASLt's result differs");
    }
    return j;
  }

  // ---- Element-wise operators beside a copy ----------------------------------------------------

  Work launch(void *function, unsigned blocks, const float *from, float *to) const {
    return [this, function, blocks, from, to] {
      const void *a = to, *b = from;
      void *parameters[] = {&a, &b};
      driver_.check(
          driver_.launch_kernel(function, blocks, 1, 1, 256, 1, 1, 0, stream_, parameters, nullptr),
          "cuLaunchKernel");
    };
  }

  void element_wise(std::int64_t n) {
    const std::string size = "/" + std::to_string(n);
    struct Operator {
      std::string name;
      double bytes; // read and written, an element
      const float *result;
      Work gpu;
      std::function<void(Floats &x, Floats &y, Floats &dx)> cpu; // into what result stands for
    };
    const std::array<const char *, 6> names = {
        "relu", "relu_inplace", "relu6", "relu_backward", "relu_backward_frommask", "relu_mask"};
    if (!wanted("copy" + size) && std::none_of(names.begin(), names.end(), [&](const char *name) {
          return wanted(name + size);
        }))
      return;
    Floats hx = normal(n, 1), hy = normal(n, 2);
    const Memory<float> x = upload(hx), y = upload(hy), dx = upload(hx);
    const Memory<std::uint8_t> bits(static_cast<std::size_t>(n / 8));
    const cuda::View vx(x.data(), 1, n), vy(y.data(), 1, n), vdx(dx.data(), 1, n);
    const cuda::MaskView mask(bits.data(), 1, n);
    std::vector<std::uint8_t> host_bits(bits.size());
    const MaskView host_mask(host_bits.data(), 1, n);
    const auto view = [n](Floats &f) { return View(f.data(), 1, n); };
    void *const s = stream_;
    // relu_mask comes before what reads its mask.
    const std::array<Operator, 6> operators = {{
        {"relu_mask", 8.125, y.data(),
         [=] { cuda::activation_forward(Activation::relu, vx, vy, mask, s); },
         [&](Floats &a, Floats &b, Floats &) {
           activation_forward(Activation::relu, view(a), view(b), host_mask);
         }},
        {"relu", 8, y.data(), [=] { cuda::relu(vx, vy, s); },
         [&](Floats &a, Floats &b, Floats &) { relu(view(a), view(b)); }},
        {"relu_inplace", 8, dx.data(), [=] { cuda::relu_inplace(vdx, s); },
         [&](Floats &, Floats &, Floats &c) { relu_inplace(view(c)); }},
        {"relu6", 8, y.data(), [=] { cuda::relu6(vx, vy, s); },
         [&](Floats &a, Floats &b, Floats &) { relu6(view(a), view(b)); }},
        {"relu_backward", 12, dx.data(),
         [=] { cuda::activation_backward(Activation::relu, vx, vy, vdx, s); },
         [&](Floats &a, Floats &b, Floats &c) {
           activation_backward(Activation::relu, view(a), view(b), view(c));
         }},
        {"relu_backward_frommask", 8.125, dx.data(),
         [=] { cuda::activation_backward(mask, vy, vdx, s); },
         [&](Floats &, Floats &b, Floats &c) { activation_backward(host_mask, view(b), view(c)); }},
    }};
    // Bits, where that does not take long.
    std::vector<char> agrees(operators.size(), true);
    const bool checked = n <= (1 << 24);
    Floats hdx = hx;
    for (std::size_t i = 0; checked && i < operators.size(); i++) {
      operators[i].gpu();
      operators[i].cpu(hx, hy, hdx);
      const Floats &expected = operators[i].result == y.data() ? hy : hdx;
      agrees[i] = same_bits(download(operators[i].result, std::size_t(n)), expected);
      if (!agrees[i])
        failed(operators[i].name + size + ": other bits than on the CPU");
    }

    const auto address = [](const float *p) { return reinterpret_cast<unsigned long long>(p); };
    std::vector<Side> sides;
    sides.emplace_back("memcpy", [=, to = address(y.data()), from = address(x.data())] {
      driver_.check(driver_.copy(to, from, std::size_t(n) * sizeof(float), s), "cuMemcpyDtoDAsync");
    });
    sides.emplace_back("kernel", launch(copy1_, unsigned(n / 1024), x.data(), y.data()));
    sides.emplace_back("kernel_4", launch(copy4_, unsigned(n / 4096), x.data(), y.data()));
    const std::size_t copies = sides.size();
    for (const Operator &o : operators)
      if (wanted(o.name + size))
        sides.emplace_back("hinge", o.gpu);
    measure(sides);

    const double bytes = double(n) * sizeof(float);
    const bool graphs = std::none_of(sides.begin(), sides.end(),
                                     [](const Side &side) { return side.graph.empty(); });
    double copy_us = INFINITY;
    for (std::size_t i = 0; i < copies; i++)
      copy_us = std::min(copy_us, median(sides[i].times(graphs)));
    add("copy" + size, {&sides[0], &sides[1], &sides[2]}, {{"bytes", 2 * bytes}});
    std::printf("  %.3f TB/s\n", 2 * bytes / copy_us / 1e6);
    std::size_t side = copies;
    for (std::size_t i = 0; i < operators.size(); i++) {
      const Operator &o = operators[i];
      if (!wanted(o.name + size))
        continue;
      const double moved = o.bytes / 4 * bytes, us = median(sides[side].times(graphs));
      Json more = {{"bytes", moved}};
      if (checked)
        more["bits_as_cpu"] = bool(agrees[i]);
      add(o.name + size, {&sides[side++]}, more);
      std::printf("  %.3f TB/s, %.1f %% of copying\n", moved / us / 1e6,
                  100 * moved / us / (2 * bytes / copy_us));
    }
  }

  // ---- Linear beside cuBLASLt ------------------------------------------------------------------

  void print_linear(const std::vector<Side> &sides, double flop) const {
    const bool graphs = !sides[0].graph.empty() && !sides.back().graph.empty();
    const double us = median(sides[0].times(graphs));
    std::printf("  %.2f TFLOP/s", flop / us / 1e6);
    if (fma_limit_ > 0)
      std::printf(", %.1f %% of the FMA limit", 100 * flop / (us * 1e-6) / fma_limit_);
    if (sides.size() > 1)
      std::printf(", cuBLASLt %.2fx", median(sides[1].times(graphs)) / us);
    std::printf("\n");
  }

  void linear(const std::string &row, std::int64_t batch, std::int64_t in, std::int64_t out) {
    const Floats hx = normal(batch * in, 1), hb = normal(out, 3);
    const Floats hw = normal(out * in, 2, 1 / std::sqrt(float(in)));
    const Memory<float> x = upload(hx), w = upload(hw), b = upload(hb);
    const Memory<float> wt = upload(transposed(hw, out, in));
    const std::size_t size = std::size_t(batch * out);
    const Memory<float> y(size), peer_y(size);
    const cuda::ConstView vx(x.data(), batch, in), vw(w.data(), out, in);
    const cuda::View vy(y.data(), batch, out);
    const cuda::Linear layer(vw, b.data(), Activation::relu, stream_);
    std::vector<Side> sides;
    sides.emplace_back("hinge", [&] { layer(vx, vy, stream_); });
    Json more = {{"flop", 2.0 * double(batch) * double(in) * double(out)}};
    if (cublaslt_)
      try {
        // Y^T = W X^T, as row-major matrices are transposed ones in column-major order. Hinge packs
        // its weights, so the peer may have them in the order that it is quicker with.
        Work quickest;
        double least = INFINITY;
        const auto time = [this](const Work &work) { return quick_time(work); };
        for (bool transpose : {true, false}) {
          const Work work = cublaslt_->prepare(
              {transpose, false, out, batch, in, transpose ? w.data() : wt.data(),
               transpose ? in : out, x.data(), in, peer_y.data(), out, b.data()},
              time);
          if (const double us = quick_time(work); us < least) {
            least = us;
            quickest = work;
          }
        }
        sides.emplace_back("cublaslt", quickest);
      } catch (const std::exception &e) {
        more["no_cublaslt"] = e.what();
      }
    measure(sides);

    const Floats result = download(y.data(), size);
    Floats expected(size);
    Linear(ConstView(hw.data(), out, in), hb.data(), Activation::relu)
        .forward(ConstView(hx.data(), batch, in), View(expected.data(), batch, out));
    more.update(checks(row, same_bits(result, expected),
                       sides.size() > 1 ? difference(result, download(peer_y.data(), size)) : -1));
    add_linear(row, sides, more);
  }

  void add_linear(const std::string &row, const std::vector<Side> &sides, const Json &more) {
    std::vector<const Side *> all;
    for (const Side &s : sides)
      all.push_back(&s);
    add(row, all, more);
    print_linear(sides, more["flop"]);
    if (more.contains("no_cublaslt"))
      std::printf("  without cuBLASLt: %s\n", more["no_cublaslt"].get<std::string>().c_str());
  }

  /// cuBLASLt's side is the two products of dx and dweight: neither ReLU's gradient nor dbias. dy
  /// is 0 where y is, so that the results are the same.
  void backward(const std::string &row, std::int64_t batch, std::int64_t in, std::int64_t out) {
    const Floats hx = normal(batch * in, 1), hw = normal(out * in, 2, 1 / std::sqrt(float(in)));
    const Floats hy = normal(batch * out, 3);
    Floats hdy = normal(batch * out, 4);
    for (std::size_t i = 0; i < hdy.size(); i++)
      if (hy[i] <= 0)
        hdy[i] = 0;
    const Memory<float> x = upload(hx), w = upload(hw), y = upload(hy), dy = upload(hdy);
    const Memory<float> dx(hx.size()), dw(hw.size()), db(static_cast<std::size_t>(out));
    const Memory<float> peer_dx(hx.size()), peer_dw(hw.size());
    const cuda::ConstView vx(x.data(), batch, in), vw(w.data(), out, in), vy(y.data(), batch, out),
        vdy(dy.data(), batch, out);
    const cuda::View vdx(dx.data(), batch, in), vdw(dw.data(), out, in);
    std::vector<Side> sides;
    sides.emplace_back("hinge", [&] {
      cuda::linear_backward(Activation::relu, vx, vw, vy, vdy, vdx, vdw, db.data(), false, stream_);
    });
    Json more = {{"flop", 4.0 * double(batch) * double(in) * double(out)},
                 {"cublaslt_does", "two products, without ReLU's gradient and dbias"}};
    if (cublaslt_)
      try {
        const auto time = [this](const Work &work) { return quick_time(work); };
        const Work by_x = cublaslt_->prepare(
            {false, false, in, batch, out, w.data(), in, dy.data(), out, peer_dx.data(), in}, time);
        const Work by_w = cublaslt_->prepare(
            {false, true, in, out, batch, x.data(), in, dy.data(), out, peer_dw.data(), in}, time);
        sides.emplace_back("cublaslt", [by_x, by_w] {
          by_x();
          by_w();
        });
      } catch (const std::exception &e) {
        more["no_cublaslt"] = e.what();
      }
    measure(sides);

    const Floats rdx = download(dx.data(), dx.size()), rdw = download(dw.data(), dw.size());
    Floats edx(hx.size()), edw(hw.size()), edb(static_cast<std::size_t>(out));
    linear_backward(Activation::relu, ConstView(hx.data(), batch, in),
                    ConstView(hw.data(), out, in), ConstView(hy.data(), batch, out),
                    ConstView(hdy.data(), batch, out), View(edx.data(), batch, in),
                    View(edw.data(), out, in), edb.data());
    const bool bits = same_bits(rdx, edx) && same_bits(rdw, edw) &&
                      same_bits(download(db.data(), db.size()), edb);
    more.update(checks(row, bits,
                       sides.size() > 1
                           ? std::max(difference(rdx, download(peer_dx.data(), rdx.size())),
                                      difference(rdw, download(peer_dw.data(), rdw.size())))
                           : -1));
    add_linear(row, sides, more);
  }

  // ---- Launches ------------------------------------------------------------------------------

  /// On the wall, of the CPU's part alone: it waits for the queue to be empty between samples.
  double time_launches(const Work &work) const {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < Options::queued_calls; i++)
      work();
    const std::chrono::duration<double, std::micro> us = std::chrono::steady_clock::now() - begin;
    wait();
    return us.count() / Options::queued_calls;
  }

  void launches() {
    const Memory<float> x = upload(normal(256, 1)), y(256);
    const cuda::View vx(x.data(), 1, 256), vy(y.data(), 1, 256);
    const Memory<float> in = upload(normal(32 * 10, 2)), w = upload(normal(20 * 10, 3)),
                        out(32 * 20);
    const cuda::ConstView vin(in.data(), 32, 10), vw(w.data(), 20, 10);
    const cuda::View vout(out.data(), 32, 20);
    const cuda::Linear layer(vw, nullptr, Activation::relu, stream_);
    const Work bare = [this] {
      unsigned long long a = 0;
      unsigned b = 0;
      void *parameters[] = {&a, &a, &a, &a, &b, &b};
      driver_.check(
          driver_.launch_kernel(empty_, 1, 1, 1, 256, 1, 1, 0, stream_, parameters, nullptr),
          "cuLaunchKernel");
    };
    const std::array<std::pair<const char *, Work>, 2> rows = {
        {{"launch/activation_256", [&] { cuda::relu(vx, vy, stream_); }},
         {"launch/linear_32x10x20", [&] { layer(vin, vout, stream_); }}}};
    for (const auto &[name, work] : rows) {
      if (!wanted(name))
        continue;
      std::vector<Side> sides;
      sides.emplace_back("hinge", work);
      sides.emplace_back("bare_empty", bare);
      sides.emplace_back("bare_relu", launch(relu_, 1, x.data(), y.data()));
      for (int i = 0; i < options_.samples + 3; i++)
        for (Side &s : sides) {
          s.calls = Options::queued_calls;
          const double us = time_launches(s.work);
          if (i >= 3) // warm
            s.call.push_back(float(us));
        }
      add(name, {&sides[0], &sides[1], &sides[2]}, {{"clock", "wall"}});
      std::printf("  %.2fx of a bare launch\n", median(sides[0].call) / median(sides[1].call));
    }
  }

  Options options_;
  Driver driver_;
  void *stream_ = nullptr, *begin_ = nullptr, *end_ = nullptr; // the process ends with them
  void *empty_ = nullptr, *copy1_ = nullptr, *copy4_ = nullptr, *relu_ = nullptr;
  std::optional<Memory<std::uint8_t>> workspace_;
  std::unique_ptr<Cublaslt> cublaslt_;
  double fma_limit_ = 0;
  bool cpu_has_fma_ = false;
  std::string failed_;
  Json context_, rows_ = Json::array();
};

int run(int argc, char **argv) {
  Options options;
  CLI::App app("Times Hinge on a GPU beside copying, cuBLASLt and bare launches");
  app.add_option("--out", options.out, "JSON for bench/cuda_report.py");
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
  return Bench(options).run();
}

} // namespace

} // namespace hinge::bench

int main(int argc, char **argv) {
  try {
    return hinge::bench::run(argc, argv);
  } catch (const std::exception &e) {
    std::fprintf(stderr, "hinge_bench_cuda: %s\n", e.what());
    return 1;
  }
}

// A run of hinge_bench_cuda: the device, what Hinge is compared with, and the rows.
#pragma once

#include "cublaslt.h"
#include "data.h"
#include "driver.h"
#include "results.h"
#include "timer.h"

#include "hinge/cuda.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hinge::bench {

using cuda::Memory;

struct Options {
  std::string out, filter;
  bool quick = false;
  int device = 0;
  int samples = 21;
};

struct Shape {
  std::int64_t batch, in, out;
};

/// Handles of the driver's functions in kernels.h.
struct Kernels {
  void *empty = nullptr, *copy1 = nullptr, *copy4 = nullptr, *relu = nullptr;
};

struct Bench {
  explicit Bench(const Options &options);

  Options options;
  Driver driver;
  void *stream; // the process's end destroys it
  Timer timer;
  Results results;
  Kernels kernels;
  std::optional<Memory<std::uint8_t>> workspace; // cuBLASLt's
  std::unique_ptr<Cublaslt> cublaslt;            // null if it could not be loaded
  double fma_limit = 0;                          // floating-point operations a second
  bool cpu_has_fma = false;                      // only CPU targets with FMA compute the GPU's bits

  bool wanted(const std::string &row) const {
    return row.find(options.filter) != std::string::npos;
  }

  Memory<float> upload(const Floats &from) const;
  Floats download(const float *from, std::size_t size) const;

  /// A launch of one of the kernels that copy or rectify.
  Work launch(void *function, unsigned blocks, const float *from, float *to) const;

  /// Lets `add` append cuBLASLt's side, if cuBLASLt is there. An error of its own is no failure:
  /// `more` says why the side is missing.
  template <class Add>
  void add_cublaslt(Json &more, const Add &add) {
    if (!cublaslt)
      return;
    try {
      add();
    } catch (const std::exception &e) {
      more["no_cublaslt"] = e.what();
    }
  }

  /// What a row of Linear was checked for, as JSON. A wrong result is a failure. `peer_error` is
  /// difference() from cuBLASLt's result, or negative if there is none.
  Json checks(const std::string &row, bool has_bits_of_cpu, double peer_error);

  void add_linear(const std::string &row, const std::vector<Side> &sides, const Json &more);

private:
  void *create_stream() const;
  int attribute(int which) const;
  void describe();
  void load_kernels();
  void load_peer();
  void find_fma();
};

// The rows. A function measures nothing if the filter leaves its rows out.

/// Element-wise operators on so many floats, beside copying as many.
void element_wise(Bench &bench, std::int64_t floats);

/// Linear + ReLU beside cuBLASLt.
void linear(Bench &bench, const Shape &shape);

/// dx, dweight and dbias of Linear + ReLU beside cuBLASLt.
void linear_gradients(Bench &bench, const Shape &shape);

/// The CPU's time for a small call beside a bare launch.
void launches(Bench &bench);

} // namespace hinge::bench

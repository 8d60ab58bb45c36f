// What the benches share: memory, data, names.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>

namespace hinge::bench {

/// The program's own flags.
struct Options {
  bool all = false; // --all: every shape instead of a few
  int threads = 1;  // --threads=N: for Hinge and the peers that have threads
};

// A benchmark is named operator/shape/peer, a limit of the machine limit/fma or
// limit/access/level. report.py reads the names and the counters `flop` and `bytes`, the work of
// one iteration, and `data`, the bytes that lie in memory for it.
void register_limits();
void register_activations(const Options &options);
void register_activation_gradients(const Options &options);
void register_linear(const Options &options);
void register_linear_gradients(const Options &options);

/// Floats that begin on a page, as every peer's do: where buffers lie in a page moves a loop that
/// runs in cache by several percent.
class Array {
public:
  explicit Array(std::size_t size)
      : size_(size),
        data_(static_cast<float *>(::operator new(size * sizeof(float) + slack, page))) {}
  float *data() { return data_.get(); }
  const float *data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  float &operator[](std::size_t i) { return data_.get()[i]; }
  float operator[](std::size_t i) const { return data_.get()[i]; }

  /// Bytes behind the end that a peer may read: XNNPACK does.
  static constexpr std::size_t slack = 128;

private:
  static constexpr std::align_val_t page{4096};
  struct Delete {
    void operator()(float *p) const { ::operator delete(p, page); }
  };
  std::size_t size_;
  std::unique_ptr<float, Delete> data_;
};

/// Standard normal numbers, the same ones in every run; from 2^20 floats on they repeat. No zeros,
/// no denormals: both can be quicker or slower than what a layer sees.
Array normal(std::size_t size, unsigned seed);

/// 256 MiB, or less where the six such arrays of a run would take more than three quarters of the
/// memory that is free when it is asked first.
std::size_t out_of_cache_floats();

/// Of the data cache of that level, 1 to 3, for one core; what an x86 server has where the system
/// doesn't say.
std::size_t cache_bytes(int level);

/// The value of the first line "key : value" of a file such as /proc/cpuinfo; "" if there is none.
std::string proc_field(const char *path, const std::string &key);

/// Says why and ends the program: a number from here on would compare different things.
[[noreturn]] void fail(const std::string &why);

} // namespace hinge::bench

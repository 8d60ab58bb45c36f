// What the benches for CPUs share: options, memory, data.
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
  int threads = 1;  // --threads=N, for Hinge and the peers that have threads
};

// A benchmark is named operator/shape/peer. A limit of the machine is named limit/fma or
// limit/access/level. bench/report reads the names and three counters. `flop` and `bytes` are the
// work of one iteration; `data` is the size of the memory that it uses.
void register_limits();
void register_activations(const Options &options);
void register_activation_gradients(const Options &options);
void register_linear(const Options &options);
void register_linear_gradients(const Options &options);

/// Floats that begin on a page. All peers have the same alignment, because the place in a page
/// changes the time of a loop in cache by several percent.
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

  /// Bytes behind the end that a peer may read, as XNNPACK does.
  static constexpr std::size_t slack = 128;

private:
  static constexpr std::align_val_t page{4096};
  struct Delete {
    void operator()(float *p) const { ::operator delete(p, page); }
  };
  std::size_t size_;
  std::unique_ptr<float, Delete> data_;
};

/// Standard normal numbers, the same ones in every run. They repeat after 2^20. None is zero or
/// denormal, because a CPU may be faster or slower with these.
Array normal(std::size_t size, unsigned seed);

/// 256 MiB of floats, or less: the six such arrays of a run take at most three quarters of the
/// memory that is free at the first call.
std::size_t out_of_cache_floats();

/// The size of a core's data cache of that level, 1 to 3. If the system does not say it, the size
/// is a typical x86 server's.
std::size_t cache_bytes(int level);

/// The value of the first line "key : value" of a file such as /proc/cpuinfo, or "".
std::string proc_field(const char *path, const std::string &key);

/// Prints the reason and ends the program, because further numbers would compare different things.
[[noreturn]] void fail(const std::string &why);

} // namespace hinge::bench

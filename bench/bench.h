// What the benches share: memory, data, names.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>

namespace hinge::bench {

// A benchmark is named operator/shape/peer, a limit of the machine limit/fma or limit/memcpy/size.
// report.py reads the names and the counters `flop` and `bytes`: the work of one iteration.
void register_activations(); // and limit/memcpy
void register_linear();      // and limit/fma

/// Floats that begin on a page, as every peer's do: where buffers lie in a page moves a loop that
/// runs in cache by several percent.
class Array {
public:
  explicit Array(std::size_t size)
      : size_(size), data_(static_cast<float *>(::operator new(size * sizeof(float), page))) {}
  float *data() { return data_.get(); }
  const float *data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  float &operator[](std::size_t i) { return data_.get()[i]; }
  float operator[](std::size_t i) const { return data_.get()[i]; }

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

/// The value of the first line "key : value" of a file such as /proc/cpuinfo; "" if there is none.
std::string proc_field(const char *path, const std::string &key);

/// Says why and ends the program: a number from here on would compare different things.
[[noreturn]] void fail(const std::string &why);

} // namespace hinge::bench

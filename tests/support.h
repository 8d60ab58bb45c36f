// What the tests share: oracles that know nothing of the kernels, memory with guard pages, values.
#pragma once

#include "hinge/hinge.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace hinge::detail {
struct Target;
}

namespace hinge_test {

// ---- Oracles -------------------------------------------------------------------------------

std::uint32_t bits(float x);
float from_bits(std::uint32_t u);

/// The contract's activation on the bits of a float, in integers only: no comparison, selection or
/// rounding of the floating-point unit takes part.
std::uint32_t activation_bits(hinge_activation act, std::uint32_t u);
float activation(hinge_activation act, float x);

/// The same for the gradient by the input, from the output (or input) `y` and the gradient `dy`.
std::uint32_t activation_backward_bits(hinge_activation act, std::uint32_t y, std::uint32_t dy);

/// The bit of a mask: whether the gradient passes where the output (or input) is `y`.
bool passes(hinge_activation act, std::uint32_t y);

/// The contract's sum: acc = bias; acc = fma(x[k], w[k], acc) for k ascending.
float sequential_fma(const float *x, const float *w, std::int64_t k_count, float bias);

/// The exact-enough sum in double and what a float computation of it may differ by.
struct Bounded {
  double value;
  double bound;
};
/// Each of the K products and the bias goes through at most K + 1 roundings of relative error
/// u = 2^-24 (one of the product, K of the additions), so the error is at most
/// gamma * (|bias| + sum |x w|) with gamma = (K+1) u / (1 - (K+1) u) (Higham, Accuracy and
/// Stability, 3.1), and a product may lose 2^-150 more where it is denormal.
Bounded dot_in_double(const float *x, const float *w, std::int64_t k_count, float bias);

/// NaNs of all kinds, zeros, infinities, denormals, the neighbours of 0 and of 6, largest values.
const std::vector<float> &special_values();

// ---- Values --------------------------------------------------------------------------------

/// Normal random numbers; the same for the same seed everywhere.
std::vector<float> random_values(std::size_t count, std::uint32_t seed);

// ---- Memory --------------------------------------------------------------------------------

/// Which side of a row touches the page that must not be touched.
enum class Flush { at_end, at_begin };

/// A matrix whose every row touches an inaccessible page: at its end, or (at_begin) at its begin.
/// A read or a write of one byte before or past a row on that side kills the test.
template <class T>
class GuardedRows {
public:
  GuardedRows(std::int64_t rows, std::int64_t cols, Flush flush);
  ~GuardedRows();
  GuardedRows(const GuardedRows &) = delete;
  GuardedRows &operator=(const GuardedRows &) = delete;

  T *data() const { return data_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  std::int64_t row_stride() const { return row_stride_; } // in elements
  T *row(std::int64_t m) const { return data_ + m * row_stride_; }
  void fill(const std::vector<T> &values); // row-major, repeated as needed
  void fill(T value) { fill(std::vector<T>{value}); }

private:
  void *memory_ = nullptr;
  std::size_t bytes_ = 0;
  T *data_ = nullptr;
  std::int64_t rows_, cols_, row_stride_;
};

class GuardedMatrix : public GuardedRows<float> {
public:
  using GuardedRows::GuardedRows;
  hinge_view view() const { return {data(), rows(), cols(), row_stride()}; }
  hinge_const_view const_view() const { return {data(), rows(), cols(), row_stride()}; }
};

/// A mask of `cols` bits.
class GuardedMask : public GuardedRows<std::uint8_t> {
public:
  GuardedMask(std::int64_t rows, std::int64_t cols, Flush flush)
      : GuardedRows(rows, (cols + 7) / 8, flush), bits_(cols) {}
  hinge_mask view() const { return {data(), rows(), bits_, row_stride()}; }
  hinge_const_mask const_view() const { return {data(), rows(), bits_, row_stride()}; }

private:
  std::int64_t bits_;
};

/// Bit i of a row of a mask, by the definition in hinge.h.
inline bool bit_at(const std::uint8_t *row, std::int64_t i) { return row[i / 8] >> (i % 8) & 1; }

constexpr std::int64_t mask_row_bytes(std::int64_t cols) { return (cols + 7) / 8; }

hinge_mask mask_view(std::vector<std::uint8_t> &m, std::int64_t rows, std::int64_t cols);
hinge_const_mask const_mask_view(const std::vector<std::uint8_t> &m, std::int64_t rows,
                                 std::int64_t cols);

/// The mask of a matrix of outputs (or inputs), dense, its padding bits 0.
std::vector<std::uint8_t> mask_of(hinge_activation act, hinge_const_view y);

inline constexpr Flush both_sides[] = {Flush::at_end, Flush::at_begin};

// ---- Targets -------------------------------------------------------------------------------

struct TestTarget {
  std::string name;
  bool has_fma;
  int lanes;
  int tile_features; // of its widest register tile
  int tile_rows;     // of its tallest one
};
TestTarget describe(const hinge::detail::Target &t);
/// Those that this CPU can run: a test suite has an instance for each.
std::vector<TestTarget> usable_targets();

/// "sse41, avx2, avx512, zen4": all that the library has, as messages list them.
std::string target_names();

/// Makes a large activation stream from that many bytes on, for a scope.
class ScopedStreamBytes {
public:
  explicit ScopedStreamBytes(std::int64_t bytes) { hinge_set_stream_bytes(bytes); }
  ~ScopedStreamBytes() { hinge_set_stream_bytes(-1); }
};

/// Lets calls use that many threads for a scope.
class ScopedThreads {
public:
  explicit ScopedThreads(int threads);
  ~ScopedThreads() { hinge_set_num_threads(1); }
};

/// Makes a target active for a scope.
class ScopedTarget {
public:
  explicit ScopedTarget(const std::string &name);
  ~ScopedTarget();
};

/// Fails unless y is act(bias + x w) as the contract has it for the target: the same bits with
/// FMA, within the bound without.
void expect_linear(const TestTarget &target, hinge_activation act, const float *x, const float *w,
                   std::int64_t k_count, float bias, float y);

hinge_const_view const_view(const std::vector<float> &v, std::int64_t rows, std::int64_t cols);
hinge_view view(std::vector<float> &v, std::int64_t rows, std::int64_t cols);

// The C interface with views by value, so that a call can write them in place.
hinge_status activation_forward(hinge_activation act, hinge_const_view x, hinge_view y);
hinge_status activation_backward(hinge_activation act, hinge_const_view y, hinge_const_view dy,
                                 hinge_view dx);
hinge_status linear_create(hinge_const_view weight, const float *bias, hinge_activation act,
                           hinge_linear **linear);
hinge_status linear_create_in(void *memory, std::size_t bytes, hinge_const_view weight,
                              const float *bias, hinge_activation act, hinge_linear **linear);
hinge_status linear_forward(const hinge_linear *linear, hinge_const_view x, hinge_view y);
hinge_status activation_forward_mask(hinge_activation act, hinge_const_view x, hinge_view y,
                                     hinge_mask mask);
hinge_status activation_mask(hinge_activation act, hinge_const_view y, hinge_mask mask);
hinge_status activation_backward_mask(hinge_const_mask mask, hinge_const_view dy, hinge_view dx);
hinge_status mask_count(hinge_const_mask mask, std::int64_t *per_row, std::int64_t *per_column);
hinge_status linear_forward_mask(const hinge_linear *linear, hinge_const_view x, hinge_view y,
                                 hinge_mask mask);
hinge_status linear_repack(hinge_linear *linear, hinge_const_view weight, const float *bias);

struct DestroyLinear {
  void operator()(hinge_linear *l) const { hinge_linear_destroy(l); }
};
using LinearPtr = std::unique_ptr<hinge_linear, DestroyLinear>;
LinearPtr create_linear(hinge_const_view weight, const float *bias, hinge_activation act);

inline const hinge_activation all_activations[] = {
#define HINGE_ACTIVATION(name, enumerator) HINGE_ACTIVATION_##enumerator,
#include "activations.inc"
#undef HINGE_ACTIVATION
};
/// All but NONE.
inline const std::vector<hinge_activation> elementwise_activations(std::begin(all_activations) + 1,
                                                                   std::end(all_activations));

#define ASSERT_HINGE_OK(call) ASSERT_EQ(HINGE_OK, call) << hinge_last_error()

inline std::string target_name(const ::testing::TestParamInfo<TestTarget> &info) {
  return info.param.name;
}

inline void PrintTo(const TestTarget &t, std::ostream *os) { *os << t.name; }

} // namespace hinge_test

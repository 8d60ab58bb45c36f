// Shared by the tests: oracles that share no code with the kernels, memory with guard pages,
// values.
#pragma once

#include "operators/arguments.h"

#include "hinge/hinge.h"

#include <hinge/plan/activations.h>

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

using hinge::detail::elements;

// ---- Oracles -------------------------------------------------------------------------------

std::uint32_t bits(float x);
float from_bits(std::uint32_t u);

/// The contract's activation on the bits of a float. It computes with integers only, so nothing
/// depends on the floating-point unit.
std::uint32_t activation_bits(hinge_activation act, std::uint32_t u);
float activation(hinge_activation act, float x);

/// The gradient by the input, from the output (or input) `y` and the gradient `dy`.
std::uint32_t activation_backward_bits(hinge_activation act, std::uint32_t y, std::uint32_t dy);

/// The bit of a mask: true if the gradient passes where the output (or input) is `y`.
bool passes(hinge_activation act, std::uint32_t y);

/// a * b + c, rounded once to the nearest float.
float fused(float a, float b, float c);

/// The terms in each part of a sum, by the contract; the last part may have fewer.
std::int64_t part_terms(std::int64_t terms);

/// The contract's sum. A part is a chain: acc = fma(x[k], w[k], acc) for k ascending. The first one
/// begins with the bias, the others with 0. The parts are added in order.
float sum_in_parts(const float *x, const float *w, std::int64_t k_count, float bias);

/// A sum in double, and the greatest error of its computation in float.
struct Bounded {
  double value;
  double bound;
};
/// Each product and the bias go through at most r = L + P roundings of relative error u = 2^-24 in
/// a sum of P parts of L terms: one of the product, L of its chain, P - 1 of the parts' additions.
/// The error is at most gamma * (|bias| + sum |x w|) with gamma = r u / (1 - r u); see Higham,
/// Accuracy and Stability, 3.1. A denormal product may lose 2^-150 more.
Bounded dot_in_double(const float *x, const float *w, std::int64_t k_count, float bias,
                      std::int64_t part_size);

/// NaNs of all kinds, zeros, infinities, denormals, the neighbours of 0 and of 6, the largest
/// values.
const std::vector<float> &special_values();

// ---- Values --------------------------------------------------------------------------------

/// Normal random numbers. A seed gives the same ones everywhere.
std::vector<float> random_values(std::size_t count, std::uint32_t seed);

// ---- Memory --------------------------------------------------------------------------------

/// The side of a row that touches an inaccessible page.
enum class Flush { at_end, at_begin };

/// A matrix whose every row touches an inaccessible page, at its begin or at its end. A read or a
/// write of one byte beyond the row on that side kills the test.
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

/// Returns bit i of a row of a mask, by the definition in hinge.h.
inline bool bit_at(const std::uint8_t *row, std::int64_t i) { return row[i / 8] >> (i % 8) & 1; }

constexpr std::int64_t mask_row_bytes(std::int64_t cols) { return (cols + 7) / 8; }

hinge_mask mask_view(std::vector<std::uint8_t> &m, std::int64_t rows, std::int64_t cols);
hinge_const_mask const_mask_view(const std::vector<std::uint8_t> &m, std::int64_t rows,
                                 std::int64_t cols);

/// Returns the mask of a matrix of outputs (or inputs). It is dense, with padding bits of 0.
std::vector<std::uint8_t> mask_of(hinge_activation act, hinge_const_view y);

inline constexpr Flush both_sides[] = {Flush::at_end, Flush::at_begin};

// ---- Targets -------------------------------------------------------------------------------

struct TestTarget {
  std::string name;
  bool has_fma;
  int lanes;
  int tile_features; // the features of its widest register tile
  int tile_rows;     // the rows of its tallest one
};
TestTarget describe(const hinge::detail::Target &t);
/// The targets that this CPU can run: a test suite has an instance for each.
std::vector<TestTarget> usable_targets();

/// All targets of the library as messages list them: "sse41, avx2, avx512, zen4".
std::string target_names();

/// Makes an activation use non-temporal stores from that many bytes on, for a scope.
class ScopedNontemporalBytes {
public:
  explicit ScopedNontemporalBytes(std::int64_t bytes) { hinge_set_nontemporal_bytes(bytes); }
  ~ScopedNontemporalBytes() { hinge_set_nontemporal_bytes(-1); }
};

/// Sets the number of threads for a scope.
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

/// Fails unless y is act(bias + x w) by the contract: the same bits for a target with FMA, within
/// the bound for one without.
void expect_linear(const TestTarget &target, hinge_activation act, const float *x, const float *w,
                   std::int64_t k_count, float bias, float y);

hinge_const_view const_view(const std::vector<float> &v, std::int64_t rows, std::int64_t cols);
hinge_view view(std::vector<float> &v, std::int64_t rows, std::int64_t cols);

// The C interface with views by value, so that a call can construct its views.
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

inline const std::vector<hinge_activation> all_activations = [] {
  std::vector<hinge_activation> all;
  for (int i = 0; i < hinge::plan::activation_count; i++)
    all.push_back(hinge_activation(i));
  return all;
}();
/// All but NONE.
inline const std::vector<hinge_activation> elementwise_activations(all_activations.begin() + 1,
                                                                   all_activations.end());

/// Checks that the last message is `what`, or goes on from there with what is expected, in numbers.
inline void expect_refusal(const std::string &what) {
  const std::string message = hinge_last_error();
  EXPECT_EQ(what, message.substr(0, what.size()));
  EXPECT_TRUE(message == what || message.find(": expected ", what.size()) == what.size())
      << message;
  EXPECT_NE(std::string::npos, message.find_first_of("0123456789", message.find(": "))) << message;
}

#define ASSERT_HINGE_OK(call) ASSERT_EQ(HINGE_OK, call) << hinge_last_error()

inline std::string target_name(const ::testing::TestParamInfo<TestTarget> &info) {
  return info.param.name;
}

inline void PrintTo(const TestTarget &t, std::ostream *os) { *os << t.name; }

} // namespace hinge_test

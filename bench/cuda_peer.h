// cuBLASLt as hinge_bench_cuda compares with it. The library is loaded at run time, so that the
// bench starts where there is none.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace hinge::bench {

/// Queues one call.
using Work = std::function<void()>;

/// C = op(A) op(B) of float matrices in column-major order, C m x n, in true float32.
struct Product {
  bool a_transposed, b_transposed;
  std::int64_t m, n, k;
  const float *a;
  std::int64_t lda;
  const float *b;
  std::int64_t ldb;
  float *c;
  std::int64_t ldc;
  const float *bias = nullptr; // given: C = ReLU(op(A) op(B) + bias), bias by the row
};

class Cublaslt {
public:
  virtual ~Cublaslt() = default;
  virtual std::string version() const = 0;
  /// The product by the algorithm that `microseconds` finds the quickest of those that the library
  /// proposes and that compute with float32 FMAs alone. Throws where there is none.
  virtual Work prepare(const Product &product,
                       const std::function<double(const Work &)> &microseconds) = 0;
};

/// `why` says why it is null.
std::unique_ptr<Cublaslt> load_cublaslt(void *stream, void *workspace, std::size_t workspace_bytes,
                                        std::string &why);

} // namespace hinge::bench

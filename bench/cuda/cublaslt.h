// cuBLASLt as hinge_bench_cuda compares with it. The bench loads the library at run time, and so
// starts without it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace hinge::bench {

/// Queues one call.
using Work = std::function<void()>;

/// C = op(A) op(B), computed in true float32. The matrices are in column-major order, C is m x n.
struct Product {
  bool a_transposed, b_transposed;
  std::int64_t m, n, k;
  const float *a;
  std::int64_t lda;
  const float *b;
  std::int64_t ldb;
  float *c;
  std::int64_t ldc;
  const float *bias = nullptr; // if given, C = ReLU(op(A) op(B) + bias), one bias for each row
};

class Cublaslt {
public:
  virtual ~Cublaslt() = default;
  virtual std::string version() const = 0;
  /// Returns the product by the fastest of the algorithms that the library proposes and that use
  /// float32 FMAs alone. `microseconds` measures one. Throws if there is no such algorithm.
  virtual Work prepare(const Product &product,
                       const std::function<double(const Work &)> &microseconds) = 0;
};

/// If the result is null, `why` says the reason.
std::unique_ptr<Cublaslt> load_cublaslt(void *stream, void *workspace, std::size_t workspace_bytes,
                                        std::string &why);

} // namespace hinge::bench

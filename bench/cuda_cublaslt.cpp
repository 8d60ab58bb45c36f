#include "cuda_peer.h"

#ifdef HINGE_BENCH_CUBLASLT

#include <array>
#include <cstdlib>
#include <cublasLt.h>
#include <dlfcn.h>
#include <limits>
#include <stdexcept>

namespace hinge::bench {

namespace {

/// True float32: not CUBLAS_COMPUTE_32F_FAST_TF32 or another that rounds what goes in.
constexpr cublasComputeType_t compute_type = CUBLAS_COMPUTE_32F;

/// How many algorithms are asked for.
constexpr int most_algorithms = 16;

#define HINGE_CUBLASLT_FUNCTIONS(F)                                                                \
  F(cublasLtCreate)                                                                                \
  F(cublasLtDestroy)                                                                               \
  F(cublasLtGetVersion)                                                                            \
  F(cublasLtMatmul)                                                                                \
  F(cublasLtMatmulAlgoCapGetAttribute)                                                             \
  F(cublasLtMatmulAlgoGetHeuristic)                                                                \
  F(cublasLtMatmulDescCreate)                                                                      \
  F(cublasLtMatmulDescDestroy)                                                                     \
  F(cublasLtMatmulDescGetAttribute)                                                                \
  F(cublasLtMatmulDescSetAttribute)                                                                \
  F(cublasLtMatmulPreferenceCreate)                                                                \
  F(cublasLtMatmulPreferenceDestroy)                                                               \
  F(cublasLtMatmulPreferenceSetAttribute)                                                          \
  F(cublasLtMatrixLayoutCreate)                                                                    \
  F(cublasLtMatrixLayoutDestroy)

struct Functions {
#define HINGE_DECLARE(name) decltype(&::name) name = nullptr;
  HINGE_CUBLASLT_FUNCTIONS(HINGE_DECLARE)
#undef HINGE_DECLARE
};

void check(cublasStatus_t status, const char *function) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw std::runtime_error(std::string(function) + " returned " + std::to_string(int(status)));
}

/// What a product is described by; ended with its last copy of the Work.
struct Described {
  const Functions &lt;
  cublasLtMatmulDesc_t matmul = nullptr;
  cublasLtMatrixLayout_t a = nullptr, b = nullptr, c = nullptr;
  cublasLtMatmulPreference_t preference = nullptr;

  Described(const Functions &functions, const Product &p, std::size_t workspace_bytes)
      : lt(functions) {
    check(lt.cublasLtMatmulDescCreate(&matmul, compute_type, CUDA_R_32F),
          "cublasLtMatmulDescCreate");
    const cublasOperation_t a_op = p.a_transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    const cublasOperation_t b_op = p.b_transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    set(CUBLASLT_MATMUL_DESC_TRANSA, a_op);
    set(CUBLASLT_MATMUL_DESC_TRANSB, b_op);
    if (p.bias) {
      set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_RELU_BIAS);
      set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, p.bias);
    }
    layout(&a, p.a_transposed, p.m, p.k, p.lda);
    layout(&b, p.b_transposed, p.k, p.n, p.ldb);
    layout(&c, false, p.m, p.n, p.ldc);
    check(lt.cublasLtMatmulPreferenceCreate(&preference), "cublasLtMatmulPreferenceCreate");
    check(lt.cublasLtMatmulPreferenceSetAttribute(preference,
                                                  CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                                  &workspace_bytes, sizeof workspace_bytes),
          "cublasLtMatmulPreferenceSetAttribute");
  }
  Described(const Described &) = delete;
  Described &operator=(const Described &) = delete;
  ~Described() {
    if (preference)
      lt.cublasLtMatmulPreferenceDestroy(preference);
    for (cublasLtMatrixLayout_t l : {a, b, c})
      if (l)
        lt.cublasLtMatrixLayoutDestroy(l);
    if (matmul)
      lt.cublasLtMatmulDescDestroy(matmul);
  }

private:
  template <class T>
  void set(cublasLtMatmulDescAttributes_t attribute, const T &value) {
    check(lt.cublasLtMatmulDescSetAttribute(matmul, attribute, &value, sizeof value),
          "cublasLtMatmulDescSetAttribute");
  }
  /// Of a matrix whose op() is rows x cols.
  void layout(cublasLtMatrixLayout_t *l, bool transposed, std::int64_t rows, std::int64_t cols,
              std::int64_t ld) {
    check(lt.cublasLtMatrixLayoutCreate(l, CUDA_R_32F, std::uint64_t(transposed ? cols : rows),
                                        std::uint64_t(transposed ? rows : cols), ld),
          "cublasLtMatrixLayoutCreate");
  }
};

class Loaded : public Cublaslt {
public:
  Loaded(const Functions &functions, void *stream, void *workspace, std::size_t workspace_bytes)
      : lt_(functions), stream_(static_cast<cudaStream_t>(stream)), workspace_(workspace),
        workspace_bytes_(workspace_bytes) {
    check(lt_.cublasLtCreate(&handle_), "cublasLtCreate");
  }
  ~Loaded() override { lt_.cublasLtDestroy(handle_); }

  std::string version() const override {
    const std::size_t v = lt_.cublasLtGetVersion(); // 12.4.5 is 120405, 11.4.1 11401
    const std::size_t major = v >= 100000 ? v / 10000 : v / 1000;
    return std::to_string(major) + "." + std::to_string(v / 100 % (v >= 100000 ? 100 : 10)) + "." +
           std::to_string(v % 100);
  }

  Work prepare(const Product &p, const std::function<double(const Work &)> &microseconds) override {
    const auto d = std::make_shared<Described>(lt_, p, workspace_bytes_);
    cublasComputeType_t computes;
    check(lt_.cublasLtMatmulDescGetAttribute(d->matmul, CUBLASLT_MATMUL_DESC_COMPUTE_TYPE,
                                             &computes, sizeof computes, nullptr),
          "cublasLtMatmulDescGetAttribute");
    if (computes != CUBLAS_COMPUTE_32F)
      throw std::runtime_error("cuBLASLt does not compute in float32");

    std::array<cublasLtMatmulHeuristicResult_t, most_algorithms> found;
    int count = 0;
    check(lt_.cublasLtMatmulAlgoGetHeuristic(handle_, d->matmul, d->a, d->b, d->c, d->c,
                                             d->preference, most_algorithms, found.data(), &count),
          "cublasLtMatmulAlgoGetHeuristic");
    Work quickest;
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < count; i++) {
      const auto &result = found[std::size_t(i)];
      if (result.state != CUBLAS_STATUS_SUCCESS || !is_float32(result.algo))
        continue;
      const Work work = [this, d, p, algorithm = result.algo] {
        const float alpha = 1, beta = 0;
        check(lt_.cublasLtMatmul(handle_, d->matmul, &alpha, p.a, d->a, p.b, d->b, &beta, p.c, d->c,
                                 p.c, d->c, &algorithm, workspace_, workspace_bytes_, stream_),
              "cublasLtMatmul");
      };
      const double us = microseconds(work);
      if (us < least) {
        least = us;
        quickest = work;
      }
    }
    if (!quickest)
      throw std::runtime_error("cuBLASLt has no float32 algorithm, of " + std::to_string(count));
    return quickest;
  }

private:
  /// By FMAs of float32, not by tensor cores, which would take TF32 or parts in BF16.
  bool is_float32(const cublasLtMatmulAlgo_t &algorithm) const {
    std::uint64_t flags = 0;
    if (lt_.cublasLtMatmulAlgoCapGetAttribute(&algorithm, CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS,
                                              &flags, sizeof flags,
                                              nullptr) != CUBLAS_STATUS_SUCCESS)
      return true; // an older library, which does not say: the results are compared
    return !(flags & CUBLASLT_NUMERICAL_IMPL_FLAGS_TENSOR_OP_MASK);
  }

  Functions lt_;
  cudaStream_t stream_;
  void *workspace_;
  std::size_t workspace_bytes_;
  cublasLtHandle_t handle_ = nullptr;
};

} // namespace

std::unique_ptr<Cublaslt> load_cublaslt(void *stream, void *workspace, std::size_t workspace_bytes,
                                        std::string &why) {
  void *library = nullptr;
  if (const char *path = std::getenv("HINGE_CUBLASLT")) {
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
      why = std::string("HINGE_CUBLASLT is \"") + path + "\", which could not be loaded";
  } else {
    for (const char *name :
         {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so",
          "/usr/local/cuda/lib64/libcublasLt.so.13", "/usr/local/cuda/lib64/libcublasLt.so.12"})
      if (!library)
        library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library)
      why = "libcublasLt.so.13, .12 and libcublasLt.so could not be loaded; HINGE_CUBLASLT names "
            "another path";
  }
  if (!library)
    return nullptr;
  Functions functions;
#define HINGE_FIND(name)                                                                           \
  functions.name = reinterpret_cast<decltype(functions.name)>(dlsym(library, #name));              \
  if (!functions.name) {                                                                           \
    why = "cuBLASLt has no " #name;                                                                \
    return nullptr;                                                                                \
  }
  HINGE_CUBLASLT_FUNCTIONS(HINGE_FIND)
#undef HINGE_FIND
  try {
    return std::make_unique<Loaded>(functions, stream, workspace, workspace_bytes);
  } catch (const std::exception &e) {
    why = e.what();
    return nullptr;
  }
}

} // namespace hinge::bench

#else

namespace hinge::bench {

std::unique_ptr<Cublaslt> load_cublaslt(void *, void *, std::size_t, std::string &why) {
  why = "it was built without cublasLt.h";
  return nullptr;
}

} // namespace hinge::bench

#endif

#include "cublaslt.h"

#ifdef HINGE_BENCH_CUBLASLT

#include "symbol.h"

#include <array>
#include <cstdlib>
#include <cublasLt.h>
#include <dlfcn.h>
#include <limits>
#include <stdexcept>

namespace hinge::bench {

namespace {

/// True float32. CUBLAS_COMPUTE_32F_FAST_TF32 and others round the operands.
constexpr cublasComputeType_t compute_type = CUBLAS_COMPUTE_32F;

/// How many algorithms the library may propose.
constexpr int most_algorithms = 16;

Symbol find(void *library, const char *name) {
  void *const address = dlsym(library, name);
  if (!address)
    throw std::runtime_error(std::string("cuBLASLt has no ") + name);
  return Symbol(address);
}

/// The functions of the loaded library, each of the type that the header declares.
struct Functions {
  void *library;

#define HINGE_CUBLASLT(name) decltype(&::name) name = find(library, #name)
  HINGE_CUBLASLT(cublasLtCreate);
  HINGE_CUBLASLT(cublasLtDestroy);
  HINGE_CUBLASLT(cublasLtGetVersion);
  HINGE_CUBLASLT(cublasLtMatmul);
  HINGE_CUBLASLT(cublasLtMatmulAlgoCapGetAttribute);
  HINGE_CUBLASLT(cublasLtMatmulAlgoGetHeuristic);
  HINGE_CUBLASLT(cublasLtMatmulDescCreate);
  HINGE_CUBLASLT(cublasLtMatmulDescDestroy);
  HINGE_CUBLASLT(cublasLtMatmulDescGetAttribute);
  HINGE_CUBLASLT(cublasLtMatmulDescSetAttribute);
  HINGE_CUBLASLT(cublasLtMatmulPreferenceCreate);
  HINGE_CUBLASLT(cublasLtMatmulPreferenceDestroy);
  HINGE_CUBLASLT(cublasLtMatmulPreferenceSetAttribute);
  HINGE_CUBLASLT(cublasLtMatrixLayoutCreate);
  HINGE_CUBLASLT(cublasLtMatrixLayoutDestroy);
#undef HINGE_CUBLASLT
};

void check(cublasStatus_t status, const char *function) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw std::runtime_error(std::string(function) + " returned " + std::to_string(int(status)));
}

/// cuBLASLt's description of a product. The copies of its Work share it.
struct Description {
  const Functions &lt;
  cublasLtMatmulDesc_t matmul = nullptr;
  cublasLtMatrixLayout_t a = nullptr, b = nullptr, c = nullptr;
  cublasLtMatmulPreference_t preference = nullptr;

  Description(const Functions &functions, const Product &p, std::size_t workspace_bytes)
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
  Description(const Description &) = delete;
  Description &operator=(const Description &) = delete;
  ~Description() {
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
  /// Describes a matrix whose op() is rows x cols.
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
    const auto d = std::make_shared<Description>(lt_, p, workspace_bytes_);
    check_compute_type(*d);
    std::array<cublasLtMatmulHeuristicResult_t, most_algorithms> found;
    int count = 0;
    check(lt_.cublasLtMatmulAlgoGetHeuristic(handle_, d->matmul, d->a, d->b, d->c, d->c,
                                             d->preference, most_algorithms, found.data(), &count),
          "cublasLtMatmulAlgoGetHeuristic");
    Work fastest;
    double least = std::numeric_limits<double>::infinity();
    for (int i = 0; i < count; i++) {
      const auto &result = found[std::size_t(i)];
      if (result.state != CUBLAS_STATUS_SUCCESS || !is_float32(result.algo))
        continue;
      const Work work = product(p, d, result.algo);
      if (const double us = microseconds(work); us < least) {
        least = us;
        fastest = work;
      }
    }
    if (!fastest)
      throw std::runtime_error("cuBLASLt has no float32 algorithm, of " + std::to_string(count));
    return fastest;
  }

private:
  Work product(const Product &p, const std::shared_ptr<Description> &d,
               const cublasLtMatmulAlgo_t &algorithm) const {
    return [this, p, d, algorithm] {
      const float alpha = 1, beta = 0;
      check(lt_.cublasLtMatmul(handle_, d->matmul, &alpha, p.a, d->a, p.b, d->b, &beta, p.c, d->c,
                               p.c, d->c, &algorithm, workspace_, workspace_bytes_, stream_),
            "cublasLtMatmul");
    };
  }

  void check_compute_type(const Description &d) const {
    cublasComputeType_t computes;
    check(lt_.cublasLtMatmulDescGetAttribute(d.matmul, CUBLASLT_MATMUL_DESC_COMPUTE_TYPE, &computes,
                                             sizeof computes, nullptr),
          "cublasLtMatmulDescGetAttribute");
    if (computes != CUBLAS_COMPUTE_32F)
      throw std::runtime_error("cuBLASLt does not compute in float32");
  }

  /// Whether the algorithm uses float32 FMAs. Tensor cores would round the operands to TF32 or
  /// split them into BF16. An older library does not say; the comparison of the results then
  /// decides.
  bool is_float32(const cublasLtMatmulAlgo_t &algorithm) const {
    std::uint64_t flags = 0;
    if (lt_.cublasLtMatmulAlgoCapGetAttribute(&algorithm, CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS,
                                              &flags, sizeof flags,
                                              nullptr) != CUBLAS_STATUS_SUCCESS)
      return true;
    return !(flags & CUBLASLT_NUMERICAL_IMPL_FLAGS_TENSOR_OP_MASK);
  }

  Functions lt_;
  cudaStream_t stream_;
  void *workspace_;
  std::size_t workspace_bytes_;
  cublasLtHandle_t handle_ = nullptr;
};

void *open_library() {
  if (const char *path = std::getenv("HINGE_CUBLASLT")) {
    if (void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL))
      return library;
    throw std::runtime_error(std::string("HINGE_CUBLASLT is \"") + path +
                             "\", which could not be loaded");
  }
  for (const char *name :
       {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so",
        "/usr/local/cuda/lib64/libcublasLt.so.13", "/usr/local/cuda/lib64/libcublasLt.so.12"})
    if (void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL))
      return library;
  throw std::runtime_error("libcublasLt.so.13, .12 and libcublasLt.so could not be loaded; "
                           "HINGE_CUBLASLT names another path");
}

} // namespace

std::unique_ptr<Cublaslt> load_cublaslt(void *stream, void *workspace, std::size_t workspace_bytes,
                                        std::string &why) {
  try {
    return std::make_unique<Loaded>(Functions{open_library()}, stream, workspace, workspace_bytes);
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

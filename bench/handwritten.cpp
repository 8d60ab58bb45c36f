#include "handwritten.h"

#include "bench.h"

#include <immintrin.h>

// The loops are in handwritten.inc, once; here is what they are made of. Each function has the
// instruction set as an attribute, as this file is compiled for any x86-64.
namespace hinge::bench {

namespace sse41 {
#define HINGE_TARGET __attribute__((target("sse4.1")))
using V = __m128;
constexpr std::size_t lanes = 4;
HINGE_TARGET inline V set1(float a) { return _mm_set1_ps(a); }
HINGE_TARGET inline V load(const float *p) { return _mm_loadu_ps(p); }
HINGE_TARGET inline void store(float *p, V a) { _mm_storeu_ps(p, a); }
HINGE_TARGET inline V max(V a, V b) { return _mm_max_ps(a, b); }
HINGE_TARGET inline V min(V a, V b) { return _mm_min_ps(a, b); }
HINGE_TARGET inline V add(V a, V b) { return _mm_add_ps(a, b); }
HINGE_TARGET inline V fma(V a, V b, V c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
#include "handwritten.inc"
#undef HINGE_TARGET
} // namespace sse41

namespace avx2 {
#define HINGE_TARGET __attribute__((target("avx2,fma")))
using V = __m256;
constexpr std::size_t lanes = 8;
HINGE_TARGET inline V set1(float a) { return _mm256_set1_ps(a); }
HINGE_TARGET inline V load(const float *p) { return _mm256_loadu_ps(p); }
HINGE_TARGET inline void store(float *p, V a) { _mm256_storeu_ps(p, a); }
HINGE_TARGET inline V max(V a, V b) { return _mm256_max_ps(a, b); }
HINGE_TARGET inline V min(V a, V b) { return _mm256_min_ps(a, b); }
HINGE_TARGET inline V add(V a, V b) { return _mm256_add_ps(a, b); }
HINGE_TARGET inline V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
#include "handwritten.inc"
#undef HINGE_TARGET
} // namespace avx2

namespace avx512 {
#define HINGE_TARGET __attribute__((target("avx512f")))
using V = __m512;
constexpr std::size_t lanes = 16;
HINGE_TARGET inline V set1(float a) { return _mm512_set1_ps(a); }
HINGE_TARGET inline V load(const float *p) { return _mm512_loadu_ps(p); }
HINGE_TARGET inline void store(float *p, V a) { _mm512_storeu_ps(p, a); }
HINGE_TARGET inline V max(V a, V b) { return _mm512_max_ps(a, b); }
HINGE_TARGET inline V min(V a, V b) { return _mm512_min_ps(a, b); }
HINGE_TARGET inline V add(V a, V b) { return _mm512_add_ps(a, b); }
HINGE_TARGET inline V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
#include "handwritten.inc"
#undef HINGE_TARGET
} // namespace avx512

const Handwritten &handwritten(const std::string &target) {
  static const struct {
    const char *target;
    const Handwritten *loops;
  } all[] = {{"sse41", &sse41::loops},
             {"avx2", &avx2::loops},
             {"avx512", &avx512::loops},
             {"zen4", &avx512::loops}};
  for (const auto &entry : all)
    if (target == entry.target)
      return *entry.loops;
  fail("there are no hand-written loops for the target " + target + ": add them to " __FILE__);
}

} // namespace hinge::bench

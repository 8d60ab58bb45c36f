#include "cpu/handwritten.h"

#include "cpu/bench.h"

#include <immintrin.h>

#include <algorithm>
#include <cstring>

// This file defines the vector operations of each instruction set; handwritten.inc has the loops
// over them, once. Each function names its instruction set in an attribute, because this file is
// compiled for any x86-64. load_part and store_part take less than a vector. M is the result of a
// comparison: the lanes that pass.
namespace hinge::bench {

/// From this many floats on, no cache holds x and y of a loop. Nontemporal stores then save the
/// reading of y: 64 Mi floats take 15.2 ms instead of 22.
static const std::size_t nontemporal_floats = cache_bytes(3) / sizeof(float) / 2;

namespace scalar {
static void bias_relu_row(float *y, const float *bias, std::size_t n) {
  for (std::size_t i = 0; i < n; i++)
    y[i] = y[i] + bias[i] < 0.0f ? 0.0f : y[i] + bias[i];
}
} // namespace scalar

namespace sse41 {
namespace narrower = scalar;
#define HINGE_TARGET __attribute__((target("sse4.1")))
using V = __m128;
constexpr std::size_t lanes = 4;
HINGE_TARGET inline V set1(float a) { return _mm_set1_ps(a); }
HINGE_TARGET inline V load(const float *p) { return _mm_loadu_ps(p); }
HINGE_TARGET inline void store(float *p, V a) { _mm_storeu_ps(p, a); }
HINGE_TARGET inline V max(V a, V b) { return _mm_max_ps(a, b); }
HINGE_TARGET inline V min(V a, V b) { return _mm_min_ps(a, b); }
HINGE_TARGET inline V add(V a, V b) { return _mm_add_ps(a, b); }
HINGE_TARGET inline V mul(V a, V b) { return _mm_mul_ps(a, b); }
HINGE_TARGET inline V fma(V a, V b, V c) { return _mm_add_ps(_mm_mul_ps(a, b), c); }
using M = __m128;
using Bits = std::uint16_t; // one for each lane of four vectors
HINGE_TARGET inline M not_le(V a, V b) { return _mm_cmpnle_ps(a, b); }
HINGE_TARGET inline M not_ge(V a, V b) { return _mm_cmpnge_ps(a, b); }
HINGE_TARGET inline M both(M a, M b) { return _mm_and_ps(a, b); }
HINGE_TARGET inline V keep(M m, V a) { return _mm_and_ps(m, a); }
HINGE_TARGET inline std::uint64_t bits(M m) { return unsigned(_mm_movemask_ps(m)); }
HINGE_TARGET inline M mask_of(std::uint64_t bits) {
  const __m128i bit = _mm_setr_epi32(1, 2, 4, 8);
  return _mm_castsi128_ps(_mm_cmpeq_epi32(_mm_and_si128(_mm_set1_epi32(int(bits)), bit), bit));
}
HINGE_TARGET inline void store_nontemporal(float *p, V a) { _mm_stream_ps(p, a); }
HINGE_TARGET inline V load_part(const float *p, std::size_t count) {
  float part[lanes] = {};
  std::memcpy(part, p, count * sizeof(float));
  return load(part);
}
HINGE_TARGET inline void store_part(float *p, V a, std::size_t count) {
  float part[lanes];
  store(part, a);
  std::memcpy(p, part, count * sizeof(float));
}
#include "handwritten.inc"
#undef HINGE_TARGET
} // namespace sse41

namespace avx2 {
namespace narrower = sse41;
#define HINGE_TARGET __attribute__((target("avx2,fma")))
using V = __m256;
constexpr std::size_t lanes = 8;
HINGE_TARGET inline V set1(float a) { return _mm256_set1_ps(a); }
HINGE_TARGET inline V load(const float *p) { return _mm256_loadu_ps(p); }
HINGE_TARGET inline void store(float *p, V a) { _mm256_storeu_ps(p, a); }
HINGE_TARGET inline V max(V a, V b) { return _mm256_max_ps(a, b); }
HINGE_TARGET inline V min(V a, V b) { return _mm256_min_ps(a, b); }
HINGE_TARGET inline V add(V a, V b) { return _mm256_add_ps(a, b); }
HINGE_TARGET inline V mul(V a, V b) { return _mm256_mul_ps(a, b); }
HINGE_TARGET inline V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }
using M = __m256;
using Bits = std::uint32_t; // one for each lane of four vectors
HINGE_TARGET inline M not_le(V a, V b) { return _mm256_cmp_ps(a, b, _CMP_NLE_UQ); }
HINGE_TARGET inline M not_ge(V a, V b) { return _mm256_cmp_ps(a, b, _CMP_NGE_UQ); }
HINGE_TARGET inline M both(M a, M b) { return _mm256_and_ps(a, b); }
HINGE_TARGET inline V keep(M m, V a) { return _mm256_and_ps(m, a); }
HINGE_TARGET inline std::uint64_t bits(M m) { return unsigned(_mm256_movemask_ps(m)); }
HINGE_TARGET inline M mask_of(std::uint64_t bits) {
  const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  return _mm256_castsi256_ps(
      _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(int(bits)), bit), bit));
}
HINGE_TARGET inline void store_nontemporal(float *p, V a) { _mm256_stream_ps(p, a); }
HINGE_TARGET inline __m256i first(std::size_t count) {
  static const std::int32_t mask[2 * lanes] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(mask + lanes - count));
}
HINGE_TARGET inline V load_part(const float *p, std::size_t count) {
  return _mm256_maskload_ps(p, first(count));
}
HINGE_TARGET inline void store_part(float *p, V a, std::size_t count) {
  _mm256_maskstore_ps(p, first(count), a);
}
#include "handwritten.inc"
#undef HINGE_TARGET
} // namespace avx2

namespace avx512 {
namespace narrower = avx2;
#define HINGE_TARGET __attribute__((target("avx512f")))
using V = __m512;
constexpr std::size_t lanes = 16;
HINGE_TARGET inline V set1(float a) { return _mm512_set1_ps(a); }
HINGE_TARGET inline V load(const float *p) { return _mm512_loadu_ps(p); }
HINGE_TARGET inline void store(float *p, V a) { _mm512_storeu_ps(p, a); }
HINGE_TARGET inline V max(V a, V b) { return _mm512_max_ps(a, b); }
HINGE_TARGET inline V min(V a, V b) { return _mm512_min_ps(a, b); }
HINGE_TARGET inline V add(V a, V b) { return _mm512_add_ps(a, b); }
HINGE_TARGET inline V mul(V a, V b) { return _mm512_mul_ps(a, b); }
HINGE_TARGET inline V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }
using M = __mmask16;
using Bits = std::uint64_t; // one for each lane of four vectors
HINGE_TARGET inline M not_le(V a, V b) { return _mm512_cmp_ps_mask(a, b, _CMP_NLE_UQ); }
HINGE_TARGET inline M not_ge(V a, V b) { return _mm512_cmp_ps_mask(a, b, _CMP_NGE_UQ); }
HINGE_TARGET inline M both(M a, M b) { return M(a & b); }
HINGE_TARGET inline V keep(M m, V a) { return _mm512_maskz_mov_ps(m, a); }
HINGE_TARGET inline std::uint64_t bits(M m) { return m; }
HINGE_TARGET inline M mask_of(std::uint64_t bits) { return M(bits); }
HINGE_TARGET inline void store_nontemporal(float *p, V a) { _mm512_stream_ps(p, a); }
HINGE_TARGET inline __mmask16 first(std::size_t count) { return __mmask16((1u << count) - 1); }
HINGE_TARGET inline V load_part(const float *p, std::size_t count) {
  return _mm512_maskz_loadu_ps(first(count), p);
}
HINGE_TARGET inline void store_part(float *p, V a, std::size_t count) {
  _mm512_mask_storeu_ps(p, first(count), a);
}
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

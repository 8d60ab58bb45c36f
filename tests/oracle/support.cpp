#include "support.h"

#include "dispatch/target.h"

#if defined(_WIN32)
#if !defined(NOMINMAX) // libstdc++ of MinGW defines it
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <sys/mman.h>
#include <unistd.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>

namespace hinge_test {

std::uint32_t bits(float x) {
  std::uint32_t u;
  std::memcpy(&u, &x, sizeof u);
  return u;
}

float from_bits(std::uint32_t u) {
  float x;
  std::memcpy(&x, &u, sizeof x);
  return x;
}

std::uint32_t activation_bits(hinge_activation act, std::uint32_t u) {
  constexpr std::uint32_t infinity = 0x7f800000, minus_zero = 0x80000000, six = 0x40c00000;
  const bool nan = (u & 0x7fffffff) > infinity;
  const bool negative = u > minus_zero; // the sign bit is set, and it is not -0
  switch (act) {
  case HINGE_ACTIVATION_NONE:
    return u;
  case HINGE_ACTIVATION_RELU:
    return !nan && negative ? 0 : u;
  case HINGE_ACTIVATION_RELU6:
    return nan ? u : negative ? 0 : u != minus_zero && u > six ? six : u;
  }
  throw std::logic_error("no oracle for activation " + std::to_string(act));
}

std::uint32_t activation_backward_bits(hinge_activation act, std::uint32_t y, std::uint32_t dy) {
  constexpr std::uint32_t infinity = 0x7f800000, six = 0x40c00000;
  const bool nan = (y & 0x7fffffff) > infinity;
  const bool positive = !nan && y != 0 && y < 0x80000000;
  switch (act) {
  case HINGE_ACTIVATION_NONE:
    return dy;
  case HINGE_ACTIVATION_RELU:
    return nan || positive ? dy : 0;
  case HINGE_ACTIVATION_RELU6:
    return nan || (positive && y < six) ? dy : 0;
  }
  throw std::logic_error("no oracle for the gradient of activation " + std::to_string(act));
}

float activation(hinge_activation act, float x) { return from_bits(activation_bits(act, bits(x))); }

bool passes(hinge_activation act, std::uint32_t y) {
  return activation_backward_bits(act, y, bits(1.0f)) != 0;
}

float fused(float a, float b, float c) {
#if defined(__MINGW32__)
  // MinGW's fmaf rounds twice. Here the first sum is rounded to odd: its last bit is 1 if it is not
  // exact. The second rounding then gives what one would (Boldo, Melquiond, "Emulation of a FMA").
  const double product = double(a) * double(b), sum = product + double(c); // the product is exact
  const double c_part = sum - product;
  const double error = (product - (sum - c_part)) + (double(c) - c_part);
  std::uint64_t last;
  std::memcpy(&last, &sum, sizeof last);
  if (!std::isfinite(sum) || error == 0 || (last & 1))
    return float(sum);
  return float(std::nextafter(sum, error > 0 ? HUGE_VAL : -HUGE_VAL));
#else
  return std::fma(a, b, c);
#endif
}

std::int64_t part_terms(std::int64_t terms) {
  if (terms < 32)
    return terms;
  const std::int64_t parts = std::max<std::int64_t>(2, (terms - 1) / 256 + 1);
  for (std::int64_t size = 256; size >= 16; size -= 16) {
    const bool fits = (size - 16) * parts < terms; // the least multiple of 16 for so many parts
    const std::int64_t in_last = (terms - 1) % size + 1;
    if (fits && in_last >= 4 && (size > 16 || terms == 32))
      return size;
  }
  return terms;
}

float sum_in_parts(const float *x, const float *w, std::int64_t k_count, float bias) {
  const std::int64_t size = part_terms(k_count);
  float sum = bias;
  for (std::int64_t begin = 0; begin < k_count; begin += size) {
    float part = begin == 0 ? bias : 0.0f;
    for (std::int64_t k = begin; k < k_count && k < begin + size; k++)
      part = fused(x[k], w[k], part);
    sum = begin == 0 ? part : sum + part;
  }
  return sum;
}

Bounded dot_in_double(const float *x, const float *w, std::int64_t k_count, float bias,
                      std::int64_t part_size) {
  double sum = bias, magnitude = std::fabs(bias);
  for (std::int64_t k = 0; k < k_count; k++) {
    sum += double(x[k]) * double(w[k]);
    magnitude += std::fabs(double(x[k]) * double(w[k]));
  }
  const std::int64_t parts = k_count > 0 ? (k_count - 1) / part_size + 1 : 1;
  const double n = double(std::min(k_count, part_size) + parts), u = std::ldexp(1.0, -24);
  return {sum, n * u / (1 - n * u) * magnitude + n * std::ldexp(1.0, -150)};
}

const std::vector<float> &special_values() {
  static const std::vector<float> values = [] {
    using limits = std::numeric_limits<float>;
    std::vector<float> v;
    for (float x : {0.0f, limits::denorm_min(), limits::min(), 1.0f, 6.0f, limits::max(),
                    limits::infinity(), limits::epsilon(), 5.5f, 7.0f})
      for (float y : {std::nextafter(x, -1.0f), x, std::nextafter(x, limits::infinity())}) {
        v.push_back(y);
        v.push_back(-y);
      }
    for (std::uint32_t u : {0x007fffffu, 0x00400000u}) { // the largest denormal and half of it
      v.push_back(from_bits(u));
      v.push_back(from_bits(u | 0x80000000u));
    }
    // Quiet and signalling NaNs of both signs have payloads in low, high and all bits.
    for (std::uint32_t u : {0x7fc00000u, 0x7fc00001u, 0x7fc12345u, 0x7fffffffu, 0x7f800001u,
                            0x7fa00000u, 0x7fbfffffu}) {
      v.push_back(from_bits(u));
      v.push_back(from_bits(u | 0x80000000u));
    }
    return v;
  }();
  return values;
}

std::vector<float> random_values(std::size_t count, std::uint32_t seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> v(count);
  for (float &x : v)
    x = normal(generator);
  return v;
}

hinge_mask mask_view(std::vector<std::uint8_t> &m, std::int64_t rows, std::int64_t cols) {
  return {m.data(), rows, cols, mask_row_bytes(cols)};
}

hinge_const_mask const_mask_view(const std::vector<std::uint8_t> &m, std::int64_t rows,
                                 std::int64_t cols) {
  return {m.data(), rows, cols, mask_row_bytes(cols)};
}

std::vector<std::uint8_t> mask_of(hinge_activation act, hinge_const_view y) {
  const std::int64_t bytes = mask_row_bytes(y.cols);
  std::vector<std::uint8_t> mask(std::size_t(y.rows * bytes));
  for (std::int64_t m = 0; m < y.rows; m++)
    for (std::int64_t i = 0; i < y.cols; i++)
      if (passes(act, bits(elements(y)[m * y.row_stride + i])))
        mask[std::size_t(m * bytes + i / 8)] |= std::uint8_t(1 << (i % 8));
  return mask;
}

namespace {

/// Pages of memory, none of which may be touched until it is opened.
#if defined(_WIN32)
std::size_t page_bytes() {
  SYSTEM_INFO info;
  GetSystemInfo(&info);
  return info.dwPageSize;
}
void *reserve_pages(std::size_t bytes) {
  return VirtualAlloc(nullptr, bytes, MEM_RESERVE, PAGE_NOACCESS);
}

/// Pages that are opened when they are touched, because Windows promises memory for every page that
/// is open. A test has few such ranges, and no two tests run at once.
struct Range {
  char *begin, *end;
} touched_ranges[8];

LONG CALLBACK open_touched_page(EXCEPTION_POINTERS *exception) {
  const EXCEPTION_RECORD &record = *exception->ExceptionRecord;
  if (record.ExceptionCode != EXCEPTION_ACCESS_VIOLATION)
    return EXCEPTION_CONTINUE_SEARCH;
  char *const touched = reinterpret_cast<char *>(record.ExceptionInformation[1]);
  for (const Range &r : touched_ranges)
    if (r.begin <= touched && touched < r.end &&
        VirtualAlloc(touched, 1, MEM_COMMIT, PAGE_READWRITE))
      return EXCEPTION_CONTINUE_EXECUTION;
  return EXCEPTION_CONTINUE_SEARCH;
}

bool open_when_touched(char *begin, std::size_t bytes) {
  static void *const handler = AddVectoredExceptionHandler(1, open_touched_page);
  for (Range &r : touched_ranges)
    if (!r.begin) {
      r = {begin, begin + bytes};
      return handler != nullptr;
    }
  return false;
}

bool open_pages(void *pages, std::size_t bytes) {
  constexpr std::size_t large = std::size_t(1) << 28;
  return bytes >= large ? open_when_touched(static_cast<char *>(pages), bytes)
                        : VirtualAlloc(pages, bytes, MEM_COMMIT, PAGE_READWRITE) != nullptr;
}
void free_pages(void *pages, std::size_t bytes) {
  for (Range &r : touched_ranges)
    if (pages <= r.begin && r.begin < static_cast<char *>(pages) + bytes)
      r = {};
  VirtualFree(pages, 0, MEM_RELEASE);
}
#else
std::size_t page_bytes() { return std::size_t(sysconf(_SC_PAGESIZE)); }
void *reserve_pages(std::size_t bytes) {
  void *const pages =
      mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return pages == MAP_FAILED ? nullptr : pages;
}
bool open_pages(void *pages, std::size_t bytes) {
  return mprotect(pages, bytes, PROT_READ | PROT_WRITE) == 0;
}
void free_pages(void *pages, std::size_t bytes) { munmap(pages, bytes); }
#endif

} // namespace

template <class T>
GuardedRows<T>::GuardedRows(std::int64_t rows, std::int64_t cols, Flush flush)
    : rows_(rows), cols_(cols) {
  const std::size_t page = page_bytes();
  const std::size_t row_bytes = std::size_t(cols) * sizeof(T);
  const std::size_t row_pages = (row_bytes + page - 1) / page;
  // The layout is guard, row, guard, row, ..., guard.
  const std::size_t stride_pages = row_pages + 1;
  bytes_ = (std::size_t(rows) * stride_pages + 1) * page;
  memory_ = reserve_pages(bytes_);
  if (!memory_)
    throw std::runtime_error("pages cannot be reserved");
  char *first = static_cast<char *>(memory_) + page;
  for (std::int64_t m = 0; m < rows && row_pages > 0; m++)
    if (!open_pages(first + std::size_t(m) * stride_pages * page, row_pages * page))
      throw std::runtime_error("pages cannot be opened");
  const std::size_t offset = flush == Flush::at_end ? row_pages * page - row_bytes : 0;
  data_ = reinterpret_cast<T *>(first + offset);
  row_stride_ = std::int64_t(stride_pages * page / sizeof(T));
}

template <class T>
GuardedRows<T>::~GuardedRows() {
  free_pages(memory_, bytes_);
}

template <class T>
void GuardedRows<T>::fill(const std::vector<T> &values) {
  std::size_t i = 0;
  for (std::int64_t m = 0; m < rows_; m++)
    for (std::int64_t n = 0; n < cols_; n++)
      row(m)[n] = values[i++ % values.size()];
}

template class GuardedRows<float>;
template class GuardedRows<std::uint8_t>;

TestTarget describe(const hinge::detail::Target &t) {
  const hinge::plan::Tiles &tiles = t.tiles[hinge::detail::Type::float32];
  TestTarget r{t.name, t.has_fma(), tiles.lanes, 0, 0};
  for (int vectors = 1; vectors <= hinge::plan::max_panel_vectors; vectors++) {
    const int rows = tiles.rows[std::size_t(vectors)];
    if (rows > 0)
      r.tile_features = vectors * tiles.lanes;
    r.tile_rows = std::max(r.tile_rows, rows);
  }
  return r;
}

std::vector<TestTarget> usable_targets() {
  std::vector<TestTarget> usable;
  for (const hinge::detail::Target &t : hinge::detail::targets())
    if (hinge::detail::usable(t))
      usable.push_back(describe(t));
  return usable;
}

std::string target_names() {
  std::string names;
  for (const hinge::detail::Target &t : hinge::detail::targets())
    names += (names.empty() ? "" : ", ") + std::string(t.name);
  return names;
}

ScopedTarget::ScopedTarget(const std::string &name) {
  EXPECT_EQ(HINGE_OK, hinge_set_target(name.c_str())) << hinge_last_error();
}

ScopedTarget::~ScopedTarget() { hinge_set_target(nullptr); }

ScopedThreads::ScopedThreads(int threads) {
  EXPECT_EQ(HINGE_OK, hinge_set_num_threads(threads)) << hinge_last_error();
}

void expect_linear(const TestTarget &target, hinge_activation act, const float *x, const float *w,
                   std::int64_t k_count, float bias, float y) {
  if (target.has_fma) {
    const float expected = activation(act, sum_in_parts(x, w, k_count, bias));
    ASSERT_EQ(bits(expected), bits(y)) << expected << " expected, got " << y;
  }
  // This runs with FMA too: the two oracles check each other. An activation increases no distance
  // between two values, and the conversion to float rounds once more.
  const Bounded dot = dot_in_double(x, w, k_count, bias, part_terms(k_count));
  const double expected = activation(act, float(dot.value));
  ASSERT_LE(std::fabs(double(y) - expected), dot.bound + std::ldexp(std::fabs(expected), -24))
      << expected << " expected, got " << y;
}

hinge_const_view const_view(const std::vector<float> &v, std::int64_t rows, std::int64_t cols) {
  return {v.data(), rows, cols, cols};
}

hinge_view view(std::vector<float> &v, std::int64_t rows, std::int64_t cols) {
  return {v.data(), rows, cols, cols};
}

hinge_status activation_forward(hinge_activation act, hinge_const_view x, hinge_view y) {
  return hinge_activation_forward(act, &x, &y);
}

hinge_status activation_backward(hinge_activation act, hinge_const_view y, hinge_const_view dy,
                                 hinge_view dx) {
  return hinge_activation_backward(act, &y, &dy, &dx);
}

hinge_status linear_create(hinge_const_view weight, const float *bias, hinge_activation act,
                           hinge_linear **linear) {
  return hinge_linear_create(&weight, bias, act, linear);
}

hinge_status linear_create_in(void *memory, std::size_t bytes, hinge_const_view weight,
                              const float *bias, hinge_activation act, hinge_linear **linear) {
  return hinge_linear_create_in(memory, bytes, &weight, bias, act, linear);
}

hinge_status linear_forward(const hinge_linear *linear, hinge_const_view x, hinge_view y) {
  return hinge_linear_forward(linear, &x, &y);
}

hinge_status activation_forward_mask(hinge_activation act, hinge_const_view x, hinge_view y,
                                     hinge_mask mask) {
  return hinge_activation_forward_mask(act, &x, &y, &mask);
}

hinge_status activation_mask(hinge_activation act, hinge_const_view y, hinge_mask mask) {
  return hinge_activation_mask(act, &y, &mask);
}

hinge_status activation_backward_mask(hinge_const_mask mask, hinge_const_view dy, hinge_view dx) {
  return hinge_activation_backward_mask(&mask, &dy, &dx);
}

hinge_status mask_count(hinge_const_mask mask, std::int64_t *per_row, std::int64_t *per_column) {
  return hinge_mask_count(&mask, per_row, per_column);
}

hinge_status linear_forward_mask(const hinge_linear *linear, hinge_const_view x, hinge_view y,
                                 hinge_mask mask) {
  return hinge_linear_forward_mask(linear, &x, &y, &mask);
}

hinge_status linear_repack(hinge_linear *linear, hinge_const_view weight, const float *bias) {
  return hinge_linear_repack(linear, &weight, bias);
}

LinearPtr create_linear(hinge_const_view weight, const float *bias, hinge_activation act) {
  hinge_linear *l = nullptr;
  EXPECT_EQ(HINGE_OK, linear_create(weight, bias, act, &l)) << hinge_last_error();
  return LinearPtr(l);
}

} // namespace hinge_test

#include "allocations.h"

std::atomic<long> hinge_test::allocations{0};

using hinge_test::allocations;

extern "C" {
void *__real_calloc(std::size_t, std::size_t);
void *__real_realloc(void *, std::size_t);
#if defined(_WIN32)
void *__real__aligned_malloc(std::size_t, std::size_t);
#else
int __real_posix_memalign(void **, std::size_t, std::size_t);
void *__real_aligned_alloc(std::size_t, std::size_t);
#endif

void *__wrap_malloc(std::size_t n) {
  allocations++;
  return __real_malloc(n);
}
void *__wrap_calloc(std::size_t n, std::size_t size) {
  allocations++;
  return __real_calloc(n, size);
}
void *__wrap_realloc(void *p, std::size_t n) {
  allocations++;
  return __real_realloc(p, n);
}
#if defined(_WIN32)
void *__wrap__aligned_malloc(std::size_t n, std::size_t alignment) {
  allocations++;
  return __real__aligned_malloc(n, alignment);
}
#else
int __wrap_posix_memalign(void **p, std::size_t alignment, std::size_t n) {
  allocations++;
  return __real_posix_memalign(p, alignment, n);
}
void *__wrap_aligned_alloc(std::size_t alignment, std::size_t n) {
  allocations++;
  return __real_aligned_alloc(alignment, n);
}
#endif
}

// Counts the allocations of a program and of the static libraries in it. The linker redirects their
// calls of malloc and its relatives here (--wrap in CMakeLists.txt).
#pragma once

#include <atomic>
#include <cstddef>

namespace hinge_test {
extern std::atomic<long> allocations;
}

extern "C" void *__real_malloc(std::size_t);

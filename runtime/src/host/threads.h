// The library's pool of threads. It is off (one thread) until hinge_set_num_threads, and
// hinge_set_thread_pool replaces it with the program's own.
#pragma once

#include <cstdint>

namespace hinge::detail {

/// The number of threads that hinge_set_num_threads asks for, or that the program's own pool has.
/// 1: only the caller.
int num_threads();

/// Calls task(context, i) once for each i in 0 .. count-1, on the caller's thread and the pool's.
/// Returns when all calls have returned: 0, or a task's result that is not 0. If the pool is off or
/// busy with another caller, all tasks run on the caller's thread. It allocates nothing, and waits
/// only for locks that are held no longer than a wake-up.
int parallel_for(std::int64_t count, int (*task)(const void *context, std::int64_t i),
                 const void *context);

/// The same for a function object.
template <class F>
int parallel_for(std::int64_t count, const F &f) {
  return parallel_for(
      count,
      [](const void *context, std::int64_t i) { return (*static_cast<const F *>(context))(i); },
      &f);
}

} // namespace hinge::detail

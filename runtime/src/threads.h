// One pool of threads for the library, off (one thread) until hinge_set_num_threads, or the
// program's own (hinge_set_thread_pool).
#pragma once

#include <algorithm>
#include <cstdint>

namespace hinge::detail {

/// How many threads hinge_set_num_threads asked for, or the program's own pool has; 1 is none but
/// the caller.
int num_threads();

/// Calls task(context, i) once for each i in 0 .. count-1, on the caller's thread and the pool's,
/// and returns when all are done: 0, or what one of the tasks returned that was not 0. All run on
/// the caller's thread where the pool is off or at work for another caller. Neither allocates nor
/// waits for a lock that is held for longer than a wake-up.
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

/// `total` units cut into equal pieces of `size`, the last one possibly shorter.
struct Pieces {
  std::int64_t total, size;
  std::int64_t count() const { return (total + size - 1) / size; }
  std::int64_t begin(std::int64_t i) const { return i * size; }
  std::int64_t length(std::int64_t i) const { return std::min(size, total - i * size); }
};

/// At least `least` pieces where there are that many multiples of `step`, none above `most` units.
Pieces cut(std::int64_t total, std::int64_t least, std::int64_t step, std::int64_t most);

} // namespace hinge::detail

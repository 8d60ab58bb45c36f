#include "host/threads.h"

#include "error.h"
#include "hinge/hinge.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace hinge::detail {

namespace {

constexpr int max_threads = 1024;

using Task = int(const void *context, std::int64_t i);

// A ticket has 20 bits for a number of tasks.
constexpr std::int64_t max_tasks = 0xfffff;

// How often a thread without work looks for some before it sleeps, about 20 us on a 3 GHz x86. That
// is more than the gap between the layers of a small network, and less than a time slice.
constexpr int spins = 500;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb"); // about as long as x86's pause; `yield` does nothing
#endif
}

/// A fork-join pool. One 64-bit ticket announces a job: its generation, its number of tasks and the
/// next task to take. A thread takes a task by a compare-and-swap of the whole ticket. So a thread
/// that sleeps through a job cannot take a task of the next one by mistake.
class Pool {
public:
  ~Pool() { stop(); }

  int size() const { return size_.load(std::memory_order_relaxed); }

  /// Throws std::system_error if a thread cannot be started. The pool is then off.
  void resize(int threads) {
    stop();
    try {
      stopping_ = false;
      for (int i = 1; i < threads; i++)
        workers_.emplace_back([this] { work(); });
    } catch (...) {
      stop();
      throw;
    }
    size_ = threads;
  }

  int run(std::int64_t count, Task *task, const void *context) {
    // One job at a time. A second caller does its own work meanwhile.
    if (size() == 1 || count < 2 || count > max_tasks ||
        busy_.exchange(true, std::memory_order_acquire)) {
      int error = 0;
      for (std::int64_t i = 0; i < count && error == 0; i++)
        error = task(context, i);
      return error;
    }
    task_ = task;
    context_ = context;
    error_.store(0, std::memory_order_relaxed);
    unfinished_.store(count, std::memory_order_relaxed);
    const std::uint64_t generation = (ticket_.load(std::memory_order_relaxed) >> 40) + 1;
    // Sequentially consistent, like sleepers_: either the sleeper sees this job, or this thread
    // sees it.
    ticket_.store(generation << 40 | std::uint64_t(count) << 20);
    if (sleepers_.load() > 0) {
      std::lock_guard<std::mutex> lock(mutex_);
      wake_.notify_all();
    }
    while (take()) {
    }
    for (int i = 0; unfinished_.load(std::memory_order_acquire) != 0; i++) {
      if (i < spins)
        relax();
      else
        std::this_thread::yield(); // fewer cores than threads: let the others finish
    }
    const int error = error_.load(std::memory_order_relaxed);
    busy_.store(false, std::memory_order_release);
    return error;
  }

private:
  static bool has_task(std::uint64_t ticket) {
    return (ticket & max_tasks) < (ticket >> 20 & max_tasks);
  }

  /// Runs one task; false if there is none.
  bool take() {
    std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
    do {
      if (!has_task(ticket))
        return false;
    } while (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel));
    if (const int error = task_(context_, std::int64_t(ticket & max_tasks)))
      error_.store(error, std::memory_order_relaxed);
    unfinished_.fetch_sub(1, std::memory_order_release);
    return true;
  }

  void work() {
    for (;;) {
      for (int i = 0; i < spins; i++) {
        if (take())
          i = 0;
        relax();
      }
      std::unique_lock<std::mutex> lock(mutex_);
      sleepers_++;
      wake_.wait(lock, [this] { return stopping_ || has_task(ticket_.load()); });
      sleepers_--;
      if (stopping_)
        return;
    }
  }

  void stop() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread &t : workers_)
      t.join();
    workers_.clear();
    size_ = 1;
  }

  std::atomic<int> size_{1};
  std::atomic<bool> busy_{false};
  std::atomic<std::uint64_t> ticket_{0}; // generation:24, count:20, next:20
  std::atomic<std::int64_t> unfinished_{0};
  std::atomic<int> error_{0};
  Task *task_ = nullptr;
  const void *context_ = nullptr;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<int> sleepers_{0};
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

Pool pool;

/// The program's pool, if there is one.
struct {
  hinge_parallel_for *run = nullptr;
  void *pool = nullptr;
  int threads = 1;
} foreign;

int run_foreign(std::int64_t count, Task *task, const void *context) {
  struct Job {
    Task *task;
    const void *context;
    std::atomic<int> error{0};
  } job{task, context};
  foreign.run(
      foreign.pool, count,
      [](void *j, std::int64_t i) {
        Job &the_job = *static_cast<Job *>(j);
        if (const int error = the_job.task(the_job.context, i))
          the_job.error.store(error, std::memory_order_relaxed);
      },
      &job);
  return job.error.load(std::memory_order_relaxed);
}

hinge_status check_threads(int threads) {
  if (threads < 1 || threads > max_threads)
    return fail(HINGE_INVALID_ARGUMENT, "threads is %d: expected 1 to %d", threads, max_threads);
  return HINGE_OK;
}

} // namespace

int num_threads() { return foreign.run ? foreign.threads : pool.size(); }

int parallel_for(std::int64_t count, Task *task, const void *context) {
  return foreign.run && foreign.threads > 1 && count > 1 ? run_foreign(count, task, context)
                                                         : pool.run(count, task, context);
}

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_set_num_threads(int threads) {
  if (hinge_status s = check_threads(threads))
    return s;
  foreign = {};
  if (threads == pool.size())
    return HINGE_OK;
  try {
    pool.resize(threads);
  } catch (const std::exception &e) {
    return fail(HINGE_OUT_OF_MEMORY, "threads is %d: could not be started: %s", threads, e.what());
  }
  return HINGE_OK;
}

int hinge_get_num_threads(void) { return num_threads(); }

hinge_status hinge_set_thread_pool(hinge_parallel_for *run, void *user_pool, int threads) {
  if (hinge_status s = run ? check_threads(threads) : HINGE_OK)
    return s;
  pool.resize(1);
  foreign = {};
  if (run)
    foreign = {run, user_pool, threads};
  return HINGE_OK;
}

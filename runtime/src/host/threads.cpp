#include "host/threads.h"

#include "dispatch/thread_value.h"
#include "error.h"
#include "host/fp_environment.h"
#include "host/os_thread.h"

#include "hinge/hinge.h"

#include <atomic>
#include <cstdint>

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

/// A job as the threads that help with it see it. They compute in the caller's floating-point
/// environment, so that no result depends on the thread. The caller gets the exceptions that they
/// raise, and they get their own environment back.
class Job {
public:
  void begin(Task *task, const void *context) {
    task_ = task;
    context_ = context;
    control_ = FpEnvironment::get().control;
    flags_.store(0, std::memory_order_relaxed);
    error_.store(0, std::memory_order_relaxed);
  }

  /// On the caller's thread.
  void run_task(std::int64_t i) {
    if (const int error = task_(context_, i))
      error_.store(error, std::memory_order_relaxed);
  }

  /// On any thread.
  void run_task_elsewhere(std::int64_t i) {
    const FpEnvironment own = FpEnvironment::get();
    FpEnvironment{control_, 0}.set();
    run_task(i);
    flags_.fetch_or(FpEnvironment::get().flags, std::memory_order_relaxed);
    own.set();
  }

  /// On the caller's thread, after all tasks. Returns the result of a task that failed, or 0.
  int end() {
    const std::uint64_t raised = flags_.load(std::memory_order_relaxed);
    FpEnvironment own = FpEnvironment::get();
    if (raised & ~own.flags) {
      own.flags |= raised;
      own.set();
    }
    return error_.load(std::memory_order_relaxed);
  }

private:
  Task *task_ = nullptr;
  const void *context_ = nullptr;
  std::uint64_t control_ = 0;
  std::atomic<std::uint64_t> flags_{0};
  std::atomic<int> error_{0};
};

int run_alone(std::int64_t count, Task *task, const void *context) {
  int error = 0;
  for (std::int64_t i = 0; i < count && error == 0; i++)
    error = task(context, i);
  return error;
}

/// A fork-join pool. One 64-bit ticket announces a job: its generation, its number of tasks and
/// the next task to take. A thread takes a task by a compare-and-swap of the whole ticket. So a
/// thread that sleeps through a job cannot take a task of the next one by mistake.
///
/// The pool has neither a constructor nor a destructor that runs. So it works in those of the
/// program's global objects too.
class Pool {
public:
  static Pool the_pool;

  int size() const { return 1 + helpers_.load(std::memory_order_relaxed); }

  /// Returns 0, or the system's error if a thread cannot be started. The pool is then what it was.
  int resize(int threads) {
    const os::Lock lock(resizing_);
    if (ended_) {
      helpers_ = threads - 1;
      return 0;
    }
    if (threads > 1)
      if (const int error = os::watch_process(in_child, at_end))
        return error;
    take_turn(); // no call is half way
    const int error = start_or_end(threads);
    if (error == 0)
      helpers_ = threads - 1;
    busy_.store(false, std::memory_order_release);
    return error;
  }

  int run(std::int64_t count, Task *task, const void *context) {
    // One job at a time. A second caller does its own work meanwhile.
    if (count > max_tasks || busy_.exchange(true, std::memory_order_acquire))
      return run_alone(count, task, context);
    if (workers_ == 0)
      start_after_fork();
    job_.begin(task, context);
    unfinished_.store(count, std::memory_order_relaxed);
    const std::uint64_t generation = (ticket_.load(std::memory_order_relaxed) >> 40) + 1;
    // Sequentially consistent, like sleepers_: either the sleeper sees this job, or this thread
    // sees it.
    ticket_.store(generation << 40 | std::uint64_t(count) << 20);
    if (sleepers_.load() > 0) {
      const os::Lock lock(mutex_);
      wake_.wake_all();
    }
    for (std::int64_t i; (i = take()) >= 0; unfinished_.fetch_sub(1, std::memory_order_relaxed))
      job_.run_task(i);
    wait_for_others();
    const int error = job_.end();
    busy_.store(false, std::memory_order_release);
    return error;
  }

private:
  static bool has_task(std::uint64_t ticket) {
    return (ticket & max_tasks) < (ticket >> 20 & max_tasks);
  }

  /// A task to run, or -1.
  std::int64_t take() {
    std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
    do {
      if (!has_task(ticket))
        return -1;
    } while (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel));
    return std::int64_t(ticket & max_tasks);
  }

  /// Waits for the tasks that other threads have begun. It sleeps in the end, because a caller with
  /// a real-time priority would otherwise keep a thread without one from the core that it needs.
  void wait_for_others() {
    for (int i = 0; i < spins && unfinished_.load(std::memory_order_acquire) != 0; i++)
      relax();
    if (unfinished_.load(std::memory_order_acquire) == 0)
      return;
    const os::Lock lock(mutex_);
    caller_sleeps_ = true;
    while (unfinished_.load() != 0)
      done_.wait(mutex_);
    caller_sleeps_ = false;
  }

  /// Runs a task of the present job; false if there is none.
  bool help() {
    const std::int64_t i = take();
    if (i < 0)
      return false;
    job_.run_task_elsewhere(i);
    // Sequentially consistent, like caller_sleeps_: either the caller sees that all is done, or
    // this thread sees that it sleeps.
    if (unfinished_.fetch_sub(1) == 1 && caller_sleeps_) {
      const os::Lock lock(mutex_);
      done_.wake_all();
    }
    return true;
  }

  /// The life of worker `index`. It ends when there shall be no more than `index` workers.
  void work(unsigned index) {
    for (;;) {
      for (int i = 0; i < spins; i++) {
        if (help())
          i = 0;
        relax();
      }
      const os::Lock lock(mutex_);
      sleepers_++;
      while (index < most_workers_ && !has_task(ticket_.load()))
        wake_.wait(mutex_);
      sleepers_--;
      if (index >= most_workers_)
        return;
    }
  }

  void take_turn() {
    while (busy_.exchange(true, std::memory_order_acquire))
      relax();
  }

  void set_most_workers(unsigned workers) {
    const os::Lock lock(mutex_);
    most_workers_ = workers;
    wake_.wake_all();
  }

  void end_workers(unsigned workers) {
    set_most_workers(workers);
    while (workers_ > workers)
      threads_[--workers_].join();
  }

  /// Starts or ends workers, so that there are threads - 1.
  int start_or_end(int threads) {
    const unsigned before = workers_, wanted = unsigned(threads - 1);
    if (wanted <= before) {
      end_workers(wanted);
      return 0;
    }
    set_most_workers(wanted);
    for (; workers_ < wanted; workers_++) {
      os::Thread &thread = threads_[workers_];
      thread.run = [](void *t) {
        the_pool.work(unsigned(static_cast<os::Thread *>(t) - the_pool.threads_));
      };
      thread.context = &thread;
      if (const int error = thread.start()) {
        end_workers(before);
        return error;
      }
    }
    return 0;
  }

  /// A child of fork has the number of threads that its parent has, but no thread yet.
  void start_after_fork() {
    if (!ended_ && start_or_end(size()) != 0)
      helpers_ = 0;
  }

  /// Only the thread that forked is in the child. Another one may have held any lock and been in
  /// the middle of a job.
  static void in_child() {
    the_pool.resizing_ = {};
    the_pool.mutex_ = {};
    the_pool.wake_ = {};
    the_pool.done_ = {};
    the_pool.sleepers_ = 0;
    the_pool.caller_sleeps_ = false;
    the_pool.unfinished_ = 0;
    the_pool.ticket_ = 0;
    the_pool.workers_ = the_pool.most_workers_ = 0;
    the_pool.busy_ = false;
  }

  /// Later calls run on their callers' threads.
  static void at_end() {
    const os::Lock lock(the_pool.resizing_);
    the_pool.ended_ = true;
    the_pool.end_workers(0);
  }

  // All members begin as zeros, so that the pool takes no space in a file.
  std::atomic<int> helpers_{0}; // threads without the caller
  std::atomic<bool> busy_{false};
  std::atomic<bool> ended_{false};
  std::atomic<std::uint64_t> ticket_{0}; // generation:24, count:20, next:20
  std::atomic<std::int64_t> unfinished_{0};
  Job job_;

  os::Mutex resizing_; // taken before busy_, and that before mutex_
  os::Mutex mutex_;
  os::Condition wake_, done_;
  std::atomic<int> sleepers_{0};
  std::atomic<bool> caller_sleeps_{false};
  unsigned most_workers_ = 0; // under mutex_
  unsigned workers_ = 0;      // that run, changed by who is busy or resizes
  os::Thread threads_[max_threads - 1];
};

Pool Pool::the_pool;

/// The program's pool, if there is one.
struct {
  hinge_parallel_for *run = nullptr;
  void *pool = nullptr;
  int threads = 1;
} foreign;

int run_foreign(std::int64_t count, Task *task, const void *context) {
  Job job;
  job.begin(task, context);
  foreign.run(
      foreign.pool, count,
      [](void *j, std::int64_t i) { static_cast<Job *>(j)->run_task_elsewhere(i); }, &job);
  return job.end();
}

/// Whether the calls of this thread run on it alone.
HINGE_THREAD_VALUE(bool) is_alone;

hinge_status check_threads(int threads) {
  if (threads < 1 || threads > max_threads)
    return fail(HINGE_INVALID_ARGUMENT, "threads is %d: expected 1 to %d", threads, max_threads);
  return HINGE_OK;
}

} // namespace

int num_threads() {
  const int threads = foreign.run ? foreign.threads : Pool::the_pool.size();
  return threads > 1 && is_alone ? 1 : threads;
}

int parallel_for(std::int64_t count, Task *task, const void *context) {
  if (count < 2 || num_threads() == 1)
    return run_alone(count, task, context);
  return foreign.run ? run_foreign(count, task, context) : Pool::the_pool.run(count, task, context);
}

} // namespace hinge::detail

using namespace hinge::detail;

hinge_status hinge_set_num_threads(int threads) {
  if (hinge_status s = check_threads(threads))
    return s;
  if (const int error = Pool::the_pool.resize(threads)) {
    char why[128];
    os::describe(error, why, sizeof why);
    return fail(HINGE_OUT_OF_MEMORY, "threads is %d: could not be started: %s; still %d", threads,
                why, hinge_get_num_threads());
  }
  foreign = {};
  return HINGE_OK;
}

hinge_status hinge_set_num_threads_local(int threads) {
  if (threads != 0 && threads != 1)
    return fail(HINGE_INVALID_ARGUMENT,
                "threads is %d: expected 1, or 0 for those of hinge_set_num_threads", threads);
  is_alone = threads == 1;
  return HINGE_OK;
}

int hinge_get_num_threads(void) { return foreign.run ? foreign.threads : Pool::the_pool.size(); }

hinge_status hinge_set_thread_pool(hinge_parallel_for *run, void *user_pool, int threads) {
  if (hinge_status s = run ? check_threads(threads) : HINGE_OK)
    return s;
  Pool::the_pool.resize(1);
  foreign = {};
  if (run)
    foreign = {run, user_pool, threads};
  return HINGE_OK;
}

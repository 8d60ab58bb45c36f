// Threads of the operating system, without exceptions and without constructors that run before main
// (os_thread_posix.cpp, os_thread_windows.cpp). std::thread throws, and inherits the signals that
// its maker takes. std::condition_variable has a constructor that runs.
#pragma once

#if defined(_WIN32)
#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <pthread.h>
#endif

namespace hinge::detail::os {

#if defined(_WIN32)
using NativeMutex = SRWLOCK;
using NativeCondition = CONDITION_VARIABLE;
using NativeThread = HANDLE;
inline constexpr NativeMutex new_mutex = SRWLOCK_INIT;
inline constexpr NativeCondition new_condition = CONDITION_VARIABLE_INIT;
#else
using NativeMutex = pthread_mutex_t;
using NativeCondition = pthread_cond_t;
using NativeThread = pthread_t;
inline constexpr NativeMutex new_mutex = PTHREAD_MUTEX_INITIALIZER;
inline constexpr NativeCondition new_condition = PTHREAD_COND_INITIALIZER;
#endif

struct Mutex {
  NativeMutex native = new_mutex;
  void lock();
  void unlock();
};

struct Lock {
  explicit Lock(Mutex &m) : mutex(m) { mutex.lock(); }
  ~Lock() { mutex.unlock(); }
  Lock(const Lock &) = delete;
  Mutex &mutex;
};

struct Condition {
  NativeCondition native = new_condition;
  /// Waits for a wake-up, or returns without one. The caller holds the mutex before and after.
  void wait(Mutex &mutex);
  void wake_all();
};

/// A thread that calls run(context). It stays in its place from start to join.
struct Thread {
  void (*run)(void *context) = nullptr;
  void *context = nullptr;
  NativeThread native{};

  /// The thread takes no signal of the process, but for those that its own instructions raise.
  /// Returns 0 or the system's error.
  int start();
  void join();
};

/// The system's text for an error of start.
void describe(int error, char *text, unsigned bytes);

/// Registers what happens to the process. `in_child` runs in the child of each later fork.
/// `at_end` runs once, when the library is unloaded or the process exits. A second call changes
/// nothing. On Windows neither ever runs: there is no fork, a process ends its threads before its
/// libraries, and a library that has been watched stays loaded. Returns 0 or the system's error.
int watch_process(void (*in_child)(), void (*at_end)());

} // namespace hinge::detail::os

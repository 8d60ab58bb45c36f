#include "host/os_thread.h"

#include <signal.h>

#include <atomic>
#include <cstdio>
#include <system_error>

namespace hinge::detail::os {

void Mutex::lock() { pthread_mutex_lock(&native); }
void Mutex::unlock() { pthread_mutex_unlock(&native); }
void Condition::wait(Mutex &mutex) { pthread_cond_wait(&native, &mutex.native); }
void Condition::wake_all() { pthread_cond_broadcast(&native); }

namespace {

/// A thread's mask of signals, as its maker wants it for a moment.
class BlockedSignals {
public:
  BlockedSignals() {
    sigset_t blocked;
    sigfillset(&blocked);
    // An instruction of the thread itself raises these. Blocked, they would end the process where
    // the program's handler would go on, for example one for a page fault in mapped memory.
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
      sigdelset(&blocked, own);
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals &) = delete;

private:
  sigset_t before_;
};

std::atomic<void (*)()> end_function{nullptr};

// Unlike the destructor of a global object, it runs after those of the whole program.
__attribute__((destructor)) void run_at_end() {
  if (void (*const at_end)() = end_function.load())
    at_end();
}

} // namespace

int Thread::start() {
  const BlockedSignals blocked;
  return pthread_create(
      &native, nullptr,
      [](void *thread) -> void * {
        const Thread &self = *static_cast<Thread *>(thread);
        self.run(self.context);
        return nullptr;
      },
      this);
}

void Thread::join() { pthread_join(native, nullptr); }

void describe(int error, char *text, unsigned bytes) {
  std::snprintf(text, bytes, "%s", std::generic_category().message(error).c_str());
}

int watch_process(void (*in_child)(), void (*at_end)()) {
  if (end_function.exchange(at_end))
    return 0;
  const int error = pthread_atfork(nullptr, nullptr, in_child);
  if (error)
    end_function.store(nullptr);
  return error;
}

} // namespace hinge::detail::os

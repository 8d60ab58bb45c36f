#include "host/os_thread.h"

#include <process.h>

#include <cstdint>
#include <cstdio>

namespace hinge::detail::os {

void Mutex::lock() { AcquireSRWLockExclusive(&native); }
void Mutex::unlock() { ReleaseSRWLockExclusive(&native); }
void Condition::wait(Mutex &mutex) {
  SleepConditionVariableSRW(&native, &mutex.native, INFINITE, 0);
}
void Condition::wake_all() { WakeAllConditionVariable(&native); }

int Thread::start() {
  const std::uintptr_t handle = _beginthreadex(
      nullptr, 0,
      [](void *thread) -> unsigned {
        const Thread &self = *static_cast<Thread *>(thread);
        self.run(self.context);
        return 0;
      },
      this, 0, nullptr);
  if (handle == 0) {
    const DWORD error = GetLastError();
    return int(error != 0 ? error : ERROR_NOT_ENOUGH_MEMORY);
  }
  native = reinterpret_cast<HANDLE>(handle);
  return 0;
}

void Thread::join() {
  WaitForSingleObject(native, INFINITE);
  CloseHandle(native);
}

void describe(int error, char *text, unsigned bytes) {
  const DWORD length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
                                          FORMAT_MESSAGE_MAX_WIDTH_MASK, // no ends of lines
                                      nullptr, DWORD(error), 0, text, bytes, nullptr);
  if (length == 0)
    std::snprintf(text, bytes, "error %d of Windows", error);
}

int watch_process(void (*)(), void (*)()) {
  // A DLL that is unloaded cannot join its threads: their end waits for the lock that the loader
  // holds meanwhile. So the module of this function stays loaded while the process lives.
  HMODULE module;
  return GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                            reinterpret_cast<LPCWSTR>(&watch_process), &module)
             ? 0
             : int(GetLastError());
}

} // namespace hinge::detail::os

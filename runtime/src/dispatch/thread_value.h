// A value for each thread, where thread-local variables allocate: in code of MinGW the first access
// of a thread calls malloc (GCC's emulated TLS), and a call of Hinge's must not.
#pragma once

#include "host/os_thread.h"

#include <atomic>
#include <cstdint>

namespace hinge::detail {

/// A pointer or bool, which begins as null or false. Windows keeps it in one of the thread's 1,088
/// slots. If the program has taken them all, it stays what it is.
template <class T>
class ThreadValue {
public:
  operator T() const { return (T)(reinterpret_cast<std::uintptr_t>(TlsGetValue(slot()))); }
  void operator=(T value) {
    TlsSetValue(slot(), reinterpret_cast<void *>((std::uintptr_t)(value)));
  }

private:
  DWORD slot() const {
    const DWORD known = slot_.load(std::memory_order_acquire);
    return known != TLS_OUT_OF_INDEXES ? known : allocate();
  }

  DWORD allocate() const {
    const DWORD mine = TlsAlloc();
    DWORD expected = TLS_OUT_OF_INDEXES; // or the slot of another thread that came first
    if (slot_.compare_exchange_strong(expected, mine))
      return mine;
    TlsFree(mine);
    return expected;
  }

  mutable std::atomic<DWORD> slot_{TLS_OUT_OF_INDEXES};
};

} // namespace hinge::detail

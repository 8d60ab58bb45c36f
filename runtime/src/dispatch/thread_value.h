// HINGE_THREAD_VALUE(type): a pointer or bool for each thread, which begins as null or false.
//
// It is __thread, because every other file checks whether a thread_local is initialized. In code of
// MinGW the first access of a thread to either calls malloc (GCC's emulated TLS), and a call of
// Hinge's must not. So it is a ThreadValue there.
#pragma once

#if !defined(_WIN32)

#define HINGE_THREAD_VALUE(type) __thread type

#else

#define HINGE_THREAD_VALUE(type) ::hinge::detail::ThreadValue<type>

#include "host/os_thread.h"

#include <atomic>
#include <cstdint>

namespace hinge::detail {

/// Windows keeps it in one of the thread's 1,088 slots. If the program has taken them all, it stays
/// null or false.
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

#endif

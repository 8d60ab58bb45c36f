// The state of the driver, and the rules that all of its functions share. The signatures are those
// of NVIDIA's cuda.h: CUresult and CUdevice are int, handles are pointers.
#pragma once

#include "machine.h"
#include "memory.h"
#include "ptx.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#define HINGE_EXPORT extern "C" __attribute__((visibility("default")))

namespace gpu_emulator {

using CUdeviceptr = unsigned long long;

enum Result : int {
  success = 0,
  invalid_value = 1,
  out_of_memory = 2,
  not_initialized = 3,
  no_device = 100,
  invalid_device = 101,
  invalid_context = 201,
  no_binary_for_gpu = 209,
  invalid_ptx = 218,
  unsupported_ptx_version = 222,
  invalid_handle = 400,
  not_found = 500,
  not_ready = 600,
  illegal_address = 700,
  launch_out_of_resources = 701,
  context_is_destroyed = 709,
  misaligned_address = 716,
  launch_failed = 719,
};

constexpr std::uint64_t device_memory = std::uint64_t{4} << 30;
constexpr std::uint32_t default_shared = 48 << 10, shared_of_opt_in = 227 << 10;

struct Context;

struct Stream {
  Context *context;
  bool blocking; // it and the legacy default stream wait for each other
  bool legacy;
};

struct Event {
  Context *context;
  bool timed;
  std::uint64_t recorded = 0; // the id of the work that records it, 0 at first
  bool done = true;
  std::chrono::steady_clock::time_point time;
};

struct LoadedModule;

struct Function {
  LoadedModule *module;
  const Kernel *kernel;
  std::uint32_t max_dynamic_shared;
};

struct LoadedModule {
  Context *context;
  Module module;
  std::vector<std::uint64_t> variables; // their addresses
  std::vector<std::unique_ptr<Function>> functions;
};

struct Context {
  unsigned long long id;
  int device;
  bool alive = true;
  int error = success; // every later call returns it
  std::unique_ptr<Stream> legacy, per_thread;
};

/// Work that was queued in a stream and is not done.
struct Work {
  std::uint64_t id;
  Stream *stream;
  std::uint64_t after; // the id of work that must be done before, or 0
  std::function<int()> run;
};

struct Injected {
  int result, after;
};

struct PrimaryContext {
  Context *context = nullptr;
  int retained = 0;
};

struct Driver {
  std::mutex mutex;
  bool initialised = false;
  int devices = 1, capability = 90, version = 13000, sms = 132;
  Memory memory;
  std::map<std::string, unsigned long long> calls;
  std::map<std::string, Injected> injected;
  // Destroyed ones stay, because they may be in the stack of a thread.
  std::vector<std::unique_ptr<Context>> contexts;
  std::vector<PrimaryContext> primary;
  std::map<const void *, std::unique_ptr<Stream>> streams;
  std::map<const void *, std::unique_ptr<Event>> events;
  std::map<const void *, std::unique_ptr<LoadedModule>> modules;
  std::vector<Work> queue;
  std::uint64_t next_work = 1, next_context = 1, instructions = 0;
  std::string last_launch;

  Device device() const;
};

Driver &driver();
std::vector<Context *> &context_stack();
int from_environment(const char *name, int otherwise);
std::string without_version(const std::string &function);
/// The error that a test wants this call to return, or success.
int injected(Driver &d, const std::string &function);

// Every function of the driver runs in one of these three, one at a time.
template <class F>
int call_uninitialised(const char *name, F f) {
  Driver &d = driver();
  const std::lock_guard lock(d.mutex);
  const std::string function = without_version(name);
  ++d.calls[function];
  if (const int result = injected(d, function))
    return result;
  return f(d);
}

template <class F>
int call(const char *name, F f) {
  return call_uninitialised(name,
                            [&](Driver &d) { return d.initialised ? f(d) : not_initialized; });
}

template <class F>
int call_in_context(const char *name, F f) {
  return call(name, [&](Driver &d) -> int {
    const auto &stack = context_stack();
    if (stack.empty() || !stack.back())
      return invalid_context;
    Context &c = *stack.back();
    if (!c.alive)
      return context_is_destroyed;
    return c.error ? c.error : f(d, c);
  });
}

/// The context of a handle, or null.
Context *find_context(Driver &d, const void *handle);
inline bool is_device(const Driver &d, int device) { return device >= 0 && device < d.devices; }

inline CUdeviceptr address(const void *host) { return reinterpret_cast<std::uintptr_t>(host); }
inline bool is_range(const Driver &d, CUdeviceptr address, std::size_t size) {
  return d.memory.bytes(address, size) != nullptr;
}

// Work of a stream is executed when something waits for it.

/// Puts work into the queue and returns its id. `after` is the id of work that must be done before.
std::uint64_t enqueue(Driver &d, Stream &stream, std::function<int()> run, std::uint64_t after = 0);
int synchronize(Driver &d, const Stream &stream);
int synchronize(Driver &d, Context &c);
void synchronize(Driver &d, std::uint64_t work);
void drop_work(Driver &d, const Context &c);
/// The stream of a handle, or null.
Stream *find_stream(Driver &d, Context &c, const void *handle);

} // namespace gpu_emulator

// The driver's functions, with the signatures of NVIDIA's cuda.h: a CUresult is an int here, a
// CUdeviceptr 64 bits, a CUdevice an int, and what the driver hands out a pointer.

#include "machine.h"
#include "memory.h"
#include "ptx.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace stand_in {
namespace {

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

struct ResultText {
  int result;
  const char *name, *text;
};
constexpr ResultText result_texts[] = {
    {success, "CUDA_SUCCESS", "no error"},
    {invalid_value, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {out_of_memory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {not_initialized, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {4, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {no_device, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {invalid_device, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {invalid_context, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {no_binary_for_gpu, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {invalid_ptx, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {unsupported_ptx_version, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
     "the provided PTX was compiled with an unsupported toolchain."},
    {invalid_handle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {not_found, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {not_ready, "CUDA_ERROR_NOT_READY", "device not ready"},
    {illegal_address, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {launch_out_of_resources, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
     "too many resources requested for launch"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {context_is_destroyed, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {misaligned_address, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {launch_failed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
     "system has unsupported display driver / cuda driver combination"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

constexpr std::uint64_t device_memory = std::uint64_t{4} << 30;
constexpr std::uint32_t default_shared = 48 << 10, shared_of_opt_in = 227 << 10;

struct Context;

struct Stream {
  Context *context;
  bool blocking; // waits for the legacy default stream, and that for it
  bool legacy;
};

struct Event {
  Context *context;
  bool timed;
  std::uint64_t recorded = 0; // the work that records it; 0 before the first
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
  int error = success; // the one that all calls return from then on
  std::unique_ptr<Stream> legacy, per_thread;
};

// What a stream has been given and not yet done.
struct Work {
  std::uint64_t id;
  Stream *stream;
  std::uint64_t after; // other work that must be done before, or 0
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
  std::vector<std::unique_ptr<Context>>
      contexts; // destroyed ones too, which threads may still have
  std::vector<PrimaryContext> primary;
  std::map<const void *, std::unique_ptr<Stream>> streams;
  std::map<const void *, std::unique_ptr<Event>> events;
  std::map<const void *, std::unique_ptr<LoadedModule>> modules;
  std::vector<Work> queue;
  std::uint64_t next_work = 1, next_context = 1, instructions = 0;
  std::string last_launch;

  Device device() const { return {capability, max_ptx(version)}; }

private:
  static int max_ptx(int version) {
    constexpr std::pair<int, int> first[] = {
        {9000, 60},  {9010, 61},  {9020, 62},  {10000, 63}, {10010, 64}, {10020, 65},
        {11000, 70}, {11010, 71}, {11020, 72}, {11030, 73}, {11040, 74}, {11050, 75},
        {11060, 76}, {11070, 77}, {11080, 78}, {12000, 80}, {12010, 81}, {12020, 82},
        {12030, 83}, {12040, 84}, {12050, 85}, {12080, 87}, {12090, 88}, {13000, 90}};
    int ptx = 0;
    for (const auto &[driver, of_driver] : first)
      if (version >= driver)
        ptx = of_driver;
    return ptx;
  }
};

// Never destroyed: other threads may call at exit.
Driver &driver() {
  static Driver &d = *new Driver;
  return d;
}

std::vector<Context *> &context_stack() {
  thread_local std::vector<Context *> stack;
  return stack;
}

// Calls

std::string without_version(const std::string &function) {
  const std::size_t at = function.rfind("_v2");
  return at == std::string::npos ? function : function.substr(0, at);
}

int injected(Driver &d, const std::string &function) {
  const auto it = d.injected.find(function);
  if (it == d.injected.end() || it->second.after-- > 0)
    return success;
  const int result = it->second.result;
  d.injected.erase(it);
  return result;
}

// Every function of the driver runs in here, one at a time.
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

// The queue of work

// Which of it must be done so that these streams and this work are: what was given to them before,
// and to the streams that they wait for.
std::vector<bool> needed_work(const Driver &d, std::set<const Stream *> streams,
                              std::set<std::uint64_t> ids) {
  std::vector<bool> needed(d.queue.size());
  const auto is_needed = [&](const Stream &s) {
    return std::any_of(streams.begin(), streams.end(), [&](const Stream *n) {
      return n == &s ||
             (n->context == s.context && ((n->legacy && s.blocking) || (s.legacy && n->blocking)));
    });
  };
  for (std::size_t n = d.queue.size(); n-- > 0;) {
    const Work &w = d.queue[n];
    needed[n] = ids.count(w.id) || is_needed(*w.stream);
    if (!needed[n])
      continue;
    streams.insert(w.stream);
    ids.insert(w.after);
  }
  return needed;
}

void drop_work(Driver &d, const Context &c) {
  d.queue.erase(std::remove_if(d.queue.begin(), d.queue.end(),
                               [&](const Work &w) { return w.stream->context == &c; }),
                d.queue.end());
}

int execute(Driver &d, const std::vector<bool> &needed) {
  std::vector<Work> now, later;
  for (std::size_t n = 0; n < d.queue.size(); ++n)
    (needed[n] ? now : later).push_back(std::move(d.queue[n]));
  d.queue = std::move(later);
  for (const Work &w : now) {
    Context &c = *w.stream->context;
    if (c.error == success)
      c.error = w.run();
    if (c.error)
      drop_work(d, c);
  }
  return success;
}

int synchronize(Driver &d, const Stream &stream) {
  execute(d, needed_work(d, {&stream}, {}));
  return stream.context->error;
}

int synchronize(Driver &d, Context &c) {
  std::set<const Stream *> streams{c.legacy.get(), c.per_thread.get()};
  for (const auto &[handle, s] : d.streams)
    if (s->context == &c)
      streams.insert(s.get());
  execute(d, needed_work(d, streams, {}));
  return c.error;
}

std::uint64_t enqueue(Driver &d, Stream &stream, std::function<int()> run,
                      std::uint64_t after = 0) {
  d.queue.push_back({d.next_work, &stream, after, std::move(run)});
  return d.next_work++;
}

// Null where the handle is none.
Stream *find_stream(Driver &d, Context &c, const void *handle) {
  const auto value = reinterpret_cast<std::uintptr_t>(handle);
  if (value <= 1)
    return c.legacy.get();
  if (value == 2)
    return c.per_thread.get();
  const auto it = d.streams.find(handle);
  return it == d.streams.end() ? nullptr : it->second.get();
}

// Contexts

Context *new_context(Driver &d, int device) {
  d.contexts.push_back(std::make_unique<Context>());
  Context *c = d.contexts.back().get();
  c->device = device;
  c->id = d.next_context++;
  c->legacy.reset(new Stream{c, false, true});
  c->per_thread.reset(new Stream{c, true, false});
  return c;
}

template <class Handles>
void destroy_handles(Handles &handles, const Context &c) {
  for (auto it = handles.begin(); it != handles.end();)
    it = it->second->context == &c ? handles.erase(it) : std::next(it);
}

void destroy(Driver &d, Context &c) {
  synchronize(d, c);
  drop_work(d, c);
  destroy_handles(d.streams, c);
  destroy_handles(d.events, c);
  destroy_handles(d.modules, c);
  d.memory.release_all(&c);
  c.alive = false;
}

// The primary context of a device keeps its handle for good, but not its id.
Context *retain_primary(Driver &d, int device) {
  PrimaryContext &p = d.primary[static_cast<std::size_t>(device)];
  if (!p.context) {
    p.context = new_context(d, device);
  } else if (!p.context->alive) {
    p.context->alive = true;
    p.context->error = success;
    p.context->id = d.next_context++;
  }
  ++p.retained;
  return p.context;
}

bool is_primary(const Driver &d, const Context *c) {
  return std::any_of(d.primary.begin(), d.primary.end(),
                     [&](const PrimaryContext &p) { return p.context == c; });
}

Context *find_context(Driver &d, const void *handle) {
  for (const auto &c : d.contexts)
    if (c.get() == handle)
      return c.get();
  return nullptr;
}

int from_environment(const char *name, int otherwise) {
  const char *text = std::getenv(name);
  return text && *text ? std::atoi(text) : otherwise;
}

// Copies and sets

bool is_range(const Driver &d, CUdeviceptr address, std::size_t size) {
  return d.memory.bytes(address, size) != nullptr;
}

int copy_now(CUdeviceptr to, CUdeviceptr from, std::size_t size) {
  const Memory &m = driver().memory;
  std::uint8_t *destination = m.bytes(to, size);
  const std::uint8_t *source = m.bytes(from, size);
  if (!destination || !source)
    return illegal_address;
  std::memmove(destination, source, size);
  return success;
}

int enqueue_copy(Driver &d, Stream &s, CUdeviceptr to, CUdeviceptr from, std::size_t size) {
  if (size == 0)
    return success;
  if (!is_range(d, to, size) || !is_range(d, from, size))
    return invalid_value;
  // Of pageable host memory a copy is made before the call returns.
  if (!d.memory.find(from) && d.memory.in_device_range(to)) {
    const std::uint8_t *source = d.memory.bytes(from, size);
    auto staged = std::make_shared<std::vector<std::uint8_t>>(source, source + size);
    enqueue(d, s, [=] {
      return copy_now(to, reinterpret_cast<std::uintptr_t>(staged->data()), staged->size());
    });
  } else {
    enqueue(d, s, [=] { return copy_now(to, from, size); });
  }
  return success;
}

int copy(const char *name, CUdeviceptr to, CUdeviceptr from, std::size_t size) {
  return call_in_context(name, [&](Driver &d, Context &c) {
    const int result = enqueue_copy(d, *c.legacy, to, from, size);
    return result ? result : synchronize(d, *c.legacy);
  });
}

int copy_async(const char *name, CUdeviceptr to, CUdeviceptr from, std::size_t size,
               const void *stream) {
  return call_in_context(name, [&](Driver &d, Context &c) -> int {
    Stream *s = find_stream(d, c, stream);
    return s ? enqueue_copy(d, *s, to, from, size) : invalid_handle;
  });
}

CUdeviceptr address(const void *host) { return reinterpret_cast<std::uintptr_t>(host); }

template <class T>
int set_async(const char *name, CUdeviceptr to, T value, std::size_t count, const void *stream) {
  return call_in_context(name, [&](Driver &d, Context &c) -> int {
    Stream *s = find_stream(d, c, stream);
    if (!s)
      return invalid_handle;
    if (count == 0)
      return success;
    const std::size_t size = count * sizeof(T);
    if (to % sizeof(T) || !d.memory.find(to) || !is_range(d, to, size))
      return invalid_value;
    enqueue(d, *s, [=]() -> int {
      std::uint8_t *bytes = driver().memory.bytes(to, size);
      if (!bytes)
        return illegal_address;
      for (std::size_t n = 0; n < count; ++n)
        std::memcpy(bytes + n * sizeof(T), &value, sizeof(T));
      return success;
    });
    return success;
  });
}

// Modules and functions

struct JitLog {
  char *text = nullptr;
  std::size_t size = 0;
};

JitLog error_log(unsigned count, const int *options, void **values) {
  constexpr int error_log_buffer = 5, error_log_buffer_size = 6;
  JitLog log;
  for (unsigned n = 0; n < count; ++n) {
    if (options[n] == error_log_buffer)
      log.text = static_cast<char *>(values[n]);
    if (options[n] == error_log_buffer_size)
      log.size = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(values[n]));
  }
  return log;
}

int place_variables(Driver &d, LoadedModule &m) {
  for (const GlobalVariable &v : m.module.variables) {
    const Allocation *a = d.memory.allocate(v.size, m.context);
    if (!a)
      return out_of_memory;
    std::memset(a->data, 0, a->size);
    std::copy(v.bytes.begin(), v.bytes.end(), a->data);
    m.variables.push_back(a->begin);
  }
  for (const Relocation &r : m.module.relocations)
    m.module.kernels[r.kernel].registers[r.slot] = m.variables[r.variable];
  return success;
}

int load_module(const char *name, void **result, const void *image, const JitLog &log) {
  return call_in_context(name, [&](Driver &d, Context &c) -> int {
    if (!result || !image)
      return invalid_value;
    auto m = std::make_unique<LoadedModule>();
    m->context = &c;
    try {
      m->module = parse_ptx(static_cast<const char *>(image), d.device());
    } catch (const PtxError &e) {
      std::fprintf(stderr, "CUDA stand-in: %s\n", e.what());
      if (log.text && log.size)
        std::snprintf(log.text, log.size, "%s", e.what());
      return e.result;
    }
    if (const int error = place_variables(d, *m))
      return error;
    for (const Kernel &k : m->module.kernels) {
      const std::uint32_t used = std::min(k.static_shared, default_shared);
      m->functions.emplace_back(new Function{m.get(), &k, default_shared - used});
    }
    *result = m.get();
    d.modules[m.get()] = std::move(m);
    return success;
  });
}

Function *find_function(Driver &d, const void *handle) {
  for (const auto &[key, m] : d.modules)
    for (const auto &f : m->functions)
      if (f.get() == handle)
        return f.get();
  return nullptr;
}

int function_attribute(const Driver &d, const Function &f, int attribute, int &value) {
  switch (attribute) {
  case 0: // MAX_THREADS_PER_BLOCK
    value = static_cast<int>(std::min<std::uint64_t>(1024, f.kernel->max_threads));
    return success;
  case 1: // SHARED_SIZE_BYTES
    value = static_cast<int>(f.kernel->static_shared);
    return success;
  case 2: // CONST_SIZE_BYTES
  case 7: // CACHE_MODE_CA
    value = 0;
    return success;
  case 3: // LOCAL_SIZE_BYTES
    value = static_cast<int>(f.kernel->local_bytes);
    return success;
  case 4: // NUM_REGS
    value = 32;
    return success;
  case 5: // PTX_VERSION
    value = f.module->module.target;
    return success;
  case 6: // BINARY_VERSION
    value = d.capability;
    return success;
  case 8: // MAX_DYNAMIC_SHARED_SIZE_BYTES
    value = static_cast<int>(f.max_dynamic_shared);
    return success;
  case 9: // PREFERRED_SHARED_MEMORY_CARVEOUT
    value = -1;
    return success;
  default:
    return invalid_value;
  }
}

// Launches

int check_sizes(const Launch &l, const Function &f) {
  const auto &[gx, gy, gz] = l.grid;
  const auto &[bx, by, bz] = l.block;
  const std::uint64_t threads = std::uint64_t{bx} * by * bz;
  if (!gx || !gy || !gz || !threads || gx > 0x7fffffff || gy > 65535 || gz > 65535)
    return invalid_value;
  if (bx > 1024 || by > 1024 || bz > 64 || threads > 1024 || threads > f.kernel->max_threads)
    return invalid_value;
  const auto &required = f.kernel->required_block;
  if (required[0] && required != l.block)
    return invalid_value;
  return l.dynamic_shared > f.max_dynamic_shared ? invalid_value : success;
}

bool copy_parameters(Launch &l, void **parameters, void **extra) {
  const Kernel &k = *l.kernel;
  l.parameters.resize(k.parameter_bytes);
  if (parameters && !extra) {
    for (std::size_t n = 0; n < k.parameters.size(); ++n)
      std::memcpy(l.parameters.data() + k.parameters[n].offset, parameters[n],
                  k.parameters[n].size);
    return true;
  }
  const void *buffer = nullptr;
  std::size_t size = 0;
  for (; extra && reinterpret_cast<std::uintptr_t>(*extra); extra += 2) {
    if (reinterpret_cast<std::uintptr_t>(extra[0]) == 1)
      buffer = extra[1];
    else
      size = *static_cast<const std::size_t *>(extra[1]);
  }
  if (k.parameter_bytes && (parameters || !buffer || size < k.parameter_bytes))
    return false;
  if (k.parameter_bytes)
    std::memcpy(l.parameters.data(), buffer, k.parameter_bytes);
  return true;
}

std::string describe(const Launch &l) {
  char text[160];
  std::snprintf(text, sizeof text, " grid %ux%ux%u block %ux%ux%u shared %u", l.grid[0], l.grid[1],
                l.grid[2], l.block[0], l.block[1], l.block[2], l.dynamic_shared);
  return l.kernel->name + text;
}

int run(const Launch &l) {
  Driver &d = driver();
  Machine machine(l, d.memory);
  const int result = machine.run();
  d.instructions += machine.executed();
  if (result)
    std::fprintf(stderr, "CUDA stand-in: %s\n", machine.message().c_str());
  return result;
}

// Pointers

int pointer_attribute(const Driver &d, const Allocation &a, int attribute, CUdeviceptr p,
                      void *data) {
  const auto write = [&](auto x) {
    std::memcpy(data, &x, sizeof x);
    return success;
  };
  switch (attribute) {
  case 1: // CONTEXT
    return write(a.owner);
  case 2: // MEMORY_TYPE
    return write(a.host ? 1u : 2u);
  case 3: // DEVICE_POINTER
    return write(p);
  case 4: // HOST_POINTER
    return a.host ? write(p) : invalid_value;
  case 7: // BUFFER_ID
    return write(static_cast<unsigned long long>(a.id));
  case 8: // IS_MANAGED
    return write(0u);
  case 9: // DEVICE_ORDINAL
    for (const auto &c : d.contexts)
      if (c.get() == a.owner)
        return write(c->device);
    return invalid_value;
  case 11: // RANGE_START_ADDR
    return write(a.begin);
  case 12: // RANGE_SIZE
    return write(static_cast<std::size_t>(a.size));
  default:
    return invalid_value;
  }
}

std::size_t size_of_attribute(int attribute) {
  return attribute == 2 || attribute == 8 || attribute == 9 ? 4 : 8;
}

int device_attribute(const Driver &d, int attribute) {
  switch (attribute) {
  case 1: // MAX_THREADS_PER_BLOCK
  case 2: // MAX_BLOCK_DIM_X
  case 3: // MAX_BLOCK_DIM_Y
    return 1024;
  case 4: // MAX_BLOCK_DIM_Z
    return 64;
  case 5: // MAX_GRID_DIM_X
    return 0x7fffffff;
  case 6: // MAX_GRID_DIM_Y
  case 7: // MAX_GRID_DIM_Z
    return 65535;
  case 8: // MAX_SHARED_MEMORY_PER_BLOCK
    return default_shared;
  case 10: // WARP_SIZE
    return 32;
  case 12: // MAX_REGISTERS_PER_BLOCK
    return 65536;
  case 13: // CLOCK_RATE, in kHz
    return 1980000;
  case 16: // MULTIPROCESSOR_COUNT
    return d.sms;
  case 36: // MEMORY_CLOCK_RATE, in kHz
    return 2619000;
  case 37: // GLOBAL_MEMORY_BUS_WIDTH
    return 5120;
  case 38: // L2_CACHE_SIZE
    return 50 << 20;
  case 39: // MAX_THREADS_PER_MULTIPROCESSOR
    return 2048;
  case 41: // UNIFIED_ADDRESSING
    return 1;
  case 75: // COMPUTE_CAPABILITY_MAJOR
    return d.capability / 10;
  case 76: // COMPUTE_CAPABILITY_MINOR
    return d.capability % 10;
  case 81: // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
    return shared_of_opt_in + 1024;
  case 97: // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    return shared_of_opt_in;
  default:
    return 0;
  }
}

const ResultText *find_text(int result) {
  for (const ResultText &t : result_texts)
    if (t.result == result)
      return &t;
  return nullptr;
}

bool is_device(const Driver &d, int device) { return device >= 0 && device < d.devices; }

int elapsed(float *milliseconds, const void *start, const void *end) {
  return call_in_context("cuEventElapsedTime", [&](Driver &d, Context &) -> int {
    const auto first = d.events.find(start), second = d.events.find(end);
    if (first == d.events.end() || second == d.events.end() || !milliseconds)
      return first == d.events.end() || second == d.events.end() ? invalid_handle : invalid_value;
    const Event &a = *first->second, &b = *second->second;
    if (!a.timed || !b.timed || !a.recorded || !b.recorded)
      return invalid_handle;
    if (!a.done || !b.done)
      return not_ready;
    *milliseconds = std::chrono::duration<float, std::milli>(b.time - a.time).count();
    return success;
  });
}

} // namespace
} // namespace stand_in

using namespace stand_in;

#define HINGE_EXPORT extern "C" __attribute__((visibility("default")))

HINGE_EXPORT int cuInit(unsigned flags) {
  return call_uninitialised(__func__, [&](Driver &d) -> int {
    if (flags)
      return invalid_value;
    d.devices = from_environment("HINGE_STAND_IN_DEVICES", 1);
    d.capability = from_environment("HINGE_STAND_IN_CAPABILITY", 90);
    d.version = from_environment("HINGE_STAND_IN_DRIVER", 13000);
    d.sms = from_environment("HINGE_STAND_IN_SMS", 132);
    if (d.devices <= 0)
      return no_device;
    d.primary.resize(static_cast<std::size_t>(d.devices));
    d.initialised = true;
    return success;
  });
}

HINGE_EXPORT int cuDriverGetVersion(int *version) {
  return call_uninitialised(__func__, [&](Driver &d) -> int {
    if (!version)
      return invalid_value;
    *version = d.initialised ? d.version : from_environment("HINGE_STAND_IN_DRIVER", 13000);
    return success;
  });
}

HINGE_EXPORT int cuGetErrorName(int result, const char **name) {
  return call_uninitialised(__func__, [&](Driver &) -> int {
    const ResultText *t = find_text(result);
    *name = t ? t->name : nullptr;
    return t ? success : invalid_value;
  });
}

HINGE_EXPORT int cuGetErrorString(int result, const char **text) {
  return call_uninitialised(__func__, [&](Driver &) -> int {
    const ResultText *t = find_text(result);
    *text = t ? t->text : nullptr;
    return t ? success : invalid_value;
  });
}

// Devices

HINGE_EXPORT int cuDeviceGetCount(int *count) {
  return call(__func__, [&](Driver &d) -> int {
    *count = d.devices;
    return success;
  });
}

HINGE_EXPORT int cuDeviceGet(int *device, int ordinal) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, ordinal))
      return invalid_device;
    *device = ordinal;
    return success;
  });
}

HINGE_EXPORT int cuDeviceGetName(char *name, int size, int device) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device))
      return invalid_device;
    std::snprintf(name, static_cast<std::size_t>(size), "CUDA stand-in %d", device);
    return success;
  });
}

HINGE_EXPORT int cuDeviceGetAttribute(int *value, int attribute, int device) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device))
      return invalid_device;
    if (!value || attribute <= 0)
      return invalid_value;
    *value = device_attribute(d, attribute);
    return success;
  });
}

HINGE_EXPORT int cuDeviceCanAccessPeer(int *can, int device, int peer) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device) || !is_device(d, peer))
      return invalid_device;
    *can = 0;
    return success;
  });
}

HINGE_EXPORT int cuDeviceTotalMem_v2(std::size_t *bytes, int device) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device))
      return invalid_device;
    *bytes = device_memory;
    return success;
  });
}

HINGE_EXPORT int cuDevicePrimaryCtxRetain(void **context, int device) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device))
      return invalid_device;
    *context = retain_primary(d, device);
    return success;
  });
}

HINGE_EXPORT int cuDevicePrimaryCtxRelease_v2(int device) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device))
      return invalid_device;
    PrimaryContext &p = d.primary[static_cast<std::size_t>(device)];
    if (!p.retained)
      return invalid_context;
    if (--p.retained == 0)
      destroy(d, *p.context);
    return success;
  });
}

HINGE_EXPORT int cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device))
      return invalid_device;
    *flags = 0;
    *active = d.primary[static_cast<std::size_t>(device)].retained > 0;
    return success;
  });
}

// Contexts

HINGE_EXPORT int cuCtxCreate_v2(void **context, unsigned, int device) {
  return call(__func__, [&](Driver &d) -> int {
    if (!is_device(d, device))
      return invalid_device;
    Context *c = new_context(d, device);
    context_stack().push_back(c);
    *context = c;
    return success;
  });
}

HINGE_EXPORT int cuCtxDestroy_v2(void *context) {
  return call(__func__, [&](Driver &d) -> int {
    Context *c = find_context(d, context);
    if (!c || !c->alive || is_primary(d, c))
      return invalid_context;
    destroy(d, *c);
    auto &stack = context_stack();
    if (!stack.empty() && stack.back() == c)
      stack.pop_back();
    return success;
  });
}

HINGE_EXPORT int cuCtxGetCurrent(void **context) {
  return call(__func__, [&](Driver &) -> int {
    *context = context_stack().empty() ? nullptr : context_stack().back();
    return success;
  });
}

HINGE_EXPORT int cuCtxSetCurrent(void *context) {
  return call(__func__, [&](Driver &d) -> int {
    auto &stack = context_stack();
    Context *c = find_context(d, context);
    if (context && (!c || !c->alive))
      return invalid_context;
    if (!stack.empty())
      stack.pop_back();
    if (c)
      stack.push_back(c);
    return success;
  });
}

HINGE_EXPORT int cuCtxPushCurrent_v2(void *context) {
  return call(__func__, [&](Driver &d) -> int {
    Context *c = find_context(d, context);
    if (!c || !c->alive)
      return invalid_context;
    context_stack().push_back(c);
    return success;
  });
}

HINGE_EXPORT int cuCtxPopCurrent_v2(void **context) {
  return call(__func__, [&](Driver &) -> int {
    auto &stack = context_stack();
    if (stack.empty())
      return invalid_context;
    if (context)
      *context = stack.back();
    stack.pop_back();
    return success;
  });
}

HINGE_EXPORT int cuCtxGetDevice(int *device) {
  return call(__func__, [&](Driver &) -> int {
    if (context_stack().empty())
      return invalid_context;
    if (!context_stack().back()->alive)
      return context_is_destroyed;
    *device = context_stack().back()->device;
    return success;
  });
}

HINGE_EXPORT int cuCtxGetId(void *context, unsigned long long *id) {
  return call(__func__, [&](Driver &d) -> int {
    if (!context && context_stack().empty())
      return invalid_context;
    const Context *c = context ? find_context(d, context) : context_stack().back();
    if (!c || !c->alive)
      return c ? context_is_destroyed : invalid_context;
    *id = c->id;
    return success;
  });
}

HINGE_EXPORT int cuCtxSynchronize() {
  return call_in_context(__func__, [](Driver &d, Context &c) { return synchronize(d, c); });
}

// Modules

HINGE_EXPORT int cuModuleLoadDataEx(void **module, const void *image, unsigned count,
                                    const int *options, void **values) {
  return load_module(__func__, module, image, error_log(count, options, values));
}

HINGE_EXPORT int cuModuleLoadData(void **module, const void *image) {
  return load_module(__func__, module, image, {});
}

HINGE_EXPORT int cuModuleUnload(void *module) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const auto it = d.modules.find(module);
    if (it == d.modules.end() || it->second->context != &c)
      return invalid_handle;
    const int result = synchronize(d, c);
    for (std::uint64_t variable : it->second->variables)
      d.memory.release(variable);
    d.modules.erase(it);
    return result;
  });
}

HINGE_EXPORT int cuModuleGetFunction(void **function, void *module, const char *name) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    const auto it = d.modules.find(module);
    if (it == d.modules.end())
      return invalid_handle;
    for (const auto &f : it->second->functions)
      if (f->kernel->name == name) {
        *function = f.get();
        return success;
      }
    return not_found;
  });
}

HINGE_EXPORT int cuFuncGetAttribute(int *value, int attribute, void *function) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    const Function *f = find_function(d, function);
    return f ? function_attribute(d, *f, attribute, *value) : invalid_handle;
  });
}

HINGE_EXPORT int cuFuncSetAttribute(void *function, int attribute, int value) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    constexpr int max_dynamic_shared = 8, carveout = 9;
    Function *f = find_function(d, function);
    if (!f)
      return invalid_handle;
    if (attribute == carveout)
      return success;
    if (attribute != max_dynamic_shared || value < 0 ||
        static_cast<unsigned>(value) + f->kernel->static_shared > shared_of_opt_in)
      return invalid_value;
    f->max_dynamic_shared = static_cast<std::uint32_t>(value);
    return success;
  });
}

HINGE_EXPORT int cuLaunchKernel(void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                unsigned block_x, unsigned block_y, unsigned block_z,
                                unsigned shared, void *stream, void **parameters, void **extra) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const Function *f = find_function(d, function);
    Stream *s = find_stream(d, c, stream);
    if (!f || !s || f->module->context != &c || s->context != &c)
      return invalid_handle;
    Launch l;
    l.kernel = f->kernel;
    l.grid = {grid_x, grid_y, grid_z};
    l.block = {block_x, block_y, block_z};
    l.dynamic_shared = shared;
    l.owner = &c;
    l.shared_base = d.device().shared_base();
    if (const int result = check_sizes(l, *f))
      return result;
    if (!copy_parameters(l, parameters, extra))
      return invalid_value;
    d.last_launch = describe(l);
    enqueue(d, *s, [l = std::move(l)] { return run(l); });
    return success;
  });
}

// Memory

HINGE_EXPORT int cuMemAlloc_v2(CUdeviceptr *pointer, std::size_t size) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    if (!pointer || !size)
      return invalid_value;
    std::uint64_t used = 0;
    for (const auto &other : d.contexts)
      if (other->device == c.device)
        used += d.memory.live_bytes(other.get());
    const Allocation *a = size <= device_memory - std::min(used, device_memory)
                              ? d.memory.allocate(size, &c)
                              : nullptr;
    if (!a)
      return out_of_memory;
    *pointer = a->begin;
    return success;
  });
}

HINGE_EXPORT int cuMemFree_v2(CUdeviceptr pointer) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    if (!pointer)
      return success;
    const Allocation *a = d.memory.find(pointer);
    if (!a || a->begin != pointer || a->host)
      return invalid_value;
    Context *owner = find_context(d, a->owner);
    const int result = synchronize(d, owner ? *owner : c);
    if (!result)
      d.memory.release(pointer);
    return result;
  });
}

HINGE_EXPORT int cuMemHostAlloc(void **pointer, std::size_t size, unsigned) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const Allocation *a = pointer && size ? d.memory.allocate_host(size, &c) : nullptr;
    if (!a)
      return pointer && size ? out_of_memory : invalid_value;
    *pointer = a->data;
    return success;
  });
}

HINGE_EXPORT int cuMemFreeHost(void *pointer) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const Allocation *a = d.memory.find(address(pointer));
    if (!a || a->begin != address(pointer) || !a->host)
      return invalid_value;
    const int result = synchronize(d, c);
    if (!result)
      d.memory.release(address(pointer));
    return result;
  });
}

HINGE_EXPORT int cuMemcpy(CUdeviceptr to, CUdeviceptr from, std::size_t size) {
  return copy(__func__, to, from, size);
}
HINGE_EXPORT int cuMemcpyHtoD_v2(CUdeviceptr to, const void *from, std::size_t size) {
  return copy(__func__, to, address(from), size);
}
HINGE_EXPORT int cuMemcpyDtoH_v2(void *to, CUdeviceptr from, std::size_t size) {
  return copy(__func__, address(to), from, size);
}
HINGE_EXPORT int cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, std::size_t size) {
  return copy(__func__, to, from, size);
}
HINGE_EXPORT int cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, std::size_t size, void *stream) {
  return copy_async(__func__, to, from, size, stream);
}
HINGE_EXPORT int cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void *from, std::size_t size,
                                      void *stream) {
  return copy_async(__func__, to, address(from), size, stream);
}
HINGE_EXPORT int cuMemcpyDtoHAsync_v2(void *to, CUdeviceptr from, std::size_t size, void *stream) {
  return copy_async(__func__, address(to), from, size, stream);
}
HINGE_EXPORT int cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, std::size_t size,
                                      void *stream) {
  return copy_async(__func__, to, from, size, stream);
}
HINGE_EXPORT int cuMemsetD8Async(CUdeviceptr to, unsigned char value, std::size_t count,
                                 void *stream) {
  return set_async(__func__, to, value, count, stream);
}
HINGE_EXPORT int cuMemsetD32Async(CUdeviceptr to, unsigned value, std::size_t count, void *stream) {
  return set_async(__func__, to, value, count, stream);
}

HINGE_EXPORT int cuMemsetD2D8Async(CUdeviceptr to, std::size_t pitch, unsigned char value,
                                   std::size_t width, std::size_t height, void *stream) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    Stream *s = find_stream(d, c, stream);
    if (!s)
      return invalid_handle;
    if (width == 0 || height == 0)
      return success;
    const std::size_t size = (height - 1) * pitch + width;
    if ((height > 1 && pitch < width) || !d.memory.find(to) || !is_range(d, to, size))
      return invalid_value;
    enqueue(d, *s, [=]() -> int {
      std::uint8_t *bytes = driver().memory.bytes(to, size);
      for (std::size_t row = 0; bytes && row < height; ++row)
        std::memset(bytes + row * pitch, value, width);
      return bytes ? success : illegal_address;
    });
    return success;
  });
}

HINGE_EXPORT int cuPointerGetAttribute(void *data, int attribute, CUdeviceptr pointer) {
  return call(__func__, [&](Driver &d) -> int {
    const Allocation *a = d.memory.find(pointer);
    return data && a ? pointer_attribute(d, *a, attribute, pointer, data) : invalid_value;
  });
}

HINGE_EXPORT int cuPointerGetAttributes(unsigned count, const int *attributes, void **data,
                                        CUdeviceptr pointer) {
  return call(__func__, [&](Driver &d) -> int {
    const Allocation *a = d.memory.find(pointer);
    for (unsigned n = 0; n < count; ++n)
      if (!a || pointer_attribute(d, *a, attributes[n], pointer, data[n]))
        std::memset(data[n], 0, size_of_attribute(attributes[n]));
    return success;
  });
}

HINGE_EXPORT int cuMemGetAddressRange_v2(CUdeviceptr *base, std::size_t *size,
                                         CUdeviceptr pointer) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    const Allocation *a = d.memory.find(pointer);
    if (!a)
      return not_found;
    if (base)
      *base = a->begin;
    if (size)
      *size = a->size;
    return success;
  });
}

// Streams and events

HINGE_EXPORT int cuStreamCreate(void **stream, unsigned flags) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    constexpr unsigned non_blocking = 1;
    if (!stream || flags > non_blocking)
      return invalid_value;
    std::unique_ptr<Stream> s(new Stream{&c, flags != non_blocking, false});
    *stream = s.get();
    d.streams[s.get()] = std::move(s);
    return success;
  });
}

// The driver does what a destroyed stream still has.
HINGE_EXPORT int cuStreamDestroy_v2(void *stream) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    const auto it = d.streams.find(stream);
    if (it == d.streams.end())
      return invalid_handle;
    const int result = synchronize(d, *it->second);
    d.streams.erase(it);
    return result;
  });
}

HINGE_EXPORT int cuStreamSynchronize(void *stream) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const Stream *s = find_stream(d, c, stream);
    return s ? synchronize(d, *s) : invalid_handle;
  });
}

HINGE_EXPORT int cuStreamQuery(void *stream) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const Stream *s = find_stream(d, c, stream);
    if (!s)
      return invalid_handle;
    for (const Work &w : d.queue)
      if (w.stream == s)
        return not_ready;
    return s->context->error;
  });
}

HINGE_EXPORT int cuStreamGetCtx(void *stream, void **context) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    const Stream *s = find_stream(d, c, stream);
    if (!s)
      return invalid_handle;
    *context = s->context;
    return success;
  });
}

HINGE_EXPORT int cuStreamWaitEvent(void *stream, void *event, unsigned) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    Stream *s = find_stream(d, c, stream);
    const auto e = d.events.find(event);
    if (!s || e == d.events.end())
      return invalid_handle;
    if (!e->second->done)
      enqueue(
          d, *s, [] { return success; }, e->second->recorded);
    return success;
  });
}

HINGE_EXPORT int cuEventCreate(void **event, unsigned flags) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    constexpr unsigned disable_timing = 2;
    auto e = std::make_unique<Event>();
    e->context = &c;
    e->timed = !(flags & disable_timing);
    *event = e.get();
    d.events[e.get()] = std::move(e);
    return success;
  });
}

HINGE_EXPORT int cuEventRecord(void *event, void *stream) {
  return call_in_context(__func__, [&](Driver &d, Context &c) -> int {
    Stream *s = find_stream(d, c, stream);
    const auto it = d.events.find(event);
    if (!s || it == d.events.end() || it->second->context != s->context)
      return invalid_handle;
    const std::uint64_t id = d.next_work;
    enqueue(d, *s, [event, id] {
      const auto found = driver().events.find(event);
      if (found != driver().events.end() && found->second->recorded == id) {
        found->second->done = true;
        found->second->time = std::chrono::steady_clock::now();
      }
      return success;
    });
    it->second->recorded = id;
    it->second->done = false;
    return success;
  });
}

HINGE_EXPORT int cuEventQuery(void *event) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    const auto it = d.events.find(event);
    if (it == d.events.end())
      return invalid_handle;
    return it->second->done ? success : not_ready;
  });
}

HINGE_EXPORT int cuEventSynchronize(void *event) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    const auto it = d.events.find(event);
    if (it == d.events.end())
      return invalid_handle;
    if (!it->second->done)
      execute(d, needed_work(d, {}, {it->second->recorded}));
    return it->second->context->error;
  });
}

HINGE_EXPORT int cuEventElapsedTime(float *milliseconds, void *start, void *end) {
  return elapsed(milliseconds, start, end);
}
HINGE_EXPORT int cuEventElapsedTime_v2(float *milliseconds, void *start, void *end) {
  return elapsed(milliseconds, start, end);
}

HINGE_EXPORT int cuEventDestroy_v2(void *event) {
  return call_in_context(__func__, [&](Driver &d, Context &) -> int {
    return d.events.erase(event) ? success : invalid_handle;
  });
}

// For tests

HINGE_EXPORT unsigned long long hinge_stand_in_calls(const char *function) {
  Driver &d = driver();
  const std::lock_guard lock(d.mutex);
  const auto it = d.calls.find(without_version(function));
  return it == d.calls.end() ? 0 : it->second;
}

HINGE_EXPORT void hinge_stand_in_fail(const char *function, int result, int after) {
  Driver &d = driver();
  const std::lock_guard lock(d.mutex);
  d.injected[without_version(function)] = {result, after};
}

HINGE_EXPORT unsigned long long hinge_stand_in_instructions() {
  Driver &d = driver();
  const std::lock_guard lock(d.mutex);
  return d.instructions;
}

HINGE_EXPORT unsigned long long hinge_stand_in_live_bytes() {
  Driver &d = driver();
  const std::lock_guard lock(d.mutex);
  return d.memory.live_bytes();
}

HINGE_EXPORT const char *hinge_stand_in_last_launch() {
  thread_local std::string text;
  Driver &d = driver();
  const std::lock_guard lock(d.mutex);
  text = d.last_launch;
  return text.c_str();
}

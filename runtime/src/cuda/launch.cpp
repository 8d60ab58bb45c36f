#include "cuda/launch.h"

#include "cuda/kernels.h"
#include "error.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <string>

namespace hinge::detail::cuda {

thread_local void *thread_stream = nullptr;

static thread_local Call *current_call = nullptr;

/// The kernels of one host function in one context. They are never freed, because nothing tells
/// when a context ends.
struct LoadedKernels {
  unsigned long long context_id;
  struct {
    char name[128];
    Function function;
  } kernels[4];
  const LoadedKernels *next;
};

namespace {

/// The properties of a device, which are asked for once.
struct DeviceFacts {
  std::once_flag once;
  hinge_status status = HINGE_OK;
  char message[256] = "";
  Context primary = nullptr;
  std::once_flag primary_once;
  Result primary_error = success;
  int multiprocessors = 0;
};

constexpr int max_devices = 64;
DeviceFacts facts_of_devices[max_devices];

const DeviceFacts &facts_of(Device device) {
  DeviceFacts &facts = facts_of_devices[device];
  std::call_once(facts.once, [&] {
    const Driver &d = driver();
    std::array<int, 2> capability{};
    d.device_get_attribute(&capability[0], device_capability_major, device);
    d.device_get_attribute(&capability[1], device_capability_minor, device);
    d.device_get_attribute(&facts.multiprocessors, device_multiprocessors, device);
    const std::array<int, 2> &needed = kernels().capability;
    if (capability < needed) {
      facts.status = HINGE_NO_DEVICE;
      std::snprintf(facts.message, sizeof facts.message,
                    "device %d has compute capability %d.%d: expected %d.%d or newer", device,
                    capability[0], capability[1], needed[0], needed[1]);
    }
  });
  return facts;
}

} // namespace

hinge_status use_primary_context(int ordinal) {
  const Driver &d = driver();
  Device device = 0;
  if (const Result error = d.device_get(&device, ordinal))
    return driver_failed(error, "cuDeviceGet");
  if (device >= max_devices)
    return fail(HINGE_NO_DEVICE, "device is %d: expected less than %d", ordinal, max_devices);
  DeviceFacts &facts = facts_of_devices[device];
  std::call_once(facts.primary_once, [&] {
    facts.primary_error = d.device_primary_ctx_retain(&facts.primary, device);
  });
  if (facts.primary_error)
    return driver_failed(facts.primary_error, "cuDevicePrimaryCtxRetain");
  return driver_status(d.ctx_set_current(facts.primary), "cuCtxSetCurrent");
}

Call::Call(void *stream) { status_ = enter(stream ? stream : thread_stream); }

hinge_status Call::enter(void *stream) {
  if (hinge_status s = check_driver())
    return s;
  const Driver &d = driver();
  stream_ = static_cast<Stream>(stream);
  Context current = nullptr;
  const auto get_current = [&] {
    return driver_status(d.ctx_get_current(&current), "cuCtxGetCurrent");
  };
  const auto make_current = [&] {
    const hinge_status s = use_primary_context(0);
    return s == HINGE_OK ? get_current() : s;
  };
  if (hinge_status s = get_current())
    return s;
  if (is_default_stream(stream)) {
    if (!current)
      if (hinge_status s = make_current())
        return s;
    context_ = current;
  } else {
    Result error = d.stream_get_ctx(stream_, &context_);
    if (error == error_invalid_context && !current) { // to ask for one the driver wants another
      if (hinge_status s = make_current())
        return s;
      error = d.stream_get_ctx(stream_, &context_);
    }
    if (error)
      return driver_failed(error, "cuStreamGetCtx");
    if (context_ != current) {
      if ((error = d.ctx_push_current(context_)))
        return driver_failed(error, "cuCtxPushCurrent");
      is_pushed_ = true;
    }
  }
  // The context of this thread's last call is known, and need not be asked for again.
  static thread_local struct {
    unsigned long long id = ~0ull;
    Device device = 0;
  } last;
  context_id_ = reinterpret_cast<std::uintptr_t>(context_);
  if (d.ctx_get_id)
    if (const Result error = d.ctx_get_id(context_, &context_id_))
      return driver_failed(error, "cuCtxGetId");
  if (!d.ctx_get_id || context_id_ != last.id) {
    if (const Result error = d.ctx_get_device(&last.device))
      return driver_failed(error, "cuCtxGetDevice");
    if (last.device >= max_devices)
      return fail(HINGE_NO_DEVICE, "device %d: expected less than %d", last.device, max_devices);
    last.id = context_id_;
  }
  device_ = last.device;
  const DeviceFacts &facts = facts_of(device_);
  multiprocessors_ = facts.multiprocessors;
  return facts.status == HINGE_OK ? HINGE_OK : fail(facts.status, "%s", facts.message);
}

Call::~Call() {
  Context popped = nullptr;
  if (is_pushed_)
    driver().ctx_pop_current(&popped);
}

void Call::begin_launch() {
  current_call = this;
  status_ = HINGE_OK;
  loaded_ = nullptr;
}

hinge_status Call::launch_status() {
  current_call = nullptr;
  return status_;
}

/// The functions that the kernels' host functions call.
struct Launcher {
  static hinge_status load(Call &call, void **cell, const char *ptx) {
    auto *head = reinterpret_cast<std::atomic<const LoadedKernels *> *>(cell);
    static_assert(sizeof *head == sizeof *cell);
    call.loaded_ = find(head->load(std::memory_order_acquire), call.context_id_);
    if (call.loaded_)
      return HINGE_OK;
    static std::mutex loading;
    const std::lock_guard lock(loading);
    call.loaded_ = find(head->load(std::memory_order_acquire), call.context_id_);
    if (call.loaded_)
      return HINGE_OK;
    auto *loaded = new LoadedKernels{call.context_id_, {}, head->load(std::memory_order_relaxed)};
    if (hinge_status s = load_module(ptx, loaded)) {
      delete loaded;
      return s;
    }
    head->store(loaded, std::memory_order_release);
    call.loaded_ = loaded;
    return HINGE_OK;
  }

  static hinge_status launch(Call &call, const char *kernel, const int grid[3], const int block[3],
                             int shared_bytes, void **arguments, const std::uint8_t *is_buffer) {
    if (call.only_loads_)
      return HINGE_OK;
    constexpr int most = 128;
    void *parameters[most];
    for (int i = 0; arguments[i]; i++) {
      if (i == most)
        return fail(HINGE_INTERNAL_ERROR, "%s has more than %d parameters", last_kernel, most);
      // A kernel takes a buffer as its address.
      parameters[i] =
          is_buffer[i] ? &static_cast<halide_buffer_t *>(arguments[i])->device : arguments[i];
    }
    for (const auto &k : call.loaded_->kernels)
      if (std::strcmp(k.name, kernel) == 0) {
        const Result error = driver().launch_kernel(
            k.function, unsigned(grid[0]), unsigned(grid[1]), unsigned(grid[2]), unsigned(block[0]),
            unsigned(block[1]), unsigned(block[2]), unsigned(shared_bytes), call.stream_,
            parameters, nullptr);
        return driver_status(error, "cuLaunchKernel");
      }
    return fail(HINGE_INTERNAL_ERROR, "%s has no kernel %s", last_kernel, kernel);
  }

  static void note(Call &call, hinge_status status) {
    if (call.status_ == HINGE_OK)
      call.status_ = status;
  }

  static bool has_failed(const Call &call) { return call.status_ != HINGE_OK; }

private:
  static const LoadedKernels *find(const LoadedKernels *loaded, unsigned long long context_id) {
    while (loaded && loaded->context_id != context_id)
      loaded = loaded->next;
    return loaded;
  }

  static hinge_status load_module(const char *ptx, LoadedKernels *loaded) {
    const Driver &d = driver();
    char log[256] = "";
    enum { jit_error_log_buffer = 5, jit_error_log_buffer_size_bytes = 6 };
    int options[] = {jit_error_log_buffer, jit_error_log_buffer_size_bytes};
    void *values[] = {log, reinterpret_cast<void *>(sizeof log)};
    Module module = nullptr;
    if (const Result error = d.module_load_data(&module, ptx, 2, options, values)) {
      const hinge_status s = driver_failed(error, "cuModuleLoadDataEx");
      const std::string message = hinge_last_error();
      return fail(s, "%s; kernels of %s: %s", message.c_str(), last_kernel, log);
    }
    // Their names are in the text.
    constexpr char entry[] = ".entry ";
    std::size_t count = 0;
    for (const char *at = ptx; (at = std::strstr(at, entry)); count++) {
      at += sizeof entry - 1;
      const std::size_t length = std::strcspn(at, "(");
      if (count == std::size(loaded->kernels) || length >= sizeof loaded->kernels[0].name)
        return fail(HINGE_INTERNAL_ERROR, "%s has too many kernels, or one with too long a name",
                    last_kernel);
      auto &k = loaded->kernels[count];
      std::memcpy(k.name, at, length);
      if (const Result error = d.module_get_function(&k.function, module, k.name)) {
        d.module_unload(module);
        return driver_failed(error, "cuModuleGetFunction");
      }
    }
    return HINGE_OK;
  }
};

} // namespace hinge::detail::cuda

using hinge::detail::cuda::current_call;
using hinge::detail::cuda::Launcher;

int hinge_cuda_load_kernels(void **cell, const char *ptx, int) {
  Launcher::note(*current_call, Launcher::load(*current_call, cell, ptx));
  return 0;
}

int hinge_cuda_launch(void *, const char *kernel, int grid_x, int grid_y, int grid_z, int block_x,
                      int block_y, int block_z, int shared_bytes, const std::int64_t *,
                      void **arguments, const std::uint8_t *is_buffer) {
  if (Launcher::has_failed(*current_call))
    return 0;
  const int grid[] = {grid_x, grid_y, grid_z}, block[] = {block_x, block_y, block_z};
  Launcher::note(*current_call, Launcher::launch(*current_call, kernel, grid, block, shared_bytes,
                                                 arguments, is_buffer));
  return 0;
}

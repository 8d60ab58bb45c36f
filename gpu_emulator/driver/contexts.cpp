// Contexts: the primary one of a device, others, and the stack of each thread.
#include "state.h"

#include <algorithm>
#include <iterator>

namespace gpu_emulator {
namespace {

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

// The primary context of a device keeps its handle, and gets a new id when it is retained again.
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

} // namespace

Context *find_context(Driver &d, const void *handle) {
  for (const auto &c : d.contexts)
    if (c.get() == handle)
      return c.get();
  return nullptr;
}

} // namespace gpu_emulator

using namespace gpu_emulator;

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

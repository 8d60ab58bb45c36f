// Allocations of memory, and what the driver says about a pointer.
#include "state.h"

#include <algorithm>
#include <cstring>

namespace gpu_emulator {
namespace {

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

} // namespace
} // namespace gpu_emulator

using namespace gpu_emulator;

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

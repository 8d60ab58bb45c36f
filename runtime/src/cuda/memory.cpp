#include "cuda/memory.h"

#include "error.h"

namespace hinge::detail::cuda {

static hinge_status check_address(const Call &call, const char *name, std::uintptr_t address) {
  const Driver &d = driver();
  unsigned type = memory_unknown;
  const Result error = d.pointer_get_attribute(&type, pointer_memory_type, address);
  if (error != success || type == memory_unknown) {
    // Memory that the driver does not know belongs to the host; some devices reach that too.
    int reaches = 0;
    d.device_get_attribute(&reaches, device_pageable_memory_access, call.device());
    if (reaches)
      return HINGE_OK;
    return fail(HINGE_INVALID_ARGUMENT,
                "%s: %p is memory of the host: expected memory of the device, managed or pinned "
                "memory",
                name, reinterpret_cast<void *>(address));
  }
  if (type != memory_device || d.devices == 1)
    return HINGE_OK;
  int ordinal = call.device(), reaches = 0;
  if (d.pointer_get_attribute(&ordinal, pointer_device_ordinal, address) == success &&
      ordinal != call.device() &&
      (d.device_can_access_peer(&reaches, call.device(), ordinal) != success || !reaches))
    return fail(HINGE_INVALID_ARGUMENT, "%s: %p is memory of device %d: expected device %d", name,
                reinterpret_cast<void *>(address), ordinal, call.device());
  return HINGE_OK;
}

hinge_status check_location(const Call &call, const Argument &argument) {
  const Region &region = argument.region;
  if (region.begin == region.end)
    return HINGE_OK;
  if (region.begin % argument.element != 0)
    return fail(HINGE_INVALID_ARGUMENT, "%s is at %p: expected a multiple of %d bytes on a device",
                argument.name, reinterpret_cast<void *>(region.begin), int(argument.element));
  if (hinge_status s = check_address(call, argument.name, region.begin))
    return s;
  constexpr std::uintptr_t page = 4096; // a device reaches all of a page or nothing
  return region.begin / page == (region.end - 1) / page
             ? HINGE_OK
             : check_address(call, argument.name, region.end - 1);
}

} // namespace hinge::detail::cuda

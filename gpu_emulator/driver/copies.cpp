// Copies and sets of memory.
#include "state.h"

#include <cstring>

namespace gpu_emulator {
namespace {

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
  // The call copies pageable host memory before it returns.
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

} // namespace
} // namespace gpu_emulator

using namespace gpu_emulator;

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

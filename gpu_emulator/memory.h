#ifndef HINGE_GPU_EMULATOR_MEMORY_H
#define HINGE_GPU_EMULATOR_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace gpu_emulator {

struct Allocation {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  std::uint8_t *data = nullptr; // the bytes; device memory has them elsewhere than at `begin`
  const void *owner = nullptr;  // the context
  std::uint64_t id = 0;
  bool host = false; // pinned host memory, which every context may access
};

/// The device memory of all contexts and pinned host memory, in one address space.
class Memory {
public:
  Memory();
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  // Both return null where the memory is exhausted.
  const Allocation *allocate(std::uint64_t size, const void *owner);
  const Allocation *allocate_host(std::uint64_t size, const void *owner);
  bool release(std::uint64_t begin);
  void release_all(const void *owner);

  /// Returns the live allocation that has this byte, or null.
  const Allocation *find(std::uint64_t address) const;
  /// Returns the bytes at an address of the device or the host; null for device memory that is
  /// free.
  std::uint8_t *bytes(std::uint64_t address, std::uint64_t size) const;
  bool in_device_range(std::uint64_t address) const;
  std::uint64_t live_bytes(const void *owner = nullptr) const;
  /// Says where an address lies relative to the nearest allocation.
  std::string describe(std::uint64_t address) const;

private:
  void erase(std::map<std::uint64_t, Allocation>::iterator it);

  std::map<std::uint64_t, Allocation> allocations_; // the key is their begin
  std::uint64_t range_begin_ = 0, range_size_ = 0, next_ = 0, next_id_ = 1;
};

} // namespace gpu_emulator

#endif

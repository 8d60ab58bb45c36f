#include "memory.h"

#include <sys/mman.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <new>

namespace gpu_emulator {
namespace {

constexpr std::align_val_t data_alignment{256};

std::uint8_t *poisoned(std::uint64_t size) {
  void *data = ::operator new(size, data_alignment, std::nothrow);
  if (data)
    std::memset(data, 0xff, size);
  return static_cast<std::uint8_t *>(data);
}

} // namespace

Memory::Memory() {
  // These pages have no rights, so an access by the host crashes as it does with a GPU.
  for (range_size_ = std::uint64_t{1} << 40; range_size_ >= std::uint64_t{1} << 30;
       range_size_ /= 2) {
    void *range =
        mmap(nullptr, range_size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range != MAP_FAILED) {
      range_begin_ = reinterpret_cast<std::uintptr_t>(range);
      break;
    }
  }
  next_ = range_begin_ + 256;
}

Memory::~Memory() {
  while (!allocations_.empty())
    erase(allocations_.begin());
  if (range_begin_)
    munmap(reinterpret_cast<void *>(static_cast<std::uintptr_t>(range_begin_)), range_size_);
}

const Allocation *Memory::allocate(std::uint64_t size, const void *owner) {
  // Addresses are never used again. They are odd multiples of 256, the alignment that CUDA
  // promises.
  if (!range_begin_ || size > range_begin_ + range_size_ - next_)
    return nullptr;
  Allocation a;
  a.begin = next_;
  a.size = size;
  a.data = poisoned(size);
  if (!a.data)
    return nullptr;
  a.owner = owner;
  a.id = next_id_++;
  next_ = (next_ + size + 511) / 512 * 512 + 256;
  return &(allocations_[a.begin] = a);
}

const Allocation *Memory::allocate_host(std::uint64_t size, const void *owner) {
  Allocation a;
  a.data = poisoned(size);
  if (!a.data)
    return nullptr;
  a.begin = reinterpret_cast<std::uintptr_t>(a.data);
  a.size = size;
  a.owner = owner;
  a.id = next_id_++;
  a.host = true;
  return &(allocations_[a.begin] = a);
}

void Memory::erase(std::map<std::uint64_t, Allocation>::iterator it) {
  ::operator delete(it->second.data, data_alignment);
  allocations_.erase(it);
}

bool Memory::release(std::uint64_t begin) {
  const auto it = allocations_.find(begin);
  if (it == allocations_.end())
    return false;
  erase(it);
  return true;
}

void Memory::release_all(const void *owner) {
  for (auto it = allocations_.begin(); it != allocations_.end();) {
    const auto current = it++;
    if (current->second.owner == owner)
      erase(current);
  }
}

const Allocation *Memory::find(std::uint64_t address) const {
  auto it = allocations_.upper_bound(address);
  if (it == allocations_.begin())
    return nullptr;
  const Allocation &a = (--it)->second;
  return address - a.begin < a.size ? &a : nullptr;
}

std::uint8_t *Memory::bytes(std::uint64_t address, std::uint64_t size) const {
  if (const Allocation *a = find(address))
    return size <= a->size - (address - a->begin) ? a->data + (address - a->begin) : nullptr;
  if (in_device_range(address))
    return nullptr;
  return reinterpret_cast<std::uint8_t *>(static_cast<std::uintptr_t>(address));
}

bool Memory::in_device_range(std::uint64_t address) const {
  return address - range_begin_ < range_size_;
}

std::uint64_t Memory::live_bytes(const void *owner) const {
  std::uint64_t sum = 0;
  for (const auto &[begin, a] : allocations_)
    if (!a.host && (!owner || a.owner == owner))
      sum += a.size;
  return sum;
}

std::string Memory::describe(std::uint64_t address) const {
  const Allocation *nearest = nullptr;
  std::uint64_t distance = 0;
  for (const auto &[begin, a] : allocations_) {
    const std::uint64_t d = address < begin             ? begin - address
                            : address >= begin + a.size ? address - (begin + a.size)
                                                        : 0;
    if (!nearest || d < distance) {
      nearest = &a;
      distance = d;
    }
  }
  if (!nearest)
    return "nothing is allocated";
  const char *where = address < nearest->begin                    ? "before"
                      : address >= nearest->begin + nearest->size ? "behind"
                                                                  : "inside";
  if (*where == 'i')
    distance = address - nearest->begin;
  char text[160];
  std::snprintf(text, sizeof text,
                "%" PRIu64 " bytes %s the allocation of %" PRIu64 " bytes at 0x%" PRIx64, distance,
                where, nearest->size, nearest->begin);
  return text;
}

} // namespace gpu_emulator

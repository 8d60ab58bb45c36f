#include "host/nontemporal.h"

#include "hinge/hinge.h"

#include <atomic>

namespace hinge::detail {

static std::atomic<std::int64_t> nontemporal_bytes{-1};

bool is_nontemporal(std::int64_t bytes, int arrays) {
  return bytes >= hinge_get_nontemporal_bytes() / arrays;
}

} // namespace hinge::detail

using namespace hinge::detail;

void hinge_set_nontemporal_bytes(int64_t bytes) {
  nontemporal_bytes.store(bytes < 0 ? -1 : bytes, std::memory_order_relaxed);
}

int64_t hinge_get_nontemporal_bytes(void) {
  const std::int64_t bytes = nontemporal_bytes.load(std::memory_order_relaxed);
  return bytes < 0 ? default_nontemporal_bytes() : bytes;
}

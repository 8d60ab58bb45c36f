#include "stream.h"

#include "hinge/hinge.h"

#include <atomic>

namespace hinge::detail {

static std::atomic<std::int64_t> stream_bytes{-1};

bool should_stream(std::int64_t bytes, int arrays) {
  return bytes >= hinge_get_stream_bytes() / arrays;
}

} // namespace hinge::detail

using namespace hinge::detail;

void hinge_set_stream_bytes(int64_t bytes) {
  stream_bytes.store(bytes < 0 ? -1 : bytes, std::memory_order_relaxed);
}

int64_t hinge_get_stream_bytes(void) {
  const std::int64_t bytes = stream_bytes.load(std::memory_order_relaxed);
  return bytes < 0 ? default_stream_bytes() : bytes;
}

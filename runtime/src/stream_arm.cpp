#include "stream.h"

namespace hinge::detail {

// Never: the cores themselves see a run of whole cache lines being written and write them without
// reading (write streaming mode, Arm Cortex-A76 TRM, 8.3.2). Not measured.
std::int64_t default_stream_bytes() { return INT64_MAX; }

void stream_copy(const float *tile, float *y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += 8)
    __asm__("ldp q0, q1, [%0]\n\tstnp q0, q1, [%1]"
            :
            : "r"(tile + i), "r"(y + i)
            : "v0", "v1", "memory");
}

// What STNP stores is as ordered as any store.
void stream_fence() {}

} // namespace hinge::detail

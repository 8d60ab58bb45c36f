#include "host/nontemporal.h"

namespace hinge::detail {

// Never, because the cores recognize a run of whole cache lines being written, and write them
// without reading (write streaming mode, Arm Cortex-A76 TRM, 8.3.2). Not measured.
std::int64_t default_nontemporal_bytes() { return INT64_MAX; }

void nontemporal_copy(const float *tile, float *y, std::int64_t count) {
  for (std::int64_t i = 0; i < count; i += 8)
    __asm__("ldp q0, q1, [%0]\n\tstnp q0, q1, [%1]"
            :
            : "r"(tile + i), "r"(y + i)
            : "v0", "v1", "memory");
}

// A store by STNP is ordered like any other store.
void nontemporal_fence() {}

} // namespace hinge::detail

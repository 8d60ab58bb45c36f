// Non-temporal stores: they write past the caches.
#pragma once

#include <cstdint>

namespace hinge::detail {

/// The floats that a kernel computes into L1 before they are stored: 2 KiB. An output of 256 MiB
/// runs at 42 GB/s. It runs at 38 with 1,024 floats, 33 with 256, and 26 with plain stores (Zen 4,
/// one thread).
inline constexpr std::int64_t nontemporal_tile = 512;

inline constexpr std::int64_t cache_line = 64; // bytes

/// The default of hinge_set_nontemporal_bytes, by architecture (nontemporal_x86.cpp,
/// nontemporal_arm.cpp).
std::int64_t default_nontemporal_bytes();

/// Whether a call that reads and writes `arrays` arrays of `bytes` bytes each uses non-temporal
/// stores.
bool is_nontemporal(std::int64_t bytes, int arrays);

/// Copies `count` floats to y by non-temporal stores. `count` is a multiple of a cache line, and y
/// begins on one. `tile` is aligned to 16 bytes.
void nontemporal_copy(const float *tile, float *y, std::int64_t count);

/// Orders earlier non-temporal stores before later ones. Call it before another thread may read.
void nontemporal_fence();

} // namespace hinge::detail

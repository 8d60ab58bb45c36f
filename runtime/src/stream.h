// Output that goes past the caches.
#pragma once

#include <cstdint>

namespace hinge::detail {

/// Floats that a kernel computes into L1 before they are streamed: 2 KiB. On 256 MiB this gave 42
/// GB/s, 1,024 floats 38, 256 floats 33, a plain store 26 (Zen 4, one thread).
inline constexpr std::int64_t stream_tile = 512;

inline constexpr std::int64_t cache_line = 64; // bytes

/// From how many bytes on it does so by default, by architecture (stream_x86.cpp, stream_arm.cpp).
std::int64_t default_stream_bytes();

/// Whether a call should stream that reads and writes so many arrays of so many bytes each.
bool should_stream(std::int64_t bytes, int arrays);

/// Copies `count` floats, a multiple of a cache line, to y, which begins on a cache line, by
/// non-temporal stores. `tile` is aligned to 16 bytes.
void stream_copy(const float *tile, float *y, std::int64_t count);

/// Orders what was streamed before what is stored from here on; due before another thread may read.
void stream_fence();

} // namespace hinge::detail

// Records: texts that Hinge's libraries carry as data and that describe their build. hinge_info
// finds them in any file that the libraries are linked into, for any CPU and system.
//
//   hinge record 1 LLLLLLLL CCCCCCCC\n<text>\0
//
// L: bytes of the text, C: its CRC-32 (that of zlib), 8 hexadecimal digits each. The text is a JSON
// object in printable ASCII without a backslash.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hinge::record {

inline constexpr char magic[] = "hinge record 1 ";
inline constexpr std::size_t magic_size = sizeof magic - 1;
inline constexpr std::size_t header_size = magic_size + 8 + 1 + 8 + 1;

constexpr std::uint32_t crc32(const char *text, std::size_t size) {
  std::uint32_t crc = ~0u;
  for (std::size_t i = 0; i < size; i++) {
    crc ^= static_cast<unsigned char>(text[i]);
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0u);
  }
  return ~crc;
}

template <std::size_t size>
struct Record {
  char bytes[header_size + size];
};

/// `text` after the header. `size` counts its terminating zero.
template <std::size_t size>
constexpr Record<size> make(const char (&text)[size]) {
  Record<size> record{};
  char *to = record.bytes;
  for (std::size_t i = 0; i < magic_size; i++)
    *to++ = magic[i];
  const struct {
    std::uint32_t number;
    char end;
  } fields[] = {{size - 1, ' '}, {crc32(text, size - 1), '\n'}};
  for (const auto &field : fields) {
    for (int shift = 28; shift >= 0; shift -= 4)
      *to++ = "0123456789abcdef"[field.number >> shift & 15];
    *to++ = field.end;
  }
  for (char c : text)
    *to++ = c;
  return record;
}

} // namespace hinge::record

// The record of the library that this source is part of, once a library. The compiler does not drop
// it from a program that has something of this source. Nor does the linker, even with
// -ffunction-sections -fdata-sections, if the compiler has the attribute `retain` (GCC 11, Clang
// 13).
#if defined(__ELF__) && defined(__has_attribute)
#if __has_attribute(retain)
#define HINGE_RECORD_RETAIN , gnu::retain
#endif
#endif
#ifndef HINGE_RECORD_RETAIN
#define HINGE_RECORD_RETAIN
#endif
#if defined(__GNUC__) || defined(__clang__)
#define HINGE_RECORD_USED [[gnu::used HINGE_RECORD_RETAIN]]
#else
#define HINGE_RECORD_USED
#endif
#define HINGE_RECORD(text)                                                                         \
  HINGE_RECORD_USED static constexpr auto hinge_record = ::hinge::record::make(text)

#include "hide_symbols.h"

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace hinge {

namespace {

/// The bytes of an object file. Like the machines that hingec runs on, they are little-endian.
class Bytes {
public:
  explicit Bytes(const std::string &path) : path_(path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
  }

  template <class T>
  T get(std::uint64_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < sizeof(T))
      refuse("it ends before byte " + std::to_string(at));
    T value;
    std::memcpy(&value, &bytes_[at], sizeof value);
    return value;
  }

  /// Sets bits of a byte that was read before.
  void set_bits(std::uint64_t at, int bits) { bytes_[at] = char(bytes_[at] | bits); }

  void write() const {
    std::ofstream file(path_, std::ios::binary);
    if (!file.write(bytes_.data(), std::streamsize(bytes_.size())).flush())
      throw std::runtime_error(path_ + ": cannot be written");
  }

  [[noreturn]] void refuse(const std::string &why) const {
    throw std::runtime_error(path_ + ": its symbols cannot be hidden: " + why);
  }

private:
  std::string path_, bytes_;
};

/// ELF64 (System V ABI, chapter 4): the table of symbols is a section.
void hide_elf(Bytes *file) {
  constexpr int sht_symtab = 2, stv_hidden = 2;
  if (file->get<std::uint16_t>(4) != 0x0102) // 64 bits, little-endian
    file->refuse("it is no little-endian ELF64");
  const auto sections = file->get<std::uint64_t>(40);
  const auto section_size = file->get<std::uint16_t>(58), count = file->get<std::uint16_t>(60);
  for (unsigned i = 0; i < count; i++) {
    const std::uint64_t section = sections + std::uint64_t(i) * section_size;
    if (file->get<std::uint32_t>(section + 4) != sht_symtab)
      continue;
    const auto begin = file->get<std::uint64_t>(section + 24);
    const auto end = begin + file->get<std::uint64_t>(section + 32);
    for (std::uint64_t symbol = begin; symbol < end; symbol += 24) {
      const bool is_local = file->get<std::uint8_t>(symbol + 4) >> 4 == 0;
      const bool is_defined = file->get<std::uint16_t>(symbol + 6) != 0;
      if (!is_local && is_defined && (file->get<std::uint8_t>(symbol + 5) & 3) == 0)
        file->set_bits(symbol + 5, stv_hidden);
    }
  }
}

/// 64-bit Mach-O (mach-o/loader.h, mach-o/nlist.h): a load command tells where the symbols are.
void hide_mach_o(Bytes *file) {
  constexpr int lc_symtab = 2, n_ext = 0x01, n_type = 0x0e, n_pext = 0x10;
  const auto commands = file->get<std::uint32_t>(16);
  std::uint64_t at = 32;
  for (std::uint32_t i = 0; i < commands; i++, at += file->get<std::uint32_t>(at + 4)) {
    if (file->get<std::uint32_t>(at) != lc_symtab)
      continue;
    const std::uint64_t table = file->get<std::uint32_t>(at + 8);
    const auto count = file->get<std::uint32_t>(at + 12);
    for (std::uint64_t symbol = table; symbol < table + 16 * std::uint64_t(count); symbol += 16) {
      const auto type = file->get<std::uint8_t>(symbol + 4);
      if ((type & n_ext) && (type & n_type)) // global and defined
        file->set_bits(symbol + 4, n_pext);
    }
  }
}

} // namespace

void hide_symbols(const std::string &path) {
  Bytes file(path);
  switch (file.get<std::uint32_t>(0)) {
  case 0x464c457f: // "\177ELF"
    hide_elf(&file);
    break;
  case 0xfeedfacf: // Mach-O of 64 bits
    hide_mach_o(&file);
    break;
  default:
    if (file.get<std::uint16_t>(0) != 0x8664) // COFF begins with the machine, here x86-64
      file.refuse("it is neither ELF64 nor 64-bit Mach-O nor COFF for x86-64");
    return;
  }
  file.write();
}

} // namespace hinge

// Reads and writes .safetensors files (https://huggingface.co/docs/safetensors). A file has the
// length of a JSON header in 8 bytes, the header with each tensor's dtype, shape and place, and
// then the bytes of all tensors. Numbers are little-endian.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace safetensors {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "values are copied as they are");

using Shape = std::vector<std::uint64_t>;

struct Tensor {
  std::string dtype; // as in the file, for example "F32"
  Shape shape;
  std::vector<unsigned char> bytes; // row-major
};

template <class T>
struct Dtype;
template <>
struct Dtype<float> {
  static constexpr const char *name = "F32";
};
template <>
struct Dtype<std::uint8_t> {
  static constexpr const char *name = "U8";
};

inline std::string to_string(const Shape &shape) { return nlohmann::json(shape).dump(); }

/// Bytes per element, or 0 for a dtype that this reader does not know.
inline std::uint64_t dtype_bytes(const std::string &dtype) {
  static const std::map<std::string, std::uint64_t> sizes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"U16", 2}, {"I16", 2}, {"F16", 2}, {"BF16", 2},
      {"U32", 4},  {"I32", 4}, {"F32", 4}, {"U64", 8}, {"I64", 8}, {"F64", 8}};
  const auto size = sizes.find(dtype);
  return size == sizes.end() ? 0 : size->second;
}

/// The tensors of one file. Errors are std::runtime_error. They name the file and the tensor.
class File {
public:
  explicit File(const std::string &path) : path_(path) {
    std::ifstream in(path, std::ios::binary);
    if (!in)
      fail("cannot be opened");
    const std::vector<char> file{std::istreambuf_iterator<char>(in), {}};
    std::uint64_t header_bytes = 0;
    if (file.size() < sizeof header_bytes)
      fail("is too short for a safetensors file");
    std::memcpy(&header_bytes, file.data(), sizeof header_bytes);
    if (header_bytes > file.size() - sizeof header_bytes)
      fail("has a header of " + std::to_string(header_bytes) + " bytes, more than the file");

    const char *const header = file.data() + sizeof header_bytes;
    const char *const data = header + header_bytes;
    const std::uint64_t data_bytes = file.size() - sizeof header_bytes - header_bytes;
    nlohmann::json entries;
    try {
      entries = nlohmann::json::parse(header, data);
    } catch (const nlohmann::json::exception &e) {
      fail(std::string("has a bad header: ") + e.what());
    }
    if (!entries.is_object())
      fail("has a bad header: expected a JSON object");
    for (const auto &[name, entry] : entries.items()) {
      if (name == "__metadata__")
        continue;
      try {
        tensors_[name] = read(name, entry, data, data_bytes);
      } catch (const nlohmann::json::exception &e) {
        fail(name, std::string("has a bad entry in the header: ") + e.what());
      }
    }
  }

  const std::string &path() const { return path_; }

  const Tensor &at(const std::string &name) const {
    const auto tensor = tensors_.find(name);
    if (tensor == tensors_.end())
      fail(name, "is missing");
    return tensor->second;
  }

  /// A copy of the tensor's values, which must have this type and shape.
  template <class T>
  std::vector<T> values(const std::string &name, const Shape &shape) const {
    const Tensor &tensor = at(name);
    if (tensor.dtype != Dtype<T>::name || tensor.shape != shape)
      fail(name, "is " + tensor.dtype + " " + to_string(tensor.shape) + ": expected " +
                     Dtype<T>::name + " " + to_string(shape));
    std::vector<T> values(tensor.bytes.size() / sizeof(T));
    if (!values.empty()) // memcpy takes no null
      std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
  }

private:
  [[noreturn]] void fail(const std::string &what) const {
    throw std::runtime_error(path_ + " " + what);
  }
  [[noreturn]] void fail(const std::string &name, const std::string &what) const {
    throw std::runtime_error(path_ + ": tensor \"" + name + "\" " + what);
  }

  Tensor read(const std::string &name, const nlohmann::json &entry, const char *data,
              std::uint64_t data_bytes) const {
    // get<> alone would convert -1 and 1.5 to unsigned numbers.
    auto unsigned_numbers = [&](const char *key) {
      for (const nlohmann::json &number : entry.at(key))
        if (!number.is_number_unsigned())
          fail(name, std::string("has a bad ") + key + ": " + entry.at(key).dump());
      return entry.at(key).get<std::vector<std::uint64_t>>();
    };
    Tensor tensor;
    tensor.dtype = entry.at("dtype").get<std::string>();
    tensor.shape = unsigned_numbers("shape");
    const auto offsets = unsigned_numbers("data_offsets");

    std::uint64_t bytes = dtype_bytes(tensor.dtype);
    if (bytes == 0)
      fail(name, "has the unknown dtype " + tensor.dtype);
    for (const std::uint64_t length : tensor.shape)
      if (__builtin_mul_overflow(bytes, length, &bytes))
        fail(name, "is too large: " + to_string(tensor.shape));
    if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_bytes)
      fail(name, "lies at " + to_string(offsets) + ", outside of the file's " +
                     std::to_string(data_bytes) + " bytes of data");
    if (offsets[1] - offsets[0] != bytes)
      fail(name, "has " + std::to_string(offsets[1] - offsets[0]) + " bytes: expected " +
                     std::to_string(bytes) + " for " + tensor.dtype + " " +
                     to_string(tensor.shape));
    tensor.bytes.assign(data + offsets[0], data + offsets[1]);
    return tensor;
  }

  std::string path_;
  std::map<std::string, Tensor> tensors_;
};

/// A tensor with a copy of the values, row-major.
template <class T>
Tensor tensor(const T *values, const Shape &shape) {
  std::uint64_t bytes = sizeof(T);
  for (const std::uint64_t length : shape)
    bytes *= length;
  const auto *begin = reinterpret_cast<const unsigned char *>(values);
  return {Dtype<T>::name, shape, {begin, begin + bytes}};
}

/// Writes tensors by name. An error is a std::runtime_error that names the file.
inline void write(const std::string &path, const std::map<std::string, Tensor> &tensors) {
  nlohmann::json entries = nlohmann::json::object();
  std::uint64_t end = 0;
  for (const auto &[name, tensor] : tensors) {
    const std::uint64_t begin = end;
    end += tensor.bytes.size();
    entries[name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
  }
  std::string header = entries.dump();
  header.resize((header.size() + 7) / 8 * 8, ' '); // aligns the tensors
  const std::uint64_t header_bytes = header.size();

  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char *>(&header_bytes), sizeof header_bytes);
  out << header;
  for (const auto &[name, tensor] : tensors)
    out.write(reinterpret_cast<const char *>(tensor.bytes.data()),
              std::streamsize(tensor.bytes.size()));
  out.close();
  if (!out)
    throw std::runtime_error(path + " cannot be written");
}

} // namespace safetensors

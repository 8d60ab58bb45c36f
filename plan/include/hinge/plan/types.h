// Element types. The compiler, the tables of kernels and the views know a type. Only float32 has
// kernels so far.
#pragma once

namespace hinge::plan {

enum class Type { float32 };

struct TypeInfo {
  Type type;
  const char *name;   // in target files, lists and messages
  const char *halide; // Halide's name of it
  const char *c;      // C's name of it
  int bytes;
};

inline constexpr TypeInfo types[] = {{Type::float32, "float32", "float32", "float", 4}};
inline constexpr int type_count = int(sizeof types / sizeof *types);

constexpr const TypeInfo &info(Type type) { return types[int(type)]; }

/// One T for each element type.
template <class T>
struct ByType {
  T of[type_count]{};

  constexpr T &operator[](Type type) { return of[int(type)]; }
  constexpr const T &operator[](Type type) const { return of[int(type)]; }
};

} // namespace hinge::plan

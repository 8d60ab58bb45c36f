// Matrices and vectors whose sizes are part of their types, for layers of a known shape. A wrong
// size does not compile. They are row-major without gaps, point to memory that they do not own, and
// convert from arrays of the right size. Nothing here throws or allocates.
#pragma once

#include "hinge/api.h"

#include <hinge/plan/masks.h>
#include <hinge/size.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace hinge {

/// The number of rows of a matrix, or of elements of a vector, is known when the program runs.
inline constexpr std::size_t any = 0;

/// `count` elements.
template <class T, std::size_t count>
class Vector {
public:
  /// The caller says that there are `count` elements. This constructor is a template, so that
  /// std::optional prefers the next one for an array.
  template <class Pointer, class = std::enable_if_t<std::is_convertible_v<Pointer, T *>>>
  HINGE_INLINE explicit Vector(Pointer elements) : data_(elements) {}
  HINGE_INLINE Vector(T (&elements)[count]) : data_(elements) {}
  template <
      class U, std::size_t rows, std::size_t cols,
      class = std::enable_if_t<rows * cols == count && std::is_convertible_v<U (*)[1], T (*)[1]>>>
  HINGE_INLINE Vector(U (&elements)[rows][cols]) : data_(&elements[0][0]) {}
  HINGE_INLINE Vector(const Vector<std::remove_const_t<T>, count> &other) : data_(other.data()) {}
  template <class U, class = std::enable_if_t<std::is_convertible_v<U *, T *>>>
  HINGE_INLINE Vector(std::array<U, count> &elements) : data_(elements.data()) {}
  template <class U, class = std::enable_if_t<std::is_convertible_v<const U *, T *>>>
  HINGE_INLINE Vector(const std::array<U, count> &elements) : data_(elements.data()) {}

  HINGE_INLINE T *data() const { return data_; }
  HINGE_INLINE static constexpr std::int64_t size() { return std::int64_t(count); }

private:
  T *data_;
};

template <class T>
class Vector<T, any> {
public:
  /// The caller says that there are `size` elements.
  HINGE_INLINE Vector(T *elements, Size size) : data_(elements), size_(size) {}
  template <std::size_t count>
  HINGE_INLINE Vector(T (&elements)[count]) : Vector(elements, count) {}
  template <class U, std::size_t rows, std::size_t cols,
            class = std::enable_if_t<std::is_convertible_v<U (*)[1], T (*)[1]>>>
  HINGE_INLINE Vector(U (&elements)[rows][cols]) : Vector(&elements[0][0], rows * cols) {}
  HINGE_INLINE Vector(const Vector<std::remove_const_t<T>, any> &other)
      : Vector(other.data(), other.size()) {}

  HINGE_INLINE T *data() const { return data_; }
  HINGE_INLINE std::int64_t size() const { return size_; }

private:
  T *data_;
  std::int64_t size_;
};

/// `row_count` rows of `cols` elements.
template <class T, std::size_t row_count, std::size_t cols>
class Matrix {
public:
  /// The caller says that there are row_count x cols elements.
  HINGE_INLINE explicit Matrix(T *elements) : data_(elements) {}
  template <class U, class = std::enable_if_t<std::is_convertible_v<U (*)[1], T (*)[1]>>>
  HINGE_INLINE Matrix(U (&elements)[row_count][cols]) : data_(&elements[0][0]) {}
  HINGE_INLINE Matrix(const Matrix<std::remove_const_t<T>, row_count, cols> &other)
      : data_(other.data()) {}

  HINGE_INLINE T *data() const { return data_; }
  HINGE_INLINE static constexpr std::int64_t rows() { return std::int64_t(row_count); }

private:
  T *data_;
};

template <class T, std::size_t cols>
class Matrix<T, any, cols> {
public:
  /// The caller says that there are `rows` x cols elements.
  HINGE_INLINE Matrix(T *elements, Size rows) : data_(elements), rows_(rows) {}
  HINGE_INLINE explicit Matrix(std::nullptr_t) : Matrix(nullptr, 0) {}
  template <class U, std::size_t rows,
            class = std::enable_if_t<std::is_convertible_v<U (*)[1], T (*)[1]>>>
  HINGE_INLINE Matrix(U (&elements)[rows][cols]) : Matrix(&elements[0][0], rows) {}
  HINGE_INLINE Matrix(const Matrix<std::remove_const_t<T>, any, cols> &other)
      : Matrix(other.data(), other.rows()) {}

  HINGE_INLINE T *data() const { return data_; }
  HINGE_INLINE std::int64_t rows() const { return rows_; }

private:
  T *data_;
  std::int64_t rows_;
};

/// A matrix or vector that may be absent: std::nullopt, or a null pointer. It replaces
/// std::optional, which takes no {pointer, rows} and which GCC warns may be uninitialized.
template <class M>
class Optional : public M {
public:
  using M::M;
  HINGE_INLINE Optional(const M &matrix) : M(matrix) {}
  HINGE_INLINE Optional(std::nullopt_t) : M(nullptr) {}
  HINGE_INLINE explicit operator bool() const { return this->data(); }
};

/// A bit for each element of a matrix of `row_count` rows of `cols` elements, laid out like
/// hinge_mask. T is std::uint8_t, and a row has mask_row_bytes(cols) bytes (hinge.hpp).
template <class T, std::size_t row_count, std::size_t cols>
using Mask = Matrix<T, row_count, std::size_t(plan::mask_row_bytes(std::int64_t(cols)))>;

} // namespace hinge

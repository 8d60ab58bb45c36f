// A place has the matrices of a test and the functions that compute on them: the host with one
// target, or a device. Tests of what holds in every place are written once (operators_test.cpp,
// golden_test.cpp).
#pragma once

#include "support.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace hinge_test {

/// A layer in a place.
class PlacedLinear {
public:
  virtual ~PlacedLinear() = default;
  virtual hinge_status forward(const hinge_const_view &x, const hinge_view &y) = 0;
  virtual hinge_status forward_mask(const hinge_const_view &x, const hinge_view &y,
                                    const hinge_mask &mask) = 0;
  virtual hinge_status repack(const hinge_const_view &weight, const float *bias) = 0;
};

/// The functions of hinge.h or of hinge/cuda.h, which differ in where the memory is.
class Place {
public:
  virtual ~Place() = default;
  virtual TestTarget target() const = 0; // its name and whether it has FMA

  virtual void *allocate(std::size_t bytes) = 0;
  virtual void release(void *memory) = 0;
  virtual void copy(void *to, const void *from,
                    std::size_t bytes) = 0; // it is done when it returns

  virtual hinge_status activation_forward(hinge_activation act, const hinge_const_view &x,
                                          const hinge_view &y) = 0;
  virtual hinge_status activation_backward(hinge_activation act, const hinge_const_view &y,
                                           const hinge_const_view &dy, const hinge_view &dx) = 0;
  virtual hinge_status activation_mask(hinge_activation act, const hinge_const_view &y,
                                       const hinge_mask &mask) = 0;
  virtual hinge_status activation_forward_mask(hinge_activation act, const hinge_const_view &x,
                                               const hinge_view &y, const hinge_mask &mask) = 0;
  virtual hinge_status activation_backward_mask(const hinge_const_mask &mask,
                                                const hinge_const_view &dy,
                                                const hinge_view &dx) = 0;
  virtual hinge_status linear_create(const hinge_const_view &weight, const float *bias,
                                     hinge_activation act, std::unique_ptr<PlacedLinear> *l) = 0;
  /// Uses the mask instead of act and y where it is not null.
  virtual hinge_status linear_backward(hinge_activation act, const hinge_const_view *x,
                                       const hinge_const_view *weight, const hinge_const_view *y,
                                       const hinge_const_mask *mask, const hinge_const_view &dy,
                                       const hinge_view *dx, const hinge_view *dweight,
                                       float *dbias, int accumulate) = 0;
};

/// The places of this program; a test names them.
struct PlaceMaker {
  std::string name;
  std::unique_ptr<Place> (*make)(const std::string &name);
};
std::vector<PlaceMaker> places();

inline std::string place_name(const ::testing::TestParamInfo<PlaceMaker> &info) {
  return info.param.name;
}
inline void PrintTo(const PlaceMaker &p, std::ostream *os) { *os << p.name; }

/// A matrix of `rows` x `cols` in a place, with rows `stride` elements apart. It begins `before`
/// elements into an allocation that ends with the last row. T is float, or std::uint8_t for the
/// bytes of a mask.
template <class T>
class PlacedMatrix {
public:
  /// `dense` has the values without gaps; `gap` fills the gaps.
  PlacedMatrix(Place &place, const std::vector<T> &dense, std::int64_t rows, std::int64_t cols,
               std::int64_t stride, std::int64_t before, T gap)
      : place_(place), rows_(rows), cols_(cols), stride_(stride), before_(before), gap_(gap),
        size_(std::size_t(before + (rows > 0 && cols > 0 ? (rows - 1) * stride + cols : 0))) {
    std::vector<T> all(size_, gap);
    for (std::int64_t m = 0; m < rows && cols > 0; m++)
      std::copy_n(dense.begin() + m * cols, cols, all.begin() + before + m * stride);
    memory_ = place.allocate(size_ * sizeof(T));
    place.copy(memory_, all.data(), size_ * sizeof(T));
  }
  ~PlacedMatrix() { place_.release(memory_); }
  PlacedMatrix(const PlacedMatrix &) = delete;
  PlacedMatrix &operator=(const PlacedMatrix &) = delete;

  T *data() const { return static_cast<T *>(memory_) + before_; }
  hinge_view view() const { return {data(), rows_, cols_, stride_}; }
  hinge_const_view const_view() const { return {data(), rows_, cols_, stride_}; }
  hinge_mask mask(std::int64_t bits) const { return {data(), rows_, bits, stride_}; }
  hinge_const_mask const_mask(std::int64_t bits) const { return {data(), rows_, bits, stride_}; }

  /// Returns the values, dense. Fails where a gap was written.
  std::vector<T> read() const {
    std::vector<T> all(size_), dense;
    place_.copy(all.data(), memory_, size_ * sizeof(T));
    for (std::size_t i = 0; i < size_; i++) {
      const std::int64_t at = std::int64_t(i) - before_;
      if (at >= 0 && at % std::max<std::int64_t>(1, stride_) < cols_)
        dense.push_back(all[i]);
      else
        EXPECT_EQ(0, std::memcmp(&gap_, &all[i], sizeof(T))) << "written outside, element " << at;
    }
    return dense;
  }

private:
  Place &place_;
  std::int64_t rows_, cols_, stride_, before_;
  T gap_;
  std::size_t size_;
  void *memory_;
};

/// The layout of matrices: dense or with gaps, rows at multiples of 16 bytes or not.
struct Layout {
  std::int64_t pad;    // elements between rows
  std::int64_t before; // elements before the first
};
inline constexpr Layout layouts[] = {{0, 0}, {4, 4}, {3, 0}, {0, 1}, {5, 3}};

inline std::unique_ptr<PlacedMatrix<float>> place_matrix(Place &place, const std::vector<float> &v,
                                                         std::int64_t rows, std::int64_t cols,
                                                         const Layout &layout) {
  return std::make_unique<PlacedMatrix<float>>(place, v, rows, cols, cols + layout.pad,
                                               layout.before, 123.0f);
}

inline std::unique_ptr<PlacedMatrix<std::uint8_t>> place_mask(Place &place,
                                                              const std::vector<std::uint8_t> &v,
                                                              std::int64_t rows, std::int64_t bits,
                                                              const Layout &layout) {
  const std::int64_t bytes = mask_row_bytes(bits);
  return std::make_unique<PlacedMatrix<std::uint8_t>>(place, v, rows, bytes, bytes + layout.pad,
                                                      layout.before, std::uint8_t(0x5a));
}

} // namespace hinge_test

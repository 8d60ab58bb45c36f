// Hinge for C++17: hinge.h with views that convert, a Linear that owns its weights, and errors that
// are thrown. hinge.h documents shapes, aliasing, bits and threads; only what differs stands here.
#pragma once

#include "hinge/hinge.h"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace hinge {

/// Thrown where the C call returns another status than HINGE_OK; what() is hinge_last_error().
class Error : public std::runtime_error {
public:
  Error(hinge_status status, const char *message) : std::runtime_error(message), status_(status) {}
  hinge_status status() const noexcept { return status_; }

private:
  hinge_status status_;
};

namespace detail {
inline void check(hinge_status status) {
  if (status != HINGE_OK)
    throw Error(status, hinge_last_error());
}
} // namespace detail

enum class Activation {
  none = HINGE_ACTIVATION_NONE,
  relu = HINGE_ACTIVATION_RELU,
  relu6 = HINGE_ACTIVATION_RELU6,
};

/// A row-major float matrix to write; row_stride in elements, cols if not given.
struct View : hinge_view {
  View(float *matrix, std::int64_t m, std::int64_t n) : View(matrix, m, n, n) {}
  View(float *matrix, std::int64_t m, std::int64_t n, std::int64_t stride)
      : hinge_view{matrix, m, n, stride} {}
};

/// A row-major float matrix to read.
struct ConstView : hinge_const_view {
  ConstView(const float *matrix, std::int64_t m, std::int64_t n) : ConstView(matrix, m, n, n) {}
  ConstView(const float *matrix, std::int64_t m, std::int64_t n, std::int64_t stride)
      : hinge_const_view{matrix, m, n, stride} {}
  ConstView(const View &v) : ConstView(v.data, v.rows, v.cols, v.row_stride) {}
};

/// y = act(x)
inline void activation_forward(Activation act, const ConstView &x, const View &y) {
  detail::check(hinge_activation_forward(static_cast<hinge_activation>(act), &x, &y));
}

/// y = ReLU(x), torch.nn.ReLU()
inline void relu(const ConstView &x, const View &y) { activation_forward(Activation::relu, x, y); }
/// x = ReLU(x), torch.nn.ReLU(inplace=True)
inline void relu_inplace(const View &x) { relu(x, x); }
/// y = ReLU6(x), torch.nn.ReLU6()
inline void relu6(const ConstView &x, const View &y) {
  activation_forward(Activation::relu6, x, y);
}
/// x = ReLU6(x), torch.nn.ReLU6(inplace=True)
inline void relu6_inplace(const View &x) { relu6(x, x); }

/// dx = act'(y) * dy; y is the output or the input of the activation. In place where dx is dy.
inline void activation_backward(Activation act, const ConstView &y, const ConstView &dy,
                                const View &dx) {
  detail::check(hinge_activation_backward(static_cast<hinge_activation>(act), &y, &dy, &dx));
}

/// y = act(x W^T + b), packed once and run many times. Movable; a moved-from layer has no weights
/// and may only be destroyed or assigned to.
class Linear {
public:
  /// weight (out_features, in_features), bias out_features floats or null. Both are copied.
  explicit Linear(const ConstView &weight, const float *bias = nullptr,
                  Activation act = Activation::none) {
    detail::check(hinge_linear_create(&weight, bias, static_cast<hinge_activation>(act), &linear_));
  }

  /// Packs into the caller's memory, packed_bytes() of it, which must outlive the layer.
  Linear(void *memory, std::size_t bytes, const ConstView &weight, const float *bias,
         Activation act) {
    detail::check(hinge_linear_create_in(memory, bytes, &weight, bias,
                                         static_cast<hinge_activation>(act), &linear_));
  }

  static std::size_t packed_bytes(std::int64_t in_features, std::int64_t out_features) {
    std::size_t bytes = 0;
    detail::check(hinge_linear_packed_bytes(in_features, out_features, &bytes));
    return bytes;
  }

  Linear(Linear &&other) noexcept : linear_(std::exchange(other.linear_, nullptr)) {}
  Linear &operator=(Linear &&other) noexcept {
    std::swap(linear_, other.linear_);
    return *this;
  }
  ~Linear() { hinge_linear_destroy(linear_); }

  /// x (batch, in_features), y (batch, out_features)
  void forward(const ConstView &x, const View &y) const {
    detail::check(hinge_linear_forward(linear_, &x, &y));
  }
  void operator()(const ConstView &x, const View &y) const { forward(x, y); }

  hinge_linear_info info() const {
    hinge_linear_info info;
    detail::check(hinge_linear_get_info(linear_, &info));
    return info;
  }

private:
  hinge_linear *linear_ = nullptr;
};

/// The name of the active target, e.g. "avx2".
inline std::string target() {
  const char *name = nullptr;
  detail::check(hinge_get_target(&name));
  return name;
}

inline void set_target(const std::string &name) { detail::check(hinge_set_target(name.c_str())); }

inline void set_stream_bytes(std::int64_t bytes) { hinge_set_stream_bytes(bytes); }

inline void set_num_threads(int threads) { detail::check(hinge_set_num_threads(threads)); }

} // namespace hinge

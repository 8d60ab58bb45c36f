// Hinge for C++17: hinge.h with views that convert, a Linear that owns its weights, and
// exceptions. outcome.hpp says what replaces them in files without.
// hinge.h documents shapes, aliasing, bits and threads. This file documents only what differs.
#pragma once

#include "hinge/hinge.h"
#include "hinge/outcome.hpp"
#include "hinge/size.hpp"

#include <hinge/plan/masks.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace hinge {

enum class Activation {
  none = HINGE_ACTIVATION_NONE,
  relu = HINGE_ACTIVATION_RELU,
  relu6 = HINGE_ACTIVATION_RELU6,
};

/// The bytes in a row of a mask of `cols` elements.
constexpr std::int64_t mask_row_bytes(Size cols) { return plan::mask_row_bytes(cols); }

namespace detail {

/// The views of one place of memory, the host or a device. The views of another place are of other
/// types, and do not convert.
template <class Place>
struct Views {
  /// A row-major float matrix to write. row_stride is in elements; the default is cols.
  struct View : hinge_view {
    View(float *matrix, Size m, Size n) : View(matrix, m, n, n) {}
    View(float *matrix, Size m, Size n, Size stride) : hinge_view{matrix, m, n, stride} {}
    float *elements() const { return static_cast<float *>(this->data); }
  };

  /// A row-major float matrix to read.
  struct ConstView : hinge_const_view {
    ConstView(const float *matrix, Size m, Size n) : ConstView(matrix, m, n, n) {}
    ConstView(const float *matrix, Size m, Size n, Size stride)
        : hinge_const_view{matrix, m, n, stride} {}
    const float *elements() const { return static_cast<const float *>(this->data); }
    ConstView(const View &v) : hinge_const_view{v.data, v.rows, v.cols, v.row_stride, v.type} {}
  };

  /// A matrix of m x n bits to write. row_stride is in bytes; the default is mask_row_bytes(n).
  struct MaskView : hinge_mask {
    MaskView(std::uint8_t *bits, Size m, Size n) : MaskView(bits, m, n, mask_row_bytes(n)) {}
    MaskView(std::uint8_t *bits, Size m, Size n, Size stride) : hinge_mask{bits, m, n, stride} {}
  };

  /// A matrix of bits to read.
  struct ConstMaskView : hinge_const_mask {
    ConstMaskView(const std::uint8_t *bits, Size m, Size n)
        : ConstMaskView(bits, m, n, mask_row_bytes(n)) {}
    ConstMaskView(const std::uint8_t *bits, Size m, Size n, Size stride)
        : hinge_const_mask{bits, m, n, stride} {}
    ConstMaskView(const MaskView &v) : ConstMaskView(v.data, v.rows, v.cols, v.row_stride) {}
  };
};

struct Host;

template <class V>
auto pointer(const std::optional<V> &v) {
  return v ? &*v : nullptr;
}

} // namespace detail

using View = detail::Views<detail::Host>::View;
using ConstView = detail::Views<detail::Host>::ConstView;
using MaskView = detail::Views<detail::Host>::MaskView;
using ConstMaskView = detail::Views<detail::Host>::ConstMaskView;

inline namespace HINGE_INLINE_NAMESPACE {

/// y = act(x)
inline Outcome activation_forward(Activation act, const ConstView &x, const View &y) {
  return detail::check(hinge_activation_forward(static_cast<hinge_activation>(act), &x, &y));
}

/// The same, and the mask for activation_backward.
inline Outcome activation_forward(Activation act, const ConstView &x, const View &y,
                                  const MaskView &mask) {
  return detail::check(
      hinge_activation_forward_mask(static_cast<hinge_activation>(act), &x, &y, &mask));
}

/// The mask alone, from the activation's output or input.
inline Outcome activation_mask(Activation act, const ConstView &y, const MaskView &mask) {
  return detail::check(hinge_activation_mask(static_cast<hinge_activation>(act), &y, &mask));
}

/// y = ReLU(x), torch.nn.ReLU()
inline Outcome relu(const ConstView &x, const View &y) {
  return activation_forward(Activation::relu, x, y);
}
/// x = ReLU(x), torch.nn.ReLU(inplace=True)
inline Outcome relu_inplace(const View &x) { return relu(x, x); }
/// y = ReLU6(x), torch.nn.ReLU6()
inline Outcome relu6(const ConstView &x, const View &y) {
  return activation_forward(Activation::relu6, x, y);
}
/// x = ReLU6(x), torch.nn.ReLU6(inplace=True)
inline Outcome relu6_inplace(const View &x) { return relu6(x, x); }

/// dx = act'(y) * dy; y is the output or the input of the activation. In place where dx is dy.
inline Outcome activation_backward(Activation act, const ConstView &y, const ConstView &dy,
                                   const View &dx) {
  return detail::check(hinge_activation_backward(static_cast<hinge_activation>(act), &y, &dy, &dx));
}

/// dx = dy where the mask is set, otherwise 0. In place where dx is dy.
inline Outcome activation_backward(const ConstMaskView &mask, const ConstView &dy, const View &dx) {
  return detail::check(hinge_activation_backward_mask(&mask, &dy, &dx));
}

/// Adds the numbers of set bits to per_row[rows] and per_column[cols]; null: not counted.
inline Outcome mask_count(const ConstMaskView &mask, std::int64_t *per_row,
                          std::int64_t *per_column) {
  return detail::check(hinge_mask_count(&mask, per_row, per_column));
}

/// The gradients of y = act(x W^T + b), given dy. dx, dweight and dbias are computed unless they
/// are std::nullopt or null. x is needed for dweight, weight for dx, and y unless act is none.
inline Outcome linear_backward(Activation act, const std::optional<ConstView> &x,
                               const std::optional<ConstView> &weight,
                               const std::optional<ConstView> &y, const ConstView &dy,
                               const std::optional<View> &dx, const std::optional<View> &dweight,
                               float *dbias, bool accumulate = false) {
  return detail::check(hinge_linear_backward(
      static_cast<hinge_activation>(act), detail::pointer(x), detail::pointer(weight),
      detail::pointer(y), &dy, detail::pointer(dx), detail::pointer(dweight), dbias, accumulate));
}

/// The same from the mask that the forward wrote.
inline Outcome linear_backward(const ConstMaskView &mask, const std::optional<ConstView> &x,
                               const std::optional<ConstView> &weight, const ConstView &dy,
                               const std::optional<View> &dx, const std::optional<View> &dweight,
                               float *dbias, bool accumulate = false) {
  return detail::check(hinge_linear_backward_mask(detail::pointer(x), detail::pointer(weight),
                                                  &mask, &dy, detail::pointer(dx),
                                                  detail::pointer(dweight), dbias, accumulate));
}

/// y = act(x W^T + b), packed once and run many times. Movable; a moved-from layer has no weights
/// and may only be destroyed or assigned to.
class Linear : public detail::Constructed {
public:
  /// weight (out_features, in_features), bias out_features floats or null. Both are copied.
  explicit Linear(const ConstView &weight, const float *bias = nullptr,
                  Activation act = Activation::none) {
    constructed(hinge_linear_create(&weight, bias, static_cast<hinge_activation>(act), &linear_));
  }

  /// Packs into the caller's memory, which has packed_bytes() bytes and must outlive the layer.
  Linear(void *memory, std::size_t bytes, const ConstView &weight, const float *bias,
         Activation act) {
    constructed(hinge_linear_create_in(memory, bytes, &weight, bias,
                                       static_cast<hinge_activation>(act), &linear_));
  }

  static std::size_t packed_bytes(Size in_features, Size out_features) {
    std::size_t bytes = 0;
    (void)detail::check(hinge_linear_packed_bytes(in_features, out_features, &bytes));
    return bytes;
  }

  Linear(Linear &&other) noexcept
      : Constructed(other), linear_(std::exchange(other.linear_, nullptr)) {}
  Linear &operator=(Linear &&other) noexcept {
    std::swap<Constructed>(*this, other);
    std::swap(linear_, other.linear_);
    return *this;
  }
  ~Linear() { hinge_linear_destroy(linear_); }

  /// x (batch, in_features), y (batch, out_features)
  Outcome forward(const ConstView &x, const View &y) const {
    return detail::check(hinge_linear_forward(linear_, &x, &y));
  }
  Outcome operator()(const ConstView &x, const View &y) const { return forward(x, y); }

  /// The same, and the mask of y for linear_backward.
  Outcome forward(const ConstView &x, const View &y, const MaskView &mask) const {
    return detail::check(hinge_linear_forward_mask(linear_, &x, &y, &mask));
  }

  /// Packs other weights of the same shape, e.g. after a step of training. Nothing is allocated.
  Outcome repack(const ConstView &weight, const float *bias = nullptr) {
    return detail::check(hinge_linear_repack(linear_, &weight, bias));
  }

  hinge_linear_info info() const {
    hinge_linear_info info{};
    (void)detail::check(hinge_linear_get_info(linear_, &info));
    return info;
  }

private:
  hinge_linear *linear_ = nullptr;
};

/// The name of the active target, e.g. "avx2".
inline std::string target() {
  const char *name = "";
  (void)detail::check(hinge_get_target(&name));
  return name;
}

inline Outcome set_target(const std::string &name) {
  return detail::check(hinge_set_target(name.c_str()));
}

inline void set_nontemporal_bytes(std::int64_t bytes) { hinge_set_nontemporal_bytes(bytes); }

inline Outcome set_num_threads(int threads) {
  return detail::check(hinge_set_num_threads(threads));
}
inline Outcome set_num_threads_local(int threads) {
  return detail::check(hinge_set_num_threads_local(threads));
}

} // namespace HINGE_INLINE_NAMESPACE
} // namespace hinge

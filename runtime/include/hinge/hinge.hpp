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
HINGE_INLINE constexpr std::int64_t mask_row_bytes(Size cols) { return plan::mask_row_bytes(cols); }

namespace detail {

/// The views of one place of memory, the host or a device. The views of another place are of other
/// types, and do not convert.
template <class Place>
struct Views {
  /// A row-major float matrix to write. row_stride is in elements; the default is cols.
  struct View : hinge_view {
    HINGE_INLINE View(float *matrix, Size m, Size n) : View(matrix, m, n, n) {}
    HINGE_INLINE View(float *matrix, Size m, Size n, Size stride)
        : hinge_view{matrix, m, n, stride} {}
    HINGE_INLINE float *elements() const { return static_cast<float *>(this->data); }
  };

  /// A row-major float matrix to read.
  struct ConstView : hinge_const_view {
    HINGE_INLINE ConstView(const float *matrix, Size m, Size n) : ConstView(matrix, m, n, n) {}
    HINGE_INLINE ConstView(const float *matrix, Size m, Size n, Size stride)
        : hinge_const_view{matrix, m, n, stride} {}
    HINGE_INLINE const float *elements() const { return static_cast<const float *>(this->data); }
    HINGE_INLINE ConstView(const View &v)
        : hinge_const_view{v.data, v.rows, v.cols, v.row_stride, v.type} {}
  };

  /// A matrix of m x n bits to write. row_stride is in bytes; the default is mask_row_bytes(n).
  struct MaskView : hinge_mask {
    HINGE_INLINE MaskView(std::uint8_t *bits, Size m, Size n)
        : MaskView(bits, m, n, mask_row_bytes(n)) {}
    HINGE_INLINE MaskView(std::uint8_t *bits, Size m, Size n, Size stride)
        : hinge_mask{bits, m, n, stride} {}
  };

  /// A matrix of bits to read.
  struct ConstMaskView : hinge_const_mask {
    HINGE_INLINE ConstMaskView(const std::uint8_t *bits, Size m, Size n)
        : ConstMaskView(bits, m, n, mask_row_bytes(n)) {}
    HINGE_INLINE ConstMaskView(const std::uint8_t *bits, Size m, Size n, Size stride)
        : hinge_const_mask{bits, m, n, stride} {}
    HINGE_INLINE ConstMaskView(const MaskView &v)
        : ConstMaskView(v.data, v.rows, v.cols, v.row_stride) {}
  };
};

struct Host;

template <class V>
HINGE_INLINE auto pointer(const std::optional<V> &v) {
  return v ? &*v : nullptr;
}

} // namespace detail

using View = detail::Views<detail::Host>::View;
using ConstView = detail::Views<detail::Host>::ConstView;
using MaskView = detail::Views<detail::Host>::MaskView;
using ConstMaskView = detail::Views<detail::Host>::ConstMaskView;

inline namespace HINGE_INLINE_NAMESPACE {

/// y = act(x)
HINGE_INLINE Outcome activation_forward(Activation act, const ConstView &x, const View &y) {
  return detail::check(hinge_activation_forward(static_cast<hinge_activation>(act), &x, &y));
}

/// The same, and the mask for activation_backward.
HINGE_INLINE Outcome activation_forward(Activation act, const ConstView &x, const View &y,
                                        const MaskView &mask) {
  return detail::check(
      hinge_activation_forward_mask(static_cast<hinge_activation>(act), &x, &y, &mask));
}

/// The mask alone, from the activation's output or input.
HINGE_INLINE Outcome activation_mask(Activation act, const ConstView &y, const MaskView &mask) {
  return detail::check(hinge_activation_mask(static_cast<hinge_activation>(act), &y, &mask));
}

/// y = ReLU(x), torch.nn.ReLU()
HINGE_INLINE Outcome relu(const ConstView &x, const View &y) {
  return activation_forward(Activation::relu, x, y);
}
/// x = ReLU(x), torch.nn.ReLU(inplace=True)
HINGE_INLINE Outcome relu_inplace(const View &x) { return relu(x, x); }
/// y = ReLU6(x), torch.nn.ReLU6()
HINGE_INLINE Outcome relu6(const ConstView &x, const View &y) {
  return activation_forward(Activation::relu6, x, y);
}
/// x = ReLU6(x), torch.nn.ReLU6(inplace=True)
HINGE_INLINE Outcome relu6_inplace(const View &x) { return relu6(x, x); }

/// dx = act'(y) * dy; y is the output or the input of the activation. In place where dx is dy.
HINGE_INLINE Outcome activation_backward(Activation act, const ConstView &y, const ConstView &dy,
                                         const View &dx) {
  return detail::check(hinge_activation_backward(static_cast<hinge_activation>(act), &y, &dy, &dx));
}

/// dx = dy where the mask is set, otherwise 0. In place where dx is dy.
HINGE_INLINE Outcome activation_backward(const ConstMaskView &mask, const ConstView &dy,
                                         const View &dx) {
  return detail::check(hinge_activation_backward_mask(&mask, &dy, &dx));
}

/// Adds the numbers of set bits to per_row[rows] and per_column[cols]; null: not counted.
HINGE_INLINE Outcome mask_count(const ConstMaskView &mask, std::int64_t *per_row,
                                std::int64_t *per_column) {
  return detail::check(hinge_mask_count(&mask, per_row, per_column));
}

/// The gradients of y = act(x W^T + b), given dy. dx, dweight and dbias are computed unless they
/// are std::nullopt or null. x is needed for dweight, weight for dx, and y unless act is none.
HINGE_INLINE Outcome linear_backward(Activation act, const std::optional<ConstView> &x,
                                     const std::optional<ConstView> &weight,
                                     const std::optional<ConstView> &y, const ConstView &dy,
                                     const std::optional<View> &dx,
                                     const std::optional<View> &dweight, float *dbias,
                                     bool accumulate = false) {
  return detail::check(hinge_linear_backward(
      static_cast<hinge_activation>(act), detail::pointer(x), detail::pointer(weight),
      detail::pointer(y), &dy, detail::pointer(dx), detail::pointer(dweight), dbias, accumulate));
}

/// The same from the mask that the forward wrote.
HINGE_INLINE Outcome linear_backward(const ConstMaskView &mask, const std::optional<ConstView> &x,
                                     const std::optional<ConstView> &weight, const ConstView &dy,
                                     const std::optional<View> &dx,
                                     const std::optional<View> &dweight, float *dbias,
                                     bool accumulate = false) {
  return detail::check(hinge_linear_backward_mask(detail::pointer(x), detail::pointer(weight),
                                                  &mask, &dy, detail::pointer(dx),
                                                  detail::pointer(dweight), dbias, accumulate));
}

/// y = act(x W^T + b), packed once and run many times. Movable; a moved-from layer has no weights
/// and may only be destroyed or assigned to.
class Linear : public detail::Constructed {
public:
  /// weight (out_features, in_features), bias out_features floats or null. Both are copied.
  HINGE_INLINE explicit Linear(const ConstView &weight, const float *bias = nullptr,
                               Activation act = Activation::none) {
    constructed(hinge_linear_create(&weight, bias, static_cast<hinge_activation>(act), &linear_));
  }

  /// Packs into the caller's memory, which has packed_bytes() bytes and must outlive the layer.
  HINGE_INLINE Linear(void *memory, std::size_t bytes, const ConstView &weight, const float *bias,
                      Activation act) {
    constructed(hinge_linear_create_in(memory, bytes, &weight, bias,
                                       static_cast<hinge_activation>(act), &linear_));
  }

  HINGE_INLINE static std::size_t packed_bytes(Size in_features, Size out_features) {
    std::size_t bytes = 0;
    (void)detail::check(hinge_linear_packed_bytes(in_features, out_features, &bytes));
    return bytes;
  }

  HINGE_INLINE Linear(Linear &&other) noexcept
      : Constructed(other), linear_(std::exchange(other.linear_, nullptr)) {}
  HINGE_INLINE Linear &operator=(Linear &&other) noexcept {
    std::swap<Constructed>(*this, other);
    std::swap(linear_, other.linear_);
    return *this;
  }
  HINGE_INLINE ~Linear() { hinge_linear_destroy(linear_); }

  /// x (batch, in_features), y (batch, out_features)
  HINGE_INLINE Outcome forward(const ConstView &x, const View &y) const {
    return detail::check(hinge_linear_forward(linear_, &x, &y));
  }
  HINGE_INLINE Outcome operator()(const ConstView &x, const View &y) const { return forward(x, y); }

  /// The same, and the mask of y for linear_backward.
  HINGE_INLINE Outcome forward(const ConstView &x, const View &y, const MaskView &mask) const {
    return detail::check(hinge_linear_forward_mask(linear_, &x, &y, &mask));
  }

  /// Packs other weights of the same shape, e.g. after a step of training. Nothing is allocated.
  HINGE_INLINE Outcome repack(const ConstView &weight, const float *bias = nullptr) {
    return detail::check(hinge_linear_repack(linear_, &weight, bias));
  }

  HINGE_INLINE hinge_linear_info info() const {
    hinge_linear_info info{};
    (void)detail::check(hinge_linear_get_info(linear_, &info));
    return info;
  }

private:
  hinge_linear *linear_ = nullptr;
};

/// The name of the active target, e.g. "avx2".
HINGE_INLINE std::string target() {
  const char *name = "";
  (void)detail::check(hinge_get_target(&name));
  return name;
}

HINGE_INLINE Outcome set_target(const std::string &name) {
  return detail::check(hinge_set_target(name.c_str()));
}

HINGE_INLINE void set_nontemporal_bytes(std::int64_t bytes) { hinge_set_nontemporal_bytes(bytes); }

HINGE_INLINE Outcome set_num_threads(int threads) {
  return detail::check(hinge_set_num_threads(threads));
}
HINGE_INLINE Outcome set_num_threads_local(int threads) {
  return detail::check(hinge_set_num_threads_local(threads));
}

} // namespace HINGE_INLINE_NAMESPACE
} // namespace hinge

// Hinge on NVIDIA's GPUs for C++17: cuda.h with view types of its own, classes that own memory and
// a Linear, and exceptions. cuda.h documents devices, streams and asynchronous calls. hinge.h
// documents shapes, aliasing and bits. This file documents only what differs.
#pragma once

#include "hinge/cuda.h"
#include "hinge/dispatch.h"
#include "hinge/hinge.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace hinge::cuda {

/// A CUstream or cudaStream_t; null means the stream of the thread.
using Stream = void *;

namespace detail {
struct Device;
}

/// Views like those of hinge.hpp, of memory on a device. A view of host memory does not convert to
/// them.
using View = hinge::detail::Views<detail::Device>::View;
using ConstView = hinge::detail::Views<detail::Device>::ConstView;
using MaskView = hinge::detail::Views<detail::Device>::MaskView;
using ConstMaskView = hinge::detail::Views<detail::Device>::ConstMaskView;

inline namespace HINGE_INLINE_NAMESPACE {

/// The number of GPUs. Throws if there is no driver for one.
HINGE_INLINE int device_count() {
  int count = 0;
  (void)hinge::detail::check(hinge_cuda_device_count(&count));
  return count;
}

HINGE_INLINE hinge_cuda_device_info device_info(int device) {
  hinge_cuda_device_info info{};
  (void)hinge::detail::check(hinge_cuda_get_device_info(device, &info));
  return info;
}

HINGE_INLINE Outcome set_device(int device) {
  return hinge::detail::check(hinge_cuda_set_device(device));
}

/// The stream for this thread's calls whose stream is null.
HINGE_INLINE Outcome set_stream(Stream stream) {
  return hinge::detail::check(hinge_cuda_set_stream(stream));
}

/// Waits for the queued work. Throws if some of it failed.
HINGE_INLINE Outcome synchronize(Stream stream = nullptr) {
  return hinge::detail::check(hinge_cuda_synchronize(stream));
}

/// Loads all kernels into the stream's context, so that no later call has to.
HINGE_INLINE Outcome load(Stream stream = nullptr) {
  return hinge::detail::check(hinge_cuda_load(stream));
}

/// Copies `count` elements in the order of the stream, between host and device or within the
/// device.
template <class T>
HINGE_INLINE Outcome copy(T *to, const T *from, std::size_t count, Stream stream = nullptr) {
  return hinge::detail::check(hinge_cuda_copy(to, from, count * sizeof(T), stream));
}

/// `size` elements on the current device. Movable.
template <class T>
class Memory : public hinge::detail::Constructed {
public:
  HINGE_INLINE explicit Memory(std::size_t size) : size_(size) {
    void *memory = nullptr;
    const std::size_t most = SIZE_MAX / sizeof(T);
    if (size > most) {
      size_ = 0;
      constructed(hinge_dispatch_refuse("hinge::cuda::Memory", "size is %zu: expected at most %zu",
                                        size, most));
      return;
    }
    constructed(hinge_cuda_alloc(size * sizeof(T), &memory));
    data_ = static_cast<T *>(memory);
  }
  HINGE_INLINE Memory(Memory &&other) noexcept
      : Constructed(other), data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  HINGE_INLINE Memory &operator=(Memory &&other) noexcept {
    std::swap<Constructed>(*this, other);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  HINGE_INLINE ~Memory() { hinge_cuda_free(data_); }

  HINGE_INLINE T *data() const { return data_; }
  HINGE_INLINE std::size_t size() const { return size_; }

private:
  T *data_ = nullptr;
  std::size_t size_;
};

/// y = act(x)
HINGE_INLINE Outcome activation_forward(Activation act, const ConstView &x, const View &y,
                                        Stream stream = nullptr) {
  return hinge::detail::check(
      hinge_cuda_activation_forward(static_cast<hinge_activation>(act), &x, &y, stream));
}

/// The same, and the mask for activation_backward.
HINGE_INLINE Outcome activation_forward(Activation act, const ConstView &x, const View &y,
                                        const MaskView &mask, Stream stream = nullptr) {
  return hinge::detail::check(hinge_cuda_activation_forward_mask(static_cast<hinge_activation>(act),
                                                                 &x, &y, &mask, stream));
}

/// The mask alone, from the activation's output or input.
HINGE_INLINE Outcome activation_mask(Activation act, const ConstView &y, const MaskView &mask,
                                     Stream stream = nullptr) {
  return hinge::detail::check(
      hinge_cuda_activation_mask(static_cast<hinge_activation>(act), &y, &mask, stream));
}

/// y = ReLU(x), torch.nn.ReLU()
HINGE_INLINE Outcome relu(const ConstView &x, const View &y, Stream stream = nullptr) {
  return activation_forward(Activation::relu, x, y, stream);
}
/// x = ReLU(x), torch.nn.ReLU(inplace=True)
HINGE_INLINE Outcome relu_inplace(const View &x, Stream stream = nullptr) {
  return relu(x, x, stream);
}
/// y = ReLU6(x), torch.nn.ReLU6()
HINGE_INLINE Outcome relu6(const ConstView &x, const View &y, Stream stream = nullptr) {
  return activation_forward(Activation::relu6, x, y, stream);
}
/// x = ReLU6(x), torch.nn.ReLU6(inplace=True)
HINGE_INLINE Outcome relu6_inplace(const View &x, Stream stream = nullptr) {
  return relu6(x, x, stream);
}

/// dx = act'(y) * dy; y is the output or the input of the activation. In place where dx is dy.
HINGE_INLINE Outcome activation_backward(Activation act, const ConstView &y, const ConstView &dy,
                                         const View &dx, Stream stream = nullptr) {
  return hinge::detail::check(
      hinge_cuda_activation_backward(static_cast<hinge_activation>(act), &y, &dy, &dx, stream));
}

/// dx = dy where the mask is set, otherwise 0. In place where dx is dy.
HINGE_INLINE Outcome activation_backward(const ConstMaskView &mask, const ConstView &dy,
                                         const View &dx, Stream stream = nullptr) {
  return hinge::detail::check(hinge_cuda_activation_backward_mask(&mask, &dy, &dx, stream));
}

/// The gradients of y = act(x W^T + b), given dy. dx, dweight and dbias are computed unless they
/// are std::nullopt or null. x is needed for dweight, weight for dx, and y unless act is none.
HINGE_INLINE Outcome linear_backward(Activation act, const std::optional<ConstView> &x,
                                     const std::optional<ConstView> &weight,
                                     const std::optional<ConstView> &y, const ConstView &dy,
                                     const std::optional<View> &dx,
                                     const std::optional<View> &dweight, float *dbias,
                                     bool accumulate = false, Stream stream = nullptr) {
  using hinge::detail::pointer;
  return hinge::detail::check(hinge_cuda_linear_backward(
      static_cast<hinge_activation>(act), pointer(x), pointer(weight), pointer(y), &dy, pointer(dx),
      pointer(dweight), dbias, accumulate, stream));
}

/// The same from the mask that the forward wrote.
HINGE_INLINE Outcome linear_backward(const ConstMaskView &mask, const std::optional<ConstView> &x,
                                     const std::optional<ConstView> &weight, const ConstView &dy,
                                     const std::optional<View> &dx,
                                     const std::optional<View> &dweight, float *dbias,
                                     bool accumulate = false, Stream stream = nullptr) {
  using hinge::detail::pointer;
  return hinge::detail::check(hinge_cuda_linear_backward_mask(pointer(x), pointer(weight), &mask,
                                                              &dy, pointer(dx), pointer(dweight),
                                                              dbias, accumulate, stream));
}

/// y = act(x W^T + b), packed once on a device and run many times. Movable; a moved-from layer has
/// no weights and may only be destroyed or assigned to.
class Linear : public hinge::detail::Constructed {
public:
  /// weight (out_features, in_features), bias out_features floats or null, both on the device. They
  /// are read in the order of the stream.
  HINGE_INLINE explicit Linear(const ConstView &weight, const float *bias = nullptr,
                               Activation act = Activation::none, Stream stream = nullptr) {
    constructed(hinge_cuda_linear_create(&weight, bias, static_cast<hinge_activation>(act), stream,
                                         &linear_));
  }

  /// Packs into the caller's memory on the device, which has packed_bytes() bytes and must outlive
  /// the layer.
  HINGE_INLINE Linear(void *memory, std::size_t bytes, const ConstView &weight, const float *bias,
                      Activation act, Stream stream = nullptr) {
    constructed(hinge_cuda_linear_create_in(memory, bytes, &weight, bias,
                                            static_cast<hinge_activation>(act), stream, &linear_));
  }

  HINGE_INLINE static std::size_t packed_bytes(Size in_features, Size out_features) {
    std::size_t bytes = 0;
    (void)hinge::detail::check(hinge_cuda_linear_packed_bytes(in_features, out_features, &bytes));
    return bytes;
  }

  HINGE_INLINE Linear(Linear &&other) noexcept
      : Constructed(other), linear_(std::exchange(other.linear_, nullptr)) {}
  HINGE_INLINE Linear &operator=(Linear &&other) noexcept {
    std::swap<Constructed>(*this, other);
    std::swap(linear_, other.linear_);
    return *this;
  }
  HINGE_INLINE ~Linear() { hinge_cuda_linear_destroy(linear_); }

  /// x (batch, in_features), y (batch, out_features)
  HINGE_INLINE Outcome forward(const ConstView &x, const View &y, Stream stream = nullptr) const {
    return hinge::detail::check(hinge_cuda_linear_forward(linear_, &x, &y, stream));
  }
  HINGE_INLINE Outcome operator()(const ConstView &x, const View &y,
                                  Stream stream = nullptr) const {
    return forward(x, y, stream);
  }

  /// The same, and the mask of y for linear_backward.
  HINGE_INLINE Outcome forward(const ConstView &x, const View &y, const MaskView &mask,
                               Stream stream = nullptr) const {
    return hinge::detail::check(hinge_cuda_linear_forward_mask(linear_, &x, &y, &mask, stream));
  }

  /// Packs other weights of the same shape, e.g. after a step of training.
  HINGE_INLINE Outcome repack(const ConstView &weight, const float *bias = nullptr,
                              Stream stream = nullptr) {
    return hinge::detail::check(hinge_cuda_linear_repack(linear_, &weight, bias, stream));
  }

  HINGE_INLINE hinge_cuda_linear_info info() const {
    hinge_cuda_linear_info info{};
    (void)hinge::detail::check(hinge_cuda_linear_get_info(linear_, &info));
    return info;
  }

private:
  hinge_cuda_linear *linear_ = nullptr;
};

} // namespace HINGE_INLINE_NAMESPACE
} // namespace hinge::cuda

// A Linear layer on a GPU: its packed weights and the sizes that a call needs.
#pragma once

#include "cuda/driver.h"
#include "cuda/memory.h"
#include "dispatch/buffers.h"
#include "operators/arguments.h"

#include "hinge/cuda.h"

#include <cstddef>
#include <cstdint>

/// The packed weights on the device: packed(n, 0) = bias[n] and packed(n, k + 1) = weight[n, k],
/// with zeros past the last ones.
struct hinge_cuda_linear {
  /// The value of `state` between creation and destruction.
  static constexpr std::uint32_t alive = 0x48694e47;
  std::uint32_t state;
  bool owns_memory;
  hinge::detail::Region memory;
  std::int64_t in_features, out_features;
  hinge_activation activation;
  hinge::detail::cuda::Context context;
  unsigned long long context_id;
  int device;
  std::int64_t columns, terms; // of packed, filled up; without the bias

  float *packed() const { return reinterpret_cast<float *>(memory.begin); }
  std::size_t bytes() const {
    return std::size_t(columns) * std::size_t(terms + 1) * sizeof(float);
  }
  hinge::detail::Buffer<3> buffer() const {
    using hinge::detail::Buffer;
    const auto stride = std::int32_t(columns);
    return hinge::detail::cuda::on_device(
        Buffer<3>(packed(), {stride, std::int32_t(terms + 1), 1}, {stride, 0}));
  }
};

namespace hinge::detail::cuda {

/// Checks that the call is in the context in which the layer has its weights.
hinge_status check_context_of(const Call &call, const hinge_cuda_linear &l);

} // namespace hinge::detail::cuda

// A layer on a GPU, y = ReLU(x W^T + b), forward and backward, compared with the CPU: the bits are
// the same. It needs NVIDIA's driver, but no CUDA toolkit.
//
//   cmake --build build/release --target hinge_demo_cuda   in a build with HINGE_CUDA
//   build/release/examples/hinge_demo_cuda
#include <hinge/cuda.hpp>
#include <hinge/hinge.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <random>
#include <vector>

namespace cuda = hinge::cuda;
using Floats = std::vector<float>;

static Floats normal(std::int64_t size, float scale, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> distribution(0, scale);
  Floats values(static_cast<std::size_t>(size));
  std::generate(values.begin(), values.end(), [&] { return distribution(random); });
  return values;
}

static cuda::Memory<float> upload(const Floats &from) {
  cuda::Memory<float> to(from.size());
  cuda::copy(to.data(), from.data(), from.size());
  return to;
}

/// Returns whether the device has the expected bits.
static bool compare(const char *name, const cuda::Memory<float> &device, const Floats &expected) {
  Floats values(device.size());
  cuda::copy(values.data(), device.data(), values.size());
  cuda::synchronize(); // waits for what is queued: the kernels, then the copy
  const bool same = std::memcmp(values.data(), expected.data(), values.size() * sizeof(float)) == 0;
  std::printf("  %-8s %6zu values, %s\n", name, values.size(),
              same ? "the CPU's bits" : "OTHER BITS than the CPU's");
  return same;
}

/// Only CPU targets with FMA compute the GPU's bits.
static bool cpu_has_fma() {
  for (int i = 0; i < hinge_target_count(); i++) {
    hinge_target_info info;
    if (hinge_get_target_info(i, &info) == HINGE_OK && hinge::target() == info.name)
      return info.has_fma != 0;
  }
  return false;
}

static int run() {
  try {
    cuda::device_count();
  } catch (const hinge::Error &e) {
    std::printf("no GPU: %s\n", e.what());
    return 0;
  }
  constexpr std::int64_t batch = 32, in = 256, out = 128;
  const Floats x = normal(batch * in, 1, 1), bias = normal(out, 1, 3),
               dy = normal(batch * out, 1, 4);
  const Floats weight = normal(out * in, 1 / std::sqrt(float(in)), 2);

  cuda::set_device(0);
  const hinge_cuda_device_info info = cuda::device_info(0);
  std::printf("Linear(%d, %d) and ReLU on %s, compute capability %d.%d, a batch of %d\n", int(in),
              int(out), info.name, info.compute_capability[0], info.compute_capability[1],
              int(batch));

  // A view is pointer, rows, columns, as on the CPU. Here the pointers are the device's.
  const auto gpu_x = upload(x), gpu_weight = upload(weight), gpu_bias = upload(bias);
  const auto gpu_dy = upload(dy);
  const cuda::Memory<float> gpu_y(batch * out);
  const cuda::Memory<float> gpu_dx(batch * in), gpu_dweight(out * in), gpu_dbias(out);
  const cuda::ConstView vx(gpu_x.data(), batch, in), vweight(gpu_weight.data(), out, in);
  const cuda::ConstView vdy(gpu_dy.data(), batch, out);
  const cuda::View vy(gpu_y.data(), batch, out);

  // A call returns when its kernels are queued in the stream, here the default one. Each call reads
  // what earlier ones have written.
  const cuda::Linear layer(vweight, gpu_bias.data(), hinge::Activation::relu);
  layer(vx, vy);
  cuda::linear_backward(hinge::Activation::relu, vx, vweight, vy, vdy,
                        cuda::View(gpu_dx.data(), batch, in),
                        cuda::View(gpu_dweight.data(), out, in), gpu_dbias.data());

  Floats y(batch * out), dx(batch * in), dweight(out * in), dbias(out);
  const hinge::ConstView host_x(x.data(), batch, in), host_weight(weight.data(), out, in);
  const hinge::View host_y(y.data(), batch, out);
  hinge::Linear(host_weight, bias.data(), hinge::Activation::relu)(host_x, host_y);
  hinge::linear_backward(hinge::Activation::relu, host_x, host_weight, host_y,
                         hinge::ConstView(dy.data(), batch, out), hinge::View(dx.data(), batch, in),
                         hinge::View(dweight.data(), out, in), dbias.data());

  bool same = compare("y", gpu_y, y);
  same &= compare("dx", gpu_dx, dx);
  same &= compare("dweight", gpu_dweight, dweight);
  same &= compare("dbias", gpu_dbias, dbias);
  if (!same && !cpu_has_fma())
    std::printf("The CPU's target has no FMA and rounds more often.\n");
  return same || !cpu_has_fma() ? 0 : 1;
}

int main() {
  try {
    return run();
  } catch (const std::exception &e) {
    std::fprintf(stderr, "hinge_demo_cuda: %s\n", e.what());
    return 1;
  }
}

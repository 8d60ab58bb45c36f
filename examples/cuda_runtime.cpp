// Hinge in a program that uses CUDA's runtime: the layer reads and writes memory of cudaMalloc, in
// a cudaStream_t of the program's. Any C++ compiler will do.
//
//   cmake --build build/release --target hinge_demo_cuda_runtime   needs HINGE_CUDA and the toolkit
//   build/release/examples/hinge_demo_cuda_runtime
#include <cuda_runtime.h>
#include <hinge/cuda.hpp>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <vector>

namespace cuda = hinge::cuda;

static void check(cudaError_t error) {
  if (error != cudaSuccess)
    throw std::runtime_error(cudaGetErrorString(error));
}

static float *allocate(std::size_t count) {
  void *memory = nullptr;
  check(cudaMalloc(&memory, count * sizeof(float)));
  return static_cast<float *>(memory);
}

static int run() {
  int devices = 0;
  if (const cudaError_t error = cudaGetDeviceCount(&devices); error || devices == 0) {
    std::printf("no GPU: %s\n", cudaGetErrorString(error ? error : cudaErrorNoDevice));
    return 0;
  }
  const std::vector<float> weight = {1, 2, 3, -1, -2, -3}; // (out_features, in_features) = (2, 3)
  const std::vector<float> bias = {0.5f, 0.5f};
  const std::vector<float> x = {1, 1, 1, -1, 0, -1}; // (batch, in_features) = (2, 3)
  std::vector<float> y(4);

  cudaStream_t stream;
  check(cudaStreamCreate(&stream));
  float *const gpu_weight = allocate(weight.size()), *const gpu_bias = allocate(bias.size());
  float *const gpu_x = allocate(x.size()), *const gpu_y = allocate(y.size());
  const auto upload = [&](float *to, const std::vector<float> &from) {
    check(cudaMemcpyAsync(to, from.data(), from.size() * sizeof(float), cudaMemcpyHostToDevice,
                          stream));
  };
  upload(gpu_weight, weight);
  upload(gpu_bias, bias);
  upload(gpu_x, x);
  {
    // Hinge's calls run in the order of the stream: after the copies above, before the one below.
    const cuda::Linear layer(cuda::ConstView(gpu_weight, 2, 3), gpu_bias, hinge::Activation::relu,
                             stream);
    layer(cuda::ConstView(gpu_x, 2, 3), cuda::View(gpu_y, 2, 2), stream);
    check(
        cudaMemcpyAsync(y.data(), gpu_y, y.size() * sizeof(float), cudaMemcpyDeviceToHost, stream));
    check(cudaStreamSynchronize(stream));
  } // here the layer frees its packed weights
  for (float *memory : {gpu_weight, gpu_bias, gpu_x, gpu_y})
    check(cudaFree(memory));
  check(cudaStreamDestroy(stream));

  std::printf("%g %g\n%g %g\n", double(y[0]), double(y[1]), double(y[2]), double(y[3]));
  const std::vector<float> expected = {6.5f, 0, 0, 4.5f};
  if (y != expected) {
    std::fprintf(stderr, "hinge_demo_cuda_runtime: expected 6.5 0, 0 4.5\n");
    return 1;
  }
  return 0;
}

int main() {
  try {
    return run();
  } catch (const std::exception &e) {
    std::fprintf(stderr, "hinge_demo_cuda_runtime: %s\n", e.what());
    return 1;
  }
}

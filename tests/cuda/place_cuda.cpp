// A GPU or the emulator is a place. Tests skip where there is none.
#include "place.h"

#include "cuda/kernels.h"

#include "hinge/cuda.h"

namespace hinge_test {

namespace {

class CudaLinear : public PlacedLinear {
public:
  explicit CudaLinear(hinge_cuda_linear *l) : l_(l) {}
  ~CudaLinear() override { hinge_cuda_linear_destroy(l_); }
  hinge_status forward(const hinge_const_view &x, const hinge_view &y) override {
    return hinge_cuda_linear_forward(l_, &x, &y, nullptr);
  }
  hinge_status forward_mask(const hinge_const_view &x, const hinge_view &y,
                            const hinge_mask &mask) override {
    return hinge_cuda_linear_forward_mask(l_, &x, &y, &mask, nullptr);
  }
  hinge_status repack(const hinge_const_view &weight, const float *bias) override {
    return hinge_cuda_linear_repack(l_, &weight, bias, nullptr);
  }

private:
  hinge_cuda_linear *l_;
};

/// A call chooses its tile, or all use one that the test names.
class Cuda : public Place {
public:
  explicit Cuda(int tile) { hinge::detail::cuda::forced_tile = tile; }
  ~Cuda() override { hinge::detail::cuda::forced_tile = -1; }

  TestTarget target() const override { return {"cuda", /*has_fma=*/true, 4, 128, 128}; }

  void *allocate(std::size_t bytes) override {
    void *memory = nullptr;
    EXPECT_EQ(HINGE_OK, hinge_cuda_alloc(bytes, &memory)) << hinge_last_error();
    return memory;
  }
  void release(void *memory) override {
    EXPECT_EQ(HINGE_OK, hinge_cuda_free(memory)) << hinge_last_error();
  }
  void copy(void *to, const void *from, std::size_t bytes) override {
    if (bytes == 0)
      return;
    EXPECT_EQ(HINGE_OK, hinge_cuda_copy(to, from, bytes, nullptr)) << hinge_last_error();
    EXPECT_EQ(HINGE_OK, hinge_cuda_synchronize(nullptr)) << hinge_last_error();
  }

  hinge_status activation_forward(hinge_activation act, const hinge_const_view &x,
                                  const hinge_view &y) override {
    return hinge_cuda_activation_forward(act, &x, &y, nullptr);
  }
  hinge_status activation_backward(hinge_activation act, const hinge_const_view &y,
                                   const hinge_const_view &dy, const hinge_view &dx) override {
    return hinge_cuda_activation_backward(act, &y, &dy, &dx, nullptr);
  }
  hinge_status activation_mask(hinge_activation act, const hinge_const_view &y,
                               const hinge_mask &mask) override {
    return hinge_cuda_activation_mask(act, &y, &mask, nullptr);
  }
  hinge_status activation_forward_mask(hinge_activation act, const hinge_const_view &x,
                                       const hinge_view &y, const hinge_mask &mask) override {
    return hinge_cuda_activation_forward_mask(act, &x, &y, &mask, nullptr);
  }
  hinge_status activation_backward_mask(const hinge_const_mask &mask, const hinge_const_view &dy,
                                        const hinge_view &dx) override {
    return hinge_cuda_activation_backward_mask(&mask, &dy, &dx, nullptr);
  }
  hinge_status linear_create(const hinge_const_view &weight, const float *bias,
                             hinge_activation act, std::unique_ptr<PlacedLinear> *l) override {
    hinge_cuda_linear *linear = nullptr;
    const hinge_status s = hinge_cuda_linear_create(&weight, bias, act, nullptr, &linear);
    if (s == HINGE_OK)
      *l = std::make_unique<CudaLinear>(linear);
    return s;
  }
  hinge_status linear_backward(hinge_activation act, const hinge_const_view *x,
                               const hinge_const_view *weight, const hinge_const_view *y,
                               const hinge_const_mask *mask, const hinge_const_view &dy,
                               const hinge_view *dx, const hinge_view *dweight, float *dbias,
                               int accumulate) override {
    return mask ? hinge_cuda_linear_backward_mask(x, weight, mask, &dy, dx, dweight, dbias,
                                                  accumulate, nullptr)
                : hinge_cuda_linear_backward(act, x, weight, y, &dy, dx, dweight, dbias, accumulate,
                                             nullptr);
  }
};

} // namespace

std::vector<PlaceMaker> places() {
  const auto make = [](const std::string &name) -> std::unique_ptr<Place> {
    int count = 0;
    if (hinge_cuda_device_count(&count) != HINGE_OK)
      return nullptr; // with the reason in hinge_last_error()
    int tile = hinge::plan::gpu_tile_count - 1;
    while (tile >= 0 && name != std::string("cuda_") + hinge::plan::gpu_tile_names[tile])
      tile--;
    return std::make_unique<Cuda>(tile);
  };
  std::vector<PlaceMaker> all = {{"cuda", make}};
  for (const char *tile : hinge::plan::gpu_tile_names)
    all.push_back({std::string("cuda_") + tile, make});
  return all;
}

} // namespace hinge_test

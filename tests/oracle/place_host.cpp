// The host is a place with each target that it can run.
#include "place.h"

#include <cstdlib>

namespace hinge_test {

namespace {

class HostLinear : public PlacedLinear {
public:
  explicit HostLinear(hinge_linear *l) : l_(l) {}
  hinge_status forward(const hinge_const_view &x, const hinge_view &y) override {
    return hinge_linear_forward(l_.get(), &x, &y);
  }
  hinge_status forward_mask(const hinge_const_view &x, const hinge_view &y,
                            const hinge_mask &mask) override {
    return hinge_linear_forward_mask(l_.get(), &x, &y, &mask);
  }
  hinge_status repack(const hinge_const_view &weight, const float *bias) override {
    return hinge_linear_repack(l_.get(), &weight, bias);
  }

private:
  LinearPtr l_;
};

class Host : public Place {
public:
  explicit Host(const TestTarget &target) : target_(target), scope_(target.name) {}
  TestTarget target() const override { return target_; }

  void *allocate(std::size_t bytes) override { return std::malloc(bytes); }
  void release(void *memory) override { std::free(memory); }
  void copy(void *to, const void *from, std::size_t bytes) override {
    if (bytes > 0)
      std::memcpy(to, from, bytes);
  }

  hinge_status activation_forward(hinge_activation act, const hinge_const_view &x,
                                  const hinge_view &y) override {
    return hinge_activation_forward(act, &x, &y);
  }
  hinge_status activation_backward(hinge_activation act, const hinge_const_view &y,
                                   const hinge_const_view &dy, const hinge_view &dx) override {
    return hinge_activation_backward(act, &y, &dy, &dx);
  }
  hinge_status activation_mask(hinge_activation act, const hinge_const_view &y,
                               const hinge_mask &mask) override {
    return hinge_activation_mask(act, &y, &mask);
  }
  hinge_status activation_forward_mask(hinge_activation act, const hinge_const_view &x,
                                       const hinge_view &y, const hinge_mask &mask) override {
    return hinge_activation_forward_mask(act, &x, &y, &mask);
  }
  hinge_status activation_backward_mask(const hinge_const_mask &mask, const hinge_const_view &dy,
                                        const hinge_view &dx) override {
    return hinge_activation_backward_mask(&mask, &dy, &dx);
  }
  hinge_status linear_create(const hinge_const_view &weight, const float *bias,
                             hinge_activation act, std::unique_ptr<PlacedLinear> *l) override {
    hinge_linear *linear = nullptr;
    const hinge_status s = hinge_linear_create(&weight, bias, act, &linear);
    if (s == HINGE_OK)
      *l = std::make_unique<HostLinear>(linear);
    return s;
  }
  hinge_status linear_backward(hinge_activation act, const hinge_const_view *x,
                               const hinge_const_view *weight, const hinge_const_view *y,
                               const hinge_const_mask *mask, const hinge_const_view &dy,
                               const hinge_view *dx, const hinge_view *dweight, float *dbias,
                               int accumulate) override {
    return mask ? hinge_linear_backward_mask(x, weight, mask, &dy, dx, dweight, dbias, accumulate)
                : hinge_linear_backward(act, x, weight, y, &dy, dx, dweight, dbias, accumulate);
  }

private:
  TestTarget target_;
  ScopedTarget scope_;
};

} // namespace

std::vector<PlaceMaker> places() {
  std::vector<PlaceMaker> all;
  for (const TestTarget &t : usable_targets())
    all.push_back({t.name, [](const std::string &name) -> std::unique_ptr<Place> {
                     for (const TestTarget &target : usable_targets())
                       if (target.name == name)
                         return std::make_unique<Host>(target);
                     return nullptr;
                   }});
  return all;
}

} // namespace hinge_test

#include "cuda/kernels.h"

#include "cuda/launch.h"

#include "hinge/cuda.h"

namespace hinge::detail::cuda {

int forced_tile = -1;

} // namespace hinge::detail::cuda

using namespace hinge::detail;
using namespace hinge::detail::cuda;

hinge_status hinge_cuda_load(void *stream) {
  Call call(stream);
  hinge_status s = call.status();
  cuda::kernels().for_each_operator([&](const char *, const auto &table) {
    table.for_each([&](const cuda::Key &, const auto &kernel) {
      if (s == HINGE_OK)
        s = call.load(kernel);
    });
  });
  return s;
}

#include "handwritten.h"
#include "peers.h"

#include "hinge/hinge.hpp"

#include <cblas.h>

#include <cstring>

namespace hinge::bench {

OpenBlas::OpenBlas(const Problem &problem, float *y)
    : p_(problem), y_(y), relu_(handwritten(target()).relu) {
  openblas_set_num_threads(1);
}

void OpenBlas::operator()() {
  const auto m = blasint(p_.batch), n = blasint(p_.out), k = blasint(p_.in);
  for (std::int64_t i = 0; i < p_.batch; i++)
    std::memcpy(y_ + i * p_.out, p_.bias.data(), std::size_t(p_.out) * sizeof(float));
  if (p_.batch == 1)
    cblas_sgemv(CblasRowMajor, CblasNoTrans, n, k, 1.0f, p_.weight.data(), k, p_.x.data(), 1, 1.0f,
                y_, 1);
  else
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1.0f, p_.x.data(), k,
                p_.weight.data(), k, 1.0f, y_, n);
  relu_(y_, y_, std::size_t(p_.batch * p_.out));
}

// "OpenBLAS 0.3.21 DYNAMIC_ARCH ... SkylakeX ...": with the core that its kernels are for.
std::string OpenBlas::version() { return openblas_get_config(); }

} // namespace hinge::bench

// XNNPACK: the fully-connected operator, which packs its weights and clamps its output to
// [0, infinity).
#include "peers/peers.h"

#include <cpuinfo.h>
#include <xnnpack.h>

#include <limits>

namespace hinge::bench {

namespace {

static_assert(Array::slack >= XNN_EXTRA_BYTES);

void check(xnn_status status) {
  if (status != xnn_status_success)
    fail("XNNPACK refused with status " + std::to_string(status));
}

class Xnnpack final : public Peer {
public:
  Xnnpack(const Problem &p, float *y, int threads) : pool_(pool(threads)) {
    check(xnn_initialize(nullptr));
    const auto in = std::size_t(p.shape.in), out = std::size_t(p.shape.out);
    xnn_operator_t made = nullptr;
    check(xnn_create_fully_connected_nc_f32(in, out, in, out, p.weight.data(), p.bias.data(), 0.0f,
                                            std::numeric_limits<float>::infinity(), 0, &made));
    operator_.reset(made);
    check(xnn_setup_fully_connected_nc_f32(made, std::size_t(p.shape.batch), p.x.data(), y, pool_));
  }

  void operator()() override { xnn_run_operator(operator_.get(), pool_); }

private:
  struct Delete {
    void operator()(xnn_operator *op) const { xnn_delete_operator(op); }
  };
  /// One pool for all, to the end of the program. Without a pool, one thread is faster than with a
  /// pool of one.
  static pthreadpool_t pool(int threads) {
    static const pthreadpool_t made =
        threads > 1 ? pthreadpool_create(std::size_t(threads)) : nullptr;
    return made;
  }

  pthreadpool_t pool_;
  std::unique_ptr<xnn_operator, Delete> operator_;
};

/// XNNPACK has no version number. This code compiles only with versions before weight caches.
std::string version() {
  cpuinfo_initialize();
  const char *isa = cpuinfo_has_x86_avx512f() ? "avx512f"
                    : cpuinfo_has_x86_fma3()  ? "fma3"
                    : cpuinfo_has_x86_avx()   ? "avx"
                                              : "sse";
  return std::string("XNNPACK of early 2022 or before (") + isa + ")";
}

} // namespace

const PeerType xnnpack = {version, make_peer<Xnnpack>, true};

} // namespace hinge::bench

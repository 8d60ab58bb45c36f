// inner_product with weights in the layout that it asks for and ReLU as its post-op.
#include "peers.h"

#include <dnnl.hpp>
#include <dnnl_debug.h>

#include <dlfcn.h>

#include <unordered_map>

namespace hinge::bench {

using dnnl::inner_product_forward;
using dnnl::memory;

namespace {

/// oneDNN asks its OpenMP runtime for the number of threads when a primitive is made. That runtime
/// need not be the compiler's, so it is looked up in what oneDNN brought along.
void use_threads(int threads) {
  auto set_num_threads =
      reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (!set_num_threads)
    fail("oneDNN came without an OpenMP runtime: it cannot be told how many threads to use");
  set_num_threads(threads);
}

class OneDnn final : public Peer {
public:
  OneDnn(const Problem &p, float *y, int threads) {
    use_threads(threads);
    const auto [batch, in, out] = p.shape;
    const auto f32 = memory::data_type::f32;
    const memory::desc x_desc({batch, in}, f32, memory::format_tag::nc);
    const memory::desc weight_desc({out, in}, f32, memory::format_tag::oi);
    const memory::desc any_desc({out, in}, f32, memory::format_tag::any);
    const memory::desc bias_desc({out}, f32, memory::format_tag::x);
    const memory::desc y_desc({batch, out}, f32, memory::format_tag::nc);
    dnnl::post_ops relu;
    relu.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(relu);
    const inner_product_forward::primitive_desc desc(engine_, dnnl::prop_kind::forward_inference,
                                                     x_desc, any_desc, bias_desc, y_desc,
                                                     attributes);
    primitive_ = inner_product_forward(desc);

    // oneDNN takes no pointer to const; it writes to y alone.
    auto wrap = [&](const memory::desc &d, const float *data) {
      return memory(d, engine_, const_cast<float *>(data));
    };
    memory packed(desc.weights_desc(), engine_);
    memory weight = wrap(weight_desc, p.weight.data());
    dnnl::reorder(weight, packed).execute(stream_, weight, packed);
    stream_.wait();
    arguments_ = {{DNNL_ARG_SRC, wrap(x_desc, p.x.data())},
                  {DNNL_ARG_WEIGHTS, packed},
                  {DNNL_ARG_BIAS, wrap(bias_desc, p.bias.data())},
                  {DNNL_ARG_DST, wrap(y_desc, y)}};
  }

  void operator()() override {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

private:
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  inner_product_forward primitive_;
  std::unordered_map<int, memory> arguments_;
};

std::string version() {
  const dnnl_version_t &v = *dnnl::version();
  std::string isa = dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa()); // "cpu_isa_avx512_core"
  if (isa.rfind("cpu_isa_", 0) == 0)
    isa.erase(0, 8);
  return "oneDNN " + std::to_string(v.major) + "." + std::to_string(v.minor) + "." +
         std::to_string(v.patch) + " (" + isa + ")";
}

} // namespace

const PeerType onednn = {version, make_peer<OneDnn>, true};

} // namespace hinge::bench

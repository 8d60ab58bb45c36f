#include "peers.h"

#include <dnnl.hpp>
#include <dnnl_debug.h>

#include <dlfcn.h>

#include <unordered_map>

namespace hinge::bench {

using dnnl::inner_product_forward;
using dnnl::memory;

/// oneDNN asks its OpenMP runtime for the number of threads when a primitive is made. That runtime
/// need not be the compiler's, so it is looked up in what oneDNN brought along.
static void use_one_thread() {
  auto set_num_threads =
      reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
  if (!set_num_threads)
    fail("oneDNN came without an OpenMP runtime: it cannot be told to use one thread");
  set_num_threads(1);
}

struct OneDnn::Impl {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  inner_product_forward primitive;
  std::unordered_map<int, memory> arguments;

  Impl(const Problem &p, float *y) {
    const auto f32 = memory::data_type::f32;
    const memory::desc x_desc({p.batch, p.in}, f32, memory::format_tag::nc);
    const memory::desc weight_desc({p.out, p.in}, f32, memory::format_tag::oi);
    const memory::desc any_desc({p.out, p.in}, f32, memory::format_tag::any);
    const memory::desc bias_desc({p.out}, f32, memory::format_tag::x);
    const memory::desc y_desc({p.batch, p.out}, f32, memory::format_tag::nc);
    dnnl::post_ops relu;
    relu.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(relu);
    const inner_product_forward::primitive_desc desc(engine, dnnl::prop_kind::forward_inference,
                                                     x_desc, any_desc, bias_desc, y_desc,
                                                     attributes);
    primitive = inner_product_forward(desc);

    // oneDNN takes no pointer to const; it writes to y alone.
    auto wrap = [&](const memory::desc &d, const float *data) {
      return memory(d, engine, const_cast<float *>(data));
    };
    memory packed(desc.weights_desc(), engine);
    memory weight = wrap(weight_desc, p.weight.data());
    dnnl::reorder(weight, packed).execute(stream, weight, packed);
    stream.wait();
    arguments = {{DNNL_ARG_SRC, wrap(x_desc, p.x.data())},
                 {DNNL_ARG_WEIGHTS, packed},
                 {DNNL_ARG_BIAS, wrap(bias_desc, p.bias.data())},
                 {DNNL_ARG_DST, wrap(y_desc, y)}};
  }
};

OneDnn::OneDnn(const Problem &problem, float *y) {
  use_one_thread();
  impl_ = std::make_unique<Impl>(problem, y);
}
OneDnn::~OneDnn() = default;

void OneDnn::operator()() {
  impl_->primitive.execute(impl_->stream, impl_->arguments);
  impl_->stream.wait();
}

std::string OneDnn::version() {
  const dnnl_version_t &v = *dnnl::version();
  std::string isa = dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa()); // "cpu_isa_avx512_core"
  if (isa.rfind("cpu_isa_", 0) == 0)
    isa.erase(0, 8);
  return "oneDNN " + std::to_string(v.major) + "." + std::to_string(v.minor) + "." +
         std::to_string(v.patch) + " (" + isa + ")";
}

} // namespace hinge::bench

// oneDNN: inner_product with weights in the layout that it asks for, and ReLU as its post-op. The
// gradients are the eltwise's from y, then inner_product's.
#include "peers/peers.h"

#include <dnnl.hpp>
#include <dnnl_debug.h>

#include <dlfcn.h>

#include <unordered_map>

namespace hinge::bench {

using dnnl::inner_product_forward;
using dnnl::memory;

namespace {

/// oneDNN asks its OpenMP runtime for the number of threads when it makes a primitive. That runtime
/// need not be the compiler's, so this looks up the function in what oneDNN has loaded.
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

    // oneDNN takes no pointers to const, but writes to y alone.
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

/// Primitives with their arguments, which run one after the other.
///
/// An eltwise's gradient keeps vectors on the stack. It takes 33.6 us for 64 Ki floats if they
/// cross cache lines, else 15.6. So run() always begins at the same place of a cache line: the one
/// that settle() measured to be the best.
class Chain {
public:
  void add(const dnnl::primitive &primitive, const std::unordered_map<int, memory> &arguments) {
    steps_.emplace_back(primitive, arguments);
  }

  void settle(dnnl::stream &stream) {
    std::size_t best = 0;
    for (const std::size_t place : {16, 32, 48})
      if (faster([&] { run_at(place, stream); }, [&] { run_at(best, stream); }))
        best = place;
    place_ = best;
  }

  void run(dnnl::stream &stream) const { run_at(place_, stream); }

private:
  __attribute__((noinline)) void run_at(std::size_t place, dnnl::stream &stream) const {
    const auto frame = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    auto *unused = static_cast<volatile char *>(__builtin_alloca(16 + (frame + place) % 64));
    *unused = 0;
    for (const auto &[primitive, arguments] : steps_)
      primitive.execute(stream, arguments);
    stream.wait();
  }

  std::vector<std::pair<dnnl::primitive, std::unordered_map<int, memory>>> steps_;
  std::size_t place_ = 0;
};

/// The primitive that computes `diff_src` = act'(dst) * `diff_dst`.
dnnl::eltwise_backward eltwise_backward(const dnnl::engine &engine, dnnl::algorithm algorithm,
                                        float alpha, float beta, const memory::desc &desc) {
  const dnnl::eltwise_forward::primitive_desc forward(engine, dnnl::prop_kind::forward_training,
                                                      algorithm, desc, desc, alpha, beta);
  return dnnl::eltwise_backward(dnnl::eltwise_backward::primitive_desc(
      engine, algorithm, desc, desc, desc, alpha, beta, forward));
}

/// The weights and their gradient have the layouts that oneDNN asks for, or both have the
/// problem's, whichever is faster. The weights are reordered in advance. In a step they stay in the
/// forward's layout: reordering them for dx, or the gradient that is added to them, is part of the
/// step.
class OneDnnTraining final : public Peer {
public:
  OneDnnTraining(const Training &training, Gradients &out, Part part, int threads)
      : t_(training), out_(out), part_(part) {
    use_threads(threads);
    const Way any = make(memory::format_tag::any), plain = make(memory::format_tag::oi);
    way_ = faster([&] { any.chain.run(stream_); }, [&] { plain.chain.run(stream_); }) ? any : plain;
  }

  void operator()() override { way_.chain.run(stream_); }

  void unpack() override {
    if (wants_dweight(part_))
      reorder(way_.dweight, wrap(weight_desc_, out_.dweight.data()));
  }

private:
  struct Way {
    Chain chain;
    memory dweight;
  };

  // oneDNN takes no pointers to const, but writes to results alone.
  memory wrap(const memory::desc &d, const float *data) {
    return memory(d, engine_, const_cast<float *>(data));
  }

  void reorder(memory from, memory to) {
    dnnl::reorder(from, to).execute(stream_, from, to);
    stream_.wait();
  }

  Way make(memory::format_tag weight_tag) {
    const Problem &p = t_.problem;
    const auto [batch, in, n] = p.shape;
    const auto f32 = memory::data_type::f32;
    const memory::desc x_desc({batch, in}, f32, memory::format_tag::nc);
    const memory::desc y_desc({batch, n}, f32, memory::format_tag::nc);
    const memory::desc bias_desc({n}, f32, memory::format_tag::x);
    const memory::desc weight_desc({n, in}, f32, weight_tag);
    const auto training = dnnl::prop_kind::forward_training;
    const memory x = wrap(x_desc, p.x.data()), bias = wrap(bias_desc, p.bias.data());
    const memory y = wrap(y_desc, out_.y.data()), dy = wrap(y_desc, t_.dy.data());
    const memory g(y_desc, engine_);
    Way way;
    auto then_reorder = [&](const memory &from, const memory &to) {
      way.chain.add(dnnl::reorder(from, to), {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
    };

    memory weight; // in the layout that a step keeps
    auto weight_in = [&](const memory::desc &d) {
      memory other(d, engine_);
      reorder(wrap(weight_desc_, p.weight.data()), other);
      return other;
    };
    if (part_ == Part::step) {
      dnnl::post_ops relu;
      relu.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
      dnnl::primitive_attr attributes;
      attributes.set_post_ops(relu);
      const inner_product_forward::primitive_desc desc(engine_, training, x_desc, weight_desc,
                                                       bias_desc, y_desc, attributes);
      weight = weight_in(desc.weights_desc());
      way.chain.add(inner_product_forward(desc), {{DNNL_ARG_SRC, x},
                                                  {DNNL_ARG_WEIGHTS, weight},
                                                  {DNNL_ARG_BIAS, bias},
                                                  {DNNL_ARG_DST, y}});
    }
    way.chain.add(eltwise_backward(engine_, dnnl::algorithm::eltwise_relu_use_dst_for_bwd, 0.0f,
                                   0.0f, y_desc),
                  {{DNNL_ARG_DST, y}, {DNNL_ARG_DIFF_DST, dy}, {DNNL_ARG_DIFF_SRC, g}});
    way.chain.settle(stream_);

    const inner_product_forward::primitive_desc forward(engine_, training, x_desc, weight_desc,
                                                        bias_desc, y_desc);
    if (wants_dx(part_)) {
      using dnnl::inner_product_backward_data;
      const inner_product_backward_data::primitive_desc desc(engine_, x_desc, weight_desc, y_desc,
                                                             forward);
      memory weight_for_dx = weight;
      if (!weight) {
        weight_for_dx = weight_in(desc.weights_desc());
      } else if (weight.get_desc() != desc.weights_desc()) {
        weight_for_dx = memory(desc.weights_desc(), engine_);
        then_reorder(weight, weight_for_dx);
      }
      way.chain.add(inner_product_backward_data(desc),
                    {{DNNL_ARG_WEIGHTS, weight_for_dx},
                     {DNNL_ARG_DIFF_DST, g},
                     {DNNL_ARG_DIFF_SRC, wrap(x_desc, out_.dx.data())}});
    }
    if (wants_dweight(part_)) {
      using dnnl::inner_product_backward_weights;
      const inner_product_backward_weights::primitive_desc desc(engine_, x_desc, weight_desc,
                                                                bias_desc, y_desc, forward);
      way.dweight = memory(desc.diff_weights_desc(), engine_);
      way.chain.add(inner_product_backward_weights(desc),
                    {{DNNL_ARG_SRC, x},
                     {DNNL_ARG_DIFF_DST, g},
                     {DNNL_ARG_DIFF_WEIGHTS, way.dweight},
                     {DNNL_ARG_DIFF_BIAS, wrap(bias_desc, out_.dbias.data())}});
      if (weight && weight.get_desc() != way.dweight.get_desc()) {
        const memory to(weight.get_desc(), engine_);
        then_reorder(way.dweight, to);
        way.dweight = to;
      }
    }
    return way;
  }

  const Training &t_;
  Gradients &out_;
  Part part_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  const memory::desc weight_desc_{
      {t_.problem.shape.out, t_.problem.shape.in}, memory::data_type::f32, memory::format_tag::oi};
  Way way_;
};

class OneDnnActivationBackward final : public Peer {
public:
  OneDnnActivationBackward(const ActivationBackward &p, int threads) {
    use_threads(threads);
    const memory::desc desc({memory::dim(p.n)}, memory::data_type::f32, memory::format_tag::x);
    auto wrap = [&](const float *data) { return memory(desc, engine_, const_cast<float *>(data)); };
    chain_.add(p.relu6 ? eltwise_backward(engine_, dnnl::algorithm::eltwise_clip_v2_use_dst_for_bwd,
                                          0.0f, 6.0f, desc)
                       : eltwise_backward(engine_, dnnl::algorithm::eltwise_relu_use_dst_for_bwd,
                                          0.0f, 0.0f, desc),
               {{DNNL_ARG_DST, wrap(p.y)},
                {DNNL_ARG_DIFF_DST, wrap(p.dy)},
                {DNNL_ARG_DIFF_SRC, wrap(p.dx)}});
    chain_.settle(stream_);
  }

  void operator()() override { chain_.run(stream_); }

private:
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  Chain chain_;
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

const PeerType onednn = {version,
                         make_peer<OneDnn>,
                         true,
                         nullptr,
                         make_training<OneDnnTraining>,
                         make_activation_backward<OneDnnActivationBackward>};

} // namespace hinge::bench

// Plain loops, compiled for any x86-64 at -O3.
#include "peers/peers.h"

namespace hinge::bench {

namespace {

class Naive final : public Peer {
public:
  Naive(const Problem &problem, float *y, int) : p_(problem), y_(y) {}

  void operator()() override { forward(p_, y_); }

  static void forward(const Problem &p, float *y) {
    const auto [batch, in, out] = p.shape;
    const float *x = p.x.data(), *w = p.weight.data(), *bias = p.bias.data();
    for (std::int64_t m = 0; m < batch; m++)
      for (std::int64_t n = 0; n < out; n++) {
        float acc = bias[n];
        for (std::int64_t k = 0; k < in; k++)
          acc += x[m * in + k] * w[n * in + k];
        y[m * out + n] = acc < 0.0f ? 0.0f : acc;
      }
  }

private:
  const Problem &p_;
  float *y_;
};

/// The innermost loops go along rows, so that a compiler can vectorize them.
class NaiveTraining final : public Peer {
public:
  NaiveTraining(const Training &training, Gradients &out, Part part, int)
      : t_(training), out_(out), part_(part) {}

  void operator()() override {
    const auto [batch, in, out] = t_.problem.shape;
    const float *x = t_.problem.x.data(), *w = t_.problem.weight.data();
    float *dx = out_.dx.data(), *dweight = out_.dweight.data(), *dbias = out_.dbias.data();
    if (part_ == Part::step)
      Naive::forward(t_.problem, out_.y.data());
    if (wants_dx(part_))
      std::fill_n(dx, out_.dx.size(), 0.0f);
    if (wants_dweight(part_)) {
      std::fill_n(dweight, out_.dweight.size(), 0.0f);
      std::fill_n(dbias, out_.dbias.size(), 0.0f);
    }
    for (std::int64_t m = 0; m < batch; m++)
      for (std::int64_t n = 0; n < out; n++) {
        const auto i = std::size_t(m * out + n);
        const float g = out_.y[i] <= 0.0f ? 0.0f : t_.dy[i];
        if (wants_dx(part_))
          for (std::int64_t k = 0; k < in; k++)
            dx[m * in + k] += g * w[n * in + k];
        if (wants_dweight(part_)) {
          for (std::int64_t k = 0; k < in; k++)
            dweight[n * in + k] += g * x[m * in + k];
          dbias[n] += g;
        }
      }
  }

private:
  const Training &t_;
  Gradients &out_;
  Part part_;
};

/// It reads dy whether it passes or not. GCC 12 would otherwise keep a branch, and mispredictions
/// make 64 Ki floats take 30 times as long. The loop in place uses one pointer, so that the
/// compiler knows that the arrays do not overlap otherwise.
template <bool relu6>
class NaiveActivationBackward final : public Peer {
public:
  NaiveActivationBackward(const ActivationBackward &problem, int) : p_(problem) {}

  void operator()() override {
    const float *y = p_.y, *dy = p_.dy;
    float *dx = p_.dx;
    if (dx == dy)
      for (std::size_t i = 0; i < p_.n; i++)
        dx[i] = derivative(y[i], dx[i]);
    else
      for (std::size_t i = 0; i < p_.n; i++)
        dx[i] = derivative(y[i], dy[i]);
  }

private:
  static float derivative(float y, float dy) {
    return y <= 0.0f || (relu6 && y >= 6.0f) ? 0.0f : dy;
  }

  ActivationBackward p_;
};

std::unique_ptr<Peer> make_naive_activation_backward(const ActivationBackward &problem,
                                                     int threads) {
  return problem.relu6 ? make_activation_backward<NaiveActivationBackward<true>>(problem, threads)
                       : make_activation_backward<NaiveActivationBackward<false>>(problem, threads);
}

} // namespace

const PeerType naive = {[] { return std::string("naive loops at -O3 for any x86-64"); },
                        make_peer<Naive>,
                        false,
                        nullptr,
                        make_training<NaiveTraining>,
                        make_naive_activation_backward};

} // namespace hinge::bench

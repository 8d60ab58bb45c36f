// Eigen: a matrix product, then the bias and ReLU in one expression. The gradients are written as
// formulas. Eigen's instruction set follows the compiler's flags; this file is compiled with
// -march=native, as Eigen's users do.
#include "peers/peers.h"

#include <Eigen/Dense>

namespace hinge::bench {

namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// The sizes are known at run time. Weights are transposed if that is faster. It mostly is, by up
/// to a factor of 3 (1x10->20).
class Dynamic final : public Peer {
public:
  Dynamic(const Problem &p, float *y, int)
      : transposed_(transposed(p)), x_(p.x.data(), p.shape.batch, p.shape.in),
        weight_(p.weight.data(), p.shape.out, p.shape.in),
        transposed_weight_(transposed_.data(), p.shape.in, p.shape.out),
        bias_(p.bias.data(), p.shape.out), y_(y, p.shape.batch, p.shape.out) {
    use_transposed_ = faster([&] { multiply(true); }, [&] { multiply(false); });
  }

  void operator()() override {
    multiply(use_transposed_);
    y_ = (y_.rowwise() + bias_).cwiseMax(0.0f);
  }

private:
  void multiply(bool transposed) {
    // Batch 1 is a vector times a matrix, because Eigen chooses its kernel by type, not by size.
    if (x_.rows() == 1 && transposed)
      y_.row(0).noalias() = x_.row(0) * transposed_weight_;
    else if (x_.rows() == 1)
      y_.row(0).noalias() = x_.row(0) * weight_.transpose();
    else if (transposed)
      y_.noalias() = x_ * transposed_weight_;
    else
      y_.noalias() = x_ * weight_.transpose();
  }

  Array transposed_;
  Eigen::Map<const RowMajor> x_, weight_, transposed_weight_;
  Eigen::Map<const Eigen::RowVectorXf> bias_;
  Eigen::Map<RowMajor> y_;
  bool use_transposed_;
};

/// The sizes are known to the compiler. It computes coefficient by coefficient in one expression or
/// as a matrix product, whichever is faster: 22 and 28 ns for 1x10->20, 580 and 520 for 32x10->20.
template <int batch, int in, int out>
class Fixed final : public Peer {
public:
  Fixed(const Problem &p, float *y, int)
      : transposed_(transposed(p)), x_(p.x.data()), weight_(transposed_.data()),
        bias_(p.bias.data()), y_(y) {
    lazy_ = faster([&] { lazy(); }, [&] { product(); });
  }

  void operator()() override { lazy_ ? lazy() : product(); }

private:
  template <int rows, int cols>
  using Matrix = Eigen::Matrix<float, rows, cols, Eigen::RowMajor>;

  void lazy() {
    y_.noalias() = x_.lazyProduct(weight_).rowwise() + bias_;
    y_ = y_.cwiseMax(0.0f);
  }
  void product() {
    y_.noalias() = x_ * weight_;
    y_ = (y_.rowwise() + bias_).cwiseMax(0.0f);
  }

  Array transposed_;
  Eigen::Map<const Matrix<batch, in>> x_;
  Eigen::Map<const Matrix<in, out>> weight_;
  Eigen::Map<const Matrix<1, out>> bias_;
  Eigen::Map<Matrix<batch, out>> y_;
  bool lazy_;
};

class EigenTraining final : public Peer {
public:
  EigenTraining(const Training &t, Gradients &out, Part part, int)
      : part_(part), x_(t.problem.x.data(), t.problem.shape.batch, t.problem.shape.in),
        weight_(t.problem.weight.data(), t.problem.shape.out, t.problem.shape.in),
        bias_(t.problem.bias.data(), t.problem.shape.out),
        dy_(t.dy.data(), x_.rows(), weight_.rows()), y_(out.y.data(), x_.rows(), weight_.rows()),
        dx_(out.dx.data(), x_.rows(), x_.cols()),
        dweight_(out.dweight.data(), weight_.rows(), weight_.cols()),
        dbias_(out.dbias.data(), weight_.rows()), g_(x_.rows(), weight_.rows()) {}

  void operator()() override {
    if (part_ == Part::step) {
      y_.noalias() = x_ * weight_.transpose();
      y_ = (y_.rowwise() + bias_).cwiseMax(0.0f);
    }
    g_ = (y_.array() > 0.0f).select(dy_, 0.0f);
    if (wants_dx(part_) && g_.rows() == 1)
      dx_.row(0).noalias() = g_.row(0) * weight_;
    else if (wants_dx(part_))
      dx_.noalias() = g_ * weight_;
    if (wants_dweight(part_)) {
      if (g_.rows() == 1)
        dweight_.noalias() = g_.row(0).transpose() * x_.row(0);
      else
        dweight_.noalias() = g_.transpose() * x_;
      dbias_ = g_.colwise().sum();
    }
  }

private:
  Part part_;
  Eigen::Map<const RowMajor> x_, weight_;
  Eigen::Map<const Eigen::RowVectorXf> bias_;
  Eigen::Map<const RowMajor> dy_;
  Eigen::Map<RowMajor> y_, dx_, dweight_;
  Eigen::Map<Eigen::RowVectorXf> dbias_;
  RowMajor g_;
};

/// The shapes that Fixed is compiled for.
constexpr struct {
  Shape shape;
  std::unique_ptr<Peer> (*make)(const Problem &, float *, int);
} fixed[] = {
    {{1, 10, 20}, make_peer<Fixed<1, 10, 20>>}, {{4, 10, 20}, make_peer<Fixed<4, 10, 20>>},
    {{8, 10, 20}, make_peer<Fixed<8, 10, 20>>}, {{32, 10, 20}, make_peer<Fixed<32, 10, 20>>},
    {{1, 16, 16}, make_peer<Fixed<1, 16, 16>>}, {{4, 16, 16}, make_peer<Fixed<4, 16, 16>>},
    {{8, 16, 16}, make_peer<Fixed<8, 16, 16>>}, {{32, 16, 16}, make_peer<Fixed<32, 16, 16>>},
};

std::unique_ptr<Peer> make_fixed(const Problem &p, float *y, int threads) {
  for (const auto &f : fixed)
    if (f.shape == p.shape)
      return f.make(p, y, threads);
  return nullptr;
}

bool fits_fixed(const Shape &shape) {
  for (const auto &f : fixed)
    if (f.shape == shape)
      return true;
  return false;
}

std::string version() {
  return "Eigen " + std::to_string(EIGEN_WORLD_VERSION) + "." +
         std::to_string(EIGEN_MAJOR_VERSION) + "." + std::to_string(EIGEN_MINOR_VERSION) + " (" +
         Eigen::SimdInstructionSetsInUse() + ")";
}

} // namespace

const PeerType eigen = {version, make_peer<Dynamic>, false, nullptr, make_training<EigenTraining>};
const PeerType eigen_fixed = {version, make_fixed, false, fits_fixed};

} // namespace hinge::bench

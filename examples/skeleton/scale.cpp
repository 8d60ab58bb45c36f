// Part 1, the kernel: an algorithm and its schedule, in Halide.
//
// The build runs this file. It writes one C function for each target, as an object and a header.
#include <Halide.h>

namespace {

using namespace Halide;

class Scale : public Generator<Scale> {
public:
  // Parameters are what differs from target to target. CMakeLists.txt sets them.
  GeneratorParam<int> lanes{"lanes", 8};   // floats in a vector
  GeneratorParam<int> unroll{"unroll", 4}; // vectors in a step of the loop

  // The C function has these arguments in this order.
  Input<float> factor{"factor"};
  Input<Buffer<float, 2>> x{"x"};
  Output<Buffer<float, 2>> y{"y"};

  /// The algorithm says what is computed. strict_float forbids LLVM to assume that there is no NaN
  /// and no -0; without it the bits could differ from a plain loop's.
  void generate() { y(i, m) = strict_float(factor * x(i, m)); }

  /// The schedule says in which order. Predicate makes the tail of a row a masked load and store,
  /// which access nothing past the row's end.
  void schedule() {
    for (int d : {0, 1}) { // both matrices begin at (0, 0)
      x.dim(d).set_min(0);
      y.dim(d).set_min(0);
    }
    const int step = lanes * int(unroll);
    Var block("block"), vector("vector"), lane("lane");
    y.split(i, block, lane, step, TailStrategy::Predicate)
        .split(lane, vector, lane, lanes)
        .vectorize(lane)
        .unroll(vector);
  }

private:
  Var i{"i"}, m{"m"}; // column, row
};

} // namespace

HALIDE_REGISTER_GENERATOR(Scale, scale)

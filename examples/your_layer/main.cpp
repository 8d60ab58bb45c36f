// A project of its own with a fixed layer: one whose shape is known when the program is compiled.
// CMakeLists.txt requests it by hinge_add_linear and links with it.
//
//   cmake -B build -G Ninja "-DCMAKE_PREFIX_PATH=<where Halide is>" && cmake --build build
//   build/your_program
//
// docs/your-shapes.md explains every step.
#include "my_layer.hpp"

#include <cstdio>

int main() {
  static float weight[20][10], bias[20], x[32][10], y[32][20];
  for (int n = 0; n < 20; n++)
    for (int k = 0; k < 10; k++)
      weight[n][k] = float(n - k) / 8;
  for (int m = 0; m < 32; m++)
    for (int k = 0; k < 10; k++)
      x[m][k] = float(m % 4 + k) / 16;

  static const app::my_layer_weights packed(weight); // packs the weights once
  app::my_layer(x, packed, bias, y);                 // y = ReLU6(x W^T + b)

  std::printf("%g %g %g ... %g\n", y[0][0], y[0][9], y[0][10], y[31][19]);
}

/* Hinge from C: one layer, y = ReLU(x W^T + b), on a batch of two rows.
 *
 *   cmake --build build/release --target hinge_demo_c && build/release/examples/hinge_demo_c
 *
 * It prints "6.5 0" and "0 4.5". */
#include <hinge/hinge.h>
#include <stdio.h>

int main(void) {
  const float weight[] = {1, 2, 3, -1, -2, -3}; /* (out_features, in_features) = (2, 3) */
  const float bias[] = {0.5f, 0.5f};
  const float x[] = {1, 1, 1, -1, 0, -1}; /* (batch, in_features) = (2, 3) */
  float y[4];                             /* (batch, out_features) = (2, 2) */

  /* A view is pointer, rows, cols, row stride, type. The layer copies `weight` and `bias`. */
  hinge_linear *linear = NULL;
  hinge_status status = hinge_linear_create(&(hinge_const_view){weight, 2, 3, 3, HINGE_FLOAT32},
                                            bias, HINGE_ACTIVATION_RELU, &linear);
  if (status == HINGE_OK)
    status = hinge_linear_forward(linear, &(hinge_const_view){x, 2, 3, 3, HINGE_FLOAT32},
                                  &(hinge_view){y, 2, 2, 2, HINGE_FLOAT32});
  if (status == HINGE_OK)
    printf("%g %g\n%g %g\n", y[0], y[1], y[2], y[3]);
  else
    fprintf(stderr, "hinge_demo_c: %s\n", hinge_last_error());
  hinge_linear_destroy(linear); /* null is fine */
  return status == HINGE_OK ? 0 : 1;
}

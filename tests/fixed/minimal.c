/* A program with a MINIMAL layer, without other parts of Hinge and without C++. The exit code is
 * the number of the check that failed. */
#include "tiny.h"

enum { in_features = 10, out_features = 20, batch = 7 };

static float weight[out_features][in_features], bias[out_features];
static float x[batch][in_features], y[batch][out_features];
static app_tiny_packed_weights packed;

/* Small integers: their sums are exact in every order. */
static float integer(int i) { return (float)(i * 7 % 9 - 4); }

static float expected(int m, int n) {
  float sum = bias[n];
  for (int k = 0; k < in_features; k++)
    sum += x[m][k] * weight[n][k];
  return sum < 0 ? 0 : sum > 6 ? 6 : sum;
}

int main(void) {
  for (int n = 0; n < out_features; n++) {
    bias[n] = integer(n + 1);
    for (int k = 0; k < in_features; k++)
      weight[n][k] = integer(n * in_features + k + 2);
  }
  for (int m = 0; m < batch; m++)
    for (int k = 0; k < in_features; k++)
      x[m][k] = integer(m * in_features + k + 3);

  if (app_tiny_pack(&weight[0][0], &packed) != HINGE_OK)
    return 1;
  if (app_tiny(&x[0][0], &packed, bias, &y[0][0], batch) != HINGE_OK)
    return 2;
  for (int m = 0; m < batch; m++)
    for (int n = 0; n < out_features; n++)
      if (y[m][n] != expected(m, n))
        return 3;
  if (app_tiny(&x[0][0], &packed, bias, &y[0][0], -1) != HINGE_INVALID_ARGUMENT)
    return 4;
  return 0;
}

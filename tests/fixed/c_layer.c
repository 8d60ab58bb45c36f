/* A generated layer's header compiles as C99 without extensions, and a call links. */
#include "fixed_relu6.h"

hinge_status fixed_relu6_from_c(const float *x, const app_fixed_relu6_packed_weights *packed,
                                const float *bias, float *y);
hinge_status fixed_relu6_from_c(const float *x, const app_fixed_relu6_packed_weights *packed,
                                const float *bias, float *y) {
  return app_fixed_relu6(x, packed, bias, y);
}

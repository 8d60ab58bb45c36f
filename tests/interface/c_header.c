/* hinge.h alone compiles as C99 without extensions, and a call links. An initializer that names its
 * members may leave out the type without a warning. */
#include "hinge/hinge.h"

const char *hinge_version_from_c(void);
const char *hinge_version_from_c(void) { return hinge_version(); }

hinge_const_view hinge_view_from_c(const float *data);
hinge_const_view hinge_view_from_c(const float *data) {
  return (hinge_const_view){.data = data, .rows = 2, .cols = 3, .row_stride = 3};
}

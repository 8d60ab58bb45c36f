/* hinge.h alone compiles as C99 without extensions, and a call links. */
#include "hinge/hinge.h"

const char *hinge_version_from_c(void);
const char *hinge_version_from_c(void) { return hinge_version(); }

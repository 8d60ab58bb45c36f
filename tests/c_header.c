/* hinge.h alone, as C99 without extensions: it must compile, and a call must link. */
#include "hinge/hinge.h"

const char *hinge_version_from_c(void);
const char *hinge_version_from_c(void) { return hinge_version(); }

// A shared object with a Hinge of its own, as a plug-in or a module of Python has it.
#include "pool_call.h"

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED int module_set_threads(int threads) { return hinge_set_num_threads(threads); }

EXPORTED int module_get_threads(void) { return hinge_get_num_threads(); }

/// 1 if a call that the pool shares is right.
EXPORTED int module_compute(void) { return compute_is_right(); }

/* Dispatch: which of several targets runs. The code of layers that hinge_add_linear and
 * hinge_add_activation generate includes this. A program includes the layer's own header. */
#ifndef HINGE_DISPATCH_H
#define HINGE_DISPATCH_H

#include "hinge/hinge.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A target that a layer has code for. `cpu_features` are those that it requires: names separated by
 * spaces, as in hinge_target_info.cpu_features. */
typedef struct hinge_dispatch_target {
  const char *name;
  const char *cpu_features;
} hinge_dispatch_target;

/* Writes the message of this thread, cut to 511 characters, and returns `status`. */
HINGE_API hinge_status hinge_dispatch_fail(hinge_status status, const char *text);

/* Chooses the target that runs by default, among `count` targets, worst first, and writes its index
 * to *index: the best one that this CPU and operating system can run. The environment variable
 * HINGE_TARGET caps it: no target better than the named one is chosen. `order` has the names of all
 * targets of this architecture, worst first, separated by ", ". Null means those of `targets`.
 * `layer` is for the message.
 * Fails with HINGE_UNSUPPORTED_TARGET, and leaves *index as it was. */
HINGE_API hinge_status hinge_dispatch_choose_target(const char *layer,
                                                    const hinge_dispatch_target *targets, int count,
                                                    const char *order, int *index);

/* Finds the target called `name`, and no other. Null means the best one that this CPU and operating
 * system can run, whatever HINGE_TARGET says. `argument`, whose value the name is, is for the
 * message. Fails like hinge_dispatch_choose_target. */
HINGE_API hinge_status hinge_dispatch_find_target(const char *layer,
                                                  const hinge_dispatch_target *targets, int count,
                                                  const char *argument, const char *name,
                                                  int *index);

/* The memory of an argument, by the name that users know. */
typedef struct hinge_dispatch_region {
  const char *name;
  const void *data;
  size_t bytes;
  int is_required; /* 1: null is an error */
} hinge_dispatch_region;

/* Says what is wrong with a call's memory, `inputs` regions that it reads and then `outputs` that
 * it writes, and returns HINGE_INVALID_ARGUMENT. */
HINGE_API hinge_status hinge_dispatch_refuse_memory(const char *layer,
                                                    const hinge_dispatch_region *regions,
                                                    int inputs, int outputs);

/* Writes the message "<layer>: <text>", the text as printf makes it, and returns
 * HINGE_INVALID_ARGUMENT. */
HINGE_API HINGE_FORMAT(2, 3) hinge_status
    hinge_dispatch_refuse(const char *layer, const char *format, ...);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HINGE_DISPATCH_H */

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

/* Finds the target called `name` among `count` targets, worst first, and writes its index to
 * *index. Null or "" means the last one that this CPU and operating system can run. `layer` and
 * `source`, where the name is from (HINGE_TARGET), are for the message.
 * Fails with HINGE_UNSUPPORTED_TARGET if there is no such target or it cannot run here; *index is
 * then untouched. */
hinge_status hinge_dispatch_find_target(const char *layer, const hinge_dispatch_target *targets,
                                        int count, const char *source, const char *name,
                                        int *index);

/* Writes the message "<layer>: <text>" and returns HINGE_INVALID_ARGUMENT. */
hinge_status hinge_dispatch_refuse(const char *layer, const char *text);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HINGE_DISPATCH_H */

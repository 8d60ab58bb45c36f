/* What the layers that hinge_add_linear generates are made of: their code includes this, a program
 * includes the layer's own header. */
#ifndef HINGE_LAYER_H
#define HINGE_LAYER_H

#include "hinge/hinge.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A target that a layer has code for, and what it requires: names of CPU features, separated by
 * spaces, as hinge_target_info.cpu_features has them. */
typedef struct hinge_layer_target {
  const char *name;
  const char *cpu_features;
} hinge_layer_target;

/* *index = the target called `name`; null or "": the last one that this CPU and operating system
 * can run. With `name` from the environment (HINGE_TARGET), `source` says so in the message. */
hinge_status hinge_layer_find_target(const char *layer, const hinge_layer_target *targets,
                                     int count, const char *source, const char *name, int *index);

/* Writes the message "<layer>: <text>" and returns HINGE_INVALID_ARGUMENT. */
hinge_status hinge_layer_refuse(const char *layer, const char *text);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HINGE_LAYER_H */

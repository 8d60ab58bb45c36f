/* Packed weights of layers, copied by a C program. */
#ifndef HINGE_TESTS_C_COPY_H
#define HINGE_TESTS_C_COPY_H

#include "fixed_relu6.h"
#include "tiny.h"

#ifdef __cplusplus
extern "C" {
#endif

void copy_fixed_relu6(const app_fixed_relu6_packed_weights *from,
                      app_fixed_relu6_packed_weights *to);
void copy_tiny(const app_tiny_packed_weights *from, app_tiny_packed_weights *to);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif

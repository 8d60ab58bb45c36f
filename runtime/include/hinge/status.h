/* The values that calls return. */
#ifndef HINGE_STATUS_H
#define HINGE_STATUS_H

typedef enum hinge_status {
  HINGE_OK = 0,
  HINGE_INVALID_ARGUMENT = 1,
  HINGE_UNSUPPORTED_TARGET = 2, /* HINGE_TARGET or hinge_set_target: unknown, or not on this CPU */
  HINGE_OUT_OF_MEMORY = 3,
  HINGE_INTERNAL_ERROR = 4, /* a kernel refuses checked arguments: a bug in Hinge */
  HINGE_NO_DEVICE = 5,      /* hinge/cuda.h: no GPU, no driver, or one that is too old */
  HINGE_DEVICE_ERROR = 6    /* hinge/cuda.h: an error of the driver, maybe from an earlier call */
} hinge_status;

#endif /* HINGE_STATUS_H */

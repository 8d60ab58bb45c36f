/* Hinge on NVIDIA's GPUs: the operators of hinge.h, with the same bits, for memory of a device. C
 * interface; cuda.hpp is the C++ one. Needs a library that was built with HINGE_CUDA.
 *
 * A program needs no CUDA toolkit: the first call loads the driver (libcuda.so.1). The driver must
 * support CUDA 9.0 or newer, and the GPU must have compute capability 7.0 or newer. Otherwise calls
 * return HINGE_NO_DEVICE, and everything in hinge.h works.
 *
 * Views are those of hinge.h, with pointers to memory that the device can reach. Such memory comes
 * from cuMemAlloc, cudaMalloc or a torch.Tensor's data_ptr(), or is managed or pinned host memory.
 * Floats lie at multiples of 4 bytes. Each call asks the driver where the first and the last byte
 * of a view lie.
 *
 * Faster kernels, with the same bits, run if all rows of all matrices begin at multiples of 16
 * bytes. For a Linear all matrices must also have a multiple of 4 columns.
 *
 * A call works in the current context of its thread, which CUDA's runtime and PyTorch share. If
 * there is none, the primary context of device 0 becomes current. Kernels go into `stream`, a
 * CUstream or cudaStream_t, and the call then works in its context. A null stream means the
 * thread's, see hinge_cuda_set_stream. A call returns when its kernels are queued.
 * hinge_cuda_synchronize or another later call reports their errors.
 *
 * A call that computes allocates nothing, waits for nothing and copies nothing between host and
 * device. The first call of a kernel in a context is the exception: it loads the kernel, which the
 * driver compiles or takes from its cache. After hinge_cuda_load no call has to, so calls can be
 * captured into a graph.
 */
#ifndef HINGE_CUDA_H
#define HINGE_CUDA_H

#include "hinge/hinge.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Devices, streams ----------------------------------------------------------------------- */

typedef struct hinge_cuda_device_info {
  char name[256];
  int compute_capability[2]; /* major, minor */
  int multiprocessors;
  int driver_version; /* CUDA's, from cuDriverGetVersion, e.g. 12040 */
} hinge_cuda_device_info;

/* The number of GPUs; on failure *count is 0. */
HINGE_API hinge_status hinge_cuda_device_count(int *count);

/* Writes what is known of device `device`, 0 .. hinge_cuda_device_count - 1. */
HINGE_API hinge_status hinge_cuda_get_device_info(int device, hinge_cuda_device_info *info);

/* Makes the device's primary context current on this thread, like cudaSetDevice. CUDA's runtime and
 * PyTorch use this context too. */
HINGE_API hinge_status hinge_cuda_set_device(int device);

/* The stream for this thread's calls whose `stream` is null. Null, the default, means the legacy
 * default stream of the current context. Hinge does not own the stream. */
HINGE_API hinge_status hinge_cuda_set_stream(void *stream);
HINGE_API void *hinge_cuda_get_stream(void);

/* Waits until the queued work of the stream is done, and reports its errors. */
HINGE_API hinge_status hinge_cuda_synchronize(void *stream);

/* Loads all kernels into the context of the stream, so that no later call has to. It takes some
 * seconds if the driver compiles them, which happens once for each version of the driver. */
HINGE_API hinge_status hinge_cuda_load(void *stream);

/* ---- Memory: for programs that have no other way to it --------------------------------------- */

/* Allocates `bytes` bytes on the current context's device, at a multiple of 256. *memory is null
 * for 0 bytes, and untouched on failure. */
HINGE_API hinge_status hinge_cuda_alloc(size_t bytes, void **memory);

/* Waits until the device is idle, then frees. Null is allowed. */
HINGE_API hinge_status hinge_cuda_free(void *memory);

/* Copies between host and device, either way, or within the device, in the order of the stream. A
 * copy from or to pinned host memory returns at once. Other memory of the host may be reused when
 * the call returns. Bytes copied to the host are there after hinge_cuda_synchronize. */
HINGE_API hinge_status hinge_cuda_copy(void *to, const void *from, size_t bytes, void *stream);

/* ---- Activations, as in hinge.h -------------------------------------------------------------- */

HINGE_API hinge_status hinge_cuda_activation_forward(hinge_activation act,
                                                     const hinge_const_view *x, const hinge_view *y,
                                                     void *stream);
HINGE_API hinge_status hinge_cuda_activation_backward(hinge_activation act,
                                                      const hinge_const_view *y,
                                                      const hinge_const_view *dy,
                                                      const hinge_view *dx, void *stream);
HINGE_API hinge_status hinge_cuda_activation_forward_mask(hinge_activation act,
                                                          const hinge_const_view *x,
                                                          const hinge_view *y,
                                                          const hinge_mask *mask, void *stream);
HINGE_API hinge_status hinge_cuda_activation_mask(hinge_activation act, const hinge_const_view *y,
                                                  const hinge_mask *mask, void *stream);
HINGE_API hinge_status hinge_cuda_activation_backward_mask(const hinge_const_mask *mask,
                                                           const hinge_const_view *dy,
                                                           const hinge_view *dx, void *stream);

/* ---- Linear, as in hinge.h ------------------------------------------------------------------- */

/* A layer, with its packed weights in the memory of a device. It belongs to the context that it is
 * created in. */
typedef struct hinge_cuda_linear hinge_cuda_linear;

typedef struct hinge_cuda_linear_info {
  int64_t in_features;
  int64_t out_features;
  hinge_activation activation;
  int device;
  size_t packed_bytes; /* on the device */
} hinge_cuda_linear_info;

/* Packs `weight` and `bias`, which are on the device, into memory that is allocated there. They are
 * read in the order of the stream. Another stream that runs the layer must wait for it. */
HINGE_API hinge_status hinge_cuda_linear_create(const hinge_const_view *weight, const float *bias,
                                                hinge_activation act, void *stream,
                                                hinge_cuda_linear **linear);

/* The bytes on the device that hinge_cuda_linear_create_in needs for this shape. */
HINGE_API hinge_status hinge_cuda_linear_packed_bytes(int64_t in_features, int64_t out_features,
                                                      size_t *bytes);

/* Like hinge_cuda_linear_create, but packs into memory of the device that the caller owns. It lies
 * at a multiple of 16 and has `bytes` bytes, at least hinge_cuda_linear_packed_bytes. It must stay
 * until the layer is destroyed and nothing runs it. */
HINGE_API hinge_status hinge_cuda_linear_create_in(void *memory, size_t bytes,
                                                   const hinge_const_view *weight,
                                                   const float *bias, hinge_activation act,
                                                   void *stream, hinge_cuda_linear **linear);

/* Waits until the device is idle and frees what hinge_cuda_linear_create allocated there. Memory of
 * the caller is not freed, only no longer used. Null is allowed. */
HINGE_API void hinge_cuda_linear_destroy(hinge_cuda_linear *linear);

HINGE_API hinge_status hinge_cuda_linear_forward(const hinge_cuda_linear *linear,
                                                 const hinge_const_view *x, const hinge_view *y,
                                                 void *stream);
HINGE_API hinge_status hinge_cuda_linear_forward_mask(const hinge_cuda_linear *linear,
                                                      const hinge_const_view *x,
                                                      const hinge_view *y, const hinge_mask *mask,
                                                      void *stream);

/* Packs other weights of the same shape, in the order of the stream. */
HINGE_API hinge_status hinge_cuda_linear_repack(hinge_cuda_linear *linear,
                                                const hinge_const_view *weight, const float *bias,
                                                void *stream);

HINGE_API hinge_status hinge_cuda_linear_backward(hinge_activation act, const hinge_const_view *x,
                                                  const hinge_const_view *weight,
                                                  const hinge_const_view *y,
                                                  const hinge_const_view *dy, const hinge_view *dx,
                                                  const hinge_view *dweight, float *dbias,
                                                  int accumulate, void *stream);
HINGE_API hinge_status hinge_cuda_linear_backward_mask(
    const hinge_const_view *x, const hinge_const_view *weight, const hinge_const_mask *mask,
    const hinge_const_view *dy, const hinge_view *dx, const hinge_view *dweight, float *dbias,
    int accumulate, void *stream);

HINGE_API hinge_status hinge_cuda_linear_get_info(const hinge_cuda_linear *linear,
                                                  hinge_cuda_linear_info *info);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HINGE_CUDA_H */

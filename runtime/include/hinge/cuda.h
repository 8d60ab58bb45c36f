/* Hinge on NVIDIA's GPUs: the operators of hinge.h with their bits, for memory of the device. C
 * interface; cuda.hpp is the C++ one. Of a library that was built with HINGE_CUDA.
 *
 * A program needs no CUDA toolkit: the driver (libcuda.so.1) is loaded by the first call. It must
 * support CUDA 9.0 or newer, a GPU must have compute capability 7.0 or newer. Where there is none,
 * calls return HINGE_NO_DEVICE, and everything in hinge.h works.
 *
 * Views are those of hinge.h with pointers to memory that the device can reach: of cuMemAlloc,
 * cudaMalloc, a torch.Tensor's data_ptr(), managed, or pinned host memory; floats at multiples of 4
 * bytes. The driver is asked where their first and last byte lie. Where all rows of all matrices
 * begin at multiples of 16 bytes, and all matrices of a Linear have a multiple of 4 columns, faster
 * kernels run; the bits are the same.
 *
 * A call works in the current context of its thread, as CUDA's runtime and PyTorch have it; where
 * none is, the primary one of device 0 becomes current. It goes into `stream`, a CUstream or
 * cudaStream_t, in whose context it then works; null is the thread's, see hinge_cuda_set_stream. It
 * returns when its kernels are queued: errors of theirs are reported by hinge_cuda_synchronize or
 * another later call. A call that computes allocates nothing, copies nothing between host and
 * device and waits for nothing. But the first call of a kernel in a context loads it, which the
 * driver compiles or takes from its cache: see hinge_cuda_load. So calls can be captured into a
 * graph, after hinge_cuda_load.
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
  int driver_version; /* of CUDA, as cuDriverGetVersion has it, e.g. 12040 */
} hinge_cuda_device_info;

/* How many GPUs there are; on failure *count is 0. */
hinge_status hinge_cuda_device_count(int *count);

/* `device` in 0 .. hinge_cuda_device_count - 1. */
hinge_status hinge_cuda_get_device_info(int device, hinge_cuda_device_info *info);

/* Makes the device's primary context current on this thread, which CUDA's runtime and PyTorch use
 * too (as cudaSetDevice does). */
hinge_status hinge_cuda_set_device(int device);

/* The stream of the calls of this thread that are given none; null, the default: the legacy default
 * stream of the current context. Hinge does not own it. */
hinge_status hinge_cuda_set_stream(void *stream);
void *hinge_cuda_get_stream(void);

/* Waits until what is queued in the stream is done, and reports what went wrong in it. */
hinge_status hinge_cuda_synchronize(void *stream);

/* Loads all kernels into the context of the stream, so that no later call has to: some seconds
 * when the driver compiles them, once a driver. */
hinge_status hinge_cuda_load(void *stream);

/* ---- Memory: for programs that have no other way to it --------------------------------------- */

/* `bytes` bytes of the current context's device, at a multiple of 256. *memory is null for 0 bytes;
 * untouched on failure. */
hinge_status hinge_cuda_alloc(size_t bytes, void **memory);

/* Waits until the device is idle, then frees. Null is allowed. */
hinge_status hinge_cuda_free(void *memory);

/* Copies between host and device, either way, or within the device, in the order of the stream.
 * From and to pinned host memory it returns at once; other memory of the host may be reused when it
 * returns, and what is copied to it is there after hinge_cuda_synchronize. */
hinge_status hinge_cuda_copy(void *to, const void *from, size_t bytes, void *stream);

/* ---- Activations, as in hinge.h -------------------------------------------------------------- */

hinge_status hinge_cuda_activation_forward(hinge_activation act, const hinge_const_view *x,
                                           const hinge_view *y, void *stream);
hinge_status hinge_cuda_activation_backward(hinge_activation act, const hinge_const_view *y,
                                            const hinge_const_view *dy, const hinge_view *dx,
                                            void *stream);
hinge_status hinge_cuda_activation_forward_mask(hinge_activation act, const hinge_const_view *x,
                                                const hinge_view *y, const hinge_mask *mask,
                                                void *stream);
hinge_status hinge_cuda_activation_mask(hinge_activation act, const hinge_const_view *y,
                                        const hinge_mask *mask, void *stream);
hinge_status hinge_cuda_activation_backward_mask(const hinge_const_mask *mask,
                                                 const hinge_const_view *dy, const hinge_view *dx,
                                                 void *stream);

/* ---- Linear, as in hinge.h ------------------------------------------------------------------- */

/* A layer, its packed weights in the memory of a device. It belongs to the context that it was
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
 * read in the order of the stream; what another stream runs with the layer must wait for it. */
hinge_status hinge_cuda_linear_create(const hinge_const_view *weight, const float *bias,
                                      hinge_activation act, void *stream,
                                      hinge_cuda_linear **linear);

/* The bytes on the device that hinge_cuda_linear_create_in needs for this shape. */
hinge_status hinge_cuda_linear_packed_bytes(int64_t in_features, int64_t out_features,
                                            size_t *bytes);

/* As hinge_cuda_linear_create, in memory of the device that the caller owns, at a multiple of 16,
 * `bytes` at least hinge_cuda_linear_packed_bytes; it must stay until the layer is destroyed and
 * nothing runs it. */
hinge_status hinge_cuda_linear_create_in(void *memory, size_t bytes, const hinge_const_view *weight,
                                         const float *bias, hinge_activation act, void *stream,
                                         hinge_cuda_linear **linear);

/* Waits until the device is idle and frees what hinge_cuda_linear_create allocated there; of memory
 * of the caller's it only ends the use. Null is allowed. */
void hinge_cuda_linear_destroy(hinge_cuda_linear *linear);

hinge_status hinge_cuda_linear_forward(const hinge_cuda_linear *linear, const hinge_const_view *x,
                                       const hinge_view *y, void *stream);
hinge_status hinge_cuda_linear_forward_mask(const hinge_cuda_linear *linear,
                                            const hinge_const_view *x, const hinge_view *y,
                                            const hinge_mask *mask, void *stream);

/* Packs other weights of the same shape, in the order of the stream. */
hinge_status hinge_cuda_linear_repack(hinge_cuda_linear *linear, const hinge_const_view *weight,
                                      const float *bias, void *stream);

hinge_status hinge_cuda_linear_backward(hinge_activation act, const hinge_const_view *x,
                                        const hinge_const_view *weight, const hinge_const_view *y,
                                        const hinge_const_view *dy, const hinge_view *dx,
                                        const hinge_view *dweight, float *dbias, int accumulate,
                                        void *stream);
hinge_status hinge_cuda_linear_backward_mask(const hinge_const_view *x,
                                             const hinge_const_view *weight,
                                             const hinge_const_mask *mask,
                                             const hinge_const_view *dy, const hinge_view *dx,
                                             const hinge_view *dweight, float *dbias,
                                             int accumulate, void *stream);

hinge_status hinge_cuda_linear_get_info(const hinge_cuda_linear *linear,
                                        hinge_cuda_linear_info *info);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HINGE_CUDA_H */

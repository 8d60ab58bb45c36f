/* Hinge: ahead-of-time kernels for rectified linear layers. C interface; hinge.hpp is the C++ one.
 *
 * A matrix is a row-major view of float32 elements: `rows` x `cols` of them, rows `row_stride`
 * elements apart. No alignment is required, and nothing outside a view is read or written. Views
 * are passed by pointer. Passing them by value costs 20 ns a call, because of the way that
 * compilers copy them (GCC 12 on Zen 4).
 *
 * A call returns HINGE_OK or another status. After another status, hinge_last_error() says which
 * argument was wrong, its value and the expected one. Every output is then as it was before the
 * call.
 *
 * These calls compute: hinge_activation_..., hinge_mask_count, hinge_linear_forward,
 * hinge_linear_repack and hinge_linear_backward. They neither allocate nor print, and with one
 * thread (the default) take no lock. Several threads may call any function at once, except where
 * its comment says otherwise.
 */
#ifndef HINGE_HINGE_H
#define HINGE_HINGE_H

#include "hinge/api.h"
#include "hinge/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The type of a matrix's elements. */
typedef enum hinge_type { HINGE_FLOAT32 = 0 } hinge_type;

/* A member that an initializer leaves out has this value in C++. In C it is 0. */
#ifdef __cplusplus
#define HINGE_DEFAULT(value) = value
#else
#define HINGE_DEFAULT(value)
#endif

typedef enum hinge_activation {
  HINGE_ACTIVATION_NONE = 0,
  HINGE_ACTIVATION_RELU = 1, /* x < 0 ? 0 : x; NaN passes with its payload, -0 stays -0 */
  HINGE_ACTIVATION_RELU6 = 2 /* x < 0 ? 0 : (x > 6 ? 6 : x); NaN passes */
} hinge_activation;

/* A matrix to read. `data` points to elements of the type that `type` names, and may be null if
 * rows or cols is 0. If rows > 1, row_stride is at least cols; otherwise row_stride does not
 * matter. */
typedef struct hinge_const_view {
  const void *data;
  int64_t rows;
  int64_t cols;
  int64_t row_stride;                        /* in elements */
  int32_t type HINGE_DEFAULT(HINGE_FLOAT32); /* a hinge_type */
} hinge_const_view;

/* A matrix to write, with the same members. */
typedef struct hinge_view {
  void *data;
  int64_t rows;
  int64_t cols;
  int64_t row_stride;                        /* in elements */
  int32_t type HINGE_DEFAULT(HINGE_FLOAT32); /* a hinge_type */
} hinge_view;
#undef HINGE_DEFAULT

/* A matrix of bits, one for each element of a rows x cols matrix. The bit of column i is bit i % 8
 * of byte i / 8 of its row, counted from the low end. Rows are `row_stride` bytes apart, at least
 * (cols + 7) / 8 if rows > 1. The unused bits of a row's last byte are written as zeros and not
 * read. `data` may be null if rows or cols is 0. */
typedef struct hinge_const_mask {
  const uint8_t *data;
  int64_t rows;
  int64_t cols;       /* in bits */
  int64_t row_stride; /* in bytes */
} hinge_const_mask;

typedef struct hinge_mask {
  uint8_t *data;
  int64_t rows;
  int64_t cols;       /* in bits */
  int64_t row_stride; /* in bytes */
} hinge_mask;

/* The message of the last call on this thread that failed, or "" if none has failed. Never null. It
 * is valid until the next failure on this thread. */
HINGE_API const char *hinge_last_error(void);

/* The version of the library, e.g. "0.1.0". */
HINGE_API const char *hinge_version(void);

/* ---- Activations ------------------------------------------------------------------------- */

/* y = act(x), element by element, for x and y of the same shape (torch.nn.ReLU, torch.nn.ReLU6). In
 * place if y is x: same data and same row_stride. Otherwise x and y share no element. `act` is
 * HINGE_ACTIVATION_RELU or HINGE_ACTIVATION_RELU6. */
HINGE_API hinge_status hinge_activation_forward(hinge_activation act, const hinge_const_view *x,
                                                const hinge_view *y);

/* dx = act'(y) * dy, element by element: 0 where y <= 0 (for RELU6 also where y >= 6), otherwise
 * dy. y is the activation's output or its input: both give the same bits. The gradient is 0 at the
 * kinks, and dy passes where y is NaN, like in PyTorch's threshold_backward. In place if dx is dy:
 * same data and same row_stride. Otherwise dx and dy share no element. dx and y never share one. */
HINGE_API hinge_status hinge_activation_backward(hinge_activation act, const hinge_const_view *y,
                                                 const hinge_const_view *dy, const hinge_view *dx);

/* The same, and writes a mask for the backward: a bit for each element that says whether the
 * gradient passes. A bit is !(y <= 0), for RELU6 also !(y >= 6), so it is set where y is NaN. A
 * mask takes an eighth of a byte an element where y takes four bytes, and lets y be overwritten
 * afterwards. The mask shares no byte with x and y. */
HINGE_API hinge_status hinge_activation_forward_mask(hinge_activation act,
                                                     const hinge_const_view *x, const hinge_view *y,
                                                     const hinge_mask *mask);

/* The mask alone, from the activation's output or input. It shares no byte with y. */
HINGE_API hinge_status hinge_activation_mask(hinge_activation act, const hinge_const_view *y,
                                             const hinge_mask *mask);

/* dx = dy where the mask is set, otherwise 0: the gradient of the activation that the mask belongs
 * to. In place if dx is dy, like in hinge_activation_backward. dx shares no byte with the mask. */
HINGE_API hinge_status hinge_activation_backward_mask(const hinge_const_mask *mask,
                                                      const hinge_const_view *dy,
                                                      const hinge_view *dx);

/* Adds the number of set bits of each row m to per_row[m] (mask->rows counts), and that of each
 * column i to per_column[i] (mask->cols counts). Either may be null. They share no byte with each
 * other and with the mask. The counts show how sparse a batch's rows are, and which units never
 * pass. */
HINGE_API hinge_status hinge_mask_count(const hinge_const_mask *mask, int64_t *per_row,
                                        int64_t *per_column);

/* Sets the bytes, read and written, from which on an activation uses non-temporal stores. Such
 * stores bypass the caches, because a large output would only evict what is needed next. They are
 * used out of place only. The default is the size of the last-level cache that the CPU states. A
 * lower value may be faster on a machine that shares this cache with others. On ARM the default is
 * INT64_MAX (never), because its cores bypass the caches without being told. 0: always; negative:
 * the default. Results do not depend on it. */
HINGE_API void hinge_set_nontemporal_bytes(int64_t bytes);
HINGE_API int64_t hinge_get_nontemporal_bytes(void);

/* ---- Linear ------------------------------------------------------------------------------ */

/* y = act(x W^T + b): torch.nn.Linear and its activation, with the weights packed for one target.
 *
 * The terms of an output's sum are cut into parts, whose size depends on in_features alone. A part
 * is one chain: acc = bias (or 0) in the first part, 0 in the others; then acc = fma(x[k], W[k],
 * acc) for k in ascending order. The parts are added in order (docs/contract.md). The bits are the
 * same for any batch, thread count and target with FMA (hinge_target_info.has_fma). A target without FMA rounds the product and the sum. If a sum is
 * NaN, its sign and payload are unspecified. */
typedef struct hinge_linear hinge_linear;

typedef struct hinge_linear_info {
  int64_t in_features;
  int64_t out_features;
  hinge_activation activation;
  const char *target;  /* whose kernels it runs: the active one at creation */
  size_t packed_bytes; /* size of its memory, packed weights included */
} hinge_linear_info;

/* Packs `weight` (out_features, in_features) and `bias` (out_features floats, or null for none) for
 * the active target, into memory that Hinge allocates. Both may be freed afterwards. On success the
 * caller gives *linear to hinge_linear_destroy in the end. On failure *linear is untouched. */
HINGE_API hinge_status hinge_linear_create(const hinge_const_view *weight, const float *bias,
                                           hinge_activation act, hinge_linear **linear);

/* The bytes that hinge_linear_create_in needs for this shape and the active target. */
HINGE_API hinge_status hinge_linear_packed_bytes(int64_t in_features, int64_t out_features,
                                                 size_t *bytes);

/* Like hinge_linear_create, but packs into `memory`, which the caller owns, and allocates nothing.
 * `memory` may have any alignment. It has `bytes` bytes, at least hinge_linear_packed_bytes, and
 * shares none with weight and bias. It must stay in its place until the layer is destroyed. */
HINGE_API hinge_status hinge_linear_create_in(void *memory, size_t bytes,
                                              const hinge_const_view *weight, const float *bias,
                                              hinge_activation act, hinge_linear **linear);

/* Frees what hinge_linear_create allocated. Memory of the caller is not freed, only no longer used.
 * Null is allowed. No call may be using the layer, and none may use it afterwards. Such a use is
 * recognized and refused only in memory of the caller. */
HINGE_API void hinge_linear_destroy(hinge_linear *linear);

/* y = act(x W^T + b) with x (batch, in_features) and y (batch, out_features). y shares no element
 * with x and no byte with the packed weights. Several threads may use one layer at once. */
HINGE_API hinge_status hinge_linear_forward(const hinge_linear *linear, const hinge_const_view *x,
                                            const hinge_view *y);

/* The same, and writes the mask of y that hinge_activation_mask gives. The layer has RELU or RELU6.
 * The mask is batch x out_features and shares no byte with x, y and the packed weights. */
HINGE_API hinge_status hinge_linear_forward_mask(const hinge_linear *linear,
                                                 const hinge_const_view *x, const hinge_view *y,
                                                 const hinge_mask *mask);

/* Packs other weights of the same shape into the layer, e.g. after a step of training. Nothing is
 * allocated. Neither argument shares a byte with the layer's memory. No call may be using the
 * layer. */
HINGE_API hinge_status hinge_linear_repack(hinge_linear *linear, const hinge_const_view *weight,
                                           const float *bias);

/* The gradients of y = act(x W^T + b), given dy, the gradient of y. With g = act'(y) * dy:
 *   dx[m, k]      = sum over n of g[m, n] weight[n, k]    (batch, in_features)
 *   dweight[n, k] = sum over m of g[m, n] x[m, k]         (out_features, in_features)
 *   dbias[n]      = sum over m of g[m, n]                 out_features floats
 * x is (batch, in_features), y and dy are (batch, out_features). `weight` is (out_features,
 * in_features), not packed. y is the activation's output or its input. A null dx, dweight or dbias
 * is not computed. Only dweight reads x, and only dx reads weight. y is read unless act is
 * HINGE_ACTIVATION_NONE. An argument that is not read may be null.
 *
 * If accumulate is 0, dweight and dbias are written; if it is 1, they are added to. dx is always
 * written. An output shares no element with an input that is read, nor with another gradient.
 *
 * dx is a sum over the out_features, in parts as in a forward call. An element of dweight or dbias
 * is one chain. It starts with acc = 0, or with the value that is added to. Each step, in ascending
 * order of m, is acc = fma(g, x, acc), for dbias acc = acc + g. So batches that are accumulated one after the other give the bits of one large batch.
 * hinge_linear says how the bits depend on threads and targets. */
HINGE_API hinge_status hinge_linear_backward(hinge_activation act, const hinge_const_view *x,
                                             const hinge_const_view *weight,
                                             const hinge_const_view *y, const hinge_const_view *dy,
                                             const hinge_view *dx, const hinge_view *dweight,
                                             float *dbias, int accumulate);

/* The same from the forward's mask, which replaces the activation and y. */
HINGE_API hinge_status hinge_linear_backward_mask(const hinge_const_view *x,
                                                  const hinge_const_view *weight,
                                                  const hinge_const_mask *mask,
                                                  const hinge_const_view *dy, const hinge_view *dx,
                                                  const hinge_view *dweight, float *dbias,
                                                  int accumulate);

/* Writes the shape, activation, target and memory of the layer. */
HINGE_API hinge_status hinge_linear_get_info(const hinge_linear *linear, hinge_linear_info *info);

/* ---- Targets ----------------------------------------------------------------------------- */

/* A target is an instruction set that the library has kernels for. The active target is the best
 * one that the CPU and the operating system can run.
 *
 * The environment variable HINGE_TARGET, read at the first use, caps it: no target better than the
 * named one is chosen. The cap is for the library and for all layers in the process, whichever
 * targets each of them has. If no target has that name, or none up to it can run, every call that
 * needs a target fails with HINGE_UNSUPPORTED_TARGET. */
typedef struct hinge_target_info {
  const char *name;         /* "sse41", "avx2", "avx512", "zen4"; "neon" on ARM */
  const char *cpu_features; /* required features, separated by spaces */
  int usable;               /* 1: this CPU and operating system can run it */
  int has_fma;              /* 1: Linear gives the bits of all targets with FMA */
  int vector_lanes;         /* floats in a vector */
  const char *profile;      /* the profile of its kernels' tile sizes, e.g. "avx512" */
} hinge_target_info;

/* The number of targets in the library. They are ordered from worst to best. */
HINGE_API int hinge_target_count(void);

/* Writes what is known of target `index`, 0 .. hinge_target_count() - 1. */
HINGE_API hinge_status hinge_get_target_info(int index, hinge_target_info *info);

/* The name of the active target. */
HINGE_API hinge_status hinge_get_target(const char **name);

/* Makes exactly this target active for later calls. A program that names a target gets that one or
 * HINGE_UNSUPPORTED_TARGET, and never another. Null means the best usable one, whatever
 * HINGE_TARGET says. A layer keeps the target that it is created for. */
HINGE_API hinge_status hinge_set_target(const char *name);

/* ---- Kernels ----------------------------------------------------------------------------- */

/* The number of kernels in the library, and their names, e.g. "hinge_linear_relu_2v_avx512". A name
 * consists of operator, activation, vectors in a panel and target. It is null if `index` is out of
 * range. */
HINGE_API int hinge_kernel_count(void);
HINGE_API const char *hinge_kernel_name(int index);

/* The name of the kernel that this thread ran last, or "" before the first call. */
HINGE_API const char *hinge_last_kernel(void);

/* ---- Threads ----------------------------------------------------------------------------- */

/* The number of threads that a call may use, the caller's included: 1 (the default) to 1024. The
 * library's pool runs parts of a larger call. A small call stays on the caller's thread, and so
 * does a call that finds the pool busy with another one. Results do not depend on the number.
 *
 * Setting it starts and ends threads. If one cannot be started, the number stays what it was. No
 * other thread may be in a call.
 *
 * The pool's threads take none of the process's signals. They compute in the floating-point
 * environment of the call that they help (rounding, flushing of denormals, traps), and the call
 * raises the exceptions that they raise. They end when the process exits or unloads the library,
 * which on Windows stays loaded. The child of a fork has the same number: its first larger call
 * starts its threads.
 *
 * At the end of a larger call the caller waits for the tasks that other threads have begun, at most
 * one for each. If they have a lower real-time priority, it waits as long as the system keeps them
 * from their cores. A call never waits with one thread. */
HINGE_API hinge_status hinge_set_num_threads(int threads);
HINGE_API int hinge_get_num_threads(void);

/* 1: later calls of this thread run on it alone and wait for no other thread, whatever number
 * hinge_set_num_threads gives the others. It is for threads with a deadline. 0: the default. */
HINGE_API hinge_status hinge_set_num_threads_local(int threads);

/* Replaces Hinge's threads with a program's own pool. `run` calls task(context, i) once for each i
 * in 0 .. count - 1, in any order, on any threads. It returns when all these calls have returned.
 * It gets `pool` back, and must not throw. It runs on the thread of the call that it serves.
 * Several threads that call Hinge run it at once. A task computes in the floating-point environment
 * of that call and puts the thread's own back.
 *
 * `threads` is the number of threads that the pool has, 1 to 1024. A larger call is cut into about
 * 4 tasks a thread; with 1 thread `run` is never called. Hinge's own threads end. A null `run`
 * restores the default: Hinge's own threads, and one of them. No other thread may be in a call. */
typedef void hinge_parallel_for(void *pool, int64_t count, void (*task)(void *context, int64_t i),
                                void *context);
HINGE_API hinge_status hinge_set_thread_pool(hinge_parallel_for *run, void *pool, int threads);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HINGE_HINGE_H */

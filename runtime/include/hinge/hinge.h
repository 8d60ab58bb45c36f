/* Hinge: ahead-of-time kernels for rectified linear layers. C interface; hinge.hpp is the C++ one.
 *
 * Matrices are row-major float32 views: `rows` x `cols` elements, rows `row_stride` elements apart.
 * Nothing asks for an alignment, and nothing outside a view is read or written. Views are passed by
 * pointer, as by value compilers copy them in a way that costs 20 ns a call (GCC 12 on Zen 4).
 *
 * A call returns HINGE_OK or another status; then hinge_last_error() says which argument was
 * wrong, what it was and what was expected, and every output is as it was before the call.
 *
 * A call that computes (hinge_activation_..., hinge_mask_count, hinge_linear_forward, _repack and
 * _backward) neither allocates nor prints, and with one thread (the default) takes no lock. Any
 * function may be called from several threads at once, except where its comment says otherwise.
 */
#ifndef HINGE_HINGE_H
#define HINGE_HINGE_H

#include "hinge/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum hinge_activation {
  HINGE_ACTIVATION_NONE = 0,
  HINGE_ACTIVATION_RELU = 1, /* x < 0 ? 0 : x; NaN passes with its payload, -0 stays -0 */
  HINGE_ACTIVATION_RELU6 = 2 /* x < 0 ? 0 : (x > 6 ? 6 : x); NaN passes */
} hinge_activation;

/* A matrix to read. Where rows > 1, row_stride >= cols; else row_stride does not matter.
 * `data` may be null if rows or cols is 0. */
typedef struct hinge_const_view {
  const float *data;
  int64_t rows;
  int64_t cols;
  int64_t row_stride; /* in elements */
} hinge_const_view;

/* A matrix to write. */
typedef struct hinge_view {
  float *data;
  int64_t rows;
  int64_t cols;
  int64_t row_stride; /* in elements */
} hinge_view;

/* A matrix of bits, one for each element of a rows x cols matrix: the bit of column i is bit i % 8,
 * from the low end, of byte i / 8 of its row. Rows are `row_stride` bytes apart, at least
 * (cols + 7) / 8 where rows > 1; what is left over in a row's last byte is written as zeros and
 * not read. `data` may be null if rows or cols is 0. */
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

/* The message of the last call on this thread that failed; "" if none has. Never null; valid until
 * the next failure on this thread. */
const char *hinge_last_error(void);

/* "0.1.0" */
const char *hinge_version(void);

/* ---- Activations ------------------------------------------------------------------------- */

/* y = act(x), element by element, for the same shape (torch.nn.ReLU, torch.nn.ReLU6).
 * In place where y is x: same data and same row_stride. Else x and y must share no element.
 * `act` is HINGE_ACTIVATION_RELU or HINGE_ACTIVATION_RELU6. */
hinge_status hinge_activation_forward(hinge_activation act, const hinge_const_view *x,
                                      const hinge_view *y);

/* dx = act'(y) * dy, element by element: 0 where y <= 0 (for RELU6 also where y >= 6), else dy. y
 * is the activation's output or its input: both give the same bits. At the kinks the gradient is 0,
 * and where y is NaN dy passes, as in PyTorch's threshold_backward. In place where dx is dy: same
 * data and same row_stride. Else dx and dy must share no element; dx and y never do. */
hinge_status hinge_activation_backward(hinge_activation act, const hinge_const_view *y,
                                       const hinge_const_view *dy, const hinge_view *dx);

/* The same with a mask for the backward, a bit for each element: whether the gradient passes there,
 * !(y <= 0), for RELU6 also !(y >= 6); set where y is NaN. It takes an eighth of a byte an element
 * where y takes four, and y may be overwritten afterwards. The mask shares no byte with x and y. */
hinge_status hinge_activation_forward_mask(hinge_activation act, const hinge_const_view *x,
                                           const hinge_view *y, const hinge_mask *mask);

/* The mask alone, from the activation's output or input. It shares no byte with y. */
hinge_status hinge_activation_mask(hinge_activation act, const hinge_const_view *y,
                                   const hinge_mask *mask);

/* dx = dy where the mask is set, else 0: the gradient of the activation whose mask it is. In place
 * where dx is dy, as in hinge_activation_backward; dx shares no byte with the mask. */
hinge_status hinge_activation_backward_mask(const hinge_const_mask *mask,
                                            const hinge_const_view *dy, const hinge_view *dx);

/* Adds the number of set bits of each row m to per_row[m] (mask->rows of them), and that of each
 * column i to per_column[i] (mask->cols of them). Either may be null. They share no byte with each
 * other and with the mask. Of a batch's masks: how sparse a row is, and which units never pass. */
hinge_status hinge_mask_count(const hinge_const_mask *mask, int64_t *per_row, int64_t *per_column);

/* Out of place, a large activation writes its output past the caches, as it would only push out of
 * them what is needed next: where all it reads and writes takes at least this many bytes. By
 * default that is the size of the last-level cache as the CPU states it; a machine that shares it
 * with others may switch earlier. On ARM, whose cores do so unasked, it is INT64_MAX, never. 0:
 * always; negative: the default. Results do not depend on it. */
void hinge_set_stream_bytes(int64_t bytes);
int64_t hinge_get_stream_bytes(void);

/* ---- Linear ------------------------------------------------------------------------------ */

/* y = act(x W^T + b): torch.nn.Linear and its activation, its weights packed for one target.
 *
 * Every output is one chain: acc = bias (or 0); for k = 0 .. in_features-1 in this order:
 * acc = fma(x[k], W[k], acc). The same bits for any batch, thread count and target with FMA
 * (hinge_target_info.has_fma); a target without rounds product and sum. Where a sum is NaN, its
 * sign and payload are unspecified. */
typedef struct hinge_linear hinge_linear;

typedef struct hinge_linear_info {
  int64_t in_features;
  int64_t out_features;
  hinge_activation activation;
  const char *target;  /* whose kernels it runs: the active one when it was created */
  size_t packed_bytes; /* size of its memory, packed weights included */
} hinge_linear_info;

/* Packs `weight` (out_features, in_features) and `bias` (out_features floats, or null for none)
 * into memory of Hinge's own for the active target. Both may be freed afterwards.
 * On success *linear is to be given to hinge_linear_destroy; on failure it is untouched. */
hinge_status hinge_linear_create(const hinge_const_view *weight, const float *bias,
                                 hinge_activation act, hinge_linear **linear);

/* The bytes that hinge_linear_create_in needs for this shape and the active target. */
hinge_status hinge_linear_packed_bytes(int64_t in_features, int64_t out_features, size_t *bytes);

/* As hinge_linear_create, in `memory` that the caller owns: any alignment, `bytes` at least
 * hinge_linear_packed_bytes, sharing nothing with weight and bias. It must stay where it is until
 * the layer is destroyed. Nothing is allocated. */
hinge_status hinge_linear_create_in(void *memory, size_t bytes, const hinge_const_view *weight,
                                    const float *bias, hinge_activation act, hinge_linear **linear);

/* Frees what hinge_linear_create allocated; ends the use of the caller's memory without freeing
 * it. Null is allowed. No call may be using the layer. */
void hinge_linear_destroy(hinge_linear *linear);

/* x (batch, in_features), y (batch, out_features). y shares no element with x and no byte with the
 * packed weights. One layer may be used by several threads at once. */
hinge_status hinge_linear_forward(const hinge_linear *linear, const hinge_const_view *x,
                                  const hinge_view *y);

/* The same, and the mask of y as hinge_activation_mask has it: for a layer with RELU or RELU6. The
 * mask is batch x out_features and shares no byte with x, y and the packed weights. */
hinge_status hinge_linear_forward_mask(const hinge_linear *linear, const hinge_const_view *x,
                                       const hinge_view *y, const hinge_mask *mask);

/* Packs other weights of the same shape into the layer, as after a step of training. Nothing is
 * allocated. Neither shares a byte with the layer's memory. No call may be using the layer. */
hinge_status hinge_linear_repack(hinge_linear *linear, const hinge_const_view *weight,
                                 const float *bias);

/* The gradients of y = act(x W^T + b), given dy by y. With g = act'(y) * dy:
 *   dx[m, k]      = sum over n of g[m, n] weight[n, k]    (batch, in_features)
 *   dweight[n, k] = sum over m of g[m, n] x[m, k]         (out_features, in_features)
 *   dbias[n]      = sum over m of g[m, n]                 out_features floats
 * x (batch, in_features), weight (out_features, in_features) as it is, not packed, y and dy (batch,
 * out_features); y is the output or what went into the activation. Null dx, dweight or dbias: not
 * asked for. x is read for dweight only, weight for dx only, y unless act is HINGE_ACTIVATION_NONE;
 * what is not read may be null.
 *
 * accumulate 0: dweight and dbias are written; 1: added to. dx is always written. What is written
 * shares no element with what is read, nor with another gradient.
 *
 * Every element is one chain: acc = 0, or what is there to be added to; then ascending over n or m
 * acc = fma(g, weight or x, acc), for dbias acc = acc + g. So batches that are accumulated one
 * after the other give the bits of one large batch. Threads and targets as in
 * hinge_linear_forward. */
hinge_status hinge_linear_backward(hinge_activation act, const hinge_const_view *x,
                                   const hinge_const_view *weight, const hinge_const_view *y,
                                   const hinge_const_view *dy, const hinge_view *dx,
                                   const hinge_view *dweight, float *dbias, int accumulate);

/* The same from the mask of the forward in place of activation and y. */
hinge_status hinge_linear_backward_mask(const hinge_const_view *x, const hinge_const_view *weight,
                                        const hinge_const_mask *mask, const hinge_const_view *dy,
                                        const hinge_view *dx, const hinge_view *dweight,
                                        float *dbias, int accumulate);

hinge_status hinge_linear_get_info(const hinge_linear *linear, hinge_linear_info *info);

/* ---- Targets ----------------------------------------------------------------------------- */

/* A target is an instruction set that the library has kernels for. The active one is the best that
 * the CPU and the operating system can run, unless the environment variable HINGE_TARGET, read at
 * the first use, or hinge_set_target names another. If it names one that is unknown or cannot run
 * here, every call that needs a target fails with HINGE_UNSUPPORTED_TARGET. */
typedef struct hinge_target_info {
  const char *name;         /* "sse41", "avx2", "avx512", "zen4"; "neon" on ARM */
  const char *cpu_features; /* what it requires, separated by spaces */
  int usable;               /* 1: this CPU and operating system can run it */
  int has_fma;              /* 1: Linear's bits are those of every other target with FMA */
  int vector_lanes;         /* floats in a vector */
  const char *profile;      /* whose tile sizes its kernels were generated with, e.g. "avx512" */
} hinge_target_info;

/* How many targets the library has, worst first. */
int hinge_target_count(void);

/* `index` in 0 .. hinge_target_count() - 1. */
hinge_status hinge_get_target_info(int index, hinge_target_info *info);

/* The name of the active target. */
hinge_status hinge_get_target(const char **name);

/* Makes the target active for what is called from now on; null: the best usable one. Layers keep
 * the target that they were created for. */
hinge_status hinge_set_target(const char *name);

/* ---- Kernels ----------------------------------------------------------------------------- */

/* How many kernels the library has, and their names, e.g. "hinge_linear_relu_2v_avx512": operator,
 * activation, vectors in a panel, target. Null if `index` is out of range. */
int hinge_kernel_count(void);
const char *hinge_kernel_name(int index);

/* The kernel that the last call on this thread ran last; "" before the first. */
const char *hinge_last_kernel(void);

/* ---- Threads ----------------------------------------------------------------------------- */

/* How many threads a call may use, the caller's included: 1 (the default) to 1024. Larger calls
 * are shared with a pool that belongs to the library; small ones stay on the caller's thread, and
 * so does a call that finds the pool at work for another. Results do not depend on it. Starts and
 * ends threads: not while another thread is in a call. */
hinge_status hinge_set_num_threads(int threads);
int hinge_get_num_threads(void);

/* A program's own pool in place of Hinge's. `run` calls task(context, i) once for each i in
 * 0 .. count - 1, in any order, on any threads, and returns when all calls have returned; it gets
 * `pool` back. It is called on the thread of the call that it serves, by several at once if several
 * threads call Hinge, and must not throw. `threads` is how many it has, 1 to 1024: larger calls are
 * cut into some 4 tasks each, and with 1 it is never called. Ends Hinge's own threads. `run` null:
 * Hinge's own again, one thread. Not while another thread is in a call. */
typedef void hinge_parallel_for(void *pool, int64_t count, void (*task)(void *context, int64_t i),
                                void *context);
hinge_status hinge_set_thread_pool(hinge_parallel_for *run, void *pool, int threads);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* HINGE_HINGE_H */

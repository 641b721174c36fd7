/* stage - one layer at work: its shape, where its numbers lie, forward and backward.
 *
 * Every layer is a convolution read in one of two directions (gather.h). `shape` is that of the
 * convolution; a layer that goes up (CONV_UP, SPREAD) runs it backwards, so its input is shape.out.
 *
 *                    forward    gradient of the input    gradient of the weights
 *     CONV, DENSE    patches    adjoint                  patches of x, rows of dy
 *     up             adjoint    patches                  patches of dy, rows of x
 *
 * Weights are (kernel_h * kernel_w * in_c, out_c) of the shape, row-major. Products read them
 * packed, once for each direction, made anew after every step. Kernels: no allocation after
 * smp_stage_init, no failure. */
#ifndef SAMPLER_CONV_STAGE_H
#define SAMPLER_CONV_STAGE_H

#include "sampler/conv/conv.h"

#include <stdbool.h>

struct smp_stage {
    struct smp_conv_layer layer; /* its name is kept by the network */
    struct smp_conv_shape shape;
    bool up;
    struct smp_plane in, out;             /* activations */
    struct smp_plane in_slope, out_slope; /* their gradients */
    struct smp_gather patches;
    struct smp_gather *adjoint; /* (n_adjoint) */
    size_t n_adjoint;
    size_t weights_at, n_weights; /* in the parameters */
    size_t bias_at, n_bias;
    size_t packed_at; /* in the packed parameters: patches, bias, then each adjoint */
    size_t n_packed;
};

/* Sets layer, shape, up and the inner sizes of the planes from the input's plane. SMP_INVALID
 * with a sentence that names the layer. */
enum smp_status smp_stage_shape(struct smp_stage *s, const struct smp_conv_layer *layer,
                                const struct smp_plane *in) SMP_MUST_USE;

/* Widens the borders of the planes that this stage reads: `in` and `out_slope`. */
void smp_stage_borders(struct smp_stage *s);

/* Makes the gathers, once all planes have their borders. Released by smp_stage_free. */
enum smp_status smp_stage_init(struct smp_stage *s) SMP_MUST_USE;
void smp_stage_free(struct smp_stage *s);

/* The work of packing in pieces of about equal size: 0 .. smp_stage_pieces()-1. */
size_t smp_stage_pieces(const struct smp_stage *s);
void smp_stage_pack(const struct smp_stage *s, const float *parameters, size_t piece,
                    float *packed);

/* x (n, in) -> y (n, out). */
void smp_stage_forward(const struct smp_stage *s, const float *packed, size_t n, const float *x,
                       float *y);

/* What backward reads and writes; n images. */
struct smp_backward {
    const float *packed;
    size_t n;
    const float *x;             /* (n, in) */
    const float *dy;            /* (n, out_slope), already 0 where this layer's ReLU was */
    float *dx;                  /* (n, in_slope); NULL: not wanted */
    enum smp_activation before; /* of the layer that made x: after a ReLU, dx is 0 where x is */
    float *gradient;            /* of all parameters; added to */
};
void smp_stage_backward(const struct smp_stage *s, const struct smp_backward *b);

#endif

/* mlp - a stack of dense layers, trained by Adam to give back what it is shown, or to tell classes.
 *
 *     const size_t width[] = {1280, 512, 128, 512, 1280};
 *     SMP_TRY(smp_mlp_new(&net, width, 4, seed));
 *     SMP_TRY(smp_mlp_trainer_new(&t, &net, 128, 2));            // 2 threads
 *     fill t.input and t.target; smp_mlp_trainer_step(&t, 1e-3f);      // again and again
 *
 * Layer l: a_l = f(a_(l-1) W_l^T + b_l), W (out, in); f is max(0, .) for even l, counted from 0, and
 * nothing for odd ones: so {D, h, k, h, D} has a linear code and a linear output. The loss is the
 * mean of (a_last - target)^2, or of -log p of the target over the rows.
 *
 * A step has two rounds of fixed pieces: rows of the batch, forward and back to the deltas; then
 * rows of the weights, each gradient one product over the whole batch, used on the spot. Nothing is
 * summed across threads, so their number changes no bit. No allocation in a step.
 *
 * Source: Vincent et al., JMLR 2010 (denoising); Kingma & Ba, ICLR 2015. */
#ifndef SAMPLER_BLOCKS_MLP_H
#define SAMPLER_BLOCKS_MLP_H

#include "sampler/bytes.h"

#include <stddef.h>
#include <stdint.h>

enum { SMP_MLP_LAYERS_MAX = 4 };

struct smp_mlp_layer {
    size_t in, out;
    float *w, *b; /* (out, in), (out) */
};

struct smp_mlp {
    size_t n_layers;
    struct smp_mlp_layer layer[SMP_MLP_LAYERS_MAX];
};

/* Weights uniform in +-1/sqrt(in), by seed. The caller frees. */
enum smp_status smp_mlp_new(struct smp_mlp *net, const size_t *width, size_t n_layers,
                            uint64_t seed) SMP_MUST_USE;
void smp_mlp_free(struct smp_mlp *net);

/* y (rows, out) <- layer l of x (rows, in); y must not overlap x. */
void smp_mlp_forward(const struct smp_mlp *net, size_t l, const float *x, size_t rows,
                     float *y);

/* dx (rows, in) <- the loss's derivative by the layer's input, from dy (rows, out) by its sums before
 * f; x (rows, in) is the input: where the layer below cut it to 0, the derivative is 0. */
void smp_mlp_backward(const struct smp_mlp *net, size_t l, const float *dy, const float *x,
                      size_t rows, float *dx);

enum smp_mlp_loss {
    SMP_MLP_SQUARES, /* mean over rows and outputs */
    SMP_MLP_SOFTMAX, /* target: one 1 a row; mean over rows of -log p */
    SMP_MLP_SIGMOID /* target: 0 or 1; mean over rows of the outputs' weighted -log p, summed */
};

struct smp_mlp_trainer {
    struct smp_mlp *net;
    enum smp_mlp_loss loss;
    const float *weight;              /* SMP_MLP_SIGMOID: (2, out) of a 0, then of a 1 */
    size_t rows;                      /* of a batch */
    float *input, *target;            /* (rows, in of the first), (rows, out of the last) */
    float *a[SMP_MLP_LAYERS_MAX];     /* (rows, out): what each layer says */
    float *delta[SMP_MLP_LAYERS_MAX]; /* (rows, out): loss by each layer's sums */
    float *m[SMP_MLP_LAYERS_MAX],
        *v[SMP_MLP_LAYERS_MAX]; /* Adam's means: weights, then biases */
    float *row_loss;            /* (rows) */
    float *work;                /* one piece of a gradient for each thread */
    unsigned n_threads;         /* that `work` is for */
    size_t step;
};

enum smp_status smp_mlp_trainer_new(struct smp_mlp_trainer *t, struct smp_mlp *net, size_t rows,
                                    unsigned n_threads) SMP_MUST_USE;
void smp_mlp_trainer_free(struct smp_mlp_trainer *t);

/* Forward and back; returns the loss. Gradients are then a matter of smp_mlp_trainer_gradient. */
double smp_mlp_trainer_differentiate(struct smp_mlp_trainer *t);

/* gw (rows, in) and gb (rows): the loss's derivative by rows first.. of layer l's weights and
 * biases. `work` (rows of the batch, rows) is workspace. */
void smp_mlp_trainer_gradient(const struct smp_mlp_trainer *t, size_t l, size_t first,
                              size_t rows, float *work, float *gw, float *gb);

/* Differentiates and moves all weights; returns the loss before it. */
double smp_mlp_trainer_step(struct smp_mlp_trainer *t, float rate);

void smp_mlp_put(const struct smp_mlp *net, struct smp_writer *w);
enum smp_status smp_mlp_take(struct smp_reader *r, struct smp_mlp *net) SMP_MUST_USE;

#endif

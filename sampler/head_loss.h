/* head_loss - the function a head minimises. Apart from head.h so that its gradient can be held
 * against finite differences.
 *
 *     f(W, b) = sum_i sum_k w_ik loss_ik + |W|^2 / (2 C)
 *
 * one answer: softmax cross-entropy, w_ik = w_i for the row's own class; several answers: logistic
 * loss of every class by itself. Products in f32 over fixed blocks of rows, sums in double in block
 * order. Parameters are (k, d) weights, then (k) biases. */
#ifndef SAMPLER_HEAD_LOSS_H
#define SAMPLER_HEAD_LOSS_H

#include "sampler/head.h"
#include "sampler/lbfgs.h"

#include <stddef.h>
#include <stdint.h>

struct smp_loss {
    const float *x; /* (n, d) */
    size_t n, d, k;
    enum smp_link link;
    const uint32_t *target;   /* softmax: (n) 0..k-1 */
    const uint8_t *target_nk; /* sigmoid: (n, k) 0 or 1 */
    const float *weight; /* softmax: (k) by class; sigmoid: (2, k), of a no, then of a yes */
    double c;
    unsigned n_threads;
    /* workspace, by smp_loss_begin */
    size_t rows_each, n_blocks;
    float *w, *residual, *parts;
    double *losses;
};

enum smp_status smp_loss_begin(struct smp_loss *l) SMP_MUST_USE;
void smp_loss_end(struct smp_loss *l);

/* As struct smp_function: x and g are (k * d + k). */
double smp_loss_value(void *loss, const double *parameters, double *gradient);

/* p (n,k) in place of the scores (n,k). */
void smp_link_apply(enum smp_link link, float *scores, size_t n, size_t k);

#endif

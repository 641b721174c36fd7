/* adam - one step of Adam (Kingma & Ba 2015), and the rate of a step. Kernels.
 *
 * The gradient comes in shares that are added in order here, on its way: no second pass. */
#ifndef SAMPLER_CONV_ADAM_H
#define SAMPLER_CONV_ADAM_H

#include <stddef.h>

struct smp_adam {
    float *parameters, *mean, *square; /* (n) */
    const float *shares;               /* (n_shares, n) */
    size_t n, n_shares;
    size_t step; /* 1, 2, ... */
    double rate;
};

/* Moves parameters first .. first+count-1. */
void smp_adam_step(const struct smp_adam *a, size_t first, size_t count);

/* Rate of step 1..n_steps in one cycle: from rate / 25 up to rate at 30 %, then down to
 * rate / 10000, both along half a cosine (Smith & Topin 2017, with fastai's numbers). */
double smp_adam_rate(double rate, size_t step, size_t n_steps);

#endif

/* naive - the definitions that the fast kernels are held against. */
#ifndef EXEMPLAR_TESTS_NAIVE_H
#define EXEMPLAR_TESTS_NAIVE_H

#include "sampler/conv/gather.h"

/* y (out_h, out_w, out_c) = the convolution of x (in_h, in_w, in_c) by w (kernel_h, kernel_w,
 * in_c, out_c); no bias. */
void naive_conv(const struct smp_conv_shape *s, const float *x, const float *w, float *y);

/* x (in) = its adjoint applied to y (out). */
void naive_conv_adjoint(const struct smp_conv_shape *s, const float *y, const float *w,
                        float *x);

/* Repeatable numbers in -1..1. */
void fill_numbers(float *x, size_t n, uint32_t seed);

#endif

/* product_variants - the kernels of product.h by kind of processor; product.c chooses one. */
#ifndef SAMPLER_CONV_PRODUCT_VARIANTS_H
#define SAMPLER_CONV_PRODUCT_VARIANTS_H

#include "sampler/conv/product.h"

void smp_product_run_plain(const struct smp_product *p);
void smp_product_weights_plain(const struct smp_weights *p);

#ifdef __x86_64__
void smp_product_run_avx2(const struct smp_product *p);
void smp_product_weights_avx2(const struct smp_weights *p);
void smp_product_run_avx512(const struct smp_product *p);
void smp_product_weights_avx512(const struct smp_weights *p);
#endif

#endif

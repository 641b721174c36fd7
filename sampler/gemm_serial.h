/* gemm_serial - the one product that gemm.c hands to a library. For gemm.c alone.
 *
 *     c (m,n) = op(a) op(b), row-major, rows of a, b and c lda, ldb and ldc floats apart
 *
 * on the calling thread: our own threads share the work, and a library that started more would only
 * fight them for the cores. m, n and k are at least 1 and at most INT_MAX. Equal sizes and numbers
 * give equal bits on one machine, whichever thread calls.
 *
 * Two sources define it, and the CMake option EXEMPLAR_GEMM chooses one: gemm_dnnl.c (oneDNN's
 * dnnl_sgemm, which is made for the processor it finds) or gemm_openblas.c (which knows processors
 * by name and takes the best it knows for a new one: half the speed on a Zen 5). */
#ifndef SAMPLER_GEMM_SERIAL_H
#define SAMPLER_GEMM_SERIAL_H

#include "sampler/gemm.h"

struct smp_serial_product {
    struct smp_gemm_shape shape;
    const float *a, *b;
    float *c;
    size_t lda, ldb, ldc;
};

void smp_gemm_serial(const struct smp_serial_product *p);

#endif

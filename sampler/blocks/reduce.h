/* reduce - raw features to at most 256 numbers: principal axes, one isotropic scale, no whitening.
 *
 *     SMP_TRY(smp_reducer_learn(x, n, f, 256, seed, threads, &r));   // x (n,f) is centred in place
 *     smp_reducer_apply(&r, x, rows, z);                             // z (rows, r.dim)
 *
 * Over what it learned from, z has mean 0, and its coordinates have mean variance 1 by division by
 * ONE number. Whitening them costs 10 to 30 points of accuracy at 50 labels.
 *
 * Axes are kept as halves (bytes.h), which halves a model file; they are rounded when learned, so that
 * a reducer that was saved and read gives the bits it gave before. */
#ifndef SAMPLER_BLOCKS_REDUCE_H
#define SAMPLER_BLOCKS_REDUCE_H

#include "sampler/bytes.h"

#include <stddef.h>
#include <stdint.h>

struct smp_reducer {
    size_t f;      /* raw numbers */
    size_t dim;    /* 1..256 */
    float *axes;   /* (dim, f), over the scale */
    float *bias;   /* (dim): the centre, likewise */
    float *packed; /* the axes as smp_gemm_steady reads them */
};

struct smp_reducer_in {
    float *x; /* (n, f): overwritten with x - mean */
    size_t n, f;
    size_t dim; /* at most; fewer when n or the rank is lower */
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

/* The caller frees. Features without any variance keep one silent coordinate. */
enum smp_status smp_reducer_learn(const struct smp_reducer_in *in,
                                  struct smp_reducer *out) SMP_MUST_USE;
void smp_reducer_free(struct smp_reducer *r);

/* z (rows, dim) <- x (rows, f). A row's bits do not depend on the rows beside it. */
void smp_reducer_apply(const struct smp_reducer *r, const float *x, size_t rows, float *z);

void smp_reducer_put(const struct smp_reducer *r, struct smp_writer *w);
/* `f` is set by the caller. */
enum smp_status smp_reducer_take(struct smp_reader *r, struct smp_reducer *out) SMP_MUST_USE;

#endif

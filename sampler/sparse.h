/* sparse - a matrix of which most entries are zero, kept by rows and by columns. */
#ifndef SAMPLER_SPARSE_H
#define SAMPLER_SPARSE_H

#include "sampler/linalg.h"
#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

/* Row i holds value[e] in column[e] for e in start[i] .. start[i+1]-1. */
struct smp_half {
    size_t *start; /* (rows + 1) */
    uint32_t *column;
    float *value;
};

struct smp_sparse {
    size_t rows, cols;
    struct smp_half by_row, by_column;
    unsigned n_threads;
};

/* Takes over by_row, which the caller has filled, and makes by_column. */
enum smp_status smp_sparse_finish(struct smp_sparse *m) SMP_MUST_USE;
void smp_sparse_free(struct smp_sparse *m);

enum smp_status smp_half_new(struct smp_half *h, size_t rows, size_t entries) SMP_MUST_USE;

/* The products with it, for smp_svd; lives as long as m. */
struct smp_operator smp_sparse_operator(const struct smp_sparse *m);

#endif

/* top_heap - the k best so far, the worst of them on top. A binary heap in the caller's array. */
#ifndef SAMPLER_NEAR_TOP_HEAP_H
#define SAMPLER_NEAR_TOP_HEAP_H

#include "sampler/near/top.h"

#include <stdbool.h>

struct smp_heap {
    struct smp_near *best; /* (k) */
    size_t n, k;
    enum smp_near_measure measure;
};

/* A comes before b in the answer. */
bool smp_near_before(enum smp_near_measure measure, const struct smp_near *a,
                     const struct smp_near *b);

void smp_heap_offer(struct smp_heap *h, struct smp_near candidate);

/* Rows first..first+n-1 whose values are given. */
void smp_heap_offer_all(struct smp_heap *h, size_t first, const float *values, size_t n);

/* Best first; the heap is no heap after that. */
void smp_heap_sort(struct smp_heap *h);

/* The queries of one piece of rows by blocks of products (top_batch.c). heaps (n_queries). */
void smp_top_batch(const struct smp_top_in *in, size_t first, size_t n, float *work,
                   struct smp_heap *heaps);
size_t smp_top_batch_work(const struct smp_top_in *in);

#endif

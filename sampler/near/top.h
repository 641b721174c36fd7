/* top - the k nearest of up to millions of rows: exact, and the same for any number of threads.
 *
 *     struct smp_top_in in = {.x = z, .n = n, .d = d, .queries = q, .n_queries = 1, .k = 100,
 *                             .measure = SMP_NEAR_DOT, .n_threads = 2};
 *     struct smp_near found[100];
 *     SMP_TRY(smp_top(&in, found));
 *
 * Nearest first; of equal ones the lowest index first. `value` is smp_near_dot or smp_near_square
 * of the query and the row, so a row's value never depends on the other queries. Numbers must be
 * finite.
 *
 * A few queries read the rows one after another, at the speed of memory. Many (8 or more) are
 * multiplied with blocks of rows, and every row that may be among the nearest is then measured as
 * one query would have. Memory: n_queries * k * 16 bytes for each 65,536 rows, and 8 MiB for each
 * thread. */
#ifndef SAMPLER_NEAR_TOP_H
#define SAMPLER_NEAR_TOP_H

#include "sampler/near/distance.h"
#include "sampler/status.h"

enum { SMP_TOP_MAX = 10000 };

struct smp_near {
    size_t row;
    float value;
};

struct smp_top_in {
    const float *x; /* (n, d) */
    size_t n, d;
    const float *queries; /* (n_queries, d) */
    size_t n_queries;
    size_t k; /* 1..SMP_TOP_MAX */
    enum smp_near_measure measure;
    unsigned n_threads;
};

/* found (n_queries, k); when n < k, only the first n of each query are set. */
enum smp_status smp_top(const struct smp_top_in *in, struct smp_near *found) SMP_MUST_USE;

#endif

/* How far the kernel of a herding reaches: as far as neighbours lie apart. */
#include "sampler/bytes.h"
#include "sampler/gemm.h"
#include "sampler/herd_distance.h"
#include "sampler/threads.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum {
    BLOCK = 64,      /* rows that are compared with as many at once */
    ASKED_MAX = 128, /* rows that the bandwidth is measured at; their median is steady to 3 % */
    NEIGHBOUR_LARGE = 60,
    NEIGHBOUR_SMALL = 6,
    NEIGHBOURS_OF = 6000 /* the 60th of 6,000: 1 % */
};

struct asked {
    uint64_t key;
    size_t i;
};

static int by_key(const void *a, const void *b)
{
    const struct asked *x = a;
    const struct asked *y = b;

    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

static int by_value(const void *a, const void *b)
{
    const float *x = a;
    const float *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* The k-th smallest of x (n), 0-based, by quickselect; x is reordered. */
static float select_kth(float *x, size_t n, size_t k)
{
    size_t low = 0;
    size_t high = n - 1;

    while (low < high) {
        const float pivot = x[low + (high - low) / 2];
        size_t i = low;
        size_t j = high;
        for (;;) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i >= j) break;
            const float kept = x[i];
            x[i++] = x[j];
            x[j--] = kept;
        }
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
    return x[k];
}

enum { GROUP = 16 };

/* Moves the numbers that may be among the k + 1 smallest of x (n) to its front, and returns how many.
 * Every number belongs to a group of GROUP; the k-th smallest of the groups' least
 * bounds the k-th smallest of all, and few lie below it. A loop without branches over most of x,
 * where quickselect guesses wrong at every other number. */
static size_t keep_small(float *x, size_t n, size_t k, float *least)
{
    const size_t groups = n / GROUP;
    size_t kept = 0;
    float bound;

    if (groups <= k) return n;
    for (size_t g = 0; g < groups; g++)
        least[g] = x[g];
    for (size_t row = 1; row < GROUP; row++)
        smp_lower(least, x + row * groups, groups);
    bound = select_kth(least, groups, k);
    for (size_t i = 0; i < n; i++) {
        const float value = x[i];
        x[kept] = value;
        kept += value <= bound;
    }
    return kept;
}

struct measure {
    const struct smp_herd *h;
    const struct asked *asked;
    size_t n_asked, near, nearest;
    float *large, *small; /* (n_asked) */
    float *work;          /* (threads, 2 m) */
};

static void measure_one(void *ctx, size_t piece, unsigned thread)
{
    const struct measure *job = ctx;
    const struct smp_herd *h = job->h;
    const size_t i = job->asked[piece].i;
    float *distance = job->work + (size_t)2 * thread * h->m;
    size_t n;

    smp_herd_distances(h, h->x + i * h->d, h->norm + i, 1, distance);
    n = keep_small(distance, h->m, job->near, distance + h->m);
    /* Index 0 is the row itself, so index k is the k-th neighbour; and what is nearer than it now
     * stands before it. */
    job->large[piece] = select_kth(distance, n, job->near);
    job->small[piece] = select_kth(distance, job->near + 1, job->nearest);
}

static size_t at_most(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The neighbour among m candidates that stands for the `wanted`-th among min(n_pool, 6000). */
static size_t neighbour(size_t wanted, size_t m, size_t n_pool, size_t share)
{
    const size_t of = at_most(n_pool, NEIGHBOURS_OF);
    size_t k = m < of ? (wanted * m + of / 2) / of : wanted;

    k = at_most(k, m / share);
    if (k < 1) k = 1;
    return at_most(k, m - 1);
}

static float median(float *x, size_t n)
{
    qsort(x, n, sizeof *x, by_value);
    return x[n / 2];
}

static void choose_asked(const struct smp_herd *h, struct asked *asked)
{
    for (size_t i = 0; i < h->m; i++) {
        /* 32 bytes of a latent tell rows apart well enough, and are soon read. */
        const size_t n = at_most(h->d, 8);
        asked[i] = (struct asked){smp_fnv(h->x + i * h->d, n * sizeof(float)), i};
    }
    qsort(asked, h->m, sizeof *asked, by_key);
}

enum smp_status smp_herd_measure(struct smp_herd *h, size_t n_pool, struct smp_bandwidth *out)
{
    const size_t n = at_most(h->m, ASKED_MAX);
    struct asked *asked = malloc(h->m * sizeof *asked);
    float *values = malloc((2 * n + (size_t)2 * h->n_threads * h->m) * sizeof *values);
    struct measure job = {.h = h, .asked = asked, .n_asked = n, .large = values};
    float least;
    float norms = 0;
    enum smp_status e = SMP_OK;

    if (!asked || !values) {
        e = smp_fail_nomem();
        goto out;
    }
    job.small = values + n;
    job.work = values + 2 * n;
    job.near = neighbour(NEIGHBOUR_LARGE, h->m, n_pool, 10);
    job.nearest = neighbour(NEIGHBOUR_SMALL, h->m, n_pool, 100);
    for (size_t i = 0; i < h->m; i++) {
        h->norm[i] = smp_herd_squares(h->x + i * h->d, h->d);
        norms += h->norm[i] / (float)h->m;
    }
    smp_pack(h->x, h->m, h->d, h->packed);
    choose_asked(h, asked);
    smp_parallel(h->n_threads, n, measure_one, &job);
    /* Where most are equal, any distance at all is far. */
    least = norms > 0 ? 1e-5f * norms : 1;
    out->large = fmaxf(median(job.large, n), least);
    out->small = fmaxf(median(job.small, n), least);
out:
    free(asked);
    free(values);
    return e;
}

struct least {
    const float *x, *norm;
    size_t n, d;
    float *least; /* (pieces) */
    float *work;  /* (threads, BLOCK, BLOCK) */
};

static void least_block(void *ctx, size_t piece, unsigned thread)
{
    const struct least *job = ctx;
    const size_t first = piece * BLOCK;
    const size_t m = at_most(job->n - first, BLOCK);
    float *distance = job->work + (size_t)thread * BLOCK * BLOCK;
    float found = FLT_MAX;

    for (size_t row = first; row < job->n; row += BLOCK) {
        const size_t rows = at_most(job->n - row, BLOCK);
        smp_gemm((struct smp_gemm_shape){SMP_NT, m, rows, job->d}, job->x + first * job->d,
                 job->x + row * job->d, distance);
        for (size_t i = 0; i < m; i++) {
            smp_to_distances(distance + i * rows, job->norm + row, job->norm[first + i], rows);
            for (size_t j = row == first ? i + 1 : 0; j < rows; j++)
                if (distance[i * rows + j] < found) found = distance[i * rows + j];
        }
    }
    job->least[piece] = found;
}

enum smp_status smp_least_distance2(const float *x, size_t n, size_t d, unsigned n_threads,
                                    float *out)
{
    const size_t blocks = (n + BLOCK - 1) / BLOCK;
    const size_t work = (size_t)smp_threads(n_threads) * BLOCK * BLOCK;
    float *all = malloc((n + blocks + work) * sizeof *all);
    struct least job = {.x = x, .norm = all, .n = n, .d = d};

    if (!all) return smp_fail_nomem();
    job.least = all + n;
    job.work = all + n + blocks;
    for (size_t i = 0; i < n; i++)
        all[i] = smp_herd_squares(x + i * d, d);
    smp_parallel(n_threads, blocks, least_block, &job);
    *out = FLT_MAX;
    for (size_t b = 0; b < blocks; b++)
        *out = fminf(*out, job.least[b]);
    free(all);
    return SMP_OK;
}

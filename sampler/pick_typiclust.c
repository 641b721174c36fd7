/* TypiClust (Hacohen, Dekel & Weinshall 2022): k-means of the candidates into as many groups as there
 * are labels and slots, then the most typical row of the group with the fewest labels, the largest
 * such group first. Typical: small mean distance to its 20 nearest of the group. Constants are the
 * paper's code's: at most 500 groups, none below 5 rows while a larger one is left. */
#include "sampler/pick_inside.h"

#include "sampler/threads.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_MAX = 500, NEAREST = 20, GROUP_MIN = 5, ROUNDS = 10, BLOCK = 64 };

struct smp_typical {
    size_t k;
    float *centre;    /* (k, d) */
    size_t *group;    /* (n_candidates) */
    size_t *size;     /* (k) */
    size_t *n_labels; /* (k) labelled, pending and picked */
    float *apart;     /* (n_candidates) mean distance to the nearest of the group */
};

void smp_typical_free(struct smp_typical *t)
{
    if (!t) return;
    free(t->centre);
    free(t->group);
    free(t->size);
    free(t->n_labels);
    free(t->apart);
    free(t);
}

static float distance2(const float *a, const float *b, size_t d)
{
    float sum = 0;

    for (size_t j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

static enum smp_status typical_new(struct smp_round *r)
{
    const size_t wanted = r->n_covering + r->in->batch;
    const size_t m = r->n_candidates;
    struct smp_typical *t = r->typical = calloc(1, sizeof *t);

    if (!t) return smp_fail_nomem();
    t->k = wanted < GROUPS_MAX ? wanted : GROUPS_MAX;
    if (t->k > m) t->k = m;
    t->centre = malloc((t->k * r->d + 1) * sizeof *t->centre);
    t->group = calloc(m + 1, sizeof *t->group);
    t->size = calloc(t->k + 1, sizeof *t->size);
    t->n_labels = calloc(t->k + 1, sizeof *t->n_labels);
    t->apart = malloc((m + 1) * sizeof *t->apart);
    if (!t->centre || !t->group || !t->size || !t->n_labels || !t->apart)
        return smp_fail_nomem();
    return SMP_OK;
}

struct keyed {
    uint64_t key;
    size_t i;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;

    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

/* Rows drawn by content, so that their order does not matter; equal rows have equal keys, and only
 * the first of them becomes a centre. Fewer different rows than groups: fewer groups. */
static enum smp_status first_centres(struct smp_round *r)
{
    struct smp_typical *t = r->typical;
    const size_t d = r->d;
    struct keyed *keyed = malloc((r->n_candidates + 1) * sizeof *keyed);
    size_t k = 0;

    if (!keyed) return smp_fail_nomem();
    for (size_t i = 0; i < r->n_candidates; i++)
        keyed[i] = (struct keyed){smp_content_key(r->herd.x + i * d, d, r->in->seed), i};
    qsort(keyed, r->n_candidates, sizeof *keyed, by_key);
    for (size_t i = 0; i < r->n_candidates && k < t->k; i++) {
        if (i && keyed[i].key == keyed[i - 1].key) continue;
        memcpy(t->centre + k++ * d, r->herd.x + keyed[i].i * d, d * sizeof(float));
    }
    t->k = k;
    free(keyed);
    return SMP_OK;
}

static size_t nearest_centre(const struct smp_typical *t, const float *x, size_t d)
{
    float least = FLT_MAX;
    size_t found = 0;

    for (size_t c = 0; c < t->k; c++) {
        const float d2 = distance2(x, t->centre + c * d, d);

        if (d2 >= least) continue;
        least = d2;
        found = c;
    }
    return found;
}

static void group_block(void *ctx, size_t piece, unsigned thread)
{
    const struct smp_round *r = ctx;
    const size_t d = r->d;

    (void)thread;
    for (size_t i = piece * BLOCK; i < r->n_candidates && i < (piece + 1) * BLOCK; i++)
        r->typical->group[i] = nearest_centre(r->typical, r->herd.x + i * d, d);
}

static void group_all(struct smp_round *r)
{
    smp_parallel(r->in->n_threads, (r->n_candidates + BLOCK - 1) / BLOCK, group_block, r);
    memset(r->typical->size, 0, r->typical->k * sizeof *r->typical->size);
    for (size_t i = 0; i < r->n_candidates; i++)
        r->typical->size[r->typical->group[i]]++;
}

/* Each centre to the middle of its group; that of an empty one stays. */
static void move_centres(const struct smp_round *r, double *sum)
{
    const struct smp_typical *t = r->typical;
    const size_t d = r->d;

    memset(sum, 0, t->k * d * sizeof *sum);
    for (size_t i = 0; i < r->n_candidates; i++)
        for (size_t j = 0; j < d; j++)
            sum[t->group[i] * d + j] += (double)r->herd.x[i * d + j];
    for (size_t c = 0; c < t->k; c++)
        for (size_t j = 0; j < d && t->size[c]; j++)
            t->centre[c * d + j] = (float)(sum[c * d + j] / (double)t->size[c]);
}

static enum smp_status cluster(struct smp_round *r)
{
    double *sum;

    SMP_TRY(first_centres(r));
    sum = malloc((r->typical->k * r->d + 1) * sizeof *sum);
    if (!sum) return smp_fail_nomem();
    group_all(r);
    for (int round = 0; round < ROUNDS; round++) {
        move_centres(r, sum);
        group_all(r);
    }
    free(sum);
    for (size_t i = 0; i < r->n_covering; i++)
        r->typical->n_labels[nearest_centre(r->typical, r->covering + i * r->d, r->d)]++;
    return SMP_OK;
}

/* Keeps the NEAREST least, ascending. */
static void keep_least(float *least, size_t *n, float d2)
{
    size_t at;

    if (*n == NEAREST && d2 >= least[NEAREST - 1]) return;
    at = *n < NEAREST ? (*n)++ : NEAREST - 1;
    for (; at && least[at - 1] > d2; at--)
        least[at] = least[at - 1];
    least[at] = d2;
}

static void typicality_block(void *ctx, size_t piece, unsigned thread)
{
    const struct smp_round *r = ctx;
    const struct smp_typical *t = r->typical;
    const size_t d = r->d;

    (void)thread;
    for (size_t i = piece * BLOCK; i < r->n_candidates && i < (piece + 1) * BLOCK; i++) {
        float least[NEAREST];
        float sum = 0;
        size_t n = 0;

        for (size_t j = 0; j < r->n_candidates; j++)
            if (j != i && t->group[j] == t->group[i])
                keep_least(least, &n, distance2(r->herd.x + i * d, r->herd.x + j * d, d));
        for (size_t j = 0; j < n; j++)
            sum += sqrtf(least[j]);
        t->apart[i] = n ? sum / (float)n : 0;
    }
}

static enum smp_status start(struct smp_round *r)
{
    SMP_TRY(smp_round_draw(r, SMP_CANDIDATES_MAX));
    SMP_TRY(smp_round_gather_covering(r));
    SMP_TRY(typical_new(r));
    SMP_TRY(cluster(r));
    smp_parallel(r->in->n_threads, (r->n_candidates + BLOCK - 1) / BLOCK, typicality_block, r);
    return SMP_OK;
}

/* Does candidate i come before j? */
static bool before(const struct smp_typical *t, size_t i, size_t j)
{
    const size_t a = t->group[i];
    const size_t b = t->group[j];
    const bool small_a = t->size[a] < GROUP_MIN;
    const bool small_b = t->size[b] < GROUP_MIN;

    if (small_a != small_b) return small_b;
    if (t->n_labels[a] != t->n_labels[b]) return t->n_labels[a] < t->n_labels[b];
    if (t->size[a] != t->size[b]) return t->size[a] > t->size[b];
    return t->apart[i] < t->apart[j];
}

static size_t best(struct smp_round *r)
{
    size_t found = SMP_NO_ROW;

    for (size_t i = 0; i < r->n_candidates; i++)
        if (r->state[r->candidate[i]] == ROW_FREE &&
            (found == SMP_NO_ROW || before(r->typical, i, found)))
            found = i;
    return found == SMP_NO_ROW ? found : r->candidate[found];
}

static void taken(struct smp_round *r, size_t row)
{
    const size_t i = smp_round_candidate(r, row);
    struct smp_typical *t = r->typical;
    const size_t d = r->d;

    t->n_labels[i != SMP_NO_ROW ? t->group[i] : nearest_centre(t, r->z + row * d, d)]++;
}

/* 1 in the middle of equal rows, towards 0 for one that lies alone. */
static double score(const struct smp_round *r, size_t row)
{
    return 1 / (1 + (double)r->typical->apart[smp_round_candidate(r, row)]);
}

static size_t alike(const struct smp_round *r, size_t row)
{
    const struct smp_typical *t = r->typical;
    const double share = (double)r->n_free_first / (double)r->n_candidates;

    return (size_t)((double)t->size[t->group[smp_round_candidate(r, row)]] * share + 0.5);
}

const struct smp_strategy_code SMP_CODE_TYPICLUST = {start, best, taken, score, alike};

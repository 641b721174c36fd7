/* k-center greedy (Sener & Savarese 2018): the row farthest from all that is labelled or pending, over
 * the whole pool, exactly (near/centers.h); with neither, the row nearest to the middle of the pool. */
#include "sampler/near/centers.h"
#include "sampler/near/distance.h"
#include "sampler/pick_inside.h"

#include <math.h>
#include <stdlib.h>

/* r->at: the row nearest to the middle of the free rows, the lowest of equal ones. */
static enum smp_status find_the_middle(struct smp_round *r)
{
    const size_t d = r->d;
    double *middle = calloc(d, sizeof *middle);
    double least = (double)INFINITY;

    if (!middle) return smp_fail_nomem();
    for (size_t row = 0; row < r->n; row++)
        for (size_t j = 0; j < d && r->state[row] == ROW_FREE; j++)
            middle[j] += (double)r->z[row * d + j] / (double)r->n_free;
    for (size_t row = 0; row < r->n; row++) {
        double d2 = 0;

        for (size_t j = 0; j < d; j++)
            d2 += pow((double)r->z[row * d + j] - middle[j], 2);
        if (r->state[row] != ROW_FREE || d2 >= least) continue;
        least = d2;
        r->at = row;
    }
    free(middle);
    return SMP_OK;
}

/* What covers is a center, what is banned is nothing. r->order <- the centers. */
static enum smp_status take_states(struct smp_round *r)
{
    r->order = malloc((r->n + 1) * sizeof *r->order);
    if (!r->order) return smp_fail_nomem();
    for (size_t row = 0; row < r->n; row++) {
        SMP_TRY(smp_round_latent(r, row, NULL));
        if (r->state[row] == ROW_COVERS) r->order[r->n_order++] = row;
        if (r->state[row] == ROW_BANNED) smp_center_search_exclude(r->centers, row);
    }
    return smp_center_search_take_all(r->centers, r->order, r->n_order);
}

static enum smp_status start(struct smp_round *r)
{
    SMP_TRY(smp_center_search_new(r->z, r->n, r->d, r->in->n_threads, &r->centers));
    SMP_TRY(take_states(r));
    return r->n_order ? SMP_OK : find_the_middle(r);
}

static size_t best(struct smp_round *r)
{
    return r->n_order ? smp_center_search_farthest(r->centers) : r->at;
}

static void taken(struct smp_round *r, size_t row)
{
    r->n_order++;
    smp_center_search_take(r->centers, row);
}

/* How far it lies from all centres, as a share of its own length: near 0 for what is known. */
static double score(const struct smp_round *r, size_t row)
{
    const float *x = r->z + row * r->d;
    const double far = (double)smp_center_search_distance(r->centers, row);
    const double length = (double)smp_near_dot(x, x, r->d);

    return r->n_order && far > 0 ? far / (far + length) : 0;
}

static size_t alike(const struct smp_round *r, size_t row)
{
    (void)r;
    (void)row;
    return 1;
}

const struct smp_strategy_code SMP_CODE_KCENTER = {start, best, taken, score, alike};

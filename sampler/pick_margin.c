/* Margin: the rows of the whole pool between whose two best classes the model sees least. */
#include "sampler/pick_inside.h"

#include <stdlib.h>

struct by {
    float margin;
    size_t i;
};

static int lowest_first(const void *a, const void *b)
{
    const struct by *x = a;
    const struct by *y = b;

    if (x->margin != y->margin) return x->margin < y->margin ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

/* A batch takes one row a slot, so as many as the batch are never used up. */
static enum smp_status start(struct smp_round *r)
{
    struct by *sorted;

    SMP_TRY(smp_lowest_margins(r, r->in->batch, &r->candidate, &r->value, &r->n_candidates));
    sorted = malloc((r->n_candidates + 1) * sizeof *sorted);
    r->order = malloc((r->n_candidates + 1) * sizeof *r->order);
    if (!sorted || !r->order) {
        free(sorted);
        return smp_fail_nomem();
    }
    for (size_t i = 0; i < r->n_candidates; i++)
        sorted[i] = (struct by){r->value[i], i};
    qsort(sorted, r->n_candidates, sizeof *sorted, lowest_first);
    for (size_t i = 0; i < r->n_candidates; i++)
        r->order[i] = sorted[i].i;
    free(sorted);
    return SMP_OK;
}

static size_t best(struct smp_round *r)
{
    while (r->at < r->n_candidates && r->state[r->candidate[r->order[r->at]]] != ROW_FREE)
        r->at++;
    return r->at < r->n_candidates ? r->candidate[r->order[r->at]] : SMP_NO_ROW;
}

static void taken(struct smp_round *r, size_t row)
{
    (void)r;
    (void)row;
}

static double score(const struct smp_round *r, size_t row)
{
    return 1 - (double)r->value[smp_round_candidate(r, row)];
}

static size_t alike(const struct smp_round *r, size_t row)
{
    (void)r;
    (void)row;
    return 1;
}

const struct smp_strategy_code SMP_CODE_MARGIN = {start, best, taken, score, alike};

/* auto: which strategy a round is run with.
 *
 * UHerding weighs 4,000 candidates of the pool; while the model doubts much of the pool, that is where
 * most can be learned. Once it is sure of most items, few of those candidates still have something to
 * teach, and looking for the doubtful ones in the whole pool, then herding among them, does better.
 * Three things must be so, because without any of them it loses somewhere (docs/sampler.md):
 * - there are more free rows than candidates. Where UHerding sees them all it has nothing to look for
 *   elsewhere: photos lose a point at 300 labels by margins;
 * - the mean uncertainty of items drawn at random is below a half, which a number of labels does not
 *   tell: Fashion-MNIST loses a point at 500 by margins from 100 labels on;
 * - every class has ten labels on average. With many classes a model may be sure before it knows them:
 *   Banking77 loses 3 points at 500 labels by margins.
 * Several answers have no measurement yet and stay with UHerding. */
#include "sampler/pick_inside.h"

#include <stdlib.h>

enum {
    ASKED_MAX = 1000, /* the standard error of the mean is then below 0.01 */
    LABELS_A_CLASS = 10
};

static const double SURE_BELOW = 0.5;

static enum smp_status mean_uncertainty(const struct smp_round *r, size_t *rows, size_t n,
                                        float *u, double *mean)
{
    size_t left = r->n_free;
    size_t found = 0;
    struct smp_rng rng;

    smp_rng_seed(&rng, r->in->seed, STREAM_ASKED);
    for (size_t i = 0; found < n; i++) {
        if (r->state[i] != ROW_FREE) continue;
        if (smp_rng_below(&rng, left--) < n - found) rows[found++] = i;
    }
    SMP_TRY(smp_round_uncertainty(r, rows, n, u));
    *mean = 0;
    for (size_t i = 0; i < n; i++)
        *mean += (double)u[i] / (double)n;
    return SMP_OK;
}

/* More rows than herding sees, and for every question one answer an item, and labels enough? */
static bool may_leave_herding(const struct smp_round *r)
{
    const struct smp_pick_in *in = r->in;

    if (r->n_free <= SMP_CANDIDATES_MAX) return false;
    for (size_t q = 0; q < in->n_questions; q++) {
        const struct smp_labels *l = &in->question[q].labels;

        if (l->y_nc || l->n < LABELS_A_CLASS * l->n_classes) return false;
    }
    return true;
}

enum smp_status smp_auto_choose(const struct smp_round *r, enum smp_strategy *chosen)
{
    const size_t n = r->n_free < ASKED_MAX ? r->n_free : ASKED_MAX;
    size_t *rows;
    float *u;
    double mean = 1;
    enum smp_status e;

    *chosen = r->trained ? SMP_UHERD : SMP_MAXHERD;
    if (!r->trained || !may_leave_herding(r)) return SMP_OK;
    rows = malloc(n * sizeof *rows);
    u = malloc(n * sizeof *u);
    e = rows && u ? mean_uncertainty(r, rows, n, u, &mean) : smp_fail_nomem();
    free(rows);
    free(u);
    if (mean < SURE_BELOW) *chosen = SMP_MARGHERD;
    return e;
}

/* auto: which strategy a round is run with.
 *
 * UHerding weighs 4,000 candidates of the pool; while the model doubts much of the pool, that is where
 * most can be learned. Once it is sure of most items, few of those candidates still have something to
 * teach, and looking for the doubtful ones in the whole pool, then herding among them, does better. So
 * the mean uncertainty of items drawn at random decides, which is evidence of this pool and this
 * model, whatever the number of labels or classes. 0.3: measured beside 0.5 (which loses on many
 * classes) and a fixed ten labels a class (which loses on small grey pictures), docs/sampler.md. Several
 * answers have no measurement yet and stay with UHerding. */
#include "sampler/pick_inside.h"

#include <stdlib.h>

enum { ASKED_MAX = 1000 }; /* the standard error of the mean is then below 0.01 */

static const double SURE_BELOW = 0.3;

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

static bool has_several_answers(const struct smp_pick_in *in)
{
    for (size_t q = 0; q < in->n_questions; q++)
        if (in->question[q].labels.y_nc) return true;
    return false;
}

enum smp_status smp_auto_choose(const struct smp_round *r, enum smp_strategy *chosen)
{
    const size_t n = r->n_free < ASKED_MAX ? r->n_free : ASKED_MAX;
    size_t *rows;
    float *u;
    double mean = 1;
    enum smp_status e;

    *chosen = r->trained ? SMP_UHERD : SMP_MAXHERD;
    if (!r->trained || has_several_answers(r->in) || !n) return SMP_OK;
    rows = malloc(n * sizeof *rows);
    u = malloc(n * sizeof *u);
    e = rows && u ? mean_uncertainty(r, rows, n, u, &mean) : smp_fail_nomem();
    free(rows);
    free(u);
    if (mean < SURE_BELOW) *chosen = SMP_MARGHERD;
    return e;
}

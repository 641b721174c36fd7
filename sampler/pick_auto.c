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
                                        float *p, double *mean)
{
    const size_t k = r->in->labels.n_classes;
    size_t left = r->n_free;
    size_t found = 0;
    struct smp_rng rng;

    smp_rng_seed(&rng, r->in->seed, STREAM_ASKED);
    for (size_t i = 0; found < n; i++) {
        if (r->state[i] != ROW_FREE) continue;
        if (smp_rng_below(&rng, left--) < n - found) rows[found++] = i;
    }
    SMP_TRY(smp_head_predict_rows(r->in->head, r->in->z, rows, n, r->in->n_threads, p));
    *mean = 0;
    for (size_t i = 0; i < n; i++)
        *mean += (double)smp_uncertainty(p + i * k, k, false) / (double)n;
    return SMP_OK;
}

enum smp_status smp_auto_choose(const struct smp_round *r, enum smp_strategy *chosen)
{
    const size_t n = r->n_free < ASKED_MAX ? r->n_free : ASKED_MAX;
    size_t *rows;
    float *p;
    double mean = 1;
    enum smp_status e;

    *chosen = SMP_MAXHERD;
    if (!r->in->head || !smp_head_is_trained(r->in->head)) return SMP_OK;
    *chosen = SMP_UHERD;
    if (r->in->labels.y_nc || !n) return SMP_OK;
    rows = malloc(n * sizeof *rows);
    p = malloc(n * r->in->labels.n_classes * sizeof *p);
    e = rows && p ? mean_uncertainty(r, rows, n, p, &mean) : smp_fail_nomem();
    free(rows);
    free(p);
    if (mean < SURE_BELOW) *chosen = SMP_MARGHERD;
    return e;
}

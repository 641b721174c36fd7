/* BADGE (Ash et al. 2020): k-means++ among the candidates on the gradients that their guessed labels would
 * give the head's last layer, g = (p - y) (x) (x, 1). A gradient is never built: the product of two
 * is that of their (p - y) times that of their (x, 1).
 *
 * k-means++ draws a row with a chance that goes with its squared distance to those drawn; here as a
 * race of exponential waiting times, each row's from its content and the slot, so that the order of
 * the rows does not matter. The first is the row with the longest gradient. */
#include "sampler/pick_inside.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double product(const float *a, const float *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

/* p <- p - y, y being the model's own guess. */
static void residual(float *p, size_t k, bool several)
{
    size_t most = 0;

    for (size_t c = 1; c < k; c++)
        if (p[c] > p[most]) most = c;
    for (size_t c = 0; c < k; c++)
        p[c] -= several ? (float)(p[c] >= 0.5f) : (float)(c == most);
}

static double gradient_product(const struct smp_round *r, size_t i, size_t j)
{
    const size_t k = r->n_p;
    const size_t d = r->d;

    return product(r->p + i * k, r->p + j * k, k) *
           (product(r->herd.x + i * d, r->herd.x + j * d, d) + 1);
}

/* One question's residuals into its columns of p, from `first` on. */
static enum smp_status residuals(struct smp_round *r, const struct smp_question *q,
                                 size_t first)
{
    const size_t k = q->labels.n_classes;
    float *p = malloc((r->n_candidates * k + 1) * sizeof *p);
    enum smp_status e;

    if (!p) return smp_fail_nomem();
    e = smp_model_predict_rows(q->model, r->in->features, r->candidate, r->n_candidates,
                               r->in->n_threads, p);
    for (size_t i = 0; i < r->n_candidates && !e; i++) {
        residual(p + i * k, k, q->labels.y_nc != NULL);
        memcpy(r->p + i * r->n_p + first, p + i * k, k * sizeof *p);
    }
    free(p);
    return e;
}

static enum smp_status all_residuals(struct smp_round *r)
{
    size_t first = 0;

    for (size_t q = 0; q < r->in->n_questions; q++) {
        if (!smp_question_is_trained(&r->in->question[q])) continue;
        SMP_TRY(residuals(r, &r->in->question[q], first));
        first += r->in->question[q].labels.n_classes;
    }
    return SMP_OK;
}

static enum smp_status start(struct smp_round *r)
{
    SMP_TRY(smp_round_draw(r, SMP_CANDIDATES_MAX));
    r->p = malloc((r->n_candidates * r->n_p + 1) * sizeof *r->p);
    r->value = malloc((r->n_candidates + 1) * sizeof *r->value);
    r->key = malloc((r->n_candidates + 1) * sizeof *r->key);
    if (!r->p || !r->value || !r->key) return smp_fail_nomem();
    SMP_TRY(all_residuals(r));
    for (size_t i = 0; i < r->n_candidates; i++) {
        r->key[i] = smp_content_key(r->herd.x + i * r->d, r->d, r->in->seed);
        r->value[i] = (float)gradient_product(r, i, i);
        r->need += (double)r->value[i];
        r->herd.norm[i] = r->value[i];
    }
    return SMP_OK;
}

/* The waiting time of a row in this slot; the shortest wins. No distance left: it waits for ever. */
static double waiting(const struct smp_round *r, size_t i)
{
    struct smp_rng rng;
    double u;

    smp_rng_seed(&rng, r->key[i], r->n_order);
    u = smp_rng_unit(&rng) + 0x1p-54; /* never 0 */

    return r->value[i] > 0 ? -log(u) / (double)r->value[i] : DBL_MAX;
}

static size_t best(struct smp_round *r)
{
    size_t found = SMP_NO_ROW;
    double shortest = 0;

    for (size_t i = 0; i < r->n_candidates; i++) {
        double wait;

        if (r->state[r->candidate[i]] != ROW_FREE) continue;
        wait = r->n_order ? waiting(r, i) : -(double)r->value[i];
        if (found != SMP_NO_ROW && !(wait < shortest)) continue;
        found = i;
        shortest = wait;
    }
    return found == SMP_NO_ROW ? found : r->candidate[found];
}

/* A row beyond the candidates, drawn by chance, has no gradient here and changes nothing. */
static void taken(struct smp_round *r, size_t row)
{
    const size_t chosen = smp_round_candidate(r, row);

    r->n_order++;
    if (chosen == SMP_NO_ROW) return;
    for (size_t i = 0; i < r->n_candidates; i++) {
        const double both = (double)r->herd.norm[i] + (double)r->herd.norm[chosen];
        const double d2 = both - 2 * gradient_product(r, i, chosen);

        r->value[i] = fminf(r->value[i], d2 > 1e-9 * both ? (float)d2 : 0);
    }
    r->value[chosen] = 0;
}

static double score(const struct smp_round *r, size_t row)
{
    return r->need > 0 ? (double)r->value[smp_round_candidate(r, row)] / r->need : 0;
}

static size_t alike(const struct smp_round *r, size_t row)
{
    (void)r;
    (void)row;
    return 1;
}

const struct smp_strategy_code SMP_CODE_BADGE = {start, best, taken, score, alike};

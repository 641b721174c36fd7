#include "sampler/eval/paired.h"

#include <math.h>
#include <stdlib.h>

enum { HALVINGS = 60 };

struct smp_paired smp_paired_count(const uint8_t *was_right, const uint8_t *is_right, size_t n)
{
    struct smp_paired t = {0};

    for (size_t i = 0; i < n; i++) {
        if (was_right[i] && is_right[i])
            t.both++;
        else if (is_right[i])
            t.won++;
        else if (was_right[i])
            t.lost++;
        else
            t.neither++;
    }
    return t;
}

struct smp_mcnemar smp_mcnemar(const struct smp_paired *t)
{
    const size_t n = t->won + t->lost;
    const size_t fewer = t->won < t->lost ? t->won : t->lost;
    const double tail = smp_binomial_below(fewer, n, 0.5);
    const double below = fewer ? smp_binomial_below(fewer - 1, n, 0.5) : 0;
    struct smp_mcnemar m = {1, 1};

    if (!n) return m;
    m.p = fmin(2 * tail, 1);
    m.mid_p = fmin(tail + below, 1); /* twice the tail, less the chance of what was seen */
    return m;
}

/* The score statistic of the difference d: how many standard errors what was seen lies above it, with
 * the chance q of losing an item at its most probable for this d. Falls as d grows. */
static double score(const struct smp_paired *t, double d)
{
    const double n = (double)smp_paired_items(t);
    const double won = (double)t->won;
    const double lost = (double)t->lost;
    const double b = (2 * n - won + lost) * d - won - lost;
    const double c = -lost * d * (1 - d);
    const double q = (sqrt(fmax(b * b - 8 * n * c, 0)) - b) / (4 * n);
    const double variance = n * (2 * q + d * (1 - d));
    const double seen = won - lost - n * d;

    if (!(variance > 0)) return seen > 0 ? (double)INFINITY : seen < 0 ? -(double)INFINITY : 0;
    return seen / sqrt(variance);
}

/* Where the score is z, between from (where it is above) and to (below). */
static double where_score_is(const struct smp_paired *t, double z, double from, double to)
{
    for (int i = 0; i < HALVINGS; i++) {
        const double middle = (from + to) / 2;
        if (score(t, middle) > z)
            from = middle;
        else
            to = middle;
    }
    return (from + to) / 2;
}

struct smp_interval smp_paired_interval(const struct smp_paired *t, double level)
{
    const double z = smp_normal_quantile((1 + level) / 2);
    const size_t n = smp_paired_items(t);
    double seen;

    if (!n) return (struct smp_interval){-1, 1};
    seen = ((double)t->won - (double)t->lost) / (double)n;
    return (struct smp_interval){where_score_is(t, z, -1, seen),
                                 where_score_is(t, -z, seen, 1)};
}

struct drawing {
    const struct smp_bootstrap *how;
    const uint32_t *unit; /* (n) every item its own */
    const double *gain;   /* (n) */
    uint32_t *weight;     /* (threads, n) */
    double *value;        /* (rounds) */
    size_t n;
};

static void draw_once(void *ctx, size_t round, unsigned thread)
{
    const struct drawing *d = ctx;
    uint32_t *weight = d->weight + (size_t)thread * d->n;
    double sum = 0;

    smp_bootstrap_draw(d->how, round, d->unit, d->n, d->n, weight);
    for (size_t i = 0; i < d->n; i++)
        sum += weight[i] * d->gain[i];
    d->value[round] = sum / (double)d->n;
}

static enum smp_status run(struct drawing *d, double *gain, uint32_t *unit, const double *then,
                           const double *now, struct smp_estimate *difference)
{
    double sum = 0;

    for (size_t i = 0; i < d->n; i++) {
        unit[i] = (uint32_t)i;
        gain[i] = now[i] - then[i];
        sum += gain[i];
    }
    SMP_TRY(smp_bootstrap_run(d->how, draw_once, d));
    difference->value = sum / (double)d->n;
    smp_bootstrap_interval(d->how, d->value, d->how->rounds, difference);
    return SMP_OK;
}

enum smp_status smp_paired_bootstrap(const double *then, const double *now, size_t n,
                                     const struct smp_bootstrap *how,
                                     struct smp_estimate *difference)
{
    const size_t threads = how->n_threads ? how->n_threads : 1;
    double *gain;
    double *value;
    uint32_t *unit;
    uint32_t *weight;
    enum smp_status code;

    if (!n || n > UINT32_MAX)
        return smp_fail(SMP_INVALID, "%zu items to compare on: from 1 to %u", n, UINT32_MAX);
    SMP_TRY(smp_bootstrap_check(how));
    gain = calloc(n, sizeof *gain);
    value = calloc(how->rounds + 1, sizeof *value);
    unit = calloc(n, sizeof *unit);
    weight = calloc(n * threads, sizeof *weight);
    code = smp_fail_nomem();
    if (gain && value && unit && weight) {
        struct drawing d = {how, unit, gain, weight, value, n};
        code = run(&d, gain, unit, then, now, difference);
    }
    free(gain);
    free(value);
    free(unit);
    free(weight);
    return code;
}

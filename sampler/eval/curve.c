#include "sampler/eval/curve.h"

#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>

enum { STREAM_CURVE = 7300, SHAPES = 19 };

static double shape_of(size_t k)
{
    return 0.1 + 0.05 * (double)k;
}

static enum smp_status in_check(const struct smp_curve_in *in)
{
    if (in->n_sizes < 3 || in->n_sizes > SMP_CURVE_SIZES_MAX)
        return smp_fail(SMP_INVALID, "a learning curve needs 3 to %d sizes, not %zu",
                        SMP_CURVE_SIZES_MAX, in->n_sizes);
    if (in->n_units < 2 || in->n_units > SMP_CURVE_UNITS_MAX)
        return smp_fail(SMP_INVALID, "a learning curve needs 2 to %d units, not %zu",
                        SMP_CURVE_UNITS_MAX, in->n_units);
    for (size_t i = 0; i < in->n_sizes; i++)
        if (!(in->size[i] > (i ? in->size[i - 1] : 0)))
            return smp_fail(SMP_INVALID, "size %zu of a learning curve does not ascend", i);
    return SMP_OK;
}

/* The means of the drawn units. */
static void errors_mean(const struct smp_curve_in *in, const size_t *unit, double *mean)
{
    for (size_t i = 0; i < in->n_sizes; i++) {
        mean[i] = 0;
        for (size_t r = 0; r < in->n_units; r++)
            mean[i] += in->error[i * in->n_units + unit[r]] / (double)in->n_units;
    }
}

struct fit {
    double a, b, c, squares;
};

static double squares_of(const struct smp_curve_in *in, const double *mean, const struct fit *f)
{
    double sum = 0;

    for (size_t i = 0; i < in->n_sizes; i++) {
        const double off = mean[i] - f->a - f->b * pow(in->size[i], -f->c);
        sum += in->size[i] * off * off;
    }
    return sum;
}

/* a and b of the weighted least squares for a given c; neither below 0. */
static void line_fit(const struct smp_curve_in *in, const double *mean, struct fit *f)
{
    double w = 0;
    double wx = 0;
    double wy = 0;
    double wxx = 0;
    double wxy = 0;
    double spread;

    for (size_t i = 0; i < in->n_sizes; i++) {
        const double x = pow(in->size[i], -f->c);

        w += in->size[i];
        wx += in->size[i] * x;
        wy += in->size[i] * mean[i];
        wxx += in->size[i] * x * x;
        wxy += in->size[i] * x * mean[i];
    }
    spread = w * wxx - wx * wx;
    f->b = spread > 0 ? (w * wxy - wx * wy) / spread : 0;
    f->a = (wy - f->b * wx) / w;
    if (f->a < 0) {
        f->a = 0;
        f->b = wxy / wxx;
    }
    if (f->b < 0) {
        f->b = 0;
        f->a = wy / w;
    }
    f->squares = squares_of(in, mean, f);
}

static struct fit curve_fit(const struct smp_curve_in *in, const size_t *unit)
{
    double mean[SMP_CURVE_SIZES_MAX];
    struct fit best = {.squares = (double)INFINITY};

    errors_mean(in, unit, mean);
    for (size_t k = 0; k < SHAPES; k++) {
        struct fit f = {.c = shape_of(k)};

        line_fit(in, mean, &f);
        if (f.squares < best.squares) best = f;
    }
    return best;
}

static double accuracy_at(const struct fit *f, double n)
{
    const double error = f->a + f->b * pow(n, -f->c);

    return error < 1 ? 1 - error : 0;
}

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static void band_set(struct smp_curve_band *band, double value, double *drawn)
{
    qsort(drawn, SMP_CURVE_DRAWS, sizeof *drawn, by_number);
    band->value = value;
    band->low = fmin(value, drawn[SMP_CURVE_DRAWS / 40]);
    band->high = fmax(value, drawn[SMP_CURVE_DRAWS - 1 - SMP_CURVE_DRAWS / 40]);
}

/* `drawn` (3, SMP_CURVE_DRAWS): accuracies now and next, and the gain, of each draw. */
static void draws_fit(const struct smp_curve_in *in, size_t *unit, double *drawn)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, in->seed, STREAM_CURVE);
    for (size_t d = 0; d < SMP_CURVE_DRAWS; d++) {
        struct fit f;

        for (size_t r = 0; r < in->n_units; r++)
            unit[r] = smp_rng_below(&rng, in->n_units);
        f = curve_fit(in, unit);
        drawn[d] = accuracy_at(&f, in->now);
        drawn[SMP_CURVE_DRAWS + d] = accuracy_at(&f, in->next);
        drawn[(size_t)2 * SMP_CURVE_DRAWS + d] = drawn[SMP_CURVE_DRAWS + d] - drawn[d];
    }
}

enum smp_status smp_curve(const struct smp_curve_in *in, struct smp_curve *out)
{
    double drawn[(size_t)3 * SMP_CURVE_DRAWS];
    size_t *unit;
    struct fit f;

    SMP_TRY(in_check(in));
    unit = malloc(in->n_units * sizeof *unit);
    if (!unit) return smp_fail_nomem();
    draws_fit(in, unit, drawn);
    for (size_t r = 0; r < in->n_units; r++)
        unit[r] = r;
    f = curve_fit(in, unit);
    free(unit);
    *out = (struct smp_curve){.a = f.a, .b = f.b, .c = f.c};
    band_set(&out->now, accuracy_at(&f, in->now), drawn);
    band_set(&out->next, accuracy_at(&f, in->next), drawn + SMP_CURVE_DRAWS);
    band_set(&out->gain, accuracy_at(&f, in->next) - accuracy_at(&f, in->now),
             drawn + (size_t)2 * SMP_CURVE_DRAWS);
    return SMP_OK;
}

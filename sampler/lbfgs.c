#include "sampler/lbfgs.h"

#include "sampler/simd.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HISTORY = 10, HALVINGS_MAX = 30 };

static const double ARMIJO = 1e-4;
/* Below this relative fall of f, what is left is rounding of its f32 products. */
static const double FALL_MIN = 1e-9;

struct memory {
    size_t n, kept, newest;
    double *x, *g, *x_next, *g_next, *direction; /* (n) each */
    double *step, *change;                       /* (HISTORY, n): of x, of the gradient */
    double curvature[HISTORY];                   /* 1 / (step . change) */
};

/* In lanes, added in order at the end: one long sum would wait for each of its additions. */
SMP_KERNEL
static double dot(const double *restrict a, const double *restrict b, size_t n)
{
    double lane[SMP_LANES] = {0};
    double sum = 0;
    size_t i = 0;

    for (; i + SMP_LANES <= n; i += SMP_LANES)
        for (size_t l = 0; l < SMP_LANES; l++)
            lane[l] += a[i + l] * b[i + l];
    for (; i < n; i++)
        lane[i % SMP_LANES] += a[i] * b[i];
    for (size_t l = 0; l < SMP_LANES; l++)
        sum += lane[l];
    return sum;
}

SMP_KERNEL
static void add_scaled(double *restrict y, const double *restrict x, double scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += scale * x[i];
}

static double largest(const double *g, size_t n)
{
    double most = 0;

    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(g[i]));
    return most;
}

/* direction = -H g, by the two-loop recursion. */
static void find_direction(struct memory *m)
{
    double along[HISTORY] = {0};

    for (size_t i = 0; i < m->n; i++)
        m->direction[i] = -m->g[i];
    for (size_t back = 0; back < m->kept; back++) {
        const size_t h = (m->newest + HISTORY - back) % HISTORY;
        along[h] = m->curvature[h] * dot(m->step + h * m->n, m->direction, m->n);
        add_scaled(m->direction, m->change + h * m->n, -along[h], m->n);
    }
    if (m->kept) {
        const double *y = m->change + m->newest * m->n;
        const double scale = 1 / (m->curvature[m->newest] * dot(y, y, m->n));
        for (size_t i = 0; i < m->n; i++)
            m->direction[i] *= scale;
    }
    for (size_t back = m->kept; back-- > 0;) {
        const size_t h = (m->newest + HISTORY - back) % HISTORY;
        const double b = m->curvature[h] * dot(m->change + h * m->n, m->direction, m->n);
        add_scaled(m->direction, m->step + h * m->n, along[h] - b, m->n);
    }
}

/* Walks down `direction` until f falls enough; false if it does not, or hardly. */
static bool search_line(const struct smp_function *f, struct memory *m, double *value)
{
    const double slope = dot(m->direction, m->g, m->n);
    /* Without history the length of the gradient says nothing about the distance. */
    double t = m->kept ? 1 : fmin(1, 1 / sqrt(dot(m->g, m->g, m->n)));

    if (!(slope < 0)) return false;
    for (int halving = 0; halving < HALVINGS_MAX; halving++) {
        double next;
        memcpy(m->x_next, m->x, m->n * sizeof *m->x);
        add_scaled(m->x_next, m->direction, t, m->n);
        next = f->value(f->ctx, m->x_next, m->g_next);
        if (next <= *value + ARMIJO * t * slope) {
            const double fall = *value - next;
            *value = next;
            return fall > FALL_MIN * fmax(fabs(next), 1) || halving == 0;
        }
        t /= 2;
    }
    return false;
}

static void swap(double **a, double **b)
{
    double *kept = *a;

    *a = *b;
    *b = kept;
}

/* Remembers the step just taken, if it bends upward. */
static void remember(struct memory *m)
{
    const size_t h = m->kept ? (m->newest + 1) % HISTORY : 0;
    double *s = m->step + h * m->n;
    double *y = m->change + h * m->n;
    double bend;

    for (size_t i = 0; i < m->n; i++) {
        s[i] = m->x_next[i] - m->x[i];
        y[i] = m->g_next[i] - m->g[i];
    }
    bend = dot(s, y, m->n);
    if (bend > DBL_EPSILON * dot(y, y, m->n)) {
        m->curvature[h] = 1 / bend;
        m->newest = h;
        if (m->kept < HISTORY) m->kept++;
    }
    swap(&m->x, &m->x_next);
    swap(&m->g, &m->g_next);
}

enum smp_status smp_lbfgs(const struct smp_function *f, const struct smp_lbfgs_rule *rule,
                          double *x)
{
    const size_t n = f->n;
    double *all = calloc((5 + 2 * HISTORY) * n + 1, sizeof *all);
    struct memory m = {.n = n};
    double value;

    if (!all) return smp_fail_nomem();
    m.x = all;
    m.g = all + n;
    m.x_next = all + 2 * n;
    m.g_next = all + 3 * n;
    m.direction = all + 4 * n;
    m.step = all + 5 * n;
    m.change = m.step + HISTORY * n;
    memcpy(m.x, x, n * sizeof *x);
    value = f->value(f->ctx, m.x, m.g);
    for (unsigned step = 0; step < rule->steps_max; step++) {
        if (largest(m.g, n) <= rule->gradient_max) break;
        find_direction(&m);
        if (!search_line(f, &m, &value)) break;
        remember(&m);
    }
    memcpy(x, m.x, n * sizeof *x);
    free(all);
    return SMP_OK;
}

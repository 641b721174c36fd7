#include "jobs/simulate_unlike.h"

#include "domain/project.h"

#include <math.h>
#include <stdio.h>

static const double GUESSES_BEYOND = 3.3;
static const double MIX_BEYOND = 3.1;

/* Fewer say nothing about a normal approximation. */
enum { GUESSES_MIN = 30 };

static size_t sum(const size_t *x, size_t n)
{
    size_t s = 0;

    for (size_t i = 0; i < n; i++)
        s += x[i];
    return s;
}

static double share(size_t x, size_t of)
{
    return of ? (double)x / (double)of : 0;
}

static bool guesses_differ(const struct sim_guesses *g, const struct sim_mix *m)
{
    const size_t n_pool = sum(m->pool, m->n_classes);
    const double n = (double)(g->n < n_pool ? g->n : n_pool);
    const double n_test = (double)sum(m->test, m->n_classes);
    const double pool = share(g->right, g->n);
    const double test = g->n ? g->expected / (double)g->n : 0;
    const double both = (n * pool + n_test * test) / (n + n_test);

    return g->n >= GUESSES_MIN &&
           fabs(pool - test) > GUESSES_BEYOND * sqrt(both * (1 - both) * (1 / n + 1 / n_test));
}

/* How far beyond what chance gives the counts differ, in standard deviations. */
static double mix_beyond(const struct sim_mix *m)
{
    const double n_pool = (double)sum(m->pool, m->n_classes);
    const double n_test = (double)sum(m->test, m->n_classes);
    double chi2 = 0;
    double freedom = -1;

    for (size_t c = 0; c < m->n_classes; c++) {
        const double both = (double)(m->pool[c] + m->test[c]);
        const double apart = (double)m->pool[c] * sqrt(n_test / n_pool) -
                             (double)m->test[c] * sqrt(n_pool / n_test);

        if (both <= 0) continue;
        chi2 += apart * apart / both;
        freedom++;
    }
    if (freedom < 1) return 0;
    return (cbrt(chi2 / freedom) - (1 - 2 / (9 * freedom))) / sqrt(2 / (9 * freedom));
}

/* The class whose share differs most. */
static size_t most_apart(const struct sim_mix *m, size_t n_pool, size_t n_test)
{
    size_t found = 0;
    double most = -1;

    for (size_t c = 0; c < m->n_classes; c++) {
        const double apart = fabs(share(m->pool[c], n_pool) - share(m->test[c], n_test));

        if (apart <= most) continue;
        most = apart;
        found = c;
    }
    return found;
}

static int guesses_say(const struct sim_guesses *g, char *out, size_t room)
{
    double low;
    double high;

    wilson_interval((int64_t)g->right, (int64_t)g->n, &low, &high);
    return snprintf(out, room,
                    " Of %zu items drawn at random from the pool, models guessed %.1f %% right "
                    "before they saw them (%.1f to %.1f %%); the same models have %.1f %% on "
                    "the test set.",
                    g->n, 100 * share(g->right, g->n), 100 * low, 100 * high,
                    100 * g->expected / (double)g->n);
}

static void mix_says(const struct sim_mix *m, char *out, size_t room)
{
    const size_t n_pool = sum(m->pool, m->n_classes);
    const size_t n_test = sum(m->test, m->n_classes);
    const size_t c = most_apart(m, n_pool, n_test);

    snprintf(out, room,
             " Its classes come in another mix: %.40s is %.1f %% of the pool and %.1f %% of "
             "the test set.",
             m->name[c], 100 * share(m->pool[c], n_pool), 100 * share(m->test[c], n_test));
}

void sim_unlike(const struct sim_guesses *g, const struct sim_mix *mix, char *out, size_t room)
{
    const bool guesses = guesses_differ(g, mix);
    const bool mixed = mix_beyond(mix) > MIX_BEYOND;
    size_t n;

    out[0] = 0;
    if (!guesses && !mixed) return;
    n = (size_t)snprintf(out, room, "The test set is not like the pool.");
    if (guesses && n < room) n += (size_t)guesses_say(g, out + n, room - n);
    if (mixed && n < room) mix_says(mix, out + n, room - n);
}

#include "sampler/conv/adam.h"

#include "sampler/simd.h"

#include <math.h>

enum { BLOCK = 1024 };

static const double BETA_MEAN = 0.9, BETA_SQUARE = 0.999;
static const float EPSILON = 1e-8f;

struct step {
    float mean_keep, square_keep, rate, square_scale;
};

SMP_KERNEL
static void add_share(float *restrict sum, const float *restrict share, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += share[i];
}

SMP_KERNEL
static void move(float *restrict p, float *restrict mean, float *restrict square,
                 const float *restrict g, size_t n, const struct step *s)
{
    const struct step k = *s;

    for (size_t i = 0; i < n; i++) {
        mean[i] += (1 - k.mean_keep) * (g[i] - mean[i]);
        square[i] += (1 - k.square_keep) * (g[i] * g[i] - square[i]);
        p[i] -= k.rate * mean[i] / (__builtin_sqrtf(square[i] * k.square_scale) + EPSILON);
    }
}

void smp_adam_step(const struct smp_adam *a, size_t first, size_t count)
{
    const double step = (double)a->step;
    const struct step s = {.mean_keep = (float)BETA_MEAN,
                           .square_keep = (float)BETA_SQUARE,
                           .rate = (float)(a->rate / (1 - pow(BETA_MEAN, step))),
                           .square_scale = (float)(1 / (1 - pow(BETA_SQUARE, step)))};

    for (size_t i = first; i < first + count; i += BLOCK) {
        const size_t n = first + count - i < BLOCK ? first + count - i : BLOCK;
        float g[BLOCK] = {0};
        for (size_t share = 0; share < a->n_shares; share++)
            add_share(g, a->shares + share * a->n + i, n);
        move(a->parameters + i, a->mean + i, a->square + i, g, n, &s);
    }
}

static double cosine(double from, double to, double at)
{
    return to + (from - to) * (1 + cos(3.14159265358979323846 * at)) / 2;
}

double smp_adam_rate(double rate, size_t step, size_t n_steps)
{
    const double at = (double)step / (double)n_steps;
    const double peak = 0.3;

    if (at < peak) return cosine(rate / 25, rate, at / peak);
    return cosine(rate, rate / 1e4, (at - peak) / (1 - peak));
}

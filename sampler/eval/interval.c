#include "sampler/eval/interval.h"

#include <assert.h>
#include <math.h>

/* Halvings of an interval of 80 until nothing is left of a double. */
enum { HALVINGS = 64, FRACTIONS_MAX = 100000 };

double smp_normal_below(double z)
{
    return erfc(-z / sqrt(2)) / 2;
}

double smp_normal_quantile(double p)
{
    double low = -40;
    double high = 40;

    assert(p > 0 && p < 1);
    for (int i = 0; i < HALVINGS; i++) {
        const double middle = (low + high) / 2;
        if (smp_normal_below(middle) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct smp_interval smp_wilson(size_t yes, size_t n, double level)
{
    const double z = smp_normal_quantile((1 + level) / 2);
    const double size = (double)n;
    const double p = n ? (double)yes / size : 0;
    double middle;
    double half;

    assert(yes <= n);
    if (!n) return (struct smp_interval){0, 1};
    middle = (p + z * z / (2 * size)) / (1 + z * z / size);
    half = z / (1 + z * z / size) * sqrt(p * (1 - p) / size + z * z / (4 * size * size));
    return (struct smp_interval){yes ? fmax(middle - half, 0) : 0,
                                 yes < n ? fmin(middle + half, 1) : 1};
}

static double log_gamma(double x)
{
    int sign; /* lgamma keeps it in a global, which threads would share */

    return lgamma_r(x, &sign);
}

/* Numerator m >= 1 of the continued fraction: DLMF 8.17.23. */
static double numerator(double m, double x, double a, double b)
{
    const double k = floor(m / 2);

    if (m > 2 * k) return -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
    return k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
}

/* 1 / (1 + d1 / (1 + d2 / (1 + ...))) from the front, by the ratios of its convergents (Lentz 1976 as
 * modified by Thompson & Barnett 1986). Converges quickly for x below (a + 1) / (a + b + 2). */
static double fraction(double x, double a, double b)
{
    const double tiny = 1e-300;
    double value = 1;
    double above = 1;
    double below = 0;

    for (int m = 1; m < FRACTIONS_MAX; m++) {
        const double d = numerator(m, x, a, b);
        double step;
        below = 1 + d * below;
        above = 1 + d / above;
        if (fabs(below) < tiny) below = tiny;
        if (fabs(above) < tiny) above = tiny;
        below = 1 / below;
        step = above * below;
        value *= step;
        if (fabs(step - 1) < 1e-15) break;
    }
    return 1 / value;
}

double smp_beta_below(double x, double a, double b)
{
    double front;

    assert(a > 0 && b > 0);
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x <= (a + 1) / (a + b + 2)) return front * fraction(x, a, b) / a;
    return 1 - front * fraction(1 - x, b, a) / b;
}

double smp_binomial_below(size_t yes, size_t n, double p)
{
    if (yes >= n) return 1;
    return smp_beta_below(1 - p, (double)(n - yes), (double)yes + 1);
}

/* x with smp_beta_below(x, a, b) = p. */
static double beta_quantile(double p, double a, double b)
{
    double low = 0;
    double high = 1;

    for (int i = 0; i < HALVINGS; i++) {
        const double middle = (low + high) / 2;
        if (smp_beta_below(middle, a, b) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct smp_interval smp_clopper_pearson(size_t yes, size_t n, double level)
{
    const double tail = (1 - level) / 2;
    const double no = (double)n - (double)yes;

    assert(yes <= n);
    return (struct smp_interval){
        yes ? beta_quantile(tail, (double)yes, no + 1) : 0,
        yes < n ? beta_quantile(1 - tail, (double)yes + 1, no) : 1,
    };
}

/* interval - how far off a share may be, that was counted in n items.
 *
 *     smp_wilson(93, 100, 0.95, &low, &high);           // 0.863 to 0.966: what people are shown
 *     smp_clopper_pearson(93, 100, 0.95, &low, &high);  // 0.861 to 0.971: never too narrow, for decisions
 *     z = smp_normal_quantile(0.975);                   // 1.96
 *
 * Wilson's covers the truth in 95 of 100 cases on average over shares; Clopper and Pearson's in at least
 * 95 whatever the share, and is wider for it. With n = 0 nothing is known: 0 to 1. `level` lies between
 * 0 and 1. Pure; nothing can fail; any thread.
 * Sources: Wilson, JASA 22 (1927), 209-212; Clopper & Pearson, Biometrika 26 (1934), 404-413, by the
 * incomplete beta function (DLMF 8.17.22); compared in Newcombe, Statistics in Medicine 17 (1998). */
#ifndef SAMPLER_EVAL_INTERVAL_H
#define SAMPLER_EVAL_INTERVAL_H

#include <stddef.h>

struct smp_interval {
    double low, high;
};

struct smp_interval smp_wilson(size_t yes, size_t n, double level);
struct smp_interval smp_clopper_pearson(size_t yes, size_t n, double level);

/* Where the standard normal distribution has the share p, 0 < p < 1, below it; to 1e-12. */
double smp_normal_quantile(double p);

/* The share of the standard normal distribution below z. */
double smp_normal_below(double z);

/* The chance that a beta variable of a, b > 0 is at most x: the regularised incomplete beta function. */
double smp_beta_below(double x, double a, double b);

/* The chance of at most `yes` among n tries that each succeed with chance p; 1 when yes >= n. */
double smp_binomial_below(size_t yes, size_t n, double p);

#endif

/* rng - seeded, repeatable randomness.
 *
 *     struct smp_rng rng;
 *     smp_rng_seed(&rng, in->seed, STREAM_CANDIDATES);
 *     size_t i = smp_rng_below(&rng, n);
 *
 * One seed drives many independent streams, so that drawing more numbers for one purpose never
 * shifts those of another. Equal seed and stream give equal numbers on every machine. A
 * generator belongs to one thread. Source: xoshiro256** and splitmix64 (Blackman & Vigna,
 * https://prng.di.unimi.it, public domain); unbiased range by Lemire, "Fast random integer
 * generation in an interval" (2019). */
#ifndef SAMPLER_RNG_H
#define SAMPLER_RNG_H

#include <stddef.h>
#include <stdint.h>

struct smp_rng {
    uint64_t s[4];
};

void smp_rng_seed(struct smp_rng *rng, uint64_t seed, uint64_t stream);
uint64_t smp_rng_u64(struct smp_rng *rng);

/* Uniform in 0..n-1, without bias. n > 0. */
size_t smp_rng_below(struct smp_rng *rng, size_t n);

/* Uniform in [0, 1). */
double smp_rng_unit(struct smp_rng *rng);

/* Standard normal (polar method). */
double smp_rng_normal(struct smp_rng *rng);

/* Shuffles the n indices in place (Fisher-Yates). */
void smp_rng_shuffle(struct smp_rng *rng, size_t *index, size_t n);

/* Writes k <= n different numbers of 0..n-1, ascending, into `out` (k). Every subset is equally
 * likely. Reads n random numbers at most and needs no memory (Knuth's selection sampling, TAOCP
 * 3.4.2, algorithm S). */
void smp_rng_subset(struct smp_rng *rng, size_t n, size_t k, size_t *out);

#endif

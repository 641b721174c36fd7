/* centers - exact k-center, farthest first.
 *
 *     struct smp_centers_in in = {.x = z, .n = n, .d = d, .given = labelled, .n_given = n_labelled,
 *                                 .k = 100, .n_threads = 2};
 *     size_t picks[100];
 *     SMP_TRY(smp_centers(&in, picks, NULL));
 *
 * Each pick is the row whose distance to the nearest center, given or picked, is the largest; of
 * equal ones that of the lowest index. Without given rows the first pick is row 0. No row is
 * picked twice, nor a given one, even when duplicates leave nothing but distances of 0.
 *
 * The picks are those of the plain loop over smp_near_square, for any number of threads. Most rows
 * are ruled out by their bytes (codes.h); the rest are compared in full. Memory beside x:
 * n * (d + 16) bytes.
 * Source: Gonzalez 1985 (farthest first); the pruning is exact, see codes.h. */
#ifndef SAMPLER_NEAR_CENTERS_H
#define SAMPLER_NEAR_CENTERS_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

struct smp_centers_in {
    const float *x; /* (n, d), finite */
    size_t n, d;
    const size_t *given; /* (n_given) rows that are centers already */
    size_t n_given;
    size_t k; /* at most n - the different rows of given */
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

/* picks (k) in order; radius (k) or NULL: each pick's squared distance to the centers before it,
 * infinite for the very first. */
enum smp_status smp_centers(const struct smp_centers_in *in, size_t *picks,
                            float *radius) SMP_MUST_USE;

/* The same one row at a time, for who has a say in between:
 *
 *     SMP_TRY(smp_center_search_new(z, n, d, 2, &s));
 *     e = smp_center_search_take_all(s, labelled, n_labelled);
 *     row = smp_center_search_farthest(s);            // or any other row
 *     smp_center_search_take(s, row);
 *     smp_center_search_free(s);
 *
 * x (n, d), n > 0, is read until the end. Taking one row needs no memory and cannot fail. */
struct smp_center_search;

enum smp_status smp_center_search_new(const float *x, size_t n, size_t d, unsigned n_threads,
                                      struct smp_center_search **out) SMP_MUST_USE;
void smp_center_search_free(struct smp_center_search *s); /* NULL is fine */

/* These rows are centers; one may be named twice. Many are compared by one product, which changes
 * nothing but the time. SMP_INVALID for a row beyond n. */
enum smp_status smp_center_search_take_all(struct smp_center_search *s, const size_t *rows,
                                           size_t n) SMP_MUST_USE;
void smp_center_search_take(struct smp_center_search *s, size_t row);

/* Neither a center nor ever the farthest. */
void smp_center_search_exclude(struct smp_center_search *s, size_t row);

/* The row farthest from all centers, the lowest of equal ones (without centers, the lowest of all), or
 * SIZE_MAX when all are taken or excluded. */
size_t smp_center_search_farthest(const struct smp_center_search *s);

/* Squared, to the nearest center: infinite without one, -1 for what is taken or excluded. */
float smp_center_search_distance(const struct smp_center_search *s, size_t row);

#endif

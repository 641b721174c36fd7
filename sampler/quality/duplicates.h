/* duplicates - the same picture again: perceptual hashes and groups of near ones.
 *
 *     hash[i] = smp_picture_hash(grey, width, height);                 // each picture once
 *     struct smp_near_in in = {.hash = hash, .n = n, .radius = 6, .n_threads = 2};
 *     SMP_TRY(smp_near_hashes(&in, group, &n_groups));
 *
 * Two hashes. smp_picture_hash (pHash): the picture shrunk to 32 x 32 by means, its 8 x 8 slowest cosine
 * waves without the constant one, each above their median or not; survives scaling, JPEG, brightness.
 * smp_gradient_hash (dHash): shrunk to 9 x 8, each mean brighter than the next or not; cheaper, and as
 * good for exact copies rescaled. of pictures without relation 64 bits differ by about 32; copies by 0
 * to 8. Neither sees a crop, a mirror image or a turn.
 * Sources: Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010); Krawetz,
 * "Kind of Like That" (2013).
 *
 * smp_near_hashes is exact: all pairs within the radius are found. A hash is cut in 4 bands of 16 bits;
 * if two differ in r bits, r = 4 q + s, one of the first s + 1 bands differs in at most q or one of the
 * others in at most q - 1 (Norouzi, Punjani & Fleet, "Fast Exact Search in Hamming Space with
 * Multi-Index Hashing", 2014). */
#ifndef SAMPLER_QUALITY_DUPLICATES_H
#define SAMPLER_QUALITY_DUPLICATES_H

#include "sampler/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SMP_WAVES = 64 };

/* What smp_picture_hash takes the signs of: wave (8 down, 8 across), in the order of the hash's bits. */
void smp_picture_waves(const uint8_t *grey, size_t width, size_t height,
                       double wave[SMP_WAVES]);

/* Bit by bit, from the highest: is the wave above the median of all? */
uint64_t smp_waves_hash(const double wave[SMP_WAVES]);

/* grey (height, width) rows top first, both > 0. */
uint64_t smp_picture_hash(const uint8_t *grey, size_t width, size_t height);
uint64_t smp_gradient_hash(const uint8_t *grey, size_t width, size_t height);

/* How many bits differ, 0..64. */
unsigned smp_hash_distance(uint64_t a, uint64_t b);

enum { SMP_NEAR_RADIUS_MAX = 11 };

/* Are items i and j, whose hashes are near, the same indeed? Several threads ask at once. */
typedef bool (*smp_near_agrees)(const void *ctx, size_t i, size_t j);

struct smp_near_in {
    const uint64_t *hash; /* (n) */
    size_t n;
    unsigned radius;        /* bits that may differ, 0..SMP_NEAR_RADIUS_MAX */
    unsigned n_threads;     /* 0 counts as 1 */
    const uint8_t *skip;    /* (n) 1: stays alone, as an empty picture does; or NULL */
    smp_near_agrees agrees; /* joins only what it says yes to; NULL: all */
    const void *ctx;        /* its */
};

/* group (n) <- 0.. in the order of first members; items alone have a group each. Same for any number of
 * threads. Equal hashes cost nothing; time grows with pairs that share a band: 1,000,000 unrelated
 * ones within 6 bits, see docs/quality.md. With `agrees`, an item whose hash equals an earlier one's and
 * which agrees with it stands behind it: pairs are looked for by the earlier one alone. */
enum smp_status smp_near_hashes(const struct smp_near_in *in, uint32_t *group,
                                size_t *n_groups) SMP_MUST_USE;

#endif

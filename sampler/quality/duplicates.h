/* duplicates - the same picture again: perceptual hashes and groups of near ones.
 *
 *     hash[i] = smp_picture_hash(grey, width, height);                 // each picture once
 *     SMP_TRY(smp_near_hashes(&(struct smp_near_in){hash, n, 6, 2, NULL}, group, &n_groups));
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

#include <stddef.h>
#include <stdint.h>

/* grey (height, width) rows top first, both > 0. */
uint64_t smp_picture_hash(const uint8_t *grey, size_t width, size_t height);
uint64_t smp_gradient_hash(const uint8_t *grey, size_t width, size_t height);

/* How many bits differ, 0..64. */
unsigned smp_hash_distance(uint64_t a, uint64_t b);

enum { SMP_NEAR_RADIUS_MAX = 11 };

struct smp_near_in {
    const uint64_t *hash; /* (n) */
    size_t n;
    unsigned radius;     /* bits that may differ, 0..SMP_NEAR_RADIUS_MAX */
    unsigned n_threads;  /* 0 counts as 1 */
    const uint8_t *skip; /* (n) 1: stays alone, as an empty picture does; or NULL */
};

/* group (n) <- 0.. in the order of first members; items alone have a group each. Same for any number of
 * threads. Equal hashes cost nothing; time grows with pairs that share a band: 1,000,000 unrelated
 * ones within 6 bits, see docs/quality.md. */
enum smp_status smp_near_hashes(const struct smp_near_in *in, uint32_t *group,
                                size_t *n_groups) SMP_MUST_USE;

#endif

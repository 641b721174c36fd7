/* neighbours - why this answer: the examples nearest to it, of those that taught the version.
 *
 *     TRY(neighbours_open(s, &m, &x));                             // a trained version (domain/model.h)
 *     TRY(neighbours_find(x, prediction.features.part[0], 5, found, &n));
 *     found[0].item_id  found[0].class  found[0].distance
 *     neighbours_drop(x);
 *
 * Holds the latents of the version's examples (the newest NEIGHBOURS_MAX of them, those that are encoded)
 * side by side: 4 bytes times the width of a latent for each. Distances are Euclidean ones between latents:
 * of use to compare with each other, and 0 for the same picture.
 *
 * Immutable and counted, to be kept beside a live predictor: neighbours_hold, neighbours_drop. Threads:
 * any, at once. */
#ifndef EXEMPLAR_DOMAIN_NEIGHBOURS_H
#define EXEMPLAR_DOMAIN_NEIGHBOURS_H

#include "domain/model.h"

enum { NEIGHBOURS_MAX = 20000, NEIGHBOURS_FOUND_MAX = 20 };

struct neighbour {
    int64_t item_id;
    const char *class; /* what it was taught as; as long as the neighbours */
    double distance;
};

struct neighbours;

/* From the version's data set and its encoder's latents. */
enum err neighbours_open(struct store *s, const struct model *m,
                         struct neighbours **out) MUST_USE;
struct neighbours *neighbours_hold(struct neighbours *x);
void neighbours_drop(struct neighbours *x); /* NULL is fine */

/* The nearest k <= NEIGHBOURS_FOUND_MAX to latent z (of the encoder's width), nearest first, into found (k);
 * *n: how many there are. */
enum err neighbours_find(const struct neighbours *x, const float *z, size_t k,
                         struct neighbour *found, size_t *n) MUST_USE;

#endif

/* split - parts of a data set that share no group and have the same class shares.
 *
 *     const double share[3] = {0.8, 0.1, 0.1};
 *     struct smp_split_in in = {.group = group, .class_id = class_id, .n = n, .n_classes = 10,
 *                               .share = share, .n_parts = 3, .seed = 1};
 *     SMP_TRY(smp_split(&in, part));                             // part (n): 0, 1 or 2
 *
 * A group (duplicates, a burst, a session, a source) goes to one part whole, so that no part has seen
 * another's items. Groups are placed from the largest to the smallest, each where it brings the parts'
 * counts of its classes nearest to their shares (the least squares, each class by its own size);
 * equal ones in an order drawn from the seed and the group's key. Then no choice depends on the order
 * of the items, and a group's key should be something lasting, as a content's hash. Groups too large
 * to fit make the shares as near as they can be; what came of it is for the caller to count.
 * With groups of one item each part's count of every class is off by less than 1 for each part.
 *
 * The same function makes folds for cross-validation: equal shares. */
#ifndef SAMPLER_QUALITY_SPLIT_H
#define SAMPLER_QUALITY_SPLIT_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SMP_SPLIT_PARTS_MAX = 64 };

struct smp_split_in {
    const uint64_t *group; /* (n) keys, any numbers */
    const uint32_t
        *class_id; /* (n) 0..n_classes-1, or n_classes: no class; or NULL: none has */
    size_t n, n_classes;
    const double *share; /* (n_parts) > 0; only their proportions matter */
    size_t n_parts;      /* 1..SMP_SPLIT_PARTS_MAX */
    uint64_t seed;
};

enum smp_status smp_split(const struct smp_split_in *in, uint32_t *part) SMP_MUST_USE;

#endif

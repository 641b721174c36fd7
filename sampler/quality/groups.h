/* groups - items that belong together, from pairs that do (union-find).
 *
 *     SMP_TRY(smp_groups_start(&g, n));
 *     smp_groups_join(&g, i, j);                      // any number of times
 *     n_groups = smp_groups_number(&g, group);        // group (n), 0.. in the order of first members
 *     smp_groups_free(&g);
 *
 * Joining is transitive: what two items are both alike to makes one group of all three. The numbers
 * depend on the pairs, not on their order. Source: Tarjan, J. ACM 22 (1975). */
#ifndef SAMPLER_QUALITY_GROUPS_H
#define SAMPLER_QUALITY_GROUPS_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

struct smp_groups {
    uint32_t *parent; /* (n) never a larger number than the item's own */
    size_t n;
};

enum smp_status smp_groups_start(struct smp_groups *g, size_t n) SMP_MUST_USE;
void smp_groups_join(struct smp_groups *g, size_t i, size_t j);

/* A member that stands for i's group, the same for all of it until the next join. Changes nothing, so
 * several threads may ask at once. */
size_t smp_groups_find(const struct smp_groups *g, size_t i);
size_t smp_groups_number(struct smp_groups *g, uint32_t *group);
void smp_groups_free(struct smp_groups *g);

#endif

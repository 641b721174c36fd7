#include "sampler/quality/groups.h"

#include <assert.h>
#include <stdlib.h>

enum smp_status smp_groups_start(struct smp_groups *g, size_t n)
{
    if (n > UINT32_MAX / 2)
        return smp_fail(SMP_INVALID, "%zu items to group; at most %u", n, UINT32_MAX / 2);
    g->n = n;
    g->parent = malloc((n + 1) * sizeof *g->parent);
    if (!g->parent) return smp_fail_nomem();
    for (size_t i = 0; i < n; i++)
        g->parent[i] = (uint32_t)i;
    return SMP_OK;
}

/* The first member of i's group; the path to it is halved on the way. */
static uint32_t root_of(struct smp_groups *g, uint32_t i)
{
    while (g->parent[i] != i) {
        g->parent[i] = g->parent[g->parent[i]];
        i = g->parent[i];
    }
    return i;
}

size_t smp_groups_find(const struct smp_groups *g, size_t i)
{
    while (g->parent[i] != i)
        i = g->parent[i];
    return i;
}

void smp_groups_join(struct smp_groups *g, size_t i, size_t j)
{
    assert(i < g->n && j < g->n);
    const uint32_t a = root_of(g, (uint32_t)i);
    const uint32_t b = root_of(g, (uint32_t)j);

    if (a < b)
        g->parent[b] = a;
    else
        g->parent[a] = b;
}

size_t smp_groups_number(struct smp_groups *g, uint32_t *group)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < g->n; i++) {
        const uint32_t root = root_of(g, i);
        group[i] = root == i ? n++ : group[root];
    }
    return n;
}

void smp_groups_free(struct smp_groups *g)
{
    free(g->parent);
    g->parent = NULL;
}

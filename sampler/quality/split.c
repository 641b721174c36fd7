#include "sampler/quality/split.h"

#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>

struct item {
    uint64_t group;
    uint32_t class_id, at;
};

struct group {
    uint64_t order, key; /* order: what the seed makes of the key */
    uint32_t first, n;   /* in items */
};

struct work {
    const struct smp_split_in *in;
    struct item *items;   /* (n) by group, then class */
    struct group *groups; /* (n_groups) */
    size_t n_groups;
    double *total;  /* (n_classes + 1) items of each class, and of none */
    double *placed; /* (n_parts, n_classes + 1) */
    double *filled; /* (n_parts) */
    double share[SMP_SPLIT_PARTS_MAX];
};

static int by_group(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;

    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    if (x->class_id != y->class_id) return x->class_id < y->class_id ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static int by_size(const void *a, const void *b)
{
    const struct group *x = a;
    const struct group *y = b;

    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    if (x->order != y->order) return x->order < y->order ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

static enum smp_status check(const struct smp_split_in *in)
{
    if (!in->n_parts || in->n_parts > SMP_SPLIT_PARTS_MAX)
        return smp_fail(SMP_INVALID, "%zu parts; 1 to %d are possible", in->n_parts,
                        SMP_SPLIT_PARTS_MAX);
    if (in->n > UINT32_MAX / 2)
        return smp_fail(SMP_INVALID, "%zu items to split; at most %u", in->n, UINT32_MAX / 2);
    for (size_t p = 0; p < in->n_parts; p++)
        if (!(in->share[p] > 0) || !isfinite(in->share[p]))
            return smp_fail(SMP_INVALID, "part %zu has a share of %g; more than 0 is wanted", p,
                            in->share[p]);
    for (size_t i = 0; in->class_id && i < in->n; i++)
        if (in->class_id[i] > in->n_classes)
            return smp_fail(SMP_INVALID, "item %zu is of class %u, of %zu classes", i,
                            in->class_id[i], in->n_classes);
    return SMP_OK;
}

static void collect(struct work *w)
{
    const struct smp_split_in *in = w->in;
    struct smp_rng rng;

    for (size_t i = 0; i < in->n; i++) {
        const uint32_t c = in->class_id ? in->class_id[i] : (uint32_t)in->n_classes;
        w->items[i] = (struct item){in->group[i], c, (uint32_t)i};
        w->total[c]++;
    }
    qsort(w->items, in->n, sizeof *w->items, by_group);
    for (size_t i = 0; i < in->n; i++) {
        if (!i || w->items[i].group != w->items[i - 1].group) {
            smp_rng_seed(&rng, in->seed, w->items[i].group);
            w->groups[w->n_groups++] =
                (struct group){smp_rng_u64(&rng), w->items[i].group, (uint32_t)i, 0};
        }
        w->groups[w->n_groups - 1].n++;
    }
    qsort(w->groups, w->n_groups, sizeof *w->groups, by_size);
}

/* How much worse the fit gets with `more` where `have` are and `wanted` should be, out of `all`:
 * ((have + more - wanted)^2 - (have - wanted)^2) / all. */
static double cost(double have, double more, double wanted, double all)
{
    return more * (2 * (have - wanted) + more) / all;
}

/* How many items from `from` on in the group are of one class. */
static uint32_t run_of(const struct work *w, const struct group *g, uint32_t from)
{
    uint32_t n = 1;

    while (from + n < g->n &&
           w->items[g->first + from + n].class_id == w->items[g->first + from].class_id)
        n++;
    return n;
}

static double cost_of(const struct work *w, const struct group *g, size_t part)
{
    const double *placed = w->placed + part * (w->in->n_classes + 1);
    const double share = w->share[part];
    /* The parts' sizes count as one more class. */
    double sum = cost(w->filled[part], g->n, share * (double)w->in->n, (double)w->in->n);

    for (uint32_t i = 0; i < g->n;) {
        const uint32_t c = w->items[g->first + i].class_id;
        const uint32_t n = run_of(w, g, i);
        sum += cost(placed[c], n, share * w->total[c], w->total[c]);
        i += n;
    }
    return sum;
}

static void place(struct work *w, const struct group *g, uint32_t *part)
{
    size_t best = 0;
    double least = HUGE_VAL;

    for (size_t p = 0; p < w->in->n_parts; p++) {
        const double c = cost_of(w, g, p);
        if (c < least) {
            least = c;
            best = p;
        }
    }
    for (uint32_t i = g->first; i < g->first + g->n; i++) {
        w->placed[best * (w->in->n_classes + 1) + w->items[i].class_id]++;
        part[w->items[i].at] = (uint32_t)best;
    }
    w->filled[best] += g->n;
}

enum smp_status smp_split(const struct smp_split_in *in, uint32_t *part)
{
    struct work w = {.in = in};
    double sum = 0;
    enum smp_status e = check(in);

    if (e) return e;
    w.items = malloc((in->n + 1) * sizeof *w.items);
    w.groups = malloc((in->n + 1) * sizeof *w.groups);
    w.total = calloc(in->n_classes + 1, sizeof *w.total);
    w.placed = calloc(in->n_parts * (in->n_classes + 1), sizeof *w.placed);
    w.filled = calloc(in->n_parts, sizeof *w.filled);
    if (!w.items || !w.groups || !w.total || !w.placed || !w.filled) {
        e = smp_fail_nomem();
        goto out;
    }
    for (size_t p = 0; p < in->n_parts; p++)
        sum += in->share[p];
    for (size_t p = 0; p < in->n_parts; p++)
        w.share[p] = in->share[p] / sum;
    collect(&w);
    for (size_t g = 0; g < w.n_groups; g++)
        place(&w, &w.groups[g], part);
out:
    free(w.items);
    free(w.groups);
    free(w.total);
    free(w.placed);
    free(w.filled);
    return e;
}

#include "sampler/check/shortcut_luck.h"

#include "sampler/rng.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STREAM_LUCK = 7100 };

struct rounds {
    const struct shortcut_luck *l;
    double *count;  /* (threads, ...) each its own */
    size_t *order;  /* (threads, n_units) */
    int32_t *dealt; /* (threads, n) */
    size_t count_size;
};

/* -- groups, which are dealt whole ------------------------------------------------------------ */

struct keyed {
    uint64_t key;
    uint32_t item;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a;
    const struct keyed *y = b;

    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static enum smp_status units_find(struct shortcut_luck *l)
{
    const size_t n = l->in->n;
    struct keyed *k = malloc(n * sizeof *k);

    l->unit = malloc(n * sizeof *l->unit);
    l->first = malloc(n * sizeof *l->first);
    if (!k || !l->unit || !l->first) {
        free(k);
        return smp_fail_nomem();
    }
    for (size_t i = 0; i < n; i++)
        k[i] = (struct keyed){l->in->group ? l->in->group[i] : i, (uint32_t)i};
    qsort(k, n, sizeof *k, by_key);
    for (size_t i = 0; i < n; i++) {
        if (!i || k[i].key != k[i - 1].key) l->first[l->n_units++] = k[i].item;
        l->unit[k[i].item] = (uint32_t)(l->n_units - 1);
    }
    free(k);
    return SMP_OK;
}

/* -- one round -------------------------------------------------------------------------------- */

static void sides_judge(const struct rounds *r, unsigned thread, const int32_t *y, double *j)
{
    const struct shortcut_luck *l = r->l;

    for (size_t i = 0; i < l->in->n_sides; i++) {
        const struct shortcut_table t = {.cell = l->cell + i * l->in->n,
                                         .fold = l->fold,
                                         .y = y,
                                         .n = l->in->n,
                                         .n_classes = l->n_classes,
                                         .n_cells = l->n_cells[i],
                                         .count = r->count + thread * r->count_size};
        shortcut_judge(&t, j + i * l->n_classes);
    }
}

static void round_work(void *context, size_t round, unsigned thread)
{
    struct rounds *r = context;
    const struct shortcut_luck *l = r->l;
    size_t *order = r->order + thread * l->n_units;
    int32_t *dealt = r->dealt + thread * l->in->n;
    struct smp_rng rng;

    smp_rng_seed(&rng, l->in->seed, STREAM_LUCK + round);
    for (size_t u = 0; u < l->n_units; u++)
        order[u] = u;
    smp_rng_shuffle(&rng, order, l->n_units);
    for (size_t i = 0; i < l->in->n; i++)
        dealt[i] = l->y[l->first[order[l->unit[i]]]];
    sides_judge(r, thread, dealt, l->by_luck + round * l->in->n_sides * l->n_classes);
}

enum { ROUNDS_AT_ONCE = 32 };

struct piece {
    struct rounds *r;
    size_t from;
};

static void piece_work(void *context, size_t k, unsigned thread)
{
    struct piece *p = context;

    round_work(p->r, p->from + k, thread);
}

static enum smp_status rounds_run(struct rounds *r)
{
    const struct shortcut_luck *l = r->l;

    for (size_t from = 0; from < l->n_rounds; from += ROUNDS_AT_ONCE) {
        const size_t left = l->n_rounds - from;
        struct piece p = {r, from};

        SMP_TRY(smp_report(l->in->progress, (double)from / (double)l->n_rounds,
                           "looking for shortcuts"));
        smp_parallel(l->in->n_threads, left < ROUNDS_AT_ONCE ? left : ROUNDS_AT_ONCE,
                     piece_work, &p);
    }
    return SMP_OK;
}

/* -- what is beyond luck ---------------------------------------------------------------------- */

/* 1 / the spread of a measure under luck; 0 where there is none. */
static double scale_of(const struct shortcut_luck *l, size_t at)
{
    const size_t size = l->in->n_sides * l->n_classes;
    double sum = 0;

    for (size_t r = 0; r < l->n_rounds; r++)
        sum += l->by_luck[r * size + at] * l->by_luck[r * size + at];
    return sum > 0 ? 1 / sqrt(sum / (double)l->n_rounds) : 0;
}

static void p_find(struct shortcut_luck *l, const double *j, double *scale, double *most)
{
    const size_t size = l->in->n_sides * l->n_classes;

    for (size_t k = 0; k < size; k++)
        scale[k] = k % l->n_classes < l->n_told ? scale_of(l, k) : 0;
    for (size_t r = 0; r < l->n_rounds; r++) {
        most[r] = 0;
        for (size_t k = 0; k < size; k++)
            most[r] = fmax(most[r], l->by_luck[r * size + k] * scale[k]);
    }
    for (size_t k = 0; k < size; k++) {
        size_t n = 1;

        for (size_t r = 0; r < l->n_rounds; r++)
            n += most[r] >= j[k] * scale[k] || !(scale[k] > 0);
        l->p[k] = (double)n / (double)(l->n_rounds + 1);
    }
}

static enum smp_status luck_run(struct shortcut_luck *l, struct rounds *r, double *j)
{
    const size_t size = l->in->n_sides * l->n_classes;
    double *scale = malloc((size + 1) * sizeof *scale);
    double *most = malloc((l->n_rounds + 1) * sizeof *most);
    enum smp_status e = scale && most ? rounds_run(r) : smp_fail_nomem();

    if (!e) {
        sides_judge(r, 0, l->y, j);
        p_find(l, j, scale, most);
    }
    free(scale);
    free(most);
    return e;
}

static enum smp_status cells_cut(struct shortcut_luck *l)
{
    double *sorted = malloc(l->in->n * sizeof *sorted);

    if (!sorted) return smp_fail_nomem();
    for (size_t i = 0; i < l->in->n_sides; i++)
        l->n_cells[i] =
            shortcut_cells(&l->in->side[i], l->in->n, l->cell + i * l->in->n, sorted);
    free(sorted);
    return SMP_OK;
}

enum smp_status shortcut_luck(struct shortcut_luck *l, double *j)
{
    const size_t threads = smp_threads(l->in->n_threads);
    const size_t size = l->in->n_sides * l->n_classes;
    struct rounds r = {.l = l};
    enum smp_status e;

    SMP_TRY(cells_cut(l));
    SMP_TRY(units_find(l));
    l->n_rounds = l->in->rounds ? l->in->rounds : SMP_SHORTCUT_ROUNDS;
    r.count_size = (size_t)(SHORTCUT_FOLDS + 1) * (CELLS_MAX + 1) * l->n_classes;
    r.count = malloc(threads * r.count_size * sizeof *r.count);
    r.order = malloc(threads * l->n_units * sizeof *r.order);
    r.dealt = malloc(threads * l->in->n * sizeof *r.dealt);
    l->by_luck = malloc((l->n_rounds * size + 1) * sizeof *l->by_luck);
    l->p = malloc((size + 1) * sizeof *l->p);
    e = r.count && r.order && r.dealt && l->by_luck && l->p ? luck_run(l, &r, j)
                                                            : smp_fail_nomem();
    free(r.count);
    free(r.order);
    free(r.dealt);
    return e;
}

void shortcut_luck_free(struct shortcut_luck *l)
{
    free(l->unit);
    free(l->first);
    free(l->by_luck);
    free(l->p);
}

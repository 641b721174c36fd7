#include "sampler/quality/kinds.h"

#include "sampler/bytes.h"

#include <stdlib.h>
#include <string.h>

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Few answers an item is the rule. */
static void sort_few(uint32_t *x, size_t n)
{
    if (n > 16) {
        qsort(x, n, sizeof *x, by_number);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        const uint32_t kept = x[i];
        size_t j = i;
        for (; j && x[j - 1] > kept; j--)
            x[j] = x[j - 1];
        x[j] = kept;
    }
}

/* One item's answers, ascending, in the sorted triples. */
struct bunch {
    const uint32_t *answer;
    uint32_t n;
    uint32_t weight;
};

static bool are_alike(const struct bunch *a, const struct bunch *b)
{
    return a->n == b->n && !memcmp(a->answer, b->answer, a->n * sizeof *a->answer);
}

/* Open addressing; `slot` (room) holds indices of bunches + 1. */
static void count_bunch(struct bunch *bunches, size_t *n, uint32_t *slot, size_t room,
                        struct bunch b)
{
    uint64_t h = smp_fnv(b.answer, b.n * sizeof *b.answer);

    for (size_t at = (size_t)(h ^ (h >> 32)) & (room - 1);; at = (at + 1) & (room - 1)) {
        if (!slot[at]) {
            bunches[(*n)++] = b;
            slot[at] = (uint32_t)*n;
            return;
        }
        if (are_alike(&bunches[slot[at] - 1], &b)) {
            bunches[slot[at] - 1].weight++;
            return;
        }
    }
}

static int by_answers(const void *a, const void *b)
{
    const struct bunch *x = a;
    const struct bunch *y = b;

    if (x->n != y->n) return x->n < y->n ? -1 : 1;
    for (uint32_t i = 0; i < x->n; i++)
        if (x->answer[i] != y->answer[i]) return x->answer[i] < y->answer[i] ? -1 : 1;
    return 0;
}

static enum smp_status copy_bunches(const struct bunch *bunches, struct smp_kinds *out)
{
    size_t total = 0;
    size_t drawn = 0;

    for (size_t i = 0; i < out->n; i++)
        total += bunches[i].n;
    out->start = malloc((out->n + 1) * sizeof *out->start);
    out->weight = malloc((out->n + 1) * sizeof *out->weight);
    out->answer = malloc((total + 1) * sizeof *out->answer);
    out->unit = malloc((out->n_items + 1) * sizeof *out->unit);
    if (!out->start || !out->weight || !out->answer || !out->unit) return smp_fail_nomem();
    out->start[0] = 0;
    for (size_t i = 0; i < out->n; i++) {
        const struct bunch *b = &bunches[i];
        memcpy(out->answer + out->start[i], b->answer, b->n * sizeof *b->answer);
        out->start[i + 1] = out->start[i] + b->n;
        out->weight[i] = b->weight;
        for (uint32_t w = 0; w < b->weight; w++)
            out->unit[drawn++] = (uint32_t)i;
    }
    return SMP_OK;
}

static enum smp_status collect(struct smp_sorted *s, size_t n_items, struct smp_kinds *out)
{
    size_t room = 4;
    struct bunch *bunches;
    uint32_t *slot;
    enum smp_status e;

    while (room < 2 * n_items)
        room *= 2;
    bunches = malloc((n_items + 1) * sizeof *bunches);
    slot = calloc(room, sizeof *slot);
    if (!bunches || !slot) {
        e = smp_fail_nomem();
        goto out;
    }
    for (size_t i = 0; i < n_items; i++) {
        const uint32_t n = s->start[i + 1] - s->start[i];
        if (n < 2) continue;
        sort_few(s->answer + s->start[i], n);
        count_bunch(bunches, &out->n, slot, room,
                    (struct bunch){s->answer + s->start[i], n, 1});
        out->n_items++;
        out->n_answers += n;
    }
    qsort(bunches, out->n, sizeof *bunches, by_answers);
    e = copy_bunches(bunches, out);
out:
    free(bunches);
    free(slot);
    return e;
}

enum smp_status smp_kinds_new(const struct smp_answers *in, struct smp_kinds *out)
{
    struct smp_sorted sorted;
    enum smp_status e;

    *out = (struct smp_kinds){0};
    SMP_TRY(smp_answers_sort(in, SMP_BY_ITEM, &sorted));
    e = smp_sorted_check_once(&sorted, in->n);
    if (!e) e = collect(&sorted, in->n_items, out);
    smp_sorted_free(&sorted);
    if (e) smp_kinds_free(out);
    return e;
}

void smp_kinds_free(struct smp_kinds *kinds)
{
    free(kinds->start);
    free(kinds->answer);
    free(kinds->weight);
    free(kinds->unit);
    *kinds = (struct smp_kinds){0};
}

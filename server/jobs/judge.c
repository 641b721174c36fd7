#include "jobs/judge.h"

#include "jobs/smp.h"
#include "store/queue.h"

#include <stdbool.h>
#include <string.h>

enum { SEED = 1 }; /* which halves are compared must not hang on chance of its own */

/* The evidence, in order of the labels. */
struct evidence {
    size_t *row;
    int32_t *y;
    uint8_t *y_nc, *drawn;
    bool *used; /* (labels.n) by place among the labels */
    size_t n;
};

static enum err evidence_new(struct arena *a, size_t n, size_t n_classes, struct evidence *e)
{
    e->row = arena_array(a, n + 1, sizeof *e->row);
    e->y = arena_array(a, n + 1, sizeof *e->y);
    e->y_nc = arena_array(a, n + 1, n_classes + 1);
    e->drawn = arena_array(a, n + 1, 1);
    e->used = arena_array(a, n + 1, sizeof *e->used);
    if (!e->row || !e->y || !e->y_nc || !e->drawn || !e->used) return fail_nomem();
    memset(e->used, 0, (n + 1) * sizeof *e->used);
    return OK;
}

/* Where a row stands among the labels, which ascend by row; their number when it is not there. */
static size_t place_of(const struct smp_labels *l, size_t row)
{
    size_t low = 0;
    size_t high = l->n;

    while (low < high) {
        const size_t mid = low + (high - low) / 2;

        if (l->row[mid] < row)
            low = mid + 1;
        else
            high = mid;
    }
    return low < l->n && l->row[low] == row ? low : l->n;
}

static void add(struct evidence *e, const struct smp_labels *l, size_t place, int drawn)
{
    if (e->used[place]) return; /* of several people's labels the first says how it came */
    e->used[place] = true;
    e->row[e->n] = l->row[place];
    e->drawn[e->n] = (uint8_t)drawn;
    if (l->y) e->y[e->n] = l->y[place];
    if (l->y_nc)
        memcpy(e->y_nc + e->n * l->n_classes, l->y_nc + place * l->n_classes, l->n_classes);
    e->n++;
}

static enum err gather(struct store *s, struct arena *a, int64_t project_id,
                       const struct smp_labels *labels, const struct latents *l,
                       struct evidence *e)
{
    struct pick_origin *origins;
    size_t n;
    size_t row;

    TRY(evidence_new(a, labels->n, labels->n_classes, e));
    TRY(store_pick_origins(s, a, project_id, &origins, &n));
    for (size_t i = 0; i < n; i++) {
        size_t place;

        if (!latents_row_of(l, origins[i].item_id, &row)) continue;
        place = place_of(labels, row);
        if (place < labels->n) add(e, labels, place, origins[i].drawn);
    }
    return OK;
}

enum err judge_picking(struct store *s, struct arena *a, int64_t project_id,
                       const struct teaching *t, const struct latents *l, int threads,
                       struct smp_honest *verdict)
{
    const struct smp_labels *labels = &t->question[0].labels;
    struct evidence e = {.n = 0};
    struct smp_honest_in in = {
        .features = &l->features, .seed = SEED, .n_threads = (unsigned)threads};

    TRY(gather(s, a, project_id, labels, l, &e));
    in.labels = (struct smp_labels){.row = e.row,
                                    .y = labels->y ? e.y : NULL,
                                    .y_nc = labels->y_nc ? e.y_nc : NULL,
                                    .n = e.n,
                                    .n_classes = labels->n_classes};
    in.drawn = e.drawn;
    return smp_err(smp_honest(&in, verdict));
}

#include "jobs/judge.h"

#include "base/clock.h"
#include "base/log.h"
#include "domain/smp.h"
#include "jobs/teach.h"
#include "sampler/honest.h"
#include "store/judgement.h"
#include "store/project.h"
#include "store/queue.h"
#include "store/writer.h"

#include <string.h>

enum {
    ARENA_MIB = 1024,
    DRAWN_MIN = 20, /* smp_honest needs as many */
    SEED = 1        /* which halves are compared must not hang on chance of its own */
};
static const double GROWTH = 1.25; /* as recipes are chosen again */

/* The evidence, in order of the labels. */
struct evidence {
    size_t *row;
    int32_t *y;
    uint8_t *y_nc, *drawn;
    bool *used; /* (labels.n) by place among the labels */
    size_t n, n_drawn;
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
    e->n_drawn += drawn != 0;
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

/* One project while it is judged. */
struct judging {
    struct store *store;
    struct writer *writer;
    struct arena arena;
    struct encoder_latents latents;
    struct round_inputs inputs;
    struct teaching teaching;
    struct evidence evidence;
    struct judgement judgement;
    const struct smp_progress *progress;
    int threads;
};

static enum err evidence_find(struct judging *x, int64_t project_id)
{
    TRY(encoder_active(x->store, &x->arena, project_id, &x->latents));
    if (!x->latents.latents.features.n) return OK; /* as without an encoder */
    TRY(queue_inputs(x->store, &x->arena, project_id, clock_now_ms(), &x->inputs));
    TRY(teach_map(&x->arena, &x->inputs, &x->latents.latents, &x->teaching));
    return gather(x->store, &x->arena, project_id, &x->teaching.question[0].labels,
                  &x->latents.latents, &x->evidence);
}

static enum err keep_task(struct store *s, void *context)
{
    struct judging *x = context;

    TRY(store_begin(s));
    return store_end(s, store_judgement_add(s, &x->judgement));
}

static enum err keep(struct judging *x, int64_t project_id, const struct smp_honest *h)
{
    x->judgement = (struct judgement){.project_id = project_id,
                                      .encoder_id = x->latents.encoder.id,
                                      .ledger_seq = x->inputs.ledger_seq,
                                      .n_drawn = (int64_t)h->n_drawn,
                                      .n_taught = (int64_t)h->n_taught,
                                      .picked = h->picked,
                                      .by_chance = h->by_chance,
                                      .error = h->error,
                                      .losing = h->losing,
                                      .created_at = clock_now_ms()};
    TRY(writer_do(x->writer, keep_task, x));
    if (h->losing)
        log_line(LOG_INFO,
                 "project %lld: after %zu labels each, picked ones teach less (%.0f %% right) "
                 "than ones drawn at random (%.0f %%); half of the next picks are drawn",
                 (long long)project_id, h->n_taught, 100 * h->picked, 100 * h->by_chance);
    return OK;
}

static enum err judge(struct judging *x, int64_t project_id)
{
    const struct smp_labels *from = &x->teaching.question[0].labels;
    const struct evidence *e = &x->evidence;
    const struct smp_honest_in in = {
        .features = &x->latents.latents.features,
        .labels = {.row = e->row,
                   .y = from->y ? e->y : NULL,
                   .y_nc = from->y_nc ? e->y_nc : NULL,
                   .n = e->n,
                   .n_classes = from->n_classes},
        .drawn = e->drawn,
        .seed = SEED,
        .n_threads = (unsigned)x->threads,
        .progress = x->progress
    };
    struct smp_honest h;

    TRY(smp_err(smp_honest(&in, &h)));
    return keep(x, project_id, &h);
}

static enum err judge_if_due(struct judging *x, int64_t project_id, bool *judged)
{
    struct judgement last;
    bool due;

    TRY(evidence_find(x, project_id));
    TRY(store_judgement_last(x->store, project_id, x->latents.encoder.id, &last));
    due = x->evidence.n_drawn >= DRAWN_MIN &&
          (double)x->evidence.n_drawn >= GROWTH * (double)last.n_drawn;
    if (!due) return OK;
    TRY(judge(x, project_id));
    *judged = true;
    return OK;
}

enum err judge_project(struct store *s, struct writer *w, int64_t project_id, int threads,
                       const struct smp_progress *progress, bool *judged)
{
    struct judging x = {.store = s, .writer = w, .progress = progress, .threads = threads};
    enum err e;

    *judged = false;
    arena_init(&x.arena, ARENA_MIB * MIB);
    e = judge_if_due(&x, project_id, judged);
    encoder_close(&x.latents);
    arena_free(&x.arena);
    return e;
}

enum err judge_explore(struct store *s, int64_t project_id, int64_t encoder_id, double asked,
                       double *explore)
{
    struct judgement last;
    struct smp_honest h = {.losing = false};

    TRY(store_judgement_last(s, project_id, encoder_id, &last));
    h.losing = last.losing != 0;
    *explore = smp_honest_explore(asked, &h);
    return OK;
}

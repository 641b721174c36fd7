#include "jobs/duplicates.h"

#include "base/clock.h"
#include "domain/group.h"
#include "domain/smp.h"
#include "jobs/canonical.h"
#include "jobs/run.h"
#include "store/item.h"
#include "store/project.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    AT_ONCE = 512,       /* prints of a transaction */
    ROWS_AT_ONCE = 2000, /* of a grouping, written or taken away: a few milliseconds */
    SIDE = 64,           /* px; a print looks at 32 */
};

static const struct smp_image_spec SPEC = {.width = SIDE, .height = SIDE, .channels = 1};

struct search {
    struct job_run *run;
    struct project project;
    int64_t n_items;
    struct arena arena; /* of one batch, then of the comparison */

    const struct item *batch;
    struct smp_print *prints; /* of the batch */
    size_t n_batch;

    int64_t *item;           /* (n) with a print, by id */
    struct smp_print *print; /* (n) theirs */
    size_t n, room;
    uint32_t *group;     /* (n) */
    struct grouped *row; /* (n_rows) those not alone */
    size_t n_rows;
    struct grouping grouping;
    size_t at; /* rows written */
    int64_t n_cleared;
};

/* -- prints ------------------------------------------------------------------------------------- */

static enum err pictures_print(struct search *x)
{
    const size_t bytes = smp_image_bytes(&SPEC);
    struct canonical_task *tasks = arena_array(&x->arena, x->n_batch, sizeof *tasks);
    uint8_t *pixels = arena_array(&x->arena, x->n_batch, bytes);

    NEED(tasks);
    NEED(pixels);
    for (size_t i = 0; i < x->n_batch; i++)
        tasks[i] = (struct canonical_task){.item_id = x->batch[i].id, .hash = x->batch[i].hash};
    TRY(canonical_read(pixels, &SPEC, tasks, x->n_batch, x->run->folder, x->run->threads));
    for (size_t i = 0; i < x->n_batch; i++)
        smp_picture_print(pixels + i * bytes, SIDE, SIDE, &x->prints[i]);
    return OK;
}

static enum err texts_print(struct search *x)
{
    for (size_t i = 0; i < x->n_batch; i++) {
        const char *text;
        size_t n;

        TRY(store_item_text(x->run->store, &x->arena, x->batch[i].id, &text, &n));
        smp_text_print(text, n, &x->prints[i]);
    }
    return OK;
}

static enum err prints_task(struct store *s, void *context)
{
    struct search *x = context;

    TRY(store_begin(s));
    for (size_t i = 0; i < x->n_batch; i++) {
        enum err e = store_print_add(s, x->project.id, x->batch[i].id, &x->prints[i]);

        if (e) return store_end(s, e);
    }
    return store_end(s, OK);
}

/* The next items behind `after`, which moves on. */
static enum err batch_print(struct search *x, int64_t *after)
{
    struct item *items;

    TRY(store_item_list(x->run->store, &x->arena, x->project.id, *after, AT_ONCE, &items,
                        &x->n_batch));
    if (!x->n_batch) return OK;
    x->batch = items;
    x->prints = arena_array(&x->arena, x->n_batch, sizeof *x->prints);
    NEED(x->prints);
    TRY(x->project.kind == PROJECT_IMAGE ? pictures_print(x) : texts_print(x));
    TRY(writer_do(x->run->writer, prints_task, x));
    *after = items[x->n_batch - 1].id;
    return OK;
}

static enum err all_print(struct search *x)
{
    int64_t after;
    int64_t done = 0;
    enum err e;

    TRY(store_print_last(x->run->store, x->project.id, &after));
    do {
        e = run_progress(x->run, done, x->n_items, "items looked at");
        if (!e) e = batch_print(x, &after);
        done += (int64_t)x->n_batch;
        arena_free(&x->arena);
    } while (!e && x->n_batch);
    return e;
}

/* -- groups ------------------------------------------------------------------------------------- */

static enum err print_keep(void *context, int64_t item_id, const struct smp_print *print)
{
    struct search *x = context;

    if (x->n == x->room) return OK; /* came in meanwhile: for the next search */
    x->item[x->n] = item_id;
    x->print[x->n++] = *print;
    return OK;
}

static enum err prints_read(struct search *x)
{
    x->room = (size_t)x->n_items;
    x->item = arena_array(&x->arena, x->room + 1, sizeof *x->item);
    x->print = arena_array(&x->arena, x->room + 1, sizeof *x->print);
    x->group = arena_array(&x->arena, x->room + 1, sizeof *x->group);
    NEED(x->item);
    NEED(x->print);
    NEED(x->group);
    return store_print_visit(x->run->store, x->project.id, print_keep, x);
}

/* Groups are numbered in the order of their first members, and items ascend: so the first that is
 * seen of a group names it. */
static enum err rows_make(struct search *x, size_t n_groups)
{
    size_t *size = arena_array(&x->arena, n_groups + 1, sizeof *size);
    int64_t *name = arena_array(&x->arena, n_groups + 1, sizeof *name);

    NEED(size);
    NEED(name);
    for (size_t i = 0; i < n_groups; i++)
        size[i] = 0;
    for (size_t i = 0; i < x->n; i++)
        if (!size[x->group[i]]++) name[x->group[i]] = x->item[i];
    for (size_t g = 0; g < n_groups; g++) {
        x->grouping.n_groups += size[g] > 1;
        x->grouping.n_grouped += size[g] > 1 ? (int64_t)size[g] : 0;
    }
    x->row = arena_array(&x->arena, (size_t)x->grouping.n_grouped + 1, sizeof *x->row);
    NEED(x->row);
    for (size_t i = 0; i < x->n; i++)
        if (size[x->group[i]] > 1)
            x->row[x->n_rows++] = (struct grouped){x->item[i], name[x->group[i]]};
    return OK;
}

static enum err compare(struct search *x)
{
    const struct smp_prints_in in = {
        .print = x->print,
        .n = x->n,
        .alike = x->project.kind == PROJECT_IMAGE ? SMP_ALIKE_PICTURES : SMP_ALIKE_TEXTS,
        .n_threads = (unsigned)x->run->threads};
    size_t n_groups;

    TRY(run_progress(x->run, (int64_t)x->n, x->n_items, "items compared"));
    TRY(smp_err(smp_near_prints(&in, x->group, &n_groups)));
    x->grouping = (struct grouping){.project_id = x->project.id,
                                    .last_item = x->item[x->n - 1],
                                    .n_items = (int64_t)x->n,
                                    .created_at = clock_now_ms()};
    return rows_make(x, n_groups);
}

static enum err grouping_task(struct store *s, void *context)
{
    struct search *x = context;

    TRY(store_begin(s));
    return store_end(s, store_grouping_add(s, &x->grouping));
}

static enum err rows_task(struct store *s, void *context)
{
    struct search *x = context;
    const size_t end = x->at + ROWS_AT_ONCE < x->n_rows ? x->at + ROWS_AT_ONCE : x->n_rows;
    enum err e = OK;

    TRY(store_begin(s));
    for (size_t i = x->at; !e && i < end; i++)
        e = store_group_add(s, x->grouping.id, &x->row[i]);
    if (!e) x->at = end;
    return store_end(s, e);
}

static enum err whole_task(struct store *s, void *context)
{
    struct search *x = context;

    TRY(store_begin(s));
    return store_end(s, store_grouping_whole(s, x->grouping.id));
}

static enum err clear_task(struct store *s, void *context)
{
    struct search *x = context;

    TRY(store_begin(s));
    return store_end(
        s, store_grouping_clear(s, x->project.id, x->grouping.id, ROWS_AT_ONCE, &x->n_cleared));
}

static enum err groups_write(struct search *x)
{
    TRY(writer_do(x->run->writer, grouping_task, x));
    while (x->at < x->n_rows) {
        TRY(run_progress(x->run, (int64_t)x->at, (int64_t)x->n_rows, "duplicates stored"));
        TRY(writer_do(x->run->writer, rows_task, x));
    }
    TRY(writer_do(x->run->writer, whole_task, x));
    do
        TRY(writer_do(x->run->writer, clear_task, x));
    while (x->n_cleared);
    return OK;
}

/* -- the job ------------------------------------------------------------------------------------ */

static void say(struct search *x)
{
    const struct grouping *g = &x->grouping;

    if (g->n_groups)
        snprintf(x->run->message, sizeof x->run->message,
                 "%lld of %lld items are near duplicates of others, in %lld %s",
                 (long long)g->n_grouped, (long long)g->n_items, (long long)g->n_groups,
                 g->n_groups == 1 ? "group" : "groups");
    else
        snprintf(x->run->message, sizeof x->run->message,
                 "none of %lld items is a near duplicate of another", (long long)g->n_items);
}

static enum err search_all(struct search *x)
{
    struct grouping last;
    int64_t last_item;

    TRY(all_print(x));
    TRY(store_print_last(x->run->store, x->project.id, &last_item));
    TRY(store_grouping_find(x->run->store, x->project.id, &last));
    x->grouping = last;
    if (last.id && last.last_item == last_item) return OK; /* nothing came since */
    TRY(prints_read(x));
    TRY(compare(x));
    return groups_write(x);
}

enum err duplicates_run(struct job_run *run)
{
    struct search x = {.run = run};
    struct project_counts counts;
    enum err e;

    TRY(store_project_get(run->store, &run->arena, run->claim.job.project_id, &x.project));
    TRY(store_project_counts(run->store, x.project.id, &counts));
    x.n_items = counts.items;
    if (!x.n_items) {
        snprintf(run->message, sizeof run->message, "the project has no items to compare yet");
        return OK;
    }
    arena_init(&x.arena, 1 * GIB);
    e = search_all(&x);
    if (!e) say(&x);
    arena_free(&x.arena);
    return e;
}

enum err duplicates_queue(struct store *s, struct arena *a, int64_t project_id, int64_t user_id)
{
    struct job j = {.project_id = project_id,
                    .kind = "duplicates",
                    .params = "{}",
                    .total = -1,
                    .user_id = user_id};

    return job_add(s, a, &j, JOB_MERGE, clock_now_ms());
}

#include "jobs/bulk.h"

#include "base/clock.h"
#include "base/json.h"
#include "domain/bulk.h"
#include "jobs/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { STEP = 100 };

struct work {
    struct job_run *run;
    struct bulk bulk;
    int64_t after;
    int done;
};

static enum err step(struct store *s, struct work *x)
{
    struct arena a;
    enum err e;

    arena_init(&a, 64 * MIB); /* of this step alone */
    e = bulk_step(s, &a, &x->bulk, STEP, clock_now_ms(), &x->after, &x->done);
    arena_free(&a);
    return e;
}

static enum err step_task(struct store *s, void *context)
{
    return step(s, context);
}

static enum err read_cursor(struct work *x)
{
    const char *cursor = x->run->claim.job.cursor;
    json_t *o;

    if (!cursor) return OK;
    TRY(json_read(&o, cursor, strlen(cursor)));
    x->after = json_integer_value(json_object_get(o, "after"));
    json_decref(o);
    return OK;
}

static enum err report(struct work *x, int64_t total)
{
    struct job *j = &x->run->claim.job;
    struct bulk now;

    j->cursor = arena_printf(&x->run->arena, "{\"after\":%" PRId64 "}", x->after);
    NEED(j->cursor);
    TRY(store_bulk_get(x->run->store, &x->run->arena, x->bulk.id, &now));
    x->bulk.items = now.items;
    return run_progress(x->run, now.items < total ? now.items : total, total, "items changed");
}

enum err bulk_run(struct job_run *run)
{
    struct work x = {.run = run};
    int64_t total;

    TRY(bulk_of_job(run->store, &run->arena, &run->claim.job, &x.bulk));
    TRY(read_cursor(&x));
    TRY(bulk_total(run->store, &run->arena, &x.bulk, &total));
    while (!x.done) {
        TRY(writer_do(run->writer, step_task, &x));
        TRY(report(&x, total));
    }
    snprintf(run->message, sizeof run->message, "%" PRId64 " items changed", x.bulk.items);
    return OK;
}

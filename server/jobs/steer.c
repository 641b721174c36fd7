#include "jobs/steer.h"

#include "base/json.h"
#include "domain/steer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { STEP = 2000 };

struct work {
    struct job_run *run;
    struct steering what;
    int64_t after, last; /* ids: looked at so far, and of all */
    int64_t n;           /* items found, or taken away */
    int is_ended;        /* the assignment is to be emptied */
    int is_empty;
};

static enum err begin_task(struct store *s, void *context)
{
    struct work *x = context;
    struct assignment a;

    TRY(store_item_last_id(s, &x->last));
    if (!x->what.assignment_id) return OK;
    TRY(store_assignment_get(s, &x->run->arena, x->what.assignment_id, &a));
    x->is_ended = a.ended_at != 0;
    return OK;
}

static enum err step_task(struct store *s, void *context)
{
    struct work *x = context;
    const int64_t project = x->run->claim.job.project_id;
    const int64_t to = x->after + STEP;
    int64_t n = 0;

    if (x->is_ended)
        TRY(store_assignment_clear(s, x->what.assignment_id, STEP, &n));
    else if (x->what.assignment_id)
        TRY(store_assignment_fill(s, x->what.assignment_id, x->after, to));
    else
        TRY(store_items_prioritise(s, project, &x->what.what, x->what.priority, x->after, to,
                                   &n));
    x->is_empty = x->is_ended && !n;
    x->n += n;
    x->after = to;
    return OK;
}

static enum err end_task(struct store *s, void *context)
{
    struct work *x = context;
    struct assignment a;

    if (!x->what.assignment_id || x->is_ended) return OK;
    TRY(store_assignment_filled(s, x->what.assignment_id));
    TRY(store_assignment_get(s, &x->run->arena, x->what.assignment_id, &a));
    x->n = a.n_items;
    return OK;
}

static enum err keep_cursor(struct work *x)
{
    struct job *j = &x->run->claim.job;

    j->cursor = arena_printf(&x->run->arena, "{\"after\":%" PRId64 ",\"n\":%" PRId64 "}",
                             x->after, x->n);
    NEED(j->cursor);
    return run_progress(x->run, x->after < x->last ? x->after : x->last, x->last,
                        "items looked at");
}

static enum err read_cursor(struct work *x)
{
    const char *cursor = x->run->claim.job.cursor;
    json_t *o;

    if (!cursor) return OK;
    TRY(json_read(&o, cursor, strlen(cursor)));
    x->after = json_integer_value(json_object_get(o, "after"));
    x->n = json_integer_value(json_object_get(o, "n"));
    json_decref(o);
    return OK;
}

static void say(const struct work *x)
{
    char *message = x->run->message;

    if (x->is_ended)
        snprintf(message, RUN_MESSAGE, "the assignment is ended");
    else if (x->what.assignment_id)
        snprintf(message, RUN_MESSAGE, "%" PRId64 " items assigned", x->n);
    else
        snprintf(message, RUN_MESSAGE, "%" PRId64 " items now have priority %" PRId64, x->n,
                 x->what.priority);
}

enum err steer_run(struct job_run *run)
{
    struct work x = {.run = run};

    TRY(steering_read(&run->arena, run->claim.job.params, &x.what));
    TRY(read_cursor(&x));
    TRY(writer_do(run->writer, begin_task, &x));
    while (x.is_ended ? !x.is_empty : x.after < x.last) {
        TRY(writer_do(run->writer, step_task, &x));
        TRY(keep_cursor(&x));
    }
    TRY(writer_do(run->writer, end_task, &x));
    say(&x);
    return OK;
}

#include "jobs/run.h"

#include "base/clock.h"
#include "base/log.h"
#include "jobs/advise.h"
#include "jobs/bulk.h"
#include "jobs/duplicates.h"
#include "jobs/encode.h"
#include "jobs/evaluate.h"
#include "jobs/freeze.h"
#include "jobs/gate.h"
#include "jobs/import.h"
#include "jobs/quality.h"
#include "jobs/sample.h"
#include "jobs/second_look.h"
#include "jobs/steer.h"
#include "jobs/take.h"
#include "jobs/train_model.h"
#include "jobs/watch.h"

#include <stdio.h>
#include <string.h>

enum { REPORT_EACH_MS = 250 };

struct kind {
    const char *name;
    enum run_lane lane;
    enum err (*run)(struct job_run *run);
    void (*forget)(struct job_run *run); /* what lay on the disk for this job alone; or NULL */
};

static const struct kind KINDS[] = {
    {"import",      RUN_INTAKE, import_run,      import_forget_upload},
    {"bulk",        RUN_INTAKE, bulk_run,        NULL                },
    {"sample",      RUN_INTAKE, sample_run,      sample_forget       },
    {"steer",       RUN_INTAKE, steer_run,       NULL                },
    {"encode",      RUN_LEARN,  encode_run,      NULL                },
    {"train",       RUN_LEARN,  train_model_run, train_model_forget  },
    {"take",        RUN_LEARN,  take_run,        NULL                },
    {"freeze",      RUN_INTAKE, freeze_run,      freeze_forget       },
    {"duplicates",  RUN_LEARN,  duplicates_run,  NULL                },
    {"second-look", RUN_LEARN,  second_look_run, NULL                },
    {"watch",       RUN_LEARN,  watch_run,       NULL                },
    {"quality",     RUN_LEARN,  quality_run,     NULL                },
    {"gate",        RUN_LEARN,  gate_run,        NULL                },
    {"evaluate",    RUN_LEARN,  evaluate_run,    NULL                },
    {"advise",      RUN_LEARN,  advise_run,      NULL                },
};
enum { N_KINDS = sizeof KINDS / sizeof *KINDS };

static enum err claim_next_task(struct store *s, void *context)
{
    struct job_run *run = context;
    const char *names[N_KINDS];
    size_t n = 0;

    for (size_t i = 0; i < N_KINDS; i++)
        if (KINDS[i].lane == run->lane) names[n++] = KINDS[i].name;
    return job_claim(s, &run->arena, names, n, clock_now_ms(), &run->claim);
}

static void claim_begin(struct job_run *run)
{
    arena_init(&run->arena, 256 * MIB);
    run->claim = (struct job_claimed){.lock = -1};
    run->message[0] = '\0';
    run->reported_ticks = 0;
}

static enum err claim_ended(struct job_run *run, enum err e)
{
    if (e || !run->claim.job.id) arena_free(&run->arena);
    return e;
}

enum err run_claim_next(struct job_run *run)
{
    claim_begin(run);
    return claim_ended(run, writer_do(run->writer, claim_next_task, run));
}

struct claim_new {
    struct job_run *run;
    struct job *job;
    enum job_adding adding;
};

static enum err claim_new_task(struct store *s, void *context)
{
    struct claim_new *c = context;
    int64_t now = clock_now_ms();

    if (!c->job->id) TRY(job_add(s, &c->run->arena, c->job, c->adding, now));
    return job_claim_one(s, &c->run->arena, c->job->id, now, &c->run->claim);
}

enum err run_claim_new(struct job_run *run, struct job *j, enum job_adding adding)
{
    struct claim_new c = {.run = run, .job = j, .adding = adding};

    claim_begin(run);
    return claim_ended(run, writer_do(run->writer, claim_new_task, &c));
}

enum err run_claim_job(struct job_run *run, int64_t job_id)
{
    struct job j = {.id = job_id};

    return run_claim_new(run, &j, JOB_NEW);
}

void run_close(struct job_run *run)
{
    if (!run->claim.job.id) return;
    job_unclaim(&run->claim);
    arena_free(&run->arena);
    run->claim = (struct job_claimed){.lock = -1};
}

bool run_should_stop(const struct job_run *run)
{
    return run->stop && atomic_load(run->stop);
}

struct report {
    const struct job *job;
    bool cancelled;
};

/* "Cancelled" is an answer here, not a failure that undoes the task. */
static enum err report_task(struct store *s, void *context)
{
    struct report *r = context;
    enum err e = job_progress(s, r->job);

    r->cancelled = e == ERR_CANCELLED;
    return r->cancelled ? OK : e;
}

enum err run_progress(struct job_run *run, int64_t done, int64_t total, const char *what)
{
    struct job *j = &run->claim.job;
    struct report r = {.job = j};
    int64_t now = clock_ticks_ms();

    j->done = done;
    j->total = total;
    snprintf(run->what, sizeof run->what, "%s", what);
    j->what = run->what;
    if (run->watch) run->watch(run->watch_context, j);
    if (run_should_stop(run))
        return fail(ERR_CANCELLED, "stopped; it goes on when started again");
    if (now - run->reported_ticks < REPORT_EACH_MS) return OK;
    run->reported_ticks = now;
    TRY(writer_do(run->writer, report_task, &r));
    return r.cancelled ? fail(ERR_CANCELLED, "cancelled") : OK;
}

struct last_move {
    struct job_run *run;
    enum job_state to;
    const char *message;
};

static enum err last_move_task(struct store *s, void *context)
{
    struct last_move *m = context;

    return job_move(s, &m->run->claim.job, m->to, m->message, clock_now_ms());
}

static const struct kind *kind_of_job(const struct job *j)
{
    const struct kind *k = KINDS;

    while (strcmp(k->name, j->kind) != 0)
        k++; /* only kinds of this table are claimed */
    return k;
}

enum err run_work(struct job_run *run)
{
    const struct kind *kind = kind_of_job(&run->claim.job);
    enum err e = kind->run(run);
    struct last_move m = {.run = run, .to = JOB_DONE};
    enum err moved;

    if (e) snprintf(run->message, sizeof run->message, "%s", err_message());
    if (e == ERR_CANCELLED)
        m.to = run_should_stop(run) ? JOB_QUEUED : JOB_CANCELLED;
    else if (e)
        m.to = JOB_FAILED;
    if (run->message[0]) m.message = run->message;
    moved = writer_do(run->writer, last_move_task, &m);
    if (!moved && m.to != JOB_QUEUED && kind->forget) kind->forget(run);
    if (run->watch) run->watch(run->watch_context, &run->claim.job);
    if (moved) return moved;
    return e ? fail(e, "%s", run->message) : OK;
}

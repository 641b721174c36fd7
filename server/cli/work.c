#include "cli/work.h"

#include "base/clock.h"
#include "base/pool.h"
#include "domain/audit.h"
#include "domain/project.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAR = 30 };
static const long WATCH_EACH_NS = 300 * 1000000L;

static const struct actor COMMAND_LINE = {.via = VIA_COMMAND};

static enum err attach(struct store *s, void *unused)
{
    TRY(ledger_attach(s, unused));
    return audit_as(s, &COMMAND_LINE);
}

enum err work_open(struct work *w, struct cli *c)
{
    enum err e;

    *w = (struct work){0};
    e = writer_start(&w->writer, c->data, attach, NULL);
    if (!e) e = store_open(&w->store, c->data, STORE_WRITE);
    if (!e) e = audit_as(w->store, &COMMAND_LINE);
    if (e) work_close(w);
    return e;
}

void work_close(struct work *w)
{
    store_close(w->store);
    writer_stop(w->writer);
    *w = (struct work){0};
}

enum err work_tell(const char *data_folder, const struct audit_event *event)
{
    struct store *s;
    enum err e;

    TRY(store_open(&s, data_folder, STORE_WRITE));
    e = audit_as(s, &COMMAND_LINE);
    if (!e) e = audit_append(s, event);
    store_close(s);
    return e;
}

enum err work_project(struct cli *c, struct store *s, struct project *p)
{
    const char *name = cli_value(c, "--project");

    if (!name) return cli_usage(c, "--project is missing");
    return project_find(s, &c->arena, name, p);
}

static atomic_bool interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    atomic_store(&interrupted, true);
}

static void interrupts_catch(void)
{
    const struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* "[########              ]  310 of 1,122 pictures encoded", over the line before. */
static void bar_draw(void *context, const struct job *j)
{
    int filled = j->total > 0 ? (int)(BAR * j->done / j->total) : 0;
    char total[40] = "";

    (void)context;
    if (j->total > 0) snprintf(total, sizeof total, " of %lld", (long long)j->total);
    fprintf(stderr, "\r\033[K[%.*s%*s] %lld%s %s", filled, "##############################",
            BAR - filled, "", (long long)j->done, total, j->what ? j->what : "");
    if (j->state != JOB_RUNNING) fprintf(stderr, "\r\033[K");
    fflush(stderr);
}

static void (*watcher(void))(void *, const struct job *)
{
    return isatty(STDERR_FILENO) ? bar_draw : NULL;
}

static enum err requeue_task(struct store *s, void *context)
{
    struct cli *c = context;
    int64_t n;

    return job_requeue_dead(s, &c->arena, clock_now_ms(), &n);
}

/* *found: the same work is being done by another process; *j is that job. */
static enum err running_find(struct work *w, struct cli *c, struct job *j, bool *found)
{
    struct job *running;
    size_t n;

    *found = false;
    TRY(store_job_in_state(w->store, &c->arena, JOB_RUNNING, &running, &n));
    for (size_t i = 0; i < n && !*found; i++) {
        *found = running[i].project_id == j->project_id && !strcmp(running[i].kind, j->kind) &&
                 !strcmp(running[i].params, j->params);
        if (*found) *j = running[i];
    }
    return OK;
}

static enum err job_follow(struct work *w, struct cli *c, struct job *j)
{
    const struct timespec pause = {.tv_nsec = WATCH_EACH_NS};
    int64_t id = j->id;

    fprintf(stderr, "job %lld is being done by another process; following it\n", (long long)id);
    do {
        struct arena a;

        if (atomic_load(&interrupted))
            return fail(ERR_CANCELLED, "no longer following the job");
        nanosleep(&pause, NULL);
        arena_init(&a, 16 * MIB);
        TRY(store_job_get(w->store, &a, id, j)); /* on failure the process ends */
        if (watcher()) bar_draw(NULL, j);
        arena_free(&a);
    } while (j->state == JOB_RUNNING || j->state == JOB_QUEUED);
    TRY(store_job_get(w->store, &c->arena, id, j));
    return j->state == JOB_DONE ? OK
                                : fail(ERR_CONFLICT, "%s", j->message ? j->message : "stopped");
}

static enum err job_do(struct job_run *run, struct cli *c, struct job *j)
{
    enum err e = run_work(run);
    struct job ended;
    enum err got = store_job_get(run->store, &c->arena, run->claim.job.id, &ended);
    bool stopped = run_should_stop(run);

    run_close(run);
    if (e == ERR_CANCELLED && stopped)
        return fail(e, "stopped; give the same command again to go on");
    if (!e) e = got;
    if (!e) *j = ended;
    return e;
}

enum err work_job(struct work *w, struct cli *c, struct job *j, enum job_adding adding)
{
    struct job_run run = {.store = w->store,
                          .writer = w->writer,
                          .folder = c->data,
                          .stop = &interrupted,
                          .watch = watcher()};
    int64_t threads;
    bool elsewhere;

    TRY(cli_number(c, "--threads", pool_processors(), 1, 1024, &threads));
    run.threads = (int)threads;
    interrupts_catch();
    TRY(writer_do(w->writer, requeue_task, c));
    TRY(running_find(w, c, j, &elsewhere));
    if (elsewhere) return job_follow(w, c, j);
    TRY(run_claim_new(&run, j, adding));
    if (!run.claim.job.id) return job_follow(w, c, j);
    return job_do(&run, c, j);
}

#include "jobs/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "domain/look.h"
#include "domain/queue.h"
#include "jobs/draft.h"
#include "jobs/judge.h"
#include "jobs/rank.h"
#include "jobs/retrain.h"
#include "jobs/run.h"
#include "jobs/second_look.h"
#include "jobs/weigh.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    NICE = 10,
    LOOK_EACH_MS = 2000, /* for jobs that a command of another process has added */
    RETRAIN_EACH_MS = 10000,
    TOUCHED_MAX = 1024 /* projects waiting for a look; beyond it, the next label asks again */
};

/* Projects that a thread is to look at, each once; under the lock. */
struct touched {
    pthread_cond_t wake;
    int64_t project[TOUCHED_MAX];
    size_t n;
};

/* One thread that runs jobs of its lane. */
struct working {
    struct jobs *jobs;
    enum run_lane lane;
    pthread_t thread;
    struct store *store;
    bool woken;            /* under the lock */
    int64_t wait_ms;       /* until something may be due: LOOK_EACH_MS, or less */
    int64_t retrain_at_ms; /* when to ask next */
};

struct jobs {
    const char *folder;
    struct writer *writer;
    int threads;
    struct working work[RUN_LANES];
    pthread_t rank, weigh;
    pthread_mutex_t lock;
    pthread_cond_t work_wake;
    atomic_bool stop;
    struct touched to_rank, to_weigh;
    struct store *rank_store, *weigh_store;
    struct drafts *drafts;
};

static void wait_until_woken(struct working *w)
{
    struct jobs *j = w->jobs;
    struct timespec until = clock_after_ms(w->wait_ms);

    pthread_mutex_lock(&j->lock);
    if (!w->woken && !atomic_load(&j->stop))
        pthread_cond_timedwait(&j->work_wake, &j->lock, &until);
    w->woken = false;
    pthread_mutex_unlock(&j->lock);
}

/* Serving must stay quick beside. A thread has a nice value of its own on Linux, and the threads
 * it starts have it too. */
static void be_nice(void)
{
    if (setpriority(PRIO_PROCESS, (id_t)gettid(), NICE))
        log_line(LOG_WARN, "jobs run at normal priority: %m");
}

static enum err requeue_task(struct store *s, void *context)
{
    struct arena *a = context;
    int64_t n;
    enum err e = job_requeue_dead(s, a, clock_now_ms(), &n);

    if (!e && n) log_line(LOG_INFO, "%lld jobs of a process that died go on", (long long)n);
    return e;
}

static void requeue_dead(struct jobs *j)
{
    struct arena a;

    arena_init(&a, 64 * MIB);
    if (writer_do(j->writer, requeue_task, &a))
        log_line(LOG_ERROR, "dead jobs could not be queued again: %s", err_message());
    arena_free(&a);
}

/* Until the first of the queued jobs that are not due yet is; those that are wait for their lane. */
static int64_t wait_of(const struct job *queued, size_t n)
{
    const int64_t now_ms = clock_now_ms();
    int64_t wait_ms = LOOK_EACH_MS;

    for (size_t i = 0; i < n; i++) {
        const int64_t ms = queued[i].not_before - now_ms;

        if (ms > 0 && ms < wait_ms) wait_ms = ms;
    }
    return wait_ms;
}

/* Is a job queued? Reads only, so an idle server writes nothing. A running one belongs to another
 * lane or to a command; when its process has died, it goes on here. */
static bool is_waiting(struct working *w)
{
    struct arena a;
    struct job *jobs;
    size_t n_running = 0;
    size_t n_queued = 0;

    arena_init(&a, 64 * MIB);
    if (store_job_in_state(w->store, &a, JOB_RUNNING, &jobs, &n_running))
        log_line(LOG_ERROR, "jobs cannot be read: %s", err_message());
    else if (n_running)
        requeue_dead(w->jobs);
    if (store_job_in_state(w->store, &a, JOB_QUEUED, &jobs, &n_queued))
        log_line(LOG_ERROR, "jobs cannot be read: %s", err_message());
    else
        w->wait_ms = wait_of(jobs, n_queued);
    arena_free(&a);
    return n_queued > 0;
}

static void run_and_log(struct jobs *j, struct job_run *run)
{
    const struct job *job = &run->claim.job;
    int64_t started = clock_ticks_ms();
    enum err e;

    log_line(LOG_INFO, "job %lld (%s) of project %lld begins", (long long)job->id, job->kind,
             (long long)job->project_id);
    e = run_work(run);
    log_line(e && e != ERR_CANCELLED ? LOG_WARN : LOG_INFO,
             "job %lld (%s) %s after %lld ms: %s", (long long)job->id, job->kind,
             job_state_name(job->state), (long long)(clock_ticks_ms() - started),
             e ? err_message() : run->message);
    jobs_queue_touched(j, job->project_id);
    run_close(run);
    jobs_wake(j); /* it may have added a job of another lane */
}

/* 1: a job was done. */
static int work_once(struct working *w)
{
    struct jobs *j = w->jobs;
    struct job_run run = {.lane = w->lane,
                          .store = w->store,
                          .writer = j->writer,
                          .folder = j->folder,
                          .threads = j->threads,
                          .stop = &j->stop};

    if (!is_waiting(w)) return 0;
    if (run_claim_next(&run)) {
        log_line(LOG_ERROR, "no job can be taken: %s", err_message());
        return 0;
    }
    if (!run.claim.job.id) return 0; /* none is due yet */
    run_and_log(j, &run);
    return 1;
}

/* Is an endpoint to be taught anew? Asked by one of the lanes. */
static void retrain_if_due(struct working *w)
{
    const int64_t now = clock_ticks_ms();
    size_t n_queued;

    if (w->lane != RUN_INTAKE || now < w->retrain_at_ms) return;
    w->retrain_at_ms = now + RETRAIN_EACH_MS;
    if (retrain_look(w->store, w->jobs->writer, clock_now_ms(), &n_queued))
        log_line(LOG_WARN, "teaching anew: %s", err_message());
    if (n_queued) jobs_wake(w->jobs);
}

static void *work_until_stopped(void *context)
{
    struct working *w = context;

    be_nice();
    while (!atomic_load(&w->jobs->stop)) {
        retrain_if_due(w);
        if (!work_once(w)) wait_until_woken(w);
    }
    return NULL;
}

static void touch(struct jobs *j, struct touched *t, int64_t project)
{
    size_t i = 0;

    pthread_mutex_lock(&j->lock);
    while (i < t->n && t->project[i] != project)
        i++;
    if (i == t->n && i < TOUCHED_MAX) {
        t->project[t->n++] = project;
        pthread_cond_signal(&t->wake);
    }
    pthread_mutex_unlock(&j->lock);
}

/* The next touched project; 0 when the program ends. */
static int64_t touched_take(struct jobs *j, struct touched *t)
{
    int64_t project = 0;

    pthread_mutex_lock(&j->lock);
    while (!t->n && !atomic_load(&j->stop))
        pthread_cond_wait(&t->wake, &j->lock);
    if (!atomic_load(&j->stop)) {
        project = t->project[0];
        memmove(t->project, t->project + 1, --t->n * sizeof *t->project);
    }
    pthread_mutex_unlock(&j->lock);
    return project;
}

static bool may_go_on(void *context, double done, const char *what)
{
    const struct jobs *j = context;

    (void)done;
    (void)what;
    return !atomic_load(&j->stop);
}

static enum err rank_if_due(struct jobs *j, int64_t project)
{
    const struct smp_progress progress = {.keep_going = may_go_on, .ctx = j};
    struct arena a;
    int64_t round;
    int needed;
    enum err e;

    arena_init(&a, 64 * MIB);
    e = queue_needs_round(j->rank_store, &a, project, &needed);
    arena_free(&a);
    if (e || !needed) return e;
    e = rank_project(j->rank_store, j->writer, project, 0, j->threads, &progress, &round);
    if (!e && round) touch(j, &j->to_weigh, project);
    return e;
}

static void *rank_until_stopped(void *context)
{
    struct jobs *j = context;
    int64_t project;

    be_nice();
    while ((project = touched_take(j, &j->to_rank))) {
        enum err e = rank_if_due(j, project);

        if (e && e != ERR_CANCELLED)
            log_line(LOG_WARN, "ranking project %lld: %s", (long long)project, err_message());
    }
    return NULL;
}

static int half_the_threads(const struct jobs *j)
{
    return j->threads > 1 ? j->threads / 2 : 1;
}

static void judge_and_log(struct jobs *j, int64_t project)
{
    const struct smp_progress progress = {.keep_going = may_go_on, .ctx = j};
    int64_t started = clock_ticks_ms();
    bool judged;
    enum err e = judge_project(j->weigh_store, j->writer, project, half_the_threads(j),
                               &progress, &judged);

    if (e && e != ERR_CANCELLED)
        log_line(LOG_WARN, "judging project %lld: %s", (long long)project, err_message());
    else if (judged)
        log_line(LOG_INFO, "project %lld: its picking was judged in %lld ms",
                 (long long)project, (long long)(clock_ticks_ms() - started));
}

static void weigh_and_log(struct jobs *j, int64_t project)
{
    const struct smp_progress progress = {.keep_going = may_go_on, .ctx = j};
    int64_t started = clock_ticks_ms();
    size_t n_chosen;
    enum err e = weigh_project(j->weigh_store, j->writer, project, half_the_threads(j),
                               &progress, &n_chosen);

    if (e && e != ERR_CANCELLED)
        log_line(LOG_WARN, "weighing project %lld: %s", (long long)project, err_message());
    if (!n_chosen) return;
    log_line(LOG_INFO, "project %lld: how its classifiers are mixed was chosen in %lld ms",
             (long long)project, (long long)(clock_ticks_ms() - started));
    jobs_queue_touched(j, project);
}

struct queueing {
    struct jobs *jobs;
    int64_t project;
};

static enum err queue_look_task(struct store *s, void *context)
{
    const struct queueing *x = context;
    struct arena a;
    struct job j;
    enum err e;

    arena_init(&a, 1 * MIB);
    e = second_look_queue(s, &a, x->project, 0, &j);
    arena_free(&a);
    return e;
}

/* Are there enough new labels to look for wrong ones again? */
static void look_if_due(struct jobs *j, int64_t project)
{
    struct queueing x = {j, project};
    int due;
    enum err e = look_is_due(j->weigh_store, project, &due);

    if (!e && due) e = writer_do(j->writer, queue_look_task, &x);
    if (e)
        log_line(LOG_WARN, "a second look at project %lld: %s", (long long)project,
                 err_message());
    else if (due)
        jobs_wake(j);
}

static void *weigh_until_stopped(void *context)
{
    struct jobs *j = context;
    int64_t project;

    be_nice();
    while ((project = touched_take(j, &j->to_weigh))) {
        weigh_and_log(j, project);
        judge_and_log(j, project);
        look_if_due(j, project);
    }
    return NULL;
}

void jobs_wake(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    for (size_t i = 0; i < RUN_LANES; i++)
        j->work[i].woken = true;
    pthread_cond_broadcast(&j->work_wake);
    pthread_mutex_unlock(&j->lock);
}

void jobs_queue_touched(struct jobs *j, int64_t project_id)
{
    touch(j, &j->to_rank, project_id);
    drafts_touch(j->drafts, project_id);
}

struct drafts *jobs_drafts(struct jobs *j)
{
    return j->drafts;
}

static void jobs_free(struct jobs *j)
{
    drafts_stop(j->drafts);
    for (size_t i = 0; i < RUN_LANES; i++)
        store_close(j->work[i].store);
    store_close(j->rank_store);
    store_close(j->weigh_store);
    pthread_cond_destroy(&j->work_wake);
    pthread_cond_destroy(&j->to_rank.wake);
    pthread_cond_destroy(&j->to_weigh.wake);
    pthread_mutex_destroy(&j->lock);
    free(j);
}

static void wake_all(struct jobs *j)
{
    jobs_wake(j);
    pthread_mutex_lock(&j->lock);
    pthread_cond_signal(&j->to_rank.wake);
    pthread_cond_signal(&j->to_weigh.wake);
    pthread_mutex_unlock(&j->lock);
}

/* All threads or none. */
static enum err threads_start(struct jobs *j)
{
    struct {
        pthread_t *thread;
        void *(*run)(void *);
        void *context;
    } const start[] = {
        {&j->work[RUN_INTAKE].thread, work_until_stopped,  &j->work[RUN_INTAKE]},
        {&j->work[RUN_LEARN].thread,  work_until_stopped,  &j->work[RUN_LEARN] },
        {&j->rank,                    rank_until_stopped,  j                   },
        {&j->weigh,                   weigh_until_stopped, j                   },
    };
    enum { N = sizeof start / sizeof *start };
    size_t n = 0;

    while (n < N && !pthread_create(start[n].thread, NULL, start[n].run, start[n].context))
        n++;
    if (n == N) return OK;
    atomic_store(&j->stop, true);
    wake_all(j);
    while (n--)
        pthread_join(*start[n].thread, NULL);
    return fail(ERR_NOMEM, "no threads for the work beside the server could be started");
}

static enum err stores_open(struct jobs *j)
{
    for (size_t i = 0; i < RUN_LANES; i++) {
        j->work[i].jobs = j;
        j->work[i].wait_ms = LOOK_EACH_MS;
        j->work[i].lane = (enum run_lane)i;
        TRY(store_open(&j->work[i].store, j->folder, STORE_WRITE));
    }
    TRY(store_open(&j->rank_store, j->folder, STORE_READ));
    return store_open(&j->weigh_store, j->folder, STORE_READ);
}

enum err jobs_start(struct jobs **out, const char *data_folder, struct writer *w, int threads)
{
    struct jobs *j = calloc(1, sizeof *j);
    pthread_condattr_t monotonic;
    enum err e;

    *out = NULL;
    NEED(j);
    j->folder = data_folder;
    j->writer = w;
    j->threads = threads > 0 ? threads : pool_processors();
    pthread_mutex_init(&j->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&j->work_wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&j->to_rank.wake, NULL);
    pthread_cond_init(&j->to_weigh.wake, NULL);
    e = stores_open(j);
    if (!e) e = drafts_start(&j->drafts, data_folder, j->threads);
    if (!e) e = threads_start(j);
    if (e)
        jobs_free(j);
    else
        *out = j;
    return e;
}

void jobs_stop(struct jobs *j)
{
    if (!j) return;
    atomic_store(&j->stop, true);
    wake_all(j);
    for (size_t i = 0; i < RUN_LANES; i++)
        pthread_join(j->work[i].thread, NULL);
    pthread_join(j->rank, NULL);
    pthread_join(j->weigh, NULL);
    jobs_free(j);
}

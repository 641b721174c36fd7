#include "jobs/worker.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/pool.h"
#include "domain/queue.h"
#include "jobs/rank.h"
#include "jobs/run.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    NICE = 10,
    LOOK_EACH_MS = 2000, /* for jobs that a command of another process has added */
    TOUCHED_MAX = 1024   /* projects waiting for a look; beyond it, the next label asks again */
};

struct jobs {
    const char *folder;
    struct writer *writer;
    int threads;
    pthread_t work, rank;
    pthread_mutex_t lock;
    pthread_cond_t work_wake, rank_wake;
    atomic_bool stop;
    bool woken;                   /* under lock */
    int64_t touched[TOUCHED_MAX]; /* under lock: projects, each once */
    size_t n_touched;
    struct store *work_store, *rank_store;
};

static void wait_until_woken(struct jobs *j)
{
    struct timespec until = clock_after_ms(LOOK_EACH_MS);

    pthread_mutex_lock(&j->lock);
    if (!j->woken && !atomic_load(&j->stop))
        pthread_cond_timedwait(&j->work_wake, &j->lock, &until);
    j->woken = false;
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

/* Is a job queued? Reads only, so an idle server writes nothing. This thread runs no job now, so
 * one that is running belongs to a command; when its process has died, it goes on here. */
static bool is_waiting(struct jobs *j)
{
    struct arena a;
    struct job *jobs;
    size_t n_running = 0;
    size_t n_queued = 0;

    arena_init(&a, 64 * MIB);
    if (store_job_in_state(j->work_store, &a, JOB_RUNNING, &jobs, &n_running))
        log_line(LOG_ERROR, "jobs cannot be read: %s", err_message());
    else if (n_running)
        requeue_dead(j);
    if (store_job_in_state(j->work_store, &a, JOB_QUEUED, &jobs, &n_queued))
        log_line(LOG_ERROR, "jobs cannot be read: %s", err_message());
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
}

/* 1: a job was done. */
static int work_once(struct jobs *j)
{
    struct job_run run = {.store = j->work_store,
                          .writer = j->writer,
                          .folder = j->folder,
                          .threads = j->threads,
                          .stop = &j->stop};

    if (!is_waiting(j)) return 0;
    if (run_claim_next(&run)) {
        log_line(LOG_ERROR, "no job can be taken: %s", err_message());
        return 0;
    }
    if (!run.claim.job.id) return 0; /* none is due yet */
    run_and_log(j, &run);
    return 1;
}

static void *work_until_stopped(void *context)
{
    struct jobs *j = context;

    be_nice();
    while (!atomic_load(&j->stop))
        if (!work_once(j)) wait_until_woken(j);
    return NULL;
}

/* The next touched project; 0 when the program ends. */
static int64_t touched_take(struct jobs *j)
{
    int64_t project = 0;

    pthread_mutex_lock(&j->lock);
    while (!j->n_touched && !atomic_load(&j->stop))
        pthread_cond_wait(&j->rank_wake, &j->lock);
    if (!atomic_load(&j->stop)) {
        project = j->touched[0];
        memmove(j->touched, j->touched + 1, --j->n_touched * sizeof *j->touched);
    }
    pthread_mutex_unlock(&j->lock);
    return project;
}

static enum err rank_if_due(struct jobs *j, int64_t project)
{
    struct arena a;
    int64_t round;
    int needed;
    enum err e;

    arena_init(&a, 64 * MIB);
    e = queue_needs_round(j->rank_store, &a, project, &needed);
    arena_free(&a);
    if (e || !needed) return e;
    return rank_project(j->rank_store, j->writer, project, 0, j->threads, &round);
}

static void *rank_until_stopped(void *context)
{
    struct jobs *j = context;
    int64_t project;

    be_nice();
    while ((project = touched_take(j)))
        if (rank_if_due(j, project))
            log_line(LOG_WARN, "ranking project %lld: %s", (long long)project, err_message());
    return NULL;
}

void jobs_wake(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    j->woken = true;
    pthread_cond_signal(&j->work_wake);
    pthread_mutex_unlock(&j->lock);
}

void jobs_queue_touched(struct jobs *j, int64_t project_id)
{
    size_t i = 0;

    pthread_mutex_lock(&j->lock);
    while (i < j->n_touched && j->touched[i] != project_id)
        i++;
    if (i == j->n_touched && i < TOUCHED_MAX) {
        j->touched[j->n_touched++] = project_id;
        pthread_cond_signal(&j->rank_wake);
    }
    pthread_mutex_unlock(&j->lock);
}

static void jobs_free(struct jobs *j)
{
    store_close(j->work_store);
    store_close(j->rank_store);
    pthread_cond_destroy(&j->work_wake);
    pthread_cond_destroy(&j->rank_wake);
    pthread_mutex_destroy(&j->lock);
    free(j);
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
    pthread_cond_init(&j->rank_wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    e = store_open(&j->work_store, data_folder, STORE_WRITE);
    if (!e) e = store_open(&j->rank_store, data_folder, STORE_READ);
    if (!e && pthread_create(&j->work, NULL, work_until_stopped, j))
        e = fail(ERR_NOMEM, "no thread for jobs could be started");
    if (!e && pthread_create(&j->rank, NULL, rank_until_stopped, j)) {
        e = fail(ERR_NOMEM, "no thread for ranking could be started");
        atomic_store(&j->stop, true);
        jobs_wake(j);
        pthread_join(j->work, NULL);
    }
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
    jobs_wake(j);
    pthread_mutex_lock(&j->lock);
    pthread_cond_signal(&j->rank_wake);
    pthread_mutex_unlock(&j->lock);
    pthread_join(j->work, NULL);
    pthread_join(j->rank, NULL);
    jobs_free(j);
}

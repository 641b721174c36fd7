#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { THREADS_MAX = 64 };

struct work {
    pool_task task;
    void *context;
    size_t n;
    atomic_size_t next;
};

static void *work_until_done(void *argument)
{
    struct work *w = argument;
    for (;;) {
        size_t i = atomic_fetch_add(&w->next, 1);
        if (i >= w->n) return NULL;
        w->task(w->context, i);
    }
}

void pool_run(int n_threads, size_t n, pool_task task, void *context)
{
    struct work w = {.task = task, .context = context, .n = n};
    pthread_t threads[THREADS_MAX];
    int started = 0;

    if (n_threads > THREADS_MAX) n_threads = THREADS_MAX;
    if ((size_t)n_threads > n) n_threads = (int)n;
    /* A thread that cannot be started is done without: the caller takes its share. */
    while (started + 1 < n_threads &&
           !pthread_create(&threads[started], NULL, work_until_done, &w))
        started++;
    work_until_done(&w);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

int pool_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
}

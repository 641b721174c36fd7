#include "sampler/threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct team {
    smp_work *work;
    void *ctx;
    size_t n_pieces;
    atomic_size_t next;
};

struct member {
    struct team *team;
    unsigned thread;
    pthread_t id;
    bool started;
};

unsigned smp_threads(unsigned n_threads)
{
    if (n_threads < 1) return 1;
    return n_threads > SMP_THREADS_MAX ? SMP_THREADS_MAX : n_threads;
}

static void *take_pieces(void *arg)
{
    const struct member *m = arg;
    struct team *t = m->team;

    for (;;) {
        const size_t piece = atomic_fetch_add_explicit(&t->next, 1, memory_order_relaxed);
        if (piece >= t->n_pieces) return NULL;
        t->work(t->ctx, piece, m->thread);
    }
}

void smp_parallel(unsigned n_threads, size_t n_pieces, smp_work *work, void *ctx)
{
    struct team team = {.work = work, .ctx = ctx, .n_pieces = n_pieces};
    struct member members[SMP_THREADS_MAX] = {{0}};
    unsigned n = smp_threads(n_threads);

    if (n > n_pieces) n = n_pieces ? (unsigned)n_pieces : 1;
    atomic_init(&team.next, 0);
    for (unsigned i = 0; i < n; i++)
        members[i] = (struct member){.team = &team, .thread = i};
    for (unsigned i = 1; i < n; i++)
        members[i].started = !pthread_create(&members[i].id, NULL, take_pieces, &members[i]);
    take_pieces(&members[0]);
    for (unsigned i = 1; i < n; i++)
        if (members[i].started) pthread_join(members[i].id, NULL);
}

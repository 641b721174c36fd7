/* bench_writer - how near the whole path of a label comes to what the disk allows.
 *
 *     build/release/tests/bench/bench_writer [seconds per turn, 2] [turns, 5]
 *
 * In one run, turn by turn, 32 client threads each time:
 *   bare    a row of 300 bytes with one index, by a minimal group commit (one thread, one
 *           transaction for all that wait, FULL): the limit of this machine and database
 *   label   label_submit through writer_submit, by people who hold leases on picks: idempotency
 *           check, rules, receipt, ledger row and signed head, current label, item state, counts
 * The labels' items are leased beforehand, so that both measure writing alone; the cycle of
 * lease and label is measured third. Prints rates, their medians and the ratio; then the
 * latency of a lease at 10,000 and at 1,000,000 items. */
#include "check.h"
#include "domain/ledger.h"
#include "store/writer.h"
#include "unit/domain/world.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLIENTS = 32, TURNS_MAX = 50, HELD = 1 << 15 };

static struct world W;
static struct writer *Q;
static atomic_int STOP;
static atomic_long DONE;

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The bare limit: its own file, its own thread, the same hand-over as the writer's. */
struct bare {
    pthread_mutex_t lock;
    pthread_cond_t wake, committed;
    long n_waiting, n_given, n_durable;
    int stopping;
    sqlite3 *db;
    sqlite3_stmt *add, *begin, *commit;
};

static void step(sqlite3_stmt *q)
{
    if (sqlite3_step(q) != SQLITE_DONE) abort();
    sqlite3_reset(q);
}

static void bare_open(struct bare *b, const char *folder)
{
    char path[128];

    memset(b, 0, sizeof *b);
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->wake, NULL);
    pthread_cond_init(&b->committed, NULL);
    snprintf(path, sizeof path, "%s/bare.db", folder);
    assert_int_equal(sqlite3_open(path, &b->db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(b->db,
                                  "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                                  "CREATE TABLE row (id INTEGER PRIMARY KEY, item INTEGER, "
                                  "body TEXT) STRICT; CREATE INDEX row_item ON row (item)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_prepare_v2(b->db, "INSERT INTO row (item, body) VALUES (?, ?)", -1, &b->add, NULL);
    sqlite3_prepare_v2(b->db, "BEGIN IMMEDIATE", -1, &b->begin, NULL);
    sqlite3_prepare_v2(b->db, "COMMIT", -1, &b->commit, NULL);
}

static void bare_close(struct bare *b)
{
    sqlite3_finalize(b->add);
    sqlite3_finalize(b->begin);
    sqlite3_finalize(b->commit);
    sqlite3_close(b->db);
}

static void bare_write(struct bare *b, long n)
{
    char body[301];

    memset(body, 'x', 300);
    body[300] = '\0';
    step(b->begin);
    for (long i = 0; i < n; i++) {
        sqlite3_bind_int64(b->add, 1, (sqlite3_int64)(random_u64() >> 24));
        sqlite3_bind_text(b->add, 2, body, 300, SQLITE_STATIC);
        step(b->add);
    }
    step(b->commit);
}

static void *bare_thread(void *context)
{
    struct bare *b = context;

    pthread_mutex_lock(&b->lock);
    for (;;) {
        long n;
        while (!b->n_waiting && !b->stopping)
            pthread_cond_wait(&b->wake, &b->lock);
        if (!b->n_waiting) break;
        n = b->n_waiting;
        b->n_waiting = 0;
        pthread_mutex_unlock(&b->lock);
        bare_write(b, n);
        pthread_mutex_lock(&b->lock);
        b->n_durable += n;
        pthread_cond_broadcast(&b->committed);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

static void *bare_client(void *context)
{
    struct bare *b = context;

    while (!atomic_load(&STOP)) {
        long mine;
        pthread_mutex_lock(&b->lock);
        mine = ++b->n_given;
        b->n_waiting++;
        pthread_cond_signal(&b->wake);
        while (b->n_durable < mine)
            pthread_cond_wait(&b->committed, &b->lock);
        pthread_mutex_unlock(&b->lock);
        atomic_fetch_add(&DONE, 1);
    }
    return NULL;
}

static double rate_of(void *(*client)(void *), void *contexts, size_t size, double turn_s)
{
    pthread_t threads[CLIENTS];
    double begun = seconds(), took;

    atomic_store(&STOP, 0);
    atomic_store(&DONE, 0);
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, client, (char *)contexts + i * size);
    while (seconds() - begun < turn_s)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    atomic_store(&STOP, 1);
    took = seconds() - begun;
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    return (double)atomic_load(&DONE) / took;
}

static double bare_turn(struct bare *b, double turn_s)
{
    pthread_t thread;
    double rate;

    b->stopping = 0;
    pthread_create(&thread, NULL, bare_thread, b);
    rate = rate_of(bare_client, b, 0, turn_s);
    pthread_mutex_lock(&b->lock);
    b->stopping = 1;
    pthread_cond_signal(&b->wake);
    pthread_mutex_unlock(&b->lock);
    pthread_join(thread, NULL);
    return rate;
}

struct person {
    int64_t user;
    struct arena a, turn;
    struct lease *held;
    size_t n_held, next;
    struct label_new label;
    struct queue_given given;
};

static enum err lease_task(struct store *s, void *context)
{
    struct person *x = context;
    struct queue_ask ask = {.project_id = W.p.id, .user_id = x->user, .n = 20};

    return queue_lease(s, &x->a, &ask, NOW, &x->given);
}

static enum err lease_one_task(struct store *s, void *context)
{
    struct person *x = context;
    struct queue_ask ask = {.project_id = W.p.id, .user_id = x->user, .n = 1};

    return queue_lease(s, &x->a, &ask, NOW, &x->given);
}

static enum err label_task(struct store *s, void *context)
{
    struct person *x = context;
    struct label_result r;
    return label_submit(s, &x->a, &x->label, NOW, &r);
}

static void must(enum err e)
{
    if (!e) return;
    fprintf(stderr, "%s\n", err_message());
    abort();
}

static void label(struct person *x, const struct lease *l)
{
    x->label = world_label(&W, l->item_id, x->user, ANSWER_ACCEPT, "a");
    x->label.lease_id = l->id;
    must(writer_do(Q, label_task, x));
    arena_free(&x->a);
    atomic_fetch_add(&DONE, 1);
}

static void *label_client(void *context)
{
    struct person *x = context;

    while (!atomic_load(&STOP) && x->next < x->n_held)
        label(x, &x->held[x->next++]);
    return NULL;
}

static void *cycle_client(void *context)
{
    struct person *x = context;

    while (!atomic_load(&STOP)) {
        struct lease l;
        must(writer_do(Q, lease_one_task, x));
        if (!x->given.n) break;
        l = x->given.leases[0].lease;
        label(x, &l);
    }
    return NULL;
}

/* Leases enough for a turn at 30,000 labels a second. */
static void gather(struct person *people, size_t each)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        struct person *x = &people[i];
        if (!x->held) x->held = malloc(HELD * sizeof *x->held);
        if (!x->held) abort();
        x->n_held = x->next = 0;
        for (x->given.n = 1; x->n_held + 20 <= each && x->given.n;) {
            must(writer_do(Q, lease_task, x));
            for (size_t k = 0; k < x->given.n; k++)
                x->held[x->n_held++] = x->given.leases[k].lease;
            arena_free(&x->a);
        }
    }
}

static void let_go(void)
{
    int64_t n = 1;

    while (n)
        must(queue_expire(W.s, NOW + 2 * LEASE_MS, &n));
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, ascending);
    return x[n / 2];
}

static void measure_rates(double turn_s, int turns)
{
    static struct person people[CLIENTS];
    double bare[TURNS_MAX], whole[TURNS_MAX], cycle[TURNS_MAX];
    struct bare b;
    size_t each = (size_t)(turn_s * 30000 / CLIENTS);

    bare_open(&b, W.folder.path);
    for (int i = 0; i < CLIENTS; i++) {
        people[i].user = W.user[i % 20];
        arena_init(&people[i].a, 64 * MIB);
    }
    (void)world_label(&W, 0, 0, ANSWER_ACCEPT, "a");
    for (int t = 0; t < turns; t++) {
        bare[t] = bare_turn(&b, turn_s);
        gather(people, each < HELD ? each : HELD);
        whole[t] = rate_of(label_client, people, sizeof *people, turn_s);
        let_go();
        cycle[t] = rate_of(cycle_client, people, sizeof *people, turn_s);
        printf("turn %d: bare %.0f/s, label %.0f/s, lease and label %.0f/s\n", t + 1, bare[t],
               whole[t], cycle[t]);
    }
    bare_close(&b);
    printf("median: bare %.0f/s, label %.0f/s (%.0f %%), lease and label %.0f/s (%.0f %%)\n",
           median(bare, turns), median(whole, turns),
           100 * median(whole, turns) / median(bare, turns), median(cycle, turns),
           100 * median(cycle, turns) / median(bare, turns));
}

static void measure_lease(int64_t n_items)
{
    enum { N = 2000 };
    static double us[N];

    world_add_items(&W, n_items - W.n_items);
    CHECK_OK(store_begin(W.s));
    for (int i = 0; i < N; i++) {
        double begun = seconds();
        struct lease l = world_lease(&W, W.user[i % 20], NOW);
        us[i] = 1e6 * (seconds() - begun);
        assert_true(l.id);
    }
    CHECK_OK(store_end(W.s, OK));
    qsort(us, N, sizeof *us, ascending);
    printf("lease at %lld items: p50 %.0f us, p99 %.0f us\n", (long long)n_items, us[N / 2],
           us[N * 99 / 100]);
}

int main(int argc, char **argv)
{
    double turn_s = argc > 1 ? strtod(argv[1], NULL) : 2;
    int turns = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5;

    if (turns < 1 || turns > TURNS_MAX || !(turn_s > 0)) return 2;
    world_new(&W, 400000, 1);
    CHECK_OK(writer_start(&Q, W.folder.path, ledger_attach, NULL));
    measure_rates(turn_s, turns);
    writer_stop(Q);
    world_free(&W);
    world_new(&W, 10000, 1);
    measure_lease(10000);
    measure_lease(1000000);
    world_free(&W);
    return 0;
}

/* 64 people at once, and kill -9 in between: no item is ever in two people's hands, and none is lost.
 * EXEMPLAR_CLIENTS_SECONDS says how long, 4 when it is not set. */
#include "check.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/uuid.h"
#include "fault/program.h"
#include "unit/store/folder.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS = 64, ITEMS = 20000, TOKENS = 100 };

static struct folder F;
static char data[100];
static atomic_int PORT; /* 0: the server is down */
static atomic_bool ENOUGH;
static atomic_int GIVEN[ITEMS + 1]; /* by item id: to how many clients an answer gave it */

struct client {
    pthread_t thread;
    char token[TOKENS];
    unsigned turn;
    long n_leased, n_labelled;
};

static int set_up(void **state)
{
    (void)state;
    folder_new(&F);
    snprintf(data, sizeof data, "%s/data", F.path);
    srandom(5);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&F);
    return 0;
}

static void make_project(void)
{
    char path[200];
    struct buf b;

    buf_init(&b, 4 * MIB);
    CHECK_OK(buf_adds(&b, "text\n"));
    for (int i = 0; i < ITEMS; i++)
        CHECK_OK(buf_printf(&b, "sentence number %d\n", i));
    CHECK_OK(folder_make(data));
    snprintf(path, sizeof path, "%s/sentences.tsv", F.path);
    CHECK_OK(file_write(path, b.data, b.size));
    buf_free(&b);
    assert_int_equal(
        RUN("project", "create", "p", "--kind", "text", "--classes", "a,b", "--data", data), 0);
    assert_int_equal(RUN("import", "--project", "p", path, "--data", data), 0);
}

static void make_client(struct client *c, int i)
{
    char name[20];
    struct buf out;
    json_t *o;

    snprintf(name, sizeof name, "client%d", i);
    buf_init(&out, KIB);
    assert_int_equal(RUN("user", "add", name, "--data", data), 0);
    assert_int_equal(
        program_run(&out, NULL,
                    (const char *const[]){"token", "add", name, "--data", data, NULL}),
        0);
    CHECK_OK(json_read(&o, out.data, strlen(out.data)));
    snprintf(c->token, sizeof c->token, "%s", json_string_value(json_object_get(o, "token")));
    json_decref(o);
    buf_free(&out);
    c->turn = (unsigned)i;
}

static void answer(struct client *c, int64_t item, int64_t lease)
{
    char id[UUID_TEXT];
    struct uuid u;
    json_t *body;
    json_t *reply;
    int status;

    uuid_new(&u);
    uuid_write(id, &u);
    body = json_pack("{s:s,s:I,s:I,s:s,s:{s:s},s:i}", "id", id, "item", (json_int_t)item,
                     "lease", (json_int_t)lease, "answer", "accept", "values", "class", "a",
                     "elapsed_ms", 5);
    status = http_ask(atomic_load(&PORT), c->token, "POST", "/api/v1/projects/1/labels", body,
                      &reply);
    c->n_labelled += status == 201;
    if (status && status != 201 && status != 503)
        fail_msg("the answer to a lease in hand was refused: %d", status);
    json_decref(reply);
    json_decref(body);
}

/* Takes up to three; answers two of three, and keeps the others in hand, as a page ahead does. */
static int work_once(struct client *c)
{
    json_t *body = json_pack("{s:i}", "n", 1 + (int)(c->turn++ % 3));
    json_t *reply;
    int status = http_ask(atomic_load(&PORT), c->token, "POST", "/api/v1/projects/1/leases",
                          body, &reply);
    const json_t *leases = json_object_get(reply, "leases");
    size_t n = status == 200 ? json_array_size(leases) : 0;

    for (size_t i = 0; i < n; i++) {
        const json_t *l = json_array_get(leases, i);
        int64_t item = json_integer_value(json_object_get(json_object_get(l, "item"), "id"));

        if (item < 1 || item > ITEMS) continue;
        atomic_fetch_add(&GIVEN[item], 1);
        c->n_leased++;
        if ((c->turn + i) % 3) answer(c, item, json_integer_value(json_object_get(l, "id")));
    }
    json_decref(reply);
    json_decref(body);
    return n > 0;
}

static void *work(void *context)
{
    while (!atomic_load(&ENOUGH))
        if (!atomic_load(&PORT) || !work_once(context)) usleep(2000);
    return NULL;
}

static int64_t seconds_to_run(void)
{
    const char *text = getenv("EXEMPLAR_CLIENTS_SECONDS");

    return text ? strtol(text, NULL, 10) : 4;
}

static void serve_and_kill(int64_t seconds)
{
    const int64_t end = clock_ticks_ms() + 1000 * seconds;

    while (clock_ticks_ms() < end) {
        struct server s;

        server_start(&s, data);
        atomic_store(&PORT, s.port);
        usleep((useconds_t)(500 + random() % 1500) * 1000);
        server_kill(&s);
        atomic_store(&PORT, 0);
    }
}

/* What is in nobody's hands any more can all be had, each item once. */
static long drain(struct client *c)
{
    struct server s;
    long n = 0;
    long got = 1;

    server_start(&s, data);
    while (got) {
        json_t *body = json_pack("{s:i}", "n", 20);
        json_t *reply;
        const json_t *leases;

        assert_int_equal(
            http_ask(s.port, c->token, "POST", "/api/v1/projects/1/leases", body, &reply), 200);
        leases = json_object_get(reply, "leases");
        got = (long)json_array_size(leases);
        n += got;
        json_decref(reply);
        json_decref(body);
    }
    assert_int_equal(server_stop(&s), 0);
    return n;
}

static void test_64_people_never_hold_the_same_item_and_none_is_lost(void **state)
{
    static struct client clients[CLIENTS];
    struct folder here;
    long n_leased = 0;
    long n_labelled = 0;
    int64_t labels;

    (void)state;
    snprintf(here.path, sizeof here.path, "%.60s", data);
    make_project();
    for (int i = 0; i < CLIENTS; i++)
        make_client(&clients[i], i);
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients[i].thread, NULL, work, &clients[i]), 0);
    serve_and_kill(seconds_to_run());
    atomic_store(&ENOUGH, true);
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i].thread, NULL);
        n_leased += clients[i].n_leased;
        n_labelled += clients[i].n_labelled;
    }
    for (int i = 1; i <= ITEMS; i++)
        if (atomic_load(&GIVEN[i]) > 1)
            fail_msg("item %d was given to %d people", i, atomic_load(&GIVEN[i]));
    labels = folder_number(&here, "SELECT count(*) FROM label");
    assert_true(labels >= n_labelled); /* an answer may be lost on its way back, no label is */
    assert_true(n_leased > CLIENTS);
    assert_int_equal(folder_number(&here, "SELECT count(*) FROM lease a JOIN lease b "
                                          "ON b.item_id = a.item_id AND b.user_id <> a.user_id "
                                          "AND b.id > a.id AND b.created_at < "
                                          "coalesce(a.ended_at, a.expires_at)"),
                     0);
    folder_sql(&here, "UPDATE lease SET expires_at = 1 WHERE ended_at IS NULL");
    assert_int_equal(labels + drain(&clients[0]), ITEMS);
    assert_int_equal(RUN("verify", "--data", data), 0);
    print_message("%ld hand-outs, %ld labels by %d people\n", n_leased, n_labelled, CLIENTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_64_people_never_hold_the_same_item_and_none_is_lost),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, set_up, tear_down);
}

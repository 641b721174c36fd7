/* kill -9 at moments of chance, until the work is done: what was begun ends as what was left
 * alone, and every answer that was given stands. */
#include "check.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/uuid.h"
#include "fault/program.h"
#include "jobs/sample.h"
#include "media/image.h"
#include "unit/store/folder.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct folder F;
static char calm[100], killed[100], files[100];

static int set_up(void **state)
{
    (void)state;
    folder_new(&F);
    snprintf(calm, sizeof calm, "%s/calm", F.path);
    snprintf(killed, sizeof killed, "%s/killed", F.path);
    snprintf(files, sizeof files, "%s/files", F.path);
    srandom(3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(&F);
    return 0;
}

/* To the size of a small picture, which trains in a second. */
static void shrink(struct buf *jpeg)
{
    struct image drawn;
    struct image small;

    CHECK_OK(image_decode(&drawn, jpeg->data, jpeg->size, NULL, 0));
    CHECK_OK(image_resize(&small, &drawn, 32, 32));
    buf_clear(jpeg);
    CHECK_OK(image_encode_jpeg(jpeg, &small, 90));
    image_free(&drawn);
    image_free(&small);
}

static void make_pictures(int n)
{
    struct buf jpeg;

    buf_init(&jpeg, MIB);
    for (int i = 0; i < n; i++) {
        char path[200];
        int shape;

        buf_clear(&jpeg);
        CHECK_OK(sample_picture(&jpeg, 11, (size_t)i, &shape));
        shrink(&jpeg);
        snprintf(path, sizeof path, "%s/%s", files, SAMPLE_SHAPES[shape]);
        CHECK_OK(folder_make(path));
        snprintf(path, sizeof path, "%s/%s/%04d.jpg", files, SAMPLE_SHAPES[shape], i);
        CHECK_OK(file_write_soon(path, jpeg.data, i % 50 == 9 ? jpeg.size / 2 : jpeg.size));
    }
    buf_free(&jpeg);
}

/* Starts the command and kills it after a time of chance, five times at most; then it may end.
 * The times grow from a quarter of `calm_ms`, what it takes when left alone, so the kills come
 * early, in the middle and late. How often it was killed is returned. */
static int run_under_fire(const char *const *args, int64_t calm_ms)
{
    int kills = 0;

    for (int i = 1; i <= 5; i++) {
        pid_t pid = program_start(args, NULL);

        usleep((useconds_t)(10 + random() % (calm_ms * i / 4 + 1)) * 1000);
        kills += program_kill(pid);
        assert_int_equal(RUN("verify", "--data", killed), 0);
    }
    assert_int_equal(program_run(NULL, NULL, args), 0);
    return kills;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Each exported label without what may differ (numbers, ids, times), sorted. */
static char *labels_of(const char *data)
{
    struct buf out;
    struct buf sorted;
    char *lines[3000];
    size_t n = 0;

    buf_init(&out, 64 * MIB);
    buf_init(&sorted, 64 * MIB);
    assert_int_equal(program_run(&out, NULL,
                                 (const char *const[]){"export", "--data", data, "--project",
                                                       "p", "-o", "-", NULL}),
                     0);
    for (char *line = strtok(out.data, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *o;

        CHECK_OK(json_read(&o, line, strlen(line)));
        assert_true(n < 3000);
        assert_true(
            asprintf(
                &lines[n++], "%s %s %s", json_string_value(json_object_get(o, "path")),
                json_string_value(json_object_get(o, "hash")),
                json_string_value(json_object_get(json_object_get(o, "values"), "class"))) > 0);
        json_decref(o);
    }
    qsort(lines, n, sizeof *lines, by_text);
    for (size_t i = 0; i < n; i++) {
        CHECK_OK(buf_printf(&sorted, "%s\n", lines[i]));
        free(lines[i]);
    }
    buf_free(&out);
    return sorted.data;
}

static json_t *project_of(const char *data)
{
    struct buf out;
    json_t *p;

    buf_init(&out, MIB);
    assert_int_equal(
        program_run(&out, NULL,
                    (const char *const[]){"project", "show", "p", "--data", data, NULL}),
        0);
    CHECK_OK(json_read(&p, out.data, strlen(out.data)));
    buf_free(&out);
    return p;
}

static int64_t number_of(const char *data, const char *part, const char *key)
{
    json_t *p = project_of(data);
    int64_t n = json_integer_value(json_object_get(json_object_get(p, part), key));

    json_decref(p);
    return n;
}

static void create_project(const char *data, const char *kind)
{
    assert_int_equal(RUN("project", "create", "p", "--kind", kind, "--classes",
                         "circle,square,triangle,star", "--data", data),
                     0);
}

static void test_an_import_that_is_killed_ends_with_the_same_items(void **state)
{
    (void)state;
    const char *const again[] = {"import", "--project", "p", "--labels-from", "folder", files,
                                 "--data", killed,      NULL};
    char *expected;
    char *got;
    int64_t started;
    int kills;

    make_pictures(300);
    create_project(calm, "image");
    create_project(killed, "image");
    started = clock_ticks_ms();
    assert_int_equal(
        RUN("import", "--project", "p", "--labels-from", "folder", files, "--data", calm), 0);
    assert_int_equal(number_of(calm, "counts", "items"), 300 - 6);
    kills = run_under_fire(again, clock_ticks_ms() - started);
    assert_true(kills > 0);
    assert_int_equal(number_of(killed, "counts", "items"), number_of(calm, "counts", "items"));
    expected = labels_of(calm);
    got = labels_of(killed);
    assert_string_equal(got, expected);
    assert_int_equal(RUN("doctor", "--data", killed), 0);
    free(expected);
    free(got);
}

/* The bytes of the active encoder's latents. */
static void latents_read(struct buf *b, const char *data)
{
    char sql[] = "SELECT id FROM encoder WHERE state = 'active'";
    struct folder f;
    char path[200];

    snprintf(f.path, sizeof f.path, "%.60s", data);
    snprintf(path, sizeof path, "%s/latents/%lld.z", data, (long long)folder_number(&f, sql));
    buf_init(b, 64 * MIB);
    CHECK_OK(file_read(b, path));
}

static void test_an_encode_that_is_killed_ends_with_the_same_latents(void **state)
{
    (void)state;
    const char *const again[] = {"encode", "--project", "p", "--data", killed, NULL};
    struct buf expected;
    struct buf got;
    int64_t started;

    snprintf(killed, sizeof killed, "%s/copy", F.path); /* the same seed, so the same encoder */
    assert_int_equal(RUN("backup", killed, "--data", calm), 0);
    started = clock_ticks_ms();
    assert_int_equal(RUN("encode", "--project", "p", "--data", calm), 0);
    assert_true(run_under_fire(again, clock_ticks_ms() - started) > 0);
    assert_int_equal(number_of(killed, "latents", "items_encoded"), 294);
    latents_read(&expected, calm);
    latents_read(&got, killed);
    assert_int_equal(got.size, expected.size);
    assert_memory_equal(got.data, expected.data, got.size);
    assert_int_equal(RUN("doctor", "--data", killed), 0);
    buf_free(&expected);
    buf_free(&got);
}

enum { CLIENTS = 8, LABELS_MAX = 1000 };

/* What a client was told, or is still to be told. */
struct told {
    char id[UUID_TEXT];
    int64_t item;
    int64_t seq; /* 0: no answer came */
};

struct client {
    pthread_t thread;
    char token[100];
    const atomic_int *port; /* 0: the server is down */
    const atomic_bool *enough;
    struct told told[LABELS_MAX];
    size_t n;
};

static void label_send(struct client *c, struct told *t)
{
    json_t *body = json_pack("{s:s, s:I, s:n, s:s, s:{s:s}, s:i}", "id", t->id, "item",
                             (json_int_t)t->item, "lease", "answer", "accept", "values",
                             "class", SAMPLE_SHAPES[t->item % SAMPLE_CLASSES], "elapsed_ms", 5);
    json_t *reply;
    int status = http_ask(atomic_load(c->port), c->token, "POST", "/api/v1/projects/1/labels",
                          body, &reply);

    if (status == 201 || status == 200)
        t->seq = json_integer_value(json_object_get(reply, "seq"));
    json_decref(reply);
    json_decref(body);
}

/* 1: an item was leased and its label sent, whatever came of it. */
static int label_one(struct client *c)
{
    json_t *body = json_pack("{s:i}", "n", 1);
    json_t *reply;
    int status = http_ask(atomic_load(c->port), c->token, "POST", "/api/v1/projects/1/leases",
                          body, &reply);
    const json_t *lease = json_array_get(json_object_get(reply, "leases"), 0);
    int leased = status == 200 && lease;

    if (leased) {
        struct told *t = &c->told[c->n++];
        struct uuid id;

        uuid_new(&id);
        uuid_write(t->id, &id);
        t->item = json_integer_value(json_object_get(json_object_get(lease, "item"), "id"));
        label_send(c, t);
    }
    json_decref(reply);
    json_decref(body);
    return leased;
}

static void *label_until_enough(void *context)
{
    struct client *c = context;

    while (!atomic_load(c->enough) && c->n < LABELS_MAX)
        if (!label_one(c)) usleep(2000);
    return NULL;
}

static void token_make(struct client *c, const char *data, int i)
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
}

/* Is the label of this id the current one of its item, under that number? */
static int is_kept(const char *data, const struct told *t)
{
    struct folder f;
    char sql[300];

    snprintf(f.path, sizeof f.path, "%.60s", data);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM label WHERE seq = %lld AND item_id = %lld AND "
             "lower(hex(client_id)) = replace('%s', '-', '')",
             (long long)t->seq, (long long)t->item, t->id);
    return folder_number(&f, sql) == 1;
}

static void serve_and_kill(const char *data, atomic_int *port, int times)
{
    for (int i = 0; i < times; i++) {
        struct server s;

        server_start(&s, data);
        atomic_store(port, s.port);
        usleep((useconds_t)(300 + random() % 700) * 1000);
        server_kill(&s);
        atomic_store(port, 0);
    }
}

/* After a lost answer a client asks again with the same id: the label is stored once. */
static void retry_all(struct client *clients, const char *data, atomic_int *port)
{
    struct server s;

    server_start(&s, data);
    atomic_store(port, s.port);
    for (int i = 0; i < CLIENTS; i++)
        for (size_t k = 0; k < clients[i].n; k++)
            if (!clients[i].told[k].seq) label_send(&clients[i], &clients[i].told[k]);
    assert_int_equal(server_stop(&s), 0);
}

static void make_sentences(const char *data, int n)
{
    char path[200];
    struct buf b;

    buf_init(&b, 4 * MIB);
    CHECK_OK(buf_adds(&b, "text\n"));
    for (int i = 0; i < n; i++)
        CHECK_OK(buf_printf(&b, "sentence number %d\n", i));
    CHECK_OK(folder_make(data));
    snprintf(path, sizeof path, "%s/sentences.tsv", F.path);
    CHECK_OK(file_write(path, b.data, b.size));
    create_project(data, "text");
    assert_int_equal(RUN("import", "--project", "p", path, "--data", data), 0);
    buf_free(&b);
}

static void test_no_acknowledged_label_of_eight_clients_is_lost(void **state)
{
    (void)state;
    static struct client clients[CLIENTS];
    static atomic_int port;
    static atomic_bool enough;
    char data[100];
    size_t told = 0;

    snprintf(data, sizeof data, "%s/busy", F.path);
    make_sentences(data, CLIENTS * LABELS_MAX);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i].port = &port;
        clients[i].enough = &enough;
        token_make(&clients[i], data, i);
    }
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(
            pthread_create(&clients[i].thread, NULL, label_until_enough, &clients[i]), 0);
    serve_and_kill(data, &port, 4);
    atomic_store(&enough, true);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(clients[i].thread, NULL);
    retry_all(clients, data, &port);
    for (int i = 0; i < CLIENTS; i++)
        for (size_t k = 0; k < clients[i].n; k++, told++)
            if (!clients[i].told[k].seq || !is_kept(data, &clients[i].told[k]))
                fail_msg("label %s was acknowledged as no. %lld and is not there",
                         clients[i].told[k].id, (long long)clients[i].told[k].seq);
    print_message("%zu labels by %d clients\n", told, CLIENTS);
    assert_true(told > 100);
    assert_int_equal(number_of(data, "counts", "labels"), told);
    assert_int_equal(RUN("verify", "--data", data), 0);
}

static void test_an_import_whose_command_was_killed_goes_on_in_the_server(void **state)
{
    (void)state;
    struct server s;
    char data[100];
    char path[200];
    pid_t pid;
    int64_t n = 0;

    snprintf(data, sizeof data, "%s/taken", F.path);
    snprintf(path, sizeof path, "%s/sentences.tsv", F.path); /* of the test before */
    create_project(data, "text");
    pid = program_start(
        (const char *const[]){"import", "--project", "p", path, "--data", data, NULL}, NULL);
    /* The lock appears in the transaction that queues the job; a moment later that is durable. */
    snprintf(path, sizeof path, "%s/jobs.lock", data);
    for (int i = 0; i < 6000 && access(path, F_OK); i++)
        usleep(10 * 1000);
    usleep(100 * 1000);
    assert_int_equal(program_kill(pid), 1);
    assert_true(number_of(data, "counts", "items") < CLIENTS * LABELS_MAX);
    server_start(&s, data);
    for (int i = 0; i < 600 && n < CLIENTS * LABELS_MAX; i++) {
        usleep(500 * 1000);
        n = number_of(data, "counts", "items");
    }
    assert_int_equal(n, CLIENTS * LABELS_MAX);
    assert_int_equal(server_stop(&s), 0);
    assert_int_equal(RUN("verify", "--data", data), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_import_that_is_killed_ends_with_the_same_items),
        cmocka_unit_test(test_an_encode_that_is_killed_ends_with_the_same_latents),
        cmocka_unit_test(test_no_acknowledged_label_of_eight_clients_is_lost),
        cmocka_unit_test(test_an_import_whose_command_was_killed_goes_on_in_the_server),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, set_up, tear_down);
}

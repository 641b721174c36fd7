/* bench_oracle PROGRAM TRAIN TEST [LABELS]: the whole loop on a labelled set of pictures.
 *
 * TRAIN and TEST hold CLASS/picture. TRAIN is imported without its labels and encoded; then an
 * oracle, which knows the folder of each picture, is the one person at work: over HTTP it asks
 * for the next item and answers, a few a second, until LABELS (100). At 10, 50 and 100 labels a
 * head is fitted on them and judged on TEST, beside heads on as many labels drawn at random (the
 * mean of 10 draws). At the end the export must say what the oracle said. */
#include "check.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/pool.h"
#include "base/uuid.h"
#include "domain/encoder.h"
#include "domain/encoder_file.h"
#include "fault/program.h"
#include "formats/source.h"
#include "jobs/canonical.h"
#include "sampler/head.h"
#include "sampler/metrics.h"
#include "sampler/rng.h"
#include "store/item.h"
#include "unit/store/folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CLASSES_MAX_HERE = 100,
    LABELS_MOST = 1000,
    DRAWS = 10,
    TEST_MOST = 2000,
    PACE_MS = 250
};

static struct {
    struct folder folder;
    char data[100];
    const char *train, *test;
    char classes[CLASSES_MAX_HERE][64];
    size_t n_classes;
    struct arena arena;
    struct store *store;
    struct encoder_latents pool;
    int32_t *truth; /* (pool.latents.features.n) */
    struct smp_encoder *encoder;
    float *test_z; /* (n_test, d) */
    int32_t *test_y;
    size_t n_test;
    size_t row[LABELS_MOST]; /* what the oracle labelled, in its order */
    int32_t y[LABELS_MOST];
    size_t n_labels;
} B;

static int class_of(const char *name)
{
    for (size_t i = 0; i < B.n_classes; i++)
        if (!strcmp(B.classes[i], name)) return (int)i;
    return -1;
}

/* "hat" of "hat/7.png". */
static int class_of_path(const char *path)
{
    char name[64];

    snprintf(name, sizeof name, "%.*s", (int)strcspn(path, "/"), path);
    return class_of(name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void classes_read(void)
{
    DIR *d = opendir(B.train);
    const struct dirent *entry;

    if (!d) fail_msg("%s cannot be read", B.train);
    while ((entry = readdir(d)))
        if (entry->d_name[0] != '.' && B.n_classes < CLASSES_MAX_HERE)
            snprintf(B.classes[B.n_classes++], 64, "%.63s", entry->d_name);
    closedir(d);
    qsort(B.classes, B.n_classes, sizeof B.classes[0], by_name);
}

static void project_make(void)
{
    struct buf list;

    buf_init(&list, 64 * KIB);
    for (size_t i = 0; i < B.n_classes; i++)
        CHECK_OK(buf_printf(&list, "%s%s", i ? "," : "", B.classes[i]));
    assert_int_equal(RUN("project", "create", "p", "--kind", "image", "--classes", list.data,
                         "--data", B.data),
                     0);
    buf_free(&list);
}

/* Seconds that the command took. */
static double timed(const char *const *args)
{
    int64_t started = clock_ticks_ms();

    assert_int_equal(program_run(NULL, NULL, args), 0);
    return (double)(clock_ticks_ms() - started) / 1000;
}

static void pool_open(void)
{
    CHECK_OK(store_open(&B.store, B.data, STORE_READ));
    CHECK_OK(encoder_active(B.store, &B.arena, 1, &B.pool));
    CHECK_OK(encoder_file_read(B.data, B.pool.encoder.id, &B.encoder));
    B.truth = arena_array(&B.arena, B.pool.latents.features.n, sizeof *B.truth);
    assert_non_null(B.truth);
    for (size_t i = 0; i < B.pool.latents.features.n; i++) {
        struct arena a;
        struct item item;

        arena_init(&a, MIB);
        CHECK_OK(store_item_get(B.store, &a, B.pool.latents.items[i], &item));
        B.truth[i] = class_of_path(item.path);
        arena_free(&a);
    }
}

/* Keeps every `each`-th picture; without room (each 0) it only counts. */
static size_t test_read(size_t each)
{
    struct smp_image_spec spec = smp_encoder_image_spec(B.encoder);
    size_t d = smp_encoder_dim(B.encoder);
    uint8_t *pixels = malloc(smp_image_bytes(&spec));
    struct source_params params = {
        .paths = &B.test, .n_paths = 1, .limits = SOURCE_LIMITS_DEFAULT};
    struct source_entry entry;
    struct source *s;
    size_t n = 0;

    CHECK_OK(source_open(&s, &params));
    for (;; source_entry_free(&entry)) {
        CHECK_OK(source_next(s, &entry));
        if (entry.kind == SOURCE_END) break;
        if (entry.kind != SOURCE_FILE || class_of_path(entry.path) < 0) continue;
        if (!each || n++ % each) {
            n += !each;
            continue;
        }
        CHECK_OK(canonical_pixels(pixels, &spec, entry.bytes.data, entry.bytes.size));
        assert_int_equal(
            smp_encoder_encode_images(B.encoder, pixels, 1, 2,
                                      &(struct smp_encoded){.part = {B.test_z + B.n_test * d}}),
            SMP_OK);
        B.test_y[B.n_test++] = class_of_path(entry.path);
    }
    source_close(s);
    free(pixels);
    return n;
}

/* The test pictures through the same reader, the same canonical pixels and the same encoder; of a
 * large set an even share of each class. */
static void test_encode(void)
{
    size_t n = test_read(0);

    B.test_z = arena_array(&B.arena, n, smp_encoder_dim(B.encoder) * sizeof *B.test_z);
    B.test_y = arena_array(&B.arena, n, sizeof *B.test_y);
    test_read((n + TEST_MOST - 1) / TEST_MOST);
}

static double accuracy(const size_t *row, const int32_t *y, size_t n)
{
    struct smp_head_in in = {
        .z = B.pool.latents.features.part[0],
        .n = B.pool.latents.features.n,
        .d = B.pool.latents.features.d[0],
        .labels = {.row = row, .y = y, .n = n, .n_classes = B.n_classes},
        .n_threads = 2
    };
    struct smp_head *head;
    float *p = malloc(B.n_test * B.n_classes * sizeof *p);
    int32_t *guess = malloc(B.n_test * sizeof *guess);
    double right;

    assert_int_equal(smp_head_fit(&in, &head), SMP_OK);
    assert_int_equal(smp_head_predict(head, B.test_z, B.n_test, 2, p), SMP_OK);
    smp_argmax(p, B.n_test, B.n_classes, guess);
    right = smp_accuracy(guess, B.test_y, B.n_test);
    smp_head_free(head);
    free(p);
    free(guess);
    return right;
}

static double random_accuracy(size_t n)
{
    double sum = 0;

    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        struct smp_rng rng;
        size_t row[LABELS_MOST];
        int32_t y[LABELS_MOST];

        smp_rng_seed(&rng, draw, 99);
        smp_rng_subset(&rng, B.pool.latents.features.n, n, row);
        for (size_t i = 0; i < n; i++)
            y[i] = B.truth[row[i]];
        sum += accuracy(row, y, n);
    }
    return sum / DRAWS;
}

static size_t row_of(int64_t item)
{
    for (size_t i = 0; i < B.pool.latents.features.n; i++)
        if (B.pool.latents.items[i] == item) return i;
    fail_msg("item %lld has no latent", (long long)item);
    return 0;
}

static void label_next(int port, const char *token)
{
    json_t *body = json_pack("{s:i}", "n", 1);
    struct uuid id;
    char id_text[UUID_TEXT];
    json_t *reply;
    json_t *answer;
    const json_t *lease;
    int64_t item;
    size_t row;

    assert_int_equal(http_ask(port, token, "POST", "/api/v1/projects/1/leases", body, &reply),
                     200);
    json_decref(body);
    lease = json_array_get(json_object_get(reply, "leases"), 0);
    assert_non_null(lease);
    item = json_integer_value(json_object_get(json_object_get(lease, "item"), "id"));
    row = row_of(item);
    uuid_new(&id);
    uuid_write(id_text, &id);
    answer =
        json_pack("{s:s, s:I, s:I, s:s, s:{s:s}, s:i}", "id", id_text, "item", (json_int_t)item,
                  "lease", json_integer_value(json_object_get(lease, "id")), "answer", "accept",
                  "values", "class", B.classes[B.truth[row]], "elapsed_ms", PACE_MS);
    json_decref(reply);
    assert_int_equal(http_ask(port, token, "POST", "/api/v1/projects/1/labels", answer, &reply),
                     201);
    json_decref(reply);
    json_decref(answer);
    B.row[B.n_labels] = row;
    B.y[B.n_labels++] = B.truth[row];
}

static void oracle_work(size_t n)
{
    struct server s;
    struct buf out;
    json_t *o;
    const char *token;

    buf_init(&out, KIB);
    assert_int_equal(RUN("user", "add", "oracle", "--data", B.data), 0);
    assert_int_equal(
        program_run(&out, NULL,
                    (const char *const[]){"token", "add", "oracle", "--data", B.data, NULL}),
        0);
    CHECK_OK(json_read(&o, out.data, strlen(out.data)));
    token = json_string_value(json_object_get(o, "token"));
    server_start(&s, B.data);
    while (B.n_labels < n) {
        label_next(s.port, token);
        usleep(PACE_MS * 1000); /* a quick person: rounds come between labels as in life */
        if (B.n_labels == 10 || B.n_labels == 50 || B.n_labels % 100 == 0)
            printf("%4zu labels: %.3f on %zu test pictures, random %.3f\n", B.n_labels,
                   accuracy(B.row, B.y, B.n_labels), B.n_test, random_accuracy(B.n_labels));
        fflush(stdout);
    }
    assert_int_equal(server_stop(&s), 0);
    json_decref(o);
    buf_free(&out);
}

/* Each exported label is what the oracle said, and nothing is missing. */
static void export_compare(void)
{
    struct buf out;
    size_t n = 0;

    buf_init(&out, 64 * MIB);
    assert_int_equal(program_run(&out, NULL,
                                 (const char *const[]){"export", "--project", "p", "-o", "-",
                                                       "--data", B.data, NULL}),
                     0);
    for (char *line = strtok(out.data, "\n"); line; line = strtok(NULL, "\n"), n++) {
        json_t *o;

        CHECK_OK(json_read(&o, line, strlen(line)));
        assert_int_equal(row_of(json_integer_value(json_object_get(o, "item"))), B.row[n]);
        assert_string_equal(
            json_string_value(json_object_get(json_object_get(o, "values"), "class")),
            B.classes[B.y[n]]);
        assert_true(json_is_object(json_object_get(o, "receipt")));
        json_decref(o);
    }
    assert_int_equal(n, B.n_labels);
    printf("%zu exported labels equal the oracle's\n", n);
    buf_free(&out);
}

static size_t labels_wanted = 100;

static void test_the_loop(void **state)
{
    const char *const import[] = {"import", "--project", "p", B.train, "--data", B.data, NULL};
    const char *const encode[] = {"encode", "--project", "p", "--data", B.data, NULL};
    double seconds;

    (void)state;
    folder_new(&B.folder);
    snprintf(B.data, sizeof B.data, "%s/data", B.folder.path);
    arena_init(&B.arena, 4 * GIB);
    classes_read();
    project_make();
    printf("imported in %.1f s\n", timed(import));
    seconds = timed(encode);
    pool_open();
    printf("%zu items of %zu classes encoded in %.1f s: %s\n", B.pool.latents.features.n,
           B.n_classes, seconds, smp_encoder_summary(B.encoder));
    test_encode();
    oracle_work(labels_wanted);
    export_compare();
    assert_int_equal(RUN("verify", "--data", B.data), 0);
    smp_encoder_free(B.encoder);
    encoder_close(&B.pool);
    store_close(B.store);
    arena_free(&B.arena);
    folder_remove(&B.folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_loop)};

    if (argc < 4) {
        fprintf(stderr, "bench_oracle PROGRAM TRAIN TEST [LABELS]\n");
        return 2;
    }
    setenv("EXEMPLAR_PROGRAM", argv[1], 1);
    B.train = argv[2];
    B.test = argv[3];
    if (argc > 4) labels_wanted = strtoul(argv[4], NULL, 10);
    if (labels_wanted > LABELS_MOST) labels_wanted = LABELS_MOST;
    return hash_start() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

#include "check.h"

#include "base/clock.h"
#include "base/hash.h"
#include "jobs/sample.h"
#include "jobs/worker.h"
#include "media/image.h"
#include "store/queue.h"
#include "unit/jobs/workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const SHAPES[] = {"circle", "square", "triangle", "star", NULL};

static void test_the_same_seed_draws_the_same_pictures_of_every_shape(void **state)
{
    (void)state;
    int seen[SAMPLE_CLASSES] = {0};
    struct buf one;
    struct buf again;

    buf_init(&one, MIB);
    buf_init(&again, MIB);
    for (size_t i = 0; i < 100; i++) {
        struct image im;
        int shape;
        int shape_again;

        buf_clear(&one);
        buf_clear(&again);
        CHECK_OK(sample_picture(&one, 42, i, &shape));
        CHECK_OK(sample_picture(&again, 42, i, &shape_again));
        assert_int_equal(shape, shape_again);
        assert_int_equal(one.size, again.size);
        assert_memory_equal(one.data, again.data, one.size);
        seen[shape]++;
        CHECK_OK(image_decode(&im, one.data, one.size, NULL, 0));
        assert_int_equal(im.channels, 3);
        image_free(&im);
    }
    for (int k = 0; k < SAMPLE_CLASSES; k++)
        assert_in_range(seen[k], 10, 45);
    buf_free(&one);
    buf_free(&again);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void test_all_sentences_of_a_seed_differ(void **state)
{
    (void)state;
    static const uint64_t SEEDS[] = {0, 1, 5, 4095, 4096, 7358717451815492329u, UINT64_MAX};

    for (size_t k = 0; k < sizeof SEEDS / sizeof *SEEDS; k++) {
        char *texts[SAMPLE_SENTENCES];

        for (size_t i = 0; i < SAMPLE_SENTENCES; i++) {
            struct buf b;
            int topic;

            buf_init(&b, KIB);
            CHECK_OK(sample_sentence(&b, SEEDS[k], i, &topic));
            texts[i] = strdup(b.data);
            buf_free(&b);
        }
        qsort(texts, SAMPLE_SENTENCES, sizeof *texts, by_text);
        for (size_t i = 1; i < SAMPLE_SENTENCES; i++)
            assert_string_not_equal(texts[i], texts[i - 1]);
        for (size_t i = 0; i < SAMPLE_SENTENCES; i++)
            free(texts[i]);
    }
}

static void expect_sample(enum project_kind kind, int n)
{
    struct workshop w;

    workshop_new(&w, kind, SHAPES);
    CHECK_OK(workshop_job(&w, "sample", "{}"));
    assert_int_equal(w.job.state, JOB_DONE);
    assert_int_equal(w.job.imported, n);
    assert_int_equal(w.job.duplicate + w.job.refused, 0);
    assert_int_equal(access(w.folder.path, F_OK), 0);
    workshop_free(&w);
}

static void test_sample_projects_are_filled(void **state)
{
    (void)state;
    expect_sample(PROJECT_IMAGE, SAMPLE_PICTURES);
    expect_sample(PROJECT_TEXT, SAMPLE_SENTENCES);
}

static enum err add_task(struct store *s, void *context)
{
    struct workshop *w = context;
    struct job j = {.project_id = w->project.id, .kind = "sample", .params = "{}", .total = -1};

    return job_add(s, &w->arena, &j, JOB_NEW, clock_now_ms());
}

enum { PATIENCE = 6000 }; /* pauses: five minutes, for sanitizers on a busy machine */

/* From an added job to a queue of picks without another call: import, encode and rank follow. */
static void test_the_worker_brings_a_project_to_its_first_picks(void **state)
{
    (void)state;
    const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
    struct workshop w;
    struct jobs *jobs;
    int64_t n = 0;

    workshop_new(&w, PROJECT_TEXT, SHAPES);
    CHECK_OK(jobs_start(&jobs, w.folder.path, w.writer, 2));
    CHECK_OK(writer_do(w.writer, add_task, &w));
    jobs_wake(jobs);
    for (int i = 0; i < PATIENCE && !n; i++) {
        nanosleep(&pause, NULL);
        CHECK_OK(store_pick_count_waiting(w.store, w.project.id, 1, &n));
    }
    assert_int_equal(n, 1);
    jobs_stop(jobs);
    workshop_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_seed_draws_the_same_pictures_of_every_shape),
        cmocka_unit_test(test_all_sentences_of_a_seed_differ),
        cmocka_unit_test(test_sample_projects_are_filled),
        cmocka_unit_test(test_the_worker_brings_a_project_to_its_first_picks),
    };
    return hash_start() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

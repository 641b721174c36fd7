#include "check.h"

#include "base/file.h"
#include "jobs/simulate.h"
#include "jobs/simulate_curve.h"
#include "jobs/simulate_plot.h"
#include "jobs/simulate_unlike.h"
#include "sampler/rng.h"
#include "unit/store/folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIDE = 12, CLASSES = 6, POOL = 900, TESTED = 300, PICTURES = 80 };

static struct folder F;
static char idx_path[100], topics_path[100], other_path[100], folder_path[100];

static void put(const char *name, const void *bytes, size_t n)
{
    char path[300], parent[300];

    snprintf(path, sizeof path, "%s/%s", F.path, name);
    snprintf(parent, sizeof parent, "%.*s", (int)(strrchr(path, '/') - path), path);
    CHECK_OK(folder_make(parent));
    CHECK_OK(file_write(path, bytes, n));
}

static void number_put(uint8_t *to, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(x >> (24 - 8 * i));
}

/* Stripes that run another way in each class, with noise. Class c is 1 / (c + 1) as frequent as the
 * first, so that chance finds the last ones late. */
static void put_stripes(const char *stem, size_t n, uint64_t seed)
{
    uint8_t *images = malloc(16 + n * SIDE * SIDE), *labels = malloc(8 + n);
    char name[60];
    struct smp_rng rng;

    memcpy(images, "\0\0\10\3", 4);
    memcpy(labels, "\0\0\10\1", 4);
    number_put(images + 4, (uint32_t)n);
    number_put(labels + 4, (uint32_t)n);
    number_put(images + 8, SIDE);
    number_put(images + 12, SIDE);
    smp_rng_seed(&rng, seed, 1);
    for (size_t i = 0; i < n; i++) {
        size_t c = smp_rng_below(&rng, CLASSES);
        while (smp_rng_unit(&rng) > 1.0 / (double)(c + 1))
            c = smp_rng_below(&rng, CLASSES);
        const double turn = 3.14159265 * (double)c / CLASSES, shift = 6 * smp_rng_unit(&rng);
        labels[8 + i] = (uint8_t)c;
        for (size_t p = 0; p < SIDE * SIDE; p++) {
            const double along =
                (double)(p % SIDE) * cos(turn) + (double)(p / SIDE) * sin(turn);
            const double v = 128 + 60 * sin(along * 1.5 + shift) + 25 * smp_rng_normal(&rng);
            images[16 + i * SIDE * SIDE + p] = (uint8_t)fmax(0, fmin(255, v));
        }
    }
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", stem);
    put(name, images, 16 + n * SIDE * SIDE);
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", stem);
    put(name, labels, 8 + n);
    free(images);
    free(labels);
}

/* Sentences of eight words, two in five of them of their topic; topics are as frequent as the
 * directions of stripes above. */
static void put_topics(const char *name, size_t n, uint64_t seed)
{
    const size_t room = n * 200;
    char *rows = malloc(room);
    size_t at = 0;
    struct smp_rng rng;

    assert_non_null(rows);
    smp_rng_seed(&rng, seed, 2);
    for (size_t i = 0; i < n; i++) {
        size_t c = smp_rng_below(&rng, CLASSES);
        while (smp_rng_unit(&rng) > 1.0 / (double)(c + 1))
            c = smp_rng_below(&rng, CLASSES);
        at += (size_t)snprintf(rows + at, room - at, "{\"y\":\"%zu\",\"text\":\"no %zu", c, i);
        for (int w = 0; w < 8; w++) {
            const bool own = smp_rng_unit(&rng) < 0.4;
            const size_t word =
                own ? 100 * c + smp_rng_below(&rng, 12) : 1000 + smp_rng_below(&rng, 60);
            at += (size_t)snprintf(rows + at, room - at, " word%zuth", word);
        }
        at += (size_t)snprintf(rows + at, room - at, "\"}\n");
    }
    put(name, rows, at);
    free(rows);
}

static void put_texts(void)
{
    static const char *const CLASS[2] = {"fruit", "tools"};
    static const char *const WORD[2][4] = {
        {"apple",  "pear", "plum",  "cherry"},
        {"hammer", "saw",  "drill", "plane" }
    };
    struct smp_rng rng;
    char name[60], text[200];

    smp_rng_seed(&rng, 3, 3);
    for (int i = 0; i < 200; i++) {
        int n = 0;
        for (int w = 0; w < 8; w++)
            n += snprintf(text + n, sizeof text - (size_t)n, "%s ",
                          WORD[i % 2][smp_rng_below(&rng, 4)]);
        n += snprintf(text + n, sizeof text - (size_t)n, "number %d", i);
        snprintf(name, sizeof name, "texts/%s/%d.txt", CLASS[i % 2], i);
        put(name, text, (size_t)n);
    }
    put("texts/fruit/empty.txt", " \n", 2);
    put("texts/stray.txt", "of no class", 11);
    put("texts/tools/page.pdf", "%PDF-1.4", 8);
}

static int make_data(void **state)
{
    (void)state;
    folder_new(&F);
    put_stripes("train", PICTURES, 1);
    put_topics("topics.jsonl", POOL, 1);
    put_topics("other.jsonl", TESTED, 2);
    put_texts();
    snprintf(idx_path, sizeof idx_path, "%s/train-images-idx3-ubyte", F.path);
    snprintf(topics_path, sizeof topics_path, "%s/topics.jsonl", F.path);
    snprintf(other_path, sizeof other_path, "%s/other.jsonl", F.path);
    snprintf(folder_path, sizeof folder_path, "%s/texts", F.path);
    return 0;
}

static int drop_data(void **state)
{
    (void)state;
    folder_remove(&F);
    return 0;
}

static const enum smp_strategy TWO[2] = {SMP_AUTO, SMP_RANDOM};
static const size_t BUDGETS[3] = {10, 20, 60};

static struct sim_plan plan(void)
{
    return (struct sim_plan){
        .source = {.path = topics_path, .test = other_path, .label_column = "y"},
        .strategies = TWO,
        .n_strategies = 2,
        .budgets = BUDGETS,
        .n_budgets = 3,
        .n_seeds = 3,
        .encoder = "auto",
        .imbalance = 1,
        .explore = 0.1,
        .threads = 1
    };
}

static double mean_at(const struct sim_result *r, size_t s, size_t b)
{
    double mean, deviation;

    sim_spread(r, s, b, &mean, &deviation);
    return mean;
}

static void test_picking_beats_chance_where_classes_are_rare(void **state)
{
    (void)state;
    struct sim_plan p = plan();
    struct sim_result r;

    CHECK_OK(simulate(&r, &p));
    assert_int_equal(r.n_pool, POOL);
    assert_int_equal(r.n_test, TESTED);
    assert_int_equal(r.n_classes, CLASSES);
    assert_int_equal(r.n_budgets, 3);
    print_message("auto %.3f %.3f %.3f, random %.3f %.3f %.3f\n", mean_at(&r, 0, 0),
                  mean_at(&r, 0, 1), mean_at(&r, 0, 2), mean_at(&r, 1, 0), mean_at(&r, 1, 1),
                  mean_at(&r, 1, 2));
    assert_true(mean_at(&r, 0, 1) > mean_at(&r, 1, 1) + 0.02);
    assert_true(r.summary[0].aulc > r.summary[1].aulc);
    assert_true(isnan(r.summary[0].to_random[0])); /* random was not replayed to 200 labels */
    sim_result_free(&r);
}

/* The points but for their seconds, which clocks decide. */
static void forget_seconds(struct sim_result *r)
{
    for (size_t i = 0; i < r->n_strategies * r->n_seeds * r->n_budgets; i++) {
        assert_true(r->point[i].seconds >= 0);
        r->point[i].seconds = 0;
        r->point[i].dataset = NULL;
    }
}

static void test_a_replay_is_the_same_again_and_on_more_threads(void **state)
{
    (void)state;
    static const enum smp_strategy ALL[] = {SMP_AUTO,    SMP_RANDOM,    SMP_MAXHERD,
                                            SMP_UHERD,   SMP_MARGIN,    SMP_MARGHERD,
                                            SMP_KCENTER, SMP_TYPICLUST, SMP_BADGE};
    struct sim_plan p = plan();
    struct sim_result one, again;

    p.strategies = ALL;
    p.n_strategies = sizeof ALL / sizeof *ALL;
    p.n_seeds = 2;
    p.n_budgets = 2;
    p.noise = 0.1;
    p.imbalance = 4;
    CHECK_OK(simulate(&one, &p));
    p.threads = 2;
    CHECK_OK(simulate(&again, &p));
    forget_seconds(&one);
    forget_seconds(&again);
    for (size_t i = 0; i < p.n_strategies * 2 * 2; i++) {
        assert_int_equal(one.point[i].labels, BUDGETS[i % 2]);
        assert_true(one.point[i].accuracy == again.point[i].accuracy);
        assert_true(one.point[i].macro_f1 == again.point[i].macro_f1);
    }
    assert_true(one.point[0].accuracy !=
                one.point[2].accuracy); /* another seed, another draw */
    sim_result_free(&one);
    sim_result_free(&again);
}

static void test_wrong_answers_lower_accuracy(void **state)
{
    (void)state;
    struct sim_plan p = plan();
    struct sim_result clean, noisy;

    p.n_seeds = 2;
    CHECK_OK(simulate(&clean, &p));
    p.noise = 0.4;
    CHECK_OK(simulate(&noisy, &p));
    for (size_t s = 0; s < 2; s++)
        assert_true(mean_at(&noisy, s, 2) < mean_at(&clean, s, 2) - 0.05);
    sim_result_free(&clean);
    sim_result_free(&noisy);
}

static void test_pictures_of_an_idx_pair_are_replayed(void **state)
{
    (void)state;
    struct sim_plan p = plan();
    struct sim_result r;

    p.source = (struct sim_source){.path = idx_path};
    p.n_strategies = p.n_seeds = p.n_budgets = 1;
    CHECK_OK(simulate(&r, &p));
    assert_int_equal(r.kind, SIM_IMAGE);
    assert_int_equal(r.n_pool + r.n_test, PICTURES);
    assert_true(mean_at(&r, 0, 0) > 0.4);
    sim_result_free(&r);
}

static void test_a_folder_of_texts_is_split_by_content(void **state)
{
    (void)state;
    const struct sim_source from = {.path = folder_path};
    struct sim_data d, again;

    CHECK_OK(sim_data_read(&d, &from));
    assert_int_equal(d.kind, SIM_TEXT);
    assert_string_equal(d.name, "texts");
    assert_int_equal(d.n_classes, 2);
    assert_string_equal(d.class_name[0], "fruit");
    assert_int_equal(d.n_pool + d.n_test, 200);
    assert_in_range(d.n_test, 20, 60); /* 40 on average */
    assert_int_equal(d.n_refused, 3);
    assert_string_equal(d.refused, "fruit/empty.txt: the text is empty");
    for (size_t i = 0; i < 200; i++)
        assert_int_equal(d.item[i].is_test, i >= d.n_pool);
    CHECK_OK(sim_data_read(&again, &from));
    assert_int_equal(again.n_test, d.n_test);
    sim_data_free(&again);
    sim_data_free(&d);
}

static void test_budgets_beyond_the_pool_are_left_out(void **state)
{
    (void)state;
    static const size_t WIDE[3] = {10, 100, 1000};
    struct sim_plan p = plan();
    struct sim_result r;

    p.source = (struct sim_source){.path = folder_path, .kind = SIM_TEXT};
    p.budgets = WIDE;
    p.n_seeds = 1;
    CHECK_OK(simulate(&r, &p));
    assert_int_equal(r.n_budgets, 2);
    assert_in_range(r.n_round, 120, 170);
    assert_true(mean_at(&r, 0, 1) > 0.95);
    sim_result_free(&r);
    p.budgets = WIDE + 2;
    p.n_budgets = 1;
    CHECK_FAILS(simulate(&r, &p), ERR_INVALID, "the least budget is 1000 labels");
}

static void test_a_table_is_read_by_its_columns(void **state)
{
    (void)state;
    static const char ROWS[] = "{\"text\":\"one\",\"y\":\"a\"}\n{\"text\":\"two\",\"y\":2}\n"
                               "{\"text\":\"three\"}\n{\"text\":\"four\",\"y\":\"a\"}\n";
    char path[100];
    struct sim_source from = {.path = path, .label_column = "y"};
    struct sim_data d;

    put("rows.jsonl", ROWS, sizeof ROWS - 1);
    snprintf(path, sizeof path, "%s/rows.jsonl", F.path);
    from.test = path;
    CHECK_OK(sim_data_read(&d, &from));
    assert_int_equal(d.n_pool, 3);
    assert_int_equal(d.n_test, 3);
    assert_string_equal(d.class_name[0], "2");
    assert_string_equal(d.class_name[1], "a");
    assert_int_equal(d.n_refused, 2);
    assert_non_null(strstr(d.refused, "line 3: there is no label"));
    sim_data_free(&d);
    from.label_column = NULL;
    CHECK_FAILS(sim_data_read(&d, &from), ERR_INVALID, "--label-column must name");
}

static void test_what_cannot_be_replayed_is_said(void **state)
{
    (void)state;
    struct sim_plan p = plan();
    struct sim_result r;
    struct sim_data d;
    char path[120];

    p.encoder = "word2vec";
    CHECK_FAILS(simulate(&r, &p), ERR_INVALID, "there is no 'word2vec'");
    p.encoder = "photo-blocks";
    CHECK_FAILS(simulate(&r, &p), ERR_INVALID, "texts are not read by photo-blocks");
    snprintf(path, sizeof path, "%s/texts/fruit", F.path);
    CHECK_FAILS(sim_data_read(&d, &(struct sim_source){.path = path}), ERR_INVALID,
                "at least two classes");
    CHECK_FAILS(sim_data_read(&d, &(struct sim_source){.path = "/nowhere"}), ERR_NOT_FOUND,
                "/nowhere");
    CHECK_FAILS(sim_data_read(&d, &(struct sim_source){.path = folder_path, .test = idx_path}),
                ERR_INVALID, "holds pictures");
    CHECK_FAILS(sim_data_read(&d, &(struct sim_source){.path = folder_path, .kind = SIM_IMAGE}),
                ERR_INVALID, "were passed over (fruit/0.txt");
    put_stripes("odd", 10, 5);
    put("odd-labels-idx1-ubyte", "\0\0\10\1\0\0\0\2\0\1", 10);
    snprintf(path, sizeof path, "%s/odd-images-idx3-ubyte", F.path);
    CHECK_FAILS(sim_data_read(&d, &(struct sim_source){.path = path}), ERR_INVALID,
                "10 pictures, but 2 labels");
}

static void test_labels_to_reach_are_found_between_rounds(void **state)
{
    (void)state;
    static const size_t STEPS[4] = {10, 20, 40, 80};
    static const double MEAN[4] = {0.2, 0.6, 0.5, 0.8};
    const struct sim_curves c = {.steps = STEPS, .n_steps = 4};

    assert_true(sim_labels_to_reach(&c, MEAN, 0.1) == 10);
    /* halfway from 10 to 20, and from 40 (best so far 0.6) to 80, on a scale of logarithms */
    assert_true(fabs(sim_labels_to_reach(&c, MEAN, 0.4) - sqrt(10 * 20)) < 1e-9);
    assert_true(fabs(sim_labels_to_reach(&c, MEAN, 0.7) - sqrt(40 * 80)) < 1e-9);
    assert_true(isnan(sim_labels_to_reach(&c, MEAN, 0.81)));
}

static void test_a_test_set_that_is_not_like_the_pool_is_said_to_be_so(void **state)
{
    (void)state;
    static const char *const NAMES[2] = {"cat", "dog"};
    static const size_t POOLED[2] = {500, 500}, ALIKE[2] = {190, 210}, OTHER[2] = {300, 100};
    const struct sim_guesses as_there = {.n = 100, .right = 80, .expected = 79};
    const struct sim_guesses better = {.n = 400, .right = 320, .expected = 240};
    struct sim_mix mix = {NAMES, POOLED, ALIKE, 2};
    char out[SIM_NOTE];

    sim_unlike(&as_there, &mix, out, sizeof out);
    assert_string_equal(out, "");
    sim_unlike(&better, &mix, out, sizeof out);
    assert_string_equal(
        out, "The test set is not like the pool. Of 400 items drawn at random from the pool, "
             "models guessed 80.0 % right before they saw them (75.8 to 83.6 %); the same "
             "models have 60.0 % on the test set.");
    mix.test = OTHER;
    sim_unlike(&as_there, &mix, out, sizeof out);
    assert_string_equal(
        out, "The test set is not like the pool. Its classes come in another mix: cat is 50.0 "
             "% of the pool and 75.0 % of the test set.");
}

static void test_a_replay_notices_another_mix_of_classes(void **state)
{
    (void)state;
    struct sim_plan p = plan();
    struct sim_result r;

    p.n_strategies = p.n_seeds = 1;
    p.n_budgets = 2;
    CHECK_OK(simulate(&r, &p));
    assert_string_equal(r.unlike, "");
    assert_int_equal(r.n_losing, 0);
    assert_int_equal(r.n_judged, 2);
    sim_result_free(&r);
    p.imbalance = 100;
    p.n_budgets = 1;
    CHECK_OK(simulate(&r, &p));
    assert_non_null(strstr(r.unlike, "classes come in another mix"));
    sim_result_free(&r);
}

static size_t occurrences(const char *text, const char *of)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, of)); at += strlen(of))
        n++;
    return n;
}

static void test_the_curves_say_in_words_what_they_show(void **state)
{
    (void)state;
    struct sim_point points[4] = {
        {.accuracy = 0.5}, {.accuracy = 0.8}, {.accuracy = 0.25}, {.accuracy = 0.5}};
    struct sim_summary summaries[2] = {{.strategy = SMP_AUTO}, {.strategy = SMP_RANDOM}};
    const struct sim_result r = {.dataset = "cats & <dogs>",
                                 .n_strategies = 2,
                                 .n_seeds = 1,
                                 .n_budgets = 2,
                                 .budgets = BUDGETS,
                                 .point = points,
                                 .summary = summaries};
    struct buf svg;

    buf_init(&svg, 65536);
    CHECK_OK(sim_plot(&svg, &r));
    assert_non_null(strstr(svg.data, "role=\"img\""));
    assert_non_null(strstr(svg.data, "<title id=\"title\">cats &amp; &lt;dogs&gt;: accuracy"));
    assert_non_null(strstr(svg.data, "auto: 50.0 % at 10 labels, 80.0 % at 20."));
    assert_int_equal(occurrences(svg.data, "<polyline"), 2);
    assert_int_equal(occurrences(svg.data, "<polygon"), 2);
    assert_null(strstr(svg.data, "nan"));
    assert_non_null(strstr(svg.data, "</svg>\n"));
    buf_free(&svg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_picking_beats_chance_where_classes_are_rare),
        cmocka_unit_test(test_a_replay_is_the_same_again_and_on_more_threads),
        cmocka_unit_test(test_wrong_answers_lower_accuracy),
        cmocka_unit_test(test_pictures_of_an_idx_pair_are_replayed),
        cmocka_unit_test(test_a_folder_of_texts_is_split_by_content),
        cmocka_unit_test(test_budgets_beyond_the_pool_are_left_out),
        cmocka_unit_test(test_a_table_is_read_by_its_columns),
        cmocka_unit_test(test_what_cannot_be_replayed_is_said),
        cmocka_unit_test(test_labels_to_reach_are_found_between_rounds),
        cmocka_unit_test(test_a_test_set_that_is_not_like_the_pool_is_said_to_be_so),
        cmocka_unit_test(test_a_replay_notices_another_mix_of_classes),
        cmocka_unit_test(test_the_curves_say_in_words_what_they_show),
    };
    return cmocka_run_group_tests(tests, make_data, drop_data);
}

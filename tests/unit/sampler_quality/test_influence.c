#include "unit/sampler/check_smp.h"
#include "unit/sampler/made.h"

#include "sampler/quality/influence.h"

enum { ITEMS = 400, DIM = 8, CLASSES = 4, PEOPLE = 4 };

/* Blobs; every fourth item was drawn. Even items are answered by two of the first three people in turn,
 * odd ones by the last alone, who says the next class, whatever it is. */
struct team {
    float z[ITEMS * DIM];
    int32_t y[ITEMS];
    uint32_t item[2 * ITEMS], person[2 * ITEMS], answer[2 * ITEMS];
    size_t row[ITEMS];
    uint8_t drawn[ITEMS];
    struct smp_features features;
    struct smp_influence_in in;
};

static const uint32_t EVERYBODY[PEOPLE] = {0, 1, 2, 3};

static uint32_t says(uint32_t person, int32_t y)
{
    return person == 3 ? ((uint32_t)y + 1) % CLASSES : (uint32_t)y;
}

static struct team *team_new(void)
{
    const struct made_blobs how = {
        .n = ITEMS, .d = DIM, .n_classes = CLASSES, .spread = 0.25f, .seed = 3};
    struct team *c = calloc(1, sizeof *c);
    size_t n = 0;

    assert_non_null(c);
    made_blobs(&how, c->z, c->y);
    for (size_t i = 0; i < ITEMS; i++) {
        c->row[i] = i;
        c->drawn[i] = i % 4 == 0;
        for (uint32_t k = 0; k < (i % 2 ? 1 : 2); k++) {
            c->item[n] = (uint32_t)i;
            c->person[n] = i % 2 ? 3 : (uint32_t)((i / 2 + k) % 3);
            c->answer[n] = says(c->person[n], c->y[i]);
            n++;
        }
    }
    c->features = (struct smp_features){.n = ITEMS, .n_parts = 1, .part = {c->z}, .d = {DIM}};
    c->in = (struct smp_influence_in){
        .features = &c->features,
        .row = c->row,
        .answers = {c->item, c->person, c->answer, n, ITEMS, PEOPLE, CLASSES},
        .drawn = c->drawn,
        .person = EVERYBODY,
        .n_people = PEOPLE,
        .seed = 1,
        .n_threads = 2
    };
    return c;
}

static void test_a_person_who_is_wrong_costs_and_one_who_is_right_does_not(void **state)
{
    struct team *c = team_new();
    struct smp_influence found[PEOPLE];

    (void)state;
    CHECK_OK(smp_influence(&c->in, found));
    assert_true(found[3].n > 40);
    assert_true(found[3].without > 0.9);
    assert_true(found[3].difference < 0);
    assert_true(found[3].difference < -2 * found[3].error);
    for (int p = 0; p < 3; p++)
        assert_true(found[p].difference > found[3].difference);
    CHECK_NEAR(found[0].difference, found[0].with - found[0].without, 1e-12);
    free(c);
}

static void test_the_number_of_threads_and_the_order_of_answers_change_no_bit(void **state)
{
    struct team *c = team_new();
    struct smp_influence one[PEOPLE];
    struct smp_influence two[PEOPLE];
    const size_t n = c->in.answers.n;

    (void)state;
    CHECK_OK(smp_influence(&c->in, two));
    c->in.n_threads = 1;
    for (size_t i = 0; i < n / 2; i++) {
        uint32_t *columns[] = {c->item, c->person, c->answer};

        for (size_t k = 0; k < 3; k++) {
            const uint32_t kept = columns[k][i];
            columns[k][i] = columns[k][n - 1 - i];
            columns[k][n - 1 - i] = kept;
        }
    }
    CHECK_OK(smp_influence(&c->in, one));
    assert_memory_equal(one, two, sizeof one);
    free(c);
}

/* Without an item that judges, and of a person who alone answered everything. */
static void test_what_cannot_be_told_is_said_to_be_so(void **state)
{
    struct team *c = team_new();
    struct smp_influence found[PEOPLE];

    (void)state;
    memset(c->drawn, 0, sizeof c->drawn);
    CHECK_OK(smp_influence(&c->in, found));
    assert_int_equal(found[0].n, 0);
    assert_true(isnan(found[0].difference));
    memset(c->drawn, 1, sizeof c->drawn);
    memset(c->person, 0, sizeof c->person);
    CHECK_OK(smp_influence(&c->in, found));
    assert_int_equal(found[0].n, 0);
    free(c);
}

static bool no(void *ctx, double done, const char *what)
{
    (void)ctx;
    (void)what;
    return done < 0.5;
}

static void test_it_stops_when_asked(void **state)
{
    const struct smp_progress progress = {.keep_going = no};
    struct team *c = team_new();
    struct smp_influence found[PEOPLE];

    (void)state;
    c->in.progress = &progress;
    assert_int_equal(smp_influence(&c->in, found), SMP_CANCELLED);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_person_who_is_wrong_costs_and_one_who_is_right_does_not),
        cmocka_unit_test(test_the_number_of_threads_and_the_order_of_answers_change_no_bit),
        cmocka_unit_test(test_what_cannot_be_told_is_said_to_be_so),
        cmocka_unit_test(test_it_stops_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

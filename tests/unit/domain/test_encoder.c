#include "domain/encoder.h"

#include "check.h"
#include "unit/domain/world.h"

#include <math.h>
#include <string.h>

static struct world W;

static int up(void **state)
{
    (void)state;
    world_new(&W, 6, 1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    world_free(&W);
    return 0;
}

static struct encoder trained(void)
{
    struct encoder e;

    CHECK_OK(encoder_begin(W.s, &W.a, W.p.id, "text-sif", 7, NOW, &e));
    e.dim = 2;
    e.n_parts = 2;
    e.part[0] = (struct encoder_part){"latent", "all of it", 2};
    e.part[1] = (struct encoder_part){"shape", "fine shape", 1};
    e.n_trained = 6;
    e.settings = "{\"words\":3}";
    CHECK_OK(encoder_trained(W.s, &e));
    return e;
}

static enum err append(struct encoder *e, int64_t first, size_t n)
{
    float z[20], shape[10], error[10];
    int64_t items[10];
    const struct latents_rows rows = {
        .part = {z, shape},
          .error = error, .items = items, .n = n
    };

    for (size_t i = 0; i < n; i++) {
        items[i] = first + (int64_t)i;
        z[2 * i] = z[2 * i + 1] = (float)items[i];
        shape[i] = -z[2 * i];
        error[i] = NAN; /* it cannot tell */
    }
    return encoder_append_rows(W.s, e, &rows);
}

static enum latents_state status(void)
{
    struct latents_status x;

    CHECK_OK(encoder_status(W.s, &W.a, W.p.id, &x));
    return x.state;
}

static void test_an_encoder_goes_from_training_to_active_with_its_latents(void **state)
{
    struct encoder_latents l;
    struct encoder e;

    (void)state;
    assert_int_equal(status(), LATENTS_NONE);
    e = trained();
    assert_int_equal(status(), LATENTS_TRAINING);
    CHECK_OK(append(&e, W.first, 4));
    CHECK_OK(encoder_active(W.s, &W.a, W.p.id, &l));
    assert_int_equal(l.encoder.id, 0);
    encoder_close(&l);
    CHECK_OK(encoder_activate(W.s, e.id, NOW));
    assert_int_equal(status(), LATENTS_ENCODING);
    CHECK_OK(append(&e, W.first + 4, 2));
    assert_int_equal(status(), LATENTS_READY);
    CHECK_OK(encoder_active(W.s, &W.a, W.p.id, &l));
    assert_int_equal(l.latents.features.n, 6);
    assert_int_equal(l.latents.features.n_parts, 2);
    assert_int_equal(l.latents.features.d[0], 2);
    assert_int_equal(l.latents.features.d[1], 1);
    assert_int_equal(l.latents.items[5], W.first + 5);
    assert_true(l.latents.features.part[0][2 * 5] == (float)(W.first + 5));
    assert_true(l.latents.features.part[1][5] == -(float)(W.first + 5));
    assert_true(isnan(l.latents.error[3]));
    assert_string_equal(l.encoder.part[1].name, "shape");
    assert_string_equal(l.encoder.part[1].sees, "fine shape");
    assert_string_equal(encoder_title(&W.a, &l.encoder), "text-sif 1");
    assert_string_equal(l.encoder.settings, "{\"words\":3}");
    encoder_close(&l);
}

static void test_a_new_encoder_replaces_the_former_one(void **state)
{
    struct encoder first = trained(), second, seen;
    struct latents_status x;

    (void)state;
    CHECK_OK(encoder_activate(W.s, first.id, NOW));
    second = trained();
    assert_int_equal(second.version, 2);
    CHECK_OK(encoder_activate(W.s, second.id, NOW));
    CHECK_OK(store_encoder_get(W.s, &W.a, first.id, &seen));
    assert_int_equal(seen.state, ENCODER_REPLACED);
    CHECK_OK(encoder_status(W.s, &W.a, W.p.id, &x));
    assert_string_equal(x.encoder, "text-sif 2");
    CHECK_FAILS(encoder_activate(W.s, first.id, NOW), ERR_CONFLICT, "not in training");
}

static void test_beginning_again_gives_up_what_a_dead_job_left(void **state)
{
    struct encoder left = trained(), e, seen;

    (void)state;
    CHECK_OK(encoder_begin(W.s, &W.a, W.p.id, "text-sif", 8, NOW, &e));
    CHECK_OK(store_encoder_get(W.s, &W.a, left.id, &seen));
    assert_int_equal(seen.state, ENCODER_FAILED);
    CHECK_FAILS(encoder_activate(W.s, e.id, NOW), ERR_CONFLICT, "not trained yet");
    CHECK_OK(encoder_fail(W.s, e.id));
    assert_int_equal(status(), LATENTS_NONE);
}

static void test_two_that_append_to_one_encoder_do_not_both_succeed(void **state)
{
    struct encoder e = trained();
    struct encoder same = e;

    (void)state;
    CHECK_OK(append(&e, W.first, 2));
    CHECK_FAILS(append(&same, W.first, 2), ERR_CONFLICT, "has no longer 0 latents");
}

static void test_bad_latents_are_refused_before_they_are_written(void **state)
{
    struct encoder e = trained();
    int64_t items[2] = {W.first + 1, W.first};
    float z[4] = {1, 2, 3, NAN}, shape[2] = {0};
    const struct latents_rows rows = {
        .part = {z, shape},
          .error = shape, .items = items, .n = 2
    };

    (void)state;
    CHECK_FAILS(encoder_append_rows(W.s, &e, &rows), ERR_INVALID, "no number");
    z[3] = 4;
    shape[1] = INFINITY;
    CHECK_FAILS(encoder_append_rows(W.s, &e, &rows), ERR_INVALID, "no number");
    shape[1] = 4;
    CHECK_FAILS(encoder_append_rows(W.s, &e, &rows), ERR_INVALID, "in order of item");
    e.part[1].dim = 0;
    CHECK_FAILS(encoder_trained(W.s, &e), ERR_INVALID, "1 to 4096 numbers");
    e.part[0].dim = 3;
    CHECK_FAILS(encoder_trained(W.s, &e), ERR_INVALID, "the latent first");
    e.dim = 0;
    CHECK_FAILS(encoder_trained(W.s, &e), ERR_INVALID, "1 to 4096 numbers");
}

static void test_an_earlier_moment_of_an_encoder_can_be_opened(void **state)
{
    struct encoder e = trained();
    struct encoder_latents l;

    (void)state;
    CHECK_OK(append(&e, W.first, 6));
    CHECK_OK(encoder_open(W.s, &W.a, e.id, 4, &l));
    assert_int_equal(l.latents.features.n, 4);
    encoder_close(&l);
    CHECK_FAILS(encoder_open(W.s, &W.a, e.id, 7, &l), ERR_INVALID, "has 6 latents, not 7");
}

static void test_new_latents_call_for_a_round_when_few_picks_wait(void **state)
{
    struct encoder e = trained();
    struct round r = {.project_id = W.p.id, .strategy = "random", .batch = 100};
    int needed;

    (void)state;
    CHECK_OK(store_ledger_last(W.s, &r.ledger_seq, &(struct hash){{0}}));
    CHECK_OK(queue_publish_round(W.s, &r, NULL, 0, NOW));
    CHECK_OK(queue_needs_round(W.s, &W.a, W.p.id, &needed));
    assert_false(needed);
    CHECK_OK(append(&e, W.first, 6));
    CHECK_OK(encoder_activate(W.s, e.id, NOW));
    CHECK_OK(queue_needs_round(W.s, &W.a, W.p.id, &needed));
    assert_true(needed);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_an_encoder_goes_from_training_to_active_with_its_latents),
        CASE(test_a_new_encoder_replaces_the_former_one),
        CASE(test_beginning_again_gives_up_what_a_dead_job_left),
        CASE(test_two_that_append_to_one_encoder_do_not_both_succeed),
        CASE(test_bad_latents_are_refused_before_they_are_written),
        CASE(test_an_earlier_moment_of_an_encoder_can_be_opened),
        CASE(test_new_latents_call_for_a_round_when_few_picks_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

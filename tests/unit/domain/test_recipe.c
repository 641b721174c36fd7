#include "domain/recipe.h"

#include "check.h"
#include "domain/encoder.h"
#include "unit/domain/world.h"

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

static const struct encoder PHOTOS = {
    .name = "photo-blocks",
    .version = 1,
    .dim = 4,
    .n_parts = 4,
    .part = {{"latent", "the overall look", 4},
             {"hog", "coarse shape", 4},
             {"shape", "fine shape", 4},
             {"colour", "colour", 4}}
};

/* 46 % fine shape (in two members), 31 % coarse shape, 23 % colour. */
static const struct smp_recipe CHOSEN = {
    .n_members = 4,
    .member = {{1, SMP_MEMBER_LINEAR, 0.31f},
               {2, SMP_MEMBER_LINEAR, 0.26f},
               {2, SMP_MEMBER_RBF, 0.2f},
               {3, SMP_MEMBER_MLP, 0.23f}},
    .temperature = 1.2345678f,
    .n_labels = 120,
    .accuracy = 0.8f
};

static int64_t an_encoder(void)
{
    struct encoder e;

    CHECK_OK(encoder_begin(W.s, &W.a, W.p.id, "photo-blocks", 7, NOW, &e));
    e.dim = PHOTOS.dim;
    e.n_parts = PHOTOS.n_parts;
    memcpy(e.part, PHOTOS.part, sizeof e.part);
    CHECK_OK(encoder_trained(W.s, &e));
    CHECK_OK(encoder_activate(W.s, e.id, NOW));
    return e.id;
}

static void assert_same(const struct smp_recipe *x, const struct smp_recipe *y)
{
    assert_int_equal(x->n_members, y->n_members);
    for (size_t m = 0; m < x->n_members; m++) {
        assert_int_equal(x->member[m].part, y->member[m].part);
        assert_int_equal(x->member[m].kind, y->member[m].kind);
        assert_memory_equal(&x->member[m].weight, &y->member[m].weight, sizeof(float));
    }
    assert_memory_equal(&x->temperature, &y->temperature, sizeof(float));
    assert_memory_equal(&x->accuracy, &y->accuracy, sizeof(float));
    assert_int_equal(x->n_labels, y->n_labels);
}

static void test_recipes_come_back_to_the_bit(void **state)
{
    const struct smp_recipe none = {.n_members = 0}, list[] = {CHOSEN, none};
    struct smp_recipe again[2];
    const char *text;
    size_t n;

    (void)state;
    CHECK_OK(recipes_write(&W.a, list, 2, &text));
    CHECK_OK(recipes_read(text, again, 2, &n));
    assert_int_equal(n, 2);
    assert_same(&list[0], &again[0]);
    assert_same(&list[1], &again[1]);
    CHECK_FAILS(recipes_read(text, again, 1, &n), ERR_CORRUPT, "no list of at most 1");
    CHECK_FAILS(recipes_read("[{\"members\":[{\"kind\":\"oracle\",\"part\":1,\"weight\":1}]}]",
                             again, 2, &n),
                ERR_CORRUPT, "oracle");
}

static void test_the_newest_recipe_of_an_encoder_and_a_question_is_in_use(void **state)
{
    struct recipe_chosen c = {.project_id = W.p.id,
                              .encoder_id = an_encoder(),
                              .question = "class",
                              .ledger_seq = 1,
                              .n_labels = 100,
                              .recipe = CHOSEN};
    struct recipe_chosen found;

    (void)state;
    CHECK_OK(recipe_find(W.s, &W.a, W.p.id, c.encoder_id, "class", &found));
    assert_int_equal(found.recipe.n_members, 0);
    CHECK_OK(recipe_keep(W.s, &W.a, &c, NOW));
    c.n_labels = 130;
    c.recipe.accuracy = 0.9f;
    CHECK_OK(recipe_keep(W.s, &W.a, &c, NOW));
    CHECK_OK(recipe_find(W.s, &W.a, W.p.id, c.encoder_id, "class", &found));
    assert_int_equal(found.n_labels, 130);
    assert_same(&found.recipe, &c.recipe);
    CHECK_OK(recipe_find(W.s, &W.a, W.p.id, c.encoder_id, "other", &found));
    assert_int_equal(found.recipe.n_members, 0);
    CHECK_OK(recipe_find(W.s, &W.a, W.p.id, an_encoder(), "class", &found));
    assert_int_equal(found.recipe.n_members, 0);
}

static void test_a_page_says_what_the_classes_differ_by(void **state)
{
    const struct smp_recipe rule = {
        .n_members = 3,
        .member = {{1, SMP_MEMBER_LINEAR, 1 / 3.0f},
                   {2, SMP_MEMBER_LINEAR, 1 / 3.0f},
                   {3, SMP_MEMBER_LINEAR, 1 / 3.0f}},
        .temperature = 1
    };
    const struct smp_recipe one = {.n_members = 1,
                                   .member = {{3, SMP_MEMBER_LINEAR, 1}},
                                   .temperature = 1,
                                   .n_labels = 50};
    const struct smp_recipe none = {.n_members = 0};

    (void)state;
    assert_string_equal(recipe_reads(&W.a, &PHOTOS, &CHOSEN),
                        "fine shape 46 %, coarse shape 31 %, colour 23 %");
    assert_string_equal(
        recipe_why(&W.a, &PHOTOS, &CHOSEN),
        "Your classes differ mainly by fine shape (46 %) and coarse shape (31 %).");
    assert_string_equal(
        recipe_why(&W.a, &PHOTOS, &rule),
        "Too early to tell what your classes differ by: the model reads coarse "
        "shape, fine shape and colour alike, until there are about ten labels a "
        "class.");
    assert_string_equal(recipe_why(&W.a, &PHOTOS, &one), "Your classes differ by colour.");
    assert_non_null(strstr(recipe_why(&W.a, &PHOTOS, &none), "no model yet"));
    assert_string_equal(recipe_reads(&W.a, &PHOTOS, &none), "");
}

static void test_an_encoder_from_before_there_were_parts_has_its_latent(void **state)
{
    const struct encoder before = {.name = "text-words-ngrams", .version = 1, .dim = 4};
    const struct smp_recipe rule = {
        .n_members = 1, .member = {{0, SMP_MEMBER_LINEAR, 1}}, .temperature = 1};
    struct recipe_share shares[SMP_PARTS_MAX];

    (void)state;
    assert_int_equal(recipe_shares(&before, &rule, shares), 1);
    assert_string_equal(recipe_why(&W.a, &before, &rule), "The model reads the latent.");
}

static void test_the_status_of_a_model_is_that_of_the_last_round(void **state)
{
    struct round r = {.project_id = W.p.id,
                      .encoder_id = an_encoder(),
                      .strategy = "auto",
                      .batch = 10,
                      .model = "mix@5"};
    struct model_status x;

    (void)state;
    CHECK_OK(model_status(W.s, &W.a, W.p.id, &x));
    assert_null(x.model);
    CHECK_OK(recipes_write(&W.a, &CHOSEN, 1, &r.recipes));
    CHECK_OK(queue_publish_round(W.s, &r, NULL, 0, NOW));
    CHECK_OK(model_status(W.s, &W.a, W.p.id, &x));
    assert_string_equal(x.model, "mix@5");
    assert_string_equal(x.encoder.part[2].sees, "fine shape");
    assert_int_equal(x.n_questions, 1);
    assert_string_equal(x.question[0].question, "class");
    assert_same(&x.question[0].recipe, &CHOSEN);
    assert_int_equal(x.question[0].held_out.n, 120);
    assert_true(x.question[0].held_out.low > 0.7 && x.question[0].held_out.low < 0.8);
    assert_true(x.question[0].held_out.high > 0.8 && x.question[0].held_out.high < 0.9);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_recipes_come_back_to_the_bit),
        CASE(test_the_newest_recipe_of_an_encoder_and_a_question_is_in_use),
        CASE(test_a_page_says_what_the_classes_differ_by),
        CASE(test_an_encoder_from_before_there_were_parts_has_its_latent),
        CASE(test_the_status_of_a_model_is_that_of_the_last_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "../sampler/check_smp.h"

#include "sampler/explain/wording.h"

enum { CLASSES = 2 };

/* A classifier that says class 1 when it reads "free". */
struct reader {
    size_t asked;
    enum smp_status fails;
};

static enum smp_status ask_reader(void *ctx, const char *const *text, const size_t *n_bytes,
                                  size_t n, float *p)
{
    struct reader *r = ctx;

    r->asked += n;
    for (size_t i = 0; i < n; i++) {
        p[i * CLASSES + 1] = memmem(text[i], n_bytes[i], "free", 4) ? 0.9f : 0.2f;
        p[i * CLASSES] = 1 - p[i * CLASSES + 1];
    }
    return r->fails ? smp_fail(r->fails, "the classifier is away") : SMP_OK;
}

static struct smp_wording_in in_of(struct reader *r, const char *text)
{
    return (struct smp_wording_in){.text = text,
                                   .n_bytes = strlen(text),
                                   .n_classes = CLASSES,
                                   .class = 1,
                                   .predict = ask_reader,
                                   .ctx = r};
}

/* The words of a text, parted by '|'. */
static void check_words(const char *text, const char *wanted)
{
    struct reader r = {0};
    const struct smp_wording_in in = in_of(&r, text);
    struct smp_wording w;
    char got[400] = "";

    CHECK_OK(smp_wording_find(&in, &w));
    for (size_t i = 0; i < w.n; i++) {
        if (i) strcat(got, "|");
        strncat(got, text + w.word[i].start, w.word[i].end - w.word[i].start);
    }
    assert_string_equal(got, wanted);
    assert_int_equal(r.asked, w.n + 1);
    smp_wording_free(&w);
}

static void test_the_word_that_matters_weighs_and_others_do_not(void **state)
{
    struct reader r = {0};
    const struct smp_wording_in in = in_of(&r, "win a free prize");
    struct smp_wording w;

    (void)state;
    CHECK_OK(smp_wording_find(&in, &w));
    assert_int_equal(w.n, 4);
    CHECK_NEAR(w.p, 0.9, 1e-6);
    CHECK_NEAR(w.word[2].weight, log(9) - log(0.25), 1e-4);
    assert_int_equal(w.word[2].start, 6);
    assert_int_equal(w.word[2].end, 10);
    CHECK_NEAR(w.word[0].weight + w.word[1].weight + w.word[3].weight, 0, 1e-6);
    smp_wording_free(&w);
}

static void test_what_is_said_twice_carries_nothing_alone(void **state)
{
    struct reader r = {0};
    const struct smp_wording_in in = in_of(&r, "free free");
    struct smp_wording w;

    (void)state;
    CHECK_OK(smp_wording_find(&in, &w));
    CHECK_NEAR(w.word[0].weight, 0, 1e-6);
    smp_wording_free(&w);
}

static void test_words_are_cut_as_a_reader_would(void **state)
{
    (void)state;
    check_words("  Win,\ta\n free prize! ", "Win,|a|free|prize!");
    check_words("\u00c9t\u00e9\u00a0free", "\u00c9t\u00e9|free");
    check_words("\u6211\u8981 free", "\u6211|\u8981|free");
    check_words("\u0e01\u0e02\u0e03\u0e04\u0e05\u0e06",
                "\u0e01\u0e02\u0e03\u0e04|\u0e05\u0e06");
    check_words("a\xff"
                "free",
                "a|free");
    check_words("", "");
    check_words(" \n", "");
}

static void test_long_texts_are_asked_about_in_runs_of_words(void **state)
{
    struct reader r = {0};
    struct smp_wording_in in;
    struct smp_wording w;
    static char text[6000];

    (void)state;
    for (size_t i = 0; i + 6 < sizeof text; i += 5)
        memcpy(text + i, i == 2500 ? "free " : "some ", 6);
    in = in_of(&r, text);
    CHECK_OK(smp_wording_find(&in, &w));
    assert_in_range(w.n, SMP_WORDING_MOST / 2, SMP_WORDING_MOST);
    assert_int_equal(r.asked, w.n + 1);
    for (size_t i = 0; i < w.n; i++) {
        const bool there = w.word[i].start <= 2500 && w.word[i].end > 2500;
        assert_int_equal(w.word[i].weight > 1, there);
        assert_true(i == 0 || w.word[i].start > w.word[i - 1].end);
    }
    smp_wording_free(&w);
}

static void test_a_classifier_that_fails_is_told_as_it_failed(void **state)
{
    struct reader r = {.fails = SMP_INVALID};
    const struct smp_wording_in in = in_of(&r, "free");
    struct smp_wording w;

    (void)state;
    CHECK_FAILS(smp_wording_find(&in, &w), SMP_INVALID, "away");
    assert_null(w.word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_word_that_matters_weighs_and_others_do_not),
        cmocka_unit_test(test_what_is_said_twice_carries_nothing_alone),
        cmocka_unit_test(test_words_are_cut_as_a_reader_would),
        cmocka_unit_test(test_long_texts_are_asked_about_in_runs_of_words),
        cmocka_unit_test(test_a_classifier_that_fails_is_told_as_it_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

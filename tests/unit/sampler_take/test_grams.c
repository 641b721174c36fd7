#include "unit/sampler/check_smp.h"

#include "sampler/take/grams.h"

#include <stdio.h>

enum { TEXTS = 90, CLASSES = 3 };

static const char *const WORDS[CLASSES][3] = {
    {"win a prize", "call now",     "free entry"},
    {"on my way",   "see you soon", "love"      },
    {"my card",     "was declined", "refund"    },
};

/* Text 0 alone says "xyzzy". */
static enum smp_status say(void *ctx, size_t i, const char **text, size_t *n, float *targets)
{
    static char buffer[100];

    (void)ctx;
    snprintf(buffer, sizeof buffer, "%s %s%s", WORDS[i % 3][i / 3 % 3], WORDS[i % 3][i / 9 % 3],
             i ? "" : " xyzzy");
    *text = buffer;
    *n = strlen(buffer);
    for (size_t c = 0; c < CLASSES; c++)
        targets[c] = c == i % 3 ? 1 : 0;
    return SMP_OK;
}

static struct smp_grams *learn(unsigned n_threads)
{
    const struct smp_grams_in in = {
        .n = TEXTS, .n_classes = CLASSES, .fetch = say, .n_threads = n_threads};
    struct smp_grams *g = NULL;

    CHECK_OK(smp_grams_learn(&in, &g));
    return g;
}

static size_t best(const struct smp_grams *g, const char *text)
{
    float scores[CLASSES];
    size_t top = 0;

    CHECK_OK(smp_grams_scores(g, text, strlen(text), scores));
    for (size_t c = 1; c < CLASSES; c++)
        if (scores[c] > scores[top]) top = c;
    return top;
}

static void test_codes_are_lower_case_with_single_blanks_and_one_at_each_end(void **state)
{
    static const char TEXT[] = "  \u00c4B\t\u00a0c\u200bD\u2019\u3000\xff"
                               "e";
    static const uint32_t WANTED[] = {' ', 0xe4, 'b', ' ', 'c', 'd', '\'', ' ', 'e', ' '};
    uint32_t codes[sizeof TEXT + 2];

    (void)state;
    assert_int_equal(smp_grams_read(TEXT, sizeof TEXT - 1, codes), 10);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(codes[i], WANTED[i]);
    assert_int_equal(smp_grams_read("", 0, codes), 1);
}

static void test_learned_classes_are_told_from_new_sentences(void **state)
{
    struct smp_grams *g = learn(2);

    (void)state;
    assert_int_equal(best(g, "FREE prize, call!"), 0);
    assert_int_equal(best(g, "Love you, see you"), 1);
    assert_int_equal(best(g, "why was the card declined"), 2);
    smp_grams_free(g);
}

static void test_a_gram_of_one_text_alone_is_not_kept(void **state)
{
    static const uint32_t SEEN_ONCE[] = {'x', 'y', 'z'};
    static const uint32_t SEEN_OFTEN[] = {'c', 'a', 'r', 'd'};
    struct smp_grams *g = learn(1);

    (void)state;
    for (size_t length = 2; length <= 3; length++)
        assert_int_equal(smp_grams_find(g, SEEN_ONCE, length), g->n);
    assert_true(smp_grams_find(g, SEEN_OFTEN, 4) < g->n);
    smp_grams_free(g);
}

static void save(const struct smp_grams *g, uint8_t **bytes, size_t *n)
{
    struct smp_writer w;

    smp_writer_start(&w, SMP_CONTENT_TEXTS);
    smp_grams_put(g, &w);
    CHECK_OK(smp_writer_finish(&w, bytes, n));
}

static void test_learning_has_the_same_bits_for_any_number_of_threads(void **state)
{
    struct smp_grams *a = learn(1);
    struct smp_grams *b = learn(3);
    uint8_t *x;
    uint8_t *y;
    size_t n;
    size_t m;

    (void)state;
    save(a, &x, &n);
    save(b, &y, &m);
    assert_int_equal(n, m);
    assert_memory_equal(x, y, n);
    free(x);
    free(y);
    smp_grams_free(a);
    smp_grams_free(b);
}

static void test_what_is_written_is_read_and_a_part_of_it_refused(void **state)
{
    struct smp_grams *g = learn(1);
    struct smp_grams *back = NULL;
    struct smp_reader r;
    enum smp_content content;
    float x[CLASSES];
    float y[CLASSES];
    uint8_t *bytes;
    size_t n;

    (void)state;
    save(g, &bytes, &n);
    CHECK_OK(smp_reader_start(&r, bytes, n, &content));
    CHECK_OK(smp_grams_take(&r, &back));
    CHECK_OK(smp_grams_scores(g, "call now", 8, x));
    CHECK_OK(smp_grams_scores(back, "call now", 8, y));
    assert_memory_equal(x, y, sizeof x);
    CHECK_OK(smp_reader_start(&r, bytes, n, &content));
    r.left /= 2;
    smp_grams_free(back);
    assert_int_equal(smp_grams_take(&r, &back), SMP_CORRUPT);
    free(bytes);
    smp_grams_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes_are_lower_case_with_single_blanks_and_one_at_each_end),
        cmocka_unit_test(test_learned_classes_are_told_from_new_sentences),
        cmocka_unit_test(test_a_gram_of_one_text_alone_is_not_kept),
        cmocka_unit_test(test_learning_has_the_same_bits_for_any_number_of_threads),
        cmocka_unit_test(test_what_is_written_is_read_and_a_part_of_it_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "unit/sampler/check_smp.h"

#include "sampler/quality/duplicates.h"
#include "sampler/quality/groups.h"
#include "sampler/quality/prints.h"
#include "sampler/rng.h"

#include <string.h>

enum { N = 600 };

/* A third are earlier ones with some noise; some say nothing. */
static void make_prints(struct smp_print *print)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, 7, 0);
    for (size_t i = 0; i < N; i++) {
        const bool copy = i && smp_rng_below(&rng, 3) == 0;
        const struct smp_print *from = copy ? &print[smp_rng_below(&rng, i)] : NULL;

        for (size_t k = 0; k < SMP_PRINT; k++) {
            const int noise = (int)smp_rng_below(&rng, 31) - 15;
            const int wave = from ? from->wave[k] + noise : (int)smp_rng_below(&rng, 255) - 127;
            print[i].wave[k] = (int8_t)(wave > 127 ? 127 : wave < -127 ? -127 : wave);
        }
        if (i % 50 == 49) memset(&print[i], 0, sizeof print[i]);
    }
}

static uint64_t hash_of(const struct smp_print *p)
{
    double wave[SMP_PRINT];

    for (size_t k = 0; k < SMP_PRINT; k++)
        wave[k] = p->wave[k];
    return smp_waves_hash(wave);
}

static void test_groups_are_those_of_all_pairs(void **state)
{
    (void)state;
    static struct smp_print print[N];
    static uint32_t group[N], again[N], wanted[N];
    struct smp_groups g;
    size_t n, n_wanted;

    make_prints(print);
    CHECK_OK(smp_groups_start(&g, N));
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            if (smp_print_likeness(&print[i], &print[j]) >= 0.97f &&
                smp_hash_distance(hash_of(&print[i]), hash_of(&print[j])) <= SMP_PRINT_RADIUS)
                smp_groups_join(&g, i, j);
    n_wanted = smp_groups_number(&g, wanted);
    smp_groups_free(&g);
    assert_true(n_wanted > N / 2 && n_wanted < N);
    for (unsigned threads = 1; threads <= 3; threads++) {
        CHECK_OK(smp_near_prints(
            &(struct smp_prints_in){
                .print = print, .n = N, .alike = 0.97f, .n_threads = threads},
            again, &n));
        assert_int_equal(n, n_wanted);
        assert_memory_equal(again, wanted, sizeof group);
    }
}

static void test_a_near_hash_alone_joins_nobody(void **state)
{
    (void)state;
    struct smp_print print[3];
    uint32_t group[3];
    size_t n;

    /* The same signs around the median, other sizes; and one of the first again. */
    for (size_t k = 0; k < SMP_PRINT; k++) {
        const int sign = k % 2 ? 1 : -1;
        print[0].wave[k] = (int8_t)(sign * 100);
        print[1].wave[k] = (int8_t)(sign * (k < 4 ? 127 : 5));
        print[2].wave[k] = (int8_t)(sign * 99);
    }
    assert_true(hash_of(&print[0]) == hash_of(&print[1]));
    CHECK_OK(smp_near_prints(&(struct smp_prints_in){.print = print, .n = 3, .alike = 0.9f},
                             group, &n));
    assert_int_equal(n, 2);
    assert_true(group[0] == 0 && group[1] == 1 && group[2] == 0);
}

static struct smp_print print_of_text(const char *text)
{
    struct smp_print p;

    smp_text_print(text, strlen(text), &p);
    return p;
}

static float likeness(const char *a, const char *b)
{
    const struct smp_print x = print_of_text(a);
    const struct smp_print y = print_of_text(b);

    return smp_print_likeness(&x, &y);
}

static void test_texts_are_told_by_their_words(void **state)
{
    (void)state;
    CHECK_NEAR(likeness("My PIN has been blocked.", "\"my pin has been blocked"), 1, 1e-6);
    assert_true(likeness("My PIN has been blocked.", "My card has been blocked.") <
                SMP_ALIKE_TEXTS);
    assert_true(likeness("one two", "two one") < SMP_ALIKE_TEXTS); /* pairs tell the order */
    assert_true(likeness("", "") == 0 && likeness("...", "...") == 0);
    assert_true(
        likeness(
            "This is a longer message, of the kind that is sent out to many people with one "
            "word or a number changed here and there so that it looks as if it were new "
            "7841",
            "This is a longer message, of the kind that is sent out to many people with one "
            "word or a number changed here and there so that it looks as if it were new "
            "1193") >= SMP_ALIKE_TEXTS);
}

static void test_light_and_contrast_do_not_count_and_plain_pictures_say_nothing(void **state)
{
    (void)state;
    enum { SIDE = 48 };
    static uint8_t grey[SIDE * SIDE], light[SIDE * SIDE], plain[SIDE * SIDE];
    struct smp_print a, b, none;
    struct smp_rng rng;

    smp_rng_seed(&rng, 2, 0);
    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++) {
            const double wave = sin(0.2 * (double)x) + cos(0.13 * (double)y + 0.1 * (double)x);
            grey[y * SIDE + x] = (uint8_t)(100 + 40 * wave);
            light[y * SIDE + x] = (uint8_t)(170 + 20 * wave);
            plain[y * SIDE + x] = (uint8_t)(90 + smp_rng_below(&rng, 4));
        }
    smp_picture_print(grey, SIDE, SIDE, &a);
    smp_picture_print(light, SIDE, SIDE, &b);
    smp_picture_print(plain, SIDE, SIDE, &none);
    assert_true(smp_print_likeness(&a, &b) > 0.999f);
    assert_true(smp_print_likeness(&none, &none) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_are_those_of_all_pairs),
        cmocka_unit_test(test_a_near_hash_alone_joins_nobody),
        cmocka_unit_test(test_texts_are_told_by_their_words),
        cmocka_unit_test(test_light_and_contrast_do_not_count_and_plain_pictures_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "../sampler/check_smp.h"

#include "sampler/bytes.h"
#include "sampler/rng.h"
#include "sampler/student/student.h"

enum { SIDE = 12, CLASSES = 2, PICTURES = 40, TESTED = 40 };

/* Class 0 has a bright bar across, class 1 one down, anywhere, on noise. */
static void draw(uint8_t *pixels, size_t class, struct smp_rng *rng)
{
    const size_t at = 1 + smp_rng_below(rng, SIDE - 3);

    for (size_t y = 0; y < SIDE; y++)
        for (size_t x = 0; x < SIDE; x++) {
            const size_t place = class ? x : y;
            pixels[y * SIDE + x] =
                (uint8_t)(smp_rng_below(rng, 60) + (place == at || place == at + 1 ? 160 : 0));
        }
}

struct lesson {
    uint8_t pixels[PICTURES][SIDE * SIDE];
    float p[PICTURES][CLASSES];
    size_t fails_at;
};
static struct lesson lesson;

static enum smp_status fetch(void *ctx, size_t i, uint8_t *pixels, float *p)
{
    const struct lesson *l = ctx;

    if (i == l->fails_at) return smp_fail(SMP_CORRUPT, "picture %zu is gone", i);
    memcpy(pixels, l->pixels[i], sizeof l->pixels[i]);
    memcpy(p, l->p[i], sizeof l->p[i]);
    return SMP_OK;
}

static struct smp_student_in in_of(unsigned n_threads)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, 5, 0);
    for (size_t i = 0; i < PICTURES; i++) { /* a teacher that is never quite sure */
        draw(lesson.pixels[i], i % 2, &rng);
        lesson.p[i][i % 2] = 0.9f;
        lesson.p[i][1 - i % 2] = 0.1f;
    }
    lesson.fails_at = PICTURES;
    return (struct smp_student_in){
        .spec = {SIDE, SIDE, 1},
        .n = PICTURES,
        .n_classes = CLASSES,
        .fetch = fetch,
        .ctx = &lesson,
        .seed = 1,
        .n_threads = n_threads
    };
}

static void test_it_learns_what_its_teacher_says_and_how_sure(void **state)
{
    const struct smp_student_in in = in_of(2);
    static uint8_t pixels[TESTED][SIDE * SIDE];
    float scores[TESTED][CLASSES];
    struct smp_conv *net;
    struct smp_rng rng;
    size_t right = 0;
    double sure = 0;

    (void)state;
    CHECK_OK(smp_student_learn(&in, &net));
    smp_rng_seed(&rng, 6, 0);
    for (size_t i = 0; i < TESTED; i++)
        draw(pixels[i], i % 2, &rng);
    CHECK_OK(smp_conv_read(net, smp_conv_n_layers(net) - 1, pixels[0], TESTED, 1, scores[0]));
    for (size_t i = 0; i < TESTED; i++) {
        const float ahead = scores[i][i % 2] - scores[i][1 - i % 2];
        right += ahead > 0;
        sure += 1 / (1 + exp(-fabs((double)ahead))) / TESTED;
    }
    assert_in_range(right, TESTED * 9 / 10, TESTED);
    CHECK_NEAR(sure, 0.88, 0.08); /* as sure as the teacher, not more */
    smp_conv_free(net);
}

static uint64_t learned_hash(unsigned n_threads)
{
    struct smp_student_in in = in_of(n_threads);
    struct smp_conv *net;
    struct smp_writer w;
    uint8_t *bytes;
    size_t n;
    uint64_t hash;

    in.n = 8;
    CHECK_OK(smp_student_learn(&in, &net));
    smp_writer_start(&w, SMP_CONTENT_MODEL);
    smp_conv_put(net, &w);
    CHECK_OK(smp_writer_finish(&w, &bytes, &n));
    hash = smp_fnv(bytes, n);
    free(bytes);
    smp_conv_free(net);
    return hash;
}

static void test_threads_do_not_change_it(void **state)
{
    (void)state;
    assert_true(learned_hash(1) == learned_hash(3));
}

static void test_a_photo_is_seen_as_means_of_blocks(void **state)
{
    const struct smp_image_spec photo = {128, 128, 3}, thumbnail = {28, 20, 1};
    const struct smp_image_spec sees = smp_student_spec(&photo);
    const struct smp_image_spec as_is = smp_student_spec(&thumbnail);
    static uint8_t pixels[128 * 128 * 3], small[64 * 64 * 3];

    (void)state;
    assert_int_equal(sees.width, 64);
    assert_int_equal(sees.height, 64);
    assert_int_equal(sees.channels, 3);
    assert_memory_equal(&as_is, &thumbnail, sizeof as_is);
    pixels[(2 * 128 + 4) * 3 + 1] = 255; /* one of four pixels, green */
    smp_student_shrink(&photo, pixels, small);
    assert_int_equal(small[(1 * 64 + 2) * 3 + 1], 64); /* 63.75 */
    assert_int_equal(small[(1 * 64 + 2) * 3], 0);
    assert_int_equal(small[(1 * 64 + 3) * 3 + 1], 0);
}

static bool say_no(void *ctx, double done, const char *what)
{
    (void)ctx;
    (void)done;
    (void)what;
    return false;
}

static void test_what_cannot_be_learned_is_refused_with_a_sentence(void **state)
{
    const struct smp_progress stop = {say_no, NULL};
    struct smp_student_in in = in_of(1);
    struct smp_conv *net;

    (void)state;
    in.n = 0;
    CHECK_FAILS(smp_student_learn(&in, &net), SMP_INVALID, "1 to 20000 pictures");
    in.n = PICTURES;
    in.n_classes = 0;
    CHECK_FAILS(smp_student_learn(&in, &net), SMP_INVALID, "classes");
    in.n_classes = CLASSES;
    in.spec.width = 100;
    CHECK_FAILS(smp_student_learn(&in, &net), SMP_INVALID, "100x12");
    in.spec.width = SIDE;
    lesson.fails_at = 3;
    CHECK_FAILS(smp_student_learn(&in, &net), SMP_CORRUPT, "picture 3");
    lesson.fails_at = PICTURES;
    in.progress = &stop;
    assert_int_equal(smp_student_learn(&in, &net), SMP_CANCELLED);
    assert_null(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_learns_what_its_teacher_says_and_how_sure),
        cmocka_unit_test(test_threads_do_not_change_it),
        cmocka_unit_test(test_a_photo_is_seen_as_means_of_blocks),
        cmocka_unit_test(test_what_cannot_be_learned_is_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

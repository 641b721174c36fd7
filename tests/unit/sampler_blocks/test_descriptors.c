#include "scenes.h"

#include "sampler/blocks/fisher.h"
#include "sampler/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct smp_image_spec SPEC = {64, 64, 3};
enum { PHOTOS = 12 };

static const enum smp_descriptor_kind KINDS[] = {SMP_SHAPES, SMP_TEXTURES, SMP_COLOURS};

/* All descriptors of one photo, strip after strip; returns how many. */
static size_t describe(enum smp_descriptor_kind kind, const uint8_t *pixels, float *out)
{
    const struct smp_view_shape shape = smp_view_shape_of(&SPEC);
    float *memory = malloc(
        (smp_view_floats(&shape) + smp_view_spare(&shape) + smp_descriptors_work(shape.large)) *
        sizeof *memory);
    float *spare = memory + smp_view_floats(&shape);
    struct smp_descriptor_map map;
    struct smp_view view;
    size_t n = 0;

    assert_non_null(memory);
    smp_view_make(&shape, pixels, memory, spare, &view);
    smp_descriptors_prepare(kind, &view, spare + smp_view_spare(&shape), &map);
    for (size_t scale = 0; scale < map.n_scales; scale++)
        for (size_t band = 0; band < SMP_BANDS; band++)
            n += smp_descriptors_strip(&map, scale, band, out + n * smp_descriptor_size(kind));
    free(memory);
    return n;
}

static float *described(enum smp_descriptor_kind kind, const uint8_t *pixels, size_t *n)
{
    const size_t room = smp_descriptors_per_photo(kind, 64) * smp_descriptor_size(kind);
    float *x = malloc(room * sizeof *x);

    assert_non_null(x);
    *n = describe(kind, pixels, x);
    assert_int_equal(*n, smp_descriptors_per_photo(kind, 64));
    return x;
}

static void test_mirroring_twice_changes_nothing(void **state)
{
    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < smp_descriptor_size(KINDS[k]); i++)
            assert_int_equal(
                smp_descriptor_mirror(KINDS[k], smp_descriptor_mirror(KINDS[k], i)), i);
}

/* Every descriptor of the photo is found, exchanged, among those of its mirror image: compared by
 * their sums over all descriptors, of each number and of its square. */
static void test_a_mirrored_photo_has_mirrored_descriptors(void **state)
{
    uint8_t *pixels = scenes_make(&SPEC, 1, 4), *mirrored = scenes_make(&SPEC, 1, 4);

    (void)state;
    scene_mirror(&SPEC, pixels, mirrored);
    for (size_t k = 0; k < 3; k++) {
        const size_t size = smp_descriptor_size(KINDS[k]);
        size_t n;
        float *a = described(KINDS[k], pixels, &n), *b = described(KINDS[k], mirrored, &n);
        for (size_t j = 0; j < size; j++) {
            const size_t m = smp_descriptor_mirror(KINDS[k], j);
            double sum = 0, squares = 0;
            for (size_t i = 0; i < n; i++) {
                const double x = (double)a[i * size + j], y = (double)b[i * size + m];
                sum += x - y;
                squares += x * x - y * y;
            }
            CHECK_NEAR(sum / (double)n, 0, 1e-4);
            CHECK_NEAR(squares / (double)n, 0, 1e-4);
        }
        free(a);
        free(b);
    }
    free(pixels);
    free(mirrored);
}

static void test_root_descriptors_have_length_one(void **state)
{
    uint8_t *pixels = scenes_make(&SPEC, 1, 6);
    size_t n;
    float *x = described(SMP_TEXTURES, pixels, &n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        float sum = 0;
        for (size_t j = 0; j < 128; j++)
            sum += x[i * 128 + j] * x[i * 128 + j];
        CHECK_NEAR(sum, 1, 1e-3f);
    }
    free(x);
    free(pixels);
}

static void test_axes_are_orthonormal_and_know_left_from_right(void **state)
{
    uint8_t *pixels = scenes_make(&SPEC, 1, 8);
    struct smp_axes axes;
    size_t n;
    float *x = described(SMP_SHAPES, pixels, &n);
    float *turned = malloc(n * 128 * sizeof *turned), *y = malloc(n * 20 * sizeof *y),
          *z = malloc(n * 20 * sizeof *z);

    (void)state;
    assert_non_null(turned);
    CHECK_SMP(smp_axes_learn(SMP_SHAPES, x, n, 20, &axes));
    assert_int_equal(axes.n, 20);
    for (size_t i = 0; i < 20; i++) {
        for (size_t j = 0; j <= i; j++) {
            double dot = 0;
            for (size_t k = 0; k < 128; k++)
                dot += (double)axes.v[i * 128 + k] * (double)axes.v[j * 128 + k];
            CHECK_NEAR(dot, i == j ? 1 : 0, 1e-5);
        }
    }
    for (size_t i = 0; i < n * 128; i++)
        turned[i / 128 * 128 + smp_descriptor_mirror(SMP_SHAPES, i % 128)] = x[i];
    smp_axes_apply(&axes, x, n, y);
    smp_axes_apply(&axes, turned, n, z);
    for (size_t i = 0; i < n * 20; i++)
        CHECK_NEAR(z[i], i % 20 < axes.n_even ? y[i] : -y[i], 1e-5f);
    smp_axes_free(&axes);
    free(pixels);
    free(x);
    free(turned);
    free(y);
    free(z);
}

/* Two clouds at (+-2, 3) on one odd and one even axis, in rows (n, 4): coordinates, squares. */
static float *clouds(size_t n)
{
    float *x = malloc(n * 4 * sizeof *x);
    struct smp_rng rng;

    assert_non_null(x);
    smp_rng_seed(&rng, 3, 0);
    for (size_t i = 0; i < n; i++) {
        const float y[2] = {(float)(3 + 0.1 * smp_rng_normal(&rng)),
                            (float)((i % 2 ? 2 : -2) + 0.3 * smp_rng_normal(&rng))};
        smp_mixture_rows(y, 1, 2, x + i * 4);
    }
    return x;
}

static void test_a_mixture_finds_two_clouds_that_mirror_each_other(void **state)
{
    float *x = clouds(3000), q[2];
    const struct smp_mixture_in in = {
        .x = x, .n = 3000, .d = 2, .n_even = 1, .k = 2, .seed = 1, .n_threads = 2};
    struct smp_mixture m;

    (void)state;
    CHECK_SMP(smp_mixture_learn(&in, &m));
    assert_int_equal(m.k, 2);
    for (size_t c = 0; c < 2; c++) {
        CHECK_NEAR(m.weight[c], 0.5f, 1e-3f);
        CHECK_NEAR(m.mean[c * 2], 3, 0.02f);
        CHECK_NEAR(fabsf(m.mean[c * 2 + 1]), 2, 0.03f);
        CHECK_NEAR(m.variance[c * 2], 0.01f, 0.002f);
        CHECK_NEAR(m.variance[c * 2 + 1], 0.09f, 0.01f);
    }
    CHECK_NEAR(m.mean[1], -m.mean[3], 0);
    smp_mixture_shares(&m, x, 1, q);
    CHECK_NEAR(q[0] + q[1], 1, 1e-6f);
    assert_true(q[0] > 0.99f || q[1] > 0.99f);
    smp_mixture_free(&m);
    free(x);
}

static void test_threads_do_not_change_a_mixture(void **state)
{
    float *x = clouds(5000);
    struct smp_mixture_in in = {.x = x, .n = 5000, .d = 2, .n_even = 1, .k = 8, .seed = 1};
    struct smp_mixture a, b;

    (void)state;
    in.n_threads = 1;
    CHECK_SMP(smp_mixture_learn(&in, &a));
    in.n_threads = 3;
    CHECK_SMP(smp_mixture_learn(&in, &b));
    assert_memory_equal(a.mean, b.mean, 8 * 2 * sizeof(float));
    assert_memory_equal(a.variance, b.variance, 8 * 2 * sizeof(float));
    smp_mixture_free(&a);
    smp_mixture_free(&b);
    free(x);
}

static void test_too_few_descriptors_are_refused(void **state)
{
    float *x = clouds(15);
    const struct smp_mixture_in in = {.x = x, .n = 15, .d = 2, .n_even = 1, .k = 8, .seed = 1};
    struct smp_mixture m;

    (void)state;
    assert_int_equal(smp_mixture_learn(&in, &m), SMP_INVALID);
    assert_non_null(strstr(smp_message(), "15 descriptors"));
    free(x);
}

/* The textbook's Fisher vector of n descriptors, in double: the reference for the one by products,
 * folding and pairs. g (2, k, d), signed-square-rooted and of length 1. */
static void textbook(const struct smp_fisher *f, const float *x, size_t n, double *g)
{
    const struct smp_mixture *m = &f->mixture;
    const size_t k = m->k, d = m->d;
    double *y = calloc(d + k, sizeof *y), *q = y + d, length2 = 0;

    assert_non_null(y);
    memset(g, 0, 2 * k * d * sizeof *g);
    for (size_t i = 0; i < n; i++) {
        double high = -HUGE_VAL, sum = 0;
        for (size_t j = 0; j < d; j++) {
            y[j] = (double)f->axes.bias[j];
            for (size_t l = 0; l < f->axes.size; l++)
                y[j] +=
                    (double)f->axes.v[j * f->axes.size + l] * (double)x[i * f->axes.size + l];
        }
        for (size_t c = 0; c < k; c++) {
            q[c] = log((double)m->weight[c]);
            for (size_t j = 0; j < d; j++) {
                const double off = y[j] - (double)m->mean[c * d + j];
                const double variance = (double)m->variance[c * d + j];
                q[c] -= 0.5 * (log(variance) + off * off / variance);
            }
            high = fmax(high, q[c]);
        }
        for (size_t c = 0; c < k; c++)
            sum += q[c] = exp(q[c] - high);
        for (size_t c = 0; c < k; c++) {
            const double unit = q[c] / sum / ((double)n * sqrt((double)m->weight[c]));
            for (size_t j = 0; j < d; j++) {
                const double off =
                    (y[j] - (double)m->mean[c * d + j]) / sqrt((double)m->variance[c * d + j]);
                g[c * d + j] += unit * off;
                g[(k + c) * d + j] += unit * (off * off - 1) / sqrt(2);
            }
        }
    }
    for (size_t i = 0; i < 2 * k * d; i++) {
        length2 += fabs(g[i]);
        g[i] = copysign(sqrt(fabs(g[i])), g[i]);
    }
    for (size_t i = 0; i < 2 * k * d; i++)
        g[i] /= sqrt(length2);
    free(y);
}

static void encode_fisher(const struct smp_fisher *f, const uint8_t *pixels, float *out)
{
    const struct smp_view_shape shape = smp_view_shape_of(&SPEC);
    const size_t view_floats = smp_view_floats(&shape) + smp_view_spare(&shape);
    float *memory = malloc((view_floats + smp_fisher_work(f, shape.large)) * sizeof *memory);
    struct smp_view view;

    assert_non_null(memory);
    smp_view_make(&shape, pixels, memory, memory + smp_view_floats(&shape), &view);
    smp_fisher_encode(f, &view, memory + view_floats, out);
    free(memory);
}

static void
test_a_fisher_vector_is_the_textbook_mean_and_difference_of_a_photo_and_its_mirror_image(
    void **state)
{
    uint8_t *pixels = scenes_make(&SPEC, PHOTOS, 2), mirrored[64 * 64 * 3];
    const struct smp_photos photos = {
        .spec = SPEC, .pixels = pixels, .n = PHOTOS, .seed = 1, .n_threads = 2};
    struct smp_fisher f;
    size_t n, half;
    float *x, *turned, *out;
    double *a, *b;

    (void)state;
    CHECK_SMP(smp_fisher_learn(&photos, SMP_TEXTURES, &f));
    half = f.mixture.k / 2 * f.mixture.d;
    a = malloc(4 * half * sizeof *a);
    b = malloc(4 * half * sizeof *b);
    out = malloc(smp_fisher_size(&f) * sizeof *out);
    assert_true(a && b && out);
    assert_int_equal(smp_fisher_size(&f), 4 * half);
    scene_mirror(&SPEC, pixels, mirrored);
    x = described(SMP_TEXTURES, pixels, &n);
    turned = described(SMP_TEXTURES, mirrored, &n);
    textbook(&f, x, n, a);
    textbook(&f, turned, n, b);
    encode_fisher(&f, pixels, out);
    for (size_t part = 0; part < 2;
         part++) { /* one component of a pair says all, times root 2 */
        for (size_t i = 0; i < half; i++) {
            const double own = a[part * 2 * half + i], other = b[part * 2 * half + i];
            CHECK_NEAR(out[part * half + i], (own + other) / 2 * sqrt(2), 2e-3);
            CHECK_NEAR(out[(2 + part) * half + i], 0.4 * (own - other) / 2 * sqrt(2), 2e-3);
        }
    }
    smp_fisher_free(&f);
    free(pixels);
    free(x);
    free(turned);
    free(out);
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mirroring_twice_changes_nothing),
        cmocka_unit_test(test_a_mirrored_photo_has_mirrored_descriptors),
        cmocka_unit_test(test_root_descriptors_have_length_one),
        cmocka_unit_test(test_axes_are_orthonormal_and_know_left_from_right),
        cmocka_unit_test(test_a_mixture_finds_two_clouds_that_mirror_each_other),
        cmocka_unit_test(test_threads_do_not_change_a_mixture),
        cmocka_unit_test(test_too_few_descriptors_are_refused),
        cmocka_unit_test(
            test_a_fisher_vector_is_the_textbook_mean_and_difference_of_a_photo_and_its_mirror_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

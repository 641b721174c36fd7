#include "unit/sampler/check_smp.h"

#include "sampler/quality/duplicates.h"
#include "sampler/quality/groups.h"
#include "sampler/quality/split.h"
#include "sampler/rng.h"

/* -- hashes -------------------------------------------------------------------------------------------- */

enum { SIDE = 96 };

/* Some soft spots of light, different for each seed. */
static void make_picture(uint64_t seed, size_t side, double gain, uint8_t *grey)
{
    struct smp_rng rng;
    double spot[12][4];

    smp_rng_seed(&rng, seed, 0);
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 4; j++)
            spot[i][j] = smp_rng_unit(&rng);
    for (size_t y = 0; y < side; y++) {
        for (size_t x = 0; x < side; x++) {
            double sum = 20;
            for (int i = 0; i < 12; i++) {
                const double dx = ((double)x + 0.5) / (double)side - spot[i][0];
                const double dy = ((double)y + 0.5) / (double)side - spot[i][1];
                sum +=
                    160 * spot[i][2] * exp(-(dx * dx + dy * dy) / (0.005 + 0.03 * spot[i][3]));
            }
            grey[y * side + x] = (uint8_t)fmin(gain * sum, 255);
        }
    }
}

static void test_copies_hash_near_and_strangers_far(void **state)
{
    (void)state;
    static uint8_t a[SIDE * SIDE], small[48 * 48], dark[SIDE * SIDE], other[SIDE * SIDE];
    unsigned near = 0, far = 64;

    for (uint64_t seed = 1; seed <= 20; seed++) {
        make_picture(seed, SIDE, 0.7, a);
        make_picture(seed, 48, 0.7, small);
        make_picture(seed, SIDE, 0.5, dark);
        make_picture(seed + 100, SIDE, 0.7, other);
        const uint64_t hash = smp_picture_hash(a, SIDE, SIDE);
        const unsigned d[3] = {smp_hash_distance(hash, smp_picture_hash(small, 48, 48)),
                               smp_hash_distance(hash, smp_picture_hash(dark, SIDE, SIDE)),
                               smp_hash_distance(smp_gradient_hash(a, SIDE, SIDE),
                                                 smp_gradient_hash(small, 48, 48))};
        for (int i = 0; i < 3; i++)
            near = d[i] > near ? d[i] : near;
        const unsigned stranger = smp_hash_distance(hash, smp_picture_hash(other, SIDE, SIDE));
        far = stranger < far ? stranger : far;
    }
    print_message("copies differ by at most %u bits, strangers by at least %u\n", near, far);
    assert_true(near <= 8 && far >= 16);
}

static void test_hashes_are_as_by_hand(void **state)
{
    (void)state;
    uint8_t falling[9 * 8], rising[9 * 8];
    const uint8_t one = 7;

    for (uint8_t i = 0; i < 72; i++) {
        falling[i] = (uint8_t)(200 - 20 * (i % 9));
        rising[i] = (uint8_t)(20 * (i % 9));
    }
    assert_true(smp_gradient_hash(falling, 9, 8) == UINT64_MAX);
    assert_true(smp_gradient_hash(rising, 9, 8) == 0);
    /* A picture and its negative: every wave's sign turns. */
    static uint8_t a[SIDE * SIDE], negative[SIDE * SIDE];
    make_picture(3, SIDE, 0.7, a);
    for (size_t i = 0; i < SIDE * SIDE; i++)
        negative[i] = (uint8_t)(255 - a[i]);
    assert_true(smp_hash_distance(smp_picture_hash(a, SIDE, SIDE),
                                  smp_picture_hash(negative, SIDE, SIDE)) >= 60);
    assert_true(smp_gradient_hash(&one, 1, 1) == 0);
}

/* -- groups -------------------------------------------------------------------------------------------- */

static size_t group_by_all_pairs(const uint64_t *hash, size_t n, unsigned radius,
                                 uint32_t *group)
{
    struct smp_groups g;
    size_t n_groups;

    CHECK_OK(smp_groups_start(&g, n));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (smp_hash_distance(hash[i], hash[j]) <= radius) smp_groups_join(&g, i, j);
    n_groups = smp_groups_number(&g, group);
    smp_groups_free(&g);
    return n_groups;
}

static void test_near_hashes_are_those_of_all_pairs_for_every_radius(void **state)
{
    (void)state;
    enum { N = 1500 };
    static uint64_t hash[N];
    static uint32_t group[N], wanted[N];
    struct smp_rng rng;
    size_t n_groups;

    smp_rng_seed(&rng, 1, 0);
    for (size_t i = 0; i < N; i++) {
        /* A third are copies of an earlier one with up to 12 bits turned. */
        hash[i] =
            i && smp_rng_below(&rng, 3) == 0 ? hash[smp_rng_below(&rng, i)] : smp_rng_u64(&rng);
        for (size_t bits = smp_rng_below(&rng, 13); bits; bits--)
            hash[i] ^= (uint64_t)1 << smp_rng_below(&rng, 64);
    }
    for (unsigned radius = 0; radius <= SMP_NEAR_RADIUS_MAX; radius++) {
        CHECK_OK(smp_near_hashes(
            &(struct smp_near_in){
                .hash = hash, .n = N, .radius = radius, .n_threads = 1 + radius % 3},
            group, &n_groups));
        assert_int_equal(n_groups, group_by_all_pairs(hash, N, radius, wanted));
        assert_memory_equal(group, wanted, sizeof group);
    }
    CHECK_FAILS(smp_near_hashes(&(struct smp_near_in){.hash = hash, .n = N, .radius = 12},
                                group, &n_groups),
                SMP_INVALID, "at most 11");
}

/* 8,000 different hashes (a Gray code of 13 bits), half of all 32 million pairs within 6 bits. */
static void test_a_long_burst_is_one_group(void **state)
{
    (void)state;
    enum { N = 8000 };
    static uint64_t hash[N];
    static uint32_t group[N];
    size_t n_groups;

    for (uint64_t i = 0; i < N; i++)
        hash[i] = 0xf0f0f0f0f0f00000u | (i ^ i >> 1);
    CHECK_OK(smp_near_hashes(
        &(struct smp_near_in){.hash = hash, .n = N, .radius = 6, .n_threads = 2}, group,
        &n_groups));
    assert_int_equal(n_groups, 1);
}

static void test_skipped_items_stay_alone(void **state)
{
    (void)state;
    const uint64_t hash[4] = {5, 5, 5, 4};
    const uint8_t skip[4] = {0, 1, 0, 0};
    uint32_t group[4];
    size_t n;

    CHECK_OK(smp_near_hashes(
        &(struct smp_near_in){.hash = hash, .n = 4, .radius = 1, .skip = skip}, group, &n));
    assert_int_equal(n, 2);
    assert_int_equal(group[1], 1);
    assert_true(group[0] == 0 && group[2] == 0 && group[3] == 0);
}

/* -- splits --------------------------------------------------------------------------------------------- */

enum { ITEMS = 3000, CLASSES = 5 };

struct made {
    uint64_t group[ITEMS];
    uint32_t class_id[ITEMS], part[ITEMS];
};

static void make_items(struct made *m, size_t per_group)
{
    struct smp_rng rng;

    smp_rng_seed(&rng, 4, 0);
    for (size_t i = 0; i < ITEMS; i++) {
        m->group[i] = (i / per_group) * 0x9e3779b97f4a7c15u;
        m->class_id[i] = (uint32_t)(smp_rng_below(&rng, 16) % 9 % CLASSES);
    }
}

static void test_classes_are_shared_out_to_within_one_item(void **state)
{
    (void)state;
    static struct made m;
    const double share[3] = {8, 1, 1};
    double got[3][CLASSES] = {{0}}, all[CLASSES] = {0};

    make_items(&m, 1);
    CHECK_OK(smp_split(&(struct smp_split_in){m.group, m.class_id, ITEMS, CLASSES, share, 3, 1},
                       m.part));
    for (size_t i = 0; i < ITEMS; i++) {
        got[m.part[i]][m.class_id[i]]++;
        all[m.class_id[i]]++;
    }
    for (size_t p = 0; p < 3; p++)
        for (size_t c = 0; c < CLASSES; c++)
            CHECK_NEAR(got[p][c], share[p] / 10 * all[c], 1.01);
}

static void test_groups_stay_on_one_side_and_shares_stay_near(void **state)
{
    (void)state;
    static struct made m;
    const double share[3] = {0.7, 0.15, 0.15};
    double got[3][CLASSES] = {{0}}, all[CLASSES] = {0};

    make_items(&m, 13);
    CHECK_OK(smp_split(&(struct smp_split_in){m.group, m.class_id, ITEMS, CLASSES, share, 3, 1},
                       m.part));
    for (size_t i = 0; i < ITEMS; i++) {
        if (i % 13) assert_int_equal(m.part[i], m.part[i - 1]);
        got[m.part[i]][m.class_id[i]]++;
        all[m.class_id[i]]++;
    }
    for (size_t p = 0; p < 3; p++)
        for (size_t c = 0; c < CLASSES; c++)
            CHECK_NEAR(got[p][c] / all[c], share[p], 0.02);
}

static void test_a_split_depends_on_seed_and_keys_and_not_on_order(void **state)
{
    (void)state;
    static struct made m, turned;
    static uint32_t other[ITEMS];
    const double share[2] = {0.5, 0.5};
    size_t differ = 0;

    make_items(&m, 3);
    CHECK_OK(smp_split(&(struct smp_split_in){m.group, m.class_id, ITEMS, CLASSES, share, 2, 1},
                       m.part));
    for (size_t i = 0; i < ITEMS; i++) {
        turned.group[i] = m.group[ITEMS - 1 - i];
        turned.class_id[i] = m.class_id[ITEMS - 1 - i];
    }
    CHECK_OK(smp_split(
        &(struct smp_split_in){turned.group, turned.class_id, ITEMS, CLASSES, share, 2, 1},
        turned.part));
    CHECK_OK(smp_split(&(struct smp_split_in){m.group, m.class_id, ITEMS, CLASSES, share, 2, 2},
                       other));
    for (size_t i = 0; i < ITEMS; i++) {
        assert_int_equal(turned.part[i], m.part[ITEMS - 1 - i]);
        differ += other[i] != m.part[i];
    }
    assert_in_range(differ, ITEMS / 3, ITEMS * 2 / 3);
}

static void test_splits_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static struct made m;
    const double share[2] = {1, 0};

    make_items(&m, 1);
    CHECK_FAILS(
        smp_split(&(struct smp_split_in){m.group, m.class_id, ITEMS, CLASSES, share, 2, 1},
                  m.part),
        SMP_INVALID, "part 1 has a share of 0");
    CHECK_FAILS(
        smp_split(&(struct smp_split_in){m.group, m.class_id, ITEMS, 1, share, 1, 1}, m.part),
        SMP_INVALID, "of 1 classes");
    CHECK_FAILS(
        smp_split(&(struct smp_split_in){m.group, m.class_id, ITEMS, 1, share, 0, 1}, m.part),
        SMP_INVALID, "0 parts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_hash_near_and_strangers_far),
        cmocka_unit_test(test_hashes_are_as_by_hand),
        cmocka_unit_test(test_near_hashes_are_those_of_all_pairs_for_every_radius),
        cmocka_unit_test(test_a_long_burst_is_one_group),
        cmocka_unit_test(test_skipped_items_stay_alone),
        cmocka_unit_test(test_classes_are_shared_out_to_within_one_item),
        cmocka_unit_test(test_groups_stay_on_one_side_and_shares_stay_near),
        cmocka_unit_test(test_a_split_depends_on_seed_and_keys_and_not_on_order),
        cmocka_unit_test(test_splits_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

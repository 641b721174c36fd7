#include "check.h"

#include "base/arena.h"

static void test_memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a;
    unsigned char *before = NULL;

    arena_init(&a, MIB);
    for (size_t n = 0; n < 200; n++) {
        unsigned char *p = arena_alloc(&a, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, n);
        assert_ptr_not_equal(p, before);
        before = p;
    }
    arena_free(&a);
}

static void test_the_maximum_holds_and_is_free_again_after(void **state)
{
    (void)state;
    struct arena a;

    arena_init(&a, 100 * KIB);
    assert_non_null(arena_alloc(&a, 90 * KIB));
    assert_null(arena_alloc(&a, 20 * KIB));
    assert_non_null(arena_alloc(&a, 1 * KIB)); /* what fits still fits */
    arena_free(&a);
    assert_non_null(arena_alloc(&a, 90 * KIB));
    arena_free(&a);
}

static void test_sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct arena a;

    arena_init(&a, SIZE_MAX);
    assert_null(arena_array(&a, SIZE_MAX / 2, 3));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_copy(&a, "", SIZE_MAX));
    arena_free(&a);
}

static void test_a_large_block_does_not_end_the_one_being_filled(void **state)
{
    (void)state;
    struct arena a;
    char *first;
    char *second;

    arena_init(&a, MIB);
    first = arena_strdup(&a, "first");
    assert_non_null(arena_alloc(&a, 64 * KIB));
    second = arena_printf(&a, "%s and %d", first, 2);
    assert_string_equal(second, "first and 2");
    assert_true(second > first && second - first < 1024);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(test_the_maximum_holds_and_is_free_again_after),
        cmocka_unit_test(test_sizes_that_overflow_are_refused),
        cmocka_unit_test(test_a_large_block_does_not_end_the_one_being_filled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "api/guess.h"

#include "check.h"

#include <stdio.h>

static struct guesses *G;

static int up(void **state)
{
    (void)state;
    return (int)hash_start() || !(G = guesses_new());
}

static int down(void **state)
{
    (void)state;
    guesses_free(G);
    return 0;
}

/* n wrong tries in this name, each from an address of its own. */
static void fail_from_everywhere(const char *name, int n)
{
    for (int i = 0; i < n; i++) {
        char address[40];
        snprintf(address, sizeof address, "198.51.100.%d", i);
        guesses_failed(G, name, address);
    }
}

static void test_five_slips_cost_nothing_and_then_the_wait_doubles(void **state)
{
    static const unsigned WAITS[] = {0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};

    (void)state;
    for (size_t i = 0; i < sizeof WAITS / sizeof *WAITS; i++) {
        guesses_failed(G, "ada", "192.0.2.1");
        assert_int_equal(guesses_wait_s(G, "ada", "192.0.2.1"), WAITS[i]);
    }
    guesses_forget(G, "ada", "192.0.2.1");
    assert_int_equal(guesses_wait_s(G, "ada", "192.0.2.1"), 0);
}

static void test_many_names_from_one_address_are_slowed(void **state)
{
    (void)state;
    for (int i = 0; i < 51; i++) {
        char name[20];
        snprintf(name, sizeof name, "name %d", i);
        assert_int_equal(guesses_wait_s(G, name, "192.0.2.1"), 0);
        guesses_failed(G, name, "192.0.2.1");
    }
    assert_int_equal(guesses_wait_s(G, "somebody new", "192.0.2.1"), 2);
    assert_int_equal(guesses_wait_s(G, "somebody new", "192.0.2.2"), 0);
}

static void test_one_name_from_many_addresses_is_slowed(void **state)
{
    (void)state;
    fail_from_everywhere("ada", 20);
    assert_int_equal(guesses_wait_s(G, "ada", "203.0.113.9"), 0);
    guesses_failed(G, "ada", "203.0.113.1");
    assert_int_equal(guesses_wait_s(G, "ada", "203.0.113.9"), 2);
    assert_int_equal(guesses_wait_s(G, "bob", "203.0.113.9"), 0);
}

static void test_capitals_are_no_way_around(void **state)
{
    (void)state;
    fail_from_everywhere("ada", 11);
    fail_from_everywhere("ADA", 5);
    fail_from_everywhere("Ada", 5);
    assert_int_equal(guesses_wait_s(G, "aDa", "203.0.113.9"), 2);
}

static void test_strangers_cannot_lock_a_person_out_where_that_person_signs_in(void **state)
{
    (void)state;
    guesses_forget(G, "ada", "192.0.2.7"); /* signed in there */
    fail_from_everywhere("ada", 60);
    assert_true(guesses_wait_s(G, "ada", "203.0.113.9") > 200);
    assert_int_equal(guesses_wait_s(G, "Ada", "192.0.2.7"), 0);
    for (int i = 0; i < 6; i++)
        guesses_failed(G, "ada", "192.0.2.7");
    assert_int_equal(guesses_wait_s(G, "ada", "192.0.2.7"), 2); /* but not to guess at will */
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_five_slips_cost_nothing_and_then_the_wait_doubles),
        CASE(test_many_names_from_one_address_are_slowed),
        CASE(test_one_name_from_many_addresses_is_slowed),
        CASE(test_capitals_are_no_way_around),
        CASE(test_strangers_cannot_lock_a_person_out_where_that_person_signs_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "check.h"

#include "api/api.h"
#include "api/guess.h"
#include "api/metrics.h"

#include <stdio.h>

static struct arena a;

static const struct route *find(enum method m, const char *path, struct pair *params,
                                const char **allow)
{
    const struct route *r = NULL;

    memset(params, 0, (PARAMS_MAX + 1) * sizeof *params);
    if (route_find(&a, m, path, &r, params, allow)) *allow = "nothing";
    return r;
}

static void test_a_path_gives_its_parameters_by_name(void **state)
{
    struct pair params[PARAMS_MAX + 1];
    const char *allow;
    const struct route *r;

    (void)state;
    arena_init(&a, MIB);
    r = find(POST, "/api/v1/projects/7/labels/abc/retract", params, &allow);
    assert_non_null(r);
    assert_string_equal(r->pattern, "/api/v1/projects/{project}/labels/{label}/retract");
    assert_string_equal(params[0].name, "project");
    assert_string_equal(params[0].value, "7");
    assert_string_equal(params[1].name, "label");
    assert_string_equal(params[1].value, "abc");
    assert_null(params[2].name);
    arena_free(&a);
}

static void test_paths_that_are_nearly_right_are_not(void **state)
{
    static const char *const WRONG[] = {"",
                                        "/",
                                        "/api/v1",
                                        "/api/v1/projects/",
                                        "/api/v1/projects//items",
                                        "/api/v1/projects/7/",
                                        "/api/v1/projects/7/items/8",
                                        "/api/v1/session/password/x",
                                        "/api/v2/projects",
                                        "healthz",
                                        "/healthz/",
                                        "/API/v1/projects"};
    struct pair params[PARAMS_MAX + 1];
    const char *allow;

    (void)state;
    arena_init(&a, MIB);
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        assert_null(find(GET, WRONG[i], params, &allow));
        assert_string_equal(allow, "nothing");
    }
    arena_free(&a);
}

static void test_another_method_is_answered_with_those_there_are(void **state)
{
    struct pair params[PARAMS_MAX + 1];
    const char *allow;

    (void)state;
    arena_init(&a, MIB);
    assert_null(find(DELETE, "/api/v1/projects/7", params, &allow));
    assert_string_equal(allow, "GET, HEAD, PATCH");
    assert_null(find(PUT, "/api/v1/session", params, &allow));
    assert_string_equal(allow, "GET, HEAD, POST, DELETE");
    arena_free(&a);
}

static void test_no_two_routes_take_the_same_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTES_N; i++)
        for (size_t j = i + 1; j < ROUTES_N; j++)
            if (ROUTES[i].method == ROUTES[j].method)
                assert_string_not_equal(ROUTES[i].pattern, ROUTES[j].pattern);
}

static void test_reading_routes_never_take_the_writers_lane(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTES_N; i++) {
        const struct route *r = &ROUTES[i];
        if (r->method == GET) assert_int_not_equal(r->lane, WRITE);
        if (r->body == JSON) assert_int_not_equal(r->body_max, 0);
        if (r->body == NONE) assert_int_equal(r->body_max, 0);
    }
}

static struct req with_query(const char *name, const char *value)
{
    return (struct req){.query = {{name, value}}, .n_query = 1};
}

static void test_a_number_in_the_query_is_read_whole_and_within_its_limits(void **state)
{
    static const char *const WRONG[] = {"",    "x", "1x", " 1",  "+1",
                                        "1.0", "0", "11", "--1", "99999999999999999999"};
    struct req q = with_query("limit", "10");
    int64_t n;

    (void)state;
    CHECK_OK(req_query_int(&q, "limit", 5, 1, 10, &n));
    assert_int_equal(n, 10);
    CHECK_OK(req_query_int(&q, "after", 5, 1, 10, &n));
    assert_int_equal(n, 5);
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        q = with_query("limit", WRONG[i]);
        CHECK_FAILS(req_query_int(&q, "limit", 5, 1, 10, &n), ERR_INVALID, "from 1 to 10");
    }
}

static void test_a_word_in_the_query_is_one_of_its_list(void **state)
{
    static const char *const WORDS[] = {"open", "all", NULL};
    struct req q = with_query("state", "all");
    int at;

    (void)state;
    CHECK_OK(req_query_word(&q, "state", WORDS, 0, &at));
    assert_int_equal(at, 1);
    q = with_query("state", "ALL");
    CHECK_FAILS(req_query_word(&q, "state", WORDS, 0, &at), ERR_INVALID, "one of open, all");
}

static void test_a_problem_replaces_what_was_written_before_it(void **state)
{
    struct reply r;

    (void)state;
    reply_init(&r);
    CHECK_OK(buf_adds(&r.body, "{\"half\":"));
    r.cookie = "secret";
    reply_problem(&r, ERR_CONFLICT, "the name \"a\" is taken");
    assert_int_equal(r.status, 409);
    assert_null(r.cookie);
    assert_string_equal(
        r.body.data,
        "{\"type\":\"about:blank\",\"title\":\"In conflict with the present state\","
        "\"status\":409,\"code\":\"conflict\",\"detail\":\"the name \\\"a\\\" is "
        "taken\"}");
    reply_clear(&r);
}

static void test_equal_bytes_are_not_sent_twice(void **state)
{
    static const struct route GETTER = {.method = GET};
    struct req q = {.arena = &a, .route = &GETTER};
    struct reply r;

    (void)state;
    arena_init(&a, MIB);
    reply_init(&r);
    CHECK_OK(buf_adds(&r.body, "{}"));
    reply_validate(&q, &r);
    assert_int_equal(r.status, 200);
    q.if_none_match = arena_printf(&a, "\"x\", W/%s", r.etag);
    reply_validate(&q, &r);
    assert_int_equal(r.status, 304);
    assert_int_equal(r.body.size, 0);
    reply_clear(&r);
    arena_free(&a);
}

static void test_wrong_passwords_cost_nothing_five_times_and_then_more_each_time(void **state)
{
    struct guesses *g = guesses_new();

    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(guesses_wait_s(g, "ada", "1.2.3.4"), 0);
        guesses_failed(g, "ada", "1.2.3.4");
    }
    assert_int_equal(guesses_wait_s(g, "ada", "1.2.3.4"), 0);
    guesses_failed(g, "ada", "1.2.3.4");
    assert_int_equal(guesses_wait_s(g, "ada", "1.2.3.4"), 2);
    guesses_failed(g, "ada", "1.2.3.4");
    assert_int_equal(guesses_wait_s(g, "ada", "1.2.3.4"), 4);
    assert_int_equal(guesses_wait_s(g, "ada", "5.6.7.8"), 0); /* she herself, elsewhere */
    assert_int_equal(guesses_wait_s(g, "bob", "1.2.3.4"), 0);
    for (int i = 0; i < 30; i++)
        guesses_failed(g, "ada", "1.2.3.4");
    assert_int_equal(guesses_wait_s(g, "ada", "1.2.3.4"), 300);
    guesses_forget(g, "ada", "1.2.3.4");
    assert_int_equal(guesses_wait_s(g, "ada", "1.2.3.4"), 0);
    guesses_free(g);
}

static void test_trying_many_names_makes_the_address_wait(void **state)
{
    struct guesses *g = guesses_new();
    char name[20];

    (void)state;
    for (int i = 0; i < 5000; i++) { /* more than the table holds */
        snprintf(name, sizeof name, "name %d", i);
        guesses_failed(g, name, "1.2.3.4");
    }
    assert_int_equal(guesses_wait_s(g, "another", "1.2.3.4"), 300);
    assert_int_equal(guesses_wait_s(g, "another", "5.6.7.8"), 0);
    guesses_free(g);
}

static void test_what_is_counted_is_shown_by_route_and_status(void **state)
{
    struct metrics *m = metrics_new(ROUTES_N);
    struct buf b;

    (void)state;
    buf_init(&b, MIB);
    metrics_count(m, 0, 201, 300);
    metrics_count(m, 0, 201, 3000000);
    metrics_count(m, ROUTES_N, 418, 1);
    metrics_connections(m, 1);
    CHECK_OK(metrics_write(m, &b));
    assert_non_null(strstr(b.data,
                           "exemplar_requests_total{method=\"POST\",route=\"/api/v1/setup\","
                           "status=\"201\"} 2\n"));
    assert_non_null(strstr(b.data, "route=\"/api/v1/setup\",le=\"0.00025\"} 0\n"));
    assert_non_null(strstr(b.data, "route=\"/api/v1/setup\",le=\"0.0005\"} 1\n"));
    assert_non_null(strstr(b.data, "route=\"/api/v1/setup\",le=\"+Inf\"} 2\n"));
    assert_non_null(strstr(b.data, "route=\"other\",status=\"other\"} 1\n"));
    assert_non_null(strstr(b.data, "exemplar_connections 1\n"));
    metrics_free(m);
    buf_free(&b);
}

static int start(void **state)
{
    (void)state;
    return hash_start() != OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_path_gives_its_parameters_by_name),
        cmocka_unit_test(test_paths_that_are_nearly_right_are_not),
        cmocka_unit_test(test_another_method_is_answered_with_those_there_are),
        cmocka_unit_test(test_no_two_routes_take_the_same_request),
        cmocka_unit_test(test_reading_routes_never_take_the_writers_lane),
        cmocka_unit_test(test_a_number_in_the_query_is_read_whole_and_within_its_limits),
        cmocka_unit_test(test_a_word_in_the_query_is_one_of_its_list),
        cmocka_unit_test(test_a_problem_replaces_what_was_written_before_it),
        cmocka_unit_test(test_equal_bytes_are_not_sent_twice),
        cmocka_unit_test(test_wrong_passwords_cost_nothing_five_times_and_then_more_each_time),
        cmocka_unit_test(test_trying_many_names_makes_the_address_wait),
        cmocka_unit_test(test_what_is_counted_is_shown_by_route_and_status),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}

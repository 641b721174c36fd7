/* What holds for every route, taken from the table itself: it is described, its role is kept, a
 * stranger to a project finds nothing of it, and a page of another site cannot use it. */
#include "check.h"
#include "harness.h"

#include "api/api.h"
#include "cmake/embedded.h"

#include <stdio.h>
#include <stdlib.h>

extern const struct embedded_file OPENAPI_FILES[];

static struct harness h;
static struct client c;
static int64_t
    item_id; /* of project 1, as is job 1; everybody is a member with their own role */

/* The id of the first thing in this list, as an administrator reads it. */
static int64_t number_in(const char *path, const char *list)
{
    struct got a;
    json_t *answer;
    int64_t id;

    assert_int_equal(ask(&h, ROLE_ADMIN, "GET", path, NULL, &a), 200);
    CHECK_OK(json_read(&answer, a.body.data, a.body.size));
    id = json_integer_value(
        json_object_get(json_array_get(json_object_get(answer, list), 0), "id"));
    json_decref(answer);
    got_free(&a);
    return id;
}

static void job_make(void)
{
    struct got a;

    assert_int_equal(ask(&h, ROLE_ADMIN, "POST", "/api/v1/projects/1/encode", "{}", &a), 202);
    got_free(&a);
    assert_int_equal(number_in("/api/v1/jobs?project=1", "jobs"), 1);
}

static int start(void **state)
{
    (void)state;
    harness_start(&h, &(struct http_config){0});
    client_open(&c, h.port);
    assert_int_equal(harness_project(&h, "Common", 3), 1);
    item_id = number_in("/api/v1/projects/1/items?limit=1", "items");
    job_make();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    client_close(&c);
    harness_stop(&h);
    return 0;
}

/* What stands for a parameter: project 1, its item and its job; else what is nobody's. */
static const char *value_of(const char *parameter)
{
    static char item[24];

    snprintf(item, sizeof item, "%lld", (long long)item_id);
    if (!strncmp(parameter, "{project}", 9) || !strncmp(parameter, "{job}", 5)) return "1";
    if (!strncmp(parameter, "{item}", 6)) return item;
    if (!strncmp(parameter, "{label}", 7)) return "8c7ee2f4-5d3f-4c7b-9d6e-1a2b3c4d5e6f";
    return "999999";
}

static void path_of(char path[200], const struct route *r)
{
    size_t n = 0;

    for (const char *p = r->pattern; *p;) {
        if (*p != '{') {
            path[n++] = *p++;
            continue;
        }
        n += (size_t)snprintf(path + n, 200 - n, "%s", value_of(p));
        p = strchr(p, '}') + 1;
    }
    path[n] = '\0';
}

static int is_of_a_project(const struct route *r)
{
    return strstr(r->pattern, "{project}") || strstr(r->pattern, "{item}") ||
           strstr(r->pattern, "{job}");
}

/* Of an answer that has no end, by its first line. */
static int status_of_stream(const char *path, const char *headers)
{
    int status = 0;

    if (!client_send(&c, "GET", path, headers, NULL, 0) &&
        !client_wait_for(&c, "\r\n\r\n", 20000))
        status = atoi(strchr(c.in.data + c.at, ' ') + 1);
    client_close(&c);
    client_open(&c, h.port);
    return status;
}

/* With a proxy's header, so that being on this machine is no privilege. */
static int status_of(const struct route *r, const char *who)
{
    char path[200];
    char headers[400];
    struct got a;
    int status;

    path_of(path, r);
    snprintf(headers, sizeof headers, "X-Forwarded-For: 192.0.2.1\r\n%s", who);
    if (strstr(path, "/events")) return status_of_stream(path, headers);
    if (client_ask(&c, method_name(r->method), path, headers, r->method == GET ? NULL : "{}",
                   &a))
        fail_msg("%s %s: the connection broke", method_name(r->method), path);
    status = a.status;
    got_free(&a);
    return status;
}

static void test_every_route_is_described_and_nothing_else(void **state)
{
    json_t *paths;
    json_t *document;
    json_t *operations;
    const char *path;
    size_t n = 0;

    (void)state;
    CHECK_OK(json_read(&document, (const char *)OPENAPI_FILES[0].bytes, OPENAPI_FILES[0].size));
    paths = json_object_get(document, "paths");
    for (size_t i = 0; i < ROUTES_N; i++) {
        char method[8];
        snprintf(method, sizeof method, "%s", method_name(ROUTES[i].method));
        for (char *m = method; *m; m++)
            *m = (char)(*m | 0x20);
        if (!json_object_get(json_object_get(paths, ROUTES[i].pattern), method))
            fail_msg("%s %s is not described in openapi.json", method, ROUTES[i].pattern);
    }
    json_object_foreach(paths, path, operations) n += json_object_size(operations);
    assert_int_equal(n, ROUTES_N);
    json_decref(document);
}

static void test_each_route_lets_in_the_roles_of_its_row_and_no_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTES_N; i++) {
        const struct route *r = &ROUTES[i];
        int is_whoami = r->method == GET && !strcmp(r->pattern, "/api/v1/session");
        int status = status_of(r, "X-Exemplar: 1\r\n");
        int want = r->least != ANYONE || is_whoami;

        if ((status == 401) != want) fail_msg("%s for nobody: %d", r->pattern, status);
        for (enum role role = ROLE_ANNOTATOR; role <= ROLE_ADMIN; role++) {
            enum least has = (enum least)(ANNOTATOR + role);
            int may = r->least == OPERATOR ? role == ROLE_ADMIN : has >= r->least;
            status = status_of(r, bearer(&h, role));
            if (may ? status == 403 || status == 401 : status != 403)
                fail_msg("%s %s as %s: %d", method_name(r->method), r->pattern, role_name(role),
                         status);
        }
    }
}

/* The role in the project is changed, or taken away (NULL), by an administrator. */
static void member_be(enum role account, const char *role)
{
    char path[80];
    char body[40];
    struct got a;

    snprintf(path, sizeof path, "/api/v1/projects/1/members/%lld",
             (long long)h.people[account].id);
    snprintf(body, sizeof body, "{\"role\": \"%s\"}", role ? role : "");
    assert_int_equal(ask(&h, ROLE_ADMIN, role ? "PUT" : "DELETE", path, role ? body : NULL, &a),
                     204);
    got_free(&a);
}

static void test_in_a_project_the_role_there_counts_and_not_that_of_the_account(void **state)
{
    (void)state;
    member_be(ROLE_ANNOTATOR, "manager");
    member_be(ROLE_MANAGER, "annotator");
    for (size_t i = 0; i < ROUTES_N; i++) {
        const struct route *r = &ROUTES[i];
        int status;

        if (!is_of_a_project(r)) continue;
        status = status_of(r, bearer(&h, ROLE_ANNOTATOR));
        if (status == 403 || status == 401)
            fail_msg("%s as manager of the project: %d", r->pattern, status);
        status = status_of(r, bearer(&h, ROLE_MANAGER));
        if ((status == 403) != (r->least > ANNOTATOR))
            fail_msg("%s as annotator of the project: %d", r->pattern, status);
    }
    member_be(ROLE_ANNOTATOR, "annotator");
    member_be(ROLE_MANAGER, "manager");
}

static void check_not_there(const struct route *r, enum role account)
{
    char path[200];
    struct got a;

    path_of(path, r);
    if (client_ask(&c, method_name(r->method), path, bearer(&h, account),
                   r->method == GET ? NULL : "{}", &a))
        fail_msg("%s %s: the connection broke", method_name(r->method), path);
    if (a.status != 404 || !strstr(a.body.data, "\"there is no "))
        fail_msg("%s %s as a stranger: %d %s", method_name(r->method), path, a.status,
                 a.body.data);
    got_free(&a);
}

static void test_to_a_stranger_no_route_has_a_project(void **state)
{
    int n = 0;

    (void)state;
    for (enum role account = ROLE_ANNOTATOR; account < ROLE_ADMIN; account++) {
        struct got a;

        member_be(account, NULL);
        for (size_t i = 0; i < ROUTES_N; i++) {
            if (!is_of_a_project(&ROUTES[i])) continue;
            check_not_there(&ROUTES[i], account);
            n++;
        }
        assert_int_equal(ask(&h, account, "GET", "/api/v1/jobs?project=1", NULL, &a), 404);
        got_free(&a);
        ask(&h, account, "GET", "/api/v1/jobs", NULL, &a);
        assert_string_equal(a.body.data, "{\"jobs\":[]}");
        got_free(&a);
        ask(&h, account, "GET", "/api/v1/projects", NULL, &a);
        assert_null(strstr(a.body.data, "Common"));
        got_free(&a);
        member_be(account, role_name(account));
    }
    assert_true(n >= 3 * 20);
}

static void test_what_changes_something_needs_the_header_beside_a_cookie(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTES_N; i++) {
        char cookie_alone[200];
        const struct route *r = &ROUTES[i];

        snprintf(cookie_alone, sizeof cookie_alone, "Cookie: exemplar_session=%s\r\n",
                 h.people[ROLE_ADMIN].session);
        if (r->method == GET) continue;
        if (status_of(r, cookie_alone) != 403) fail_msg("%s without X-Exemplar", r->pattern);
    }
}

static void test_a_method_that_a_route_does_not_have_is_answered_with_those_it_has(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTES_N; i++) {
        struct got a;
        char path[200];

        path_of(path, &ROUTES[i]);
        assert_int_equal(client_ask(&c, "OPTIONS", path, NULL, NULL, &a), 0);
        assert_int_equal(a.status, 405);
        assert_true(strstr(header_of(&a, "Allow"), "GET") != NULL);
        got_free(&a);
    }
}

static void test_head_is_get_without_its_body(void **state)
{
    struct got a;

    (void)state;
    assert_int_equal(client_ask(&c, "HEAD", "/api/v1/tokens", bearer(&h, ROLE_ADMIN), NULL, &a),
                     0);
    assert_int_equal(a.status, 200);
    assert_true(atoi(header_of(&a, "Content-Length")) > 15);
    assert_int_equal(a.body.size, 0);
    got_free(&a);
}

static void test_the_printed_table_has_a_line_for_each_route(void **state)
{
    char *text = NULL;
    size_t n = 0;
    size_t lines = 0;
    FILE *f = open_memstream(&text, &n);

    (void)state;
    routes_print(f);
    fclose(f);
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, ROUTES_N);
    assert_true(strstr(text, "POST   /api/v1/projects/{project}/labels") != NULL);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route_is_described_and_nothing_else),
        cmocka_unit_test(test_each_route_lets_in_the_roles_of_its_row_and_no_others),
        cmocka_unit_test(test_in_a_project_the_role_there_counts_and_not_that_of_the_account),
        cmocka_unit_test(test_to_a_stranger_no_route_has_a_project),
        cmocka_unit_test(test_what_changes_something_needs_the_header_beside_a_cookie),
        cmocka_unit_test(
            test_a_method_that_a_route_does_not_have_is_answered_with_those_it_has),
        cmocka_unit_test(test_head_is_get_without_its_body),
        cmocka_unit_test(test_the_printed_table_has_a_line_for_each_route),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

/* What holds for every route, taken from the table itself: it is described, its role is kept, and
 * a page of another site cannot use it. */
#include "check.h"
#include "harness.h"

#include "api/api.h"
#include "cmake/embedded.h"

#include <stdio.h>
#include <stdlib.h>

extern const struct embedded_file OPENAPI_FILES[];

static struct harness h;
static struct client c;

static int start(void **state)
{
    (void)state;
    harness_start(&h, &(struct http_config){0});
    client_open(&c, h.port);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    client_close(&c);
    harness_stop(&h);
    return 0;
}

/* The pattern with a number, or a label's uuid, that is nobody's. */
static void path_of(char path[200], const struct route *r)
{
    size_t n = 0;

    for (const char *p = r->pattern; *p;) {
        if (*p != '{') {
            path[n++] = *p++;
            continue;
        }
        n += (size_t)snprintf(
            path + n, 200 - n, "%s",
            strncmp(p, "{label}", 7) ? "999999" : "8c7ee2f4-5d3f-4c7b-9d6e-1a2b3c4d5e6f");
        p = strchr(p, '}') + 1;
    }
    path[n] = '\0';
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
    assert_int_equal(
        client_ask(&c, "HEAD", "/api/v1/projects", bearer(&h, ROLE_ADMIN), NULL, &a), 0);
    assert_int_equal(a.status, 200);
    assert_string_equal(header_of(&a, "Content-Length"), "15"); /* {"projects":[]} */
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
        cmocka_unit_test(test_what_changes_something_needs_the_header_beside_a_cookie),
        cmocka_unit_test(
            test_a_method_that_a_route_does_not_have_is_answered_with_those_it_has),
        cmocka_unit_test(test_head_is_get_without_its_body),
        cmocka_unit_test(test_the_printed_table_has_a_line_for_each_route),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

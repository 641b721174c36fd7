/* What the server does with connections: many at once, broken ones, too large ones, and its end. */
#include "check.h"
#include "harness.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "domain/user.h"
#include "store/writer.h"
#include "web/assets.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char HELLO[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

static int status_of(const struct harness *h, const char *method, const char *path,
                     const char *headers, const char *body)
{
    struct client c;
    struct got a;
    int status = -1;

    client_open(&c, h->port);
    if (!client_ask(&c, method, path, headers, body, &a)) status = a.status;
    got_free(&a);
    client_close(&c);
    return status;
}

/* The number behind "key": in the text, from `at` on. */
static long long number_after(const char *text, const char *key)
{
    const char *at = text ? strstr(text, key) : NULL;
    return at ? atoll(at + strlen(key)) : -1;
}

/* One annotator: leases and labels until there is nothing left. */
struct annotator {
    const struct harness *h;
    enum role role;
    int64_t project;
    int n_labels;
    int is_broken;
    long long seqs[200];
};

static int label_one(struct annotator *w, struct client *c)
{
    char path[100];
    char body[300];
    char id[UUID_TEXT];
    struct uuid u;
    struct got a;
    long long item;
    int status;

    snprintf(path, sizeof path, "/api/v1/projects/%lld/leases", (long long)w->project);
    if (client_ask(c, "POST", path, bearer(w->h, w->role), "{\"n\":1}", &a)) {
        got_free(&a);
        return -1;
    }
    item = number_after(a.body.data, "\"item\":{\"id\":");
    got_free(&a);
    if (item < 0) return 0;
    uuid_new(&u);
    uuid_write(id, &u);
    snprintf(body, sizeof body,
             "{\"id\":\"%s\",\"item\":%lld,\"answer\":\"accept\",\"values\":{\"class\":\"a\"}}",
             id, item);
    snprintf(path, sizeof path, "/api/v1/projects/%lld/labels", (long long)w->project);
    if (client_ask(c, "POST", path, bearer(w->h, w->role), body, &a)) {
        got_free(&a);
        return -1;
    }
    status = a.status;
    if (status == 201 && w->n_labels < 200)
        w->seqs[w->n_labels++] = number_after(a.body.data, "\"seq\":");
    got_free(&a);
    return status == 201 ? 1 : -1;
}

static void *annotate(void *context)
{
    struct annotator *w = context;
    struct client c;
    int more;

    client_open(&c, w->h->port);
    while ((more = label_one(w, &c)) > 0)
        ;
    w->is_broken = more < 0;
    client_close(&c);
    return NULL;
}

static void test_many_annotators_label_every_item_once(void **state)
{
    enum { N = 8, ITEMS = 120 };
    struct annotator w[N];
    pthread_t threads[N];
    struct harness h;
    int n = 0;

    (void)state;
    harness_start(&h, &(struct http_config){0});
    int64_t project = harness_project(&h, "many", ITEMS);
    for (int i = 0; i < N; i++) {
        w[i] = (struct annotator){.h = &h, .role = (enum role)(i % ROLES), .project = project};
        pthread_create(&threads[i], NULL, annotate, &w[i]);
    }
    for (int i = 0; i < N; i++) {
        pthread_join(threads[i], NULL);
        assert_false(w[i].is_broken);
        n += w[i].n_labels;
    }
    assert_int_equal(n, ITEMS);
    for (int i = 0; i < N; i++)
        for (int j = i + 1; j < N; j++)
            for (int a = 0; a < w[i].n_labels; a++)
                for (int b = 0; b < w[j].n_labels; b++)
                    assert_int_not_equal(w[i].seqs[a], w[j].seqs[b]);
    harness_stop(&h);
}

static void test_stopping_lets_requests_under_way_end(void **state)
{
    enum { N = 6 };
    struct annotator w[N];
    pthread_t threads[N];
    struct harness h;

    (void)state;
    harness_start(&h, &(struct http_config){0});
    int64_t project = harness_project(&h, "many", 150);
    for (int i = 0; i < N; i++) {
        w[i] = (struct annotator){.h = &h, .role = (enum role)(i % ROLES), .project = project};
        pthread_create(&threads[i], NULL, annotate, &w[i]);
    }
    usleep(50000);
    harness_stop_http(&h);
    for (int i = 0; i < N; i++)
        pthread_join(threads[i], NULL);
    harness_stop(&h);
}

static void test_a_client_that_leaves_while_its_label_is_written_breaks_nothing(void **state)
{
    struct harness h;

    (void)state;
    harness_start(&h, &(struct http_config){0});
    int64_t project = harness_project(&h, "left", 40);
    for (int i = 0; i < 40; i++) {
        struct client c;
        char path[100];
        snprintf(path, sizeof path, "/api/v1/projects/%lld/leases", (long long)project);
        client_open(&c, h.port);
        assert_int_equal(
            client_send(&c, "POST", path, bearer(&h, ROLE_ANNOTATOR), "{\"n\":1}", 7), 0);
        client_close(&c);
    }
    assert_int_equal(status_of(&h, "GET", "/healthz", NULL, NULL), 200);
    harness_stop(&h);
}

struct sign_in {
    const struct harness *h;
    int status;
    int has_retry_after;
};

static void *sign_in(void *context)
{
    struct sign_in *s = context;
    struct client c;
    struct got a;

    client_open(&c, s->h->port);
    if (!client_ask(&c, "POST", "/api/v1/session", "X-Exemplar: 1\r\n",
                    "{\"name\":\"admin\",\"password\":\"" PASSWORD "\"}", &a)) {
        s->status = a.status;
        s->has_retry_after = *header_of(&a, "Retry-After") != '\0';
    }
    got_free(&a);
    client_close(&c);
    return NULL;
}

static void test_too_many_sign_ins_at_once_are_asked_to_wait(void **state)
{
    enum { N = 8 };
    struct sign_in s[N];
    pthread_t threads[N];
    struct harness h;
    int n_in = 0;
    int n_refused = 0;

    (void)state;
    harness_start(&h, &(struct http_config){.limits = {.slow_queue = 1}});
    for (int i = 0; i < N; i++) {
        s[i] = (struct sign_in){.h = &h};
        pthread_create(&threads[i], NULL, sign_in, &s[i]);
    }
    for (int i = 0; i < N; i++) {
        pthread_join(threads[i], NULL);
        n_in += s[i].status == 201;
        n_refused += s[i].status == 503 && s[i].has_retry_after;
    }
    assert_true(n_in >= 1);
    assert_true(n_refused >= 1);
    assert_int_equal(n_in + n_refused, N);
    harness_stop(&h);
}

static void test_wrong_passwords_make_the_next_try_wait_even_with_the_right_one(void **state)
{
    static const char WRONG[] = "{\"name\":\"admin\",\"password\":\"not this one\"}";
    static const char RIGHT[] = "{\"name\":\"admin\",\"password\":\"" PASSWORD "\"}";
    static const char OTHER[] = "{\"name\":\"manager\",\"password\":\"" PASSWORD "\"}";
    struct harness h;

    (void)state;
    harness_start(&h, &(struct http_config){0});
    for (int i = 0; i < 6; i++)
        assert_int_equal(status_of(&h, "POST", "/api/v1/session", "X-Exemplar: 1\r\n", WRONG),
                         401);
    assert_int_equal(status_of(&h, "POST", "/api/v1/session", "X-Exemplar: 1\r\n", RIGHT), 503);
    assert_int_equal(status_of(&h, "POST", "/api/v1/session", "X-Exemplar: 1\r\n", OTHER), 201);
    harness_stop(&h);
}

static void test_a_page_that_listens_is_told_what_changes(void **state)
{
    struct harness h;
    struct client c;
    struct annotator w;
    char path[100];

    (void)state;
    harness_start(&h, &(struct http_config){.limits = {.subscribers = 1}});
    int64_t project = harness_project(&h, "heard", 1);
    snprintf(path, sizeof path, "/api/v1/projects/%lld/events", (long long)project);
    client_open(&c, h.port);
    assert_int_equal(client_send(&c, "GET", path, bearer(&h, ROLE_ADMIN), NULL, 0), 0);
    assert_int_equal(client_wait_for(&c, "text/event-stream", 20000), 0);
    assert_int_equal(client_wait_for(&c, "event: project\ndata: {\"id\":", 20000), 0);
    assert_int_equal(client_wait_for(&c, "\"labels\":0", 20000), 0);
    assert_int_equal(status_of(&h, "GET", path, bearer(&h, ROLE_ADMIN), NULL), 503);
    w = (struct annotator){.h = &h, .role = ROLE_ANNOTATOR, .project = project};
    annotate(&w);
    assert_int_equal(w.n_labels, 1);
    assert_int_equal(client_wait_for(&c, "\"labels\":1", 20000), 0);
    harness_stop_http(&h); /* and the page is let go: nothing hangs */
    client_close(&c);
    harness_stop(&h);
}

static void test_a_page_that_stops_listening_makes_room(void **state)
{
    struct harness h;
    struct client c;
    char path[100];
    int64_t project;

    (void)state;
    harness_start(&h, &(struct http_config){.limits = {.subscribers = 4}});
    project = harness_project(&h, "left", 1);
    snprintf(path, sizeof path, "/api/v1/projects/%lld/events", (long long)project);
    for (int i = 0; i < 4; i++) {
        client_open(&c, h.port);
        assert_int_equal(client_send(&c, "GET", path, bearer(&h, ROLE_ADMIN), NULL, 0), 0);
        assert_int_equal(client_wait_for(&c, "event: project", 20000), 0);
        client_close(&c);
    }
    assert_int_equal(status_of(&h, "GET", "/healthz", NULL, NULL), 200);
    harness_stop(&h); /* with connections that rest and whose clients have gone */
}

static int count_below(const char *folder, const char *name)
{
    char path[300];
    struct dirent *entry;
    DIR *d;
    int n = 0;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    d = opendir(path);
    while (d && (entry = readdir(d)))
        n += entry->d_name[0] != '.';
    if (d) closedir(d);
    return n;
}

static void test_an_upload_beyond_its_limit_is_refused_and_leaves_nothing(void **state)
{
    static const char HEADERS[] = "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n";
    struct harness h;
    struct client c;
    struct got a;
    char path[100];
    char headers[400];
    char big[3000];

    (void)state;
    harness_start(&h, &(struct http_config){.limits = {.upload_bytes = 1000}});
    int64_t project = harness_project(&h, "small", 0);
    snprintf(path, sizeof path, "/api/v1/projects/%lld/import", (long long)project);
    memset(big, 'x', sizeof big);
    big[sizeof big - 1] = '\0';
    snprintf(headers, sizeof headers, "%sContent-Type: text/plain\r\n",
             bearer(&h, ROLE_MANAGER));
    assert_int_equal(status_of(&h, "POST", path, headers, big), 413);

    snprintf(headers, sizeof headers, "%s%s", bearer(&h, ROLE_MANAGER), HEADERS);
    client_open(&c, h.port);
    assert_int_equal(client_send(&c, "POST", path, headers, NULL, 0), 0);
    assert_int_equal(client_write(&c, "7d0\r\n", 5), 0);
    assert_int_equal(client_write(&c, big, 2000), 0);
    assert_int_equal(client_write(&c, "\r\n0\r\n\r\n", 7), 0);
    assert_int_equal(client_receive(&c, &a), 0);
    assert_int_equal(a.status, 413);
    assert_true(strstr(a.body.data, "1000 bytes") != NULL);
    got_free(&a);
    client_close(&c);
    assert_int_equal(status_of(&h, "GET", "/healthz", NULL, NULL), 200);
    harness_stop_http(&h);
    assert_int_equal(count_below(h.folder, "uploads"), 0);
    harness_stop(&h);
}

static void test_a_large_body_is_refused_before_it_is_sent(void **state)
{
    struct harness h;
    struct client c;
    struct got a;
    char headers[300];

    (void)state;
    harness_start(&h, &(struct http_config){0});
    snprintf(headers, sizeof headers, "%sContent-Length: 99000000000\r\n",
             bearer(&h, ROLE_MANAGER));
    client_open(&c, h.port);
    assert_int_equal(client_send(&c, "POST", "/api/v1/projects", headers, NULL, 0), 0);
    assert_int_equal(client_receive(&c, &a), 0);
    assert_int_equal(a.status, 413);
    got_free(&a);
    client_close(&c);
    harness_stop(&h);
}

static void test_a_request_may_come_byte_by_byte_and_others_behind_it(void **state)
{
    struct harness h;
    struct client c;
    struct got a;

    (void)state;
    harness_start(&h, &(struct http_config){0});
    client_open(&c, h.port);
    for (size_t i = 0; i < sizeof HELLO - 1; i++)
        assert_int_equal(client_write(&c, HELLO + i, 1), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(client_write(&c, HELLO, sizeof HELLO - 1), 0);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(client_receive(&c, &a), 0);
        assert_int_equal(a.status, 200);
        got_free(&a);
    }
    client_close(&c);
    harness_stop(&h);
}

static void test_headers_beyond_their_limit_are_refused(void **state)
{
    struct harness h;
    struct client c;
    struct got a;
    struct buf headers;

    (void)state;
    harness_start(&h, &(struct http_config){0});
    buf_init(&headers, MIB);
    for (int i = 0; i < 4000; i++)
        CHECK_OK(buf_printf(&headers, "X-Filler-%d: 0123456789012345678901234567890\r\n", i));
    client_open(&c, h.port);
    if (!client_ask(&c, "GET", "/healthz", headers.data, NULL, &a))
        assert_true(a.status >= 400);
    got_free(&a);
    client_close(&c);
    buf_free(&headers);
    assert_int_equal(status_of(&h, "GET", "/healthz", NULL, NULL), 200);
    harness_stop(&h);
}

static void test_an_address_that_cannot_be_used_is_explained(void **state)
{
    struct harness h;
    struct http *second;
    struct http_config c = {0};
    char taken[100];

    (void)state;
    harness_start(&h, &(struct http_config){0});
    c.data_folder = h.folder;
    c.writer = h.writer;
    c.jobs = h.jobs;
    snprintf(taken, sizeof taken, "%s", http_address(h.http));
    c.listen = taken;
    CHECK_FAILS(http_start(&second, &c), ERR_CONFLICT, "in use by another program");
    c.listen = "127.0.0.1";
    CHECK_FAILS(http_start(&second, &c), ERR_INVALID, "HOST:PORT");
    c.listen = "127.0.0.1:http";
    CHECK_FAILS(http_start(&second, &c), ERR_INVALID, "HOST:PORT");
    c.listen = "192.0.2.1:0";
    CHECK_FAILS(http_start(&second, &c), ERR_INVALID, "no address of this machine");
    c.listen = "127.0.0.1:0";
    c.tls_cert = "not a certificate";
    CHECK_FAILS(http_start(&second, &c), ERR_INVALID, "both a certificate and its key");
    c.tls_key = "not a key";
    CHECK_FAILS(http_start(&second, &c), ERR_INVALID, "certificate or its key");
    harness_stop(&h);
}

static void test_names_given_at_the_start_are_answered_to(void **state)
{
    struct harness h;

    (void)state;
    harness_start(&h, &(struct http_config){.hosts = "label.example,other.example"});
    assert_int_equal(status_of(&h, "GET", "/healthz", "Host: Label.example\r\n", NULL), 200);
    assert_int_equal(status_of(&h, "GET", "/healthz", "Host: other.example:80\r\n", NULL), 200);
    assert_int_equal(status_of(&h, "GET", "/healthz", "Host: example\r\n", NULL), 403);
    assert_int_equal(status_of(&h, "GET", "/healthz", "Host:\r\n", NULL), 403);
    harness_stop(&h);
}

struct first_link {
    char secret[SECRET_TEXT];
};

static enum err invite_first(struct store *s, void *context)
{
    struct first_link *l = context;
    return user_invite_first(s, clock_now_ms(), l->secret);
}

static void
test_after_an_installation_the_printed_link_makes_the_first_administrator(void **state)
{
    struct first_link link;
    struct harness h;
    struct client c;
    struct got a;
    char body[200];

    (void)state;
    harness_start_empty(&h, &(struct http_config){0});
    CHECK_OK(writer_do(h.writer, invite_first, &link));
    client_open(&c, h.port);
    assert_int_equal(client_ask(&c, "GET", "/api/v1/session", NULL, NULL, &a), 0);
    assert_int_equal(a.status, 401);
    assert_non_null(strstr(a.body.data, "\"setup\":true"));
    got_free(&a);
    snprintf(body, sizeof body, "{\"token\":\"%s\",\"password\":\"long enough\"}", link.secret);
    assert_int_equal(client_ask(&c, "POST", "/api/v1/setup", "X-Exemplar: 1\r\n", body, &a), 0);
    assert_int_equal(a.status, 422); /* this link names nobody: a name is needed */
    got_free(&a);
    snprintf(body, sizeof body,
             "{\"token\":\"%s\",\"name\":\"Ada\",\"password\":\"long enough\"}", link.secret);
    assert_int_equal(client_ask(&c, "POST", "/api/v1/setup", "X-Exemplar: 1\r\n", body, &a), 0);
    assert_int_equal(a.status, 201);
    assert_non_null(strstr(a.body.data, "\"role\":\"admin\""));
    got_free(&a);
    assert_int_equal(client_ask(&c, "GET", "/api/v1/session", NULL, NULL, &a), 0);
    assert_null(strstr(a.body.data, "setup"));
    got_free(&a);
    client_close(&c);
    harness_stop(&h);
}

/* Built with the browser client or without it: each has its answer. */
static void test_the_browser_client_is_served_under_its_own_policy(void **state)
{
    struct harness h;
    struct client c;
    struct got a;
    char again[200];

    (void)state;
    harness_start(&h, &(struct http_config){0});
    client_open(&c, h.port);
    assert_int_equal(client_ask(&c, "GET", "/", "Accept-Encoding: gzip\r\n", NULL, &a), 0);
    assert_int_equal(a.status, WEB_ASSETS_N ? 200 : 404);
    if (WEB_ASSETS_N) {
        assert_non_null(strstr(header_of(&a, "Content-Type"), "text/html"));
        assert_non_null(strstr(header_of(&a, "Content-Security-Policy"), "script-src 'self'"));
        assert_string_equal(header_of(&a, "Cache-Control"), "no-cache");
        snprintf(again, sizeof again, "If-None-Match: %s\r\n", header_of(&a, "ETag"));
        got_free(&a);
        assert_int_equal(client_ask(&c, "GET", "/index.html", again, NULL, &a), 0);
        assert_int_equal(a.status, 304);
    }
    got_free(&a);
    for (size_t i = 0; i < WEB_ASSETS_N; i++) {
        assert_int_equal(client_ask(&c, "GET", WEB_ASSETS[i].path, NULL, NULL, &a), 0);
        assert_int_equal(a.body.size, WEB_ASSETS[i].raw_size);
        assert_memory_equal(a.body.data, WEB_ASSETS[i].raw, a.body.size);
        got_free(&a);
    }
    assert_int_equal(client_ask(&c, "GET", "/../etc/passwd", NULL, NULL, &a), 0);
    assert_int_equal(a.status, 404);
    got_free(&a);
    client_close(&c);
    harness_stop(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_annotators_label_every_item_once),
        cmocka_unit_test(test_stopping_lets_requests_under_way_end),
        cmocka_unit_test(test_a_client_that_leaves_while_its_label_is_written_breaks_nothing),
        cmocka_unit_test(test_too_many_sign_ins_at_once_are_asked_to_wait),
        cmocka_unit_test(test_wrong_passwords_make_the_next_try_wait_even_with_the_right_one),
        cmocka_unit_test(test_a_page_that_listens_is_told_what_changes),
        cmocka_unit_test(test_a_page_that_stops_listening_makes_room),
        cmocka_unit_test(test_an_upload_beyond_its_limit_is_refused_and_leaves_nothing),
        cmocka_unit_test(test_a_large_body_is_refused_before_it_is_sent),
        cmocka_unit_test(test_a_request_may_come_byte_by_byte_and_others_behind_it),
        cmocka_unit_test(test_headers_beyond_their_limit_are_refused),
        cmocka_unit_test(test_an_address_that_cannot_be_used_is_explained),
        cmocka_unit_test(
            test_after_an_installation_the_printed_link_makes_the_first_administrator),
        cmocka_unit_test(test_the_browser_client_is_served_under_its_own_policy),
        cmocka_unit_test(test_names_given_at_the_start_are_answered_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A caller and two people: the one waits at the endpoint, the others answer in the queue, and a webhook is
 * told, signed. */
#include "check.h"

#include "harness.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/uuid.h"
#include "net/send.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct harness H;
static int64_t PROJECT;

/* -- what the tests do by the API ------------------------------------------------------------------ */

static json_t *say(enum role who, const char *method, const char *path, const char *body,
                   int status)
{
    struct got a;
    json_t *answer = NULL;
    int got = ask(&H, who, method, path, body, &a);

    if (got != status) fail_msg("%s %s: %d: %s", method, path, got, a.body.data);
    if (a.body.size) CHECK_OK(json_read(&answer, a.body.data, a.body.size));
    got_free(&a);
    return answer;
}

static const json_t *first_of(const json_t *answer, const char *list)
{
    const json_t *one = json_array_get(json_object_get(answer, list), 0);

    assert_non_null(one);
    return one;
}

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    assert_non_null(text);
    return text;
}

/* Takes what is next in the queue, says it is of this class, and returns its text. */
static void label_next(enum role who, const char *class_name, char text[100])
{
    char path[100];
    char body[400];
    char id[UUID_TEXT];
    struct uuid u;
    json_t *leases;
    const json_t *item;

    snprintf(path, sizeof path, "/api/v1/projects/%lld/leases", (long long)PROJECT);
    leases = say(who, "POST", path, "{\"n\":1}", 200);
    item = json_object_get(first_of(leases, "leases"), "item");
    snprintf(text, 100, "%s", text_of(item, "text"));
    uuid_new(&u);
    uuid_write(id, &u);
    snprintf(
        body, sizeof body,
        "{\"id\":\"%s\",\"item\":%lld,\"lease\":%lld,\"answer\":\"accept\",\"values\":{\"class\":"
        "\"%s\"},\"elapsed_ms\":5}",
        id, (long long)json_integer_value(json_object_get(item, "id")),
        (long long)json_integer_value(json_object_get(first_of(leases, "leases"), "id")),
        class_name);
    snprintf(path, sizeof path, "/api/v1/projects/%lld/labels", (long long)PROJECT);
    json_decref(say(who, "POST", path, body, 201));
    json_decref(leases);
}

/* -- a caller who waits ---------------------------------------------------------------------------- */

struct caller {
    const char *body;
    const char *wait;
    pthread_t thread;
    json_t *answer;
    int status;
    int64_t ms;
};

static void *call(void *context)
{
    struct caller *c = context;
    int64_t begun = clock_ticks_ms();
    char path[100];
    struct got a;

    snprintf(path, sizeof path, "/api/v1/endpoints/door/predict?wait=%s", c->wait);
    c->status = ask(&H, ROLE_MANAGER, "POST", path, c->body, &a);
    c->ms = clock_ticks_ms() - begun;
    if (json_read(&c->answer, a.body.data, a.body.size)) c->status = -1;
    got_free(&a);
    return NULL;
}

static void call_begin(struct caller *c)
{
    assert_int_equal(pthread_create(&c->thread, NULL, call, c), 0);
}

static void call_end(struct caller *c)
{
    assert_int_equal(pthread_join(c->thread, NULL), 0);
}

/* Until so many requests wait for people. */
static void wait_for_waiting(int64_t wanted)
{
    char path[100];
    int64_t n = -1;

    snprintf(path, sizeof path, "/api/v1/projects/%lld/endpoints/door/people",
             (long long)PROJECT);
    for (int i = 0; i < 100 && n != wanted; i++) {
        json_t *now = say(ROLE_MANAGER, "GET", path, NULL, 200);
        n = json_integer_value(json_object_get(now, "waiting"));
        json_decref(now);
        if (n != wanted) usleep(50000);
    }
    assert_int_equal(n, wanted);
}

static void test_two_people_answer_two_callers_who_wait(void **state)
{
    struct caller one = {.body = "{\"text\":\"the first\"}", .wait = "30"};
    struct caller two = {.body = "{\"text\":\"the second\"}", .wait = "30"};
    char text[100];

    (void)state;
    call_begin(&one);
    wait_for_waiting(1);
    call_begin(&two);
    wait_for_waiting(2);
    /* in front of the six items that were there before, each to one of them */
    label_next(ROLE_ANNOTATOR, "a", text);
    assert_true(!strncmp(text, "the ", 4));
    label_next(ROLE_REVIEWER, strcmp(text, "the first") ? "a" : "b", text);
    assert_true(!strncmp(text, "the ", 4));
    call_end(&one);
    call_end(&two);
    print_message("answered after %lld and %lld ms\n", (long long)one.ms, (long long)two.ms);
    assert_int_equal(one.status, 200);
    assert_int_equal(two.status, 200);
    assert_string_equal(text_of(first_of(one.answer, "predictions"), "by"), "people");
    assert_string_equal(text_of(first_of(one.answer, "predictions"), "state"), "answered");
    assert_string_equal(text_of(first_of(one.answer, "predictions"), "class"), "a");
    assert_string_equal(text_of(first_of(two.answer, "predictions"), "class"),
                        strcmp(text, "the second") ? "a" : "b");
    assert_true(one.ms < 20000 && two.ms < 20000);
    json_decref(one.answer);
    json_decref(two.answer);
}

static void test_a_caller_whom_nobody_answers_is_told_where_to_ask(void **state)
{
    struct caller c = {.body = "{\"text\":\"nobody is here\"}", .wait = "1"};
    char text[100];

    (void)state;
    call_begin(&c);
    call_end(&c);
    assert_int_equal(c.status, 202);
    assert_true(c.ms >= 900 && c.ms < 10000);
    assert_string_equal(text_of(first_of(c.answer, "predictions"), "state"), "waiting");
    json_decref(c.answer);
    label_next(ROLE_ANNOTATOR, "a", text); /* nothing is left for the next test */
    wait_for_waiting(0);
}

/* -- a webhook that is told ------------------------------------------------------------------------ */

struct receiver {
    int listener;
    uint16_t port;
    pthread_t thread;
    char got[2][4096]; /* two tries of one message */
};

static void hear(struct receiver *r, char *got, size_t room, const char *answer)
{
    int c = accept(r->listener, NULL, NULL);
    size_t n = 0;

    while (n < room - 1 && !strstr(got, "\"state\":")) {
        ssize_t more = read(c, got + n, room - 1 - n);
        if (more <= 0) break;
        n += (size_t)more;
        got[n] = '\0';
    }
    if (write(c, answer, strlen(answer)) < 0) got[0] = '\0';
    close(c);
}

static void *receive(void *context)
{
    struct receiver *r = context;

    hear(r, r->got[0], sizeof r->got[0], "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n");
    hear(r, r->got[1], sizeof r->got[1], "HTTP/1.1 204 Fine\r\nContent-Length: 0\r\n\r\n");
    return NULL;
}

static void receiver_open(struct receiver *r)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;

    memset(r, 0, sizeof *r);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    r->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(r->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(r->listener, 4), 0);
    assert_int_equal(getsockname(r->listener, (struct sockaddr *)&at, &size), 0);
    r->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&r->thread, NULL, receive, r), 0);
}

static void header_copy(const char *got, const char *name, char *to, size_t room)
{
    const char *at = strstr(got, name);

    assert_non_null(at);
    at += strlen(name) + 2;
    snprintf(to, room, "%.*s", (int)strcspn(at, "\r"), at);
}

/* What a receiver does: the signature over id, time and body has to be that of the secret. */
static void signature_check(const char *got, const char *secret, char id[64])
{
    char at[32];
    char told[SEND_SIGNATURE];
    char right[SEND_SIGNATURE];
    const char *body = strstr(got, "\r\n\r\n");
    struct send m = {.id = id, .secret = secret};

    assert_non_null(body);
    header_copy(got, "Exemplar-Id", id, 64);
    header_copy(got, "Exemplar-Timestamp", at, sizeof at);
    header_copy(got, "Exemplar-Signature", told, sizeof told);
    m.at_s = strtoll(at, NULL, 10);
    m.body = body + 4;
    CHECK_OK(send_sign(right, &m));
    assert_string_equal(told, right);
    assert_non_null(strstr(body, "\"endpoint\":\"door\""));
    assert_non_null(strstr(body, "\"class\":\"b\""));
}

static void test_a_webhook_is_told_with_a_signature_and_again_when_it_failed(void **state)
{
    struct receiver r;
    char path[100];
    char body[100];
    char first[64];
    char second[64];
    char text[100];
    json_t *hook;

    (void)state;
    receiver_open(&r);
    snprintf(path, sizeof path, "/api/v1/projects/%lld/endpoints/door/webhooks",
             (long long)PROJECT);
    snprintf(body, sizeof body, "{\"url\":\"http://127.0.0.1:%u/told\"}", r.port);
    hook = say(ROLE_MANAGER, "POST", path, body, 201);
    json_decref(say(ROLE_MANAGER, "POST", "/api/v1/endpoints/door/predict?wait=0",
                    "{\"text\":\"tell me\"}", 202));
    do
        label_next(ROLE_ANNOTATOR, "b", text);
    while (strcmp(text, "tell me") != 0);
    assert_int_equal(pthread_join(r.thread, NULL), 0);
    close(r.listener);
    signature_check(r.got[0], text_of(hook, "secret"), first);
    signature_check(r.got[1], text_of(hook, "secret"), second);
    assert_string_equal(first, second); /* by which it is known for the same */
    json_decref(hook);
}

static int up(void **state)
{
    char path[100];

    (void)state;
    harness_start(&H, &(struct http_config){0});
    PROJECT = harness_project(&H, "Desk", 6);
    snprintf(path, sizeof path, "/api/v1/projects/%lld/endpoints", (long long)PROJECT);
    json_decref(say(ROLE_MANAGER, "POST", path, "{\"name\":\"door\"}", 201));
    snprintf(path, sizeof path, "/api/v1/projects/%lld/endpoints/door/people",
             (long long)PROJECT);
    json_decref(say(ROLE_MANAGER, "PATCH", path, "{\"on\":true}", 200));
    return 0;
}

static int down(void **state)
{
    (void)state;
    harness_stop(&H);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_people_answer_two_callers_who_wait),
        cmocka_unit_test(test_a_caller_whom_nobody_answers_is_told_where_to_ask),
        cmocka_unit_test(test_a_webhook_is_told_with_a_signature_and_again_when_it_failed),
    };

    return cmocka_run_group_tests(tests, up, down);
}

/* send - which addresses are nobody's business, and what a receiver gets. */
#include "check.h"

#include "base/hash.h"
#include "net/address.h"
#include "net/fetch.h"
#include "net/send.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static bool is_public(const char *text)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return address_is_public((const struct sockaddr *)&four);
    assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
    return address_is_public((const struct sockaddr *)&six);
}

static void test_addresses_of_networks_and_machines_are_not_public(void **state)
{
    static const char *const PRIVATE[] = {"127.0.0.1",
                                          "10.1.2.3",
                                          "172.16.0.1",
                                          "172.31.255.255",
                                          "192.168.1.1",
                                          "169.254.169.254",
                                          "100.64.0.1",
                                          "0.0.0.0",
                                          "224.0.0.1",
                                          "255.255.255.255",
                                          "::1",
                                          "::",
                                          "fe80::1",
                                          "fc00::1",
                                          "fd12::1",
                                          "ff02::1",
                                          "::ffff:127.0.0.1",
                                          "::ffff:10.0.0.1",
                                          "64:ff9b::a00:1",
                                          "2002:7f00:1::",
                                          "2001::1",
                                          "2001:db8::1",
                                          "198.19.0.1"};
    static const char *const PUBLIC[] = {
        "1.1.1.1",  "172.32.0.1",      "172.15.0.1",     "100.128.0.1",      "192.169.0.1",
        "11.0.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "2a00:1450:4001::1"};

    (void)state;
    for (size_t i = 0; i < sizeof PRIVATE / sizeof *PRIVATE; i++)
        if (is_public(PRIVATE[i])) fail_msg("%s counts as public", PRIVATE[i]);
    for (size_t i = 0; i < sizeof PUBLIC / sizeof *PUBLIC; i++)
        if (!is_public(PUBLIC[i])) fail_msg("%s counts as private", PUBLIC[i]);
}

static void test_an_address_that_cannot_be_used_is_refused_when_it_is_written_down(void **state)
{
    (void)state;
    CHECK_OK(send_check("https://example.org/hook?x=1", SEND_PUBLIC));
    CHECK_OK(send_check("http://127.0.0.1:9/", SEND_ANYWHERE));
    CHECK_FAILS(send_check("http://example.org/", SEND_PUBLIC), ERR_INVALID, "https");
    CHECK_FAILS(send_check("file:///etc/passwd", SEND_ANYWHERE), ERR_INVALID, "https");
    CHECK_FAILS(send_check("https://127.0.0.1/", SEND_PUBLIC), ERR_INVALID, "private network");
    CHECK_FAILS(send_check("https://2130706433/", SEND_PUBLIC), ERR_INVALID, "private network");
    CHECK_FAILS(send_check("https://[::1]/", SEND_PUBLIC), ERR_INVALID, "private network");
    CHECK_FAILS(send_check("https://localhost/", SEND_PUBLIC), ERR_INVALID, "private network");
    CHECK_FAILS(send_check("https://a:b@example.org/", SEND_PUBLIC), ERR_INVALID, "password");
    CHECK_FAILS(send_check("example", SEND_PUBLIC), ERR_INVALID, "https://");
}

static void test_a_private_address_is_refused_when_connecting_too(void **state)
{
    const struct send m = {
        .url = "https://127.0.0.1:1/", .id = "a", .secret = "s", .at_s = 1, .body = "{}"};
    long status;

    (void)state;
    CHECK_FAILS(send_post(&m, &status), ERR_BUSY, "private network");
}

static void test_the_signature_covers_id_time_and_body(void **state)
{
    struct send m = {
        .id = "msg-1", .secret = "secret", .at_s = 1700000000, .body = "{\"a\":1}"};
    char first[SEND_SIGNATURE];
    char second[SEND_SIGNATURE];

    (void)state;
    CHECK_OK(send_sign(first, &m));
    /* printf 'msg-1.1700000000.{"a":1}' | openssl dgst -sha256 -hmac secret */
    assert_string_equal(first,
                        "v1=e4132bc598f996c7238d91c48b06974ea5aa1790b6a7fb393a900fef8f86b7b4");
    m.at_s++;
    CHECK_OK(send_sign(second, &m));
    assert_string_not_equal(first, second);
}

struct receiver {
    int listener;
    const char *answer;
    char got[4096];
};

static void *receive(void *context)
{
    struct receiver *r = context;
    int c = accept(r->listener, NULL, NULL);
    size_t n = 0;

    while (n < sizeof r->got - 1 && !strstr(r->got, "{\"answer\":\"shoe\"}")) {
        ssize_t more = read(c, r->got + n, sizeof r->got - 1 - n);
        if (more <= 0) break;
        n += (size_t)more;
        r->got[n] = '\0';
    }
    if (write(c, r->answer, strlen(r->answer)) < 0) r->got[0] = '\0';
    close(c);
    return NULL;
}

/* Sends one message to a receiver that gives this answer. */
static enum err send_to(struct receiver *r, const char *answer, long *status)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    struct send m = {.id = "msg-2",
                     .secret = "top-secret",
                     .at_s = 7,
                     .reach = SEND_ANYWHERE,
                     .body = "{\"answer\":\"shoe\"}"};
    char url[64];
    pthread_t thread;
    enum err e;

    *r = (struct receiver){.answer = answer, .listener = socket(AF_INET, SOCK_STREAM, 0)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(r->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(r->listener, 1), 0);
    assert_int_equal(getsockname(r->listener, (struct sockaddr *)&at, &size), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/hook", ntohs(at.sin_port));
    m.url = url;
    assert_int_equal(pthread_create(&thread, NULL, receive, r), 0);
    e = send_post(&m, status);
    pthread_join(thread, NULL);
    close(r->listener);
    return e;
}

static void test_a_receiver_gets_the_body_with_id_time_and_signature(void **state)
{
    const struct send m = {
        .id = "msg-2", .secret = "top-secret", .at_s = 7, .body = "{\"answer\":\"shoe\"}"};
    struct receiver r;
    char line[200];
    char signature[SEND_SIGNATURE];
    long status;

    (void)state;
    CHECK_OK(send_to(&r, "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", &status));
    assert_int_equal(status, 204);
    assert_non_null(strstr(r.got, "POST /hook HTTP"));
    assert_non_null(strstr(r.got, "Exemplar-Id: msg-2\r\n"));
    assert_non_null(strstr(r.got, "Exemplar-Timestamp: 7\r\n"));
    CHECK_OK(send_sign(signature, &m));
    snprintf(line, sizeof line, "Exemplar-Signature: %s\r\n", signature);
    assert_non_null(strstr(r.got, line));
    assert_null(strstr(r.got, "top-secret"));
}

static void
test_an_answer_that_is_no_success_is_a_failure_and_no_redirect_is_followed(void **state)
{
    struct receiver r;
    long status;

    (void)state;
    CHECK_FAILS(send_to(&r, "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", &status), ERR_BUSY,
                "status 500");
    CHECK_FAILS(
        send_to(&r,
                "HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
                &status),
        ERR_BUSY, "status 302");
}

static int start(void **state)
{
    (void)state;
    return hash_start() || fetch_start();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_of_networks_and_machines_are_not_public),
        cmocka_unit_test(
            test_an_address_that_cannot_be_used_is_refused_when_it_is_written_down),
        cmocka_unit_test(test_a_private_address_is_refused_when_connecting_too),
        cmocka_unit_test(test_the_signature_covers_id_time_and_body),
        cmocka_unit_test(test_a_receiver_gets_the_body_with_id_time_and_signature),
        cmocka_unit_test(
            test_an_answer_that_is_no_success_is_a_failure_and_no_redirect_is_followed),
    };

    return cmocka_run_group_tests(tests, start, NULL);
}

/* The server under TLS, spoken to by GnuTLS (which libmicrohttpd's own package brings along): a
 * key and a certificate are made for each run. */
#include "check.h"
#include "harness.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char key_pem[4096];
static char cert_pem[4096];

static void must(int code)
{
    if (code < 0) fail_msg("%s", gnutls_strerror(code));
}

/* A certificate that signs itself, for localhost. */
static int make_certificate(void **state)
{
    gnutls_x509_privkey_t key;
    gnutls_x509_crt_t cert;
    size_t key_n = sizeof key_pem - 1;
    size_t cert_n = sizeof cert_pem - 1;
    unsigned char serial = 1;

    (void)state;
    must(gnutls_x509_privkey_init(&key));
    must(gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
                                      GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    must(gnutls_x509_crt_init(&cert));
    must(gnutls_x509_crt_set_version(cert, 3));
    must(gnutls_x509_crt_set_serial(cert, &serial, 1));
    must(gnutls_x509_crt_set_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, "localhost", 9));
    must(gnutls_x509_crt_set_activation_time(cert, time(NULL) - 60));
    must(gnutls_x509_crt_set_expiration_time(cert, time(NULL) + 3600));
    must(gnutls_x509_crt_set_key(cert, key));
    must(gnutls_x509_crt_sign2(cert, cert, key, GNUTLS_DIG_SHA256, 0));
    must(gnutls_x509_privkey_export(key, GNUTLS_X509_FMT_PEM, key_pem, &key_n));
    must(gnutls_x509_crt_export(cert, GNUTLS_X509_FMT_PEM, cert_pem, &cert_n));
    gnutls_x509_crt_deinit(cert);
    gnutls_x509_privkey_deinit(key);
    return 0;
}

static int dial(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Sends the text over TLS and keeps what comes back, to the end of the connection. */
static void exchange(uint16_t port, const char *text, char *got, size_t room)
{
    gnutls_certificate_credentials_t credentials;
    gnutls_session_t session;
    int fd = dial(port);
    size_t n = 0;
    ssize_t code;

    must(gnutls_certificate_allocate_credentials(&credentials));
    must(gnutls_init(&session, GNUTLS_CLIENT));
    must(gnutls_set_default_priority(session));
    must(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials));
    gnutls_transport_set_int(session, fd);
    do
        code = gnutls_handshake(session);
    while (code < 0 && !gnutls_error_is_fatal((int)code));
    must((int)code);
    must((int)gnutls_record_send(session, text, strlen(text)));
    while (n + 1 < room && (code = gnutls_record_recv(session, got + n, room - 1 - n)) > 0)
        n += (size_t)code;
    got[n] = '\0';
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(credentials);
    close(fd);
}

static void test_under_tls_the_cookie_is_for_tls_alone(void **state)
{
    static const char BODY[] = "{\"name\":\"admin\",\"password\":\"" PASSWORD "\"}";
    struct harness h;
    char request[400];
    char got[20000];

    (void)state;
    harness_start(&h, &(struct http_config){.tls_cert = cert_pem, .tls_key = key_pem});
    snprintf(request, sizeof request,
             "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nX-Exemplar: 1\r\n"
             "Connection: close\r\nContent-Length: %zu\r\n\r\n%s",
             sizeof BODY - 1, BODY);
    exchange(h.port, request, got, sizeof got);
    assert_non_null(strstr(got, "HTTP/1.1 201"));
    assert_non_null(strstr(got, "; Secure"));
    harness_stop(&h);
}

static void test_under_tls_plain_requests_get_nothing(void **state)
{
    static const char TEXT[] = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct harness h;
    struct client c;
    struct got a;

    (void)state;
    harness_start(&h, &(struct http_config){.tls_cert = cert_pem, .tls_key = key_pem});
    client_open(&c, h.port);
    assert_int_equal(client_write(&c, TEXT, sizeof TEXT - 1), 0);
    assert_int_equal(client_receive(&c, &a), -1);
    got_free(&a);
    client_close(&c);
    harness_stop(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_under_tls_the_cookie_is_for_tls_alone),
        cmocka_unit_test(test_under_tls_plain_requests_get_nothing),
    };
    return cmocka_run_group_tests(tests, make_certificate, NULL);
}

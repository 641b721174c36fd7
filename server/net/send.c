#include "net/send.h"

#include "base/buf.h"
#include "base/hash.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { SIGNED_MAX = 1024 * 1024, HEADER_MAX = 200 };

enum err send_sign(char text[SEND_SIGNATURE], const struct send *m)
{
    char hex[HASH_HEX];
    struct buf b;
    struct hash h;
    enum err e;

    buf_init(&b, SIGNED_MAX);
    e = buf_printf(&b, "%s.%" PRId64 ".%s", m->id, m->at_s, m->body);
    if (!e) {
        hmac_sha256_of(&h, m->secret, strlen(m->secret), b.data, b.size);
        hash_hex(hex, &h);
        snprintf(text, SEND_SIGNATURE, "v1=%s", hex);
    }
    buf_free(&b);
    return e;
}

/* The whole answer has to fit, and none of it is kept. */
static size_t pass_over(const char *bytes, size_t one, size_t n, void *context)
{
    size_t *seen = context;

    (void)bytes;
    (void)one; /* always 1 */
    *seen += n;
    return *seen > SEND_ANSWER_MAX ? 0 : n;
}

static int is_stopped(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return context && atomic_load((const atomic_bool *)context) ? 1 : 0;
}

/* In place of libcurl's own: it asks about the very address that will be connected to. */
static curl_socket_t socket_open(void *context, curlsocktype purpose,
                                 struct curl_sockaddr *address)
{
    bool *refused = context;

    (void)purpose;
    if (refused && !address_is_public(&address->addr)) {
        *refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void limits_set(CURL *c, const struct send *m, bool *refused)
{
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR,
                     m->reach == SEND_PUBLIC ? "https" : "http,https");
    curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, socket_open);
    curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, m->reach == SEND_PUBLIC ? refused : NULL);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)SEND_MS_MAX);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)SEND_CONNECT_MS_MAX);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, is_stopped);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, (void *)m->stop);
}

static struct curl_slist *header_add(struct curl_slist *list, const char *name,
                                     const char *value)
{
    char line[HEADER_MAX];
    struct curl_slist *longer;

    snprintf(line, sizeof line, "%s: %s", name, value);
    longer = curl_slist_append(list, line);
    if (!longer) curl_slist_free_all(list);
    return longer;
}

/* NULL when out of memory. */
static struct curl_slist *headers_of(const struct send *m, const char *signature)
{
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
    char at[24];

    snprintf(at, sizeof at, "%" PRId64, m->at_s);
    if (list) list = header_add(list, "Exemplar-Id", m->id);
    if (list) list = header_add(list, "Exemplar-Timestamp", at);
    if (list) list = header_add(list, "Exemplar-Signature", signature);
    return list;
}

static enum err outcome(CURL *c, CURLcode code, bool refused, const char *why, long *status)
{
    if (refused)
        return fail(ERR_BUSY,
                    "the address leads to this machine or a private network, where webhooks "
                    "do not go unless the server was started with --webhooks-anywhere");
    if (code == CURLE_WRITE_ERROR) return fail(ERR_BUSY, "the answer is larger than 64 KiB");
    if (code) return fail(ERR_BUSY, "%s", *why ? why : curl_easy_strerror(code));
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, status);
    if (*status >= 200 && *status < 300) return OK;
    return fail(ERR_BUSY, "the answer is status %ld instead of 200", *status);
}

static enum err perform(CURL *c, const struct send *m, struct curl_slist *headers, long *status)
{
    char why[CURL_ERROR_SIZE] = "";
    bool refused = false;
    size_t seen = 0;
    CURLcode code;

    limits_set(c, m, &refused);
    curl_easy_setopt(c, CURLOPT_URL, m->url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "exemplar");
    curl_easy_setopt(c, CURLOPT_POSTFIELDS, m->body);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, pass_over);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, &seen);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
    code = curl_easy_perform(c);
    return outcome(c, code, refused, why, status);
}

enum err send_post(const struct send *m, long *status)
{
    char signature[SEND_SIGNATURE];
    struct curl_slist *headers;
    CURL *c;
    enum err e = ERR_NOMEM;

    *status = 0;
    TRY(send_sign(signature, m));
    headers = headers_of(m, signature);
    c = curl_easy_init();
    if (headers && c) e = perform(c, m, headers, status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(c);
    return e == ERR_NOMEM ? fail_nomem() : e;
}

/* A host that is an address itself, or a name of this machine. */
static bool host_is_private(const char *host)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    char plain[64] = "";
    size_t n = strlen(host);

    if (n > 2 && host[0] == '[' && n < sizeof plain) snprintf(plain, n - 1, "%s", host + 1);
    if (!strcasecmp(host, "localhost") || (n > 10 && !strcasecmp(host + n - 10, ".localhost")))
        return true;
    if (inet_pton(AF_INET, host, &four.sin_addr) == 1)
        return !address_is_public((const struct sockaddr *)&four);
    return inet_pton(AF_INET6, plain, &six.sin6_addr) == 1 &&
           !address_is_public((const struct sockaddr *)&six);
}

static bool has_part(CURLU *u, CURLUPart which)
{
    char *text = NULL;
    bool has = curl_url_get(u, which, &text, 0) == CURLUE_OK;

    curl_free(text);
    return has;
}

static enum err parts_check(CURLU *u, enum send_reach reach)
{
    char *scheme = NULL;
    char *host = NULL;
    enum err e = OK;

    if (has_part(u, CURLUPART_USER) || has_part(u, CURLUPART_PASSWORD))
        e = fail(ERR_INVALID,
                 "url: an address with a name or password in it cannot be used; the "
                 "signature says who sends");
    if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
        curl_url_get(u, CURLUPART_HOST, &host, 0))
        e = fail(ERR_INVALID, "url: an address begins with https://");
    else if (!e && strcmp(scheme, "https") != 0 &&
             (reach == SEND_PUBLIC || strcmp(scheme, "http") != 0))
        e = fail(ERR_INVALID, "url: webhooks go to https addresses only");
    else if (!e && reach == SEND_PUBLIC && host_is_private(host))
        e = fail(ERR_INVALID,
                 "url: %.100s is this machine or a private network, where webhooks do not go "
                 "unless the server was started with --webhooks-anywhere",
                 host);
    curl_free(scheme);
    curl_free(host);
    return e;
}

enum err send_check(const char *url, enum send_reach reach)
{
    CURLU *u = curl_url();
    enum err e;

    NEED(u);
    if (curl_url_set(u, CURLUPART_URL, url, 0))
        e = fail(ERR_INVALID, "url: this is no address; one begins with https://");
    else
        e = parts_check(u, reach);
    curl_url_cleanup(u);
    return e;
}

#include "net/fetch.h"

#include "base/hash.h"
#include "net/url.h"

#include <curl/curl.h>
#include <string.h>

enum err fetch_start(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT)) return fail(ERR_IO, "libcurl does not start");
    return OK;
}

static size_t take(char *bytes, size_t one, size_t n, void *context)
{
    (void)one; /* always 1 */
    return buf_add(context, bytes, n) ? 0 : n;
}

static int is_stopped(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    return atomic_load((const atomic_bool *)context) ? 1 : 0;
}

static struct curl_slist *headers_of(const struct fetch *f)
{
    struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json");
    char line[4200];

    if (!f->bearer) return list;
    /* One that is no token (RFC 6750, 2.1) is left out: it will be refused, which is said. */
    if (strpbrk(f->bearer, "\r\n") ||
        (size_t)snprintf(line, sizeof line, "Authorization: Bearer %s", f->bearer) >=
            sizeof line)
        return list;
    return curl_slist_append(list, line);
}

static void limits_set(CURL *c, const struct fetch *f)
{
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR,
                     url_reach(f->url) == URL_LOOPBACK ? "http" : "https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)FETCH_MS_MAX);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)FETCH_CONNECT_MS_MAX);
    curl_easy_setopt(c, CURLOPT_MAXFILESIZE, (long)FETCH_BYTES_MAX);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, is_stopped);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, (void *)f->stop);
    /* What is on this machine is asked directly, whatever proxy the environment names. */
    curl_easy_setopt(c, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
}

static void request_set(CURL *c, const struct fetch *f, struct curl_slist *headers,
                        struct buf *body, char why[CURL_ERROR_SIZE])
{
    curl_easy_setopt(c, CURLOPT_URL, f->url);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_USERAGENT, "exemplar");
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, body);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
    if (f->form) curl_easy_setopt(c, CURLOPT_POSTFIELDS, f->form);
    if (!f->user) return;
    curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(c, CURLOPT_USERNAME, f->user);
    curl_easy_setopt(c, CURLOPT_PASSWORD, f->password);
}

/* "invalid_grant: ..." of an error reply (RFC 6749, 5.2), for the sentence. */
static enum err refusal(const struct fetch *f, long status, const struct buf *body)
{
    const char *code = NULL;
    json_t *object = NULL;
    enum err e;

    if (body->size && !json_read(&object, body->data, body->size))
        code = json_string_value(json_object_get(object, "error"));
    if (code)
        e = fail(ERR_BUSY, "%s: the answer is status %ld, %.100s", f->what, status, code);
    else
        e = fail(ERR_BUSY, "%s: the answer is status %ld instead of 200", f->what, status);
    json_decref(object);
    return e;
}

static enum err body_read(const struct fetch *f, const struct buf *body, json_t **object)
{
    if (!body->size || json_read(object, body->data, body->size))
        return fail(ERR_BUSY, "%s: the answer is no JSON", f->what);
    if (json_is_object(*object)) return OK;
    json_decref(*object);
    *object = NULL;
    return fail(ERR_BUSY, "%s: the answer is no JSON object", f->what);
}

static enum err perform(CURL *c, const struct fetch *f, struct buf *body, json_t **object)
{
    char why[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = headers_of(f);
    long status = 0;
    CURLcode code;

    limits_set(c, f);
    request_set(c, f, headers, body, why);
    code = curl_easy_perform(c);
    curl_slist_free_all(headers);
    if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
        return fail(ERR_BUSY, "%s: the answer is larger than 256 KiB", f->what);
    if (code) return fail(ERR_BUSY, "%s: %s", f->what, *why ? why : curl_easy_strerror(code));
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
    return status == 200 ? body_read(f, body, object) : refusal(f, status, body);
}

enum err fetch_json(const struct fetch *f, json_t **object)
{
    struct buf body;
    CURL *c;
    enum err e;

    *object = NULL;
    if (url_reach(f->url) == URL_BAD)
        return fail(ERR_BUSY, "%s: its address is neither https nor of this machine", f->what);
    c = curl_easy_init();
    NEED(c);
    buf_init(&body, FETCH_BYTES_MAX);
    e = perform(c, f, &body, object);
    forget(body.data, body.size); /* it may hold tokens */
    buf_free(&body);
    curl_easy_cleanup(c);
    return e;
}

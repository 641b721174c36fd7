#include "net/url.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool is_loopback(const char *host)
{
    size_t n = strlen(host);

    if (!strcasecmp(host, "localhost") || !strcmp(host, "[::1]")) return true;
    /* "127.0.0.1" and not "127.evil.example": all of it digits and dots */
    return !strncmp(host, "127.", 4) && strspn(host, "0123456789.") == n;
}

static bool has_part(CURLU *u, CURLUPart which)
{
    char *text = NULL;
    bool has = curl_url_get(u, which, &text, 0) == CURLUE_OK;

    curl_free(text);
    return has;
}

static enum url_reach parsed_reach(CURLU *u)
{
    enum url_reach reach = URL_BAD;
    char *scheme = NULL;
    char *host = NULL;

    if (has_part(u, CURLUPART_USER) || has_part(u, CURLUPART_PASSWORD) ||
        has_part(u, CURLUPART_FRAGMENT))
        return URL_BAD;
    if (!curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) &&
        !curl_url_get(u, CURLUPART_HOST, &host, 0)) {
        if (!strcmp(scheme, "https"))
            reach = URL_HTTPS;
        else if (!strcmp(scheme, "http") && is_loopback(host))
            reach = URL_LOOPBACK;
    }
    curl_free(scheme);
    curl_free(host);
    return reach;
}

static CURLU *url_parse(const char *url)
{
    CURLU *u = curl_url();

    if (u && !curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER)) return u;
    curl_url_cleanup(u);
    return NULL;
}

enum url_reach url_reach(const char *url)
{
    CURLU *u = url_parse(url);
    enum url_reach reach = u ? parsed_reach(u) : URL_BAD;

    curl_url_cleanup(u);
    return reach;
}

const char *url_host(struct arena *a, const char *url)
{
    CURLU *u = url_parse(url);
    char *host = NULL;
    const char *copy = NULL;

    if (u && !curl_url_get(u, CURLUPART_HOST, &host, 0)) copy = arena_strdup(a, host);
    curl_free(host);
    curl_url_cleanup(u);
    return copy;
}

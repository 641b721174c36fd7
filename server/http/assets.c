#include "web/assets.h"
#include "http/exchange.h"

#include <string.h>

/* The page may load its own files and talk to its own server, and nothing else; pictures and videos may
 * also come from memory (previews of what is dropped on the page, stills of a video). */
static const char POLICY[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src blob:; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

/* Of all that a device has, only the camera, for the page itself: to show examples with. */
static const char FEATURES[] =
    "camera=(self), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), "
    "bluetooth=(), hid=(), midi=(), payment=()";

static const struct web_asset *asset_find(const char *path)
{
    if (!strcmp(path, "/")) path = "/index.html";
    for (size_t i = 0; i < WEB_ASSETS_N; i++)
        if (!strcmp(WEB_ASSETS[i].path, path)) return &WEB_ASSETS[i];
    return NULL;
}

/* "gzip" among the codings, and not with a weight of nothing. RFC 9110, 12.5.3. */
static bool takes_gzip(struct MHD_Connection *c)
{
    const char *list =
        MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    const char *at = list ? strstr(list, "gzip") : NULL;

    if (!at) return false;
    at += strcspn(at, ",;");
    return strncmp(at, ";q=0", 4) != 0 ||
           (at[4] == '.' && strspn(at + 5, "0") < strcspn(at + 5, ","));
}

static bool is_known(struct MHD_Connection *c, const char *etag)
{
    const char *list =
        MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);
    return list && strstr(list, etag);
}

static struct MHD_Response *from_memory(const unsigned char *bytes, size_t n)
{
    /* libmicrohttpd takes no const, and does not write to what is persistent */
    return MHD_create_response_from_buffer(n, (void *)bytes, MHD_RESPMEM_PERSISTENT);
}

static struct MHD_Response *body_of(const struct web_asset *a, struct MHD_Connection *c)
{
    struct MHD_Response *response;

    if (!a->gzip) return from_memory(a->raw, a->raw_size);
    if (takes_gzip(c)) {
        response = from_memory(a->gzip, a->gzip_size);
        if (response) MHD_add_response_header(response, "Content-Encoding", "gzip");
    } else {
        response = from_memory(a->raw, a->raw_size);
    }
    if (response) MHD_add_response_header(response, "Vary", "Accept-Encoding");
    return response;
}

enum err asset_reply(struct exchange *x, const char *path, struct MHD_Response **response,
                     int *status)
{
    const struct web_asset *a = asset_find(path);
    bool is_hashed = !strncmp(path, "/assets/", 8);

    if (!a && !WEB_ASSETS_N)
        return fail(ERR_NOT_FOUND, "this program was built without the browser client");
    if (!a) return fail(ERR_NOT_FOUND, "there is nothing at %.200s", path);
    *status = is_known(x->connection, a->etag) ? 304 : 200;
    *response =
        *status == 304 ? from_memory((const unsigned char *)"", 0) : body_of(a, x->connection);
    NEED(*response);
    headers_add(*response, POLICY);
    MHD_add_response_header(*response, "Permissions-Policy", FEATURES);
    MHD_add_response_header(*response, "Content-Type", a->mime);
    MHD_add_response_header(*response, "ETag", a->etag);
    MHD_add_response_header(*response, "Cache-Control",
                            is_hashed ? "public, max-age=31536000, immutable" : "no-cache");
    return OK;
}

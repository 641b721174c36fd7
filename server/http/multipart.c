#include "http/multipart.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* boundary=abc or boundary="abc", up to 70 characters (RFC 2046). */
static enum err boundary_read(struct multipart *m, const char *content_type)
{
    const char *at = strcasestr(content_type, "boundary=");
    const char *end;
    size_t n;

    if (!at) return fail(ERR_INVALID, "Content-Type: multipart/form-data without a boundary");
    at += strlen("boundary=");
    end = *at == '"' ? ++at : at;
    end += strcspn(end, at[-1] == '"' ? "\"" : " ;,\t");
    n = (size_t)(end - at);
    if (n < 1 || n > MULTIPART_BOUNDARY_MAX)
        return fail(ERR_INVALID, "Content-Type: the boundary must have 1 to %d characters",
                    MULTIPART_BOUNDARY_MAX);
    if (memchr(at, '\r', n))
        return fail(ERR_INVALID, "Content-Type: a line end in the boundary");
    memcpy(m->boundary, "\r\n--", 4);
    memcpy(m->boundary + 4, at, n);
    m->boundary_n = n + 4;
    return OK;
}

enum err multipart_init(struct multipart *m, const char *content_type,
                        const struct multipart_sink *sink)
{
    static const char TYPE[] = "multipart/form-data";

    memset(m, 0, sizeof *m);
    m->sink = *sink;
    if (strncasecmp(content_type, TYPE, strlen(TYPE)) != 0)
        return fail(ERR_INVALID, "Content-Type: expected %s", TYPE);
    TRY(boundary_read(m, content_type));
    /* The first boundary may stand at the very start, where no line end comes before it. */
    m->matched = 2;
    return OK;
}

/* The value of a header of the part, up to its line end; NULL when it has none. */
static const char *header_find(const char *headers, const char *name)
{
    size_t n = strlen(name);

    for (const char *line = headers; *line; line = strstr(line, "\r\n") + 2) {
        if (!strncasecmp(line, name, n) && line[n] == ':') return line + n + 1;
        if (!strstr(line, "\r\n")) return NULL;
    }
    return NULL;
}

/* %22, %0D and %0A are how browsers write what may not stand in a quoted name. */
static size_t unescape(char *text, size_t n)
{
    size_t to = 0;

    for (size_t i = 0; i < n; i++) {
        if (!strncasecmp(text + i, "%22", 3)) {
            text[to++] = '"';
            i += 2;
        } else if (!strncasecmp(text + i, "%0D", 3) || !strncasecmp(text + i, "%0A", 3)) {
            text[to++] = ' ';
            i += 2;
        } else {
            text[to++] = text[i];
        }
    }
    return to;
}

/* filename="..." of a Content-Disposition value, taken apart in place. Neither filename* (browsers
 * never send it here, RFC 7578 4.2 forbids it) nor a name without quotes is read. */
static enum err file_name_take(char *disposition, char **name)
{
    char *line_end = strstr(disposition, "\r\n");
    char *at = strcasestr(disposition, "filename=\"");
    char *end;

    *name = NULL;
    if (!at || (line_end && at > line_end)) return OK;
    at += strlen("filename=\"");
    end = strchr(at, '"');
    if (!end || (line_end && end > line_end))
        return fail(ERR_INVALID, "a part's filename has no closing quote");
    at[unescape(at, (size_t)(end - at))] = '\0';
    *name = at;
    return OK;
}

static enum err part_begin(struct multipart *m)
{
    const char *encoding;
    const char *disposition;
    char *name;

    m->headers[m->headers_n] = '\0';
    if (strlen(m->headers) != m->headers_n)
        return fail(ERR_INVALID, "a part's headers hold a NUL character");
    encoding = header_find(m->headers, "Content-Transfer-Encoding");
    if (encoding && !strcasestr(encoding, "binary") && !strcasestr(encoding, "8bit") &&
        !strcasestr(encoding, "7bit"))
        return fail(ERR_INVALID, "a part has a Content-Transfer-Encoding; send it as it is");
    disposition = header_find(m->headers, "Content-Disposition");
    if (!disposition) return fail(ERR_INVALID, "a part has no Content-Disposition");
    TRY(file_name_take((char *)disposition, &name));
    m->state = MP_BODY;
    return m->sink.begin(m->sink.context, name);
}

/* One byte of a part's headers, which end with an empty line. */
static enum err headers_push(struct multipart *m, char c)
{
    if (m->headers_n + 1 >= MULTIPART_HEADERS_MAX)
        return fail(ERR_TOO_LARGE, "a part's headers are longer than the limit of %d bytes",
                    MULTIPART_HEADERS_MAX);
    m->headers[m->headers_n++] = c;
    if (m->headers_n == 2 && !memcmp(m->headers, "\r\n", 2)) return part_begin(m);
    if (m->headers_n < 4 || memcmp(m->headers + m->headers_n - 4, "\r\n\r\n", 4) != 0)
        return OK;
    return part_begin(m);
}

/* The two bytes behind a boundary; spaces before them are padding (RFC 2046). */
static enum err after_push(struct multipart *m, char c)
{
    if (!m->after_n && (c == ' ' || c == '\t')) return OK;
    m->after[m->after_n++] = c;
    if (m->after_n < 2) return OK;
    m->after_n = 0;
    if (!memcmp(m->after, "--", 2)) {
        m->state = MP_EPILOGUE;
        return OK;
    }
    if (memcmp(m->after, "\r\n", 2) != 0)
        return fail(ERR_INVALID, "a boundary of the multipart body is followed by other text");
    m->state = MP_HEADERS;
    m->headers_n = 0;
    return OK;
}

static enum err give(struct multipart *m, const char *bytes, size_t n)
{
    return n && m->state == MP_BODY ? m->sink.bytes(m->sink.context, bytes, n) : OK;
}

static enum err boundary_seen(struct multipart *m)
{
    bool was_body = m->state == MP_BODY;

    m->matched = 0;
    m->state = MP_AFTER;
    return was_body ? m->sink.end(m->sink.context) : OK;
}

/* While nothing of a boundary is held: gives what comes before the next CR, which may begin one. */
static enum err plain_push(struct multipart *m, const char *bytes, size_t n, size_t *used)
{
    const char *cr = memchr(bytes, '\r', n);
    size_t plain = cr ? (size_t)(cr - bytes) : n;

    *used = plain + (cr != NULL);
    m->matched = cr != NULL;
    return give(m, bytes, plain);
}

/* One more byte of what may be a boundary. A boundary has its CR in the first place only, so a
 * match that breaks off can begin again with the byte at hand alone: what was held back is given,
 * and nothing of it is looked at twice. */
static enum err match_push(struct multipart *m, char c, size_t *used)
{
    size_t held = m->matched;

    *used = c == m->boundary[held];
    m->matched = *used ? held + 1 : 0;
    if (m->matched == m->boundary_n) return boundary_seen(m);
    return *used ? OK : give(m, m->boundary, held);
}

/* Takes as many bytes as its state can: at least one, or none when a match broke off. */
static enum err push(struct multipart *m, const char *bytes, size_t n, size_t *used)
{
    *used = 1;
    switch (m->state) {
    case MP_PREAMBLE:
    case MP_BODY:
        return m->matched ? match_push(m, *bytes, used) : plain_push(m, bytes, n, used);
    case MP_AFTER:
        return after_push(m, *bytes);
    case MP_HEADERS:
        return headers_push(m, *bytes);
    case MP_EPILOGUE:
        *used = n;
    }
    return OK;
}

enum err multipart_push(struct multipart *m, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t used;
        TRY(push(m, bytes + i, n - i, &used));
        i += used;
    }
    return OK;
}

enum err multipart_end(struct multipart *m)
{
    if (m->state == MP_EPILOGUE) return OK;
    return fail(ERR_INVALID, "the multipart body ends before its last boundary");
}

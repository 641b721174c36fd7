/* multipart - the parts of a multipart/form-data body, as its bytes arrive.
 *
 *     struct multipart m;
 *     TRY(multipart_init(&m, content_type, &sink));
 *     TRY(multipart_push(&m, bytes, n));        // any number of times, any cut
 *     TRY(multipart_end(&m));                   // ERR_INVALID when the last boundary is missing
 *
 * Nothing is kept but the headers of one part (at most 8 KiB) and a boundary's length of bytes.
 * The sink hears of each part in order: begin (with the file name, NULL for a field that is no
 * file), its bytes in pieces, end. The first error of the sink ends the parsing and is returned.
 * File names are passed on as sent, with %22, %0D and %0A undone as browsers write them; whoever
 * writes files must check them. Nested multipart/mixed is not read: no browser has sent it for
 * two decades (RFC 7578, 4.3). Transfer encodings are refused (RFC 7578, 4.7).
 * Sources: RFC 2046 5.1, RFC 7578, HTML's multipart/form-data encoding algorithm.
 * Threads: one at a time. */
#ifndef EXEMPLAR_HTTP_MULTIPART_H
#define EXEMPLAR_HTTP_MULTIPART_H

#include "base/err.h"

#include <stddef.h>

enum { MULTIPART_BOUNDARY_MAX = 70, MULTIPART_HEADERS_MAX = 8 * 1024 };

struct multipart_sink {
    void *context;
    enum err (*begin)(void *context, const char *file_name);
    enum err (*bytes)(void *context, const char *bytes, size_t n);
    enum err (*end)(void *context);
};

struct multipart {
    struct multipart_sink sink;
    char boundary[4 + MULTIPART_BOUNDARY_MAX + 1]; /* CR LF -- and the boundary itself */
    size_t boundary_n;
    size_t matched; /* bytes of it seen and held back */
    enum { MP_PREAMBLE, MP_AFTER, MP_HEADERS, MP_BODY, MP_EPILOGUE } state;
    char after[2]; /* what follows a boundary: CR LF, or -- at the last one */
    size_t after_n;
    char headers[MULTIPART_HEADERS_MAX];
    size_t headers_n;
};

/* ERR_INVALID unless the type is multipart/form-data with a usable boundary. */
enum err multipart_init(struct multipart *m, const char *content_type,
                        const struct multipart_sink *sink) MUST_USE;
enum err multipart_push(struct multipart *m, const char *bytes, size_t n) MUST_USE;
enum err multipart_end(struct multipart *m) MUST_USE;

#endif

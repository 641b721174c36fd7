/* parts - the files of a multipart/form-data body, kept in memory and in their order.
 *
 *     struct parts *p;
 *     TRY(parts_open(&p, arena, content_type, 1000, &body));
 *     TRY(parts_push(p, bytes, n));                 // as they arrive
 *     TRY(parts_end(p));                            // p->part[0 .. p->n)
 *
 * Every part counts, whether it has a file name or not. The bytes lie one after the other in `body`,
 * which names the limit of them all; `part` points into it once parts_end has returned.
 * Errors: those of multipart.h and of the buffer; ERR_TOO_LARGE beyond `max` parts. Threads: one. */
#ifndef EXEMPLAR_HTTP_PARTS_H
#define EXEMPLAR_HTTP_PARTS_H

#include "api/api.h"
#include "http/multipart.h"

struct parts {
    struct multipart multipart;
    struct buf *body;
    struct req_part *part; /* while parsing, n counts to where it ends */
    size_t *begin;
    size_t n, max;
};

enum err parts_open(struct parts **out, struct arena *a, const char *content_type, size_t max,
                    struct buf *body) MUST_USE;
enum err parts_push(struct parts *p, const char *bytes, size_t n) MUST_USE;
enum err parts_end(struct parts *p) MUST_USE;

#endif

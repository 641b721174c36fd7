/* jsonl - one JSON value a line, read one at a time and written.
 *
 *     struct jsonl *j;
 *     struct jsonl_line line;
 *     TRY(jsonl_open(&j, &in, 4 * MIB));
 *     while (!(e = jsonl_next(j, &line)) && line.value) { use(line.value); json_decref(line.value); }
 *     jsonl_close(j);
 *
 * Lines end in LF or CRLF; empty ones are passed over; a UTF-8 byte order mark at the start is
 * dropped. ERR_INVALID (not JSON; with line and column) and ERR_TOO_LARGE (longer than the limit)
 * refuse one line, and the next call goes on behind it; ERR_IO and ERR_NOMEM end the reading.
 * Threads: one at a time. Source: jsonlines.org, RFC 8259. */
#ifndef EXEMPLAR_FORMATS_JSONL_H
#define EXEMPLAR_FORMATS_JSONL_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "formats/stream.h"

#include <stddef.h>
#include <stdint.h>

struct jsonl;

struct jsonl_line {
    json_t *value; /* the caller's; NULL at the end of the file */
    int64_t line;  /* from 1 */
};

enum err jsonl_open(struct jsonl **out, const struct stream *in,
                    size_t line_max_bytes) MUST_USE;
void jsonl_close(struct jsonl *j); /* NULL is fine */
enum err jsonl_next(struct jsonl *j, struct jsonl_line *line) MUST_USE;

/* Appends the value, compact and with sorted keys, and LF. */
enum err jsonl_add(struct buf *b, const json_t *value) MUST_USE;

#endif

/* text - file bytes in, valid UTF-8 out; counts and offsets of what people call characters.
 *
 *     struct buf text;
 *     struct text_info info;
 *     buf_init(&text, 1 * MIB);
 *     TRY(text_decode(&text, bytes, n));                      // UTF-8, or UTF-16 with its mark
 *     TRY(text_check(&info, text.data, text.size));           // counts
 *     size_t at[2] = {start, end};                            // from a browser: UTF-16 units
 *     TRY(text_offsets(at, 2, TEXT_UTF16, TEXT_CODE_POINTS, text.data, text.size));
 *
 * A text is never normalised: no case, no NFC, no trimming, line ends stay CRLF or LF as they
 * were. One thing is dropped: a byte order mark at the very start of a file, which is a note
 * about the encoding and not part of the text. Lines in sentences count from 1 and end at LF.
 *
 * Threads: any. Sources: Unicode 15 ch. 3.9 (UTF-8, UTF-16), UAX 29 (graphemes, by utf8proc).
 */
#ifndef EXEMPLAR_MEDIA_TEXT_H
#define EXEMPLAR_MEDIA_TEXT_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

struct text_info {
    size_t n_bytes;
    size_t n_code_points;
    size_t n_graphemes; /* what a reader would count: a family emoji is one */
};

/* ERR_INVALID unless the bytes are UTF-8 without surrogates, overlong forms and NUL; the
 * sentence has the byte offset and the line. `info` may be NULL. */
enum err text_check(struct text_info *info, const char *bytes, size_t n) MUST_USE;

/* Appends the text of a file as UTF-8: UTF-8 with or without byte order mark, or UTF-16 of
 * either byte order with its mark. Anything else is ERR_INVALID, ERR_TOO_LARGE beyond `out`'s
 * maximum; `out` then keeps what it held before. */
enum err text_decode(struct buf *out, const void *bytes, size_t n) MUST_USE;

/* The three ways programs count: C and files, our spans (and Python), browsers (and Java). */
enum text_unit { TEXT_BYTES, TEXT_CODE_POINTS, TEXT_UTF16 };

/* Converts `count` offsets in place. ERR_INVALID when one lies beyond the text or inside a code
 * point, or when the text up to it is not UTF-8; then no offset has changed. Each costs its
 * distance from the one before it, so they need not ascend, but had better lie near each other. */
enum err text_offsets(size_t *offsets, size_t count, enum text_unit from, enum text_unit to,
                      const char *text, size_t n) MUST_USE;

/* The part of `text` between two code point offsets, end exclusive: *part points into `text`.
 * ERR_INVALID beyond the text or when end < start. */
enum err text_part(const char **part, size_t *n_part, const char *text, size_t n, size_t start,
                   size_t end) MUST_USE;

#endif

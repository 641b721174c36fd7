/* base64 - bytes as text that a URL may hold, and back: base64url without padding.
 *
 *     char text[BASE64URL(32)];
 *     base64url_of(text, bytes, 32);                  // 43 characters
 *     TRY(base64url_read(a, &bytes, &n, text, m));    // exactly what such a writer makes
 *
 * Reading refuses padding, other alphabets, spaces and bits left over: one text for one value.
 * Source: RFC 4648, section 5. Threads: any. */
#ifndef EXEMPLAR_BASE_BASE64_H
#define EXEMPLAR_BASE_BASE64_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Room for the text of `n` bytes and its final 0. */
#define BASE64URL(n) (((n)*4 + 2) / 3 + 1)

/* `text` has room for BASE64URL(n). */
void base64url_of(char *text, const void *bytes, size_t n);

/* From the arena, one 0 byte behind them. ERR_INVALID. */
enum err base64url_read(struct arena *a, uint8_t **bytes, size_t *n, const char *text,
                        size_t n_text) MUST_USE;

#endif

/* json - reading with clear refusals, writing in one canonical form, by jansson.
 *
 * Values are jansson's own (json_t), and its accessors may be used by whoever includes this.
 * What is added: errors that name the field, limits, and equal bytes for equal values.
 *
 *     json_t *body;
 *     TRY(json_read(&body, bytes, n));                    // json_decref(body) when done
 *     TRY(json_only(body, "name", "overlap", NULL));      // "unknown field 'nmae'"
 *     TRY(json_text(body, "name", 1, 200, &name));        // "name: expected a text"
 *     TRY(json_int_or(body, "overlap", 1, 1, 100, &n));   // default 1, between 1 and 100
 *
 * Threads: a value belongs to one thread at a time. Source: RFC 8259. */
#ifndef EXEMPLAR_BASE_JSON_H
#define EXEMPLAR_BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Any JSON value; refuses duplicate keys, NUL characters and bad UTF-8, with line and column.
 */
enum err json_read(json_t **value, const char *bytes, size_t n) MUST_USE;

/* Compact, keys sorted: equal values give equal bytes, and read back equal. Decimals have 15 digits
 * where that is all there is to them (0.1), else 16 or 17. NULL when out of memory. */
char *json_write(struct arena *a, const json_t *value);

/* The text as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
enum err json_add_text(struct buf *b, const char *text, size_t n) MUST_USE;

/* ERR_INVALID unless `object` is an object with no other keys than these (NULL ends them). */
enum err json_only(const json_t *object, ...) MUST_USE __attribute__((sentinel));

/* Fields that must be there. Text length is in bytes, and the text lives as long as `object`.
 */
enum err json_text(const json_t *object, const char *key, size_t min, size_t max,
                   const char **text) MUST_USE;
enum err json_int(const json_t *object, const char *key, int64_t min, int64_t max,
                  int64_t *value) MUST_USE;

/* An id in the form of RFC 9562. */
enum err json_uuid(const json_t *object, const char *key, struct uuid *id) MUST_USE;

/* Fields that may be missing or null; then the value given as default stands. */
enum err json_text_or(const json_t *object, const char *key, const char *none, size_t max,
                      const char **text) MUST_USE;
enum err json_int_or(const json_t *object, const char *key, int64_t none, int64_t min,
                     int64_t max, int64_t *value) MUST_USE;
enum err json_number_or(const json_t *object, const char *key, double none, double min,
                        double max, double *value) MUST_USE;
enum err json_bool_or(const json_t *object, const char *key, bool none, bool *value) MUST_USE;

#endif

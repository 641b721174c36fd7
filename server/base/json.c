#include "base/json.h"

#include <stdarg.h>
#include <string.h>

enum err json_read(json_t **value, const char *bytes, size_t n)
{
    json_error_t at;

    *value = NULL;
    /* jansson takes a NUL after a value for the end of the text. */
    if (n && memchr(bytes, 0, n)) return fail(ERR_INVALID, "not JSON: a NUL byte in the text");
    *value = json_loadb(bytes, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &at);
    if (*value) return OK;
    return fail(ERR_INVALID, "not JSON: line %d, column %d: %s", at.line, at.column, at.text);
}

static char *write_with(struct arena *a, const json_t *value, size_t digits, size_t *n)
{
    const size_t flags =
        JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits);
    char *text;

    *n = json_dumpb(value, NULL, 0, flags);
    text = arena_alloc(a, *n + 1);
    return text && json_dumpb(value, text, *n, flags) == *n ? text : NULL;
}

/* What cannot be read at all is not told apart by more digits. */
static bool reads_back(const json_t *value, const char *text, size_t n)
{
    json_t *again = json_loadb(text, n, JSON_DECODE_ANY, NULL);
    const bool is = !again || json_equal(value, again);

    json_decref(again);
    return is;
}

char *json_write(struct arena *a, const json_t *value)
{
    /* 15 digits: every decimal that people write comes back as they wrote it (0.1, not
     * 0.10000000000000001). What was computed may need 16 or 17. */
    for (size_t digits = 15;; digits++) {
        size_t n;
        char *text = write_with(a, value, digits, &n);

        if (!text || digits == 17 || reads_back(value, text, n)) return text;
    }
}

static size_t sequence_size(unsigned char lead)
{
    if (lead < 0x80) return 1;
    if (lead < 0xc2) return 0; /* a continuation, or an overlong form */
    if (lead < 0xe0) return 2;
    if (lead < 0xf0) return 3;
    return lead < 0xf5 ? 4 : 0;
}

/* Is p[1] a second byte of what p[0] starts? Overlong forms, surrogates and what lies above
 * U+10FFFF are shut out here (Unicode 15, table 3-7). */
static bool second_is_good(const unsigned char *p)
{
    unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;

    return p[1] >= low && p[1] <= high;
}

/* Length of the well-formed UTF-8 sequence at p, 0 if there is none. */
static size_t sequence(const unsigned char *p, size_t n)
{
    size_t size = sequence_size(p[0]);

    if (size > n) return 0;
    if (size > 1 && !second_is_good(p)) return 0;
    for (size_t i = 2; i < size; i++)
        if (p[i] < 0x80 || p[i] > 0xbf) return 0;
    return size;
}

static enum err add_character(struct buf *b, const unsigned char *p, size_t size)
{
    switch (p[0]) {
    case '"':
        return buf_adds(b, "\\\"");
    case '\\':
        return buf_adds(b, "\\\\");
    case '\n':
        return buf_adds(b, "\\n");
    case '\t':
        return buf_adds(b, "\\t");
    default:
        if (p[0] < 0x20) return buf_printf(b, "\\u%04x", p[0]);
        return buf_add(b, p, size);
    }
}

enum err json_add_text(struct buf *b, const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;

    TRY(buf_adds(b, "\""));
    for (size_t i = 0; i < n;) {
        size_t size = sequence(p + i, n - i);
        if (size)
            TRY(add_character(b, p + i, size));
        else
            TRY(buf_adds(b, "\xef\xbf\xbd"));
        i += size ? size : 1;
    }
    return buf_adds(b, "\"");
}

static enum err object_check(const json_t *object)
{
    return json_is_object(object) ? OK : fail(ERR_INVALID, "expected a JSON object");
}

enum err json_only(const json_t *object, ...)
{
    const char *key;
    json_t *value;

    TRY(object_check(object));
    json_object_foreach((json_t *)object, key, value)
    {
        const char *known;
        va_list keys;

        va_start(keys, object);
        while ((known = va_arg(keys, const char *)))
            if (!strcmp(known, key)) break;
        va_end(keys);
        if (!known) return fail(ERR_INVALID, "unknown field '%.100s'", key);
    }
    return OK;
}

/* The field, or NULL when it is missing or null. */
static const json_t *field(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_null(v) ? NULL : v;
}

static enum err text_value(const json_t *v, const char *key, size_t min, size_t max,
                           const char **text)
{
    if (!json_is_string(v)) return fail(ERR_INVALID, "%s: expected a text", key);
    if (json_string_length(v) < min) return fail(ERR_INVALID, "%s: must not be empty", key);
    if (json_string_length(v) > max)
        return fail(ERR_TOO_LARGE, "%s: longer than the limit of %zu bytes", key, max);
    *text = json_string_value(v);
    return OK;
}

static enum err int_value(const json_t *v, const char *key, int64_t min, int64_t max,
                          int64_t *value)
{
    if (!json_is_integer(v)) return fail(ERR_INVALID, "%s: expected an integer", key);
    if (json_integer_value(v) < min || json_integer_value(v) > max)
        return fail(ERR_INVALID, "%s: must be between %lld and %lld", key, (long long)min,
                    (long long)max);
    *value = json_integer_value(v);
    return OK;
}

enum err json_text(const json_t *object, const char *key, size_t min, size_t max,
                   const char **text)
{
    TRY(object_check(object));
    if (!field(object, key)) return fail(ERR_INVALID, "%s: missing", key);
    return text_value(field(object, key), key, min, max, text);
}

enum err json_int(const json_t *object, const char *key, int64_t min, int64_t max,
                  int64_t *value)
{
    TRY(object_check(object));
    if (!field(object, key)) return fail(ERR_INVALID, "%s: missing", key);
    return int_value(field(object, key), key, min, max, value);
}

enum err json_uuid(const json_t *object, const char *key, struct uuid *id)
{
    const char *text;

    TRY(json_text(object, key, 1, 100, &text));
    if (uuid_read(id, text)) return fail_in(ERR_INVALID, "%s", key);
    return OK;
}

enum err json_text_or(const json_t *object, const char *key, const char *none, size_t max,
                      const char **text)
{
    TRY(object_check(object));
    *text = none;
    return field(object, key) ? text_value(field(object, key), key, 0, max, text) : OK;
}

enum err json_int_or(const json_t *object, const char *key, int64_t none, int64_t min,
                     int64_t max, int64_t *value)
{
    TRY(object_check(object));
    *value = none;
    return field(object, key) ? int_value(field(object, key), key, min, max, value) : OK;
}

enum err json_number_or(const json_t *object, const char *key, double none, double min,
                        double max, double *value)
{
    const json_t *v;

    TRY(object_check(object));
    *value = none;
    v = field(object, key);
    if (!v) return OK;
    if (!json_is_number(v)) return fail(ERR_INVALID, "%s: expected a number", key);
    if (json_number_value(v) < min || json_number_value(v) > max)
        return fail(ERR_INVALID, "%s: must be between %g and %g", key, min, max);
    *value = json_number_value(v);
    return OK;
}

enum err json_bool_or(const json_t *object, const char *key, bool none, bool *value)
{
    const json_t *v;

    TRY(object_check(object));
    *value = none;
    v = field(object, key);
    if (!v) return OK;
    if (!json_is_boolean(v)) return fail(ERR_INVALID, "%s: expected true or false", key);
    *value = json_is_true(v);
    return OK;
}

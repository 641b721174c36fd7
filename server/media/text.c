#include "media/text.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <utf8proc.h>

static size_t line_of(const char *bytes, size_t at)
{
    size_t line = 1;

    for (size_t i = 0; i < at; i++)
        line += bytes[i] == '\n';
    return line;
}

/* Why the bytes at `at` are no code point; the sequence there starts with a byte >= 0x80 or NUL. */
static enum err refuse_byte(const char *bytes, size_t n, size_t at)
{
    const uint8_t *p = (const uint8_t *)bytes + at;
    size_t line = line_of(bytes, at);

    if (!*p)
        return fail(
            ERR_INVALID,
            "a NUL byte at offset %zu (line %zu): this is no text, or UTF-16 without its "
            "byte order mark; save the file as UTF-8",
            at, line);
    if (*p == 0xed && n - at >= 2 && p[1] >= 0xa0 && p[1] <= 0xbf)
        return fail(
            ERR_INVALID,
            "half of a surrogate pair at offset %zu (line %zu) is not UTF-8; save the file "
            "as UTF-8",
            at, line);
    return fail(ERR_INVALID,
                "byte 0x%02X at offset %zu (line %zu) is not UTF-8; save the file as UTF-8", *p,
                at, line);
}

/* The code point at `at`, and how many bytes it takes; 0 when there is none that a text may hold. */
static size_t next_code_point(utf8proc_int32_t *code_point, const char *bytes, size_t n,
                              size_t at)
{
    size_t n_left = n - at;
    utf8proc_ssize_t n_taken;

    /* four bytes hold any code point; this also keeps a huge length out of a signed type */
    n_taken = utf8proc_iterate((const utf8proc_uint8_t *)bytes + at,
                               (utf8proc_ssize_t)(n_left < 4 ? n_left : 4), code_point);
    return n_taken > 0 && *code_point > 0 ? (size_t)n_taken : 0;
}

enum err text_check(struct text_info *info, const char *bytes, size_t n)
{
    struct text_info found = {.n_bytes = n};
    utf8proc_int32_t previous = 0;
    utf8proc_int32_t state = 0;
    size_t at = 0;

    while (at < n) {
        utf8proc_int32_t c;
        size_t n_taken = next_code_point(&c, bytes, n, at);

        if (!n_taken) return refuse_byte(bytes, n, at);
        if (!at || utf8proc_grapheme_break_stateful(previous, c, &state)) found.n_graphemes++;
        previous = c;
        found.n_code_points++;
        at += n_taken;
    }
    if (info) *info = found;
    return OK;
}

struct utf16 {
    const uint8_t *bytes;
    size_t n; /* with the byte order mark */
    bool is_big_endian;
};

static uint32_t unit_at(const struct utf16 *u, size_t at)
{
    const uint8_t *p = u->bytes + at;

    return u->is_big_endian ? (uint32_t)(p[0] << 8 | p[1]) : (uint32_t)(p[1] << 8 | p[0]);
}

static bool is_high_surrogate(uint32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(uint32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The code point at `at`, which moves past it; `line` is only for the sentence. */
static enum err next_utf16(utf8proc_int32_t *code_point, const struct utf16 *u, size_t *at,
                           size_t line)
{
    uint32_t unit = unit_at(u, *at);
    uint32_t low;

    if (!unit)
        return fail(
            ERR_INVALID,
            "a NUL character at offset %zu (line %zu): this is no text; save it as UTF-8", *at,
            line);
    if (!is_high_surrogate(unit) && !is_low_surrogate(unit)) {
        *code_point = (utf8proc_int32_t)unit;
        *at += 2;
        return OK;
    }
    low = *at + 4 <= u->n ? unit_at(u, *at + 2) : 0;
    if (is_low_surrogate(unit) || !is_low_surrogate(low))
        return fail(
            ERR_INVALID,
            "half of a surrogate pair (0x%04X) at offset %zu (line %zu) of the UTF-16 file; "
            "save the file as UTF-8",
            unit, *at, line);
    *code_point = (utf8proc_int32_t)(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
    *at += 4;
    return OK;
}

static enum err add_utf16(struct buf *out, const struct utf16 *u)
{
    size_t line = 1;
    size_t at = 2;

    if (u->n % 2)
        return fail(ERR_INVALID,
                    "the UTF-16 file has an odd number of bytes (%zu), so its end is missing",
                    u->n);
    while (at < u->n) {
        utf8proc_uint8_t bytes[4];
        utf8proc_int32_t c = 0;

        TRY(next_utf16(&c, u, &at, line));
        TRY(buf_add(out, bytes, (size_t)utf8proc_encode_char(c, bytes)));
        line += c == '\n';
    }
    return OK;
}

static enum err decode_utf16(struct buf *out, const struct utf16 *u)
{
    size_t n_before = out->size;
    enum err e = add_utf16(out, u);

    if (e && out->data) {
        out->size = n_before;
        out->data[n_before] = '\0';
    }
    return e;
}

enum err text_decode(struct buf *out, const void *bytes, size_t n)
{
    const char *p = bytes;

    if (n >= 4 && (!memcmp(p, "\xff\xfe\0\0", 4) || !memcmp(p, "\0\0\xfe\xff", 4)))
        return fail(ERR_INVALID, "UTF-32 is not supported; save the file as UTF-8");
    if (n >= 2 && !memcmp(p, "\xff\xfe", 2))
        return decode_utf16(out, &(struct utf16){.bytes = bytes, .n = n});
    if (n >= 2 && !memcmp(p, "\xfe\xff", 2))
        return decode_utf16(out,
                            &(struct utf16){.bytes = bytes, .n = n, .is_big_endian = true});
    /* checked with its mark, so that offsets in sentences are those of the file */
    TRY(text_check(NULL, p, n));
    if (n >= 3 && !memcmp(p, "\xef\xbb\xbf", 3)) return buf_add(out, p + 3, n - 3);
    return buf_add(out, p, n);
}

/* A place between two code points, in all three ways of counting. */
struct place {
    size_t at[3]; /* by enum text_unit */
};

static const char *const UNIT_NAMES[] = {
    [TEXT_BYTES] = "bytes",
    [TEXT_CODE_POINTS] = "code points",
    [TEXT_UTF16] = "UTF-16 units",
};

static enum err step_forward(struct place *p, const char *text, size_t n)
{
    utf8proc_int32_t c;
    size_t n_taken = next_code_point(&c, text, n, p->at[TEXT_BYTES]);

    if (!n_taken) return refuse_byte(text, n, p->at[TEXT_BYTES]);
    p->at[TEXT_BYTES] += n_taken;
    p->at[TEXT_CODE_POINTS] += 1;
    p->at[TEXT_UTF16] += c > 0xffff ? 2 : 1;
    return OK;
}

/* Over what step_forward() has passed, so it is known to be UTF-8. */
static void step_back(struct place *p, const char *text)
{
    uint8_t byte;

    do
        byte = (uint8_t)text[--p->at[TEXT_BYTES]];
    while ((byte & 0xc0) == 0x80);
    p->at[TEXT_CODE_POINTS] -= 1;
    p->at[TEXT_UTF16] -= byte >= 0xf0 ? 2 : 1;
}

/* Moves `p` to `offset`. */
static enum err place_find(struct place *p, size_t offset, enum text_unit unit,
                           const char *text, size_t n)
{
    while (p->at[unit] > offset)
        step_back(p, text);
    while (p->at[unit] < offset) {
        if (p->at[TEXT_BYTES] == n)
            return fail(ERR_INVALID,
                        "offset %zu lies beyond the end of the text, which has %zu %s", offset,
                        p->at[unit], UNIT_NAMES[unit]);
        TRY(step_forward(p, text, n));
    }
    if (p->at[unit] > offset)
        return fail(ERR_INVALID, "offset %zu (in %s) lies inside a character", offset,
                    UNIT_NAMES[unit]);
    return OK;
}

enum err text_offsets(size_t *offsets, size_t count, enum text_unit from, enum text_unit to,
                      const char *text, size_t n)
{
    struct place p = {0};

    /* twice, so that nothing has changed when one is refused */
    for (size_t i = 0; i < count; i++)
        TRY(place_find(&p, offsets[i], from, text, n));
    p = (struct place){0};
    for (size_t i = 0; i < count; i++) {
        TRY(place_find(&p, offsets[i], from, text, n));
        offsets[i] = p.at[to];
    }
    return OK;
}

enum err text_part(const char **part, size_t *n_part, const char *text, size_t n, size_t start,
                   size_t end)
{
    size_t at[2] = {start, end};

    if (end < start)
        return fail(ERR_INVALID, "the span ends at %zu, before its start at %zu", end, start);
    TRY(text_offsets(at, 2, TEXT_CODE_POINTS, TEXT_BYTES, text, n));
    *part = text + at[0];
    *n_part = at[1] - at[0];
    return OK;
}

#include "api/out.h"

#include "base/clock.h"
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct out out_to(struct buf *b)
{
    return (struct out){.b = b};
}

static void add(struct out *o, const char *bytes)
{
    if (!o->e) o->e = buf_adds(o->b, bytes);
}

static void begin(struct out *o, const char *key)
{
    if (o->has_member[o->depth]) add(o, ",");
    o->has_member[o->depth] = true;
    if (!key) return;
    add(o, "\"");
    add(o, key);
    add(o, "\":");
}

static void open_level(struct out *o, const char *key, const char *opening, char closing)
{
    assert(o->depth < OUT_DEPTH);
    begin(o, key);
    add(o, opening);
    o->closing[o->depth++] = closing;
    o->has_member[o->depth] = false;
}

void out_object(struct out *o, const char *key)
{
    open_level(o, key, "{", '}');
}

void out_list(struct out *o, const char *key)
{
    open_level(o, key, "[", ']');
}

void out_end(struct out *o)
{
    assert(o->depth > 0);
    add(o, (char[2]){o->closing[--o->depth]});
}

void out_text_n(struct out *o, const char *key, const char *text, size_t n)
{
    begin(o, key);
    if (!o->e) o->e = json_add_text(o->b, text, n);
}

void out_text(struct out *o, const char *key, const char *text)
{
    if (text)
        out_text_n(o, key, text, strlen(text));
    else
        out_null(o, key);
}

void out_int(struct out *o, const char *key, int64_t value)
{
    char digits[24];

    begin(o, key);
    snprintf(digits, sizeof digits, "%" PRId64, value);
    add(o, digits);
}

void out_id(struct out *o, const char *key, int64_t id)
{
    if (id)
        out_int(o, key, id);
    else
        out_null(o, key);
}

/* The fewest digits that read back as the same number: 0.1, not 0.10000000000000001. */
static void shortest(char digits[32], double value)
{
    for (int precision = 6; precision <= 17; precision++) {
        snprintf(digits, 32, "%.*g", precision, value);
        if (!(strtod(digits, NULL) < value) && !(strtod(digits, NULL) > value)) return;
    }
}

void out_number(struct out *o, const char *key, double value)
{
    char digits[32] = "null";

    begin(o, key);
    if (isfinite(value)) shortest(digits, value);
    add(o, digits);
}

void out_bool(struct out *o, const char *key, bool value)
{
    begin(o, key);
    add(o, value ? "true" : "false");
}

void out_null(struct out *o, const char *key)
{
    begin(o, key);
    add(o, "null");
}

void out_time(struct out *o, const char *key, int64_t at_ms)
{
    char text[CLOCK_TEXT];

    if (!at_ms) {
        out_null(o, key);
        return;
    }
    clock_format(text, at_ms);
    out_text(o, key, text);
}

void out_json(struct out *o, const char *key, const char *json)
{
    begin(o, key);
    add(o, json && *json ? json : "null");
}

void out_members(struct out *o, const char *json_object)
{
    size_t n = json_object ? strlen(json_object) : 0;

    if (n <= 2) return; /* {} */
    begin(o, NULL);
    if (!o->e) o->e = buf_add(o->b, json_object + 1, n - 2);
}

enum err out_done(const struct out *o)
{
    assert(o->depth == 0);
    return o->e;
}

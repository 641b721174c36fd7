#include "jobs/evaluate_keys.h"

#include "base/clock.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 40, VALUE_BYTES = 120, DAY = 10, THIRDS = 3 };

/* A key while its values are collected. */
struct collecting {
    struct arena *a;
    const struct item *item;
    size_t n;
    struct report_key key[KEYS_MAX];
    uint32_t *of[KEYS_MAX];
    const char **value[KEYS_MAX];
    size_t n_keys;
};

/* The key of that name, a new one when there is none; KEYS_MAX when there is no room. */
static enum err key_named(struct collecting *c, const char *name, size_t *key)
{
    size_t k = 0;

    while (k < c->n_keys && strcmp(c->key[k].name, name) != 0)
        k++;
    *key = k;
    if (k < c->n_keys || k == KEYS_MAX) return OK;
    c->key[k] = (struct report_key){.name = arena_strdup(c->a, name)};
    c->of[k] = arena_array(c->a, c->n, sizeof *c->of[k]);
    c->value[k] = arena_array(c->a, REPORT_VALUES_MAX + 1, sizeof(const char *));
    if (!c->key[k].name || !c->of[k] || !c->value[k]) return fail_nomem();
    memset(c->of[k], 0xff, c->n * sizeof *c->of[k]); /* REPORT_NO_VALUE */
    c->n_keys++;
    return OK;
}

/* Item i has this value of the key. */
static enum err value_set(struct collecting *c, size_t key, size_t i, const char *value)
{
    struct report_key *k = &c->key[key];
    size_t v = 0;

    if (k->n_values > REPORT_VALUES_MAX) return OK; /* too many already */
    while (v < k->n_values && strcmp(c->value[key][v], value) != 0)
        v++;
    if (v == k->n_values) k->n_values++;
    if (v == REPORT_VALUES_MAX) return OK;
    if (!c->value[key][v]) {
        c->value[key][v] = arena_strdup(c->a, value);
        NEED(c->value[key][v]);
    }
    c->of[key][i] = (uint32_t)v;
    return OK;
}

/* "2026-11-20T17:56" is the day "2026-11-20"; other texts stay. Long ones are no value. */
static const char *as_value(struct arena *a, const char *text)
{
    static const char FORM[] = "dddd-dd-dd";
    size_t i = 0;

    while (i < DAY && (FORM[i] == 'd' ? isdigit((unsigned char)text[i]) != 0
                                      : text[i] == '-' || text[i] == ':' || text[i] == '/'))
        i++;
    if (i == DAY && text[DAY]) return arena_printf(a, "%.10s", text);
    return strlen(text) > VALUE_BYTES ? "" : text;
}

static enum err set_named(struct collecting *c, const char *name, size_t i, const char *value)
{
    size_t key;

    NEED(value);
    if (!*value) return OK;
    TRY(key_named(c, name, &key));
    return key < KEYS_MAX ? value_set(c, key, i, value) : OK;
}

static enum err folder_set(struct collecting *c, size_t i)
{
    const char *slash = strrchr(c->item[i].path, '/');

    if (!slash) return OK;
    return set_named(
        c, "folder", i,
        arena_printf(c->a, "%.*s", (int)(slash - c->item[i].path), c->item[i].path));
}

static enum err meta_set(struct collecting *c, size_t i)
{
    json_t *meta;
    json_t *value;
    const char *name;
    enum err e = OK;

    TRY(json_read(&meta, c->item[i].meta, strlen(c->item[i].meta)));
    json_object_foreach(meta, name, value)
    {
        if (!e && json_is_string(value))
            e = set_named(c, name, i, as_value(c->a, json_string_value(value)));
    }
    json_decref(meta);
    return e;
}

static enum err words_set(struct collecting *c)
{
    char day[CLOCK_TEXT];

    for (size_t i = 0; i < c->n; i++) {
        TRY(folder_set(c, i));
        TRY(meta_set(c, i));
        TRY(set_named(c, "format", i, c->item[i].format));
        clock_format(day, c->item[i].created_at);
        day[DAY] = 0;
        TRY(set_named(c, "day it was added", i, day));
    }
    return OK;
}

static int by_number(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

/* A number of every item, and how it is told. */
struct measure {
    const char *name, *unit;
    int64_t (*of)(const struct item *i);
};

static int64_t longer_side(const struct item *i)
{
    return i->width > i->height ? i->width : i->height;
}

static int64_t length(const struct item *i)
{
    return i->n_chars;
}

static const char *third_words(struct arena *a, const struct measure *m, const int64_t cut[2],
                               int third)
{
    if (third == 1 && cut[1] == cut[0] + 1)
        return arena_printf(a, "%lld %s", (long long)cut[1], m->unit);
    if (third == 0) return arena_printf(a, "up to %lld %s", (long long)cut[0], m->unit);
    if (third == 1)
        return arena_printf(a, "%lld to %lld %s", (long long)cut[0] + 1, (long long)cut[1],
                            m->unit);
    return arena_printf(a, "over %lld %s", (long long)cut[1], m->unit);
}

static enum err number_set(struct collecting *c, const struct measure *m)
{
    int64_t *sorted = arena_array(c->a, c->n, sizeof *sorted);
    int64_t cut[2];

    NEED(sorted);
    for (size_t i = 0; i < c->n; i++)
        sorted[i] = m->of(&c->item[i]);
    qsort(sorted, c->n, sizeof *sorted, by_number);
    cut[0] = sorted[(c->n - 1) / THIRDS];
    cut[1] = sorted[2 * (c->n - 1) / THIRDS];
    if (sorted[0] == sorted[c->n - 1]) return OK;
    for (size_t i = 0; i < c->n; i++) {
        const int64_t x = m->of(&c->item[i]);
        const int third = x <= cut[0] ? 0 : x <= cut[1] ? 1 : 2;
        TRY(set_named(c, m->name, i, third_words(c->a, m, cut, third)));
    }
    return OK;
}

/* Does every value but a few items' belong to one class, so that the key only says the class? */
static bool says_the_class(const struct collecting *c, size_t key, const int32_t *truth)
{
    int32_t first[REPORT_VALUES_MAX];
    size_t known = 0;
    size_t as_first = 0;

    memset(first, 0xff, sizeof first);
    for (size_t i = 0; i < c->n; i++) {
        const uint32_t v = c->of[key][i];
        if (v == REPORT_NO_VALUE) continue;
        if (first[v] < 0) first[v] = truth[i];
        known++;
        as_first += first[v] == truth[i];
    }
    return 50 * (known - as_first) <= known; /* 2 of 100 */
}

enum err evaluation_keys(struct arena *a, const struct item *items, const int32_t *truth,
                         size_t n, struct report_key **keys, size_t *n_keys)
{
    static const struct measure SIZE = {"longer side", "pixels", longer_side};
    static const struct measure LENGTH = {"length", "characters", length};
    struct collecting c = {.a = a, .item = items, .n = n};

    *n_keys = 0;
    *keys = arena_array(a, KEYS_MAX, sizeof **keys);
    NEED(*keys);
    if (!n) return OK;
    TRY(words_set(&c));
    TRY(number_set(&c, items[0].n_chars ? &LENGTH : &SIZE));
    for (size_t k = 0; k < c.n_keys; k++) {
        struct report_key *key = &c.key[k];
        if (key->n_values < 2 || key->n_values > REPORT_VALUES_MAX) continue;
        if (says_the_class(&c, k, truth)) continue;
        key->value = c.value[k];
        key->of = c.of[k];
        (*keys)[(*n_keys)++] = *key;
    }
    return OK;
}

#include "pattern.h"

#include "base/uuid.h"

#include <stdio.h>
#include <string.h>

const char *names_get(const struct names *n, const char *name, size_t length)
{
    for (size_t i = 0; i < n->n; i++)
        if (strlen(n->rows[i].name) == length && !memcmp(n->rows[i].name, name, length))
            return n->rows[i].value;
    return NULL;
}

void names_set(struct names *n, const char *name, const char *value)
{
    if (n->n == NAMES_MAX) return;
    snprintf(n->rows[n->n].name, sizeof n->rows[0].name, "%s", name);
    snprintf(n->rows[n->n].value, sizeof n->rows[0].value, "%s", value);
    n->n++;
}

static size_t name_length(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
}

static const char *uuid_make(struct names *n, const char *name, size_t length)
{
    char text[UUID_TEXT];
    char copy[32];
    struct uuid u;

    uuid_new(&u);
    uuid_write(text, &u);
    snprintf(copy, sizeof copy, "%.*s", (int)length, name);
    names_set(n, copy, text);
    return names_get(n, name, length);
}

enum err names_fill(struct names *n, struct buf *out, const char *text)
{
    while (*text) {
        size_t plain = strcspn(text, "$");
        const char *name = text + plain + 1;
        const char *value;
        size_t length;

        TRY(buf_add(out, text, plain));
        text += plain;
        if (!*text) return OK;
        length = name_length(name);
        value = names_get(n, name, length);
        if (!value && !strncmp(name, "uuid", 4)) value = uuid_make(n, name, length);
        if (!value) return fail(ERR_INVALID, "no answer gave $%.*s yet", (int)length, name);
        TRY(buf_adds(out, value));
        text = name + length;
    }
    return OK;
}

static void value_text(char text[200], const json_t *value)
{
    if (json_is_integer(value))
        snprintf(text, 200, "%lld", (long long)json_integer_value(value));
    else
        snprintf(text, 200, "%s", json_is_string(value) ? json_string_value(value) : "");
}

static int name_matches(struct names *n, const char *name, const json_t *value, char *why,
                        size_t room)
{
    const char *known = names_get(n, name, strlen(name));
    char text[200];

    value_text(text, value);
    if (!known && text[0]) {
        names_set(n, name, text);
        return 1;
    }
    if (known && !strcmp(known, text)) return 1;
    snprintf(why, room, "$%s is %s, not '%s'", name, known ? known : "nothing that can be kept",
             text);
    return 0;
}

static int text_matches(struct names *n, const char *pattern, const json_t *value, char *why,
                        size_t room)
{
    const char *text = json_is_string(value) ? json_string_value(value) : NULL;

    const char *name = strchr(pattern, '$');
    size_t before = name ? (size_t)(name - pattern) : 0;

    if (name == pattern) return name_matches(n, pattern + 1, value, why, room);
    if (name && text && !strncmp(pattern, text, before)) {
        json_t *rest = json_string(text + before);
        int matches = name_matches(n, name + 1, rest, why, room);
        json_decref(rest);
        return matches;
    }
    if (!strcmp(pattern, "*") && value && !json_is_null(value)) return 1;
    if (*pattern == '~' && text && strstr(text, pattern + 1)) return 1;
    if (text && !strcmp(text, pattern)) return 1;
    snprintf(why, room, "expected \"%s\", got \"%s\"", pattern, text ? text : "(no text)");
    return 0;
}

static int list_matches(struct names *n, const json_t *pattern, const json_t *value, char *why,
                        size_t room)
{
    size_t want = json_array_size(pattern);
    const char *last = want ? json_string_value(json_array_get(pattern, want - 1)) : NULL;
    int is_open = last && !strcmp(last, "...");

    if (is_open) want--;
    if (!json_is_array(value) || json_array_size(value) < want ||
        (!is_open && json_array_size(value) > want)) {
        snprintf(why, room, "expected a list of %zu, got %zu", want, json_array_size(value));
        return 0;
    }
    for (size_t i = 0; i < want; i++)
        if (!pattern_matches(n, json_array_get(pattern, i), json_array_get(value, i), why,
                             room))
            return 0;
    return 1;
}

static int object_matches(struct names *n, const json_t *pattern, const json_t *value,
                          char *why, size_t room)
{
    const char *key;
    json_t *member;

    json_object_foreach((json_t *)pattern, key, member)
    {
        char inner[600];
        if (pattern_matches(n, member, json_object_get(value, key), inner, sizeof inner))
            continue;
        snprintf(why, room, "%s: %s", key, inner);
        return 0;
    }
    return 1;
}

int pattern_matches(struct names *n, const json_t *pattern, const json_t *value, char *why,
                    size_t room)
{
    if (json_is_string(pattern))
        return text_matches(n, json_string_value(pattern), value, why, room);
    if (json_is_object(pattern)) return object_matches(n, pattern, value, why, room);
    if (json_is_array(pattern)) return list_matches(n, pattern, value, why, room);
    if (json_equal(pattern, value)) return 1;
    snprintf(why, room, "another value than expected");
    return 0;
}

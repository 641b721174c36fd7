#include "store/indexed.h"

#include "store/words.h"

#include <string.h>

enum { FOLDERS_MAX = 8 };

/* Each folder that the path lies in, the outermost first. */
static enum err each_folder(const char *path, facet_each each, void *context)
{
    char folder[FACET_BYTES + 1];
    const char *slash = path;

    for (int i = 0; i < FOLDERS_MAX && (slash = strchr(slash, '/')) != NULL; i++, slash++) {
        size_t n = (size_t)(slash - path);
        if (!n) continue;
        if (n > FACET_BYTES) break;
        memcpy(folder, path, n);
        folder[n] = 0;
        TRY(each(context, FACET_FOLDER, "", folder));
    }
    return OK;
}

static enum err each_value(const char *key, const json_t *value, facet_each each, void *context)
{
    struct arena a;
    const char *text = json_string_value(value);
    enum err e = OK;

    if (json_is_object(value) || json_is_array(value) || json_is_null(value)) return OK;
    arena_init(&a, 64 * KIB);
    if (!text) text = json_write(&a, value);
    if (!text)
        e = fail_nomem();
    else if (*text && strlen(text) <= FACET_BYTES && strlen(key) <= FACET_BYTES)
        e = each(context, FACET_META, key, text);
    arena_free(&a);
    return e;
}

enum err indexed_facets(const char *path, const json_t *meta, facet_each each, void *context)
{
    const char *key;
    json_t *value;

    TRY(each_folder(path, each, context));
    json_object_foreach((json_t *)meta, key, value) TRY(each_value(key, value, each, context));
    return OK;
}

void indexed_tag(char tag[TAG_TEXT], enum facet_kind kind, const char *key, const char *value)
{
    struct hash_state state;
    struct hash h;

    hash_init(&state);
    hash_add(&state, key, strlen(key) + 1);
    hash_add(&state, value, strlen(value));
    hash_end(&state, &h);
    tag[0] = kind == FACET_FOLDER ? 'f' : 'm';
    hex_of(tag + 1, h.bytes, 7);
}

static enum err tag_add(void *context, enum facet_kind kind, const char *key, const char *value)
{
    char tag[TAG_TEXT];

    indexed_tag(tag, kind, key, value);
    return buf_printf(context, " %s", tag);
}

enum err indexed_tags(struct buf *b, int64_t project_id, const char *path, const json_t *meta)
{
    TRY(buf_printf(b, "p%lld", (long long)project_id));
    return indexed_facets(path, meta, tag_add, b);
}

enum err indexed_words(struct buf *b, const char *body, size_t n, const char *path,
                       const json_t *meta)
{
    const char *key;
    json_t *value;

    if (body) TRY(words_add(b, body, n));
    TRY(words_add(b, path, strlen(path)));
    json_object_foreach((json_t *)meta, key, value)
    {
        const char *text = json_string_value(value);
        if (text) TRY(words_add(b, text, strlen(text)));
    }
    return OK;
}

#include "store/search_functions.h"

#include "store/indexed.h"
#include "store/sql.h"

#include <string.h>

static const char *text_of(sqlite3_value *v)
{
    const char *text = (const char *)sqlite3_value_text(v);
    return text ? text : "";
}

/* Gives what was written, or the failure, to the database; and frees it. */
static void give(sqlite3_context *c, struct buf *b, enum err e)
{
    if (e)
        sqlite3_result_error(c, err_message(), -1);
    else
        sqlite3_result_text(c, b->data ? b->data : "", (int)b->size, SQLITE_TRANSIENT);
    buf_free(b);
}

static void sql_words(sqlite3_context *c, int n, sqlite3_value **values)
{
    const char *body = (const char *)sqlite3_value_text(values[0]);
    const char *meta = text_of(values[2]);
    json_t *object = NULL;
    struct buf b;
    enum err e;

    (void)n;
    buf_init(&b, WORDS_BYTES_MAX);
    e = json_read(&object, meta, strlen(meta));
    if (!e)
        e = indexed_words(&b, body, (size_t)sqlite3_value_bytes(values[0]), text_of(values[1]),
                          object);
    json_decref(object);
    give(c, &b, e);
}

static void sql_tags(sqlite3_context *c, int n, sqlite3_value **values)
{
    const char *meta = text_of(values[2]);
    json_t *object = NULL;
    struct buf b;
    enum err e;

    (void)n;
    buf_init(&b, TAGS_BYTES_MAX);
    e = json_read(&object, meta, strlen(meta));
    if (!e) e = indexed_tags(&b, sqlite3_value_int64(values[0]), text_of(values[1]), object);
    json_decref(object);
    give(c, &b, e);
}

static enum err facet_write(void *context, enum facet_kind kind, const char *key,
                            const char *value)
{
    struct buf *b = context;

    TRY(buf_printf(b, "%s[%d,", b->size > 1 ? "," : "", (int)kind));
    TRY(json_add_text(b, key, strlen(key)));
    TRY(buf_adds(b, ","));
    TRY(json_add_text(b, value, strlen(value)));
    return buf_adds(b, "]");
}

/* [[kind, key, value], ...] */
static void sql_facets(sqlite3_context *c, int n, sqlite3_value **values)
{
    const char *meta = text_of(values[1]);
    json_t *object = NULL;
    struct buf b;
    enum err e;

    (void)n;
    buf_init(&b, TAGS_BYTES_MAX);
    e = json_read(&object, meta, strlen(meta));
    if (!e) e = buf_adds(&b, "[");
    if (!e) e = indexed_facets(text_of(values[0]), object, facet_write, &b);
    if (!e) e = buf_adds(&b, "]");
    json_decref(object);
    give(c, &b, e);
}

enum err search_functions(struct store *s)
{
    static const struct {
        const char *name;
        int n;
        void (*run)(sqlite3_context *, int, sqlite3_value **);
    } FUNCTIONS[] = {
        {"search_words",  3, sql_words },
        {"search_tags",   3, sql_tags  },
        {"search_facets", 2, sql_facets},
    };

    for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
        int code = sqlite3_create_function(s->db, FUNCTIONS[i].name, FUNCTIONS[i].n,
                                           SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                           FUNCTIONS[i].run, NULL, NULL);
        if (code) return fail_database(s, code, FUNCTIONS[i].name);
    }
    return OK;
}

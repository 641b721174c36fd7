#include "store/search.h"

#include "base/clock.h"
#include "base/json.h"
#include "store/sql.h"
#include "store/words.h"

#include <string.h>

enum {
    SEARCH_ADD,
    FACET_KEY_ADD,
    FACET_ADD,
    FACET_KEY_FULL,
    FACET_LIST,
    CLASS_COUNTS,
    LABELLERS,
    LAST_ITEM,
    HAS_CLASS,
    WALK_TEXT,
    WALK_STATE,
    WALK_PERSON,
    WALK_CLASS,
    SEARCH_N
};

static const char *const STATEMENTS[SEARCH_N] = {
    [SEARCH_ADD] = "INSERT INTO item_search (rowid, words, tags) VALUES (:id, :words, :tags)",
    [FACET_KEY_ADD] =
        "INSERT INTO facet_key (project_id, kind, key) VALUES (:project, :kind, :key) "
        "ON CONFLICT DO NOTHING",
    [FACET_ADD] =
        "INSERT INTO facet (project_id, kind, key, value, items) SELECT :project, :kind, :key, "
        ":value, 1 WHERE EXISTS (SELECT 1 FROM facet_key WHERE project_id = :project AND kind = :kind "
        "AND key = :key AND n_values < :most) OR EXISTS (SELECT 1 FROM facet WHERE "
        "project_id = :project AND kind = :kind AND key = :key AND value = :value) "
        "ON CONFLICT (project_id, kind, key, value) DO UPDATE SET items = items + 1",
    [FACET_KEY_FULL] = "UPDATE facet_key SET is_all = 0 WHERE project_id = :project "
                       "AND kind = :kind AND key = :key AND is_all = 1",
    [FACET_LIST] =
        "SELECT f.kind, f.key, f.value, f.items, k.is_all FROM facet f JOIN facet_key k "
        "ON k.project_id = f.project_id AND k.kind = f.kind AND k.key = f.key "
        "WHERE f.project_id = :project ORDER BY f.kind, f.key, f.value",
    [CLASS_COUNTS] = "SELECT question, class, items, labels FROM class_count "
                     "WHERE project_id = :project ORDER BY question, class",
    [LABELLERS] = "SELECT c.user_id, u.name, c.labels FROM member_count c LEFT JOIN user u "
                  "ON u.id = c.user_id WHERE c.project_id = :project AND c.labels > 0 "
                  "ORDER BY u.name",
    [LAST_ITEM] = "SELECT max(id) FROM item",
    [HAS_CLASS] = "SELECT 1 FROM item_class WHERE project_id = :project AND "
                  "question = :question AND class = :class AND item_id = :item "
                  "AND user_id = :user",
    /* Each gives its items in order, from one on. The text's also stops somewhere: within one
     * step it may pass over many items that have some of its words. */
    [WALK_TEXT] = "SELECT rowid FROM item_search WHERE item_search MATCH :match "
                  "AND rowid BETWEEN :from AND :to ORDER BY rowid",
    [WALK_STATE] = "SELECT id FROM item INDEXED BY item_state WHERE project_id = :project "
                   "AND state = :state AND id >= :from ORDER BY id",
    [WALK_PERSON] = "SELECT item_id FROM label INDEXED BY label_person WHERE "
                    "project_id = :project AND user_id = :user AND item_id >= :from "
                    "ORDER BY item_id",
    [WALK_CLASS] = "SELECT item_id FROM item_class WHERE project_id = :project AND "
                   "question = :question AND class = :class AND item_id >= :from "
                   "ORDER BY item_id",
};
const struct sql_statements SEARCH_STATEMENTS = {"store/search.c", STATEMENTS, SEARCH_N};

/* Facets */

enum { FOLDERS_MAX = 8, TAG_TEXT = 18 };

typedef enum err (*facet_each)(void *context, enum facet_kind kind, const char *key,
                               const char *value);

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

static enum err each_facet(const char *path, const json_t *meta, facet_each each, void *context)
{
    const char *key;
    json_t *value;

    TRY(each_folder(path, each, context));
    json_object_foreach((json_t *)meta, key, value) TRY(each_value(key, value, each, context));
    return OK;
}

/* The word that stands for a facet in the index. 56 bits: two of a million values collide once
 * in 70,000 projects. */
static void tag_of(char tag[TAG_TEXT], enum facet_kind kind, const char *key, const char *value)
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

    tag_of(tag, kind, key, value);
    return buf_printf(context, " %s", tag);
}

static enum err tags_add(struct buf *b, int64_t project_id, const char *path,
                         const json_t *meta)
{
    TRY(buf_printf(b, "p%lld", (long long)project_id));
    return each_facet(path, meta, tag_add, b);
}

static enum err words_of(struct buf *b, const char *body, size_t n, const char *path,
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

/* Adding */

struct counting {
    struct store *s;
    int64_t project_id;
};

static void key_begin(struct query *q, const struct counting *c, int statement,
                      enum facet_kind kind, const char *key)
{
    query_begin(q, c->s, SQL_SEARCH, statement);
    bind_int(q, ":project", c->project_id);
    bind_int(q, ":kind", kind);
    bind_text(q, ":key", key);
}

static enum err facet_count(void *context, enum facet_kind kind, const char *key,
                            const char *value)
{
    const struct counting *c = context;
    struct query q;
    int64_t counted;

    key_begin(&q, c, FACET_KEY_ADD, kind, key);
    TRY(query_run(&q, NULL));
    key_begin(&q, c, FACET_ADD, kind, key);
    bind_text(&q, ":value", value);
    bind_int(&q, ":most", FACET_VALUES);
    TRY(query_run(&q, &counted));
    if (counted) return OK;
    key_begin(&q, c, FACET_KEY_FULL, kind, key);
    return query_run(&q, NULL);
}

static enum err index_add(struct store *s, int64_t id, const struct buf *words,
                          const struct buf *tags)
{
    struct query q;

    query_begin(&q, s, SQL_SEARCH, SEARCH_ADD);
    bind_int(&q, ":id", id);
    bind_text(&q, ":words", words->data);
    bind_text(&q, ":tags", tags->data);
    return query_run(&q, NULL);
}

enum { WORDS_BYTES_MAX = 256 * 1024 * 1024, TAGS_BYTES_MAX = 1024 * 1024 };

enum err store_search_add(struct store *s, const struct item *i, const char *body, size_t n)
{
    struct counting counting = {s, i->project_id};
    struct buf words;
    struct buf tags;
    json_t *meta = NULL;
    enum err e;

    buf_init(&words, WORDS_BYTES_MAX);
    buf_init(&tags, TAGS_BYTES_MAX);
    e = json_read(&meta, i->meta, strlen(i->meta));
    if (!e) e = words_of(&words, body, n, i->path, meta);
    if (!e) e = tags_add(&tags, i->project_id, i->path, meta);
    if (!e) e = index_add(s, i->id, &words, &tags);
    if (!e) e = each_facet(i->path, meta, facet_count, &counting);
    json_decref(meta);
    buf_free(&words);
    buf_free(&tags);
    return e;
}

/* Reading what may be filtered by */

enum err store_facets(struct store *s, struct arena *a, int64_t project_id,
                      struct facet **facets, size_t *n)
{
    struct query q;
    struct facet *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_SEARCH, FACET_LIST);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct facet *f = LIST_ADD(&q, a, rows, *n);
        if (!f) continue;
        *f = (struct facet){.kind = (enum facet_kind)column_int(&q, 0),
                            .key = column_text(&q, a, 1),
                            .value = column_text(&q, a, 2),
                            .items = column_int(&q, 3),
                            .is_all = (int)column_int(&q, 4)};
    }
    *facets = rows;
    return query_end(&q);
}

enum err store_class_counts(struct store *s, struct arena *a, int64_t project_id,
                            struct class_count **counts, size_t *n)
{
    struct query q;
    struct class_count *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_SEARCH, CLASS_COUNTS);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct class_count *c = LIST_ADD(&q, a, rows, *n);
        if (!c) continue;
        *c = (struct class_count){.question = column_text(&q, a, 0),
                                  .class_name = column_text(&q, a, 1),
                                  .items = column_int(&q, 2),
                                  .labels = column_int(&q, 3)};
    }
    *counts = rows;
    return query_end(&q);
}

enum err store_labellers(struct store *s, struct arena *a, int64_t project_id,
                         struct labeller **people, size_t *n)
{
    struct query q;
    struct labeller *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_SEARCH, LABELLERS);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct labeller *p = LIST_ADD(&q, a, rows, *n);
        if (!p) continue;
        *p = (struct labeller){.user_id = column_int(&q, 0),
                               .name = column_text(&q, a, 1),
                               .labels = column_int(&q, 2)};
    }
    *people = rows;
    return query_end(&q);
}

/* Searching */

enum { SOURCES = 4, STEPS_BEFORE_A_LEAP = 8, WINDOW = 32768, LOOKS_PER_CLOCK = 64 };
#define NOWHERE INT64_MAX

/* One index, walked in order of item. */
struct source {
    struct query rows;
    int statement;
    int is_open;
    int64_t at;   /* the item it stands at; NOWHERE: past the last */
    int64_t upto; /* WALK_TEXT: the end of the window that is open */
};

struct walk {
    struct store *s;
    const struct item_search *q;
    const char *match; /* NULL: no words, folder or metadata */
    struct source sources[SOURCES];
    int n_sources;
    int64_t last; /* there is no item after this one */
    int64_t until_us;
    unsigned looks;
};

static void source_open(struct walk *w, struct source *x, int64_t from)
{
    const struct item_search *q = w->q;

    query_begin(&x->rows, w->s, SQL_SEARCH, x->statement);
    bind_int(&x->rows, ":from", from);
    if (x->statement == WALK_TEXT) {
        x->upto = from + WINDOW;
        bind_text(&x->rows, ":match", w->match);
        bind_int(&x->rows, ":to", x->upto);
    } else {
        bind_int(&x->rows, ":project", q->project_id);
    }
    if (x->statement == WALK_STATE) bind_int(&x->rows, ":state", q->state);
    if (x->statement == WALK_PERSON) bind_int(&x->rows, ":user", q->user_id);
    if (x->statement == WALK_CLASS) {
        bind_text(&x->rows, ":question", q->question);
        bind_text(&x->rows, ":class", q->class_name);
    }
    x->is_open = 1;
}

static enum err source_close(struct source *x)
{
    if (!x->is_open) return OK;
    x->is_open = 0;
    return query_end(&x->rows);
}

/* Whether the time is up; asks the clock now and then. */
static int is_late(struct walk *w)
{
    return ++w->looks % LOOKS_PER_CLOCK == 0 && clock_ticks_us() > w->until_us;
}

/* The rows are at their end: NOWHERE, or for the text the begin of the next window. */
static enum err source_ended(struct walk *w, struct source *x)
{
    TRY(source_close(x));
    if (x->statement != WALK_TEXT || x->upto >= w->last) {
        x->at = NOWHERE;
        return OK;
    }
    x->at = x->upto + 1;            /* perhaps not there: source_to looks before it says so */
    w->looks = LOOKS_PER_CLOCK - 1; /* a window may have taken long */
    return OK;
}

/* One row on. *found is 1 once the source stands at `target` or after it, or past its end. */
static enum err source_step(struct walk *w, struct source *x, int64_t target, int *found)
{
    if (!x->is_open) source_open(w, x, target);
    if (!query_row(&x->rows)) {
        TRY(source_ended(w, x));
        *found = x->at == NOWHERE;
        return OK;
    }
    x->at = column_int(&x->rows, 0);
    *found = x->at >= target;
    return OK;
}

/* To the first item of the source that is not before `target`. A dense index is stepped through,
 * a sparse need leaps. Stops early when the time is up: *is_there is 0 then. */
static enum err source_to(struct walk *w, struct source *x, int64_t target, int *is_there)
{
    int found = 0;

    *is_there = 1;
    if (x->at >= target && (x->is_open || x->at == NOWHERE)) return OK;
    for (int steps = 0; !found; steps++) {
        if (x->at > target) target = x->at; /* the begin of a window */
        if (x->is_open && steps == STEPS_BEFORE_A_LEAP) TRY(source_close(x));
        TRY(source_step(w, x, target, &found));
        if (found || x->is_open) continue;
        *is_there = !is_late(w); /* a window is at its end */
        if (!*is_there) return OK;
    }
    return OK;
}

/* The next item that all sources have, from *at on; NOWHERE when there is none. *is_there 0: the
 * time was up first, and all before *at has been looked at. */
static enum err walk_to(struct walk *w, int64_t *at, int *is_there)
{
    int agreed = 0;

    for (int i = 0; agreed < w->n_sources; i = (i + 1) % w->n_sources) {
        struct source *x = &w->sources[i];
        TRY(source_to(w, x, *at, is_there));
        agreed = x->at == *at ? agreed + 1 : 1;
        *at = x->at;
        if (!*is_there || *at == NOWHERE) return OK;
        if (is_late(w)) {
            *is_there = 0;
            return OK;
        }
    }
    return OK;
}

/* With a person and a class, it has to be their own label that says so. */
static enum err is_theirs(const struct walk *w, int64_t item_id, int *is)
{
    struct query q;

    *is = 1;
    if (!w->q->user_id || !w->q->class_name) return OK;
    query_begin(&q, w->s, SQL_SEARCH, HAS_CLASS);
    bind_int(&q, ":project", w->q->project_id);
    bind_text(&q, ":question", w->q->question);
    bind_text(&q, ":class", w->q->class_name);
    bind_int(&q, ":item", item_id);
    bind_int(&q, ":user", w->q->user_id);
    *is = query_row(&q);
    return query_end(&q);
}

static enum err take(struct walk *w, struct arena *a, int64_t item_id, struct found *f)
{
    int is;

    TRY(is_theirs(w, item_id, &is));
    if (!is) return OK;
    if (w->q->count_most) f->count++;
    if (f->n == w->q->limit) return OK;
    if (!f->ids) {
        f->ids = arena_array(a, w->q->limit, sizeof *f->ids);
        NEED(f->ids);
    }
    f->ids[f->n++] = item_id;
    return OK;
}

static int is_full(const struct item_search *q, const struct found *f)
{
    return f->n == q->limit && f->count >= q->count_most;
}

static enum err walk_all(struct walk *w, struct arena *a, struct found *f)
{
    int64_t at = w->q->after + 1;
    int is_there = 1;

    for (;;) {
        TRY(walk_to(w, &at, &is_there));
        if (!is_there || at == NOWHERE) break;
        TRY(take(w, a, at, f));
        at++;
        if (is_full(w->q, f)) break;
    }
    f->is_counted = at == NOWHERE;
    /* Counting may have gone beyond the page: the next one begins after this one's last. */
    if (f->n == w->q->limit)
        f->next = at == NOWHERE && f->count == (int64_t)f->n ? 0 : f->ids[f->n - 1];
    else
        f->next = at == NOWHERE ? 0 : at - 1;
    return OK;
}

static enum err last_item(struct store *s, int64_t *id)
{
    struct query q;

    query_begin(&q, s, SQL_SEARCH, LAST_ITEM);
    while (query_row(&q))
        *id = column_int(&q, 0);
    return query_end(&q);
}

static enum err tag_match(struct buf *b, enum facet_kind kind, const char *key,
                          const char *value)
{
    char tag[TAG_TEXT];

    tag_of(tag, kind, key, value);
    return buf_printf(b, " AND tags : %s", tag);
}

/* The project is a word like any other: without it, what is common in another project would be
 * walked through. */
static enum err match_of(struct buf *b, const struct item_search *q)
{
    TRY(buf_printf(b, "tags : p%lld", (long long)q->project_id));
    if (q->folder) TRY(tag_match(b, FACET_FOLDER, "", q->folder));
    for (size_t i = 0; i < q->n_meta; i++)
        TRY(tag_match(b, FACET_META, q->meta[i].key, q->meta[i].value));
    if (!q->text) return OK;
    TRY(buf_adds(b, " AND "));
    return words_match(b, q->text);
}

static void source_add(struct walk *w, int statement)
{
    w->sources[w->n_sources++] = (struct source){.statement = statement, .at = -1};
}

static enum err walk(struct walk *w, struct arena *a, struct found *f)
{
    const struct item_search *q = w->q;
    enum err e;

    TRY(last_item(w->s, &w->last));
    if (q->class_name) source_add(w, WALK_CLASS);
    if (q->user_id) source_add(w, WALK_PERSON);
    if (q->state != ITEM_STATES) source_add(w, WALK_STATE);
    if (q->text || q->folder || q->n_meta || !w->n_sources) source_add(w, WALK_TEXT);
    w->until_us = clock_ticks_us() + q->budget_us;
    e = walk_all(w, a, f);
    for (int i = 0; i < w->n_sources; i++) {
        enum err closing = source_close(&w->sources[i]);
        if (!e) e = closing;
    }
    return e;
}

enum { MATCH_BYTES_MAX = 64 * 1024 };

enum err store_search(struct store *s, struct arena *a, const struct item_search *q,
                      struct found *f)
{
    struct walk w = {.s = s, .q = q};
    struct buf match;
    enum err e;

    *f = (struct found){0};
    buf_init(&match, MATCH_BYTES_MAX);
    e = match_of(&match, q);
    w.match = match.data;
    if (!e) e = walk(&w, a, f);
    buf_free(&match);
    return e;
}

/* What a migration calls */

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
        e = words_of(&b, body, (size_t)sqlite3_value_bytes(values[0]), text_of(values[1]),
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
    if (!e) e = tags_add(&b, sqlite3_value_int64(values[0]), text_of(values[1]), object);
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
    if (!e) e = each_facet(text_of(values[0]), object, facet_write, &b);
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

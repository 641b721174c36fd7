#include "store/search.h"

#include "base/clock.h"
#include "store/indexed.h"
#include "store/sql.h"
#include "store/words.h"

#include <string.h>

enum {
    SEARCH_ADD,
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

/* Adding */

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

enum err store_search_add(struct store *s, const struct item *i, const char *body, size_t n)
{
    struct buf words;
    struct buf tags;
    json_t *meta = NULL;
    enum err e;

    buf_init(&words, WORDS_BYTES_MAX);
    buf_init(&tags, TAGS_BYTES_MAX);
    e = json_read(&meta, i->meta, strlen(i->meta));
    if (!e) e = indexed_words(&words, body, n, i->path, meta);
    if (!e) e = indexed_tags(&tags, i->project_id, i->path, meta);
    if (!e) e = index_add(s, i->id, &words, &tags);
    if (!e) e = store_facets_add(s, i, meta);
    json_decref(meta);
    buf_free(&words);
    buf_free(&tags);
    return e;
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

    indexed_tag(tag, kind, key, value);
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

#include "store/watch.h"

#include "store/sql.h"

#include <string.h>

enum {
    SEEN_ADD,
    SEEN_HIGHEST,
    SEEN_TRIM,
    SEEN_LIST,
    SEEN_FORGET_LATENTS,
    SEEN_FORGET,
    SEEN_ENDPOINTS,
    WATCH_SET,
    WATCH_LIST,
    WATCH_FORGET,
    WATCH_N
};

static const char *const STATEMENTS[WATCH_N] = {
    [SEEN_ADD] =
        "INSERT INTO seen (endpoint_id, day, draw, model_id, class, probability, "
        "unknown, item_id, latent, at) VALUES (:endpoint, :day, :draw, :model, :class, "
        ":probability, :unknown, :item, :latent, :at)",
    [SEEN_HIGHEST] = "SELECT draw FROM seen INDEXED BY seen_day WHERE endpoint_id = :endpoint "
                     "AND day = :day ORDER BY draw LIMIT 1 OFFSET :most",
    [SEEN_TRIM] = "DELETE FROM seen WHERE endpoint_id = :endpoint AND day = :day "
                  "AND draw >= :draw",
    [SEEN_LIST] = "SELECT id, endpoint_id, day, draw, model_id, class, probability, unknown, "
                  "item_id, latent, at FROM seen INDEXED BY seen_day "
                  "WHERE endpoint_id = :endpoint AND day = :day ORDER BY draw",
    [SEEN_FORGET_LATENTS] = "UPDATE seen SET latent = NULL WHERE id IN (SELECT id FROM seen "
                            "INDEXED BY seen_at WHERE at < :at AND latent IS NOT NULL "
                            "LIMIT 1000)",
    [SEEN_FORGET] = "DELETE FROM seen WHERE id IN (SELECT id FROM seen INDEXED BY seen_at "
                    "WHERE at < :at LIMIT 1000)",
    [SEEN_ENDPOINTS] = "SELECT DISTINCT endpoint_id FROM seen INDEXED BY seen_at "
                       "WHERE at >= :from AND at < :until ORDER BY endpoint_id",
    [WATCH_SET] = "INSERT OR REPLACE INTO watch (endpoint_id, day, model_id, report, n_alarms, "
                  "at) VALUES (:endpoint, :day, :model, :report, :alarms, :at)",
    [WATCH_LIST] = "SELECT endpoint_id, day, model_id, report, n_alarms, at FROM watch "
                   "WHERE endpoint_id = :endpoint AND day < :before ORDER BY day DESC "
                   "LIMIT :limit",
    [WATCH_FORGET] = "DELETE FROM watch WHERE day < :day",
};
const struct sql_statements WATCH_STATEMENTS = {"store/watch.c", STATEMENTS, WATCH_N};

static const int64_t DAY_MS = (int64_t)24 * 3600 * 1000;

enum err store_seen_add(struct store *s, const struct seen *x)
{
    struct query q;

    query_begin(&q, s, SQL_WATCH, SEEN_ADD);
    bind_int(&q, ":endpoint", x->endpoint_id);
    bind_int(&q, ":day", x->day);
    bind_real(&q, ":draw", x->draw);
    bind_int(&q, ":model", x->model_id);
    bind_text(&q, ":class", x->class_name);
    bind_real(&q, ":probability", x->probability);
    bind_int(&q, ":unknown", x->unknown);
    bind_id(&q, ":item", x->item_id);
    if (x->latent)
        bind_bytes(&q, ":latent", x->latent, x->d * sizeof *x->latent);
    else
        bind_null(&q, ":latent");
    bind_int(&q, ":at", x->at);
    return query_run(&q, NULL);
}

enum err store_seen_trim(struct store *s, int64_t endpoint_id, int64_t day, size_t most,
                         double *highest)
{
    struct query q;

    *highest = 1;
    query_begin(&q, s, SQL_WATCH, SEEN_HIGHEST);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":day", day);
    bind_int(&q, ":most", (int64_t)most);
    if (query_row(&q)) *highest = column_real(&q, 0);
    TRY(query_end(&q));
    if (*highest >= 1) return OK;
    query_begin(&q, s, SQL_WATCH, SEEN_TRIM);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":day", day);
    bind_real(&q, ":draw", *highest);
    return query_run(&q, NULL);
}

static void read_seen(struct query *q, struct arena *a, struct seen *x)
{
    const size_t n = (size_t)sqlite3_column_bytes(q->statement, 9);

    *x = (struct seen){.id = column_int(q, 0),
                       .endpoint_id = column_int(q, 1),
                       .day = column_int(q, 2),
                       .draw = column_real(q, 3),
                       .model_id = column_int(q, 4),
                       .class_name = column_text(q, a, 5),
                       .probability = column_real(q, 6),
                       .unknown = (int)column_int(q, 7),
                       .item_id = column_int(q, 8),
                       .at = column_int(q, 10)};
    if (column_is_null(q, 9)) return;
    x->d = n / sizeof *x->latent;
    x->latent = arena_copy(a, sqlite3_column_blob(q->statement, 9), n);
    if (!x->latent) q->e = fail_nomem();
}

enum err store_seen_list(struct store *s, struct arena *a, int64_t endpoint_id, int64_t day,
                         struct seen **list, size_t *n)
{
    struct query q;
    struct seen *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_WATCH, SEEN_LIST);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":day", day);
    while (query_row(&q)) {
        struct seen *x = LIST_ADD(&q, a, rows, *n);
        if (x) read_seen(&q, a, x);
    }
    *list = rows;
    return query_end(&q);
}

static enum err forget(struct store *s, int statement, int64_t at)
{
    struct query q;

    query_begin(&q, s, SQL_WATCH, statement);
    bind_int(&q, ":at", at);
    return query_run(&q, NULL);
}

enum err store_seen_forget(struct store *s, int64_t latents_at, int64_t rows_at)
{
    TRY(forget(s, SEEN_FORGET_LATENTS, latents_at));
    return forget(s, SEEN_FORGET, rows_at);
}

enum err store_seen_endpoints(struct store *s, struct arena *a, int64_t day, int64_t **ids,
                              size_t *n)
{
    struct query q;
    int64_t *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_WATCH, SEEN_ENDPOINTS);
    bind_int(&q, ":from", day * DAY_MS);
    bind_int(&q, ":until", (day + 1) * DAY_MS);
    while (query_row(&q)) {
        int64_t *id = LIST_ADD(&q, a, rows, *n);
        if (id) *id = column_int(&q, 0);
    }
    *ids = rows;
    return query_end(&q);
}

enum err store_watch_set(struct store *s, const struct watch *w)
{
    struct query q;

    query_begin(&q, s, SQL_WATCH, WATCH_SET);
    bind_int(&q, ":endpoint", w->endpoint_id);
    bind_int(&q, ":day", w->day);
    bind_int(&q, ":model", w->model_id);
    bind_text(&q, ":report", w->report);
    bind_int(&q, ":alarms", w->n_alarms);
    bind_int(&q, ":at", w->at);
    return query_run(&q, NULL);
}

enum err store_watch_list(struct store *s, struct arena *a, int64_t endpoint_id, int64_t before,
                          size_t limit, struct watch **list, size_t *n)
{
    struct query q;
    struct watch *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_WATCH, WATCH_LIST);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":before", before ? before : INT64_MAX);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct watch *w = LIST_ADD(&q, a, rows, *n);
        if (!w) break;
        *w = (struct watch){.endpoint_id = column_int(&q, 0),
                            .day = column_int(&q, 1),
                            .model_id = column_int(&q, 2),
                            .report = column_text(&q, a, 3),
                            .n_alarms = column_int(&q, 4),
                            .at = column_int(&q, 5)};
    }
    *list = rows;
    return query_end(&q);
}

enum err store_watch_forget(struct store *s, int64_t day)
{
    struct query q;

    query_begin(&q, s, SQL_WATCH, WATCH_FORGET);
    bind_int(&q, ":day", day);
    return query_run(&q, NULL);
}

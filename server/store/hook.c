#include "store/hook.h"

#include "store/sql.h"

#define DELIVERY_COLUMNS                                                                       \
    "d.id, d.hook_id, d.key, d.body, d.state, d.tries, d.next_at, d.status, d.why, "           \
    "d.created_at, d.ended_at"

enum {
    HOOK_ADD,
    HOOK_LIST,
    HOOK_REMOVE,
    HOOK_SILENCE,
    DELIVERY_ADD,
    DELIVERY_DUE,
    DELIVERY_SET,
    DELIVERY_LIST,
    DELIVERY_FORGET,
    HOOK_N
};

static const char *const STATEMENTS[HOOK_N] = {
    [HOOK_ADD] = "INSERT INTO hook (endpoint_id, project_id, url, secret, user_id, created_at) "
                 "VALUES (:endpoint, :project, :url, :secret, :user, :at) RETURNING id",
    [HOOK_LIST] = "SELECT id, endpoint_id, project_id, url, secret, user_id, created_at "
                  "FROM hook WHERE endpoint_id = :endpoint AND removed_at IS NULL ORDER BY id",
    [HOOK_REMOVE] = "UPDATE hook SET removed_at = :now, secret = '' WHERE id = :id "
                    "AND endpoint_id = :endpoint AND removed_at IS NULL",
    [HOOK_SILENCE] =
        "UPDATE delivery SET state = 'given-up', ended_at = :now, "
        "why = 'the webhook was removed' WHERE hook_id = :id AND state = 'waiting'",
    [DELIVERY_ADD] = "INSERT INTO delivery (hook_id, key, body, state, next_at, created_at) "
                     "VALUES (:hook, :key, :body, 'waiting', :next, :at)",
    /* The bare columns are those of the row that has the minimum. */
    [DELIVERY_DUE] = "SELECT " DELIVERY_COLUMNS ", h.url, h.secret, min(d.next_at) AS first "
                     "FROM delivery d INDEXED BY delivery_due CROSS JOIN hook h "
                     "ON h.id = d.hook_id WHERE d.state = 'waiting' AND d.next_at <= :now "
                     "AND h.removed_at IS NULL GROUP BY d.hook_id ORDER BY first LIMIT :limit",
    [DELIVERY_SET] = "UPDATE delivery SET state = :state, tries = :tries, next_at = :next, "
                     "status = :status, why = :why, ended_at = :ended WHERE id = :id "
                     "AND state = 'waiting'",
    [DELIVERY_LIST] = "SELECT " DELIVERY_COLUMNS " FROM delivery d WHERE d.hook_id = :hook "
                      "ORDER BY d.id DESC LIMIT :limit",
    [DELIVERY_FORGET] = "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery "
                        "INDEXED BY delivery_ended WHERE ended_at IS NOT NULL "
                        "AND ended_at < :at LIMIT :limit)",
};
const struct sql_statements HOOK_STATEMENTS = {"store/hook.c", STATEMENTS, HOOK_N};

static const char *const STATES[] = {"waiting", "arrived", "given-up"};

const char *delivery_state_name(enum delivery_state state)
{
    return STATES[state];
}

enum err store_hook_add(struct store *s, struct hook *h)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_HOOK, HOOK_ADD);
    bind_int(&q, ":endpoint", h->endpoint_id);
    bind_int(&q, ":project", h->project_id);
    bind_text(&q, ":url", h->url);
    bind_text(&q, ":secret", h->secret);
    bind_int(&q, ":user", h->user_id);
    bind_int(&q, ":at", h->created_at);
    got = query_row(&q);
    if (got) h->id = column_int(&q, 0);
    return query_end_one(&q, got, "webhook");
}

enum err store_hook_list(struct store *s, struct arena *a, int64_t endpoint_id,
                         struct hook **list, size_t *n)
{
    struct query q;
    struct hook *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_HOOK, HOOK_LIST);
    bind_int(&q, ":endpoint", endpoint_id);
    while (query_row(&q)) {
        struct hook *h = LIST_ADD(&q, a, rows, *n);
        if (!h) break;
        *h = (struct hook){.id = column_int(&q, 0),
                           .endpoint_id = column_int(&q, 1),
                           .project_id = column_int(&q, 2),
                           .url = column_text(&q, a, 3),
                           .secret = column_text(&q, a, 4),
                           .user_id = column_int(&q, 5),
                           .created_at = column_int(&q, 6)};
    }
    *list = rows;
    return query_end(&q);
}

enum err store_hook_remove(struct store *s, int64_t endpoint_id, int64_t id, int64_t now_ms,
                           int64_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_HOOK, HOOK_REMOVE);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":id", id);
    bind_int(&q, ":now", now_ms);
    TRY(query_run(&q, n));
    if (!*n) return OK;
    query_begin(&q, s, SQL_HOOK, HOOK_SILENCE);
    bind_int(&q, ":id", id);
    bind_int(&q, ":now", now_ms);
    return query_run(&q, NULL);
}

enum err store_delivery_add(struct store *s, struct delivery *d)
{
    struct query q;

    query_begin(&q, s, SQL_HOOK, DELIVERY_ADD);
    bind_int(&q, ":hook", d->hook_id);
    bind_bytes(&q, ":key", d->key.bytes, sizeof d->key.bytes);
    bind_text(&q, ":body", d->body);
    bind_int(&q, ":next", d->next_at);
    bind_int(&q, ":at", d->created_at);
    return query_run(&q, NULL);
}

static void read_delivery(struct query *q, struct arena *a, struct delivery *d)
{
    *d = (struct delivery){.id = column_int(q, 0),
                           .hook_id = column_int(q, 1),
                           .body = column_text(q, a, 3),
                           .state = (enum delivery_state)column_word(q, 4, STATES, 3),
                           .tries = column_int(q, 5),
                           .next_at = column_int(q, 6),
                           .status = column_int(q, 7),
                           .why = column_text(q, a, 8),
                           .created_at = column_int(q, 9),
                           .ended_at = column_int(q, 10)};
    column_bytes(q, 2, d->key.bytes, sizeof d->key.bytes);
}

enum err store_delivery_due(struct store *s, struct arena *a, int64_t now_ms, size_t limit,
                            struct delivery **list, size_t *n)
{
    struct query q;
    struct delivery *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_HOOK, DELIVERY_DUE);
    bind_int(&q, ":now", now_ms);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct delivery *d = LIST_ADD(&q, a, rows, *n);
        if (!d) break;
        read_delivery(&q, a, d);
        d->url = column_text(&q, a, 11);
        d->secret = column_text(&q, a, 12);
    }
    *list = rows;
    return query_end(&q);
}

enum err store_delivery_set(struct store *s, const struct delivery *d)
{
    struct query q;

    query_begin(&q, s, SQL_HOOK, DELIVERY_SET);
    bind_int(&q, ":id", d->id);
    bind_text(&q, ":state", STATES[d->state]);
    bind_int(&q, ":tries", d->tries);
    bind_int(&q, ":next", d->next_at);
    bind_id(&q, ":status", d->status);
    bind_text(&q, ":why", d->why);
    bind_id(&q, ":ended", d->ended_at);
    return query_run(&q, NULL);
}

enum err store_delivery_list(struct store *s, struct arena *a, int64_t hook_id, size_t limit,
                             struct delivery **list, size_t *n)
{
    struct query q;
    struct delivery *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_HOOK, DELIVERY_LIST);
    bind_int(&q, ":hook", hook_id);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct delivery *d = LIST_ADD(&q, a, rows, *n);
        if (d) read_delivery(&q, a, d);
    }
    *list = rows;
    return query_end(&q);
}

enum err store_delivery_forget(struct store *s, int64_t at, int64_t limit, int64_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_HOOK, DELIVERY_FORGET);
    bind_int(&q, ":at", at);
    bind_int(&q, ":limit", limit);
    return query_run(&q, n);
}

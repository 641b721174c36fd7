#include "store/desk.h"

#include "store/sql.h"

#include <string.h>

#define ASKED_COLUMNS                                                                          \
    "id, key, endpoint_id, project_id, item_id, why, propensity, model_id, guess, "            \
    "probability, state, answer, seq, at, answered_at"
#define EARNED_COLUMNS                                                                         \
    "endpoint_id, model_id, class, alone, broken, threshold, n, n_wrong, wrong_high, "         \
    "n_needed, n_audited, n_audited_wrong, since, after_id"

enum {
    DESK_SET,
    DESK_GET,
    ASKED_ADD,
    ASKED_FIND,
    ASKED_DUE,
    ASKED_END,
    ASKED_WAITING_COUNT,
    ASKED_LIST,
    ASKED_CHECKED,
    ASKED_FORGET,
    EARNED_SET,
    EARNED_LIST,
    EARNED_FIND,
    DESK_N
};

static const char *const STATEMENTS[DESK_N] = {
    [DESK_SET] = "INSERT OR REPLACE INTO desk (endpoint_id, project_id, settings) "
                 "VALUES (:endpoint, :project, :settings)",
    [DESK_GET] = "SELECT endpoint_id, project_id, settings FROM desk "
                 "WHERE endpoint_id = :endpoint",
    [ASKED_ADD] = "INSERT INTO asked (key, endpoint_id, project_id, item_id, why, propensity, "
                  "model_id, guess, probability, state, answer, seq, at, answered_at) VALUES "
                  "(:key, :endpoint, :project, :item, :why, :propensity, :model, :guess, "
                  ":probability, :state, :answer, :seq, :at, :answered) RETURNING id",
    [ASKED_FIND] =
        "SELECT " ASKED_COLUMNS " FROM asked WHERE key = :key AND endpoint_id = :endpoint",
    /* An item with all its answers is labelled (1) or rejected (3); a flag waits for a reviewer. */
    [ASKED_DUE] = "SELECT x.id, x.key, x.endpoint_id, x.project_id, x.item_id, x.why, "
                  "x.propensity, x.model_id, x.guess, x.probability, x.state, x.answer, x.seq, "
                  "x.at, x.answered_at FROM asked x INDEXED BY asked_waiting CROSS JOIN item i "
                  "ON i.id = x.item_id WHERE x.state = 'waiting' AND i.state IN (1, 3) "
                  "ORDER BY x.item_id LIMIT :limit",
    [ASKED_END] = "UPDATE asked SET state = :state, answer = :answer, seq = :seq, "
                  "answered_at = :answered WHERE id = :id",
    [ASKED_WAITING_COUNT] = "SELECT waiting FROM asked_count WHERE endpoint_id = :endpoint",
    [ASKED_LIST] = "SELECT " ASKED_COLUMNS " FROM asked WHERE endpoint_id = :endpoint "
                   "AND id < :before ORDER BY id DESC LIMIT :limit",
    [ASKED_CHECKED] = "SELECT " ASKED_COLUMNS " FROM asked INDEXED BY asked_checked "
                      "WHERE endpoint_id = :endpoint AND model_id = :model AND guess = :class "
                      "AND id > :after AND state <> 'waiting' ORDER BY id LIMIT :limit",
    [ASKED_FORGET] = "DELETE FROM asked WHERE id IN (SELECT id FROM asked "
                     "INDEXED BY asked_answered WHERE answered_at IS NOT NULL "
                     "AND answered_at < :at LIMIT :limit)",
    [EARNED_SET] = "INSERT OR REPLACE INTO earned (" EARNED_COLUMNS ") VALUES (:endpoint, "
                   ":model, :class, :alone, :broken, :threshold, :n, :wrong, :high, :needed, "
                   ":audited, :audited_wrong, :since, :after)",
    [EARNED_LIST] = "SELECT " EARNED_COLUMNS " FROM earned WHERE endpoint_id = :endpoint "
                    "AND model_id = :model ORDER BY class",
    [EARNED_FIND] = "SELECT " EARNED_COLUMNS " FROM earned WHERE endpoint_id = :endpoint "
                    "AND model_id = :model AND class = :class",
};
const struct sql_statements DESK_STATEMENTS = {"store/desk.c", STATEMENTS, DESK_N};

static const char *const WHYS[] = {"no-model", "unknown", "unsure", "audit"};
static const char *const STATES[] = {"waiting", "answered", "declined"};

const char *asked_why_name(enum asked_why why)
{
    return WHYS[why];
}

const char *asked_state_name(enum asked_state state)
{
    return STATES[state];
}

enum err store_desk_set(struct store *s, const struct desk *d)
{
    struct query q;

    query_begin(&q, s, SQL_DESK, DESK_SET);
    bind_int(&q, ":endpoint", d->endpoint_id);
    bind_int(&q, ":project", d->project_id);
    bind_text(&q, ":settings", d->settings);
    return query_run(&q, NULL);
}

enum err store_desk_get(struct store *s, struct arena *a, int64_t endpoint_id, struct desk *d)
{
    struct query q;

    *d = (struct desk){.endpoint_id = endpoint_id};
    query_begin(&q, s, SQL_DESK, DESK_GET);
    bind_int(&q, ":endpoint", endpoint_id);
    if (query_row(&q)) {
        d->project_id = column_int(&q, 1);
        d->settings = column_text(&q, a, 2);
    }
    return query_end(&q);
}

static void read_asked(struct query *q, struct arena *a, struct asked *x)
{
    *x = (struct asked){.id = column_int(q, 0),
                        .endpoint_id = column_int(q, 2),
                        .project_id = column_int(q, 3),
                        .item_id = column_int(q, 4),
                        .why = (enum asked_why)column_word(q, 5, WHYS, 4),
                        .propensity = column_real(q, 6),
                        .model_id = column_int(q, 7),
                        .guess = column_text(q, a, 8),
                        .probability = column_real(q, 9),
                        .state = (enum asked_state)column_word(q, 10, STATES, 3),
                        .answer = column_text(q, a, 11),
                        .seq = column_int(q, 12),
                        .at = column_int(q, 13),
                        .answered_at = column_int(q, 14)};
    column_bytes(q, 1, x->key.bytes, sizeof x->key.bytes);
}

static void bind_end(struct query *q, const struct asked *x)
{
    bind_text(q, ":state", STATES[x->state]);
    bind_text(q, ":answer", x->answer);
    bind_id(q, ":seq", x->seq);
    bind_id(q, ":answered", x->answered_at);
}

enum err store_asked_add(struct store *s, struct asked *x)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_DESK, ASKED_ADD);
    bind_bytes(&q, ":key", x->key.bytes, sizeof x->key.bytes);
    bind_int(&q, ":endpoint", x->endpoint_id);
    bind_int(&q, ":project", x->project_id);
    bind_int(&q, ":item", x->item_id);
    bind_text(&q, ":why", WHYS[x->why]);
    bind_real(&q, ":propensity", x->propensity);
    bind_id(&q, ":model", x->model_id);
    bind_text(&q, ":guess", x->guess);
    if (x->guess)
        bind_real(&q, ":probability", x->probability);
    else
        bind_null(&q, ":probability");
    bind_end(&q, x);
    bind_int(&q, ":at", x->at);
    got = query_row(&q);
    if (got) x->id = column_int(&q, 0);
    return query_end_one(&q, got, "row of what was asked");
}

enum err store_asked_find(struct store *s, struct arena *a, int64_t endpoint_id,
                          const struct uuid *key, struct asked *x)
{
    struct query q;

    *x = (struct asked){.id = 0};
    query_begin(&q, s, SQL_DESK, ASKED_FIND);
    bind_bytes(&q, ":key", key->bytes, sizeof key->bytes);
    bind_int(&q, ":endpoint", endpoint_id);
    if (query_row(&q)) read_asked(&q, a, x);
    return query_end(&q);
}

static enum err read_list(struct query *q, struct arena *a, struct asked **list, size_t *n)
{
    struct asked *rows = NULL;

    *n = 0;
    while (query_row(q)) {
        struct asked *x = LIST_ADD(q, a, rows, *n);
        if (x) read_asked(q, a, x);
    }
    *list = rows;
    return query_end(q);
}

enum err store_asked_due(struct store *s, struct arena *a, size_t limit, struct asked **list,
                         size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_DESK, ASKED_DUE);
    bind_int(&q, ":limit", (int64_t)limit);
    return read_list(&q, a, list, n);
}

enum err store_asked_end(struct store *s, const struct asked *x)
{
    struct query q;

    query_begin(&q, s, SQL_DESK, ASKED_END);
    bind_int(&q, ":id", x->id);
    bind_end(&q, x);
    return query_run(&q, NULL);
}

enum err store_asked_waiting(struct store *s, int64_t endpoint_id, int64_t *n)
{
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_DESK, ASKED_WAITING_COUNT);
    bind_int(&q, ":endpoint", endpoint_id);
    if (query_row(&q)) *n = column_int(&q, 0);
    return query_end(&q);
}

enum err store_asked_list(struct store *s, struct arena *a, int64_t endpoint_id, int64_t before,
                          size_t limit, struct asked **list, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_DESK, ASKED_LIST);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":before", before ? before : INT64_MAX);
    bind_int(&q, ":limit", (int64_t)limit);
    return read_list(&q, a, list, n);
}

enum err store_asked_checked(struct store *s, struct arena *a, const struct asked_span *span,
                             struct asked **list, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_DESK, ASKED_CHECKED);
    bind_int(&q, ":endpoint", span->endpoint_id);
    bind_int(&q, ":model", span->model_id);
    bind_text(&q, ":class", span->class_name);
    bind_int(&q, ":after", span->after);
    bind_int(&q, ":limit", (int64_t)span->limit);
    return read_list(&q, a, list, n);
}

enum err store_asked_forget(struct store *s, int64_t at, int64_t limit, int64_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_DESK, ASKED_FORGET);
    bind_int(&q, ":at", at);
    bind_int(&q, ":limit", limit);
    return query_run(&q, n);
}

enum err store_earned_set(struct store *s, const struct earned *x)
{
    struct query q;

    query_begin(&q, s, SQL_DESK, EARNED_SET);
    bind_int(&q, ":endpoint", x->endpoint_id);
    bind_int(&q, ":model", x->model_id);
    bind_text(&q, ":class", x->class_name);
    bind_int(&q, ":alone", x->alone);
    bind_int(&q, ":broken", x->broken);
    bind_real(&q, ":threshold", x->threshold);
    bind_int(&q, ":n", x->n);
    bind_int(&q, ":wrong", x->n_wrong);
    bind_real(&q, ":high", x->wrong_high);
    bind_int(&q, ":needed", x->n_needed);
    bind_int(&q, ":audited", x->n_audited);
    bind_int(&q, ":audited_wrong", x->n_audited_wrong);
    bind_int(&q, ":since", x->since);
    bind_int(&q, ":after", x->after_id);
    return query_run(&q, NULL);
}

static void read_earned(struct query *q, struct arena *a, struct earned *x)
{
    *x = (struct earned){.endpoint_id = column_int(q, 0),
                         .model_id = column_int(q, 1),
                         .class_name = column_text(q, a, 2),
                         .alone = (int)column_int(q, 3),
                         .broken = (int)column_int(q, 4),
                         .threshold = column_real(q, 5),
                         .n = column_int(q, 6),
                         .n_wrong = column_int(q, 7),
                         .wrong_high = column_real(q, 8),
                         .n_needed = column_int(q, 9),
                         .n_audited = column_int(q, 10),
                         .n_audited_wrong = column_int(q, 11),
                         .since = column_int(q, 12),
                         .after_id = column_int(q, 13)};
}

enum err store_earned_list(struct store *s, struct arena *a, int64_t endpoint_id,
                           int64_t model_id, struct earned **list, size_t *n)
{
    struct query q;
    struct earned *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_DESK, EARNED_LIST);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":model", model_id);
    while (query_row(&q)) {
        struct earned *x = LIST_ADD(&q, a, rows, *n);
        if (x) read_earned(&q, a, x);
    }
    *list = rows;
    return query_end(&q);
}

enum err store_earned_find(struct store *s, struct arena *a, int64_t endpoint_id,
                           int64_t model_id, const char *class_name, struct earned *x)
{
    struct query q;

    *x = (struct earned){.class_name = NULL};
    query_begin(&q, s, SQL_DESK, EARNED_FIND);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":model", model_id);
    bind_text(&q, ":class", class_name);
    if (query_row(&q)) read_earned(&q, a, x);
    return query_end(&q);
}

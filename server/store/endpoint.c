#include "store/endpoint.h"

#include "store/sql.h"

#define ENDPOINT_COLUMNS                                                                       \
    "id, project_id, name, live_id, shadow_id, retraining_id, settings, user_id, created_at, " \
    "removed_at"
#define GATE_COLUMNS                                                                           \
    "id, endpoint_id, model_id, live_id, verdict, sentence, needs, n_items, ledger_seq, "      \
    "report, user_id, at"
#define PUBLICATION_COLUMNS                                                                    \
    "id, endpoint_id, model_id, previous_id, how, gate_id, reason, user_id, at"
#define DAY_COLUMNS                                                                            \
    "endpoint_id, day, model_id, n_requests, n_predictions, n_unknown, n_limited, n_shadow, "  \
    "n_agreed, n_passed, shadow_id, us"

enum {
    ENDPOINT_ADD,
    ENDPOINT_GET,
    ENDPOINT_BY_NAME,
    ENDPOINT_LIST,
    ENDPOINT_ALL,
    ENDPOINT_UPDATE,
    GATE_ADD,
    GATE_LIST,
    GATE_LAST,
    GATE_LOOKS,
    PUBLICATION_ADD,
    PUBLICATION_LIST,
    PUBLICATION_OF,
    DAY_COUNT,
    DAYS_LIST,
    ENDPOINT_N
};

static const char *const STATEMENTS[ENDPOINT_N] = {
    [ENDPOINT_ADD] = "INSERT INTO endpoint (project_id, name, settings, user_id, created_at) "
                     "VALUES (:project, :name, :settings, :user, :at) RETURNING id",
    [ENDPOINT_GET] = "SELECT " ENDPOINT_COLUMNS " FROM endpoint WHERE id = :id",
    [ENDPOINT_BY_NAME] = "SELECT " ENDPOINT_COLUMNS " FROM endpoint WHERE name = :name "
                         "AND removed_at IS NULL",
    [ENDPOINT_LIST] = "SELECT " ENDPOINT_COLUMNS " FROM endpoint WHERE project_id = :project "
                      "AND removed_at IS NULL ORDER BY id LIMIT 1000",
    [ENDPOINT_ALL] = "SELECT " ENDPOINT_COLUMNS " FROM endpoint WHERE removed_at IS NULL "
                     "ORDER BY id LIMIT 1000",
    [ENDPOINT_UPDATE] =
        "UPDATE endpoint SET live_id = :live, shadow_id = :shadow, "
        "retraining_id = :retraining, settings = :settings, removed_at = :removed "
        "WHERE id = :id",
    [GATE_ADD] = "INSERT INTO gate (endpoint_id, model_id, live_id, verdict, sentence, needs, "
                 "n_items, ledger_seq, report, user_id, at) VALUES (:endpoint, :model, :live, "
                 ":verdict, :sentence, :needs, :items, :seq, :report, :user, :at) "
                 "RETURNING id",
    [GATE_LIST] = "SELECT " GATE_COLUMNS " FROM gate WHERE endpoint_id = :endpoint "
                  "ORDER BY id DESC LIMIT :limit",
    [GATE_LAST] = "SELECT " GATE_COLUMNS " FROM gate WHERE endpoint_id = :endpoint "
                  "AND model_id = :model AND live_id IS :live ORDER BY id DESC LIMIT 1",
    [GATE_LOOKS] = "SELECT count(*) FROM gate WHERE endpoint_id = :endpoint "
                   "AND model_id = :model AND live_id IS :live AND n_items >= :items",
    [PUBLICATION_ADD] =
        "INSERT INTO publication (endpoint_id, model_id, previous_id, how, gate_id, reason, "
        "user_id, at) VALUES (:endpoint, :model, :previous, :how, :gate, :reason, :user, :at) "
        "RETURNING id",
    [PUBLICATION_LIST] = "SELECT " PUBLICATION_COLUMNS " FROM publication "
                         "WHERE endpoint_id = :endpoint ORDER BY id DESC LIMIT :limit",
    [PUBLICATION_OF] = "SELECT " PUBLICATION_COLUMNS " FROM publication "
                       "WHERE endpoint_id = :endpoint AND model_id = :model "
                       "AND how <> 'rollback' ORDER BY id DESC LIMIT 1",
    [DAY_COUNT] =
        "INSERT INTO endpoint_day (" DAY_COLUMNS ") VALUES (:endpoint, :day, :model, "
        ":requests, :predictions, :unknown, :limited, :shadowed, :agreed, :passed, :shadow, "
        ":us) ON CONFLICT (endpoint_id, day, model_id) DO UPDATE SET "
        "n_requests = n_requests + excluded.n_requests, "
        "n_predictions = n_predictions + excluded.n_predictions, "
        "n_unknown = n_unknown + excluded.n_unknown, "
        "n_limited = n_limited + excluded.n_limited, n_shadow = n_shadow + excluded.n_shadow, "
        "n_agreed = n_agreed + excluded.n_agreed, n_passed = n_passed + excluded.n_passed, "
        "shadow_id = coalesce(excluded.shadow_id, shadow_id), us = us + excluded.us",
    [DAYS_LIST] = "SELECT " DAY_COLUMNS " FROM endpoint_day WHERE endpoint_id = :endpoint "
                  "ORDER BY day DESC, model_id DESC LIMIT :limit",
};
const struct sql_statements ENDPOINT_STATEMENTS = {"store/endpoint.c", STATEMENTS, ENDPOINT_N};

static const char *const VERDICTS[] = {"go", "no-go", "more"};
static const char *const PUBLISHINGS[] = {"gate", "override", "rollback"};

const char *verdict_name(enum verdict v)
{
    return VERDICTS[v];
}

const char *publishing_name(enum publishing how)
{
    return PUBLISHINGS[how];
}

enum err store_endpoint_add(struct store *s, struct endpoint *e)
{
    struct query q;
    enum err code;

    query_begin(&q, s, SQL_ENDPOINT, ENDPOINT_ADD);
    bind_int(&q, ":project", e->project_id);
    bind_text(&q, ":name", e->name);
    bind_text(&q, ":settings", e->settings);
    bind_int(&q, ":user", e->user_id);
    bind_int(&q, ":at", e->created_at);
    while (query_row(&q))
        e->id = column_int(&q, 0);
    code = query_end(&q);
    if (code != ERR_CONFLICT) return code;
    return fail(ERR_CONFLICT,
                "the name \"%s\" is an endpoint's, or was once; addresses are not used twice, "
                "so choose another",
                e->name);
}

static void read_endpoint(struct query *q, struct arena *a, struct endpoint *e)
{
    *e = (struct endpoint){.id = column_int(q, 0),
                           .project_id = column_int(q, 1),
                           .name = column_text(q, a, 2),
                           .live_id = column_int(q, 3),
                           .shadow_id = column_int(q, 4),
                           .retraining_id = column_int(q, 5),
                           .settings = column_text(q, a, 6),
                           .user_id = column_int(q, 7),
                           .created_at = column_int(q, 8),
                           .removed_at = column_int(q, 9)};
}

enum err store_endpoint_get(struct store *s, struct arena *a, int64_t id, struct endpoint *e)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_ENDPOINT, ENDPOINT_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_endpoint(&q, a, e);
    return query_end_one(&q, got, "endpoint %" PRId64, id);
}

enum err store_endpoint_by_name(struct store *s, struct arena *a, const char *name,
                                struct endpoint *e)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_ENDPOINT, ENDPOINT_BY_NAME);
    bind_text(&q, ":name", name);
    got = query_row(&q);
    if (got) read_endpoint(&q, a, e);
    return query_end_one(&q, got, "endpoint '%.60s'", name);
}

enum err store_endpoint_list(struct store *s, struct arena *a, int64_t project_id,
                             struct endpoint **list, size_t *n)
{
    struct query q;
    struct endpoint *all = NULL;

    *n = 0;
    query_begin(&q, s, SQL_ENDPOINT, project_id ? ENDPOINT_LIST : ENDPOINT_ALL);
    if (project_id) bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct endpoint *e = LIST_ADD(&q, a, all, *n);
        if (e) read_endpoint(&q, a, e);
    }
    *list = all;
    return query_end(&q);
}

enum err store_endpoint_update(struct store *s, const struct endpoint *e)
{
    struct query q;

    query_begin(&q, s, SQL_ENDPOINT, ENDPOINT_UPDATE);
    bind_int(&q, ":id", e->id);
    bind_id(&q, ":live", e->live_id);
    bind_id(&q, ":shadow", e->shadow_id);
    bind_id(&q, ":retraining", e->retraining_id);
    bind_text(&q, ":settings", e->settings);
    bind_id(&q, ":removed", e->removed_at);
    return query_run(&q, NULL);
}

enum err store_gate_add(struct store *s, struct gate_row *g)
{
    struct query q;

    query_begin(&q, s, SQL_ENDPOINT, GATE_ADD);
    bind_int(&q, ":endpoint", g->endpoint_id);
    bind_int(&q, ":model", g->model_id);
    bind_id(&q, ":live", g->live_id);
    bind_text(&q, ":verdict", VERDICTS[g->verdict]);
    bind_text(&q, ":sentence", g->sentence);
    bind_int(&q, ":needs", g->needs);
    bind_int(&q, ":items", g->n_items);
    bind_int(&q, ":seq", g->ledger_seq);
    bind_text(&q, ":report", g->report);
    bind_id(&q, ":user", g->user_id);
    bind_int(&q, ":at", g->at);
    while (query_row(&q))
        g->id = column_int(&q, 0);
    return query_end(&q);
}

static void read_gate(struct query *q, struct arena *a, struct gate_row *g)
{
    *g = (struct gate_row){.id = column_int(q, 0),
                           .endpoint_id = column_int(q, 1),
                           .model_id = column_int(q, 2),
                           .live_id = column_int(q, 3),
                           .verdict = (enum verdict)column_word(q, 4, VERDICTS, 3),
                           .sentence = column_text(q, a, 5),
                           .needs = column_int(q, 6),
                           .n_items = column_int(q, 7),
                           .ledger_seq = column_int(q, 8),
                           .report = column_text(q, a, 9),
                           .user_id = column_int(q, 10),
                           .at = column_int(q, 11)};
}

enum err store_gate_list(struct store *s, struct arena *a, int64_t endpoint_id, size_t limit,
                         struct gate_row **list, size_t *n)
{
    struct query q;
    struct gate_row *all = NULL;

    *n = 0;
    query_begin(&q, s, SQL_ENDPOINT, GATE_LIST);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct gate_row *g = LIST_ADD(&q, a, all, *n);
        if (g) read_gate(&q, a, g);
    }
    *list = all;
    return query_end(&q);
}

static void bind_compared(struct query *q, int64_t endpoint_id, int64_t model_id,
                          int64_t live_id)
{
    bind_int(q, ":endpoint", endpoint_id);
    bind_int(q, ":model", model_id);
    bind_id(q, ":live", live_id);
}

enum err store_gate_last(struct store *s, struct arena *a, int64_t endpoint_id,
                         int64_t model_id, int64_t live_id, struct gate_row *g)
{
    struct query q;

    *g = (struct gate_row){.id = 0};
    query_begin(&q, s, SQL_ENDPOINT, GATE_LAST);
    bind_compared(&q, endpoint_id, model_id, live_id);
    if (query_row(&q)) read_gate(&q, a, g);
    return query_end(&q);
}

enum err store_gate_looks(struct store *s, int64_t endpoint_id, int64_t model_id,
                          int64_t live_id, int64_t items, int64_t *n)
{
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_ENDPOINT, GATE_LOOKS);
    bind_compared(&q, endpoint_id, model_id, live_id);
    bind_int(&q, ":items", items);
    while (query_row(&q))
        *n = column_int(&q, 0);
    return query_end(&q);
}

enum err store_publication_add(struct store *s, struct publication *p)
{
    struct query q;

    query_begin(&q, s, SQL_ENDPOINT, PUBLICATION_ADD);
    bind_int(&q, ":endpoint", p->endpoint_id);
    bind_int(&q, ":model", p->model_id);
    bind_id(&q, ":previous", p->previous_id);
    bind_text(&q, ":how", PUBLISHINGS[p->how]);
    bind_id(&q, ":gate", p->gate_id);
    bind_text(&q, ":reason", p->reason);
    bind_id(&q, ":user", p->user_id);
    bind_int(&q, ":at", p->at);
    while (query_row(&q))
        p->id = column_int(&q, 0);
    return query_end(&q);
}

static void read_publication(struct query *q, struct arena *a, struct publication *p)
{
    *p = (struct publication){.id = column_int(q, 0),
                              .endpoint_id = column_int(q, 1),
                              .model_id = column_int(q, 2),
                              .previous_id = column_int(q, 3),
                              .how = (enum publishing)column_word(q, 4, PUBLISHINGS, 3),
                              .gate_id = column_int(q, 5),
                              .reason = column_text(q, a, 6),
                              .user_id = column_int(q, 7),
                              .at = column_int(q, 8)};
}

enum err store_publication_list(struct store *s, struct arena *a, int64_t endpoint_id,
                                size_t limit, struct publication **list, size_t *n)
{
    struct query q;
    struct publication *all = NULL;

    *n = 0;
    query_begin(&q, s, SQL_ENDPOINT, PUBLICATION_LIST);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct publication *p = LIST_ADD(&q, a, all, *n);
        if (p) read_publication(&q, a, p);
    }
    *list = all;
    return query_end(&q);
}

enum err store_publication_of(struct store *s, struct arena *a, int64_t endpoint_id,
                              int64_t model_id, struct publication *p)
{
    struct query q;

    *p = (struct publication){.id = 0};
    query_begin(&q, s, SQL_ENDPOINT, PUBLICATION_OF);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":model", model_id);
    if (query_row(&q)) read_publication(&q, a, p);
    return query_end(&q);
}

enum err store_endpoint_count(struct store *s, const struct endpoint_day *d)
{
    struct query q;

    query_begin(&q, s, SQL_ENDPOINT, DAY_COUNT);
    bind_int(&q, ":endpoint", d->endpoint_id);
    bind_int(&q, ":day", d->day);
    bind_int(&q, ":model", d->model_id);
    bind_int(&q, ":requests", d->n_requests);
    bind_int(&q, ":predictions", d->n_predictions);
    bind_int(&q, ":unknown", d->n_unknown);
    bind_int(&q, ":limited", d->n_limited);
    bind_int(&q, ":shadowed", d->n_shadow);
    bind_int(&q, ":agreed", d->n_agreed);
    bind_int(&q, ":passed", d->n_passed);
    bind_id(&q, ":shadow", d->shadow_id);
    bind_int(&q, ":us", d->us);
    return query_run(&q, NULL);
}

enum err store_endpoint_days(struct store *s, struct arena *a, int64_t endpoint_id,
                             size_t limit, struct endpoint_day **list, size_t *n)
{
    struct query q;
    struct endpoint_day *all = NULL;

    *n = 0;
    query_begin(&q, s, SQL_ENDPOINT, DAYS_LIST);
    bind_int(&q, ":endpoint", endpoint_id);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct endpoint_day *d = LIST_ADD(&q, a, all, *n);
        if (!d) continue;
        *d = (struct endpoint_day){column_int(&q, 0), column_int(&q, 1),  column_int(&q, 2),
                                   column_int(&q, 3), column_int(&q, 4),  column_int(&q, 5),
                                   column_int(&q, 6), column_int(&q, 7),  column_int(&q, 8),
                                   column_int(&q, 9), column_int(&q, 10), column_int(&q, 11)};
    }
    *list = all;
    return query_end(&q);
}

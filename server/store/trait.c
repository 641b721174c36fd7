#include "store/trait.h"

#include "store/sql.h"

#include <math.h>
#include <stdio.h>

enum {
    TRAIT_ADD,
    TRAIT_LAST,
    TRAIT_LIST,
    ADVICE_SET,
    ADVICE_GET,
    ALARMS_SET,
    ALARMS_GET,
    TRAIT_N
};

#define LOOKS                                                                                  \
    "brightness, contrast, flat, colour, rim, rim_spread, corner_1, corner_2, corner_3, "      \
    "corner_4"
#define COLUMNS LOOKS ", camera, taken_min, n_words, n_lines, punctuation, capitals, script"

static const char *const STATEMENTS[TRAIT_N] = {
    [TRAIT_ADD] =
        "INSERT INTO trait (project_id, item_id, " COLUMNS ") VALUES (:project, :item, :look0, "
        ":look1, :look2, :look3, :look4, :look5, :look6, :look7, :look8, :look9, :camera, "
        ":taken, :words, :lines, :punctuation, :capitals, :script)",
    [TRAIT_LAST] = "SELECT coalesce(max(item_id), 0) FROM trait WHERE project_id = :project",
    [TRAIT_LIST] = "SELECT item_id, " COLUMNS " FROM trait WHERE project_id = :project "
                   "AND item_id > :after ORDER BY item_id LIMIT :limit",
    [ADVICE_SET] =
        ("INSERT INTO advice (project_id, seq, n_labels, body, created_at) VALUES (:project, "
         ":seq, :n_labels, :body, :created_at) ON CONFLICT (project_id) DO UPDATE SET "
         "seq = excluded.seq, n_labels = excluded.n_labels, body = excluded.body, "
         "created_at = excluded.created_at"),
    [ADVICE_GET] = "SELECT project_id, seq, n_labels, body, created_at FROM advice "
                   "WHERE project_id = :project",
    [ALARMS_SET] = "UPDATE model SET alarms = :alarms WHERE id = :model",
    [ALARMS_GET] = "SELECT alarms FROM model WHERE id = :model",
};
const struct sql_statements TRAIT_STATEMENTS = {"store/trait.c", STATEMENTS, TRAIT_N};

static void bind_known(struct query *q, const char *name, double x)
{
    if (isnan(x))
        bind_null(q, name);
    else
        bind_real(q, name, x);
}

enum err store_trait_add(struct store *s, int64_t project_id, const struct trait *t)
{
    struct query q;

    query_begin(&q, s, SQL_TRAIT, TRAIT_ADD);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":item", t->item_id);
    for (int i = 0; i < TRAIT_LOOKS; i++) {
        char name[32];

        snprintf(name, sizeof name, ":look%d", i);
        bind_known(&q, name, t->is_read ? t->look[i] : (double)NAN);
    }
    bind_text(&q, ":camera", t->camera);
    bind_id(&q, ":taken", t->taken_min);
    bind_id(&q, ":words", t->n_words);
    bind_id(&q, ":lines", t->n_lines);
    bind_known(&q, ":punctuation", t->script ? t->punctuation : (double)NAN);
    bind_known(&q, ":capitals", t->script ? t->capitals : (double)NAN);
    bind_text(&q, ":script", t->script);
    return query_run(&q, NULL);
}

enum err store_trait_last(struct store *s, int64_t project_id, int64_t *item_id)
{
    struct query q;

    *item_id = 0;
    query_begin(&q, s, SQL_TRAIT, TRAIT_LAST);
    bind_int(&q, ":project", project_id);
    if (query_row(&q)) *item_id = column_int(&q, 0);
    return query_end(&q);
}

static double column_known(struct query *q, int i)
{
    return column_is_null(q, i) ? (double)NAN : column_real(q, i);
}

static void read_trait(struct query *q, struct arena *a, struct trait *t)
{
    const int at = 1 + TRAIT_LOOKS;

    *t = (struct trait){.item_id = column_int(q, 0)};
    for (int i = 0; i < TRAIT_LOOKS; i++)
        t->look[i] = column_known(q, 1 + i);
    t->camera = column_text(q, a, at);
    t->taken_min = column_int(q, at + 1);
    t->n_words = column_int(q, at + 2);
    t->n_lines = column_int(q, at + 3);
    t->punctuation = column_known(q, at + 4);
    t->capitals = column_known(q, at + 5);
    t->script = column_text(q, a, at + 6);
    t->is_read = t->script || !isnan(t->look[LOOK_BRIGHTNESS]);
}

enum err store_trait_list(struct store *s, struct arena *a, int64_t project_id, int64_t after,
                          size_t limit, struct trait **list, size_t *n)
{
    struct trait *rows = NULL;
    struct query q;

    *n = 0;
    query_begin(&q, s, SQL_TRAIT, TRAIT_LIST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct trait *t = LIST_ADD(&q, a, rows, *n);
        if (t) read_trait(&q, a, t);
    }
    *list = rows;
    return query_end(&q);
}

enum err store_advice_set(struct store *s, const struct advice_row *x)
{
    struct query q;

    query_begin(&q, s, SQL_TRAIT, ADVICE_SET);
    bind_int(&q, ":project", x->project_id);
    bind_int(&q, ":seq", x->seq);
    bind_int(&q, ":n_labels", x->n_labels);
    bind_text(&q, ":body", x->body);
    bind_int(&q, ":created_at", x->created_at);
    return query_run(&q, NULL);
}

enum err store_advice_get(struct store *s, struct arena *a, int64_t project_id,
                          struct advice_row *x)
{
    struct query q;

    *x = (struct advice_row){.project_id = 0};
    query_begin(&q, s, SQL_TRAIT, ADVICE_GET);
    bind_int(&q, ":project", project_id);
    if (query_row(&q))
        *x = (struct advice_row){.project_id = column_int(&q, 0),
                                 .seq = column_int(&q, 1),
                                 .n_labels = column_int(&q, 2),
                                 .body = column_text(&q, a, 3),
                                 .created_at = column_int(&q, 4)};
    return query_end(&q);
}

enum err store_alarms_set(struct store *s, int64_t model_id, const char *alarms)
{
    struct query q;

    query_begin(&q, s, SQL_TRAIT, ALARMS_SET);
    bind_int(&q, ":model", model_id);
    bind_text(&q, ":alarms", alarms);
    return query_run(&q, NULL);
}

enum err store_alarms_get(struct store *s, struct arena *a, int64_t model_id,
                          const char **alarms)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_TRAIT, ALARMS_GET);
    bind_int(&q, ":model", model_id);
    got = query_row(&q);
    if (got) *alarms = column_text(&q, a, 0);
    return query_end_one(&q, got, "model %" PRId64, model_id);
}

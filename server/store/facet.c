#include "store/facet.h"

#include "store/indexed.h"
#include "store/sql.h"

enum { FACET_KEY_ADD, FACET_ADD, FACET_KEY_FULL, FACET_LIST, CLASS_COUNTS, LABELLERS, FACET_N };

static const char *const STATEMENTS[FACET_N] = {
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
};
const struct sql_statements FACET_STATEMENTS = {"store/facet.c", STATEMENTS, FACET_N};

struct counting {
    struct store *s;
    int64_t project_id;
};

static void key_begin(struct query *q, const struct counting *c, int statement,
                      enum facet_kind kind, const char *key)
{
    query_begin(q, c->s, SQL_FACET, statement);
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

enum err store_facets_add(struct store *s, const struct item *i, const json_t *meta)
{
    struct counting counting = {s, i->project_id};

    return indexed_facets(i->path, meta, facet_count, &counting);
}

enum err store_facets(struct store *s, struct arena *a, int64_t project_id,
                      struct facet **facets, size_t *n)
{
    struct query q;
    struct facet *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_FACET, FACET_LIST);
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
    query_begin(&q, s, SQL_FACET, CLASS_COUNTS);
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
    query_begin(&q, s, SQL_FACET, LABELLERS);
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

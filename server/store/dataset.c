#include "store/dataset.h"

#include "store/sql.h"

#define DATASET_COLUMNS                                                                         \
    "d.id, d.project_id, d.version, d.name, d.spec, d.ledger_seq, d.state, d.hash, d.n_items, " \
    "d.sheet, d.event_seq, d.user_id, d.created_at"

enum {
    DATASET_ADD,
    DATASET_GET,
    DATASET_LIST,
    DATASET_OF_ITEM,
    DATASET_END,
    ITEM_ADD,
    ITEMS_CLEAR,
    ITEMS_LIST,
    ITEM_FIND,
    ITEMS_WALK,
    ONLY_HERE,
    OTHER_ANSWER,
    OTHER_PART,
    USE_ADD,
    USES_LIST,
    DATASET_N
};

static const char *const STATEMENTS[DATASET_N] = {
    [DATASET_ADD] =
        "INSERT INTO dataset (project_id, version, name, spec, ledger_seq, state, user_id, "
        "created_at) VALUES (:project, (SELECT coalesce(max(version), 0) + 1 FROM dataset "
        "WHERE project_id = :project), :name, :spec, :seq, 'freezing', :user, :at) "
        "RETURNING id, version",
    [DATASET_GET] = "SELECT " DATASET_COLUMNS " FROM dataset d WHERE d.id = :id",
    [DATASET_LIST] = "SELECT " DATASET_COLUMNS " FROM dataset d WHERE d.project_id = :project "
                     "ORDER BY d.version DESC LIMIT 1000",
    [DATASET_OF_ITEM] =
        "SELECT " DATASET_COLUMNS " FROM dataset d WHERE d.project_id = :project "
        "AND d.state = 'frozen' AND EXISTS (SELECT 1 FROM dataset_item m WHERE "
        "m.dataset_id = d.id AND m.item_id = :item) ORDER BY d.version DESC LIMIT 1000",
    [DATASET_END] = "UPDATE dataset SET state = :state, hash = :hash, n_items = :n, "
                    "sheet = :sheet, event_seq = :event WHERE id = :id",
    [ITEM_ADD] = "INSERT INTO dataset_item (dataset_id, item_id, part, \"values\") "
                 "VALUES (:dataset, :item, :part, :values)",
    [ITEMS_CLEAR] =
        "DELETE FROM dataset_item WHERE dataset_id = :dataset AND item_id IN (SELECT item_id "
        "FROM dataset_item WHERE dataset_id = :dataset ORDER BY item_id LIMIT :limit)",
    [ITEMS_LIST] =
        "SELECT item_id, part, \"values\" FROM dataset_item WHERE dataset_id = :dataset "
        "AND item_id > :after AND (:parts >> part) & 1 ORDER BY item_id LIMIT :limit",
    [ITEM_FIND] =
        "SELECT item_id, part, \"values\" FROM dataset_item WHERE dataset_id = :dataset "
        "AND item_id = :item",
    [ITEMS_WALK] = "SELECT m.item_id, m.part, m.\"values\", i.hash FROM dataset_item m "
                   "LEFT JOIN item i ON i.id = m.item_id WHERE m.dataset_id = :dataset "
                   "ORDER BY m.item_id",
    [ONLY_HERE] =
        "SELECT m.item_id FROM dataset_item m WHERE m.dataset_id = :in AND NOT EXISTS "
        "(SELECT 1 FROM dataset_item o WHERE o.dataset_id = :other "
        "AND o.item_id = m.item_id) ORDER BY m.item_id",
    [OTHER_ANSWER] =
        "SELECT m.item_id FROM dataset_item m CROSS JOIN dataset_item o ON "
        "o.dataset_id = :other AND o.item_id = m.item_id "
        "WHERE m.dataset_id = :in AND o.\"values\" <> m.\"values\" ORDER BY m.item_id",
    [OTHER_PART] = "SELECT m.item_id FROM dataset_item m CROSS JOIN dataset_item o ON "
                   "o.dataset_id = :other AND o.item_id = m.item_id "
                   "WHERE m.dataset_id = :in AND o.part <> m.part ORDER BY m.item_id",
    [USE_ADD] = "INSERT INTO dataset_use (dataset_id, user_id, reason, at) "
                "VALUES (:dataset, :user, :reason, :at) RETURNING id",
    [USES_LIST] = "SELECT id, dataset_id, user_id, reason, at FROM dataset_use "
                  "WHERE dataset_id = :dataset ORDER BY id DESC LIMIT 1000",
};
const struct sql_statements DATASET_STATEMENTS = {"store/dataset.c", STATEMENTS, DATASET_N};

static const char *const STATES[] = {"freezing", "frozen", "failed"};
static const char *const PART_NAMES[] = {"train", "validation", "test"};

const char *dataset_state_name(enum dataset_state state)
{
    return STATES[state];
}

const char *dataset_part_name(enum dataset_part part)
{
    return PART_NAMES[part];
}

enum err store_dataset_add(struct store *s, struct dataset *d)
{
    struct query q;

    query_begin(&q, s, SQL_DATASET, DATASET_ADD);
    bind_int(&q, ":project", d->project_id);
    bind_text(&q, ":name", d->name);
    bind_text(&q, ":spec", d->spec);
    bind_int(&q, ":seq", d->ledger_seq);
    bind_id(&q, ":user", d->user_id);
    bind_int(&q, ":at", d->created_at);
    d->state = DATASET_FREEZING;
    while (query_row(&q)) {
        d->id = column_int(&q, 0);
        d->version = column_int(&q, 1);
    }
    return query_end(&q);
}

static void read_dataset(struct query *q, struct arena *a, struct dataset *d)
{
    *d = (struct dataset){.id = column_int(q, 0),
                          .project_id = column_int(q, 1),
                          .version = column_int(q, 2),
                          .name = column_text(q, a, 3),
                          .spec = column_text(q, a, 4),
                          .ledger_seq = column_int(q, 5),
                          .state = (enum dataset_state)column_word(q, 6, STATES, 3),
                          .n_items = column_int(q, 8),
                          .sheet = column_text(q, a, 9),
                          .event_seq = column_int(q, 10),
                          .user_id = column_int(q, 11),
                          .created_at = column_int(q, 12)};
    if (!column_is_null(q, 7)) column_bytes(q, 7, d->hash.bytes, sizeof d->hash.bytes);
}

enum err store_dataset_get(struct store *s, struct arena *a, int64_t id, struct dataset *d)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_DATASET, DATASET_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_dataset(&q, a, d);
    return query_end_one(&q, got, "data set %" PRId64, id);
}

/* Takes a query that is bound, and ends it. */
static enum err read_list(struct query *q, struct arena *a, struct dataset **rows, size_t *n)
{
    struct dataset *all = NULL;

    *n = 0;
    while (query_row(q)) {
        struct dataset *d = LIST_ADD(q, a, all, *n);
        if (d) read_dataset(q, a, d);
    }
    *rows = all;
    return query_end(q);
}

enum err store_dataset_list(struct store *s, struct arena *a, int64_t project_id,
                            struct dataset **list, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_DATASET, DATASET_LIST);
    bind_int(&q, ":project", project_id);
    return read_list(&q, a, list, n);
}

enum err store_dataset_of_item(struct store *s, struct arena *a, int64_t project_id,
                               int64_t item_id, struct dataset **list, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_DATASET, DATASET_OF_ITEM);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":item", item_id);
    return read_list(&q, a, list, n);
}

enum err store_dataset_end(struct store *s, const struct dataset *d)
{
    struct query q;

    query_begin(&q, s, SQL_DATASET, DATASET_END);
    bind_int(&q, ":id", d->id);
    bind_text(&q, ":state", STATES[d->state]);
    if (d->state == DATASET_FROZEN)
        bind_bytes(&q, ":hash", d->hash.bytes, sizeof d->hash.bytes);
    else
        bind_null(&q, ":hash");
    bind_int(&q, ":n", d->n_items);
    bind_text(&q, ":sheet", d->sheet);
    bind_id(&q, ":event", d->event_seq);
    return query_run(&q, NULL);
}

enum err store_dataset_item_add(struct store *s, int64_t dataset_id,
                                const struct dataset_item *i)
{
    struct query q;

    query_begin(&q, s, SQL_DATASET, ITEM_ADD);
    bind_int(&q, ":dataset", dataset_id);
    bind_int(&q, ":item", i->item_id);
    bind_int(&q, ":part", i->part);
    bind_text(&q, ":values", i->values);
    return query_run(&q, NULL);
}

enum err store_dataset_clear(struct store *s, int64_t dataset_id, int64_t limit, int64_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_DATASET, ITEMS_CLEAR);
    bind_int(&q, ":dataset", dataset_id);
    bind_int(&q, ":limit", limit);
    return query_run(&q, n);
}

enum err store_dataset_items(struct store *s, struct arena *a, int64_t dataset_id,
                             unsigned parts, int64_t after, size_t limit,
                             struct dataset_item **items, size_t *n)
{
    struct query q;
    struct dataset_item *all = NULL;

    *n = 0;
    query_begin(&q, s, SQL_DATASET, ITEMS_LIST);
    bind_int(&q, ":dataset", dataset_id);
    bind_int(&q, ":after", after);
    bind_int(&q, ":parts", parts);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct dataset_item *i = LIST_ADD(&q, a, all, *n);
        if (i)
            *i = (struct dataset_item){column_int(&q, 0), (enum dataset_part)column_int(&q, 1),
                                       column_text(&q, a, 2)};
    }
    *items = all;
    return query_end(&q);
}

enum err store_dataset_item_find(struct store *s, struct arena *a, int64_t dataset_id,
                                 int64_t item_id, struct dataset_item *i)
{
    struct query q;

    *i = (struct dataset_item){.item_id = 0};
    query_begin(&q, s, SQL_DATASET, ITEM_FIND);
    bind_int(&q, ":dataset", dataset_id);
    bind_int(&q, ":item", item_id);
    if (query_row(&q))
        *i = (struct dataset_item){column_int(&q, 0), (enum dataset_part)column_int(&q, 1),
                                   column_text(&q, a, 2)};
    return query_end(&q);
}

enum err store_dataset_walk(struct store *s, int64_t dataset_id, dataset_visit each,
                            void *context)
{
    struct query q;

    query_begin(&q, s, SQL_DATASET, ITEMS_WALK);
    bind_int(&q, ":dataset", dataset_id);
    while (query_row(&q)) {
        const struct dataset_item i = {column_int(&q, 0), (enum dataset_part)column_int(&q, 1),
                                       column_text_here(&q, 2)};
        struct hash content = {{0}};
        if (!column_is_null(&q, 3)) column_bytes(&q, 3, content.bytes, sizeof content.bytes);
        if (!q.e) q.e = each(context, &i, &content);
    }
    return query_end(&q);
}

enum err store_dataset_differ(struct store *s, struct arena *a, int64_t in, int64_t other,
                              enum dataset_difference what, int64_t **items, size_t *n,
                              int64_t *total)
{
    struct query q;
    int64_t *all = NULL;

    *n = 0;
    *total = 0;
    query_begin(&q, s, SQL_DATASET, ONLY_HERE + (int)what);
    bind_int(&q, ":in", in);
    bind_int(&q, ":other", other);
    for (; query_row(&q); (*total)++) {
        int64_t *id = *n < DIFFER_LISTED ? LIST_ADD(&q, a, all, *n) : NULL;
        if (id) *id = column_int(&q, 0);
    }
    *items = all;
    return query_end(&q);
}

enum err store_dataset_use_add(struct store *s, struct dataset_use *u)
{
    struct query q;

    query_begin(&q, s, SQL_DATASET, USE_ADD);
    bind_int(&q, ":dataset", u->dataset_id);
    bind_id(&q, ":user", u->user_id);
    bind_text(&q, ":reason", u->reason);
    bind_int(&q, ":at", u->at);
    while (query_row(&q))
        u->id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_dataset_uses(struct store *s, struct arena *a, int64_t dataset_id,
                            struct dataset_use **uses, size_t *n)
{
    struct query q;
    struct dataset_use *all = NULL;

    *n = 0;
    query_begin(&q, s, SQL_DATASET, USES_LIST);
    bind_int(&q, ":dataset", dataset_id);
    while (query_row(&q)) {
        struct dataset_use *u = LIST_ADD(&q, a, all, *n);
        if (u)
            *u = (struct dataset_use){column_int(&q, 0), column_int(&q, 1), column_int(&q, 2),
                                      column_text(&q, a, 3), column_int(&q, 4)};
    }
    *uses = all;
    return query_end(&q);
}

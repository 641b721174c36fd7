#include "store/group.h"

#include "store/sql.h"

enum {
    PRINT_ADD,
    PRINT_LAST,
    PRINT_VISIT,
    GROUPING_ADD,
    GROUPING_WHOLE,
    GROUPING_FIND,
    GROUPING_OLD,
    GROUPING_CLEAR,
    GROUPING_FORGET,
    GROUP_ADD,
    GROUP_FIND,
    GROUP_MEMBERS,
    GROUP_LIST,
    GROUP_N
};

static const char *const STATEMENTS[GROUP_N] = {
    [PRINT_ADD] = "INSERT INTO item_print (project_id, item_id, print) "
                  "VALUES (:project, :item, :print)",
    [PRINT_LAST] = "SELECT item_id FROM item_print WHERE project_id = :project "
                   "ORDER BY item_id DESC LIMIT 1",
    [PRINT_VISIT] = "SELECT item_id, print FROM item_print WHERE project_id = :project "
                    "ORDER BY item_id",
    [GROUPING_ADD] = "INSERT INTO grouping (project_id, last_item, n_items, n_groups, "
                     "n_grouped, created_at) VALUES (:project, :last_item, :n_items, "
                     ":n_groups, :n_grouped, :created_at) RETURNING id",
    [GROUPING_WHOLE] = "UPDATE grouping SET whole = 1 WHERE id = :id",
    [GROUPING_FIND] = "SELECT id, project_id, last_item, n_items, n_groups, n_grouped, "
                      "created_at FROM grouping WHERE project_id = :project AND whole = 1 "
                      "ORDER BY id DESC LIMIT 1",
    [GROUPING_OLD] = "SELECT id FROM grouping WHERE project_id = :project AND id <> :keep "
                     "ORDER BY id LIMIT 1",
    [GROUPING_CLEAR] = "DELETE FROM item_group WHERE grouping_id = :id AND item_id IN "
                       "(SELECT item_id FROM item_group WHERE grouping_id = :id LIMIT :limit)",
    [GROUPING_FORGET] = "DELETE FROM grouping WHERE id = :id",
    [GROUP_ADD] = "INSERT INTO item_group (grouping_id, item_id, group_id) "
                  "VALUES (:grouping, :item, :group)",
    [GROUP_FIND] = "SELECT group_id FROM item_group WHERE grouping_id = :grouping "
                   "AND item_id = :item",
    [GROUP_MEMBERS] =
        "SELECT item_id FROM item_group WHERE grouping_id = :grouping "
        "AND group_id = :group AND item_id > :after ORDER BY item_id LIMIT :limit",
    [GROUP_LIST] = "SELECT item_id, group_id FROM item_group WHERE grouping_id = :grouping "
                   "ORDER BY item_id",
};
const struct sql_statements GROUP_STATEMENTS = {"store/group.c", STATEMENTS, GROUP_N};

enum err store_print_add(struct store *s, int64_t project_id, int64_t item_id,
                         const struct smp_print *print)
{
    struct query q;

    query_begin(&q, s, SQL_GROUP, PRINT_ADD);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":item", item_id);
    bind_bytes(&q, ":print", print->wave, sizeof print->wave);
    return query_run(&q, NULL);
}

enum err store_print_last(struct store *s, int64_t project_id, int64_t *item_id)
{
    struct query q;

    *item_id = 0;
    query_begin(&q, s, SQL_GROUP, PRINT_LAST);
    bind_int(&q, ":project", project_id);
    if (query_row(&q)) *item_id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_print_visit(struct store *s, int64_t project_id, print_each each, void *context)
{
    struct query q;
    struct smp_print print;

    query_begin(&q, s, SQL_GROUP, PRINT_VISIT);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        column_bytes(&q, 1, print.wave, sizeof print.wave);
        if (!q.e) q.e = each(context, column_int(&q, 0), &print);
    }
    return query_end(&q);
}

enum err store_grouping_add(struct store *s, struct grouping *g)
{
    struct query q;

    query_begin(&q, s, SQL_GROUP, GROUPING_ADD);
    bind_int(&q, ":project", g->project_id);
    bind_int(&q, ":last_item", g->last_item);
    bind_int(&q, ":n_items", g->n_items);
    bind_int(&q, ":n_groups", g->n_groups);
    bind_int(&q, ":n_grouped", g->n_grouped);
    bind_int(&q, ":created_at", g->created_at);
    while (query_row(&q))
        g->id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_grouping_whole(struct store *s, int64_t id)
{
    struct query q;

    query_begin(&q, s, SQL_GROUP, GROUPING_WHOLE);
    bind_int(&q, ":id", id);
    return query_run(&q, NULL);
}

enum err store_grouping_find(struct store *s, int64_t project_id, struct grouping *g)
{
    struct query q;

    *g = (struct grouping){.id = 0};
    query_begin(&q, s, SQL_GROUP, GROUPING_FIND);
    bind_int(&q, ":project", project_id);
    if (query_row(&q))
        *g = (struct grouping){.id = column_int(&q, 0),
                               .project_id = column_int(&q, 1),
                               .last_item = column_int(&q, 2),
                               .n_items = column_int(&q, 3),
                               .n_groups = column_int(&q, 4),
                               .n_grouped = column_int(&q, 5),
                               .created_at = column_int(&q, 6)};
    return query_end(&q);
}

static enum err grouping_old(struct store *s, int64_t project_id, int64_t keep, int64_t *id)
{
    struct query q;

    *id = 0;
    query_begin(&q, s, SQL_GROUP, GROUPING_OLD);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":keep", keep);
    if (query_row(&q)) *id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_grouping_clear(struct store *s, int64_t project_id, int64_t keep, int64_t limit,
                              int64_t *n)
{
    struct query q;
    int64_t id;

    *n = 0;
    TRY(grouping_old(s, project_id, keep, &id));
    if (!id) return OK;
    query_begin(&q, s, SQL_GROUP, GROUPING_CLEAR);
    bind_int(&q, ":id", id);
    bind_int(&q, ":limit", limit);
    TRY(query_run(&q, n));
    if (*n) return OK;
    query_begin(&q, s, SQL_GROUP, GROUPING_FORGET);
    bind_int(&q, ":id", id);
    return query_run(&q, n);
}

enum err store_group_add(struct store *s, int64_t grouping_id, const struct grouped *g)
{
    struct query q;

    query_begin(&q, s, SQL_GROUP, GROUP_ADD);
    bind_int(&q, ":grouping", grouping_id);
    bind_int(&q, ":item", g->item_id);
    bind_int(&q, ":group", g->group_id);
    return query_run(&q, NULL);
}

enum err store_group_find(struct store *s, int64_t grouping_id, int64_t item_id,
                          int64_t *group_id)
{
    struct query q;

    *group_id = 0;
    query_begin(&q, s, SQL_GROUP, GROUP_FIND);
    bind_int(&q, ":grouping", grouping_id);
    bind_int(&q, ":item", item_id);
    if (query_row(&q)) *group_id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_group_members(struct store *s, struct arena *a, int64_t grouping_id,
                             int64_t group_id, int64_t after, size_t limit, int64_t **items,
                             size_t *n)
{
    struct query q;

    *items = NULL;
    *n = 0;
    query_begin(&q, s, SQL_GROUP, GROUP_MEMBERS);
    bind_int(&q, ":grouping", grouping_id);
    bind_int(&q, ":group", group_id);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        int64_t *item = LIST_ADD(&q, a, *items, *n);

        if (item) *item = column_int(&q, 0);
    }
    return query_end(&q);
}

enum err store_group_list(struct store *s, struct arena *a, int64_t grouping_id,
                          struct grouped **rows, size_t *n)
{
    struct query q;

    *rows = NULL;
    *n = 0;
    query_begin(&q, s, SQL_GROUP, GROUP_LIST);
    bind_int(&q, ":grouping", grouping_id);
    while (query_row(&q)) {
        struct grouped *row = LIST_ADD(&q, a, *rows, *n);

        if (row) *row = (struct grouped){column_int(&q, 0), column_int(&q, 1)};
    }
    return query_end(&q);
}

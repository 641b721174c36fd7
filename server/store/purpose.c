#include "store/purpose.h"

#include "store/sql.h"

enum { PURPOSE_SET, PURPOSE_REMOVE, PURPOSE_GET, PURPOSE_N };

static const char *const STATEMENTS[PURPOSE_N] = {
    [PURPOSE_SET] = "INSERT INTO purpose (project_id, text, user_id, at) VALUES (:project, "
                    ":text, :user, :at) ON CONFLICT (project_id) DO UPDATE SET "
                    "text = excluded.text, user_id = excluded.user_id, at = excluded.at",
    [PURPOSE_REMOVE] = "DELETE FROM purpose WHERE project_id = :project",
    [PURPOSE_GET] =
        "SELECT project_id, text, user_id, at FROM purpose WHERE project_id = :project",
};
const struct sql_statements PURPOSE_STATEMENTS = {"store/purpose.c", STATEMENTS, PURPOSE_N};

enum err store_purpose_set(struct store *s, const struct purpose *p)
{
    struct query q;

    query_begin(&q, s, SQL_PURPOSE, *p->text ? PURPOSE_SET : PURPOSE_REMOVE);
    bind_int(&q, ":project", p->project_id);
    if (*p->text) {
        bind_text(&q, ":text", p->text);
        bind_int(&q, ":user", p->user_id);
        bind_int(&q, ":at", p->at);
    }
    return query_run(&q, NULL);
}

enum err store_purpose_get(struct store *s, struct arena *a, int64_t project_id,
                           struct purpose *p)
{
    struct query q;

    *p = (struct purpose){.project_id = 0};
    query_begin(&q, s, SQL_PURPOSE, PURPOSE_GET);
    bind_int(&q, ":project", project_id);
    if (query_row(&q))
        *p = (struct purpose){.project_id = column_int(&q, 0),
                              .text = column_text(&q, a, 1),
                              .user_id = column_int(&q, 2),
                              .at = column_int(&q, 3)};
    return query_end(&q);
}

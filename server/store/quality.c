#include "store/quality.h"

#include "store/sql.h"

enum { QUALITY_SET, QUALITY_GET, QUALITY_N };

static const char *const STATEMENTS[QUALITY_N] = {
    [QUALITY_SET] =
        "INSERT INTO quality (project_id, kind, seq, n_labels, body, created_at) VALUES "
        "(:project, :kind, :seq, :n_labels, :body, :created_at) ON CONFLICT (project_id, kind) "
        "DO UPDATE SET seq = excluded.seq, n_labels = excluded.n_labels, body = excluded.body, "
        "created_at = excluded.created_at",
    [QUALITY_GET] = "SELECT project_id, kind, seq, n_labels, body, created_at FROM quality "
                    "WHERE project_id = :project AND kind = :kind",
};
const struct sql_statements QUALITY_STATEMENTS = {"store/quality.c", STATEMENTS, QUALITY_N};

enum err store_quality_set(struct store *s, const struct quality_result *x)
{
    struct query q;

    query_begin(&q, s, SQL_QUALITY, QUALITY_SET);
    bind_int(&q, ":project", x->project_id);
    bind_text(&q, ":kind", x->kind);
    bind_int(&q, ":seq", x->seq);
    bind_int(&q, ":n_labels", x->n_labels);
    bind_text(&q, ":body", x->body);
    bind_int(&q, ":created_at", x->created_at);
    return query_run(&q, NULL);
}

enum err store_quality_get(struct store *s, struct arena *a, int64_t project_id,
                           const char *kind, struct quality_result *x)
{
    struct query q;

    *x = (struct quality_result){.project_id = 0};
    query_begin(&q, s, SQL_QUALITY, QUALITY_GET);
    bind_int(&q, ":project", project_id);
    bind_text(&q, ":kind", kind);
    if (query_row(&q))
        *x = (struct quality_result){.project_id = column_int(&q, 0),
                                     .kind = column_text(&q, a, 1),
                                     .seq = column_int(&q, 2),
                                     .n_labels = column_int(&q, 3),
                                     .body = column_text(&q, a, 4),
                                     .created_at = column_int(&q, 5)};
    return query_end(&q);
}

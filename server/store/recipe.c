#include "store/recipe.h"

#include "store/sql.h"

enum { RECIPE_ADD, RECIPE_LAST, RECIPE_NEWEST, RECIPE_N };

static const char *const STATEMENTS[RECIPE_N] = {
    [RECIPE_ADD] =
        "INSERT INTO recipe (project_id, encoder_id, question, ledger_seq, n_labels, accuracy, "
        "body, created_at) VALUES (:project, :encoder, :question, :ledger_seq, :n_labels, "
        ":accuracy, :body, :created_at) RETURNING id",
    [RECIPE_LAST] =
        "SELECT id, project_id, encoder_id, question, ledger_seq, n_labels, accuracy, body, "
        "created_at FROM recipe WHERE project_id = :project AND encoder_id = :encoder "
        "AND question = :question ORDER BY id DESC LIMIT 1",
    [RECIPE_NEWEST] =
        "SELECT coalesce(max(created_at), 0) FROM recipe WHERE project_id = :project",
};
const struct sql_statements RECIPE_STATEMENTS = {"store/recipe.c", STATEMENTS, RECIPE_N};

enum err store_recipe_add(struct store *s, struct recipe_row *r)
{
    struct query q;

    query_begin(&q, s, SQL_RECIPE, RECIPE_ADD);
    bind_int(&q, ":project", r->project_id);
    bind_int(&q, ":encoder", r->encoder_id);
    bind_text(&q, ":question", r->question);
    bind_int(&q, ":ledger_seq", r->ledger_seq);
    bind_int(&q, ":n_labels", r->n_labels);
    bind_real(&q, ":accuracy", r->accuracy);
    bind_text(&q, ":body", r->body);
    bind_int(&q, ":created_at", r->created_at);
    while (query_row(&q))
        r->id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_recipe_last(struct store *s, struct arena *a, int64_t project_id,
                           int64_t encoder_id, const char *question, struct recipe_row *r)
{
    struct query q;

    *r = (struct recipe_row){.id = 0};
    query_begin(&q, s, SQL_RECIPE, RECIPE_LAST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":encoder", encoder_id);
    bind_text(&q, ":question", question);
    if (query_row(&q))
        *r = (struct recipe_row){.id = column_int(&q, 0),
                                 .project_id = column_int(&q, 1),
                                 .encoder_id = column_int(&q, 2),
                                 .question = column_text(&q, a, 3),
                                 .ledger_seq = column_int(&q, 4),
                                 .n_labels = column_int(&q, 5),
                                 .accuracy = column_real(&q, 6),
                                 .body = column_text(&q, a, 7),
                                 .created_at = column_int(&q, 8)};
    return query_end(&q);
}

enum err store_recipe_newest(struct store *s, int64_t project_id, int64_t *created_at)
{
    struct query q;

    *created_at = 0;
    query_begin(&q, s, SQL_RECIPE, RECIPE_NEWEST);
    bind_int(&q, ":project", project_id);
    if (query_row(&q)) *created_at = column_int(&q, 0);
    return query_end(&q);
}

#include "store/judgement.h"

#include "store/sql.h"

enum { JUDGEMENT_ADD, JUDGEMENT_LAST, JUDGEMENT_N };

static const char *const STATEMENTS[JUDGEMENT_N] = {
    [JUDGEMENT_ADD] =
        "INSERT INTO judgement (project_id, encoder_id, ledger_seq, n_drawn, n_taught, picked, "
        "by_chance, error, losing, created_at) VALUES (:project, :encoder, :ledger_seq, "
        ":n_drawn, :n_taught, :picked, :by_chance, :error, :losing, :created_at) RETURNING id",
    [JUDGEMENT_LAST] =
        "SELECT id, project_id, encoder_id, ledger_seq, n_drawn, n_taught, picked, by_chance, "
        "error, losing, created_at FROM judgement WHERE project_id = :project "
        "AND encoder_id = :encoder ORDER BY id DESC LIMIT 1",
};
const struct sql_statements JUDGEMENT_STATEMENTS = {"store/judgement.c", STATEMENTS,
                                                    JUDGEMENT_N};

enum err store_judgement_add(struct store *s, struct judgement *j)
{
    struct query q;

    query_begin(&q, s, SQL_JUDGEMENT, JUDGEMENT_ADD);
    bind_int(&q, ":project", j->project_id);
    bind_int(&q, ":encoder", j->encoder_id);
    bind_int(&q, ":ledger_seq", j->ledger_seq);
    bind_int(&q, ":n_drawn", j->n_drawn);
    bind_int(&q, ":n_taught", j->n_taught);
    bind_real(&q, ":picked", j->picked);
    bind_real(&q, ":by_chance", j->by_chance);
    bind_real(&q, ":error", j->error);
    bind_int(&q, ":losing", j->losing);
    bind_int(&q, ":created_at", j->created_at);
    while (query_row(&q))
        j->id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_judgement_last(struct store *s, int64_t project_id, int64_t encoder_id,
                              struct judgement *j)
{
    struct query q;

    *j = (struct judgement){.id = 0};
    query_begin(&q, s, SQL_JUDGEMENT, JUDGEMENT_LAST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":encoder", encoder_id);
    if (query_row(&q))
        *j = (struct judgement){.id = column_int(&q, 0),
                                .project_id = column_int(&q, 1),
                                .encoder_id = column_int(&q, 2),
                                .ledger_seq = column_int(&q, 3),
                                .n_drawn = column_int(&q, 4),
                                .n_taught = column_int(&q, 5),
                                .picked = column_real(&q, 6),
                                .by_chance = column_real(&q, 7),
                                .error = column_real(&q, 8),
                                .losing = (int)column_int(&q, 9),
                                .created_at = column_int(&q, 10)};
    return query_end(&q);
}

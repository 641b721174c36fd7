#include "store/model.h"

#include "store/sql.h"

#define MODEL_COLUMNS                                                                          \
    "id, project_id, version, name, question, dataset_id, encoder_id, seed, threads, "         \
    "program, recipe, classes, n_taught, hash, n_bytes, seconds, state, why, source, "         \
    "accuracy, accuracy_low, accuracy_high, accuracy_n, report, user_id, job_id, "             \
    "created_at, trained_at"

enum {
    MODEL_ADD,
    MODEL_GET,
    MODEL_FIND,
    MODEL_LIST,
    MODEL_LAST,
    MODEL_OF_DATASET,
    MODEL_JOB,
    MODEL_END,
    MODEL_MEASURE,
    MODEL_N
};

static const char *const STATEMENTS[MODEL_N] = {
    [MODEL_ADD] =
        "INSERT INTO model (project_id, version, name, question, dataset_id, seed, state, "
        "user_id, job_id, created_at) VALUES (:project, (SELECT coalesce(max(version), 0) + 1 "
        "FROM model WHERE project_id = :project), :name, :question, :dataset, :seed, "
        "'training', :user, :job, :at) RETURNING id, version",
    [MODEL_GET] = "SELECT " MODEL_COLUMNS " FROM model WHERE id = :id",
    [MODEL_FIND] = "SELECT " MODEL_COLUMNS " FROM model WHERE project_id = :project "
                   "AND version = :version",
    [MODEL_LIST] = "SELECT " MODEL_COLUMNS " FROM model WHERE project_id = :project "
                   "AND version < :before ORDER BY version DESC LIMIT :limit",
    [MODEL_LAST] = "SELECT " MODEL_COLUMNS " FROM model WHERE project_id = :project "
                   "AND state = :state ORDER BY version DESC LIMIT 1",
    [MODEL_OF_DATASET] = "SELECT " MODEL_COLUMNS " FROM model WHERE dataset_id = :dataset "
                         "ORDER BY id DESC LIMIT 1000",
    [MODEL_JOB] = "UPDATE model SET job_id = :job WHERE id = :id",
    [MODEL_END] =
        "UPDATE model SET state = :state, why = :why, encoder_id = :encoder, "
        "threads = :threads, program = :program, recipe = :recipe, classes = :classes, "
        "n_taught = :n_taught, hash = :hash, n_bytes = :n_bytes, seconds = :seconds, "
        "trained_at = :at WHERE id = :id",
    [MODEL_MEASURE] =
        ("UPDATE model SET source = :source, accuracy = :accuracy, accuracy_low = :low, "
         "accuracy_high = :high, accuracy_n = :n, report = :report WHERE id = :id"),
};
const struct sql_statements MODEL_STATEMENTS = {"store/model.c", STATEMENTS, MODEL_N};

static const char *const STATES[] = {"training", "trained", "failed"};
static const char *const SOURCES[] = {NULL, "honest", "examples"};

const char *model_state_name(enum model_state state)
{
    return STATES[state];
}

const char *accuracy_source_name(enum accuracy_source source)
{
    return SOURCES[source];
}

enum err store_model_add(struct store *s, struct model *m)
{
    struct query q;

    query_begin(&q, s, SQL_MODEL, MODEL_ADD);
    bind_int(&q, ":project", m->project_id);
    bind_text(&q, ":name", m->name);
    bind_text(&q, ":question", m->question);
    bind_int(&q, ":dataset", m->dataset_id);
    bind_int(&q, ":seed", m->seed);
    bind_id(&q, ":user", m->user_id);
    bind_int(&q, ":job", m->job_id);
    bind_int(&q, ":at", m->created_at);
    m->state = MODEL_TRAINING;
    m->program = "";
    m->classes = "[]";
    while (query_row(&q)) {
        m->id = column_int(&q, 0);
        m->version = column_int(&q, 1);
    }
    return query_end(&q);
}

static enum accuracy_source read_source(struct query *q, int i)
{
    if (column_is_null(q, i)) return ACCURACY_NONE;
    return (enum accuracy_source)(column_word(q, i, SOURCES + 1, 2) + 1);
}

static void read_model(struct query *q, struct arena *a, struct model *m)
{
    *m = (struct model){.id = column_int(q, 0),
                        .project_id = column_int(q, 1),
                        .version = column_int(q, 2),
                        .name = column_text(q, a, 3),
                        .question = column_text(q, a, 4),
                        .dataset_id = column_int(q, 5),
                        .encoder_id = column_int(q, 6),
                        .seed = column_int(q, 7),
                        .threads = column_int(q, 8),
                        .program = column_text(q, a, 9),
                        .recipe = column_text(q, a, 10),
                        .classes = column_text(q, a, 11),
                        .n_taught = column_int(q, 12),
                        .n_bytes = column_int(q, 14),
                        .seconds = column_real(q, 15),
                        .state = (enum model_state)column_word(q, 16, STATES, 3),
                        .why = column_text(q, a, 17),
                        .source = read_source(q, 18),
                        .accuracy = column_real(q, 19),
                        .accuracy_low = column_real(q, 20),
                        .accuracy_high = column_real(q, 21),
                        .accuracy_n = column_int(q, 22),
                        .report = column_text(q, a, 23),
                        .user_id = column_int(q, 24),
                        .job_id = column_int(q, 25),
                        .created_at = column_int(q, 26),
                        .trained_at = column_int(q, 27)};
    if (!column_is_null(q, 13)) column_bytes(q, 13, m->hash.bytes, sizeof m->hash.bytes);
}

enum err store_model_get(struct store *s, struct arena *a, int64_t id, struct model *m)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_MODEL, MODEL_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_model(&q, a, m);
    return query_end_one(&q, got, "model %" PRId64, id);
}

/* One row or none (id 0) of a query that is bound; ends it. */
static enum err read_one(struct query *q, struct arena *a, struct model *m)
{
    *m = (struct model){.id = 0};
    if (query_row(q)) read_model(q, a, m);
    return query_end(q);
}

enum err store_model_find(struct store *s, struct arena *a, int64_t project_id, int64_t version,
                          struct model *m)
{
    struct query q;

    query_begin(&q, s, SQL_MODEL, MODEL_FIND);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":version", version);
    return read_one(&q, a, m);
}

enum err store_model_last(struct store *s, struct arena *a, int64_t project_id,
                          enum model_state state, struct model *m)
{
    struct query q;

    query_begin(&q, s, SQL_MODEL, MODEL_LAST);
    bind_int(&q, ":project", project_id);
    bind_text(&q, ":state", STATES[state]);
    return read_one(&q, a, m);
}

/* Takes a query that is bound, and ends it. */
static enum err read_list(struct query *q, struct arena *a, struct model **list, size_t *n)
{
    struct model *all = NULL;

    *n = 0;
    while (query_row(q)) {
        struct model *m = LIST_ADD(q, a, all, *n);
        if (m) read_model(q, a, m);
    }
    *list = all;
    return query_end(q);
}

enum err store_model_list(struct store *s, struct arena *a, int64_t project_id, int64_t before,
                          size_t limit, struct model **list, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_MODEL, MODEL_LIST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":before", before ? before : INT64_MAX);
    bind_int(&q, ":limit", (int64_t)limit);
    return read_list(&q, a, list, n);
}

enum err store_model_of_dataset(struct store *s, struct arena *a, int64_t dataset_id,
                                struct model **list, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_MODEL, MODEL_OF_DATASET);
    bind_int(&q, ":dataset", dataset_id);
    return read_list(&q, a, list, n);
}

enum err store_model_job(struct store *s, int64_t id, int64_t job_id)
{
    struct query q;

    query_begin(&q, s, SQL_MODEL, MODEL_JOB);
    bind_int(&q, ":id", id);
    bind_int(&q, ":job", job_id);
    return query_run(&q, NULL);
}

enum err store_model_end(struct store *s, const struct model *m)
{
    struct query q;

    query_begin(&q, s, SQL_MODEL, MODEL_END);
    bind_int(&q, ":id", m->id);
    bind_text(&q, ":state", STATES[m->state]);
    bind_text(&q, ":why", m->why);
    bind_id(&q, ":encoder", m->encoder_id);
    bind_int(&q, ":threads", m->threads);
    bind_text(&q, ":program", m->program);
    bind_text(&q, ":recipe", m->recipe);
    bind_text(&q, ":classes", m->classes);
    bind_int(&q, ":n_taught", m->n_taught);
    if (m->state == MODEL_TRAINED)
        bind_bytes(&q, ":hash", m->hash.bytes, sizeof m->hash.bytes);
    else
        bind_null(&q, ":hash");
    bind_int(&q, ":n_bytes", m->n_bytes);
    bind_real(&q, ":seconds", m->seconds);
    bind_id(&q, ":at", m->trained_at);
    return query_run(&q, NULL);
}

static void bind_measure(struct query *q, const char *name, const struct model *m, double value)
{
    if (m->source == ACCURACY_NONE)
        bind_null(q, name);
    else
        bind_real(q, name, value);
}

enum err store_model_measure(struct store *s, const struct model *m)
{
    struct query q;

    query_begin(&q, s, SQL_MODEL, MODEL_MEASURE);
    bind_int(&q, ":id", m->id);
    bind_text(&q, ":source", SOURCES[m->source]);
    bind_measure(&q, ":accuracy", m, m->accuracy);
    bind_measure(&q, ":low", m, m->accuracy_low);
    bind_measure(&q, ":high", m, m->accuracy_high);
    bind_int(&q, ":n", m->accuracy_n);
    bind_text(&q, ":report", m->report);
    return query_run(&q, NULL);
}

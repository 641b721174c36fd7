#include "store/encoder.h"

#include "base/json.h"

#include "store/sql.h"

#include <string.h>

enum { PART_NAME_BYTES_MAX = 100 };

#define ENCODER_COLUMNS                                                                        \
    "id, project_id, version, name, seed, settings, dim, n_trained, n_rows, state, "           \
    "created_at, activated_at, parts"

enum {
    ENCODER_ADD,
    ENCODER_GET,
    ENCODER_ACTIVE_ONE,
    ENCODER_TRAINING_ONE,
    ENCODER_LIST,
    ENCODER_UPDATE,
    ENCODER_ROWS,
    ENCODER_N
};

static const char *const STATEMENTS[ENCODER_N] = {
    [ENCODER_ADD] =
        "INSERT INTO encoder (project_id, version, name, seed, settings, dim, "
        "n_trained, state, created_at) VALUES (:project, (SELECT coalesce(max(version)"
        ", 0) + 1 FROM encoder WHERE project_id = :project), :name, :seed, :settings, "
        ":dim, :n_trained, :state, :created_at) RETURNING id, version",
    [ENCODER_GET] = "SELECT " ENCODER_COLUMNS " FROM encoder WHERE id = :id",
    [ENCODER_ACTIVE_ONE] =
        "SELECT " ENCODER_COLUMNS " FROM encoder WHERE project_id = :project "
        "AND state = 'active'",
    [ENCODER_TRAINING_ONE] =
        "SELECT " ENCODER_COLUMNS " FROM encoder WHERE project_id = :project "
        "AND state = 'training' ORDER BY version DESC LIMIT 1",
    [ENCODER_LIST] = "SELECT " ENCODER_COLUMNS " FROM encoder WHERE project_id = :project "
                     "ORDER BY version",
    [ENCODER_UPDATE] = "UPDATE encoder SET dim = :dim, parts = :parts, n_trained = :n_trained, "
                       "settings = :settings, state = :state, activated_at = :activated_at "
                       "WHERE id = :id",
    [ENCODER_ROWS] = "UPDATE encoder SET n_rows = :to WHERE id = :id AND n_rows = :from",
};
const struct sql_statements ENCODER_STATEMENTS = {"store/encoder.c", STATEMENTS, ENCODER_N};

static const char *const STATES[] = {[ENCODER_TRAINING] = "training",
                                     [ENCODER_ACTIVE] = "active",
                                     [ENCODER_REPLACED] = "replaced",
                                     [ENCODER_FAILED] = "failed"};

enum err store_encoder_add(struct store *s, struct encoder *e)
{
    struct query q;

    query_begin(&q, s, SQL_ENCODER, ENCODER_ADD);
    bind_int(&q, ":project", e->project_id);
    bind_text(&q, ":name", e->name);
    bind_int(&q, ":seed", e->seed);
    bind_text(&q, ":settings", e->settings);
    bind_int(&q, ":dim", e->dim);
    bind_int(&q, ":n_trained", e->n_trained);
    bind_text(&q, ":state", STATES[e->state]);
    bind_int(&q, ":created_at", e->created_at);
    while (query_row(&q)) {
        e->id = column_int(&q, 0);
        e->version = column_int(&q, 1);
    }
    return query_end(&q);
}

static enum err read_parts(struct arena *a, const char *text, struct encoder *e)
{
    json_t *list = NULL;
    enum err failed = OK;

    if (!text) return OK;
    TRY(json_read(&list, text, strlen(text)));
    for (size_t i = 0; i < json_array_size(list) && i < SMP_PARTS_MAX && !failed; i++) {
        const json_t *from = json_array_get(list, i);
        struct encoder_part *p = &e->part[e->n_parts++];
        const char *name;
        const char *sees;

        failed = json_text(from, "name", 1, PART_NAME_BYTES_MAX, &name);
        if (!failed) failed = json_text(from, "sees", 1, PART_NAME_BYTES_MAX, &sees);
        if (!failed) failed = json_int(from, "dim", 1, INT32_MAX, &p->dim);
        if (failed) break;
        p->name = arena_strdup(a, name);
        p->sees = arena_strdup(a, sees);
        if (!p->name || !p->sees) failed = fail_nomem();
    }
    json_decref(list);
    return failed;
}

/* NULL for an encoder without. */
static enum err parts_text(struct arena *a, const struct encoder *e, const char **text)
{
    json_t *list;

    *text = NULL;
    if (!e->n_parts) return OK;
    list = json_array();
    for (size_t i = 0; i < e->n_parts && list; i++) {
        const struct encoder_part *p = &e->part[i];
        json_t *part = json_pack("{s:I, s:s, s:s}", "dim", (json_int_t)p->dim, "name", p->name,
                                 "sees", p->sees);
        if (!part || json_array_append_new(list, part)) {
            json_decref(list);
            list = NULL;
        }
    }
    NEED(list);
    *text = json_write(a, list);
    json_decref(list);
    NEED(*text);
    return OK;
}

static void read_encoder(struct query *q, struct arena *a, struct encoder *e)
{
    *e = (struct encoder){.id = column_int(q, 0),
                          .project_id = column_int(q, 1),
                          .version = column_int(q, 2),
                          .name = column_text(q, a, 3),
                          .seed = column_int(q, 4),
                          .settings = column_text(q, a, 5),
                          .dim = column_int(q, 6),
                          .n_trained = column_int(q, 7),
                          .n_rows = column_int(q, 8),
                          .state = (enum encoder_state)column_word(q, 9, STATES, 4),
                          .created_at = column_int(q, 10),
                          .activated_at = column_int(q, 11)};
    if (!q->e) q->e = read_parts(a, column_text_here(q, 12), e);
}

enum err store_encoder_get(struct store *s, struct arena *a, int64_t id, struct encoder *e)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_ENCODER, ENCODER_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_encoder(&q, a, e);
    return query_end_one(&q, got, "encoder %" PRId64, id);
}

static enum err find(struct store *s, struct arena *a, int statement, int64_t project_id,
                     struct encoder *e)
{
    struct query q;

    *e = (struct encoder){.id = 0};
    query_begin(&q, s, SQL_ENCODER, statement);
    bind_int(&q, ":project", project_id);
    if (query_row(&q)) read_encoder(&q, a, e);
    return query_end(&q);
}

enum err store_encoder_active(struct store *s, struct arena *a, int64_t project_id,
                              struct encoder *e)
{
    return find(s, a, ENCODER_ACTIVE_ONE, project_id, e);
}

enum err store_encoder_training(struct store *s, struct arena *a, int64_t project_id,
                                struct encoder *e)
{
    return find(s, a, ENCODER_TRAINING_ONE, project_id, e);
}

enum err store_encoder_list(struct store *s, struct arena *a, int64_t project_id,
                            struct encoder **encoders, size_t *n)
{
    struct query q;
    struct encoder *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_ENCODER, ENCODER_LIST);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct encoder *e = LIST_ADD(&q, a, rows, *n);
        if (e) read_encoder(&q, a, e);
    }
    *encoders = rows;
    return query_end(&q);
}

static enum err update(struct store *s, const struct encoder *e, const char *parts)
{
    struct query q;

    query_begin(&q, s, SQL_ENCODER, ENCODER_UPDATE);
    bind_int(&q, ":id", e->id);
    bind_int(&q, ":dim", e->dim);
    bind_text(&q, ":parts", parts);
    bind_int(&q, ":n_trained", e->n_trained);
    bind_text(&q, ":settings", e->settings);
    bind_text(&q, ":state", STATES[e->state]);
    bind_id(&q, ":activated_at", e->activated_at);
    return query_run(&q, NULL);
}

enum err store_encoder_update(struct store *s, const struct encoder *e)
{
    struct arena a;
    const char *parts;
    enum err failed;

    arena_init(&a, MIB);
    failed = parts_text(&a, e, &parts);
    if (!failed) failed = update(s, e, parts);
    arena_free(&a);
    return failed;
}

enum err store_encoder_rows(struct store *s, int64_t id, int64_t from, int64_t to)
{
    struct query q;
    int64_t changed;

    query_begin(&q, s, SQL_ENCODER, ENCODER_ROWS);
    bind_int(&q, ":id", id);
    bind_int(&q, ":from", from);
    bind_int(&q, ":to", to);
    TRY(query_run(&q, &changed));
    if (changed) return OK;
    return fail(ERR_CONFLICT, "encoder %" PRId64 " has no longer %" PRId64 " latents", id,
                from);
}

#include "store/job.h"

#include "store/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define JOB_COLUMNS                                                                            \
    "id, project_id, kind, state, params, cursor, done, total, what, message, imported, "      \
    "duplicate, refused, cancel, user_id, created_at, started_at, finished_at, not_before"
#define JOB_VALUES                                                                             \
    "state = :state, cursor = :cursor, done = :done, total = :total, what = :what, "           \
    "message = :message, imported = :imported, duplicate = :duplicate, refused = :refused, "   \
    "cancel = :cancel, started_at = :started_at, finished_at = :finished_at, "                 \
    "not_before = :not_before"
#define IMPORTED_ROWS                                                                          \
    "SELECT row, path, 'imported' AS outcome, id AS item_id, NULL AS reason FROM item "        \
    "WHERE job_id = :job AND row > :after"
#define REPORTED_ROWS                                                                          \
    "SELECT row, path, outcome, item_id, reason FROM job_row WHERE job_id = :job "             \
    "AND row > :after"

enum {
    JOB_ADD,
    JOB_GET,
    JOB_LIST,
    JOB_LIST_OF,
    JOB_IN_STATE,
    JOB_UPDATE,
    JOB_CANCEL_ASKED,
    ROW_SET,
    ROWS_IMPORTED,
    ROWS_REPORTED,
    ROWS_ALL,
    JOB_N
};

static const char *const STATEMENTS[JOB_N] = {
    [JOB_ADD] = "INSERT INTO job (project_id, kind, state, params, user_id, created_at, "
                "not_before) VALUES (:project, :kind, 'queued', :params, :user, :created_at, "
                ":not_before) RETURNING id",
    [JOB_GET] = "SELECT " JOB_COLUMNS " FROM job WHERE id = :id",
    [JOB_LIST] = "SELECT " JOB_COLUMNS " FROM job WHERE project_id = :project "
                 "ORDER BY id DESC LIMIT :limit",
    [JOB_LIST_OF] = "SELECT " JOB_COLUMNS " FROM job WHERE EXISTS (SELECT 1 FROM user "
                    "WHERE id = :user AND role = 'admin') OR project_id IN "
                    "(SELECT project_id FROM member WHERE user_id = :user) "
                    "ORDER BY id DESC LIMIT :limit",
    [JOB_IN_STATE] = "SELECT " JOB_COLUMNS " FROM job INDEXED BY job_waiting "
                     "WHERE state IN ('queued', 'running') AND state = :state ORDER BY id",
    [JOB_UPDATE] = "UPDATE job SET " JOB_VALUES " WHERE id = :id",
    [JOB_CANCEL_ASKED] = "SELECT cancel FROM job WHERE id = :id",
    [ROW_SET] =
        "INSERT INTO job_row (job_id, row, path, outcome, item_id, reason) VALUES (:job, "
        ":row, :path, :outcome, :item, :reason) ON CONFLICT (job_id, row) DO UPDATE SET "
        "path = excluded.path, outcome = excluded.outcome, item_id = excluded.item_id, "
        "reason = excluded.reason",
    [ROWS_IMPORTED] = IMPORTED_ROWS " ORDER BY row LIMIT :limit",
    [ROWS_REPORTED] = REPORTED_ROWS " AND outcome = :outcome ORDER BY row LIMIT :limit",
    [ROWS_ALL] = IMPORTED_ROWS " UNION ALL " REPORTED_ROWS " ORDER BY row LIMIT :limit",
};
const struct sql_statements JOB_STATEMENTS = {"store/job.c", STATEMENTS, JOB_N};

static const char *const STATES[] = {[JOB_QUEUED] = "queued",
                                     [JOB_RUNNING] = "running",
                                     [JOB_DONE] = "done",
                                     [JOB_FAILED] = "failed",
                                     [JOB_CANCELLED] = "cancelled"};
static const char *const OUTCOMES[] = {[ROW_IMPORTED] = "imported",
                                       [ROW_DUPLICATE] = "duplicate",
                                       [ROW_REFUSED] = "refused",
                                       [ROW_ANY] = "any"};

const char *job_state_name(enum job_state state)
{
    return STATES[state];
}

const char *job_outcome_name(enum job_outcome o)
{
    return OUTCOMES[o];
}

enum err job_outcome_read(enum job_outcome *o, const char *text)
{
    for (int i = 0; i < ROW_ANY; i++) {
        if (strcmp(text, OUTCOMES[i]) != 0) continue;
        *o = (enum job_outcome)i;
        return OK;
    }
    return fail(ERR_INVALID, "outcome: expected imported, duplicate or refused, got \"%.40s\"",
                text);
}

enum err store_job_add(struct store *s, struct job *j)
{
    struct query q;

    query_begin(&q, s, SQL_JOB, JOB_ADD);
    bind_id(&q, ":project", j->project_id);
    bind_text(&q, ":kind", j->kind);
    bind_text(&q, ":params", j->params);
    bind_id(&q, ":user", j->user_id);
    bind_int(&q, ":created_at", j->created_at);
    bind_int(&q, ":not_before", j->not_before);
    while (query_row(&q))
        j->id = column_int(&q, 0);
    return query_end(&q);
}

static void read_job(struct query *q, struct arena *a, struct job *j)
{
    *j = (struct job){.id = column_int(q, 0),
                      .project_id = column_int(q, 1),
                      .kind = column_text(q, a, 2),
                      .state = (enum job_state)column_word(q, 3, STATES, JOB_STATES),
                      .params = column_text(q, a, 4),
                      .cursor = column_text(q, a, 5),
                      .done = column_int(q, 6),
                      .total = column_is_null(q, 7) ? -1 : column_int(q, 7),
                      .what = column_text(q, a, 8),
                      .message = column_text(q, a, 9),
                      .imported = column_int(q, 10),
                      .duplicate = column_int(q, 11),
                      .refused = column_int(q, 12),
                      .cancel = (int)column_int(q, 13),
                      .user_id = column_int(q, 14),
                      .created_at = column_int(q, 15),
                      .started_at = column_int(q, 16),
                      .finished_at = column_int(q, 17),
                      .not_before = column_int(q, 18)};
}

enum err store_job_get(struct store *s, struct arena *a, int64_t id, struct job *j)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_JOB, JOB_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_job(&q, a, j);
    return query_end_one(&q, got, "job %" PRId64, id);
}

/* Takes a query that is bound, and ends it. */
static enum err list(struct query *q, struct arena *a, struct job **jobs, size_t *n)
{
    struct job *rows = NULL;

    *n = 0;
    while (query_row(q)) {
        struct job *j = LIST_ADD(q, a, rows, *n);
        if (j) read_job(q, a, j);
    }
    *jobs = rows;
    return query_end(q);
}

enum err store_job_list(struct store *s, struct arena *a, int64_t project_id, size_t limit,
                        struct job **jobs, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_JOB, JOB_LIST);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":limit", (int64_t)limit);
    return list(&q, a, jobs, n);
}

enum err store_job_list_of(struct store *s, struct arena *a, int64_t user_id, size_t limit,
                           struct job **jobs, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_JOB, JOB_LIST_OF);
    bind_int(&q, ":user", user_id);
    bind_int(&q, ":limit", (int64_t)limit);
    return list(&q, a, jobs, n);
}

enum err store_job_in_state(struct store *s, struct arena *a, enum job_state state,
                            struct job **jobs, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_JOB, JOB_IN_STATE);
    bind_text(&q, ":state", STATES[state]);
    return list(&q, a, jobs, n);
}

enum err store_job_update(struct store *s, const struct job *j)
{
    struct query q;

    query_begin(&q, s, SQL_JOB, JOB_UPDATE);
    bind_int(&q, ":id", j->id);
    bind_text(&q, ":state", STATES[j->state]);
    bind_text(&q, ":cursor", j->cursor);
    bind_int(&q, ":done", j->done);
    if (j->total < 0)
        bind_null(&q, ":total");
    else
        bind_int(&q, ":total", j->total);
    bind_text(&q, ":what", j->what ? j->what : "");
    bind_text(&q, ":message", j->message);
    bind_int(&q, ":imported", j->imported);
    bind_int(&q, ":duplicate", j->duplicate);
    bind_int(&q, ":refused", j->refused);
    bind_int(&q, ":cancel", j->cancel);
    bind_id(&q, ":started_at", j->started_at);
    bind_id(&q, ":finished_at", j->finished_at);
    bind_int(&q, ":not_before", j->not_before);
    return query_run(&q, NULL);
}

enum err store_job_cancel_asked(struct store *s, int64_t id, int *asked)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_JOB, JOB_CANCEL_ASKED);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) *asked = (int)column_int(&q, 0);
    return query_end_one(&q, got, "job %" PRId64, id);
}

enum err store_job_row_set(struct store *s, int64_t job_id, const struct job_row *r)
{
    struct query q;

    query_begin(&q, s, SQL_JOB, ROW_SET);
    bind_int(&q, ":job", job_id);
    bind_int(&q, ":row", r->row);
    bind_text(&q, ":path", r->path);
    bind_text(&q, ":outcome", OUTCOMES[r->outcome]);
    bind_id(&q, ":item", r->item_id);
    bind_text(&q, ":reason", r->reason);
    return query_run(&q, NULL);
}

static int rows_statement(enum job_outcome outcome)
{
    if (outcome == ROW_ANY) return ROWS_ALL;
    return outcome == ROW_IMPORTED ? ROWS_IMPORTED : ROWS_REPORTED;
}

enum err store_job_rows(struct store *s, struct arena *a, int64_t job_id,
                        enum job_outcome outcome, int64_t after, size_t limit,
                        struct job_row **rows, size_t *n)
{
    struct query q;
    struct job_row *found = NULL;

    *n = 0;
    query_begin(&q, s, SQL_JOB, rows_statement(outcome));
    bind_int(&q, ":job", job_id);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    if (rows_statement(outcome) == ROWS_REPORTED) bind_text(&q, ":outcome", OUTCOMES[outcome]);
    while (query_row(&q)) {
        struct job_row *r = LIST_ADD(&q, a, found, *n);
        if (r)
            *r = (struct job_row){.row = column_int(&q, 0),
                                  .path = column_text(&q, a, 1),
                                  .outcome = (enum job_outcome)column_word(&q, 2, OUTCOMES, 3),
                                  .item_id = column_int(&q, 3),
                                  .reason = column_text(&q, a, 4)};
    }
    *rows = found;
    return query_end(&q);
}

enum err job_lock_take(const char *data_folder, int64_t job_id, int *descriptor)
{
    struct flock byte = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)job_id, .l_len = 1};
    char path[PATH_MAX];
    int fd;

    *descriptor = -1;
    if (snprintf(path, sizeof path, "%s/jobs.lock", data_folder) >= (int)sizeof path)
        return fail(ERR_INVALID, "path too long: %.200s", data_folder);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fail(ERR_IO, "cannot open %s: %m", path);
    if (fcntl(fd, F_OFD_SETLK, &byte)) {
        int busy = errno == EAGAIN || errno == EACCES;
        close(fd);
        return busy ? fail(ERR_BUSY, "job %" PRId64 " is being worked on", job_id)
                    : fail(ERR_IO, "cannot lock %s: %m", path);
    }
    *descriptor = fd;
    return OK;
}

void job_lock_drop(int descriptor)
{
    if (descriptor >= 0) close(descriptor);
}

#include "store/project.h"

#include "store/sql.h"

#include <string.h>

#define QUEUE_COLUMNS "p.overlap_max, p.quota, p.gold_rate, p.repeat_rate, p.feedback"
#define PROJECT_COLUMNS                                                                        \
    "p.id, p.name, p.kind, p.question_version, q.body, p.overlap, p.explore, p.seed, "         \
    "p.created_at, p.expectations, " QUEUE_COLUMNS                                             \
    " FROM project p JOIN question_set q ON q.project_id = p.id "                              \
    "AND q.version = p.question_version "

enum {
    PROJECT_GET,
    PROJECT_BRIEF,
    PROJECT_BY_NAME,
    PROJECT_LIST,
    PROJECT_LIST_OF,
    PROJECT_ADD,
    PROJECT_UPDATE,
    QUESTIONS_ADD,
    QUESTIONS_GET,
    QUESTIONS_AS_OF,
    PROJECT_COUNTS,
    MEMBER_COUNTS,
    PROJECT_PEOPLE,
    COUNTS_CHECK,
    MEMBERS_CHECK,
    PROJECT_N
};

static const char *const STATEMENTS[PROJECT_N] = {
    [PROJECT_GET] = "SELECT " PROJECT_COLUMNS "WHERE p.id = :id",
    [PROJECT_BRIEF] = "SELECT p.question_version, p.overlap, p.seed, " QUEUE_COLUMNS
                      " FROM project p WHERE p.id = :id",
    [PROJECT_BY_NAME] = "SELECT " PROJECT_COLUMNS "WHERE p.name = :name",
    [PROJECT_LIST] = "SELECT " PROJECT_COLUMNS "ORDER BY p.name",
    [PROJECT_LIST_OF] =
        "SELECT " PROJECT_COLUMNS "WHERE EXISTS (SELECT 1 FROM user WHERE id = :user "
        "AND role = 'admin') OR p.id IN (SELECT project_id FROM member WHERE user_id = :user) "
        "ORDER BY p.name",
    [PROJECT_ADD] =
        "INSERT INTO project (name, kind, question_version, overlap, explore, seed, "
        "created_at, overlap_max, quota, gold_rate, repeat_rate, feedback, expectations) VALUES (:name, "
        ":kind, :version, :overlap, :explore, :seed, :created_at, :overlap_max, :quota, "
        ":gold_rate, :repeat_rate, :feedback, :expectations) RETURNING id",
    [PROJECT_UPDATE] = "UPDATE project SET name = :name, question_version = :version, "
                       "overlap = :overlap, explore = :explore, overlap_max = :overlap_max, "
                       "quota = :quota, gold_rate = :gold_rate, repeat_rate = :repeat_rate, "
                       "feedback = :feedback, expectations = :expectations WHERE id = :id",
    [QUESTIONS_ADD] = "INSERT INTO question_set (project_id, version, seq, body) "
                      "VALUES (:project, :version, :seq, :body)",
    [QUESTIONS_GET] = "SELECT body FROM question_set WHERE project_id = :project "
                      "AND version = :version",
    [QUESTIONS_AS_OF] = "SELECT version, body FROM question_set WHERE project_id = :project "
                        "AND seq <= :seq ORDER BY version DESC LIMIT 1",
    [PROJECT_COUNTS] =
        "SELECT items, open, labelled, flagged, rejected, to_review, disputed, (SELECT "
        "coalesce(sum(labels), 0) FROM member_count WHERE project_id = :project) "
        "FROM project_count WHERE project_id = :project",
    [MEMBER_COUNTS] = "SELECT labels, open_answered, open_skipped, skips FROM member_count "
                      "WHERE project_id = :project AND user_id = :user",
    [PROJECT_PEOPLE] = "SELECT m.user_id, u.name FROM member_count m LEFT JOIN user u "
                       "ON u.id = m.user_id WHERE m.project_id = :project ORDER BY m.user_id",
    [COUNTS_CHECK] =
        "SELECT c.items, c.open, c.labelled, c.flagged, c.rejected, c.to_review, c.disputed, (SELECT coalesce(sum(labels), 0) FROM member_count WHERE project_id = :project), x.* FROM "
        "project_count c, (SELECT count(*), coalesce(sum(state = 0), 0), "
        "coalesce(sum(state = 1), 0), coalesce(sum(state = 2), 0), coalesce(sum(state = 3), 0), "
        "coalesce(sum(state <> 0 AND decided = 0), 0), "
        "coalesce(sum(state <> 0 AND decided = 0 AND disputed = 1), 0), "
        "(SELECT count(*) FROM label WHERE project_id = :project) "
        "FROM item WHERE project_id = :project) x WHERE c.project_id = :project",
    [MEMBERS_CHECK] =
        "SELECT m.user_id FROM member_count m LEFT JOIN (SELECT l.user_id AS user_id, "
        "count(*) AS labels, sum(i.state = 0 AND l.answer <> 'skip') AS answered, "
        "sum(i.state = 0 AND l.answer = 'skip') AS skipped, sum(l.answer = 'skip') AS skips "
        "FROM label l "
        "JOIN item i ON i.id = l.item_id WHERE l.project_id = :project GROUP BY l.user_id) x "
        "ON x.user_id = m.user_id WHERE m.project_id = :project AND (m.labels, m.open_answered, "
        "m.open_skipped, m.skips) IS NOT (coalesce(x.labels, 0), coalesce(x.answered, 0), "
        "coalesce(x.skipped, 0), coalesce(x.skips, 0)) LIMIT 1",
};
const struct sql_statements PROJECT_STATEMENTS = {"store/project.c", STATEMENTS, PROJECT_N};

static const char *const KINDS[] = {[PROJECT_IMAGE] = "image", [PROJECT_TEXT] = "text"};

const char *project_kind_name(enum project_kind k)
{
    return KINDS[k];
}

enum err project_kind_read(enum project_kind *k, const char *text)
{
    for (int i = 0; i < 2; i++) {
        if (strcmp(text, KINDS[i]) != 0) continue;
        *k = (enum project_kind)i;
        return OK;
    }
    return fail(ERR_INVALID, "kind: expected image or text, got \"%.40s\"", text);
}

static struct queue_settings read_queue(struct query *q, int i)
{
    return (struct queue_settings){.overlap_max = column_int(q, i),
                                   .quota = column_int(q, i + 1),
                                   .gold_rate = column_real(q, i + 2),
                                   .repeat_rate = column_real(q, i + 3),
                                   .feedback = (int)column_int(q, i + 4)};
}

static void read_project(struct query *q, struct arena *a, struct project *p)
{
    *p = (struct project){.id = column_int(q, 0),
                          .name = column_text(q, a, 1),
                          .kind = (enum project_kind)column_word(q, 2, KINDS, 2),
                          .question_version = column_int(q, 3),
                          .questions = column_text(q, a, 4),
                          .overlap = column_int(q, 5),
                          .explore = column_real(q, 6),
                          .seed = column_int(q, 7),
                          .created_at = column_int(q, 8),
                          .expectations = column_text(q, a, 9),
                          .queue = read_queue(q, 10)};
}

enum err store_project_get(struct store *s, struct arena *a, int64_t id, struct project *p)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_PROJECT, PROJECT_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_project(&q, a, p);
    return query_end_one(&q, got, "project %" PRId64, id);
}

enum err store_project_brief(struct store *s, int64_t id, struct project_brief *p)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_PROJECT, PROJECT_BRIEF);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got)
        *p = (struct project_brief){.question_version = column_int(&q, 0),
                                    .overlap = column_int(&q, 1),
                                    .seed = column_int(&q, 2),
                                    .queue = read_queue(&q, 3)};
    return query_end_one(&q, got, "project %" PRId64, id);
}

enum err store_project_by_name(struct store *s, struct arena *a, const char *name,
                               struct project *p)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_PROJECT, PROJECT_BY_NAME);
    bind_text(&q, ":name", name);
    got = query_row(&q);
    if (got) read_project(&q, a, p);
    return query_end_one(&q, got, "project named \"%.200s\"", name);
}

static enum err list(struct query *q, struct arena *a, struct project **projects, size_t *n)
{
    struct project *rows = NULL;

    *n = 0;
    while (query_row(q)) {
        struct project *p = LIST_ADD(q, a, rows, *n);
        if (p) read_project(q, a, p);
    }
    *projects = rows;
    return query_end(q);
}

enum err store_project_list(struct store *s, struct arena *a, struct project **projects,
                            size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_PROJECT, PROJECT_LIST);
    return list(&q, a, projects, n);
}

enum err store_project_list_of(struct store *s, struct arena *a, int64_t user_id,
                               struct project **projects, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_PROJECT, PROJECT_LIST_OF);
    bind_int(&q, ":user", user_id);
    return list(&q, a, projects, n);
}

static void bind_project(struct query *q, const struct project *p)
{
    bind_text(q, ":name", p->name);
    bind_int(q, ":version", p->question_version);
    bind_int(q, ":overlap", p->overlap);
    bind_real(q, ":explore", p->explore);
    bind_int(q, ":overlap_max", p->queue.overlap_max);
    bind_int(q, ":quota", p->queue.quota);
    bind_real(q, ":gold_rate", p->queue.gold_rate);
    bind_real(q, ":repeat_rate", p->queue.repeat_rate);
    bind_int(q, ":feedback", p->queue.feedback);
    bind_text(q, ":expectations", p->expectations ? p->expectations : "{}");
}

static enum err name_taken(enum err e, const struct project *p)
{
    if (e == ERR_CONFLICT) return fail(e, "a project named \"%.200s\" exists already", p->name);
    return e;
}

enum err store_project_add(struct store *s, struct project *p)
{
    struct query q;

    query_begin(&q, s, SQL_PROJECT, PROJECT_ADD);
    bind_project(&q, p);
    bind_text(&q, ":kind", KINDS[p->kind]);
    bind_int(&q, ":seed", p->seed);
    bind_int(&q, ":created_at", p->created_at);
    while (query_row(&q))
        p->id = column_int(&q, 0);
    return name_taken(query_end(&q), p);
}

enum err store_project_update(struct store *s, const struct project *p)
{
    struct query q;

    query_begin(&q, s, SQL_PROJECT, PROJECT_UPDATE);
    bind_project(&q, p);
    bind_int(&q, ":id", p->id);
    return name_taken(query_run(&q, NULL), p);
}

enum err store_questions_add(struct store *s, int64_t project_id, int64_t version, int64_t seq,
                             const char *body)
{
    struct query q;

    query_begin(&q, s, SQL_PROJECT, QUESTIONS_ADD);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":version", version);
    bind_int(&q, ":seq", seq);
    bind_text(&q, ":body", body);
    return query_run(&q, NULL);
}

enum err store_questions_get(struct store *s, struct arena *a, int64_t project_id,
                             int64_t version, const char **body)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_PROJECT, QUESTIONS_GET);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":version", version);
    got = query_row(&q);
    if (got) *body = column_text(&q, a, 0);
    return query_end_one(&q, got, "version %" PRId64 " of the questions of project %" PRId64,
                         version, project_id);
}

enum err store_questions_as_of(struct store *s, struct arena *a, int64_t project_id,
                               int64_t seq, int64_t *version, const char **body)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_PROJECT, QUESTIONS_AS_OF);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":seq", seq);
    got = query_row(&q);
    if (got) {
        *version = column_int(&q, 0);
        *body = column_text(&q, a, 1);
    }
    return query_end_one(&q, got, "question set of project %" PRId64 " at ledger no. %" PRId64,
                         project_id, seq);
}

enum err store_project_counts(struct store *s, int64_t project_id, struct project_counts *c)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_PROJECT, PROJECT_COUNTS);
    bind_int(&q, ":project", project_id);
    got = query_row(&q);
    if (got)
        *c = (struct project_counts){.items = column_int(&q, 0),
                                     .open = column_int(&q, 1),
                                     .labelled = column_int(&q, 2),
                                     .flagged = column_int(&q, 3),
                                     .rejected = column_int(&q, 4),
                                     .to_review = column_int(&q, 5),
                                     .disputed = column_int(&q, 6),
                                     .labels = column_int(&q, 7)};
    return query_end_one(&q, got, "project %" PRId64, project_id);
}

enum err store_member_counts(struct store *s, int64_t project_id, int64_t user_id,
                             struct member_counts *c)
{
    struct query q;

    *c = (struct member_counts){0};
    query_begin(&q, s, SQL_PROJECT, MEMBER_COUNTS);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    if (query_row(&q))
        *c = (struct member_counts){.labels = column_int(&q, 0),
                                    .open_answered = column_int(&q, 1),
                                    .open_skipped = column_int(&q, 2),
                                    .skips = column_int(&q, 3)};
    return query_end(&q);
}

static enum err members_check(struct store *s, int64_t project_id)
{
    struct query q;
    int64_t user = 0;

    query_begin(&q, s, SQL_PROJECT, MEMBERS_CHECK);
    bind_int(&q, ":project", project_id);
    while (query_row(&q))
        user = column_int(&q, 0);
    TRY(query_end(&q));
    if (!user) return OK;
    return fail(ERR_CORRUPT,
                "project %" PRId64 ": the kept counts of user %" PRId64
                " differ from the labels",
                project_id, user);
}

enum err store_counts_check(struct store *s, int64_t project_id)
{
    enum { KEPT = 8 };
    static const char *const WHAT[KEPT] = {
        "items",          "open items",           "labelled items", "flagged",
        "rejected items", "items to be reviewed", "disputed items", "labels"};
    struct query q;
    int bad = -1;
    int64_t kept = 0;
    int64_t counted = 0;
    int got;

    query_begin(&q, s, SQL_PROJECT, COUNTS_CHECK);
    bind_int(&q, ":project", project_id);
    got = query_row(&q);
    for (int i = 0; got && i < KEPT && bad < 0; i++) {
        kept = column_int(&q, i);
        counted = column_int(&q, KEPT + i);
        if (kept != counted) bad = i;
    }
    TRY(query_end_one(&q, got, "count of project %" PRId64, project_id));
    if (bad >= 0)
        return fail(ERR_CORRUPT,
                    "project %" PRId64 ": %" PRId64 " %s are kept as its count, %" PRId64
                    " are there",
                    project_id, kept, WHAT[bad], counted);
    return members_check(s, project_id);
}

enum err store_project_people(struct store *s, struct arena *a, int64_t project_id,
                              struct project_person **people, size_t *n)
{
    struct query q;
    struct project_person *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_PROJECT, PROJECT_PEOPLE);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct project_person *l = LIST_ADD(&q, a, rows, *n);
        if (l) *l = (struct project_person){column_int(&q, 0), column_text(&q, a, 1)};
    }
    *people = rows;
    return query_end(&q);
}

#include "store/member.h"

#include "store/sql.h"

enum {
    MEMBER_ROLE,
    MEMBER_LIST,
    MEMBER_OTHERS,
    MEMBER_WORKING,
    MEMBER_SET,
    MEMBER_REMOVE,
    MEMBER_ADD_EVERYBODY,
    MEMBER_ADD_EVERYWHERE,
    MEMBER_N
};

static const char *const STATEMENTS[MEMBER_N] = {
    [MEMBER_ROLE] =
        "SELECT iif(u.role = 'admin', u.role, m.role) FROM user u LEFT JOIN member m "
        "ON m.project_id = :project AND m.user_id = u.id WHERE u.id = :user "
        "AND NOT u.disabled AND (u.role = 'admin' OR m.role IS NOT NULL)",
    [MEMBER_LIST] = "SELECT u.id, u.name, m.role, u.disabled FROM member m "
                    "JOIN user u ON u.id = m.user_id WHERE m.project_id = :project "
                    "ORDER BY u.name",
    [MEMBER_OTHERS] = "SELECT u.id, u.name, u.role, u.disabled FROM user u "
                      "WHERE u.kind = 'person' AND u.role <> 'admin' AND NOT u.disabled "
                      "AND NOT EXISTS (SELECT 1 FROM member m WHERE m.project_id = :project "
                      "AND m.user_id = u.id) ORDER BY u.name",
    [MEMBER_WORKING] =
        "SELECT l.user_id, u.name, count(*), max(l.created_at) FROM lease l INDEXED BY "
        "lease_expires LEFT JOIN user u ON u.id = l.user_id WHERE l.ended_at IS NULL "
        "AND l.expires_at > :now AND l.project_id = :project GROUP BY l.user_id ORDER BY u.name",
    [MEMBER_SET] =
        "INSERT INTO member (project_id, user_id, role) VALUES (:project, :user, "
        ":role) ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role",
    [MEMBER_REMOVE] = "DELETE FROM member WHERE project_id = :project AND user_id = :user",
    [MEMBER_ADD_EVERYBODY] =
        "INSERT INTO member (project_id, user_id, role) "
        "SELECT :project, id, role FROM user WHERE kind = 'person' "
        "AND NOT service AND erased_at IS NULL AND role <> 'admin' ON CONFLICT DO NOTHING",
    [MEMBER_ADD_EVERYWHERE] = "INSERT INTO member (project_id, user_id, role) "
                              "SELECT p.id, u.id, u.role FROM user u JOIN project p "
                              "WHERE u.id = :user AND u.role <> 'admin' ON CONFLICT DO NOTHING",
};
const struct sql_statements MEMBER_STATEMENTS = {"store/member.c", STATEMENTS, MEMBER_N};

static enum role column_role(struct query *q, int i)
{
    const char *const words[] = {role_name(ROLE_ANNOTATOR), role_name(ROLE_REVIEWER),
                                 role_name(ROLE_MANAGER), role_name(ROLE_ADMIN)};

    return (enum role)column_word(q, i, words, 4);
}

enum err store_member_role(struct store *s, int64_t project_id, int64_t user_id,
                           enum role *role)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_MEMBER, MEMBER_ROLE);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    got = query_row(&q);
    if (got) *role = column_role(&q, 0);
    return query_end_one(&q, got, "project %" PRId64, project_id);
}

static enum err list(struct store *s, struct arena *a, int statement, int64_t project_id,
                     struct member **members, size_t *n)
{
    struct query q;
    struct member *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_MEMBER, statement);
    bind_int(&q, ":project", project_id);
    while (query_row(&q)) {
        struct member *m = LIST_ADD(&q, a, rows, *n);
        if (!m) continue;
        *m = (struct member){.user_id = column_int(&q, 0),
                             .name = column_text(&q, a, 1),
                             .role = column_role(&q, 2),
                             .disabled = (int)column_int(&q, 3)};
    }
    *members = rows;
    return query_end(&q);
}

enum err store_member_list(struct store *s, struct arena *a, int64_t project_id,
                           struct member **members, size_t *n)
{
    return list(s, a, MEMBER_LIST, project_id, members, n);
}

enum err store_member_others(struct store *s, struct arena *a, int64_t project_id,
                             struct member **others, size_t *n)
{
    return list(s, a, MEMBER_OTHERS, project_id, others, n);
}

enum err store_member_working(struct store *s, struct arena *a, int64_t project_id,
                              int64_t now_ms, struct working **people, size_t *n)
{
    struct query q;
    struct working *rows = NULL;

    *n = 0;
    query_begin(&q, s, SQL_MEMBER, MEMBER_WORKING);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":now", now_ms);
    while (query_row(&q)) {
        struct working *w = LIST_ADD(&q, a, rows, *n);
        if (!w) continue;
        *w = (struct working){.user_id = column_int(&q, 0),
                              .name = column_text(&q, a, 1),
                              .items = column_int(&q, 2),
                              .last_at = column_int(&q, 3)};
    }
    *people = rows;
    return query_end(&q);
}

enum err store_member_set(struct store *s, int64_t project_id, int64_t user_id, enum role role)
{
    struct query q;

    query_begin(&q, s, SQL_MEMBER, MEMBER_SET);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    bind_text(&q, ":role", role_name(role));
    return query_run(&q, NULL);
}

enum err store_member_remove(struct store *s, int64_t project_id, int64_t user_id)
{
    struct query q;
    int64_t n;

    query_begin(&q, s, SQL_MEMBER, MEMBER_REMOVE);
    bind_int(&q, ":project", project_id);
    bind_int(&q, ":user", user_id);
    TRY(query_run(&q, &n));
    if (n) return OK;
    return fail(ERR_NOT_FOUND, "user %" PRId64 " is no member of project %" PRId64, user_id,
                project_id);
}

enum err store_member_add_everybody(struct store *s, int64_t project_id)
{
    struct query q;

    query_begin(&q, s, SQL_MEMBER, MEMBER_ADD_EVERYBODY);
    bind_int(&q, ":project", project_id);
    return query_run(&q, NULL);
}

enum err store_member_add_everywhere(struct store *s, int64_t user_id)
{
    struct query q;

    query_begin(&q, s, SQL_MEMBER, MEMBER_ADD_EVERYWHERE);
    bind_int(&q, ":user", user_id);
    return query_run(&q, NULL);
}

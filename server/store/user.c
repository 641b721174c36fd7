#include "store/user.h"

#include "store/sql.h"

#include <string.h>

#define USER_COLUMNS                                                                           \
    "id, name, role, iif(service, 'service', kind), password, disabled, created_at, erased_at"
#define TOKEN_COLUMNS                                                                          \
    "id, user_id, name, created_at, used_at, revoked_at, scopes, project_id, "                 \
    "endpoint_id"
#define INVITATION_COLUMNS                                                                     \
    "i.hash, i.role, i.user_id, u.name, i.created_at, i.expires_at, i.used_at"

enum {
    USER_GET,
    USER_BY_NAME,
    USER_LIST,
    USER_COUNT,
    USER_ADD,
    USER_UPDATE,
    USER_ERASE, /* to ERASE_MEMBERSHIPS, one after the other */
    ERASE_SESSIONS,
    ERASE_TOKENS,
    ERASE_LINKS,
    ERASE_IDENTITIES,
    ERASE_MEMBERSHIPS,
    INVITATION_ADD,
    INVITATION_GET,
    INVITATION_USE,
    INVITATION_VOID,
    SESSION_ADD,
    SESSION_GET,
    SESSION_SEEN,
    SESSION_END,
    SESSION_END_ALL,
    SESSION_END_EXPIRED,
    TOKEN_ADD,
    TOKEN_BY_HASH,
    TOKEN_LIST,
    TOKEN_OF_ENDPOINT,
    TOKEN_USED,
    TOKEN_REVOKE,
    USER_N
};

static const char *const STATEMENTS[USER_N] = {
    [USER_GET] = "SELECT " USER_COLUMNS " FROM user WHERE id = :id",
    [USER_BY_NAME] = "SELECT " USER_COLUMNS " FROM user WHERE name = :name",
    [USER_LIST] = "SELECT " USER_COLUMNS " FROM user WHERE id > :after AND kind = 'person' "
                  "AND erased_at IS NULL "
                  "ORDER BY id LIMIT :limit",
    [USER_COUNT] =
        "SELECT count(*) FILTER (WHERE NOT service), coalesce(sum(role = 'admin' AND NOT disabled "
        "AND password IS NOT NULL), 0) FROM user WHERE kind = 'person'",
    [USER_ADD] = "INSERT INTO user (name, role, kind, password, disabled, created_at, service) "
                 "VALUES (:name, :role, :kind, :password, :disabled, :created_at, :service) "
                 "RETURNING id",
    [USER_UPDATE] = "UPDATE user SET role = :role, disabled = :disabled, password = :password "
                    "WHERE id = :id",
    [USER_ERASE] = "UPDATE user SET name = 'erased ' || id, role = 'annotator', "
                   "password = NULL, disabled = 1, erased_at = :now WHERE id = :user",
    [ERASE_SESSIONS] = "DELETE FROM session WHERE user_id = :user",
    /* not deleted: a number that the audit log names must not come again */
    [ERASE_TOKENS] = "UPDATE token SET name = 'erased', hash = randomblob(32), "
                     "revoked_at = coalesce(revoked_at, :now) WHERE user_id = :user",
    [ERASE_LINKS] = "DELETE FROM invitation WHERE user_id = :user",
    [ERASE_IDENTITIES] = "DELETE FROM identity WHERE user_id = :user",
    [ERASE_MEMBERSHIPS] = "DELETE FROM member WHERE user_id = :user",
    [INVITATION_ADD] = "INSERT INTO invitation (hash, role, user_id, created_at, expires_at) "
                       "VALUES (:hash, :role, :user, :created_at, :expires_at)",
    [INVITATION_GET] = "SELECT " INVITATION_COLUMNS " FROM invitation i "
                       "LEFT JOIN user u ON u.id = i.user_id WHERE i.hash = :hash",
    [INVITATION_USE] = "UPDATE invitation SET used_at = :now WHERE hash = :hash",
    [INVITATION_VOID] = "UPDATE invitation SET used_at = :now WHERE used_at IS NULL "
                        "AND (user_id = :user OR (:user IS NULL AND user_id IS NULL "
                        "AND role = :role))",
    [SESSION_ADD] = "INSERT INTO session (hash, user_id, created_at, seen_at, expires_at) "
                    "VALUES (:hash, :user, :created_at, :seen_at, :expires_at)",
    [SESSION_GET] = "SELECT user_id, created_at, seen_at, expires_at FROM session "
                    "WHERE hash = :hash",
    [SESSION_SEEN] = "UPDATE session SET seen_at = :now, expires_at = :expires_at "
                     "WHERE hash = :hash",
    [SESSION_END] = "DELETE FROM session WHERE hash = :hash",
    [SESSION_END_ALL] = "DELETE FROM session WHERE user_id = :user",
    [SESSION_END_EXPIRED] = "DELETE FROM session WHERE expires_at <= :now",
    [TOKEN_ADD] =
        "INSERT INTO token (user_id, name, hash, created_at, scopes, project_id, endpoint_id) "
        "VALUES (:user, :name, :hash, :created_at, :scopes, :project, :endpoint) RETURNING id",
    [TOKEN_BY_HASH] = "SELECT " TOKEN_COLUMNS " FROM token WHERE hash = :hash",
    [TOKEN_LIST] = "SELECT " TOKEN_COLUMNS " FROM token WHERE user_id = :user "
                   "AND revoked_at IS NULL ORDER BY id",
    [TOKEN_OF_ENDPOINT] = "SELECT " TOKEN_COLUMNS " FROM token WHERE endpoint_id = :endpoint "
                          "AND revoked_at IS NULL ORDER BY id",
    [TOKEN_USED] = "UPDATE token SET used_at = :now WHERE id = :id",
    [TOKEN_REVOKE] = "UPDATE token SET revoked_at = :now WHERE id = :id AND user_id = :user "
                     "AND revoked_at IS NULL",
};
const struct sql_statements USER_STATEMENTS = {"store/user.c", STATEMENTS, USER_N};

static const char *const ROLES[] = {
    [ROLE_ANNOTATOR] = "annotator",
    [ROLE_REVIEWER] = "reviewer",
    [ROLE_MANAGER] = "manager",
    [ROLE_ADMIN] = "admin",
};
static const char *const KINDS[] = {
    [USER_PERSON] = "person",
    [USER_SYSTEM] = "system",
    [USER_SERVICE] = "service",
};

const char *role_name(enum role r)
{
    return ROLES[r];
}

enum err role_read(enum role *r, const char *text)
{
    for (int i = ROLE_ANNOTATOR; i <= ROLE_ADMIN; i++) {
        if (strcmp(text, ROLES[i]) != 0) continue;
        *r = (enum role)i;
        return OK;
    }
    return fail(ERR_INVALID,
                "role: expected annotator, reviewer, manager or admin, got \"%.40s\"", text);
}

static void read_user(struct query *q, struct arena *a, struct user *u)
{
    *u = (struct user){.id = column_int(q, 0),
                       .name = column_text(q, a, 1),
                       .role = (enum role)column_word(q, 2, ROLES, 4),
                       .kind = (enum user_kind)column_word(q, 3, KINDS, 3),
                       .password = column_text(q, a, 4),
                       .disabled = (int)column_int(q, 5),
                       .created_at = column_int(q, 6),
                       .erased_at = column_int(q, 7)};
}

enum err store_user_get(struct store *s, struct arena *a, int64_t id, struct user *u)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_USER, USER_GET);
    bind_int(&q, ":id", id);
    got = query_row(&q);
    if (got) read_user(&q, a, u);
    return query_end_one(&q, got, "user %" PRId64, id);
}

enum err store_user_by_name(struct store *s, struct arena *a, const char *name, struct user *u)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_USER, USER_BY_NAME);
    bind_text(&q, ":name", name);
    got = query_row(&q);
    if (got) read_user(&q, a, u);
    return query_end_one(&q, got, "user named \"%.100s\"", name);
}

enum err store_user_list(struct store *s, struct arena *a, int64_t after, size_t limit,
                         struct user **users, size_t *n_users)
{
    struct query q;
    struct user *rows = NULL;
    size_t n = 0;

    query_begin(&q, s, SQL_USER, USER_LIST);
    bind_int(&q, ":after", after);
    bind_int(&q, ":limit", (int64_t)limit);
    while (query_row(&q)) {
        struct user *u = LIST_ADD(&q, a, rows, n);
        if (u) read_user(&q, a, u);
    }
    *users = rows;
    *n_users = n;
    return query_end(&q);
}

enum err store_user_count(struct store *s, int64_t *n_persons, int64_t *n_admins)
{
    struct query q;

    *n_persons = *n_admins = 0;
    query_begin(&q, s, SQL_USER, USER_COUNT);
    if (query_row(&q)) {
        *n_persons = column_int(&q, 0);
        *n_admins = column_int(&q, 1);
    }
    return query_end(&q);
}

enum err store_user_add(struct store *s, struct user *u)
{
    struct query q;
    enum err e;

    query_begin(&q, s, SQL_USER, USER_ADD);
    bind_text(&q, ":name", u->name);
    bind_text(&q, ":role", ROLES[u->role]);
    bind_text(&q, ":kind", KINDS[u->kind == USER_SERVICE ? USER_PERSON : u->kind]);
    bind_int(&q, ":service", u->kind == USER_SERVICE);
    bind_text(&q, ":password", u->password);
    bind_int(&q, ":disabled", u->disabled);
    bind_int(&q, ":created_at", u->created_at);
    while (query_row(&q))
        u->id = column_int(&q, 0);
    e = query_end(&q);
    if (e == ERR_CONFLICT) return fail(e, "the name \"%.100s\" is taken", u->name);
    return e;
}

enum err store_user_update(struct store *s, const struct user *u)
{
    struct query q;

    query_begin(&q, s, SQL_USER, USER_UPDATE);
    bind_int(&q, ":id", u->id);
    bind_text(&q, ":role", ROLES[u->role]);
    bind_int(&q, ":disabled", u->disabled);
    bind_text(&q, ":password", u->password);
    return query_run(&q, NULL);
}

enum err store_user_erase(struct store *s, int64_t id, int64_t now_ms)
{
    for (int i = USER_ERASE; i <= ERASE_MEMBERSHIPS; i++) {
        struct query q;

        query_begin(&q, s, SQL_USER, i);
        bind_int(&q, ":user", id);
        if (i == USER_ERASE || i == ERASE_TOKENS) bind_int(&q, ":now", now_ms);
        TRY(query_run(&q, NULL));
    }
    return OK;
}

enum err store_invitation_add(struct store *s, const struct invitation *i)
{
    struct query q;

    query_begin(&q, s, SQL_USER, INVITATION_ADD);
    bind_bytes(&q, ":hash", i->hash.bytes, HASH_BYTES);
    bind_text(&q, ":role", ROLES[i->role]);
    bind_id(&q, ":user", i->user_id);
    bind_int(&q, ":created_at", i->created_at);
    bind_int(&q, ":expires_at", i->expires_at);
    return query_run(&q, NULL);
}

enum err store_invitation_get(struct store *s, struct arena *a, const struct hash *hash,
                              struct invitation *i)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_USER, INVITATION_GET);
    bind_bytes(&q, ":hash", hash->bytes, HASH_BYTES);
    got = query_row(&q);
    if (got) {
        *i = (struct invitation){.role = (enum role)column_word(&q, 1, ROLES, 4),
                                 .user_id = column_int(&q, 2),
                                 .user_name = column_text(&q, a, 3),
                                 .created_at = column_int(&q, 4),
                                 .expires_at = column_int(&q, 5),
                                 .used_at = column_int(&q, 6)};
        column_bytes(&q, 0, i->hash.bytes, HASH_BYTES);
    }
    return query_end_one(&q, got, "such invitation");
}

enum err store_invitation_use(struct store *s, const struct hash *hash, int64_t now_ms)
{
    struct query q;

    query_begin(&q, s, SQL_USER, INVITATION_USE);
    bind_bytes(&q, ":hash", hash->bytes, HASH_BYTES);
    bind_int(&q, ":now", now_ms);
    return query_run(&q, NULL);
}

enum err store_invitation_void(struct store *s, int64_t user_id, enum role role, int64_t now_ms)
{
    struct query q;

    query_begin(&q, s, SQL_USER, INVITATION_VOID);
    bind_id(&q, ":user", user_id);
    bind_text(&q, ":role", ROLES[role]);
    bind_int(&q, ":now", now_ms);
    return query_run(&q, NULL);
}

enum err store_session_add(struct store *s, const struct session *x)
{
    struct query q;

    query_begin(&q, s, SQL_USER, SESSION_ADD);
    bind_bytes(&q, ":hash", x->hash.bytes, HASH_BYTES);
    bind_int(&q, ":user", x->user_id);
    bind_int(&q, ":created_at", x->created_at);
    bind_int(&q, ":seen_at", x->seen_at);
    bind_int(&q, ":expires_at", x->expires_at);
    return query_run(&q, NULL);
}

enum err store_session_get(struct store *s, const struct hash *hash, struct session *x)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_USER, SESSION_GET);
    bind_bytes(&q, ":hash", hash->bytes, HASH_BYTES);
    got = query_row(&q);
    if (got)
        *x = (struct session){.hash = *hash,
                              .user_id = column_int(&q, 0),
                              .created_at = column_int(&q, 1),
                              .seen_at = column_int(&q, 2),
                              .expires_at = column_int(&q, 3)};
    return query_end_one(&q, got, "such session");
}

enum err store_session_seen(struct store *s, const struct hash *hash, int64_t now_ms,
                            int64_t expires_at)
{
    struct query q;

    query_begin(&q, s, SQL_USER, SESSION_SEEN);
    bind_bytes(&q, ":hash", hash->bytes, HASH_BYTES);
    bind_int(&q, ":now", now_ms);
    bind_int(&q, ":expires_at", expires_at);
    return query_run(&q, NULL);
}

enum err store_session_end(struct store *s, const struct hash *hash)
{
    struct query q;

    query_begin(&q, s, SQL_USER, SESSION_END);
    bind_bytes(&q, ":hash", hash->bytes, HASH_BYTES);
    return query_run(&q, NULL);
}

enum err store_session_end_all(struct store *s, int64_t user_id)
{
    struct query q;

    query_begin(&q, s, SQL_USER, SESSION_END_ALL);
    bind_int(&q, ":user", user_id);
    return query_run(&q, NULL);
}

enum err store_session_end_expired(struct store *s, int64_t now_ms)
{
    struct query q;

    query_begin(&q, s, SQL_USER, SESSION_END_EXPIRED);
    bind_int(&q, ":now", now_ms);
    return query_run(&q, NULL);
}

static void read_token(struct query *q, struct arena *a, struct token *t)
{
    *t = (struct token){.id = column_int(q, 0),
                        .user_id = column_int(q, 1),
                        .name = column_text(q, a, 2),
                        .created_at = column_int(q, 3),
                        .used_at = column_int(q, 4),
                        .revoked_at = column_int(q, 5),
                        .scopes = (unsigned)column_int(q, 6),
                        .project_id = column_int(q, 7),
                        .endpoint_id = column_int(q, 8)};
}

enum err store_token_add(struct store *s, struct token *t, const struct hash *hash)
{
    struct query q;

    query_begin(&q, s, SQL_USER, TOKEN_ADD);
    bind_int(&q, ":user", t->user_id);
    bind_text(&q, ":name", t->name);
    bind_bytes(&q, ":hash", hash->bytes, HASH_BYTES);
    bind_int(&q, ":created_at", t->created_at);
    bind_int(&q, ":scopes", t->scopes);
    bind_id(&q, ":project", t->project_id);
    bind_id(&q, ":endpoint", t->endpoint_id);
    while (query_row(&q))
        t->id = column_int(&q, 0);
    return query_end(&q);
}

enum err store_token_by_hash(struct store *s, struct arena *a, const struct hash *hash,
                             struct token *t)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_USER, TOKEN_BY_HASH);
    bind_bytes(&q, ":hash", hash->bytes, HASH_BYTES);
    got = query_row(&q);
    if (got) read_token(&q, a, t);
    return query_end_one(&q, got, "such token");
}

/* Takes a query that is bound, and ends it. */
static enum err read_tokens(struct query *q, struct arena *a, struct token **tokens, size_t *n)
{
    struct token *rows = NULL;

    *n = 0;
    while (query_row(q)) {
        struct token *t = LIST_ADD(q, a, rows, *n);
        if (t) read_token(q, a, t);
    }
    *tokens = rows;
    return query_end(q);
}

enum err store_token_list(struct store *s, struct arena *a, int64_t user_id,
                          struct token **tokens, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_USER, TOKEN_LIST);
    bind_int(&q, ":user", user_id);
    return read_tokens(&q, a, tokens, n);
}

enum err store_token_of_endpoint(struct store *s, struct arena *a, int64_t endpoint_id,
                                 struct token **tokens, size_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_USER, TOKEN_OF_ENDPOINT);
    bind_int(&q, ":endpoint", endpoint_id);
    return read_tokens(&q, a, tokens, n);
}

enum err store_token_used(struct store *s, int64_t id, int64_t now_ms)
{
    struct query q;

    query_begin(&q, s, SQL_USER, TOKEN_USED);
    bind_int(&q, ":id", id);
    bind_int(&q, ":now", now_ms);
    return query_run(&q, NULL);
}

enum err store_token_revoke(struct store *s, int64_t user_id, int64_t id, int64_t now_ms)
{
    struct query q;
    int64_t changed;

    query_begin(&q, s, SQL_USER, TOKEN_REVOKE);
    bind_int(&q, ":id", id);
    bind_int(&q, ":user", user_id);
    bind_int(&q, ":now", now_ms);
    TRY(query_run(&q, &changed));
    return changed ? OK : fail(ERR_NOT_FOUND, "you have no token %" PRId64, id);
}

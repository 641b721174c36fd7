#include "store/identity.h"

#include "store/sql.h"

enum { IDENTITY_USER, IDENTITY_HAS, IDENTITY_ADD, IDENTITY_REMOVE, IDENTITY_N };

static const char *const STATEMENTS[IDENTITY_N] = {
    [IDENTITY_USER] = "SELECT user_id FROM identity WHERE issuer = :issuer "
                      "AND subject = :subject",
    [IDENTITY_HAS] = "SELECT 1 FROM identity WHERE user_id = :user AND issuer = :issuer",
    [IDENTITY_ADD] = "INSERT INTO identity (issuer, subject, user_id, created_at) "
                     "VALUES (:issuer, :subject, :user, :created_at) ON CONFLICT DO NOTHING",
    [IDENTITY_REMOVE] = "DELETE FROM identity WHERE user_id = :user",
};
const struct sql_statements IDENTITY_STATEMENTS = {"store/identity.c", STATEMENTS, IDENTITY_N};

enum err store_identity_user(struct store *s, struct arena *a, const char *issuer,
                             const char *subject, struct user *u)
{
    struct query q;
    int64_t id = 0;
    int got;

    query_begin(&q, s, SQL_IDENTITY, IDENTITY_USER);
    bind_text(&q, ":issuer", issuer);
    bind_text(&q, ":subject", subject);
    got = query_row(&q);
    if (got) id = column_int(&q, 0);
    TRY(query_end_one(&q, got, "person of this identity"));
    return store_user_get(s, a, id, u);
}

enum err store_identity_has(struct store *s, int64_t user_id, const char *issuer, int *has)
{
    struct query q;

    query_begin(&q, s, SQL_IDENTITY, IDENTITY_HAS);
    bind_int(&q, ":user", user_id);
    bind_text(&q, ":issuer", issuer);
    *has = query_row(&q);
    return query_end(&q);
}

enum err store_identity_add(struct store *s, const struct identity *i)
{
    struct query q;
    int64_t n;

    query_begin(&q, s, SQL_IDENTITY, IDENTITY_ADD);
    bind_text(&q, ":issuer", i->issuer);
    bind_text(&q, ":subject", i->subject);
    bind_int(&q, ":user", i->user_id);
    bind_int(&q, ":created_at", i->created_at);
    TRY(query_run(&q, &n));
    if (n) return OK;
    return fail(ERR_CONFLICT, "this identity, or one of the same provider for this person, is "
                              "connected already");
}

enum err store_identity_remove(struct store *s, int64_t user_id, int64_t *n)
{
    struct query q;

    query_begin(&q, s, SQL_IDENTITY, IDENTITY_REMOVE);
    bind_int(&q, ":user", user_id);
    return query_run(&q, n);
}

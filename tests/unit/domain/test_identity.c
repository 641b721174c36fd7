#include "domain/identity.h"

#include "check.h"
#include "domain/credential.h"
#include "unit/store/folder.h"

#define NOW ((int64_t)1800000000000)

static struct folder F;
static struct store *S;
static struct arena A;
static struct user ADA; /* the first administrator */

static const struct identity_said GRACE = {"https://id.example.org", "g-1", "Grace"};
static const struct identity_said OTHER = {"https://id.example.org", "g-2", "grace"};

static int up(void **state)
{
    char link[SECRET_TEXT];

    (void)state;
    folder_new(&F);
    arena_init(&A, 16 * MIB);
    CHECK_OK(store_open(&S, F.path, STORE_WRITE));
    CHECK_OK(user_invite_first(S, NOW, link));
    CHECK_OK(user_accept(S, &A, link, "ada", "hash of a password", NOW, &ADA));
    return 0;
}

static int down(void **state)
{
    (void)state;
    store_close(S);
    arena_free(&A);
    folder_remove(&F);
    return 0;
}

static void test_an_unknown_identity_is_let_in_only_where_newcomers_may_join(void **state)
{
    struct user u;
    struct user again;

    (void)state;
    CHECK_FAILS(identity_enter(S, &A, &GRACE, NEWCOMERS_INVITED, NOW, &u), ERR_DENIED,
                "Ask an administrator");
    CHECK_OK(identity_enter(S, &A, &GRACE, NEWCOMERS_JOIN, NOW, &u));
    assert_int_equal(u.role, ROLE_ANNOTATOR);
    assert_null(u.password);
    CHECK_OK(identity_enter(S, &A, &GRACE, NEWCOMERS_INVITED, NOW, &again));
    assert_int_equal(again.id, u.id);
    CHECK_OK(identity_enter(S, &A, &OTHER, NEWCOMERS_JOIN, NOW, &again));
    assert_int_not_equal(again.id, u.id);
    assert_string_equal(again.name, "grace 2"); /* names compare without case */
}

static void test_a_name_that_is_none_is_made_one(void **state)
{
    static const char LONG[] =
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
        "0123456789012345678901234567890123456789012345678901234567890123456789012345 789";
    static const char *const SAID[] = {NULL, "", " \t ", " Grace\r\nHopper ", LONG};
    static const char *const IS[] = {"newcomer", "newcomer 2", "newcomer 3", "GraceHopper"};
    struct user u;

    (void)state;
    for (size_t i = 0; i < sizeof SAID / sizeof *SAID; i++) {
        const struct identity_said said = {"https://id.example.org", arena_printf(&A, "%zu", i),
                                           SAID[i]};
        CHECK_OK(identity_enter(S, &A, &said, NEWCOMERS_JOIN, NOW, &u));
        if (i < 4) assert_string_equal(u.name, IS[i]);
        CHECK_OK(user_name_check(u.name));
    }
    assert_int_equal(strlen(u.name), 40 + 75); /* 95 characters, the number has room */
}

static void test_a_link_is_used_up_by_the_identity_that_takes_it(void **state)
{
    char link[SECRET_TEXT];
    char first[SECRET_TEXT];
    int64_t expires_at;
    struct user grace;
    struct user u;

    (void)state;
    CHECK_OK(user_invite(S, &A, "grace", ROLE_REVIEWER, NOW, &grace, link, &expires_at));
    CHECK_FAILS(identity_accept(S, &A, &GRACE, link, expires_at, &u), ERR_NOT_FOUND, "expired");
    CHECK_OK(identity_accept(S, &A, &GRACE, link, NOW, &u));
    assert_int_equal(u.id, grace.id);
    assert_int_equal(u.role, ROLE_REVIEWER);
    CHECK_FAILS(identity_accept(S, &A, &OTHER, link, NOW, &u), ERR_NOT_FOUND, "used already");
    CHECK_OK(user_invite_again(S, grace.id, NOW, first, &expires_at));
    CHECK_FAILS(identity_accept(S, &A, &OTHER, first, NOW, &u), ERR_CONFLICT, "already");
    CHECK_OK(invitation_find(S, &A, first, NOW, &(struct invitation){0})); /* not used up */
}

static void test_an_identity_and_a_disabled_account_do_not_get_in(void **state)
{
    struct user u;

    (void)state;
    CHECK_OK(identity_enter(S, &A, &GRACE, NEWCOMERS_JOIN, NOW, &u));
    CHECK_OK(user_set_disabled(S, u.id, 1, NOW));
    CHECK_FAILS(identity_enter(S, &A, &GRACE, NEWCOMERS_JOIN, NOW, &u), ERR_DENIED, "disabled");
}

static void test_parting_needs_a_password_and_ends_the_sessions(void **state)
{
    char session[SECRET_TEXT];
    struct user u;

    (void)state;
    CHECK_OK(identity_enter(S, &A, &GRACE, NEWCOMERS_JOIN, NOW, &u));
    CHECK_FAILS(identity_disconnect(S, &A, u.id), ERR_CONFLICT, "no password");
    CHECK_FAILS(identity_connect(S, &GRACE, ADA.id, NOW), ERR_CONFLICT, "already");
    CHECK_OK(identity_connect(S, &OTHER, ADA.id, NOW));
    CHECK_OK(session_new(S, ADA.id, NOW, session));
    CHECK_OK(identity_disconnect(S, &A, ADA.id));
    CHECK_FAILS(user_by_session(S, &A, session, NOW, &u), ERR_UNAUTHORISED, "sign in");
    CHECK_FAILS(identity_enter(S, &A, &OTHER, NEWCOMERS_INVITED, NOW, &u), ERR_DENIED, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_an_unknown_identity_is_let_in_only_where_newcomers_may_join, up, down),
        cmocka_unit_test_setup_teardown(test_a_name_that_is_none_is_made_one, up, down),
        cmocka_unit_test_setup_teardown(test_a_link_is_used_up_by_the_identity_that_takes_it,
                                        up, down),
        cmocka_unit_test_setup_teardown(test_an_identity_and_a_disabled_account_do_not_get_in,
                                        up, down),
        cmocka_unit_test_setup_teardown(test_parting_needs_a_password_and_ends_the_sessions, up,
                                        down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "domain/user.h"

#include "check.h"
#include "domain/credential.h"
#include "unit/store/folder.h"

#include <string.h>

#define NOW ((int64_t)1800000000000)

static struct folder F;
static struct store *S;
static struct arena A;
static char LINK[SECRET_TEXT];

static int up(void **state)
{
    (void)state;
    folder_new(&F);
    arena_init(&A, 16 * MIB);
    return (int)store_open(&S, F.path, STORE_WRITE);
}

static int down(void **state)
{
    (void)state;
    store_close(S);
    arena_free(&A);
    folder_remove(&F);
    return 0;
}

static const struct token_wish CI = {.name = "ci", .scopes = SCOPE_ALL};

static struct user first_admin(void)
{
    struct user u;

    CHECK_OK(user_invite_first(S, NOW, LINK));
    CHECK_OK(user_accept(S, &A, LINK, "ada", "hash of a password", NOW, &u));
    return u;
}

static void test_the_first_person_comes_in_by_a_link_and_is_administrator(void **state)
{
    struct user u;
    int none;

    (void)state;
    CHECK_OK(user_is_none(S, &none));
    assert_true(none); /* the import is no person */
    CHECK_OK(user_add_service(S, &A, "ci", ROLE_ADMIN, NOW, &u));
    CHECK_OK(user_is_none(S, &none));
    assert_true(none); /* nor is a program, which cannot sign in */
    u = first_admin();
    assert_int_equal(u.role, ROLE_ADMIN);
    CHECK_OK(user_is_none(S, &none));
    assert_false(none);
    CHECK_FAILS(user_invite_first(S, NOW, LINK), ERR_CONFLICT, "there are people already");
}

static void test_a_link_works_once_and_only_in_its_time(void **state)
{
    struct user u;
    struct invitation i;

    (void)state;
    CHECK_OK(user_invite_first(S, NOW, LINK));
    CHECK_FAILS(invitation_find(S, &A, "something else", NOW, &i), ERR_NOT_FOUND,
                "This link was used already or has expired");
    CHECK_FAILS(user_accept(S, &A, LINK, "ada", "h", NOW + INVITATION_MS, &u), ERR_NOT_FOUND,
                "has expired");
    CHECK_OK(user_accept(S, &A, LINK, "ada", "h", NOW + INVITATION_MS - 1, &u));
    CHECK_FAILS(user_accept(S, &A, LINK, "eve", "h", NOW, &u), ERR_NOT_FOUND, "used already");
}

static void test_a_second_first_link_makes_the_one_before_void(void **state)
{
    char second[SECRET_TEXT];
    struct invitation i;

    (void)state;
    CHECK_OK(user_invite_first(S, NOW, LINK));
    CHECK_OK(user_invite_first(S, NOW, second));
    CHECK_FAILS(invitation_find(S, &A, LINK, NOW, &i), ERR_NOT_FOUND, "used already");
    CHECK_OK(invitation_find(S, &A, second, NOW, &i));
    assert_int_equal(i.role, ROLE_ADMIN);
}

static void test_only_the_hash_of_a_secret_is_stored(void **state)
{
    char sql[200] = "SELECT count(*) FROM invitation WHERE CAST(hash AS TEXT) = '";

    (void)state;
    CHECK_OK(user_invite_first(S, NOW, LINK));
    strcat(strcat(sql, LINK), "'");
    assert_int_equal(folder_number(&F, sql), 0);
    assert_int_equal(folder_number(&F, "SELECT count(*) FROM invitation"), 1);
}

static void test_an_invited_person_sets_a_password_by_her_link(void **state)
{
    struct user u, accepted;
    int64_t expires_at;
    struct invitation i;

    (void)state;
    first_admin();
    CHECK_OK(user_invite(S, &A, "bob", ROLE_REVIEWER, NOW, &u, LINK, &expires_at));
    assert_null(u.password);
    assert_int_equal(expires_at, NOW + INVITATION_MS);
    CHECK_OK(invitation_find(S, &A, LINK, NOW, &i));
    assert_string_equal(i.user_name, "bob");
    CHECK_FAILS(user_accept(S, &A, LINK, "eve", "h", NOW, &accepted), ERR_INVALID,
                "this link is for \"bob\"");
    CHECK_OK(user_accept(S, &A, LINK, NULL, "h", NOW, &accepted));
    assert_int_equal(accepted.id, u.id);
    assert_int_equal(accepted.role, ROLE_REVIEWER);
    assert_string_equal(accepted.password, "h");
    CHECK_FAILS(user_invite(S, &A, "BOB", ROLE_ADMIN, NOW, &u, LINK, &expires_at), ERR_CONFLICT,
                "is taken");
}

static void test_a_new_link_resets_the_password_and_ends_all_sessions(void **state)
{
    struct user u = first_admin();
    struct user again;
    char cookie[SECRET_TEXT];
    int64_t expires_at;

    (void)state;
    CHECK_OK(session_new(S, u.id, NOW, cookie));
    CHECK_OK(user_invite_again(S, u.id, NOW, LINK, &expires_at));
    CHECK_OK(user_by_session(S, &A, cookie, NOW, &again));
    CHECK_OK(user_accept(S, &A, LINK, "ADA", "new hash", NOW, &again));
    assert_string_equal(again.password, "new hash");
    CHECK_FAILS(user_by_session(S, &A, cookie, NOW, &again), ERR_UNAUTHORISED, "sign in first");
}

static void test_bad_names_and_passwords_are_refused(void **state)
{
    char long_name[NAME_CHARS_MAX + 2];

    (void)state;
    memset(long_name, 'x', sizeof long_name);
    long_name[sizeof long_name - 1] = '\0';
    CHECK_FAILS(user_name_check(""), ERR_INVALID, "1 to 100 characters");
    CHECK_FAILS(user_name_check(long_name), ERR_INVALID, "1 to 100 characters");
    CHECK_FAILS(user_name_check(" ada"), ERR_INVALID, "space");
    CHECK_FAILS(user_name_check("a\tb"), ERR_INVALID, "control");
    CHECK_OK(user_name_check("Zoë van der Berg"));
    CHECK_FAILS(user_password_check("seven77"), ERR_INVALID, "at least 8");
    CHECK_OK(user_password_check("eight888"));
    CHECK_FAILS(user_password_check("ééé"), ERR_INVALID,
                "at least 8"); /* 6 bytes, 3 characters */
}

static void test_a_session_ends_by_time_by_signing_out_and_when_disabled(void **state)
{
    struct user u = first_admin();
    struct user bob, seen;
    char cookie[SECRET_TEXT];
    int stale;

    (void)state;
    CHECK_OK(user_add(S, &A, "bob", ROLE_ANNOTATOR, "h", NOW, &bob));
    CHECK_OK(session_new(S, bob.id, NOW, cookie));
    CHECK_OK(user_by_session(S, &A, cookie, NOW + SESSION_MS - 1, &seen));
    assert_int_equal(seen.id, bob.id);
    CHECK_FAILS(user_by_session(S, &A, cookie, NOW + SESSION_MS, &seen), ERR_UNAUTHORISED, "");
    CHECK_OK(session_is_stale(S, cookie, NOW + 1000, &stale));
    assert_false(stale);
    CHECK_OK(session_is_stale(S, cookie, NOW + SESSION_SEEN_EACH, &stale));
    assert_true(stale);
    CHECK_OK(session_touch(S, cookie, NOW + SESSION_MS - 1));
    CHECK_OK(user_by_session(S, &A, cookie, NOW + SESSION_MS, &seen));
    CHECK_OK(user_set_disabled(S, bob.id, 1, NOW));
    CHECK_FAILS(user_by_session(S, &A, cookie, NOW + 1, &seen), ERR_UNAUTHORISED, "");
    CHECK_OK(session_new(S, u.id, NOW, cookie));
    CHECK_OK(session_end(S, cookie));
    CHECK_OK(session_end(S, cookie));
    CHECK_FAILS(user_by_session(S, &A, cookie, NOW, &seen), ERR_UNAUTHORISED, "sign in first");
}

static void test_a_token_works_until_it_is_revoked(void **state)
{
    struct user u = first_admin();
    struct user seen;
    struct token *tokens;
    struct token used;
    char secret[SECRET_TEXT];
    int64_t id;
    size_t n;

    (void)state;
    CHECK_OK(token_new(S, u.id, &CI, NOW, &id, secret));
    CHECK_OK(user_by_token(S, &A, secret, NOW, &seen, &used));
    assert_int_equal(used.id, id);
    CHECK_OK(token_touch(S, id, NOW + 5));
    CHECK_OK(store_token_list(S, &A, u.id, &tokens, &n));
    assert_int_equal(n, 1);
    assert_int_equal(tokens[0].used_at, NOW + 5);
    CHECK_FAILS(token_revoke(S, u.id + 1, id, NOW), ERR_NOT_FOUND, "you have no token");
    CHECK_OK(token_revoke(S, u.id, id, NOW));
    CHECK_FAILS(user_by_token(S, &A, secret, NOW, &seen, &used), ERR_UNAUTHORISED, "");
    CHECK_OK(store_token_list(S, &A, u.id, &tokens, &n));
    assert_int_equal(n, 0);
    CHECK_FAILS(token_new(S, u.id, &(struct token_wish){"", SCOPE_ALL, 0, 0}, NOW, &id, secret),
                ERR_INVALID, "name");
}

static void test_the_last_administrator_can_be_neither_demoted_nor_disabled(void **state)
{
    struct user u = first_admin();
    struct user bob;

    (void)state;
    CHECK_FAILS(user_set_role(S, u.id, ROLE_MANAGER), ERR_CONFLICT, "the only administrator");
    CHECK_FAILS(user_set_disabled(S, u.id, 1, NOW), ERR_CONFLICT, "the only administrator");
    CHECK_OK(user_add(S, &A, "bob", ROLE_ADMIN, "h", NOW, &bob));
    CHECK_OK(user_set_role(S, u.id, ROLE_MANAGER));
    CHECK_FAILS(user_set_disabled(S, bob.id, 1, NOW), ERR_CONFLICT, "the only administrator");
}

static void test_the_import_is_no_person_and_cannot_be_changed(void **state)
{
    struct user *people;
    int64_t expires_at;
    size_t n;

    (void)state;
    first_admin();
    CHECK_OK(store_user_list(S, &A, 0, 10, &people, &n));
    assert_int_equal(n, 1);
    CHECK_FAILS(user_set_role(S, USER_IMPORT, ROLE_ADMIN), ERR_DENIED, "part of the program");
    CHECK_FAILS(user_invite_again(S, USER_IMPORT, NOW, LINK, &expires_at), ERR_DENIED,
                "part of");
    CHECK_FAILS(user_set_password(S, USER_IMPORT, "h"), ERR_DENIED, "part of the program");
}

static void test_a_changed_password_ends_the_sessions(void **state)
{
    struct user u = first_admin();
    char cookie[SECRET_TEXT];

    (void)state;
    CHECK_OK(session_new(S, u.id, NOW, cookie));
    CHECK_OK(user_set_password(S, u.id, "another"));
    CHECK_FAILS(user_by_session(S, &A, cookie, NOW, &u), ERR_UNAUTHORISED, "");
}

static void test_roles_are_ordered_and_said_by_name(void **state)
{
    struct user u = {.name = "ada", .role = ROLE_REVIEWER};
    enum role r;

    (void)state;
    CHECK_OK(user_need_role(&u, ROLE_ANNOTATOR));
    CHECK_OK(user_need_role(&u, ROLE_REVIEWER));
    CHECK_FAILS(user_need_role(&u, ROLE_MANAGER), ERR_DENIED,
                "needs the role manager; ada has the role reviewer");
    CHECK_OK(role_read(&r, "admin"));
    assert_int_equal(r, ROLE_ADMIN);
    CHECK_FAILS(role_read(&r, "root"), ERR_INVALID, "got \"root\"");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_first_person_comes_in_by_a_link_and_is_administrator),
        CASE(test_a_link_works_once_and_only_in_its_time),
        CASE(test_a_second_first_link_makes_the_one_before_void),
        CASE(test_only_the_hash_of_a_secret_is_stored),
        CASE(test_an_invited_person_sets_a_password_by_her_link),
        CASE(test_a_new_link_resets_the_password_and_ends_all_sessions),
        CASE(test_bad_names_and_passwords_are_refused),
        CASE(test_a_session_ends_by_time_by_signing_out_and_when_disabled),
        CASE(test_a_token_works_until_it_is_revoked),
        CASE(test_the_last_administrator_can_be_neither_demoted_nor_disabled),
        CASE(test_the_import_is_no_person_and_cannot_be_changed),
        CASE(test_a_changed_password_ends_the_sessions),
        CASE(test_roles_are_ordered_and_said_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* People who leave, programs that come, and what a token may do. */
#include "domain/audit.h"
#include "domain/credential.h"
#include "domain/member.h"
#include "domain/user.h"

#include "base/buf.h"
#include "base/file.h"
#include "check.h"
#include "unit/domain/world.h"
#include "unit/store/folder.h"

#include <stdio.h>
#include <string.h>

#define NOW ((int64_t)1800000000000)

static struct world W;

static int up(void **state)
{
    (void)state;
    world_new(&W, 1, 1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    assert_int_equal(world_verify(&W, NULL), 0);
    world_free(&W);
    return 0;
}

/* There is one item: whether it can be had shows whether somebody else still holds it. */
static void test_what_a_removed_member_held_is_handed_on_at_once(void **state)
{
    (void)state;
    assert_true(world_lease(&W, W.user[0], NOW).id > 0);
    assert_int_equal(world_lease(&W, W.user[1], NOW + 1).id, 0);
    CHECK_OK(member_remove(W.s, W.p.id, W.user[0], NOW + 1));
    assert_true(world_lease(&W, W.user[1], NOW + 1).id > 0);
    CHECK_FAILS(member_remove(W.s, W.p.id, W.user[0], NOW), ERR_NOT_FOUND, "is no member");
}

static void test_what_a_disabled_person_held_is_handed_on_at_once(void **state)
{
    (void)state;
    assert_true(world_lease(&W, W.user[0], NOW).id > 0);
    assert_int_equal(world_lease(&W, W.user[1], NOW + 1).id, 0);
    CHECK_OK(user_set_disabled(W.s, W.user[0], 1, NOW + 1));
    assert_true(world_lease(&W, W.user[1], NOW + 1).id > 0);
}

static void test_an_erased_person_is_a_number_and_what_they_did_stays_proved(void **state)
{
    const struct token_wish wish = {"for my scripts", SCOPE_ALL, W.p.id, 0};
    char cookie[SECRET_TEXT], secret[SECRET_TEXT], link[SECRET_TEXT];
    struct invitation i;
    struct token t;
    struct user u;
    enum role role;
    int64_t id, until;

    (void)state;
    world_submit(&W, W.first, W.user[0], ANSWER_ACCEPT, "a");
    CHECK_OK(session_new(W.s, W.user[0], NOW, cookie));
    CHECK_OK(token_new(W.s, W.user[0], &wish, NOW, &id, secret));
    CHECK_OK(user_invite_again(W.s, W.user[0], NOW, link, &until));
    CHECK_OK(user_erase(W.s, W.user[0], NOW));

    CHECK_OK(store_user_get(W.s, &W.a, W.user[0], &u));
    assert_string_equal(u.name, arena_printf(&W.a, "erased %lld", (long long)W.user[0]));
    assert_true(u.disabled && u.erased_at == NOW && !u.password);
    CHECK_FAILS(user_by_session(W.s, &W.a, cookie, NOW, &u), ERR_UNAUTHORISED, "");
    CHECK_FAILS(user_by_token(W.s, &W.a, secret, NOW, &u, &t), ERR_UNAUTHORISED, "");
    CHECK_FAILS(invitation_find(W.s, &W.a, link, NOW, &i), ERR_NOT_FOUND, "");
    assert_int_equal(store_member_role(W.s, W.p.id, W.user[0], &role), ERR_NOT_FOUND);
    assert_int_equal(folder_number(&W.folder, "SELECT count(*) FROM label"), 1);
    assert_int_equal(world_verify(&W, NULL), 0);
}

static void test_an_erased_person_cannot_be_brought_back_in(void **state)
{
    char link[SECRET_TEXT];
    int64_t until;

    (void)state;
    CHECK_OK(user_erase(W.s, W.user[0], NOW));
    CHECK_FAILS(user_set_disabled(W.s, W.user[0], 0, NOW), ERR_NOT_FOUND, "was erased");
    CHECK_FAILS(user_set_role(W.s, W.user[0], ROLE_ADMIN), ERR_NOT_FOUND, "was erased");
    CHECK_FAILS(user_invite_again(W.s, W.user[0], NOW, link, &until), ERR_NOT_FOUND, "erased");
    CHECK_FAILS(member_set(W.s, &W.a, W.p.id, W.user[0], ROLE_ANNOTATOR), ERR_NOT_FOUND,
                "was erased");
    CHECK_FAILS(user_erase(W.s, W.user[0], NOW), ERR_NOT_FOUND, "was erased");
}

static int folder_holds(const char *text)
{
    char path[128];
    struct buf b;
    int found;

    snprintf(path, sizeof path, "%s/exemplar.db", W.folder.path);
    buf_init(&b, 64 * MIB);
    CHECK_OK(file_read(&b, path));
    found = memmem(b.data, b.size, text, strlen(text)) != NULL;
    buf_free(&b);
    return found;
}

static void test_an_erased_name_is_not_left_in_the_file(void **state)
{
    struct user u;

    (void)state;
    /* longer than what takes its place, which would cover one end of it alone */
    CHECK_OK(user_add(W.s, &W.a, "The President of the Imperial Galactic Government, Zaphod",
                      ROLE_ANNOTATOR, "h", NOW, &u));
    CHECK_OK(store_checkpoint(W.s));
    assert_true(folder_holds("Zaphod"));
    CHECK_OK(user_erase(W.s, u.id, NOW));
    CHECK_OK(store_checkpoint(W.s));
    assert_false(folder_holds("President"));
    assert_false(folder_holds("Zaphod"));
}

static void test_the_last_administrator_cannot_be_erased(void **state)
{
    struct user ada;

    (void)state;
    CHECK_OK(user_add(W.s, &W.a, "ada", ROLE_ADMIN, "h", NOW, &ada));
    CHECK_FAILS(user_erase(W.s, ada.id, NOW), ERR_CONFLICT, "the only administrator");
    CHECK_OK(store_user_by_name(W.s, &W.a, "ada", &ada));
    CHECK_FAILS(user_erase(W.s, USER_IMPORT, NOW), ERR_DENIED, "a part of the program");
}

static void test_a_service_works_by_tokens_and_can_never_sign_in(void **state)
{
    const struct token_wish wish = {"nightly", SCOPE_READ | SCOPE_EXPORT, 0, 0};
    char secret[SECRET_TEXT];
    struct token t;
    struct user ci;
    int64_t id, until;

    (void)state;
    CHECK_OK(user_add_service(W.s, &W.a, "ci", ROLE_REVIEWER, NOW, &ci));
    assert_int_equal(ci.kind, USER_SERVICE);
    CHECK_FAILS(user_invite_again(W.s, ci.id, NOW, secret, &until), ERR_DENIED, "service");
    CHECK_FAILS(user_set_password(W.s, ci.id, "h"), ERR_DENIED, "has no password");
    CHECK_OK(token_new(W.s, ci.id, &wish, NOW, &id, secret));
    CHECK_OK(user_by_token(W.s, &W.a, secret, NOW, &ci, &t));
    assert_int_equal(t.scopes, SCOPE_READ | SCOPE_EXPORT);
    CHECK_OK(token_need_scope(&t, SCOPE_EXPORT));
    CHECK_FAILS(token_need_scope(&t, SCOPE_LABEL), ERR_DENIED,
                "this needs a token with the scope label; this one has read, export");
    CHECK_OK(member_set(W.s, &W.a, W.p.id, ci.id, ROLE_REVIEWER));
}

static void test_a_token_is_bound_only_to_a_project_of_its_owner(void **state)
{
    const struct token_wish wish = {"one", SCOPE_ALL, W.p.id, 0};
    char secret[SECRET_TEXT];
    struct user ci;
    int64_t id;

    (void)state;
    CHECK_OK(user_add_service(W.s, &W.a, "ci", ROLE_REVIEWER, NOW, &ci));
    CHECK_FAILS(token_new(W.s, ci.id, &wish, NOW, &id, secret), ERR_NOT_FOUND,
                "there is no project");
    CHECK_FAILS(token_new(W.s, ci.id, &(struct token_wish){"none", 0, 0, 0}, NOW, &id, secret),
                ERR_INVALID, "at least one");
}

static void test_signing_out_everywhere_leaves_tokens_alone(void **state)
{
    const struct token_wish wish = {"script", SCOPE_ALL, 0, 0};
    char first[SECRET_TEXT], second[SECRET_TEXT], secret[SECRET_TEXT];
    struct token t;
    struct user u;
    int64_t id;

    (void)state;
    CHECK_OK(session_new(W.s, W.user[0], NOW, first));
    CHECK_OK(session_new(W.s, W.user[0], NOW, second));
    CHECK_OK(token_new(W.s, W.user[0], &wish, NOW, &id, secret));
    CHECK_OK(user_sign_out(W.s, W.user[0]));
    CHECK_FAILS(user_by_session(W.s, &W.a, first, NOW, &u), ERR_UNAUTHORISED, "");
    CHECK_FAILS(user_by_session(W.s, &W.a, second, NOW, &u), ERR_UNAUTHORISED, "");
    CHECK_OK(user_by_token(W.s, &W.a, secret, NOW, &u, &t));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_what_a_removed_member_held_is_handed_on_at_once),
        CASE(test_what_a_disabled_person_held_is_handed_on_at_once),
        CASE(test_an_erased_person_is_a_number_and_what_they_did_stays_proved),
        CASE(test_an_erased_person_cannot_be_brought_back_in),
        CASE(test_an_erased_name_is_not_left_in_the_file),
        CASE(test_the_last_administrator_cannot_be_erased),
        CASE(test_a_service_works_by_tokens_and_can_never_sign_in),
        CASE(test_a_token_is_bound_only_to_a_project_of_its_owner),
        CASE(test_signing_out_everywhere_leaves_tokens_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "check.h"

#include "base/file.h"
#include "store/store.h"
#include "store/user.h"
#include "unit/store/folder.h"
#include "unit/store/inside.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct folder F;

static int make_folder(void **state)
{
    (void)state;
    folder_new(&F);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    folder_remove(&F);
    return 0;
}

static struct store *opened(enum store_mode mode)
{
    struct store *s;

    CHECK_OK(store_open(&s, F.path, mode));
    return s;
}

static enum err add_user(struct store *s, const char *name)
{
    struct user u = {.name = name, .role = ROLE_ANNOTATOR, .created_at = 1};
    return store_user_add(s, &u);
}

static int64_t n_users(void)
{
    return folder_number(&F, "SELECT count(*) FROM user WHERE kind = 'person'");
}

static void test_a_reader_refuses_a_folder_without_a_database(void **state)
{
    struct store *s;

    (void)state;
    CHECK_FAILS(store_open(&s, F.path, STORE_READ), ERR_NOT_FOUND, "not a data folder yet");
    assert_null(s);
}

static void test_a_writer_makes_folder_and_database(void **state)
{
    char path[128];
    struct store *s;

    (void)state;
    snprintf(path, sizeof path, "%s/a/b", F.path);
    CHECK_OK(store_open(&s, path, STORE_WRITE));
    assert_string_equal(store_folder(s), path);
    store_close(s);
    snprintf(path, sizeof path, "%s/a/b/exemplar.db", F.path);
    assert_true(file_exists(path));
}

static void test_a_reader_cannot_write(void **state)
{
    struct store *w = opened(STORE_WRITE);
    struct store *r = opened(STORE_READ);

    (void)state;
    assert_int_not_equal(add_user(r, "ada"), OK);
    store_close(r);
    store_close(w);
    assert_int_equal(n_users(), 0);
}

static void test_what_ends_well_is_kept_and_what_fails_is_undone(void **state)
{
    struct store *s = opened(STORE_WRITE);

    (void)state;
    CHECK_OK(store_begin(s));
    CHECK_OK(store_end(s, add_user(s, "ada")));
    CHECK_OK(store_begin(s));
    CHECK_OK(add_user(s, "bob"));
    CHECK_FAILS(store_end(s, fail(ERR_INVALID, "no bob")), ERR_INVALID, "no bob");
    store_close(s);
    assert_int_equal(n_users(), 1);
}

static void test_a_part_is_undone_alone(void **state)
{
    struct store *s = opened(STORE_WRITE);

    (void)state;
    CHECK_OK(store_begin(s));
    CHECK_OK(add_user(s, "ada"));
    CHECK_OK(store_begin(s));
    CHECK_OK(add_user(s, "bob"));
    CHECK_FAILS(store_end(s, fail(ERR_CONFLICT, "not bob")), ERR_CONFLICT, "not bob");
    CHECK_OK(store_begin(s));
    CHECK_OK(add_user(s, "cyd"));
    CHECK_OK(store_end(s, OK));
    CHECK_OK(store_end(s, OK));
    store_close(s);
    assert_int_equal(n_users(), 2);
    assert_int_equal(folder_number(&F, "SELECT count(*) FROM user WHERE name = 'bob'"), 0);
}

static enum err refuse(struct store *s, void *context)
{
    (void)s;
    ++*(int *)context;
    return fail(ERR_IO, "the hook says no");
}

static void test_the_hook_before_a_commit_can_undo_it(void **state)
{
    struct store *s = opened(STORE_WRITE);
    int n_called = 0;

    (void)state;
    store_before_commit(s, refuse, &n_called);
    CHECK_OK(store_begin(s));
    CHECK_OK(store_begin(s));
    CHECK_OK(store_end(s, add_user(s, "ada")));
    assert_int_equal(n_called, 0);
    CHECK_FAILS(store_end(s, OK), ERR_IO, "the hook says no");
    assert_int_equal(n_called, 1);
    store_close(s);
    assert_int_equal(n_users(), 0);
}

static void test_a_name_taken_is_a_conflict_with_a_sentence(void **state)
{
    struct store *s = opened(STORE_WRITE);

    (void)state;
    CHECK_OK(add_user(s, "Ada"));
    CHECK_FAILS(add_user(s, "aDA"), ERR_CONFLICT, "the name \"aDA\" is taken");
    store_close(s);
}

static void test_a_look_sees_one_state_while_others_write(void **state)
{
    struct store *w = opened(STORE_WRITE);
    struct store *r = opened(STORE_READ);
    int64_t n_persons, n_admins;

    (void)state;
    CHECK_OK(store_look(r));
    CHECK_OK(store_user_count(r, &n_persons, &n_admins));
    CHECK_OK(add_user(w, "ada"));
    CHECK_OK(store_user_count(r, &n_persons, &n_admins));
    assert_int_equal(n_persons, 0);
    CHECK_OK(store_look_end(r, OK));
    CHECK_OK(store_user_count(r, &n_persons, &n_admins));
    assert_int_equal(n_persons, 1);
    store_close(r);
    store_close(w);
}

static void test_a_full_disk_keeps_nothing_and_says_so(void **state)
{
    struct store *s = opened(STORE_WRITE);
    char name[100];
    enum err e = OK;
    size_t i;

    (void)state;
    limit_pages(s);
    CHECK_OK(store_begin(s));
    for (i = 0; i < 100000 && !e; i++) {
        snprintf(name, sizeof name, "somebody with the number %zu and a rather long name", i);
        e = add_user(s, name);
    }
    assert_int_equal(e, ERR_IO);
    assert_non_null(strstr(err_message(), "make room on its disk"));
    assert_int_equal(store_end(s, e), ERR_IO);
    store_close(s);
    assert_int_equal(n_users(), 0);
}

static void test_when_the_database_undid_everything_no_part_says_ok(void **state)
{
    struct store *s = opened(STORE_WRITE);

    (void)state;
    CHECK_OK(store_begin(s));
    CHECK_OK(add_user(s, "ada"));
    undo_behind_its_back(s);
    assert_int_equal(store_begin(s), ERR_IO);
    assert_int_not_equal(add_user(s, "bob"), OK);
    CHECK_FAILS(store_end(s, OK), ERR_IO, "undid");
    CHECK_OK(store_begin(s)); /* and the next transaction is whole again */
    CHECK_OK(store_end(s, add_user(s, "cyd")));
    store_close(s);
    assert_int_equal(n_users(), 1);
}

static void test_a_backup_while_others_write_is_a_whole_database(void **state)
{
    struct store *w = opened(STORE_WRITE);
    struct store *r = opened(STORE_READ);
    struct store *copy;
    char path[128];
    int64_t n_persons, n_admins;

    (void)state;
    CHECK_OK(add_user(w, "ada"));
    CHECK_OK(store_begin(w));
    CHECK_OK(add_user(w, "bob"));
    snprintf(path, sizeof path, "%s/copy", F.path);
    CHECK_OK(folder_make(path));
    strcat(path, "/exemplar.db");
    CHECK_OK(store_backup(r, path));
    CHECK_FAILS(store_backup(r, path), ERR_CONFLICT, "exists already");
    CHECK_OK(store_end(w, OK));
    snprintf(path, sizeof path, "%s/copy", F.path);
    CHECK_OK(store_open(&copy, path, STORE_READ));
    CHECK_OK(store_user_count(copy, &n_persons, &n_admins));
    assert_int_equal(n_persons, 1);
    CHECK_OK(store_check(copy));
    store_close(copy);
    store_close(r);
    store_close(w);
}

static void test_a_damaged_page_is_found(void **state)
{
    struct store *s = opened(STORE_WRITE);
    char path[128];
    FILE *f;

    (void)state;
    CHECK_OK(store_check(s));
    store_close(s);
    snprintf(path, sizeof path, "%s/exemplar.db", F.path);
    f = fopen(path, "r+");
    assert_non_null(f);
    fseek(f, 5 * 2048, SEEK_SET);
    fputs("this is no page of a database", f);
    fclose(f);
    if (store_open(&s, F.path, STORE_WRITE) == OK) {
        assert_int_equal(store_check(s), ERR_CORRUPT);
        store_close(s);
    }
}

static void test_a_second_server_on_one_folder_is_refused(void **state)
{
    int first, second;

    (void)state;
    CHECK_OK(store_lock_folder(F.path, &first));
    CHECK_FAILS(store_lock_folder(F.path, &second), ERR_CONFLICT, "another exemplar server");
    close(first);
    CHECK_OK(store_lock_folder(F.path, &second));
    close(second);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_reader_refuses_a_folder_without_a_database),
        CASE(test_a_writer_makes_folder_and_database),
        CASE(test_a_reader_cannot_write),
        CASE(test_what_ends_well_is_kept_and_what_fails_is_undone),
        CASE(test_a_part_is_undone_alone),
        CASE(test_the_hook_before_a_commit_can_undo_it),
        CASE(test_a_name_taken_is_a_conflict_with_a_sentence),
        CASE(test_a_look_sees_one_state_while_others_write),
        CASE(test_a_full_disk_keeps_nothing_and_says_so),
        CASE(test_when_the_database_undid_everything_no_part_says_ok),
        CASE(test_a_backup_while_others_write_is_a_whole_database),
        CASE(test_a_damaged_page_is_found),
        CASE(test_a_second_server_on_one_folder_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

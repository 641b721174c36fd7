#include "domain/audit.h"

#include "check.h"
#include "domain/job.h"
#include "domain/member.h"
#include "domain/user.h"
#include "unit/domain/world.h"
#include "unit/store/folder.h"

#include <stdio.h>
#include <string.h>

#define NOW ((int64_t)1800000000000)

static struct world W;

static int up(void **state)
{
    (void)state;
    world_new(&W, 3, 1);
    return 0;
}

static int down(void **state)
{
    (void)state;
    world_free(&W);
    return 0;
}

static struct audit_row last(void)
{
    struct audit_row r;

    CHECK_OK(store_audit_last(W.s, &W.a, &r));
    return r;
}

/* Done behind the program's back, by somebody who knows that triggers can be dropped. */
static void by_hand(const char *sql)
{
    folder_sql(&W.folder, "DROP TRIGGER IF EXISTS audit_keeps_rows");
    folder_sql(&W.folder, "DROP TRIGGER IF EXISTS audit_keeps_all");
    folder_sql(&W.folder, sql);
}

static void assert_found(const char *sql, const char *sentence)
{
    char first[400];

    by_hand(sql);
    assert_true(world_verify(&W, first) > 0);
    if (!strstr(first, sentence)) fail_msg("found \"%s\", not \"%s\"", first, sentence);
}

static void test_an_untouched_log_verifies(void **state)
{
    (void)state;
    assert_true(last().seq > 20); /* world_new adds people and a project */
    assert_int_equal(world_verify(&W, NULL), 0);
}

static void test_the_table_refuses_changes_and_deletions(void **state)
{
    (void)state;
    folder_sql_refused(&W.folder, "UPDATE audit SET at = 0 WHERE seq = 1",
                       "the audit log is append-only");
    folder_sql_refused(&W.folder, "DELETE FROM audit WHERE seq = 1",
                       "the audit log is append-only");
}

static void test_a_change_to_any_column_is_found(void **state)
{
    static const char *const CHANGES[] = {
        "at = at + 1",
        "user_id = 7",
        "via = 'command'",
        "token_id = 3",
        "action = 'x'",
        "project_id = 9",
        "subject = NULL",
        "subject_id = 99",
        "details = '{\"role\":\"admin\"}'",
        "user_id = 0",
        "details = CAST(details || char(0) || 'hidden' AS TEXT)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
        char sql[200];

        by_hand("CREATE TABLE IF NOT EXISTS kept AS SELECT * FROM audit WHERE seq = 2");
        snprintf(sql, sizeof sql, "UPDATE audit SET %s WHERE seq = 2", CHANGES[i]);
        assert_found(sql, "audit no. 2 was changed");
        by_hand("DELETE FROM audit WHERE seq = 2");
        by_hand("INSERT INTO audit SELECT * FROM kept");
        assert_int_equal(world_verify(&W, NULL), 0);
    }
}

static void test_a_missing_row_is_found_wherever_it_was(void **state)
{
    (void)state;
    assert_found("DELETE FROM audit WHERE seq = 1", "audit no. 1 to 1 are missing");
    assert_found("DELETE FROM audit WHERE seq IN (4, 5)", "audit no. 1 to 1 are missing");
}

static void test_a_row_of_another_hand_is_found_and_nothing_follows_it(void **state)
{
    (void)state;
    assert_found("INSERT INTO audit SELECT seq + 1, at, user_id, via, token_id, action, "
                 "project_id, subject, subject_id, details, hash, hash, signature FROM audit "
                 "ORDER BY seq DESC LIMIT 1",
                 "was changed");
    CHECK_FAILS(audit_append(W.s, &(struct audit_event){.action = "user.changed"}), ERR_CORRUPT,
                "was not written by this program");
}

static void test_a_row_and_what_it_tells_of_are_kept_or_undone_together(void **state)
{
    int64_t before = last().seq;
    enum role role;

    (void)state;
    CHECK_OK(store_begin(W.s));
    CHECK_OK(member_set(W.s, &W.a, W.p.id, W.user[0], ROLE_REVIEWER));
    assert_int_equal(last().seq, before + 1);
    assert_int_equal(store_end(W.s, ERR_CANCELLED), ERR_CANCELLED);
    assert_int_equal(last().seq, before);
    CHECK_OK(store_member_role(W.s, W.p.id, W.user[0], &role));
    assert_int_equal(role, ROLE_ANNOTATOR);
}

static enum err disable(struct store *s, void *context)
{
    return user_set_disabled(s, *(const int64_t *)context, 1, NOW);
}

static void test_a_row_names_who_the_store_works_for(void **state)
{
    const struct actor who = {.user_id = 42, .via = VIA_TOKEN, .token_id = 7};
    struct audit_row r;

    (void)state;
    CHECK_OK(audit_for(W.s, &who, disable, &W.user[3]));
    r = last();
    assert_string_equal(r.action, "user.disabled");
    assert_int_equal(r.user_id, 42);
    assert_string_equal(r.via, "token");
    assert_int_equal(r.token_id, 7);
    assert_int_equal(r.subject_id, W.user[3]);
    CHECK_OK(user_set_disabled(W.s, W.user[3], 0, NOW)); /* and for nobody again */
    r = last();
    assert_string_equal(r.action, "user.enabled");
    assert_int_equal(r.user_id, 0);
    assert_string_equal(r.via, "program");
}

static void test_jobs_that_the_program_makes_by_itself_are_not_told_of(void **state)
{
    int64_t before = last().seq;
    struct job j = {.project_id = W.p.id, .kind = "encode", .params = "{}", .total = -1};
    const struct actor command = {.via = VIA_COMMAND};

    (void)state;
    CHECK_OK(job_add(W.s, &W.a, &j, JOB_NEW, NOW));
    assert_int_equal(last().seq, before);
    CHECK_OK(audit_as(W.s, &command));
    CHECK_OK(job_cancel(W.s, &W.a, j.id, NOW, &j));
    assert_string_equal(last().action, "job.cancelled");
    assert_string_equal(last().via, "command");
}

static void test_a_name_is_nowhere_in_the_log(void **state)
{
    struct audit_row *rows;
    size_t n;

    (void)state;
    CHECK_OK(store_audit_list(W.s, &W.a, 0, 0, 1000, &rows, &n));
    for (size_t i = 0; i < n; i++)
        assert_null(strstr(rows[i].details, "person ")); /* as world_new calls them */
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_an_untouched_log_verifies),
        CASE(test_the_table_refuses_changes_and_deletions),
        CASE(test_a_change_to_any_column_is_found),
        CASE(test_a_missing_row_is_found_wherever_it_was),
        CASE(test_a_row_of_another_hand_is_found_and_nothing_follows_it),
        CASE(test_a_row_and_what_it_tells_of_are_kept_or_undone_together),
        CASE(test_a_row_names_who_the_store_works_for),
        CASE(test_jobs_that_the_program_makes_by_itself_are_not_told_of),
        CASE(test_a_name_is_nowhere_in_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

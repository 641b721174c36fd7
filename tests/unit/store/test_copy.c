/* What of a project is copied, held against the schema itself. */
#include "store/copy.h"

#include "check.h"
#include "store/sql.h"
#include "unit/store/folder.h"

#include <stdio.h>

static struct folder F;
static struct store *S;

static int up(void **state)
{
    (void)state;
    folder_new(&F);
    return (int)store_open(&S, F.path, STORE_WRITE);
}

static int down(void **state)
{
    (void)state;
    store_close(S);
    folder_remove(&F);
    return 0;
}

static size_t times_listed(const char *table)
{
    size_t n = 0;

    for (size_t t = 0; t < copy_tables(); t++)
        n += !strcmp(copy_name(t), table);
    return n;
}

/* The tables that hold the search index for SQLite are its own. */
static sqlite3_stmt *tables(void)
{
    sqlite3_stmt *q;

    assert_int_equal(sqlite3_prepare_v2(S->db,
                                        "SELECT name FROM sqlite_schema WHERE type = 'table' "
                                        "AND name NOT GLOB 'item_search_*'",
                                        -1, &q, NULL),
                     SQLITE_OK);
    return q;
}

static void test_every_table_is_brought_along_or_left_out_for_a_reason(void **state)
{
    sqlite3_stmt *q = tables();
    size_t n_brought = 0;
    int bad = 0;

    (void)state;
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(q, 0);
        size_t n = times_listed(name);
        n_brought += n;
        if (n + (copy_left_out(name) != NULL) == 1) continue;
        print_error("%s: put it into one of the two lists in server/store/copy.c\n", name);
        bad++;
    }
    sqlite3_finalize(q);
    assert_int_equal(bad, 0);
    assert_int_equal(n_brought, copy_tables()); /* and nothing is listed that is not there */
}

/* Selected columns that are not all of the table: said here, with why. */
static int is_picked(const char *table)
{
    return !strcmp(table, "user") ||    /* names alone */
           !strcmp(table, COPY_LEDGER); /* the hashes are made anew */
}

static int n_columns(const char *table)
{
    char sql[200];
    sqlite3_stmt *q;
    int n;

    snprintf(sql, sizeof sql, "SELECT * FROM %s", table);
    assert_int_equal(sqlite3_prepare_v2(S->db, sql, -1, &q, NULL), SQLITE_OK);
    n = sqlite3_column_count(q);
    sqlite3_finalize(q);
    return n;
}

static void test_rows_come_along_with_all_their_columns(void **state)
{
    (void)state;
    for (size_t t = 0; t < copy_tables(); t++) {
        json_t *names;
        struct buf b;
        buf_init(&b, 64 * KIB);
        CHECK_OK(copy_columns(S, t, &b));
        CHECK_OK(json_read(&names, b.data, b.size));
        if (!is_picked(copy_name(t)))
            assert_int_equal(json_array_size(names), n_columns(copy_name(t)));
        json_decref(names);
        buf_free(&b);
    }
}

static size_t table_of(const char *name)
{
    for (size_t t = 0; t < copy_tables(); t++)
        if (!strcmp(copy_name(t), name)) return t;
    fail_msg("no table %s", name);
    return 0;
}

static enum err write_one(const char *table, const char *text)
{
    struct copy_writer w;
    json_t *row;
    enum err e;

    CHECK_OK(json_read(&row, text, strlen(text)));
    CHECK_OK(copy_writer_open(&w, S, table_of(table)));
    e = copy_write(&w, row);
    copy_writer_close(&w);
    json_decref(row);
    return e;
}

static void test_a_row_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    CHECK_OK(store_begin(S));
    CHECK_OK(copy_begin(S));
    CHECK_OK(write_one("user", "[7,\"ada\",5,0,null]"));
    CHECK_FAILS(write_one("user", "[7,\"eve\",5,0,null]"), ERR_INVALID, "user");
    CHECK_FAILS(write_one("user", "[8,\"eve\",5,0]"), ERR_INVALID, "columns");
    CHECK_FAILS(write_one("user", "[8,\"eve\",\"x\",0,null]"), ERR_INVALID, "user");
    CHECK_FAILS(write_one("user", "[8,{\"hex\":\"0\"},5,0,null]"), ERR_INVALID, "columns");
    CHECK_FAILS(write_one("user", "[8,true,5,0,null]"), ERR_INVALID, "columns");
    CHECK_FAILS(copy_is_empty(S), ERR_CONFLICT, "already");
    CHECK_OK(copy_end(S));
    CHECK_OK(store_end(S, OK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_every_table_is_brought_along_or_left_out_for_a_reason, up, down),
        cmocka_unit_test_setup_teardown(test_rows_come_along_with_all_their_columns, up, down),
        cmocka_unit_test_setup_teardown(test_a_row_that_does_not_fit_is_refused, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

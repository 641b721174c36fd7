/* Every statement of the store is prepared on a fresh database, and its plan is read: no table
 * that grows with the project may be scanned from end to end, but for the few that must. */
#include "check.h"
#include "store/sql.h"
#include "unit/store/folder.h"

#include <stdio.h>
#include <string.h>

static const char *const GROWING[] = {"item", "item_text", "label",    "ledger",
                                      "pick", "lease",     "decision", "comment"};

/* A scan is in order where every row is wanted. */
static const struct {
    const char *file, *begins;
} ALLOWED[] = {
    {"store/item.c",     "WITH due AS"                                              }, /* verify, and a change of overlap */
    {"store/item.c",     "SELECT i.id FROM item i LEFT JOIN decision"               }, /* verify */
    {"store/decision.c", "SELECT d.item_id, d.project_id, d.seq"                    }, /* verify */
    {"store/decision.c", "DELETE FROM decision"                                     }, /* rebuild: likewise */
    {"store/item.c",     "UPDATE item SET state = 0"                                }, /* rebuild */
    {"store/label.c",    "SELECT e.seq"                                             }, /* verify */
    {"store/label.c",
     "SELECT item_id, user_id, project_id, seq, client_id, answer, \"values\", "
     "question_version, pick_id, elapsed_ms, at, reason, doubted FROM label l "
     "WHERE NOT EXISTS"                                                             }, /* verify */
    {"store/label.c",    "DELETE FROM label"                                        }, /* rebuild: the one without WHERE */
    {"store/ledger.c",   "SELECT seq, at, kind, project_id, item_id, user_id, client_id, body, "
                       "previous, hash FROM ledger WHERE kind"}, /* rebuild */
    {"store/check.c",    "SELECT max(e.seq)"                                        }, /* verify */
    {"store/check.c",    "WITH said AS"                                             }, /* verify */
    {"store/ledger.c",   "SELECT count(*)"                                          }, /* verify */
    {"store/ledger.c",   "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1"   }, /* one row */
};

static int is_allowed(const char *file, const char *sql)
{
    for (size_t i = 0; i < sizeof ALLOWED / sizeof *ALLOWED; i++)
        if (!strcmp(ALLOWED[i].file, file) &&
            !strncmp(ALLOWED[i].begins, sql, strlen(ALLOWED[i].begins)))
            return 1;
    return 0;
}

/* The word after SCAN is a table or its alias; each alias that the statements use is named. */
static const char *table_of(const char *name)
{
    static const char *const ALIASES[][2] = {
        {"i", "item"    },
        {"l", "label"   },
        {"e", "ledger"  },
        {"k", "pick"    },
        {"d", "decision"}
    };

    for (size_t i = 0; i < 5; i++)
        if (!strcmp(ALIASES[i][0], name)) return ALIASES[i][1];
    return name;
}

static int scans_what_grows(const char *detail)
{
    char name[64] = "";

    if (sscanf(detail, "SCAN %63s", name) != 1) return 0;
    for (size_t i = 0; i < sizeof GROWING / sizeof *GROWING; i++)
        if (!strcmp(table_of(name), GROWING[i])) return 1;
    return 0;
}

static void set_references(struct store *s, const char *sql)
{
    assert_int_equal(sqlite3_exec(s->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int check_plan(struct store *s, const char *file, const char *sql)
{
    char explain[8192];
    sqlite3_stmt *q = NULL;
    int bad = 0;

    /* The plan of an INSERT names a scan of every child table, which runs only while a
     * reference is broken; of a DELETE it runs always, so there it counts. */
    set_references(s, strncmp(sql, "INSERT", 6) ? "PRAGMA foreign_keys = ON"
                                                : "PRAGMA foreign_keys = OFF");
    assert_true(snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", sql) <
                (int)sizeof explain);
    if (sqlite3_prepare_v2(s->db, explain, -1, &q, NULL))
        fail_msg("%s: %s: %s", file, sql, sqlite3_errmsg(s->db));
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(q, 3);
        if (!scans_what_grows(detail) || is_allowed(file, sql)) continue;
        print_error("%s: %s\n    %s\n", file, sql, detail);
        bad++;
    }
    sqlite3_finalize(q);
    return bad;
}

static void test_no_statement_scans_a_table_that_grows(void **state)
{
    struct folder f;
    struct store *s;
    int bad = 0, n = 0;

    (void)state;
    folder_new(&f);
    CHECK_OK(store_open(&s, f.path, STORE_WRITE));
    for (int g = SQL_STORE + 1; g < SQL_GROUPS; g++)
        for (int i = 0; i < SQL[g]->n; i++, n++)
            bad += check_plan(s, SQL[g]->file, SQL[g]->sql[i]);
    store_close(s);
    folder_remove(&f);
    assert_int_equal(bad, 0);
    assert_true(n > 100);
}

static void test_the_check_would_see_a_scan(void **state)
{
    struct folder f;
    struct store *s;

    (void)state;
    folder_new(&f);
    CHECK_OK(store_open(&s, f.path, STORE_WRITE));
    assert_int_equal(check_plan(s, "a test", "SELECT * FROM item WHERE width = 3"), 1);
    assert_int_equal(check_plan(s, "a test", "SELECT * FROM label l WHERE l.at > 5"), 1);
    store_close(s);
    folder_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_statement_scans_a_table_that_grows),
        cmocka_unit_test(test_the_check_would_see_a_scan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

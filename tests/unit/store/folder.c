#include "unit/store/folder.h"

#include "base/hash.h"
#include "check.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void folder_new(struct folder *f)
{
    CHECK_OK(hash_start());
    strcpy(f->path, "/tmp/exemplar-test-XXXXXX");
    assert_non_null(mkdtemp(f->path));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

void folder_remove(struct folder *f)
{
    nftw(f->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static sqlite3 *open_raw(const struct folder *f)
{
    char path[128];
    sqlite3 *db = NULL;

    snprintf(path, sizeof path, "%s/exemplar.db", f->path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 10000);
    return db;
}

void folder_sql(const struct folder *f, const char *sql)
{
    sqlite3 *db = open_raw(f);
    char *why = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &why)) fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

void folder_sql_refused(const struct folder *f, const char *sql, const char *words)
{
    sqlite3 *db = open_raw(f);
    char *why = NULL;

    assert_int_not_equal(sqlite3_exec(db, sql, NULL, NULL, &why), SQLITE_OK);
    if (!strstr(why, words)) fail_msg("%s: %s", sql, why);
    sqlite3_free(why);
    sqlite3_close(db);
}

int64_t folder_number(const struct folder *f, const char *sql)
{
    sqlite3 *db = open_raw(f);
    sqlite3_stmt *q = NULL;
    int64_t value = 0;

    if (sqlite3_prepare_v2(db, sql, -1, &q, NULL)) fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_step(q) == SQLITE_ROW) value = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_close(db);
    return value;
}

#include "store/migrate.h"

#include "base/file.h"
#include "base/log.h"
#include "store/sql.h"

static enum err version_of(struct store *s, size_t *version)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &statement, NULL);

    if (!code && sqlite3_step(statement) == SQLITE_ROW)
        *version = (size_t)sqlite3_column_int64(statement, 0);
    code = sqlite3_finalize(statement); /* repeats the error of the step */
    return code ? fail_database(s, code, "asking for its version") : OK;
}

static enum err newer(struct store *s, size_t version, size_t n)
{
    return fail(ERR_CONFLICT,
                "the database in %s has version %zu, this program knows up to %zu: use the "
                "newer program that wrote it",
                s->folder, version, n);
}

enum err migrate_check(struct store *s, size_t n)
{
    size_t version = 0;

    TRY(version_of(s, &version));
    if (version > n) return newer(s, version, n);
    if (version < n)
        return fail(
            ERR_CONFLICT,
            "the database in %s has version %zu and must be brought to %zu first: start "
            "the server once, or run a command that writes",
            s->folder, version, n);
    return OK;
}

static enum err copy_before(struct store *s, size_t n)
{
    struct arena a;
    enum err e = OK;
    char *path;

    arena_init(&a, 64 * KIB);
    path = arena_printf(&a, "%s/exemplar.db.before-%zu", s->folder, n);
    if (!path) e = fail_nomem();
    if (!e && !file_exists(path)) e = store_backup(s, path);
    if (!e)
        log_line(LOG_INFO, "the database as it was before version %zu is kept in %s", n, path);
    arena_free(&a);
    return e;
}

static enum err run_one(struct store *s, const struct embedded_file *m, size_t number)
{
    size_t version = 0;
    enum err e;

    TRY(store_begin(s));
    e = version_of(s, &version); /* again, now that nobody else can be at it */
    if (!e && version < number) {
        int code = sqlite3_exec(s->db, (const char *)m->bytes, NULL, NULL, NULL);
        if (code) e = fail_database(s, code, m->name);
        if (!e) e = version_of(s, &version);
        if (!e && version != number)
            e = fail(ERR_CORRUPT, "migration %s left version %zu instead of %zu", m->name,
                     version, number);
    }
    return store_end(s, e);
}

enum err migrate(struct store *s, const struct embedded_file *migrations, size_t n)
{
    size_t version = 0;

    TRY(version_of(s, &version));
    if (version > n) return newer(s, version, n);
    if (version && version < n) TRY(copy_before(s, n));
    for (size_t i = version; i < n; i++)
        TRY(run_one(s, &migrations[i], i + 1));
    return OK;
}

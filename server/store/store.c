#include "store/store.h"

#include "base/file.h"
#include "cmake/embedded.h"
#include "store/migrate.h"
#include "store/search_functions.h"
#include "store/sql.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct embedded_file MIGRATIONS_FILES[];
extern const size_t MIGRATIONS_N;

enum { BUSY_MS = 30000, DEPTH_MAX = 6 };

enum {
    BEGIN_WRITE,
    COMMIT,
    ROLLBACK,
    BEGIN_READ,
    BACKUP,
    READS_ONLY,
    DATA_VERSION,
    SAVE, /* SAVE + 1 is depth 1 */
    UNDO = SAVE + DEPTH_MAX,
    KEEP = UNDO + DEPTH_MAX,
    STORE_N = KEEP + DEPTH_MAX
};

static const char *const STATEMENTS[STORE_N] = {
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [BEGIN_READ] = "BEGIN",
    [READS_ONLY] = "PRAGMA query_only",
    [BACKUP] = "VACUUM INTO :path",
    [DATA_VERSION] = "PRAGMA data_version",
    [SAVE + 0] = "SAVEPOINT part_1",
    [SAVE + 1] = "SAVEPOINT part_2",
    [SAVE + 2] = "SAVEPOINT part_3",
    [SAVE + 3] = "SAVEPOINT part_4",
    [SAVE + 4] = "SAVEPOINT part_5",
    [SAVE + 5] = "SAVEPOINT part_6",
    [UNDO + 0] = "ROLLBACK TO part_1",
    [UNDO + 1] = "ROLLBACK TO part_2",
    [UNDO + 2] = "ROLLBACK TO part_3",
    [UNDO + 3] = "ROLLBACK TO part_4",
    [UNDO + 4] = "ROLLBACK TO part_5",
    [UNDO + 5] = "ROLLBACK TO part_6",
    [KEEP + 0] = "RELEASE part_1",
    [KEEP + 1] = "RELEASE part_2",
    [KEEP + 2] = "RELEASE part_3",
    [KEEP + 3] = "RELEASE part_4",
    [KEEP + 4] = "RELEASE part_5",
    [KEEP + 5] = "RELEASE part_6",
};
const struct sql_statements STORE_STATEMENTS = {"store/store.c", STATEMENTS, STORE_N};

/* synchronous=FULL: a commit is on the disk when it returns (invariant 1). Pages come through
 * the connection's own cache, not a map of the file: a disk that fails to read is then an
 * error code and not a signal, and memory stays within the sum of the caches.
 * What is kept for the undo of a part (a savepoint) stays in memory: in files, it was nine writes
 * of a page for each item of an import.
 * A reader caches 8 MiB, a writer 64 MiB: with 8 readers that is under half of the 300 MB that
 * a server with a million items may take.
 * What is freed is overwritten, so that a person who was erased is not left in the file; Debian's
 * SQLite does so anyway.
 * Pages of 2 KiB: a label touches some seven pages at random places, and each is written to the
 * log whole. Measured with 100,000 items: 30.5 kB written per label with pages of 4 KiB, 19 with
 * 2, 12 with 1; 1 would bring most texts and many rows onto pages of their own. */
static const char *const SETTINGS[] = {
    [STORE_READ] = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; "
                   "PRAGMA query_only = ON; PRAGMA cache_size = -8192; PRAGMA mmap_size = 0",
    [STORE_WRITE] =
        "PRAGMA page_size = 2048; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; "
        "PRAGMA cache_size = -65536; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; "
        "PRAGMA secure_delete = ON",
};

static enum err execute(struct store *s, const char *sql, const char *doing)
{
    int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return code ? fail_database(s, code, doing) : OK;
}

/* The switch takes the whole file for a moment and does not wait by itself. */
static enum err switch_to_wal(struct store *s)
{
    for (int tries = 0;; tries++) {
        int code = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (!code) return OK;
        if ((code & 0xff) != SQLITE_BUSY || tries == BUSY_MS / 10)
            return fail_database(s, code, "switching to write-ahead logging");
        usleep(10000);
    }
}

static enum err set_up(struct store *s, enum store_mode mode)
{
    TRY(execute(s, SETTINGS[mode], "its settings"));
    if (mode == STORE_READ) return migrate_check(s, MIGRATIONS_N);
    TRY(switch_to_wal(s));
    return migrate(s, MIGRATIONS_FILES, MIGRATIONS_N);
}

static enum err open_database(struct store *s, enum store_mode mode)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                (mode == STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
    size_t size = strlen(s->folder) + sizeof "/exemplar.db";
    char *path = malloc(size);
    int code;

    NEED(path);
    snprintf(path, size, "%s/exemplar.db", s->folder);
    if (mode == STORE_READ && !file_exists(path)) {
        free(path);
        return fail(ERR_NOT_FOUND, "%s holds no exemplar.db: it is not a data folder yet",
                    s->folder);
    }
    code = sqlite3_open_v2(path, &s->db, flags, NULL);
    free(path);
    if (code) return fail_database(s, code, "opening it");
    sqlite3_busy_timeout(s->db, BUSY_MS);
    TRY(search_functions(s));
    return set_up(s, mode);
}

enum err store_open(struct store **out, const char *data_folder, enum store_mode mode)
{
    struct store *s;
    enum err e;

    *out = NULL;
    if (mode == STORE_WRITE) TRY(folder_make(data_folder));
    s = calloc(1, sizeof *s);
    NEED(s);
    s->folder = strdup(data_folder);
    e = s->folder ? open_database(s, mode) : fail_nomem();
    if (e)
        store_close(s);
    else
        *out = s;
    return e;
}

void store_close(struct store *s)
{
    if (!s) return;
    for (int i = 0; i < STORE_SLOTS; i++)
        store_slot_set(s, (enum store_slot)i, NULL, NULL);
    for (int g = 0; g < SQL_GROUPS; g++) {
        for (int i = 0; s->statements[g] && i < SQL[g]->n; i++)
            sqlite3_finalize(s->statements[g][i]);
        sqlite3_free(s->statements[g]);
    }
    sqlite3_close(s->db);
    free(s->folder);
    free(s);
}

const char *store_folder(const struct store *s)
{
    return s->folder;
}

static enum err command(struct store *s, int statement)
{
    struct query q;

    query_begin(&q, s, SQL_STORE, statement);
    return query_run(&q, NULL);
}

/* Undoing must neither stop at an error nor replace the sentence that led to it. */
static void command_quietly(struct store *s, int statement)
{
    char why[256];
    enum err e;

    snprintf(why, sizeof why, "%s", err_message());
    e = command(s, statement);
    if (e && fail(e, "%s", why)) return;
}

enum err store_begin(struct store *s)
{
    assert(s->depth <= DEPTH_MAX && !s->looks);
    if (s->depth) TRY(store_is_whole(s));
    TRY(command(s, s->depth ? SAVE + s->depth - 1 : BEGIN_WRITE));
    if (!s->depth) s->transaction++;
    s->depth++;
    return OK;
}

static void drop_what_was_read(struct store *s)
{
    store_slot_set(s, SLOT_QUESTIONS, NULL, NULL);
}

static enum err end_part(struct store *s, enum err e)
{
    int part = --s->depth - 1;

    if (s->lost) return e ? e : store_is_whole(s);
    if (e) {
        drop_what_was_read(s);
        command_quietly(s, UNDO + part);
        command_quietly(s, KEEP + part);
        return e;
    }
    return command(s, KEEP + part);
}

static enum err end_whole(struct store *s, enum err e)
{
    if (!e) e = store_is_whole(s);
    if (!e && s->hook) e = s->hook(s, s->hook_context);
    if (!e) e = command(s, COMMIT);
    s->depth = 0;
    s->lost = 0;
    if (e) drop_what_was_read(s);
    if (e && !sqlite3_get_autocommit(s->db)) command_quietly(s, ROLLBACK);
    return e;
}

enum err store_end(struct store *s, enum err e)
{
    assert(s->depth > 0);
    return s->depth > 1 ? end_part(s, e) : end_whole(s, e);
}

enum err store_look(struct store *s)
{
    if (!s->depth && !s->looks) TRY(command(s, BEGIN_READ));
    if (!s->depth) s->looks++;
    return OK;
}

enum err store_look_end(struct store *s, enum err e)
{
    if (s->depth) return e;
    assert(s->looks > 0);
    if (--s->looks == 0) command_quietly(s, COMMIT);
    return e;
}

uint64_t store_transaction(const struct store *s)
{
    return s->transaction;
}

void store_before_commit(struct store *s, store_hook hook, void *context)
{
    s->hook = hook;
    s->hook_context = context;
}

void store_slot_set(struct store *s, enum store_slot slot, void *kept, void (*drop)(void *))
{
    if (s->slots[slot].kept && s->slots[slot].drop) s->slots[slot].drop(s->slots[slot].kept);
    s->slots[slot].kept = kept;
    s->slots[slot].drop = drop;
}

void *store_slot(const struct store *s, enum store_slot slot)
{
    return s->slots[slot].kept;
}

enum err store_data_version(struct store *s, int64_t *version)
{
    struct query q;
    int got;

    query_begin(&q, s, SQL_STORE, DATA_VERSION);
    got = query_row(&q);
    if (got) *version = column_int(&q, 0);
    return query_end_one(&q, got, "data version");
}

static enum err reads_only_now(struct store *s, int *reads_only)
{
    struct query q;

    query_begin(&q, s, SQL_STORE, READS_ONLY);
    if (query_row(&q)) *reads_only = (int)column_int(&q, 0);
    return query_end(&q);
}

static enum err copy_to(struct store *s, const char *path)
{
    struct query q;

    query_begin(&q, s, SQL_STORE, BACKUP);
    bind_text(&q, ":path", path);
    return query_run(&q, NULL);
}

/* VACUUM INTO reads one state of the database from beginning to end, whoever writes meanwhile;
 * the page-wise backup interface would begin again at each write of another process. It counts
 * as writing, though it only writes elsewhere. */
enum err store_backup(struct store *s, const char *path)
{
    int reads_only = 0;
    enum err e;

    if (file_exists(path)) return fail(ERR_CONFLICT, "%s exists already", path);
    TRY(reads_only_now(s, &reads_only));
    if (reads_only) TRY(execute(s, "PRAGMA query_only = OFF", "its settings"));
    e = copy_to(s, path);
    if (reads_only && sqlite3_exec(s->db, "PRAGMA query_only = ON", NULL, NULL, NULL) && !e)
        e = fail(ERR_IO, "the copy in %s is whole, but the connection is not as it was", path);
    return e;
}

enum err store_check(struct store *s)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(1)", -1, &statement, NULL);
    enum err e = OK;

    if (!code && sqlite3_step(statement) == SQLITE_ROW &&
        strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
        e = fail(ERR_CORRUPT, "the database in %s is damaged: %s", s->folder,
                 (const char *)sqlite3_column_text(statement, 0));
    code = sqlite3_finalize(statement);
    return e || !code ? e : fail_database(s, code, "checking it");
}

static int log_grew(void *context, sqlite3 *db, const char *name, int pages)
{
    struct store *s = context;

    (void)db, (void)name;
    s->log_pages = pages;
    return SQLITE_OK;
}

void store_checkpoint_by_hand(struct store *s)
{
    sqlite3_wal_hook(s->db, log_grew, s);
}

int store_log_pages(const struct store *s)
{
    return s->log_pages;
}

enum err store_checkpoint(struct store *s)
{
    int code = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

    if (code && (code & 0xff) != SQLITE_BUSY)
        return fail_database(s, code, "copying back its log");
    s->log_pages = 0;
    return OK;
}

enum err store_lock_folder(const char *data_folder, int *descriptor)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    size_t size = strlen(data_folder) + sizeof "/lock";
    char *path;
    int fd;

    TRY(folder_make(data_folder));
    path = malloc(size);
    NEED(path);
    snprintf(path, size, "%s/lock", data_folder);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (fd < 0) return fail(ERR_IO, "cannot open %s/lock: %m", data_folder);
    if (fcntl(fd, F_OFD_SETLK, &whole)) {
        int busy = errno == EAGAIN || errno == EACCES;
        close(fd);
        return busy ? fail(ERR_CONFLICT, "another exemplar server is using %s: stop it first",
                           data_folder)
                    : fail(ERR_IO, "cannot lock %s: %m", data_folder);
    }
    *descriptor = fd;
    return OK;
}

/* store - one connection to the database of a data folder, and its transactions.
 *
 * A thread that reads or writes opens its own; nothing above this folder knows which database
 * it is. The functions of the tables lie beside this header (store/item.h, store/label.h, ...),
 * all named store_*. They keep no rules: reading one is open to all, writing belongs to domain.
 *
 *     struct store *s;
 *     TRY(store_open(&s, "exemplar-data", STORE_WRITE));
 *     TRY(store_begin(s));
 *     e = store_item_add(s, &item);
 *     if (!e) e = ledger_append(s, &event);
 *     e = store_end(s, e);                // both or neither
 *     store_close(s);
 *
 * Several processes may work on one folder: a write transaction waits up to 30 seconds for
 * another, then ERR_BUSY. Every commit is on the disk (fsync) when store_end returns OK.
 * What a function copies into an arena lives as long as the arena.
 * Errors of every function that takes a store: ERR_BUSY, ERR_IO (full or failing disk),
 * ERR_NOMEM, ERR_CORRUPT. Threads: one store belongs to one thread at a time. */
#ifndef EXEMPLAR_STORE_STORE_H
#define EXEMPLAR_STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct store;

enum store_mode {
    STORE_READ, /* refuses to write; ERR_NOT_FOUND when the folder holds no database */
    STORE_WRITE /* makes folder and database when missing, and brings an older one up to date */
};

/* Bringing an older database up to date first copies it to exemplar.db.before-N (N: the version it is brought to) in the folder,
 * and logs where. ERR_CONFLICT if it is newer than this program, or (STORE_READ) older. */
enum err store_open(struct store **out, const char *data_folder, enum store_mode mode) MUST_USE;
void store_close(struct store *s); /* NULL is fine; rolls back what was begun */

/* As given to store_open. */
const char *store_folder(const struct store *s);

/* Begins a write transaction (it holds the one write lock at once), or a part of the one that is
 * open. Each successful store_begin needs one store_end. */
enum err store_begin(struct store *s) MUST_USE;

/* Ends what the last store_begin began: keeps it when `e` is OK, else undoes it. Returns `e`
 * with its sentence, or the error of keeping. */
enum err store_end(struct store *s, enum err e) MUST_USE;

/* All reads until the end see one state; within a transaction they do anyway, so it nests. */
enum err store_look(struct store *s) MUST_USE;
enum err store_look_end(struct store *s, enum err e) MUST_USE;

/* Counts the outermost transactions begun on this connection. */
uint64_t store_transaction(const struct store *s);

/* ERR_IO once the database threw away the whole open transaction by itself (a full disk does
 * that): nothing done since the outermost store_begin is kept, whatever each part returned. */
enum err store_is_whole(struct store *s) MUST_USE;

/* Called inside each write transaction just before its commit; an error undoes it. At most one. */
typedef enum err (*store_hook)(struct store *s, void *context);
void store_before_commit(struct store *s, store_hook hook, void *context);

/* What a layer above keeps beside a connection (a cache, a key). `drop` is called by
 * store_close and when replaced; may be NULL. SLOT_QUESTIONS holds what was read from the
 * database, so it is dropped whenever a transaction or a part of one is undone. */
enum store_slot { SLOT_LEDGER, SLOT_QUESTIONS, SLOT_ACTOR, STORE_SLOTS };
void store_slot_set(struct store *s, enum store_slot slot, void *kept, void (*drop)(void *));
void *store_slot(const struct store *s, enum store_slot slot); /* NULL when never set */

/* A number that differs from the last one as soon as another connection or process has committed:
 * a cheap way to see whether there is anything new to read. */
enum err store_data_version(struct store *s, int64_t *version) MUST_USE;

/* A whole copy of the database at `path`, which must not exist, while others go on working. */
enum err store_backup(struct store *s, const char *path) MUST_USE;

/* The database's own check of all pages and indexes: ERR_CORRUPT with what it found first. */
enum err store_check(struct store *s) MUST_USE;

/* The write-ahead log is copied back by the caller, who knows a quiet moment, not by whichever
 * commit happens to fill it. store_log_pages: its length since the last copying. */
void store_checkpoint_by_hand(struct store *s);
int store_log_pages(const struct store *s);
enum err store_checkpoint(struct store *s) MUST_USE;

/* One server per data folder: takes the folder's `lock` for this process, until it ends or the
 * descriptor is closed. ERR_CONFLICT if another server holds it. */
enum err store_lock_folder(const char *data_folder, int *descriptor) MUST_USE;

#endif

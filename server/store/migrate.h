/* migrate - bringing a database up to date. Private to server/store and its tests.
 *
 * Migrations are numbered files (migrations/NNN_name.sql), embedded, each run in one transaction;
 * each ends by setting PRAGMA user_version to its number. There is no way back: an existing older
 * database is first copied to exemplar.db.before-N. */
#ifndef EXEMPLAR_STORE_MIGRATE_H
#define EXEMPLAR_STORE_MIGRATE_H

#include "cmake/embedded.h"
#include "store/store.h"

/* Runs those of the n migrations that the database has not had. ERR_CONFLICT if it has had
 * more. Two processes may call it at once: one works, the other waits. */
enum err migrate(struct store *s, const struct embedded_file *migrations, size_t n) MUST_USE;

/* ERR_CONFLICT unless the database is at version n. */
enum err migrate_check(struct store *s, size_t n) MUST_USE;

#endif

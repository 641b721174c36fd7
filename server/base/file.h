/* file - whole files, written so that a crash leaves the old one or the new one.
 *
 *     TRY(file_write(path, bytes, n));          // temporary file, fsync, rename, fsync of the
 * folder TRY(file_read(&b, path));                 // up to the buffer's own maximum
 *
 * Errors: ERR_IO with path and the system's reason, ERR_NOT_FOUND, ERR_TOO_LARGE. Threads: any.
 */
#ifndef EXEMPLAR_BASE_FILE_H
#define EXEMPLAR_BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends the file to `b`. */
enum err file_read(struct buf *b, const char *path) MUST_USE;

/* Durable when it returns. */
enum err file_write(const char *path, const void *bytes, size_t n) MUST_USE;

/* Whole or not there after a crash of the program; durable only after file_flush(). */
enum err file_write_soon(const char *path, const void *bytes, size_t n) MUST_USE;

/* One flush of the file system that holds `folder`, for many file_write_soon() at once. */
enum err file_flush(const char *folder) MUST_USE;

/* Makes the folder and those above it, for the owner alone (0700). */
enum err folder_make(const char *path) MUST_USE;

bool file_exists(const char *path);

/* ERR_INVALID unless `path` is relative and stays below where it starts: no "..", no empty or
 * absolute part, no NUL, backslash or control character. For names that come from outside. */
enum err path_is_inside(const char *path) MUST_USE;

#endif

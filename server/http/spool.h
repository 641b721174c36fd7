/* spool - an upload on its way to the disk, never in memory as a whole.
 *
 *     struct spool *s;
 *     TRY(spool_open(&s, &(struct spool_config){...}));       // makes uploads/RANDOM/
 *     TRY(spool_push(s, bytes, n));                          // as they arrive
 *     TRY(spool_end(s));                                     // the upload is whole
 *     ... spool_folder(s), spool_only(s) ...
 *     spool_close(s, SPOOL_REMOVE);
 *
 * multipart/form-data: each part with a file name becomes that file, sub-folders as its relative
 * path says; other fields are passed over. Any other type: the body is one file. A name that
 * leaves the folder is refused (ERR_INVALID); one that is there already gets a number.
 * Errors: ERR_TOO_LARGE beyond a limit, ERR_IO with the reason (a full disk). Threads: one. */
#ifndef EXEMPLAR_HTTP_SPOOL_H
#define EXEMPLAR_HTTP_SPOOL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct spool;

struct spool_config {
    const char *data_folder;
    const char *content_type;
    const char *file_name; /* of a body that is one file; NULL: made from its type */
    uint64_t max_bytes;
    unsigned max_files;
};

enum spool_close { SPOOL_KEEP, SPOOL_REMOVE };

enum err spool_open(struct spool **out, const struct spool_config *config) MUST_USE;
enum err spool_push(struct spool *s, const char *bytes, size_t n) MUST_USE;
enum err spool_end(struct spool *s) MUST_USE;
void spool_close(struct spool *s, enum spool_close what); /* NULL is fine */

const char *spool_folder(const struct spool *s); /* absolute if the data folder is */
/* The path of the one file when only one was sent, and not in a sub-folder; NULL otherwise. */
const char *spool_only(const struct spool *s);

/* Removes what uploads of an earlier process left half received: folders of a spool that no job
 * took over. For the start of a server. */
void spool_sweep(const char *data_folder);

#endif

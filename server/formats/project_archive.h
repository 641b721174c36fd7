/* project_archive - one whole project as one file, and a data folder made of it.
 *
 *     TRY(project_pack(s, project_id, "birds.exemplar", &watch, &sums));
 *     TRY(project_unpack("birds.exemplar", "/srv/birds", &watch, &sums));    // a new folder
 *
 * A tar of, in this order
 *     project.json                 {"format":"exemplar project 1","name","project","schema"}
 *     tables/NAME/000001.jsonl     a line with the columns, then rows (store/copy.h), about 8 MiB each
 *     media/ab/HASH[.256.jpg|.view.jpg]     the original bytes of each item, and its renditions
 *     models/encoder-ID.bin, latents/ID.*   each encoder, and the rows that are committed
 *     end.json                     {"hash"}: BLAKE2b-256 over, for each entry before it, its name, a
 *                                  zero byte, its size (8 bytes, big-endian) and the hash of its bytes
 * with no times, owners or compression, so that equal projects give equal bytes: what was unpacked
 * and is packed again is the same file.
 *
 * All rows keep their numbers, and so do the events of the ledger; where the ledger had events of
 * other projects between them, one of the kind "elsewhere" stands, with nothing in it. The events
 * are chained and signed anew, by the new folder's key. People come along as names: accounts that
 * cannot sign in until an administrator makes a link for them. Accounts' roles, passwords,
 * sessions, tokens, jobs, leases and the audit log stay behind. What comes out is verified as
 * `exemplar verify` does before the folder appears under its name; nothing is left of a failure.
 *
 * Errors: ERR_INVALID with what is wrong with an archive, and where; ERR_CONFLICT when the folder
 * is there already, or the archive is of another version; ERR_IO. Threads: one. */
#ifndef EXEMPLAR_FORMATS_PROJECT_ARCHIVE_H
#define EXEMPLAR_FORMATS_PROJECT_ARCHIVE_H

#include "base/hash.h"
#include "store/store.h"

#define PROJECT_ARCHIVE "exemplar project 1"

enum {
    ARCHIVE_PIECE = 8 * 1024 * 1024, /* bytes of rows an entry has at least, but for the last */
    ARCHIVE_PIECE_MAX = 256 * 1024 * 1024,
    ARCHIVE_SEQ_MAX = 1000000000, /* ledger numbers */
};

/* One entry's share in the hash of the whole. */
void archive_hash_entry(struct hash_state *all, const char *name, uint64_t size,
                        const struct hash *own);

struct archive_watch {
    void (*progress)(void *context, const char *what, int64_t done); /* may be NULL */
    void *context;
};

struct archive_sums {
    int64_t n_rows, n_files;
    int64_t project_id;
    struct hash hash; /* that of end.json */
};

/* All of one moment, beside a working server. The file appears under its name when it is whole. */
enum err project_pack(struct store *s, int64_t project_id, const char *path,
                      const struct archive_watch *watch, struct archive_sums *sums) MUST_USE;

/* `data_folder` is made; it must not be there, or be empty. */
enum err project_unpack(const char *path, const char *data_folder,
                        const struct archive_watch *watch, struct archive_sums *sums) MUST_USE;

#endif

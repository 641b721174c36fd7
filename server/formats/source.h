/* source - what an import reads: files, folders, archives and tables, as one stream of entries.
 *
 *     struct source *s;
 *     struct source_entry entry;
 *     TRY(source_open(&s, &(struct source_params){.paths = paths, .n_paths = 1,
 *                                                 .want = SOURCE_PICTURES,
 *                                                 .limits = SOURCE_LIMITS_DEFAULT}));
 *     while (!(e = source_next(s, &entry)) && entry.kind != SOURCE_END) {
 *         if (entry.kind == SOURCE_REFUSED) report(entry.row, entry.path, entry.reason);
 *         source_entry_free(&entry);
 *     }
 *     source_close(s);
 *
 * Order: the paths as given, each folder by name, each archive and table as it stands, so the
 * same source gives the same rows. Read inside a folder or an archive: pictures, .txt, .csv, .tsv,
 * .jsonl; archives in a folder, but not in an archive. A path is kept as it lies below the folder
 * or archive that was named: cats/a.jpg; a row of a table as reviews.csv:17 (its line).
 *
 * Tables: the text is in the column asked for, else in the first one named text, sentence,
 * comment, content, body, review, message, tweet or question, else in the only column; the others
 * become metadata. JSON Lines: a text, or an object with a "text" (or the column asked for).
 *
 * One bad file, row or entry is one SOURCE_REFUSED entry with its sentence, and the reading goes
 * on. source_next() itself fails only for want of memory. Memory: one entry. The work of a row
 * that is skipped on resuming is only what it takes to find it.
 * Threads: one at a time; an entry, once given, is the caller's. */
#ifndef EXEMPLAR_FORMATS_SOURCE_H
#define EXEMPLAR_FORMATS_SOURCE_H

#include "base/err.h"
#include "base/json.h"
#include "formats/csv.h"
#include "formats/unpack.h"

#include <stddef.h>
#include <stdint.h>

struct source;

struct source_limits {
    size_t picture_max_bytes;
    size_t text_max_bytes; /* of one item */
    size_t meta_max_bytes; /* the other columns of one row, as JSON */
    struct csv_limits csv; /* row_max_bytes also bounds a line of JSON */
    struct unpack_limits unpack;
};
/* 64 MiB, 1 MiB, 64 KiB, CSV_LIMITS_DEFAULT, UNPACK_LIMITS_DEFAULT */
extern const struct source_limits SOURCE_LIMITS_DEFAULT;

enum source_want { SOURCE_PICTURES, SOURCE_TEXTS }; /* what the project holds */

enum source_header {
    SOURCE_HEADER,
    SOURCE_NO_HEADER
}; /* without: columns are named 1, 2, ... */

struct source_params {
    const char *const *paths; /* these and the texts they point to must outlive the source */
    size_t n_paths;
    enum source_want want;
    enum source_header header;
    const char *text_column; /* NULL: found by its name */
    struct source_limits limits;
    int64_t skip; /* rows that were read before; entries begin behind them */
};

enum source_kind {
    SOURCE_END,
    SOURCE_FILE, /* a whole file: encoded picture, or text not decoded yet */
    SOURCE_ROW,  /* a row's text, UTF-8 */
    SOURCE_REFUSED
};

struct source_entry {
    enum source_kind kind;
    int64_t row; /* 1, 2, ... over the whole import */
    char *path;
    struct buf bytes;
    json_t *meta; /* an object, or NULL */
    char *reason; /* SOURCE_REFUSED: one sentence */
};

/* ERR_NOT_FOUND or ERR_IO when a path cannot be opened at all. */
enum err source_open(struct source **out, const struct source_params *params) MUST_USE;
void source_close(struct source *s); /* NULL is fine */

enum err source_next(struct source *s, struct source_entry *entry) MUST_USE;
void source_entry_free(struct source_entry *entry); /* an empty one is fine */

/* What a person should know about how tables were read ("reviews.csv: text from column 'body',
 * separated by semicolons"), one sentence each, "" when nothing; at most the first few. Lives as
 * long as the source. */
const char *source_notes(const struct source *s);

/* The path of the last row that was skipped, NULL when none was: to see whether the source is
 * still the one that was read before. Known after the first source_next(). */
const char *source_skipped_path(const struct source *s);

#endif

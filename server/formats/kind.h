/* kind - what a file is, by its first bytes and, where bytes do not tell, by its name.
 *
 *     enum kind k = kind_of("reviews.csv", head, n_head);
 *     if (kind_problem(k)) return refuse(kind_problem(k));
 *
 * Pictures and archives are known by their bytes alone, so that a page named .jpg is not a
 * picture and a zip named .jpg is not one either; tables and texts have no mark, so their names
 * decide. Pure. */
#ifndef EXEMPLAR_FORMATS_KIND_H
#define EXEMPLAR_FORMATS_KIND_H

#include <stdbool.h>
#include <stddef.h>

enum { KIND_HEAD = 512 }; /* bytes of a file's start that decide */

enum kind {
    KIND_PICTURE, /* JPEG, PNG, WebP */
    KIND_TEXT,    /* .txt: one item */
    KIND_CSV,
    KIND_TSV,
    KIND_JSONL,
    KIND_ARCHIVE,    /* zip, tar, and tar in gzip, bzip2, xz, zstd */
    KIND_COMPRESSED, /* one file in gzip, bzip2, xz or zstd */
    /* those that are refused, each with its sentence */
    KIND_EMPTY,
    KIND_NOT_A_PICTURE, /* named like a picture, but its bytes are not */
    KIND_OTHER_PICTURE, /* GIF, BMP, TIFF, SVG, HEIC, ... */
    KIND_OTHER_ARCHIVE, /* 7z, rar */
    KIND_OFFICE,        /* spreadsheets and documents */
    KIND_JSON,
    KIND_UNKNOWN,
    KIND_COUNT
};

enum kind kind_of(const char *name, const void *head, size_t n_head);

/* Why it is not read, a sentence that starts in lower case; NULL for those that are. */
const char *kind_problem(enum kind k);

/* Files that a system leaves beside the user's own, passed over without a word: names that start
 * with a dot, __MACOSX, Thumbs.db, desktop.ini. `path` may have folders. */
bool kind_is_hidden(const char *path);

#endif

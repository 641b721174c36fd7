/* unpack - the entries of an archive, one at a time, none of them ever written under its name.
 *
 *     struct unpack *u;
 *     struct unpack_entry entry;
 *     TRY(unpack_open(&u, fd, UNPACK_ARCHIVE, &UNPACK_LIMITS_DEFAULT));
 *     while (!(e = unpack_next(u, &entry)) && entry.name)
 *         if (!entry.problem) e = stream_read_all(&bytes, unpack_stream(u));
 *     unpack_close(u);
 *
 * zip and tar, the latter also in gzip, bzip2, xz or zstd; UNPACK_ONE_FILE is a single file in
 * one of those. Names are metadata: an entry whose name would leave the place it is unpacked to
 * (.., absolute, drive letter, backslash, control character) is told as a problem, so is a link,
 * a device, an encrypted entry. Bytes of a name that are not UTF-8 become U+FFFD.
 *
 * A damaged archive and one beyond its limits end with ERR_INVALID or ERR_TOO_LARGE and a
 * sentence; entries given before stand. Memory is libarchive's own windows (xz up to 1 GiB by
 * its format). Threads: one at a time. Sources: libarchive; PKWARE APPNOTE 6.3; POSIX ustar, pax. */
#ifndef EXEMPLAR_FORMATS_UNPACK_H
#define EXEMPLAR_FORMATS_UNPACK_H

#include "base/err.h"
#include "formats/stream.h"

#include <stddef.h>
#include <stdint.h>

struct unpack;

struct unpack_limits {
    uint64_t entries_max;
    uint64_t bytes_max;  /* of all entries, expanded */
    uint64_t ratio_max;  /* expanded to packed, looked at beyond ratio_from bytes */
    uint64_t ratio_from; /* so that a small, very even table is no bomb */
};
/* 1,000,000 entries; 64 GiB; 200 to 1 beyond 32 MiB. Photos hardly shrink, text shrinks about
 * 10 to 1, and deflate itself ends near 1,000 to 1. */
extern const struct unpack_limits UNPACK_LIMITS_DEFAULT;

enum unpack_form { UNPACK_ARCHIVE, UNPACK_ONE_FILE };

struct unpack_entry {
    const char *name;    /* UTF-8, valid until the next call; NULL at the end */
    const char *problem; /* why it is not to be read, NULL if it is */
};

/* Reads from where `fd` stands; the descriptor stays the caller's and must stay open. */
enum err unpack_open(struct unpack **out, int fd, enum unpack_form form,
                     const struct unpack_limits *limits) MUST_USE;
void unpack_close(struct unpack *u); /* NULL is fine */

/* Folders are passed over. What was not read of the entry before is skipped. */
enum err unpack_next(struct unpack *u, struct unpack_entry *entry) MUST_USE;

/* The bytes of the entry last given. */
const struct stream *unpack_stream(const struct unpack *u);

enum { UNPACK_NAME_MAX = 4096 };

/* What is kept of a name out of an archive: "./" in front dropped, bad UTF-8 replaced. Returns
 * the problem, or NULL for a good name. Pure. */
const char *unpack_name(char name[UNPACK_NAME_MAX], const char *raw);

#endif

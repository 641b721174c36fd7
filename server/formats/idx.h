/* idx - pictures and labels as the MNIST family of data sets comes, packed or not.
 *
 *     struct idx x;
 *     TRY(idx_read(&x, "train-images-idx3-ubyte.gz", IDX_IMAGES));
 *     use(x.values + i * x.width * x.height, x.width, x.height);      // i < x.n, grey, row-major
 *     idx_free(&x);
 *
 * Read: unsigned bytes in one dimension (labels) or three (pictures), big-endian sizes, alone or
 * in gzip, bzip2, xz or zstd. A header whose sizes do not make exactly the bytes that follow is
 * refused, before anything is allocated for them. Threads: any, one file each.
 * Source: yann.lecun.com/exdb/mnist, "the IDX file format". */
#ifndef EXEMPLAR_FORMATS_IDX_H
#define EXEMPLAR_FORMATS_IDX_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum idx_kind { IDX_LABELS, IDX_IMAGES };

enum { IDX_SIDE_MAX = 4096 }; /* pixels of a picture's side */

struct idx {
    size_t n;
    uint32_t width, height; /* 1 and 1 for labels */
    const uint8_t *values;  /* (n, height, width) */
    struct buf bytes;       /* what `values` points into, when read from a file */
};

/* Of bytes in memory, which must outlive it. ERR_INVALID with what is wrong; ERR_TOO_LARGE for
 * larger sides than IDX_SIDE_MAX. */
enum err idx_parse(struct idx *x, const void *bytes, size_t n, enum idx_kind kind) MUST_USE;

/* Of a file, at most 2 GiB when unpacked. */
enum err idx_read(struct idx *x, const char *path, enum idx_kind kind) MUST_USE;
void idx_free(struct idx *x); /* an empty one is fine */

#endif

/* bytes - the inside of a model file: little-endian numbers, a header, a checksum.
 *
 *     offset  bytes
 *     0       8    "EXMPLSMP"
 *     8       4    version of this layout (1)
 *     12      4    kind of content: 3 head, 5 classifier of several members, 6 photo-blocks,
 *                      7 image-blocks, 8 text-words-ngrams, 9 version of a classifier, with
 *                      its classes, 10 what tells unknown items, 11 a small model that leaves
 *                      the house (server/domain/student.h); 1, 2 and 4 were encoders before
 *                      they had parts, and must be learned again
 *     16      8    length of the content
 *     24      n    content
 *     24 + n  8    FNV-1a (64 bits) of everything before
 *
 * Writing: a failed allocation is remembered and told once, by smp_writer_finish. Reading: every
 * take is checked against what is left; after a failed one all further ones fail too, so a reader
 * takes a whole record and asks once. Floats must be finite.
 *
 * Halves: an array as one f32, the largest magnitude in it, and IEEE binary16 shares of that, so that
 * any scale fits; each number is then off by at most 2^-11 of itself, or 2^-25 of the largest. */
#ifndef SAMPLER_BYTES_H
#define SAMPLER_BYTES_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum smp_content {
    SMP_CONTENT_OLD_IMAGES = 1,
    SMP_CONTENT_OLD_TEXTS = 2,
    SMP_CONTENT_HEAD = 3,
    SMP_CONTENT_OLD_PHOTOS = 4,
    SMP_CONTENT_MODEL = 5,
    SMP_CONTENT_PHOTOS = 6,
    SMP_CONTENT_SMALL = 7,
    SMP_CONTENT_TEXTS = 8,
    SMP_CONTENT_VERSION = 9,
    SMP_CONTENT_UNKNOWN = 10,
    SMP_CONTENT_STUDENT = 11
};

struct smp_writer {
    uint8_t *bytes;
    size_t n, room;
    bool failed;
};

void smp_writer_start(struct smp_writer *w, enum smp_content content);
void smp_put_u32(struct smp_writer *w, uint32_t x);
void smp_put_u64(struct smp_writer *w, uint64_t x);
void smp_put_f64(struct smp_writer *w, double x);
void smp_put_bytes(struct smp_writer *w, const void *x, size_t n);
void smp_put_u32s(struct smp_writer *w, const uint32_t *x, size_t n);
void smp_put_u64s(struct smp_writer *w, const uint64_t *x, size_t n);
void smp_put_floats(struct smp_writer *w, const float *x, size_t n);
void smp_put_halves(struct smp_writer *w, const float *x, size_t n);

/* Fills in length and checksum and hands the bytes over, to be free()d; SMP_NOMEM frees them. */
enum smp_status smp_writer_finish(struct smp_writer *w, uint8_t **bytes,
                                  size_t *n) SMP_MUST_USE;

struct smp_reader {
    const uint8_t *at;
    size_t left;
    bool failed;
};

/* Checks the frame; the reader then stands at the content. SMP_CORRUPT with a sentence. */
enum smp_status smp_reader_start(struct smp_reader *r, const uint8_t *bytes, size_t n,
                                 enum smp_content *content) SMP_MUST_USE;
uint32_t smp_take_u32(struct smp_reader *r); /* 0 after a failure */
uint64_t smp_take_u64(struct smp_reader *r);
double smp_take_f64(struct smp_reader *r);
void smp_take_bytes(struct smp_reader *r, void *x, size_t n);

/* Newly allocated arrays of n, for the caller to free; NULL after a failure. n is checked against
 * what is left before anything is allocated. */
void *smp_take_blob(struct smp_reader *r, size_t n);
uint32_t *smp_take_u32s(struct smp_reader *r, size_t n);
uint64_t *smp_take_u64s(struct smp_reader *r, size_t n);
float *smp_take_floats(struct smp_reader *r, size_t n);
float *smp_take_halves(struct smp_reader *r, size_t n);

/* SMP_OK when everything was taken, and nothing is left; else SMP_CORRUPT with a sentence. */
enum smp_status smp_reader_finish(const struct smp_reader *r) SMP_MUST_USE;

/* FNV-1a, 64 bits (Fowler, Noll & Vo, draft-eastlake-fnv). */
uint64_t smp_fnv(const void *bytes, size_t n);

/* The hash of what `h` is the hash of, with n more bytes behind it. */
uint64_t smp_fnv_more(uint64_t h, const void *bytes, size_t n);

/* x <- what its halves say, once taken: who saves halves works with these from the start. */
void smp_round_to_halves(float *x, size_t n);

#endif

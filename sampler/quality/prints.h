/* prints - is this the same item again? 64 numbers a picture or a text, and groups of those alike.
 *
 *     smp_picture_print(grey, width, height, &print[i]);              // each item once
 *     struct smp_prints_in in = {.print = print, .n = n, .alike = SMP_ALIKE_PICTURES, .n_threads = 2};
 *     SMP_TRY(smp_near_prints(&in, group, &n_groups));                // group (n)
 *
 * Of a picture, the sizes of the 64 slow waves whose signs alone are its perceptual hash
 * (duplicates.h): brightness and contrast do not count. Of a text, 64 sums over its words and pairs of
 * neighbouring words, each with a sign drawn by its hash (SimHash before its signs are taken); case and
 * punctuation do not count. Either way two items' likeness is the cosine of their prints.
 *
 * Items are alike when the hashes of their prints differ in at most SMP_PRINT_RADIUS bits, and the
 * cosine is `alike` or more. The hash alone is not enough: within 6 bits it made one group of 2,331 of
 * 20,000 pictures of Fashion-MNIST, where clothes differ little. Of its first 10,000 pictures, with the cosine
 * at 0.98, 42 pairs were of one class and 2 of two; at 0.985, 16 and none.
 *
 * A print says nothing of an item that has nothing on it (a grey wall, no word): all zero, like nobody.
 * Source for texts: Charikar, "Similarity Estimation Techniques from Rounding Algorithms" (2002). */
#ifndef SAMPLER_QUALITY_PRINTS_H
#define SAMPLER_QUALITY_PRINTS_H

#include "sampler/status.h"

#include <stddef.h>
#include <stdint.h>

enum { SMP_PRINT = 64, SMP_PRINT_RADIUS = 8 };

struct smp_print {
    int8_t wave[SMP_PRINT]; /* the largest is 127 or -127 */
};

extern const float SMP_ALIKE_PICTURES, SMP_ALIKE_TEXTS;

/* grey (height, width) rows top first, both > 0. */
void smp_picture_print(const uint8_t *grey, size_t width, size_t height, struct smp_print *to);

/* n_bytes of UTF-8. */
void smp_text_print(const char *text, size_t n_bytes, struct smp_print *to);

/* The cosine, -1..1; 0 with a print of nothing. */
float smp_print_likeness(const struct smp_print *a, const struct smp_print *b);

struct smp_prints_in {
    const struct smp_print *print; /* (n) */
    size_t n;
    float alike;
    unsigned n_threads; /* 0 counts as 1 */
};

/* group (n) <- 0.. in the order of first members; items alone have a group each. Same for any number
 * of threads. */
enum smp_status smp_near_prints(const struct smp_prints_in *in, uint32_t *group,
                                size_t *n_groups) SMP_MUST_USE;

#endif

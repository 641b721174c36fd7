/* region - which part of a picture carries the answer: what happens to it when the part is covered.
 *
 *     struct smp_region_in in = {.spec = spec, .pixels = pixels, .n_classes = 3, .class = best,
 *                                .predict = predict, .ctx = p};
 *     SMP_TRY(smp_region_find(&in, &map));
 *     map.weight[y * map.columns + x]        // above 0: covered, the answer is less sure
 *
 * A window of two by two cells of a grid is covered with the picture's mean colour, once at every place:
 * 49 pictures for a grid of 8 by 8, asked about together with the whole one. The weight of a cell is the
 * mean over the windows that cover it of what the class's log-odds, ln(p / (1 - p)), lose: odds and
 * not p, because an answer of 99.9 % that falls to 99 % has lost nine tenths of its evidence.
 * A weight says what this classifier reads, not what is true of the thing shown; two parts that each tell
 * enough have little weight each, since the other is still there.
 *
 * Source: Zeiler & Fergus, "Visualizing and Understanding Convolutional Networks" (ECCV 2014), 4.2.
 * Pure: calls `predict` once, on the calling thread; memory for 50 pictures. */
#ifndef SAMPLER_EXPLAIN_REGION_H
#define SAMPLER_EXPLAIN_REGION_H

#include "sampler/encoder.h"

enum { SMP_REGION_GRID = 8 };

struct smp_region_in {
    struct smp_image_spec spec;
    const uint8_t *pixels;   /* (height, width, channels) */
    size_t n_classes, class; /* the answer that is asked about */
    /* p (n, n_classes) <- of n pictures; anything but SMP_OK ends it with that code. */
    enum smp_status (*predict)(void *ctx, const uint8_t *pixels, size_t n, float *p);
    void *ctx;
};

struct smp_region {
    size_t rows, columns; /* at most SMP_REGION_GRID each; a cell has 2 pixels a side or more */
    float weight[SMP_REGION_GRID * SMP_REGION_GRID]; /* (rows, columns) */
    float p;                                         /* of the class, nothing covered */
};

enum smp_status smp_region_find(const struct smp_region_in *in,
                                struct smp_region *out) SMP_MUST_USE;

/* What both kinds of reason are told in: ln(p / (1 - p)), kept within what a float can tell of p. */
float smp_log_odds(float p);

#endif

/* alpha - Krippendorff's alpha for answers that are no classes: boxes, outlines, spans.
 *
 *     double apart(void *ctx, size_t a, size_t b)        // 1 - smp_shapes_f1(..) of answers a and b
 *     struct smp_alpha_in in = {.item = item, .n = n, .n_items = 100, .apart = apart, .ctx = shapes,
 *                               .bootstrap = {.rounds = 1000, .seed = 1}};
 *     SMP_TRY(smp_alpha(&in, &alpha));
 *
 * alpha = 1 - observed / expected distance. Observed: between the answers to one item. Expected:
 * between any two answers, to whichever items: all pairs of them while there are at most
 * SMP_ALPHA_PAIRS, else so many drawn at random by the seed. An item's answers are one of each person,
 * and an empty one ("nothing here") is an answer too.
 * Source: Krippendorff, "Content Analysis" (2018), 12.2; with a distance of the caller's own as in Braylan
 * et al., "Measuring Annotator Agreement Generally across Complex Structured ... Tasks" (WWW 2022). */
#ifndef SAMPLER_QUALITY_ALPHA_H
#define SAMPLER_QUALITY_ALPHA_H

#include "sampler/quality/estimate.h"

/* 500,000 calls at a microsecond each are half a second. */
enum { SMP_ALPHA_PAIRS = 500000 };

/* The distance of answers a and b: 0 the same, never negative, the same both ways. Called on the
 * caller's thread only. */
typedef double smp_apart(void *ctx, size_t a, size_t b);

struct smp_alpha_in {
    const uint32_t *item; /* (n) 0..n_items-1 */
    size_t n, n_items;
    smp_apart *apart;
    void *ctx;
    struct smp_bootstrap bootstrap;
};

/* SMP_INVALID: an item out of range, or a distance that is none. Undefined (NaN) when no item has two
 * answers, or all are the same. */
enum smp_status smp_alpha(const struct smp_alpha_in *in, struct smp_estimate *out) SMP_MUST_USE;

#endif

/* takeover - from which confidence on may a model answer alone, so that at most 1 in N is wrong?
 *
 *     struct smp_takeover_in in = {.confidence = p, .right = right, .n = n, .wrong_max = 1.0 / 200};
 *     smp_takeover(&in, &out);                       // one class: answers where it was the guess
 *     if (out.ready) ...  p >= out.threshold         // the model's own
 *     else           ...  "not yet": out.n_needed more answers, all right, would do
 *
 *     smp_wrong_broke(right, n, 1.0 / 200)           // later, by answers checked at random, in order
 *
 * A threshold passes when the answers at or above it are evidence enough that fewer than wrong_max of
 * such answers are wrong. The evidence is the likelihood ratio of two lower rates (1/8 and 1/4 of
 * wrong_max, the mean of both) to wrong_max itself. If the rate is wrong_max or above, it reaches 40
 * with a chance of at most 1 in 40 at any moment there will ever be (Ville's inequality), so it may be
 * looked at after every answer: an exact binomial bound (Clopper & Pearson 1934) may be looked at only
 * once. For 1 in 200 that takes 896 answers without a mistake or 1,332 with one, for 1 in 20 it takes
 * 88 or 131.
 *
 * Thresholds are tried from above until one does not pass: a second one is only asked about where the
 * first was right, so no correction is needed (fixed-sequence testing). There are two sequences, each
 * at 1 in 40, both fixed before any answer: one begins at 1 - wrong_max, where calibrated confidence
 * promises it by itself, the other at 1 - 4 wrong_max, for classes whose confidence is too modest.
 * Together they are wrong in at most 1 of 20 classes.
 *
 * Measured (tests/unit/sampler/test_takeover.c): a class that is wrong exactly 1 in 20 at every
 * confidence, looked at after every 25 of 2,000 answers, takes over in 4 % of runs.
 *
 * Pure, cannot fail; any thread. Sources: Waudby-Smith & Ramdas, "Estimating means of bounded random
 * variables by betting" (2024); Angelopoulos et al., "Learn then test" (2021), section on fixed
 * sequences; for smp_wrong_broke: Shin, Ramdas & Rinaldo, "E-detectors" (2023). */
#ifndef SAMPLER_TAKEOVER_H
#define SAMPLER_TAKEOVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct smp_takeover_in {
    const float *confidence; /* (n) of the class that was guessed, 0..1, calibrated */
    const uint8_t *right;    /* (n) whether people said the same */
    size_t n;
    double wrong_max; /* in (0, 0.5) */
};

struct smp_takeover {
    bool ready;
    double threshold;  /* lowest that passed; not ready: the one that is nearest to passing */
    size_t n, n_wrong; /* answers at or above it */
    double wrong_high; /* of those: at most this share is wrong, 95 % sure at any moment */
    size_t n_needed;   /* further answers there, all right, until it passes; 0 when ready */
};

void smp_takeover(const struct smp_takeover_in *in, struct smp_takeover *out);

/* The same bound by itself: what share is wrong at most, when k of n were. 1 when n is 0. */
double smp_wrong_high(size_t n, size_t k);

/* Whether answers checked at random, right (n) in their order, show that more than wrong_max are wrong
 * by now. From wherever it went bad, rates of 2, 4 and 8 times wrong_max are looked for; at wrong_max
 * itself it rings once in 1,000 answers or less often, on average. At twenty times wrong_max of 1 in 200 it needs
 * about 40 answers, at four times about 540. */
bool smp_wrong_broke(const uint8_t *right, size_t n, double wrong_max);

#endif

/* sides - how much does it matter, in this pool, what is left and what is right?
 *
 * A photo of a jacket and its mirror image are one thing to a person, and a block that gives both
 * nearly the same numbers learns from half as many labels. A letter and its mirror image are two. So
 * blocks split what they see into the mean of a photo and its mirror image, and what the two differ
 * by, and weigh the latter: by 1 where sides differ, by 0.4 elsewhere, which leaves classes that
 * mirror each other apart, for those who label enough of them. Nobody needs to be asked: a pool in
 * which left and right mean nothing looks, as a whole, like its mirror image.
 *
 *     SMP_TRY(smp_sides_look(&photos, &photos.sides, NULL));       // before the blocks are learned
 *
 * Looks at the differences of the gradient histograms (hog.h) of up to 1,000 photos: where either side
 * may come first, their mean over n photos is as long as chance makes it, its energy 1/n of their mean
 * energy. Sides differ when the mean has more than 2 % of the energy, and more than 3/n. Measured: 6 %
 * on Fashion-MNIST (shoes point to the left) and on letters, 0.2 % = 1.4/n on 750 photos of clothes.
 *
 * What weights of 0, 0.3, 0.5 and 1 give (equal weights of linear heads, 100 and 1,000 random labels;
 * of clothes 100 and 750): letters and digits 28x28 81.6 91.0, 87.6 97.4, 90.6 97.4, 92.1 97.6;
 * photos of clothes 51.9 80.9, 51.6 81.7, 51.0 81.5; the same at 32x32 54.0 77.4, -, 53.7 77.4,
 * 52.0 74.7; Fashion-MNIST 80.1 88.3, -, -, 80.2 88.3. Equal photos give the same answer for any
 * number of threads. */
#ifndef SAMPLER_BLOCKS_SIDES_H
#define SAMPLER_BLOCKS_SIDES_H

#include "sampler/blocks/photos.h"

/* Of the differences. */
float smp_sides_weight(enum smp_sides sides);

/* *sides <- the rule's answer; *share, unless NULL, <- the mean's share of the energy. SMP_NOMEM. */
enum smp_status smp_sides_look(const struct smp_photos *photos, enum smp_sides *sides,
                               double *share) SMP_MUST_USE;

#endif

/* fisher - a photo as the way its descriptors differ from the pool's: a Fisher vector.
 *
 * The mixture describes the pool's descriptors; a photo is the direction in which its own would
 * move the mixture's means and variances. Over the whole photo and, but for textures, over three
 * horizontal bands; each signed-square-rooted and scaled to length 1. What is kept is the mean of the photo's vector
 * and its mirror image's, which by the pairs of mixture.h is half as long and costs nothing:
 *     regions * K/2 pairs * 2d numbers.
 * Behind each region's mean stands, as long, half of their difference, times the weight that left and
 * right have in the pool (sides.h).
 *
 *     SMP_TRY(smp_fisher_learn(&in, &f));
 *     smp_fisher_encode(&f, &view, work, out);          // out (smp_fisher_size(&f))
 *
 * Source: Sanchez, Perronnin, Mensink & Verbeek, IJCV 2013. */
#ifndef SAMPLER_BLOCKS_FISHER_H
#define SAMPLER_BLOCKS_FISHER_H

#include "sampler/blocks/mirror.h"
#include "sampler/blocks/mixture.h"
#include "sampler/blocks/photos.h"

struct smp_fisher {
    enum smp_descriptor_kind kind;
    enum smp_sides sides;
    struct smp_axes axes;
    struct smp_mixture mixture;
};

enum smp_status smp_fisher_learn(const struct smp_photos *photos, enum smp_descriptor_kind kind,
                                 struct smp_fisher *out) SMP_MUST_USE;
void smp_fisher_free(struct smp_fisher *f);

size_t smp_fisher_size(const struct smp_fisher *f);

/* Floats of workspace for one thread, for photos whose large view has this side. */
size_t smp_fisher_work(const struct smp_fisher *f, size_t side_px);
void smp_fisher_encode(const struct smp_fisher *f, const struct smp_view *view, float *work,
                       float *out);

void smp_fisher_put(const struct smp_fisher *f, struct smp_writer *w);
/* `kind` and `sides` are set by the caller. */
enum smp_status smp_fisher_take(struct smp_reader *r, struct smp_fisher *f) SMP_MUST_USE;

#endif

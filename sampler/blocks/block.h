/* block - one way of looking at a photo, learned from the pool without labels: at most 256 numbers.
 *
 *     struct smp_photos photos = {.spec = spec, .pixels = pixels, .n = n, .seed = 1, .n_threads = 2};
 *     if (smp_block_applies(SMP_BLOCK_SHAPE, &spec))
 *         SMP_TRY(smp_block_learn(SMP_BLOCK_SHAPE, &photos, &block));
 *     SMP_TRY(smp_blocks_encode(blocks, n_blocks, &photos, z));              // z[b] (n, dim_b)
 *
 *     block        looks at                                          raw numbers of a colour photo
 *     hog          coarse shape: gradient histograms of the subject      4,608
 *     shape        fine shape: Fisher vectors of its RootSIFT           49,152
 *     texture      Fisher vectors of the frame's small RootSIFT          8,192
 *     colour       Fisher vectors of colours side by side               12,288
 *     dictionary   small patches, their layout                           7,200
 *
 * A photo and its mirror image are nearly one thing to a block: the first half of its raw numbers is
 * the mean of both, where exact by folding sums instead of computing twice, and the second what they
 * differ by, at 0.4 of the weight; or at full weight where the pool says that left and right mean something
 * (photos.sides, sides.h). The dictionary keeps the mean only; or, then, the photo's own.
 *
 * Numbers are centred on the pool and divided by one number, so that their mean variance is 1.
 * Equal photos and seed give equal bits for any number of threads. A block is immutable. */
#ifndef SAMPLER_BLOCKS_BLOCK_H
#define SAMPLER_BLOCKS_BLOCK_H

#include "sampler/blocks/photos.h"
#include "sampler/bytes.h"

enum smp_block_kind {
    SMP_BLOCK_HOG,
    SMP_BLOCK_SHAPE,
    SMP_BLOCK_TEXTURE,
    SMP_BLOCK_COLOUR,
    SMP_BLOCK_DICTIONARY,
    SMP_BLOCK_KINDS
};

struct smp_block;

/* "hog", ...: what a receipt calls it. */
const char *smp_block_name(enum smp_block_kind kind);

/* "coarse shape", ...: what a project page calls it. */
const char *smp_block_sees(enum smp_block_kind kind);

/* Whether such images can be looked at this way: colour needs three channels, all need a side of
 * 10 pixels. */
bool smp_block_applies(enum smp_block_kind kind, const struct smp_image_spec *spec);

/* Learns from the photos; the caller frees. SMP_INVALID when it does not apply or there are none.
 */
enum smp_status smp_block_learn(enum smp_block_kind kind, const struct smp_photos *photos,
                                struct smp_block **out) SMP_MUST_USE;
void smp_block_free(struct smp_block *block); /* NULL is fine */

enum smp_block_kind smp_block_kind_of(const struct smp_block *block);
size_t smp_block_dim(const struct smp_block *block);

/* Several blocks over the same photos, each photo's views made once: z[b] (n, dim of block b). */
enum smp_status smp_blocks_encode(const struct smp_block *const *blocks, size_t n_blocks,
                                  const struct smp_photos *photos,
                                  float *const *z) SMP_MUST_USE;

/* Inside a model file (bytes.h); the file's golden items are the container's part. */
void smp_block_put(const struct smp_block *block, struct smp_writer *w);
enum smp_status smp_block_take(struct smp_reader *r, const struct smp_image_spec *spec,
                               struct smp_block **out) SMP_MUST_USE;

#endif

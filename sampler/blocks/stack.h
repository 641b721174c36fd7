/* stack - all that is learned from a pool of photos: its blocks, and the autoencoder over them.
 *
 *     struct smp_train_images in = {.spec = {128, 128, 3}, .n = n, .fetch = fetch, ...};
 *     SMP_TRY(smp_stack_learn(&in, &stack));
 *     float *b[SMP_BLOCK_KINDS] = ...;     // b[i] (n, smp_block_dim(smp_stack_block(stack, i)))
 *     SMP_TRY(smp_stack_encode(stack, pixels, n, 2, b, z, error));   // z (n, smp_stack_dim(stack))
 *
 * The latent z is what is stored, mapped, searched and sampled from; the classifier (model/model.h)
 * reads the blocks, and z as one part more. Blocks that do not apply to the pool's images are left
 * out: grey ones have no colour. At most SMP_STACK_FIT_MAX photos are learned from.
 * Equal photos and seed give equal bits for any number of threads. A stack is immutable. */
#ifndef SAMPLER_BLOCKS_STACK_H
#define SAMPLER_BLOCKS_STACK_H

#include "sampler/blocks/block.h"

/* 188 MiB of canonical photos, held while learning */
enum { SMP_STACK_FIT_MAX = SMP_IMAGE_FIT_MAX };

struct smp_stack;

/* As smp_encoder_train_images: SMP_INVALID without photos or with images that no block can look at,
 * SMP_CANCELLED, SMP_NOMEM. */
enum smp_status smp_stack_learn(const struct smp_train_images *in,
                                struct smp_stack **out) SMP_MUST_USE;
void smp_stack_free(struct smp_stack *s); /* NULL is fine */

struct smp_image_spec smp_stack_spec(const struct smp_stack *s);
size_t smp_stack_dim(const struct smp_stack *s); /* of the latent */
size_t smp_stack_blocks(const struct smp_stack *s);
const struct smp_block *smp_stack_block(const struct smp_stack *s, size_t i);

/* pixels (n, height, width, channels) -> z (n, dim), error (n) (codes.h), and each block's own
 * numbers into blocks[i]. `blocks`, any of them and `error` may be NULL. */
enum smp_status smp_stack_encode(const struct smp_stack *s, const uint8_t *pixels, size_t n,
                                 unsigned n_threads, float *const *blocks, float *z,
                                 float *error) SMP_MUST_USE;

/* Inside a model file (bytes.h); frame, checksum and golden photos are the container's part. */
void smp_stack_put(const struct smp_stack *s, struct smp_writer *w);
enum smp_status smp_stack_take(struct smp_reader *r, struct smp_stack **out) SMP_MUST_USE;

#endif

/* student - a small convolutional network that answers as a classifier does, from pixels alone.
 *
 *     const struct smp_student_in in = {.spec = smp_encoder_image_spec(enc), .n = n, .n_classes = k,
 *                                       .fetch = fetch, .ctx = job, .seed = 1, .n_threads = 2};
 *     SMP_TRY(smp_student_learn(&in, &net));                 // a network as any of conv/conv.h
 *     SMP_TRY(smp_conv_read(net, smp_conv_n_layers(net) - 1, small, 1, 1, scores));    // p: softmax of them
 *
 * What leaves the house must run without encoder and heads: one network instead of all of them, taught
 * with what they say of every picture there is, labelled or not (Hinton, Vinyals & Dean 2015). It is
 * shown each picture again and again as a part of it, mirrored, and mixed with another by half, the
 * answers mixed likewise (Zhang et al. 2018; Beyer et al. 2022), so that few pictures last long.
 *
 * What it sees: the whole upright picture squashed to smp_student_spec(), each number the mean over the
 * area that falls on it, 0 black to 1 white, red, green and blue, or grey as 0.299 r + 0.587 g + 0.114 b.
 * Nothing is subtracted and nothing cut off.
 *
 * How much it loses against its teacher, by data set: docs/teach.md. Deterministic for any number of
 * threads. Memory: about 24,000 of the small pictures. */
#ifndef SAMPLER_STUDENT_STUDENT_H
#define SAMPLER_STUDENT_STUDENT_H

#include "sampler/conv/conv.h"
#include "sampler/encoder.h"

enum {
    SMP_STUDENT_SIDE = 64, /* pixels of a photo's side; small images stay as they are */
    SMP_STUDENT_PICTURES_MAX = 20000, /* it learns from, at most */
    SMP_STUDENT_CLASSES_MAX = SMP_CONV_OUT_MAX
};

struct smp_student_in {
    struct smp_image_spec spec; /* of the pictures: one of smp_image_spec_choose */
    size_t n, n_classes;
    /* Writes picture i (height, width, channels) and its teacher's answer p (n_classes), which sums to 1.
     * Called on the calling thread, once for each i, ascending. Anything but SMP_OK ends it. */
    enum smp_status (*fetch)(void *ctx, size_t i, uint8_t *pixels, float *p);
    void *ctx;
    uint64_t seed;
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

/* The size at which the student of such pictures sees them. */
struct smp_image_spec smp_student_spec(const struct smp_image_spec *pictures);

/* small (of the spec above) <- a picture of spec `from`: means over areas, rounded. */
void smp_student_shrink(const struct smp_image_spec *from, const uint8_t *pixels,
                        uint8_t *small);

/* Its last layer makes the n_classes scores. SMP_INVALID without pictures, with more than
 * SMP_STUDENT_PICTURES_MAX or a size that is none of smp_image_spec_choose; SMP_CANCELLED. The caller
 * frees the network. */
enum smp_status smp_student_learn(const struct smp_student_in *in,
                                  struct smp_conv **net) SMP_MUST_USE;

#endif

/* member - one head on one part of the features: what the recipe, the choice and the model share.
 *
 *     const struct smp_member_in in = {.kind = SMP_MEMBER_LINEAR, .z = z, .n = n, .d = d, .labels = l};
 *     SMP_TRY(smp_fitted_new(&in, &fitted));
 *     SMP_TRY(smp_fitted_predict(fitted, z, row, n_rows, p));          // p (n_rows, n_classes)
 *
 * Predicting runs on the calling thread: there are enough rows to share out. A fitted member is immutable. */
#ifndef SAMPLER_MODEL_MEMBER_H
#define SAMPLER_MODEL_MEMBER_H

#include "sampler/bytes.h"
#include "sampler/model/model.h"

struct smp_member_in {
    enum smp_member_kind kind;
    const float *z; /* (n, d) one part of the pool; only labelled rows are read */
    size_t n, d;
    bool is_latent; /* part 0, which is learned from all that the encoder knows */
    struct smp_labels labels;
    uint64_t seed;
    unsigned n_threads;
};

struct smp_fitted;

/* SMP_INVALID as smp_head_fit. */
enum smp_status smp_fitted_new(const struct smp_member_in *in,
                               struct smp_fitted **out) SMP_MUST_USE;
void smp_fitted_free(struct smp_fitted *f); /* NULL is fine */

bool smp_fitted_is_trained(const struct smp_fitted *f);
size_t smp_fitted_dim(const struct smp_fitted *f);
size_t smp_fitted_classes(const struct smp_fitted *f);

/* p (n_rows, n_classes) <- z[row[i]], or rows 0.. of z when row is NULL. */
enum smp_status smp_fitted_predict(const struct smp_fitted *f, const float *z,
                                   const size_t *row, size_t n_rows, float *p) SMP_MUST_USE;

enum smp_status smp_fitted_put(const struct smp_fitted *f, struct smp_writer *w) SMP_MUST_USE;
enum smp_status smp_fitted_take(struct smp_reader *r, struct smp_fitted **out) SMP_MUST_USE;

/* A failure on another thread, its sentence brought along, because sentences stay with threads. */
struct smp_told {
    enum smp_status code;
    char sentence[500];
};

/* On the thread where it happened; then on the one that tells it. */
struct smp_told smp_told_here(enum smp_status code);
enum smp_status smp_tell(const struct smp_told *told) SMP_MUST_USE;

/* What both mix: the logarithm of p, or of yes against no, from which a floor keeps it: one member's
 * certainty must not silence all others. x (n) in place. */
void smp_evidence_one(float *x, size_t n);
void smp_evidence_several(float *x, size_t n);

/* Whether a recipe can be used: members, parts, weights. `n_parts` of the features. */
enum smp_status smp_recipe_check(const struct smp_recipe *recipe, size_t n_parts) SMP_MUST_USE;

#endif

/* model - the classifier: members, each a small head on one part of the features, their answers
 * mixed by a recipe.
 *
 *     smp_recipe_rule(&in, &recipe);                        // few labels: by rule, at once
 *     SMP_TRY(smp_recipe_choose(&in, &recipe));             // or by cross-validation, in the background
 *     SMP_TRY(smp_model_fit(&in, &recipe, &model));         // after every batch of labels: quick
 *     SMP_TRY(smp_model_predict(model, &new, 2, p));        // p (new.n, n_classes)
 *
 * One answer: p = softmax(t * sum_m w_m log(p_m + 1e-4)), the w_m summing to 1, t the temperature that
 * makes held-out answers most probable (Guo et al., ICML 2017). Several answers: the same for yes
 * against no of each class. What a part is worth depends on the classes (colour tells materials apart,
 * and clothes not at all), and what a kind of head is worth on the number of labels, so members are
 * added one by one, again and again, whichever makes the held-out answers most probable (Caruana et
 * al., ICML 2004).
 *
 * Deterministic for any number of threads: equal features, labels, seed and recipe give equal bits,
 * which is what makes a receipt replayable. A model is immutable and may be shared by threads. */
#ifndef SAMPLER_MODEL_MODEL_H
#define SAMPLER_MODEL_MODEL_H

#include "sampler/features.h"
#include "sampler/head.h"
#include "sampler/status.h"

#include <stdbool.h>
#include <stdint.h>

enum smp_member_kind {
    SMP_MEMBER_LINEAR, /* balanced logistic regression (head.h) */
    SMP_MEMBER_RBF, /* the same on Gaussian kernels at the labelled items, 1,024 of them at most */
    SMP_MEMBER_MEAN, /* nearest class mean: below one label a class */
    SMP_MEMBER_MLP,  /* one hidden layer of 128, a fifth of its input hidden while it learns */
    SMP_MEMBER_KINDS
};

/* "linear", "rbf", "mean", "mlp". */
const char *smp_member_kind_name(enum smp_member_kind kind);

struct smp_member {
    uint32_t part; /* of the features */
    enum smp_member_kind kind;
    float weight;
};

enum { SMP_MEMBERS_MAX = 24 };

/* How to make a model: small, plain, stored with whatever the model decided. */
struct smp_recipe {
    size_t n_members;
    struct smp_member member[SMP_MEMBERS_MAX]; /* weights sum to 1 */
    float temperature;
    size_t n_labels; /* smp_recipe_choose had; 0: it was not asked */
    float accuracy;  /* held out, each label once; 0 when nothing was held out */
};

struct smp_model_in {
    const struct smp_features *features; /* the pool; only labelled rows are read */
    struct smp_labels labels;
    uint64_t seed; /* of folds and of nets */
    unsigned n_threads;
    const struct smp_progress *progress; /* may be NULL */
};

/* By rule, without looking at answers: a linear member on every part, the latent too, of equal weights;
 * nearest means below one label a class. */
void smp_recipe_rule(const struct smp_model_in *in, struct smp_recipe *recipe);

/* By five-fold cross-validation, in which linear, MLP and (up to 2,000 labels and 100,000 items) RBF
 * members of every part compete; the rule's recipe below ten labels a class. Looks at 3,000 labels at
 * most, as many of each class as that allows. SMP_INVALID as smp_head_fit, SMP_CANCELLED, SMP_NOMEM. */
enum smp_status smp_recipe_choose(const struct smp_model_in *in,
                                  struct smp_recipe *recipe) SMP_MUST_USE;

/* Whether a recipe that was chosen with `then` labels should be chosen again, with `now`: from ten a
 * class, and then whenever they grew by a quarter. One rule for the product and for its simulation. */
bool smp_recipe_is_due(size_t then, size_t now, size_t n_classes);

struct smp_model;

enum smp_status smp_model_fit(const struct smp_model_in *in, const struct smp_recipe *recipe,
                              struct smp_model **out) SMP_MUST_USE;
void smp_model_free(struct smp_model *model); /* NULL is fine */

/* As smp_head_is_trained: it can tell two answers apart. */
bool smp_model_is_trained(const struct smp_model *model);
size_t smp_model_classes(const struct smp_model *model);
const struct smp_recipe *smp_model_recipe(const struct smp_model *model);
uint64_t smp_model_hash(const struct smp_model *model); /* names it in a receipt */

/* p (features->n, n_classes): rows sum to 1 for one answer; each 0..1 for several. A single member at
 * temperature 1 answers as it is. SMP_INVALID when a part is not there, or of another width. */
enum smp_status smp_model_predict(const struct smp_model *model,
                                  const struct smp_features *features, unsigned n_threads,
                                  float *p) SMP_MUST_USE;

/* The same for chosen rows of a pool: p (n_rows, n_classes). */
enum smp_status smp_model_predict_rows(const struct smp_model *model,
                                       const struct smp_features *features, const size_t *row,
                                       size_t n_rows, unsigned n_threads,
                                       float *p) SMP_MUST_USE;

/* Versioned bytes with a checksum, as smp_encoder_save and _load; `*bytes` is free()d by the caller.
 * Loading refuses what was not written so, with SMP_CORRUPT and a sentence. */
enum smp_status smp_model_save(const struct smp_model *model, uint8_t **bytes,
                               size_t *n_bytes) SMP_MUST_USE;
enum smp_status smp_model_load(const uint8_t *bytes, size_t n_bytes,
                               struct smp_model **out) SMP_MUST_USE;

#endif

/* held_out - what candidates say of labels they were not fitted to, and how good a mix of them is.
 *
 *     SMP_TRY(smp_held_out_begin(&h, in, candidate, n));     // which labels, dealt over folds
 *     SMP_TRY(smp_held_out_fit(&h));                         // every candidate on every fold
 *     smp_held_out_add(&h, c, 1);                            // mixed += evidence of candidate c
 *     loss = smp_held_out_loss(&h, NULL, scale);             // mean -log p(answer)
 *     smp_held_out_end(&h);
 *
 * Evidence is the logarithm of a probability (one answer), or of yes against no (several). Every
 * class weighs the same, as in the heads; likewise yes and no. */
#ifndef SAMPLER_MODEL_HELD_OUT_H
#define SAMPLER_MODEL_HELD_OUT_H

#include "sampler/model/member.h"

enum { SMP_FOLDS = 5, SMP_CANDIDATES_MAX = SMP_PARTS_MAX * SMP_MEMBER_KINDS };

struct smp_candidate {
    uint32_t part;
    enum smp_member_kind kind;
};

struct smp_held_out {
    const struct smp_model_in *in;
    const struct smp_candidate *candidate; /* (n_candidates) */
    size_t n_candidates;
    size_t n, k;     /* labels looked at, classes */
    size_t *label;   /* (n) which of in->labels */
    uint8_t *fold;   /* (n) SMP_FOLDS: fitted to in every fold, never held out */
    size_t n_held;   /* labels held out in some fold */
    size_t n_seen;   /* classes among the labels that can be judged */
    double *share;   /* (2, k) of the loss: one label's no, then yes (one answer: yes) */
    float *evidence; /* (n_candidates, n, k) */
    float *mixed;    /* (n, k) */
    double *loss;    /* (n) for who compares mixes label by label */
    struct smp_told *told;
};

/* Chooses labels and folds. n_held is 0 when nothing can be held out: fewer than two classes with two
 * labels (one answer), no class with two of each answer (several). */
enum smp_status smp_held_out_begin(struct smp_held_out *h, const struct smp_model_in *in,
                                   const struct smp_candidate *candidate,
                                   size_t n_candidates) SMP_MUST_USE;
void smp_held_out_end(struct smp_held_out *h);

enum smp_status smp_held_out_fit(struct smp_held_out *h) SMP_MUST_USE;

void smp_held_out_add(struct smp_held_out *h, size_t candidate, double weight);

/* Of p = softmax (or sigmoid) of scale * (mixed + add); add (n, k) may be NULL. */
double smp_held_out_loss(const struct smp_held_out *h, const float *add, double scale);

/* What label i, 0..n-1, adds to it. */
double smp_held_out_loss_of(const struct smp_held_out *h, size_t i, const float *add,
                            double scale);

/* Share of the held-out answers that `mixed` gets right, each label once. */
double smp_held_out_accuracy(const struct smp_held_out *h);

#endif

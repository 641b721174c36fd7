/* head - the classifier on the latents: class-balanced linear logistic regression.
 *
 *     struct smp_head_in in = {.z = z, .n = n, .d = d, .labels = labels};
 *     SMP_TRY(smp_head_fit(&in, &head));
 *     SMP_TRY(smp_head_predict(head, z_new, m, 2, p));     // p (m, n_classes)
 *
 * One answer (labels.y): multinomial; minimises
 *     sum_i w_i CE_i + |W|^2 / (2 C),   w_i = n / (classes seen * count of i's class),
 * bias not regularised, over the classes that have a label; a class never seen has probability
 * 0. Several answers (labels.y_nc): one balanced yes/no regression per class, fitted together;
 * a class with answers of one kind only gets the constant (yes + 1) / (n + 2), or 0 without a
 * yes. C is 0.1, and 1 above 20 classes (both measured: few labels a class want the freer head
 * when there are many classes). L-BFGS to a gradient of 1e-3, at most 200 steps.
 *
 * Deterministic for any number of threads. A head is immutable and may be shared by threads. */
#ifndef SAMPLER_HEAD_H
#define SAMPLER_HEAD_H

#include "sampler/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Answers, by row of the pool. Exactly one of y and y_nc is set when n > 0. */
struct smp_labels {
    const size_t *row;   /* (n) rows of z; a row may appear once */
    const int32_t *y;    /* (n) one answer: class 0..n_classes-1 */
    const uint8_t *y_nc; /* (n, n_classes) several answers: 1 = yes */
    size_t n;
    size_t n_classes;
};

/* Labels of a pool of n rows: SMP_INVALID without any, or with a row or class out of range. */
enum smp_status smp_labels_check(const struct smp_labels *labels, size_t n) SMP_MUST_USE;

/* Label i, of those checked, says yes to class c. */
static inline bool smp_says_yes(const struct smp_labels *l, size_t i, size_t c)
{
    return l->y ? l->y[i] == (int32_t)c : l->y_nc[i * l->n_classes + c] != 0;
}

/* yes (n_classes) <- how many labels say yes to each class. */
void smp_count_yes(const struct smp_labels *l, size_t *yes);

/* Latents are centred and scaled to about 1; a number beyond this, or none at all (NaN), is refused,
 * because squares and products of it would not be finite. */
#define SMP_LATENT_MAX 1e6f

struct smp_head;

struct smp_head_in {
    const float *z; /* (n, d) the pool; only labelled rows are read */
    size_t n, d;
    struct smp_labels labels;
    double c;                    /* strength; 0 = the rule above */
    unsigned n_threads;          /* 0 counts as 1 */
    const struct smp_head *warm; /* start from this head (same d and n_classes), or NULL. A warm
                                    and a cold fit agree to about 1e-3, not to the bit: what
                                    must be replayed is fitted cold. */
};

/* SMP_INVALID without labels, with a row or class out of range, or with a latent beyond SMP_LATENT_MAX. */
enum smp_status smp_head_fit(const struct smp_head_in *in, struct smp_head **out) SMP_MUST_USE;
void smp_head_free(struct smp_head *head); /* NULL is fine */

size_t smp_head_dim(const struct smp_head *head);
size_t smp_head_classes(const struct smp_head *head);

/* True when the head can tell two answers apart: at least two classes seen (one answer), or a
 * class with both a yes and a no (several answers). */
bool smp_head_is_trained(const struct smp_head *head);

/* p (n, n_classes) <- x (n, d): rows sum to 1 for one answer; each 0..1 for several. The answer to one row
 * has the same bits whatever rows it is asked with. */
enum smp_status smp_head_predict(const struct smp_head *head, const float *x, size_t n,
                                 unsigned n_threads, float *p) SMP_MUST_USE;

/* The same for chosen rows of a pool: p (n_rows, n_classes) <- z[row[i]]. */
enum smp_status smp_head_predict_rows(const struct smp_head *head, const float *z,
                                      const size_t *row, size_t n_rows, unsigned n_threads,
                                      float *p) SMP_MUST_USE;

/* What a head is, for heads that come about otherwise than by smp_head_fit: a row of weights for each
 * class that is told apart (ascending), a constant probability for the others. */
enum smp_link { SMP_SOFTMAX, SMP_SIGMOID }; /* one answer, several answers */

struct smp_head_parts {
    enum smp_link link;
    size_t d, n_classes, n_fitted;
    const uint32_t *class; /* (n_fitted) */
    const float *weights;  /* (n_fitted, d) */
    const float *bias;     /* (n_fitted) */
    const float *constant; /* (n_classes); those of fitted classes are not read */
};

/* Of a head, valid as long as it is; and a head of such parts, which are copied. */
struct smp_head_parts smp_head_take_apart(const struct smp_head *head);
enum smp_status smp_head_assemble(const struct smp_head_parts *parts,
                                  struct smp_head **out) SMP_MUST_USE;

/* The hash of the weights: names the model in a receipt. */
uint64_t smp_head_hash(const struct smp_head *head);

/* As smp_encoder_save and _load: versioned bytes with a checksum; `*bytes` is free()d by the
 * caller. */
enum smp_status smp_head_save(const struct smp_head *head, uint8_t **bytes,
                              size_t *n_bytes) SMP_MUST_USE;
enum smp_status smp_head_load(const uint8_t *bytes, size_t n_bytes,
                              struct smp_head **out) SMP_MUST_USE;

#endif

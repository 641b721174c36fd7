/* kinds - how each kind of member comes to its head. For member.c; a kind per member_*.c. */
#ifndef SAMPLER_MODEL_KINDS_H
#define SAMPLER_MODEL_KINDS_H

#include "sampler/blocks/mlp.h"
#include "sampler/model/member.h"

/* x (labels, d) <- the labelled rows; SMP_INVALID with one beyond SMP_LATENT_MAX, or bad labels. */
enum smp_status smp_gather_labelled(const struct smp_member_in *in, float *x) SMP_MUST_USE;

/* Mean squared distance of the rows of x (n, d) from their mean. */
double smp_variance(const float *x, size_t n, size_t d);

/* Nearest class mean, as a linear head: of equal round clouds around the means x is most probably
 * from that of the nearest. Their common variance is a quarter of the labelled items' own, so that a
 * mean twice as far away is improbable and not impossible. */
enum smp_status smp_mean_fit(const struct smp_member_in *in,
                             struct smp_head **out) SMP_MUST_USE;

/* Kernels at labelled items, and a balanced logistic head on them, fitted where kernels are inner
 * products (kernel.h). */
struct smp_rbf {
    size_t m, d;
    float *landmark; /* (m, d) */
    float *square;   /* (m) |landmark|^2 */
    float gamma;
};

/* The head reads m kernels. The caller frees both, the kernels also after a failure. */
enum smp_status smp_rbf_fit(const struct smp_member_in *in, struct smp_rbf *rbf,
                            struct smp_head **out) SMP_MUST_USE;
void smp_rbf_free(struct smp_rbf *rbf);

/* k (n, m) <- kernels of x (n, d); `square` (n) is workspace. */
void smp_rbf_see(const struct smp_rbf *rbf, const float *x, size_t n, float *square, float *k);

void smp_rbf_put(const struct smp_rbf *rbf, struct smp_writer *w);
enum smp_status smp_rbf_take(struct smp_reader *r, struct smp_rbf *rbf) SMP_MUST_USE;

/* One hidden layer, trained on -log p; the output layer becomes the head. `net` then is the hidden
 * layer alone. The caller frees both, the net also after a failure. */
enum smp_status smp_mlp_member_fit(const struct smp_member_in *in, struct smp_mlp *net,
                                   struct smp_head **out) SMP_MUST_USE;

/* hidden (n, m) <- what the hidden layer says of x (n, d): the only one left would not be cut at 0. */
void smp_hidden_see(const struct smp_mlp *net, const float *x, size_t n, float *hidden);

#endif

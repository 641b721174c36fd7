#include "sampler/model/held_out.h"

#include <math.h>
#include <stdlib.h>

enum {
    PICKS = 16,
    ROUNDS_TEMPERATURE = 18,
    /* Beyond, a hidden layer is better and costs a third: 88.8 and 89.3 % at 10,000 labels of
     * Fashion-MNIST, a linear head 87.9. */
    RBF_LABELS_MAX = 2000,
    /* A thousand kernels for each of so many items take 1.3 s on two cores. */
    RBF_POOL_MAX = 100000
};

/* Fewer labels a class say nothing about weights that equal ones do not, and held-out answers of
 * heads fitted to four fifths of so few are not sure enough: calibrated by them, the answers of photos
 * at five a class were off by 14 % in the mean, and by 10 % as they were. */
static const double PER_CLASS_MIN = 10;

/* At so many labels a class the rule weighs as much as all picks together, at twice as many half as
 * much. With a tenth of it, photos at 30 and 60 a class lose up to a point to the rule by weights that
 * fit the held-out answers too well; with twice as much those at 10 gain less. */
static const double PRIOR_PER_CLASS = 60;

/* A member without which the mean of -log p rises by less is left out: once the best mix is reached,
 * one that says nothing may be picked, and each is fitted after every label. Twice as much costs photos
 * at 30 a class a part that says something. */
static const double LOSS_SPARED = 1e-3;

/* The freer kinds are many, dear, and the best of many is good by chance: what they spare must also be
 * more than its standard error. */
static const double ERRORS_SPARED_FREE = 1;

/* The scale that makes the held-out answers most probable, for sums of weight `total`: golden
 * section over 1/4..16 of the mean, in its logarithm. */
static double best_scale(const struct smp_held_out *h, double total)
{
    const double golden = 0.6180339887498949;
    double low = log(0.25 / total);
    double high = log(16 / total);
    double a = high - golden * (high - low);
    double b = low + golden * (high - low);
    double loss_a = smp_held_out_loss(h, NULL, exp(a));
    double loss_b = smp_held_out_loss(h, NULL, exp(b));

    for (int i = 0; i < ROUNDS_TEMPERATURE; i++) {
        if (loss_a < loss_b) {
            high = b;
            b = a;
            loss_b = loss_a;
            a = high - golden * (high - low);
            loss_a = smp_held_out_loss(h, NULL, exp(a));
        } else {
            low = a;
            a = b;
            loss_a = loss_b;
            b = low + golden * (high - low);
            loss_b = smp_held_out_loss(h, NULL, exp(b));
        }
    }
    return exp((low + high) / 2);
}

static size_t best_candidate(const struct smp_held_out *h, double scale)
{
    double best = HUGE_VAL;
    size_t pick = 0;

    for (size_t c = 0; c < h->n_candidates; c++) {
        const double loss = smp_held_out_loss(h, h->evidence + c * h->n * h->k, scale);
        if (loss >= best) continue;
        best = loss;
        pick = c;
    }
    return pick;
}

static size_t candidate_of(const struct smp_held_out *h, const struct smp_member *member)
{
    for (size_t c = 0; c < h->n_candidates; c++)
        if (h->candidate[c].part == member->part && h->candidate[c].kind == member->kind)
            return c;
    return 0;
}

/* Greedy picks on top of what the rule's members start with. count (n_candidates) <- in picks;
 * returns their sum. */
static double pick_members(struct smp_held_out *h, const struct smp_recipe *rule, double *count)
{
    const double per_class = (double)h->n_held / (double)h->n_seen;
    double total = PICKS * PRIOR_PER_CLASS / per_class;

    for (size_t c = 0; c < h->n_candidates; c++)
        count[c] = 0;
    for (size_t m = 0; m < rule->n_members; m++) {
        const size_t c = candidate_of(h, &rule->member[m]);
        count[c] = (double)rule->member[m].weight * total;
        smp_held_out_add(h, c, count[c]);
    }
    for (int i = 0; i < PICKS; i++) {
        const double scale = best_scale(h, total);
        const size_t c = best_candidate(h, scale * total / (total + 1));
        smp_held_out_add(h, c, 1);
        count[c]++;
        total++;
    }
    return total;
}

/* h->loss <- that of every label. */
static void remember_losses(struct smp_held_out *h, double scale)
{
    for (size_t i = 0; i < h->n; i++)
        h->loss[i] = smp_held_out_loss_of(h, i, NULL, scale);
}

/* How much more the loss is than remembered, and the standard error of that. */
static double rise_of_loss(const struct smp_held_out *h, double scale, double *error)
{
    double sum = 0;
    double squares = 0;

    for (size_t i = 0; i < h->n; i++) {
        const double rise = smp_held_out_loss_of(h, i, NULL, scale) - h->loss[i];
        sum += rise;
        squares += rise * rise;
    }
    *error = sqrt(fmax(0, squares - sum * sum / (double)h->n));
    return sum;
}

/* Leaves out what changes little, the dearest kinds first; `mixed` holds what stays. */
static void drop_members(struct smp_held_out *h, double total, double *count)
{
    remember_losses(h, best_scale(h, total));
    for (size_t c = h->n_candidates; c-- > 0;) {
        const bool is_free = c >= h->in->features->n_parts;
        double error;
        double rise;
        if (!(count[c] > 0) || count[c] >= total) continue;
        smp_held_out_add(h, c, -count[c]);
        rise = rise_of_loss(h, best_scale(h, total - count[c]), &error);
        if (rise > LOSS_SPARED && rise > (is_free ? ERRORS_SPARED_FREE * error : 0)) {
            smp_held_out_add(h, c, count[c]);
            continue;
        }
        total -= count[c];
        count[c] = 0;
        remember_losses(h, best_scale(h, total));
    }
}

static void keep_members(struct smp_held_out *h, const double *count, struct smp_recipe *recipe)
{
    double total = 0;

    recipe->n_members = 0;
    for (size_t c = 0; c < h->n_candidates; c++) {
        if (!(count[c] > 0)) continue;
        recipe->member[recipe->n_members++] =
            (struct smp_member){h->candidate[c].part, h->candidate[c].kind, (float)count[c]};
        total += count[c];
    }
    for (size_t m = 0; m < recipe->n_members; m++)
        recipe->member[m].weight /= (float)total;
}

/* The temperature of a recipe, and how often it is right. */
static void calibrate(struct smp_held_out *h, struct smp_recipe *recipe)
{
    for (size_t i = 0; i < h->n * h->k; i++)
        h->mixed[i] = 0;
    for (size_t m = 0; m < recipe->n_members; m++)
        smp_held_out_add(h, candidate_of(h, &recipe->member[m]),
                         (double)recipe->member[m].weight);
    recipe->temperature = (float)best_scale(h, 1);
    recipe->accuracy = (float)smp_held_out_accuracy(h);
}

/* What is tried: the rule's kind on every part, and the freer kinds, the dearest last.
 * The first n_parts are the rule's kind. */
static size_t list_candidates(const struct smp_model_in *in, enum smp_member_kind rule,
                              struct smp_candidate *candidate)
{
    const enum smp_member_kind kind[] = {rule, SMP_MEMBER_MLP, SMP_MEMBER_RBF};
    const bool dear = in->labels.n > RBF_LABELS_MAX || in->features->n > RBF_POOL_MAX;
    const size_t n_kinds = dear ? 2 : 3;
    size_t n = 0;

    for (size_t k = 0; k < n_kinds; k++)
        for (uint32_t part = 0; part < in->features->n_parts; part++)
            candidate[n++] = (struct smp_candidate){part, kind[k]};
    return n;
}

enum smp_status smp_recipe_choose(const struct smp_model_in *in, struct smp_recipe *recipe)
{
    struct smp_candidate candidate[SMP_CANDIDATES_MAX];
    double count[SMP_CANDIDATES_MAX] = {0};
    struct smp_held_out h;
    enum smp_status e;

    smp_recipe_rule(in, recipe);
    recipe->n_labels = in->labels.n;
    SMP_TRY(smp_labels_check(&in->labels, in->features->n));
    e = smp_held_out_begin(&h, in, candidate,
                           list_candidates(in, recipe->member[0].kind, candidate));
    if (!e && (double)h.n_held >= PER_CLASS_MIN * (double)h.n_seen && h.n_held) {
        e = smp_held_out_fit(&h);
        if (!e) {
            const double total = pick_members(&h, recipe, count);
            drop_members(&h, total, count);
            keep_members(&h, count, recipe);
            calibrate(&h, recipe);
        }
    }
    smp_held_out_end(&h);
    return e;
}

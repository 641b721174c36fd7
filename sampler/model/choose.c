#include "sampler/model/held_out.h"

#include <math.h>
#include <stdlib.h>

enum { PICKS = 16, ROUNDS_TEMPERATURE = 18 };

static const double PER_CLASS_MIN = 10; /* labels, for weights that differ */

/* What the rule's kind of member on every part starts with, in picks, at five labels a class; it falls with the labels. */
static const double PRIOR_PICKS = 20, PRIOR_LABELS = 5;

/* A member without which the loss rises by less of it is left out: once the best mix is reached, one
 * that says nothing may be picked, and each is fitted after every label. */
static const double GAIN_MIN = 1e-3;

/* The scale that makes the held-out answers most probable, for sums of weight `total`: golden
 * section over 1/4..16 of the mean, in its logarithm. */
static double best_scale(const struct smp_held_out *h, double total)
{
    const double golden = 0.6180339887498949;
    double low = log(0.25 / total), high = log(16 / total);
    double a = high - golden * (high - low), b = low + golden * (high - low);
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

/* Greedy picks on top of the equal start, which the first of the candidates share, one for each
 * part. count (n_candidates) <- in picks; returns their sum. */
static double pick_members(struct smp_held_out *h, double per_class, double *count)
{
    const size_t n_parts = h->in->features->n_parts;
    const double prior = PRIOR_PICKS * PRIOR_LABELS / per_class / (double)n_parts;
    double total = 0;

    for (size_t c = 0; c < h->n_candidates; c++) {
        count[c] = c < n_parts ? prior : 0;
        if (c < n_parts) smp_held_out_add(h, c, prior);
        total += count[c];
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

/* The candidate picked least that was not tried yet; SIZE_MAX when none is left. */
static size_t least_picked(const struct smp_held_out *h, const double *count, const bool *tried)
{
    size_t at = SIZE_MAX;

    for (size_t c = 0; c < h->n_candidates; c++)
        if (count[c] > 0 && !tried[c] && (at == SIZE_MAX || count[c] < count[at])) at = c;
    return at;
}

/* Leaves out what changes little, the least picked first; `mixed` holds what stays. */
static void drop_members(struct smp_held_out *h, double total, double *count)
{
    bool tried[SMP_CANDIDATES_MAX] = {false};
    double loss = smp_held_out_loss(h, NULL, best_scale(h, total));

    for (size_t c; (c = least_picked(h, count, tried)) != SIZE_MAX; tried[c] = true) {
        double without;
        if (count[c] >= total) return;
        smp_held_out_add(h, c, -count[c]);
        without = smp_held_out_loss(h, NULL, best_scale(h, total - count[c]));
        if (without > loss * (1 + GAIN_MIN)) {
            smp_held_out_add(h, c, count[c]);
            continue;
        }
        loss = without;
        total -= count[c];
        count[c] = 0;
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

static size_t candidate_of(const struct smp_held_out *h, const struct smp_member *member)
{
    for (size_t c = 0; c < h->n_candidates; c++)
        if (h->candidate[c].part == member->part && h->candidate[c].kind == member->kind)
            return c;
    return 0;
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
    recipe->n_labels = h->in->labels.n;
}

/* What is tried: the rule's kind on every part. */
static size_t list_candidates(const struct smp_model_in *in, enum smp_member_kind rule,
                              struct smp_candidate *candidate)
{
    size_t n = 0;

    for (uint32_t part = 0; part < in->features->n_parts; part++)
        candidate[n++] = (struct smp_candidate){part, rule};
    return n;
}

enum smp_status smp_recipe_choose(const struct smp_model_in *in, struct smp_recipe *recipe)
{
    struct smp_candidate candidate[SMP_CANDIDATES_MAX];
    double count[SMP_CANDIDATES_MAX];
    struct smp_held_out h;
    enum smp_status e;

    smp_recipe_rule(in, recipe);
    SMP_TRY(smp_labels_check(&in->labels, in->features->n));
    e = smp_held_out_begin(&h, in, candidate,
                           list_candidates(in, recipe->member[0].kind, candidate));
    if (!e && h.n_held) {
        const double per_class = (double)h.n_held / (double)h.n_seen;
        e = smp_held_out_fit(&h);
        if (!e && per_class >= PER_CLASS_MIN) {
            drop_members(&h, pick_members(&h, per_class, count), count);
            keep_members(&h, count, recipe);
        }
        if (!e) calibrate(&h, recipe);
    }
    smp_held_out_end(&h);
    return e;
}

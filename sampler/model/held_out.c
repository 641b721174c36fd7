#include "sampler/model/held_out.h"

#include "sampler/metrics.h"
#include "sampler/rng.h"
#include "sampler/simd.h"
#include "sampler/threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    STREAM_FOLDS = 0x666f6c64,
    ROUND =
        2 * SMP_FOLDS, /* pieces between two reports: they keep two threads busy to the end */
    LABELS_MAX = 3000, /* looked at: more would hardly choose otherwise, and take long */
    EVIDENCE_MAX = 64 * 1000000 /* numbers kept: 256 MB */
};

void smp_held_out_end(struct smp_held_out *h)
{
    free(h->label);
    free(h->fold);
    free(h->share);
    free(h->evidence);
    free(h->mixed);
    free(h->loss);
    free(h->told);
}

/* -- which labels, which folds ---------------------------------------------------------------- */

/* The class a label is dealt with: its own; of several, the rarest; n_classes when it has none. */
static size_t group_of(const struct smp_labels *l, size_t i, const size_t *yes)
{
    size_t group = l->n_classes;

    if (l->y) return (size_t)l->y[i];
    for (size_t c = 0; c < l->n_classes; c++)
        if (smp_says_yes(l, i, c) && (group == l->n_classes || yes[c] < yes[group])) group = c;
    return group;
}

struct deal {
    size_t *yes;   /* (k) labels that say yes to a class */
    size_t *group; /* (labels) */
    size_t *size;  /* (k + 1) of each group */
    size_t *start; /* (k + 2) */
    size_t *order; /* (labels) shuffled, group by group */
    size_t *shuffled;
};

static void deal_free(struct deal *d)
{
    free(d->yes);
    free(d->group);
    free(d->size);
    free(d->start);
    free(d->order);
    free(d->shuffled);
}

static enum smp_status deal_new(struct deal *d, const struct smp_labels *l, uint64_t seed)
{
    const size_t k = l->n_classes;
    struct smp_rng rng;

    d->yes = calloc(k + 1, sizeof *d->yes);
    d->group = calloc(l->n + 1, sizeof *d->group);
    d->size = calloc(k + 1, sizeof *d->size);
    d->start = calloc(k + 2, sizeof *d->start);
    d->order = calloc(l->n + 1, sizeof *d->order);
    d->shuffled = calloc(l->n + 1, sizeof *d->shuffled);
    if (!d->yes || !d->group || !d->size || !d->start || !d->order || !d->shuffled)
        return smp_fail_nomem();
    smp_count_yes(l, d->yes);
    for (size_t i = 0; i < l->n; i++) {
        d->group[i] = group_of(l, i, d->yes);
        d->size[d->group[i]]++;
        d->shuffled[i] = i;
    }
    for (size_t c = 0; c <= k; c++)
        d->start[c + 1] = d->start[c] + d->size[c];
    smp_rng_seed(&rng, seed, STREAM_FOLDS);
    smp_rng_shuffle(&rng, d->shuffled, l->n);
    for (size_t i = 0; i < l->n; i++)
        d->order[d->start[d->group[d->shuffled[i]]]++] = d->shuffled[i];
    return SMP_OK;
}

/* The most labels of one group so that all together are `max` at most. */
static size_t most_of_group(const struct deal *d, size_t n_groups, size_t n, size_t max)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        const size_t most = (low + high + 1) / 2;
        size_t sum = 0;
        for (size_t c = 0; c < n_groups; c++)
            sum += d->size[c] < most ? d->size[c] : most;
        if (sum <= max)
            low = most;
        else
            high = most - 1;
    }
    return low;
}

/* Deals the labels of each group over the folds, going on where the last one ended. A group of one
 * stays in every fold's training. */
static void deal_out(struct smp_held_out *h, const struct deal *d, size_t most)
{
    size_t next = 0;
    const size_t *order = d->order;

    for (size_t c = 0; c <= h->k; order += d->size[c++]) {
        const size_t n = d->size[c] < most ? d->size[c] : most;
        for (size_t i = 0; i < n; i++) {
            h->label[h->n] = order[i];
            h->fold[h->n++] = n > 1 ? (uint8_t)(next++ % SMP_FOLDS) : SMP_FOLDS;
            h->n_held += n > 1;
        }
    }
}

/* share <- how many of the labels held out say no, and yes, to each class. */
static void count_held(const struct smp_held_out *h, double *no, double *yes)
{
    const struct smp_labels *l = &h->in->labels;

    for (size_t i = 0; i < h->n; i++) {
        if (h->fold[i] == SMP_FOLDS) continue;
        if (l->y)
            yes[l->y[h->label[i]]]++;
        else
            for (size_t c = 0; c < h->k; c++)
                (smp_says_yes(l, h->label[i], c) ? yes : no)[c]++;
    }
}

/* Every class weighs the same, of what is held out; a class that cannot be judged, nothing. */
static void set_shares(struct smp_held_out *h)
{
    const bool one = h->in->labels.y != NULL;
    double *no = h->share;
    double *yes = h->share + h->k;

    count_held(h, no, yes);
    for (size_t c = 0; c < h->k; c++)
        h->n_seen += one ? yes[c] > 0 : yes[c] > 1 && no[c] > 1;
    for (size_t c = 0; c < h->k; c++) {
        const bool judged = one ? yes[c] > 0 : yes[c] > 1 && no[c] > 1;
        const double unit = judged ? 1 / ((double)h->n_seen * (one ? 1 : 2)) : 0;
        yes[c] = judged ? unit / yes[c] : 0;
        no[c] = judged && !one ? unit / no[c] : 0;
    }
    if (h->n_seen < (one ? 2 : 1)) h->n_held = 0;
}

static size_t labels_max(const struct smp_held_out *h)
{
    const size_t room = EVIDENCE_MAX / (h->n_candidates * h->k);

    return room < LABELS_MAX ? room : LABELS_MAX;
}

static enum smp_status make_room(struct smp_held_out *h)
{
    h->evidence = calloc(h->n_candidates * h->n * h->k + 1, sizeof *h->evidence);
    h->mixed = calloc(h->n * h->k + 1, sizeof *h->mixed);
    h->loss = calloc(h->n + 1, sizeof *h->loss);
    h->told = calloc(h->n_candidates * SMP_FOLDS, sizeof *h->told);
    return h->evidence && h->mixed && h->loss && h->told ? SMP_OK : smp_fail_nomem();
}

enum smp_status smp_held_out_begin(struct smp_held_out *h, const struct smp_model_in *in,
                                   const struct smp_candidate *candidate, size_t n_candidates)
{
    const struct smp_labels *l = &in->labels;
    struct deal d = {0};
    enum smp_status e;

    *h = (struct smp_held_out){
        .in = in, .candidate = candidate, .n_candidates = n_candidates, .k = l->n_classes};
    h->label = calloc(l->n + 1, sizeof *h->label);
    h->fold = calloc(l->n + 1, sizeof *h->fold);
    h->share = calloc(2 * h->k + 1, sizeof *h->share);
    e = h->label && h->fold && h->share ? deal_new(&d, l, in->seed) : smp_fail_nomem();
    if (!e) {
        deal_out(h, &d, most_of_group(&d, h->k + 1, l->n, labels_max(h)));
        set_shares(h);
        e = make_room(h);
    }
    deal_free(&d);
    return e;
}

/* -- every candidate on every fold ------------------------------------------------------------ */

/* The labels of a fold (held), or those fitted to when it is held out. */
struct side {
    size_t *row;
    int32_t *y;
    uint8_t *y_nc;
    size_t n;
};

static void side_free(struct side *s)
{
    free(s->row);
    free(s->y);
    free(s->y_nc);
}

static enum smp_status side_new(struct side *s, const struct smp_held_out *h)
{
    const bool one = h->in->labels.y != NULL;

    s->row = malloc((h->n + 1) * sizeof *s->row);
    s->y = malloc((one ? h->n + 1 : 1) * sizeof *s->y);
    s->y_nc = malloc(one ? 1 : h->n * h->k + 1);
    return s->row && s->y && s->y_nc ? SMP_OK : smp_fail_nomem();
}

static void take_side(const struct smp_held_out *h, size_t fold, bool held, struct side *s)
{
    const struct smp_labels *l = &h->in->labels;

    s->n = 0;
    for (size_t i = 0; i < h->n; i++) {
        const size_t from = h->label[i];
        if ((h->fold[i] == fold) != held) continue;
        s->row[s->n] = l->row[from];
        if (l->y)
            s->y[s->n] = l->y[from];
        else
            memcpy(s->y_nc + s->n * h->k, l->y_nc + from * h->k, h->k);
        s->n++;
    }
}

/* Puts the held-out rows' answers where they belong, as evidence. */
static void keep(const struct smp_held_out *h, size_t candidate, size_t fold, float *p,
                 size_t n)
{
    float *to = h->evidence + candidate * h->n * h->k;

    if (h->in->labels.y)
        smp_evidence_one(p, n * h->k);
    else
        smp_evidence_several(p, n * h->k);
    for (size_t i = 0; i < h->n; i++) {
        if (h->fold[i] != fold) continue;
        memcpy(to + i * h->k, p, h->k * sizeof *p);
        p += h->k;
    }
}

static enum smp_status fit_side(const struct smp_held_out *h, size_t candidate, size_t fold,
                                struct side *s, float *p)
{
    const struct smp_candidate *c = &h->candidate[candidate];
    const struct smp_labels *l = &h->in->labels;
    struct smp_member_in in = {.kind = c->kind,
                               .z = h->in->features->part[c->part],
                               .n = h->in->features->n,
                               .d = h->in->features->d[c->part],
                               .is_latent = c->part == 0,
                               .seed = h->in->seed,
                               .n_threads = 1};
    struct smp_fitted *fitted;
    enum smp_status e;

    take_side(h, fold, false, s);
    in.labels = (struct smp_labels){.row = s->row,
                                    .y = l->y ? s->y : NULL,
                                    .y_nc = l->y ? NULL : s->y_nc,
                                    .n = s->n,
                                    .n_classes = h->k};
    SMP_TRY(smp_fitted_new(&in, &fitted));
    take_side(h, fold, true, s);
    e = smp_fitted_predict(fitted, in.z, s->row, s->n, p);
    if (!e) keep(h, candidate, fold, p, s->n);
    smp_fitted_free(fitted);
    return e;
}

struct round {
    struct smp_held_out *h;
    size_t first;
};

static void fit_piece(void *ctx, size_t piece, unsigned thread)
{
    const struct round *round = ctx;
    struct smp_held_out *h = round->h;
    const size_t at = round->first + piece;
    float *p = malloc((h->n * h->k + 1) * sizeof *p);
    struct side s = {0};
    enum smp_status e = p ? side_new(&s, h) : smp_fail_nomem();

    (void)thread;
    if (!e) e = fit_side(h, at / SMP_FOLDS, at % SMP_FOLDS, &s, p);
    h->told[at] = smp_told_here(e);
    side_free(&s);
    free(p);
}

enum smp_status smp_held_out_fit(struct smp_held_out *h)
{
    const size_t n = h->n_candidates * SMP_FOLDS;
    struct round round = {.h = h};

    for (; round.first < n; round.first += ROUND) {
        const size_t left = n - round.first;
        const size_t pieces = left < ROUND ? left : ROUND;
        SMP_TRY(smp_report(h->in->progress, (double)round.first / (double)n,
                           "comparing classifiers"));
        smp_parallel(h->in->n_threads, pieces, fit_piece, &round);
        for (size_t i = 0; i < pieces; i++)
            SMP_TRY(smp_tell(&h->told[round.first + i]));
    }
    return SMP_OK;
}

/* -- how good --------------------------------------------------------------------------------- */

void smp_held_out_add(struct smp_held_out *h, size_t candidate, double weight)
{
    const size_t n = h->n * h->k;

    for (size_t i = 0; i < n; i++)
        h->mixed[i] += (float)weight * h->evidence[candidate * n + i];
}

/* e^x for x <= 0, which may be far below what smp_exp_negative takes. */
static float exp_negative(float x)
{
    return x > -88 ? smp_exp_negative(x) : 0;
}

/* -log p of one answer. */
static double loss_one(const float *mixed, const float *add, size_t k, float scale, size_t y)
{
    float high = -HUGE_VALF;
    float sum = 0;

    for (size_t c = 0; c < k; c++) {
        const float s = mixed[c] + (add ? add[c] : 0);
        high = s > high ? s : high;
    }
    for (size_t c = 0; c < k; c++)
        sum += exp_negative(scale * (mixed[c] + (add ? add[c] : 0) - high));
    /* at least 1, which cppcheck does not see: the highest of them gives it */
    // cppcheck-suppress invalidFunctionArg
    return (double)(scale * (high - mixed[y] - (add ? add[y] : 0)) + logf(sum));
}

static double loss_several(const struct smp_held_out *h, const float *mixed, const float *add,
                           float scale, size_t label)
{
    double sum = 0;

    for (size_t c = 0; c < h->k; c++) {
        const bool yes = smp_says_yes(&h->in->labels, label, c);
        const double x = (double)(scale * (mixed[c] + (add ? add[c] : 0)));
        const double wrong = yes ? -x : x;
        sum += h->share[(yes ? h->k : 0) + c] * (fmax(wrong, 0) + log1p(exp(-fabs(wrong))));
    }
    return sum;
}

double smp_held_out_loss_of(const struct smp_held_out *h, size_t i, const float *add,
                            double scale)
{
    const struct smp_labels *l = &h->in->labels;
    const float *m = h->mixed + i * h->k;
    const float *a = add ? add + i * h->k : NULL;

    if (h->fold[i] == SMP_FOLDS) return 0;
    if (l->y) {
        const size_t y = (size_t)l->y[h->label[i]];
        return h->share[h->k + y] * loss_one(m, a, h->k, (float)scale, y);
    }
    return loss_several(h, m, a, (float)scale, h->label[i]);
}

double smp_held_out_loss(const struct smp_held_out *h, const float *add, double scale)
{
    double sum = 0;

    for (size_t i = 0; i < h->n; i++)
        sum += smp_held_out_loss_of(h, i, add, scale);
    return sum;
}

double smp_held_out_accuracy(const struct smp_held_out *h)
{
    const struct smp_labels *l = &h->in->labels;
    size_t right = 0;
    size_t n = 0;

    for (size_t i = 0; i < h->n; i++) {
        const float *m = h->mixed + i * h->k;
        if (h->fold[i] == SMP_FOLDS) continue;
        if (l->y) {
            int32_t guess;
            smp_argmax(m, 1, h->k, &guess);
            right += guess == l->y[h->label[i]];
            n++;
        }
        for (size_t c = 0; !l->y && c < h->k; c++) {
            if (!(h->share[c] > 0)) continue;
            right += (m[c] > 0) == smp_says_yes(l, h->label[i], c);
            n++;
        }
    }
    return n ? (double)right / (double)n : 0;
}

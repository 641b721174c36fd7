#include "sampler/quality/out_of_fold.h"

#include "sampler/quality/split.h"

#include <stdlib.h>
#include <string.h>

/* A tenth of what head.c takes for up to so many classes, and for more. */
enum { MANY_CLASSES = 20 };
static const double C_FEW_CLASSES = 0.01, C_MANY_CLASSES = 0.1;

/* Fits on the labels given and writes p (n_rows, n_classes) of the rows. */
typedef enum smp_status fit_predict(const void *ctx, const struct smp_labels *labels,
                                    const size_t *row, size_t n_rows, float *p);

struct cut {
    const struct smp_folds_in *in;
    fit_predict *fit;
    const void *ctx;
    size_t folds, rounds;
    uint64_t *group;    /* (n) */
    uint32_t *class_id; /* (n) */
    uint32_t *fold;     /* (n) */
    size_t *row;        /* (n) of the labels to fit on, then of those to predict */
    size_t *at;         /* (n) which labels the latter are */
    int32_t *y;         /* (n) */
    float *p;           /* (n, k) of one fold */
};

static enum smp_status check(const struct smp_folds_in *in, struct cut *c)
{
    c->folds = in->folds ? in->folds : 5;
    c->rounds = in->rounds ? in->rounds : 1;
    if (c->folds < 2 || c->folds > SMP_FOLDS_MAX)
        return smp_fail(SMP_INVALID, "%zu folds; 2 to %d are possible", c->folds,
                        SMP_FOLDS_MAX);
    if (c->rounds > SMP_FOLD_ROUNDS_MAX)
        return smp_fail(SMP_INVALID, "%zu rounds; at most %d", c->rounds, SMP_FOLD_ROUNDS_MAX);
    if (in->labels.n < c->folds)
        return smp_fail(SMP_INVALID, "%zu labels in %zu folds; label some more first",
                        in->labels.n, c->folds);
    if (!in->labels.y)
        return smp_fail(SMP_INVALID, "label errors are looked for among single answers only");
    for (size_t i = 0; i < in->labels.n; i++)
        if (in->labels.y[i] < 0 || (size_t)in->labels.y[i] >= in->labels.n_classes)
            return smp_fail(SMP_INVALID, "label %zu is class %d, of %zu classes", i,
                            in->labels.y[i], in->labels.n_classes);
    return SMP_OK;
}

static enum smp_status cut_folds(struct cut *c, size_t round)
{
    double share[SMP_FOLDS_MAX];
    const struct smp_split_in in = {.group = c->group,
                                    .class_id = c->class_id,
                                    .n = c->in->labels.n,
                                    .n_classes = c->in->labels.n_classes,
                                    .share = share,
                                    .n_parts = c->folds,
                                    .seed = c->in->seed + round};

    for (size_t f = 0; f < c->folds; f++)
        share[f] = 1;
    return smp_split(&in, c->fold);
}

static enum smp_status run_fold(struct cut *c, size_t fold, float *p)
{
    const struct smp_labels *all = &c->in->labels;
    const size_t k = all->n_classes;
    struct smp_labels rest = {.row = c->row, .y = c->y, .n_classes = k};
    size_t n_held = 0;

    for (size_t i = 0; i < all->n; i++) {
        if (c->fold[i] == fold) continue;
        c->row[rest.n] = all->row[i];
        c->y[rest.n++] = all->y[i];
    }
    for (size_t i = 0; i < all->n; i++) {
        if (c->fold[i] != fold) continue;
        c->row[rest.n + n_held] = all->row[i];
        c->at[n_held++] = i;
    }
    if (!rest.n)
        return smp_fail(SMP_INVALID,
                        "all labels are in one group; there is nothing to learn from");
    if (!n_held) return SMP_OK;
    SMP_TRY(c->fit(c->ctx, &rest, c->row + rest.n, n_held, c->p));
    for (size_t i = 0; i < n_held; i++)
        for (size_t j = 0; j < k; j++)
            p[c->at[i] * k + j] += c->p[i * k + j] / (float)c->rounds;
    return SMP_OK;
}

static enum smp_status run_all(struct cut *c, float *p)
{
    const size_t all = c->rounds * c->folds;

    memset(p, 0, c->in->labels.n * c->in->labels.n_classes * sizeof *p);
    for (size_t i = 0; i < c->in->labels.n; i++) {
        c->group[i] = c->in->group ? c->in->group[i] : i;
        c->class_id[i] = (uint32_t)c->in->labels.y[i];
    }
    for (size_t step = 0; step < all; step++) {
        SMP_TRY(smp_report(c->in->progress, (double)step / (double)all, "checking labels"));
        if (step % c->folds == 0) SMP_TRY(cut_folds(c, step / c->folds));
        SMP_TRY(run_fold(c, step % c->folds, p));
    }
    return SMP_OK;
}

static enum smp_status run(const struct smp_folds_in *in, fit_predict *fit, const void *ctx,
                           float *p)
{
    struct cut c = {.in = in, .fit = fit, .ctx = ctx};
    const size_t n = in->labels.n;
    enum smp_status e;

    SMP_TRY(check(in, &c));
    c.group = malloc(n * sizeof *c.group);
    c.class_id = malloc(n * sizeof *c.class_id);
    c.fold = malloc(n * sizeof *c.fold);
    c.row = malloc(n * sizeof *c.row);
    c.at = malloc(n * sizeof *c.at);
    c.y = malloc(n * sizeof *c.y);
    c.p = malloc(n * in->labels.n_classes * sizeof *c.p);
    if (c.group && c.class_id && c.fold && c.row && c.at && c.y && c.p)
        e = run_all(&c, p);
    else
        e = smp_fail_nomem();
    free(c.group);
    free(c.class_id);
    free(c.fold);
    free(c.row);
    free(c.at);
    free(c.y);
    free(c.p);
    return e;
}

struct on_head {
    const float *z;
    size_t n, d;
    double c;
    unsigned n_threads;
};

static enum smp_status with_head(const void *ctx, const struct smp_labels *labels,
                                 const size_t *row, size_t n_rows, float *p)
{
    const struct on_head *on = ctx;
    const struct smp_head_in in = {.z = on->z,
                                   .n = on->n,
                                   .d = on->d,
                                   .labels = *labels,
                                   .c = on->c,
                                   .n_threads = on->n_threads};
    struct smp_head *head;
    enum smp_status e;

    SMP_TRY(smp_head_fit(&in, &head));
    e = smp_head_predict_rows(head, on->z, row, n_rows, on->n_threads, p);
    smp_head_free(head);
    return e;
}

enum smp_status smp_head_out_of_fold(const struct smp_folds_in *in, const float *z, size_t n,
                                     size_t d, float *p)
{
    const double rule = in->labels.n_classes > MANY_CLASSES ? C_MANY_CLASSES : C_FEW_CLASSES;

    return run(in, with_head,
               &(struct on_head){z, n, d, in->c > 0 ? in->c : rule, in->n_threads}, p);
}

struct on_model {
    const struct smp_folds_in *in;
    const struct smp_features *features;
    const struct smp_recipe *recipe;
};

static enum smp_status with_model(const void *ctx, const struct smp_labels *labels,
                                  const size_t *row, size_t n_rows, float *p)
{
    const struct on_model *on = ctx;
    const struct smp_model_in in = {.features = on->features,
                                    .labels = *labels,
                                    .seed = on->in->seed,
                                    .n_threads = on->in->n_threads};
    struct smp_model *model;
    enum smp_status e;

    SMP_TRY(smp_model_fit(&in, on->recipe, &model));
    e = smp_model_predict_rows(model, on->features, row, n_rows, on->in->n_threads, p);
    smp_model_free(model);
    return e;
}

enum smp_status smp_model_out_of_fold(const struct smp_folds_in *in,
                                      const struct smp_features *features,
                                      const struct smp_recipe *recipe, float *p)
{
    return run(in, with_model, &(struct on_model){in, features, recipe}, p);
}

#include "sampler/check/shortcut.h"

#include "sampler/check/shortcut_luck.h"
#include "sampler/quality/split.h"

#include <math.h>
#include <stdlib.h>

struct searching {
    const struct smp_shortcut_in *in;
    struct shortcut_luck luck;
    int32_t
        *y; /* (n) classes that are large enough to be told; the others one class behind them */
    int32_t *class; /* (n_told) what each is called outside */
    size_t n_told, n_classes;
    uint8_t *cell, *fold;
    double *j;       /* (n_sides, n_classes) */
    double *model_j; /* (n_classes) */
};

static enum smp_status in_check(const struct smp_shortcut_in *in)
{
    if (!in->n) return smp_fail(SMP_INVALID, "a search for shortcuts needs items");
    if (in->n_sides > SMP_SHORTCUT_SIDES_MAX)
        return smp_fail(SMP_INVALID, "%zu side facts; at most %d", in->n_sides,
                        SMP_SHORTCUT_SIDES_MAX);
    for (size_t i = 0; i < in->n; i++)
        if (in->y[i] < 0 || (size_t)in->y[i] >= in->n_classes)
            return smp_fail(SMP_INVALID, "item %zu: class %d of %zu", i, in->y[i],
                            in->n_classes);
    return SMP_OK;
}

/* Numbers the classes anew: those with enough items first, all others together one more. */
static enum smp_status classes_number(struct searching *s)
{
    const struct smp_shortcut_in *in = s->in;
    size_t *count = calloc(in->n_classes + 1, sizeof *count);
    int32_t *to = malloc((in->n_classes + 1) * sizeof *to);
    const bool is_there = count && to;
    bool has_rest = false;

    if (is_there) {
        for (size_t i = 0; i < in->n; i++)
            count[in->y[i]]++;
        for (size_t c = 0; c < in->n_classes; c++) {
            to[c] = count[c] >= SMP_SHORTCUT_CLASS_LEAST ? (int32_t)s->n_told : -1;
            if (to[c] >= 0) s->class[s->n_told++] = (int32_t)c;
        }
        for (size_t i = 0; i < in->n; i++) {
            s->y[i] = to[in->y[i]] >= 0 ? to[in->y[i]] : (int32_t)s->n_told;
            has_rest = has_rest || to[in->y[i]] < 0;
        }
        s->n_classes = s->n_told + has_rest;
    }
    free(count);
    free(to);
    return is_there ? SMP_OK : smp_fail_nomem();
}

static enum smp_status folds_deal(struct searching *s)
{
    static const double SHARE[SHORTCUT_FOLDS] = {1, 1, 1, 1, 1};
    const struct smp_shortcut_in *in = s->in;
    uint64_t *key = malloc(in->n * sizeof *key);
    uint32_t *part = malloc(in->n * sizeof *part);
    struct smp_split_in how = {.group = key,
                               .class_id = (const uint32_t *)s->y,
                               .n = in->n,
                               .n_classes = s->n_classes,
                               .share = SHARE,
                               .n_parts = SHORTCUT_FOLDS,
                               .seed = in->seed};
    enum smp_status e = key && part ? SMP_OK : smp_fail_nomem();

    for (size_t i = 0; !e && i < in->n; i++)
        key[i] = in->group ? in->group[i] : i;
    if (!e) e = smp_split(&how, part);
    for (size_t i = 0; !e && i < in->n; i++)
        s->fold[i] = (uint8_t)part[i];
    free(key);
    free(part);
    return e;
}

static enum smp_status model_judge(struct searching *s)
{
    const struct smp_shortcut_in *in = s->in;
    int32_t *said = malloc(in->n * sizeof *said);
    double *total = malloc(s->n_classes * sizeof *total);
    enum smp_status e = said && total ? SMP_OK : smp_fail_nomem();

    for (size_t i = 0; !e && i < in->n; i++) {
        said[i] = (int32_t)s->n_told < (int32_t)s->n_classes ? (int32_t)s->n_told : -1;
        for (size_t c = 0; c < s->n_told; c++)
            if (s->class[c] == in->model[i]) said[i] = (int32_t)c;
    }
    if (!e) shortcut_judge_answers(said, s->y, in->n, s->n_classes, s->model_j, total);
    free(said);
    free(total);
    return e;
}

static enum smp_status room_make(struct searching *s)
{
    const size_t n = s->in->n;

    s->y = malloc(n * sizeof *s->y);
    s->cell = malloc(n * s->in->n_sides + 1);
    s->fold = malloc(n);
    s->class = malloc((s->in->n_classes + 1) * sizeof *s->class);
    return s->y && s->cell && s->fold && s->class ? SMP_OK : smp_fail_nomem();
}

static void none_found(const struct smp_shortcut_in *in, struct smp_shortcut *found)
{
    for (size_t i = 0; i < in->n_sides; i++)
        found[i] = (struct smp_shortcut){.class = -1, .model = (double)NAN, .p = 1};
}

/* The class that rings, or else the one that the fact tells best. */
static void side_tell(const struct searching *s, size_t side, struct smp_shortcut *found)
{
    const double *j = s->j + side * s->n_classes;
    const double *p = s->luck.p + side * s->n_classes;

    if (s->luck.n_cells[side] < 2) return;
    for (size_t c = 0; c < s->n_told; c++) {
        const double model = s->in->model ? s->model_j[c] : (double)NAN;
        const double most = isnan(model) ? 1 : model;
        struct smp_shortcut x = {
            .class = s->class[c], .skill = j[c], .model = model, .p = p[c]};

        x.rings = x.p <= SMP_SHORTCUT_P && x.skill >= SMP_SHORTCUT_LEAST &&
                  x.skill >= SMP_SHORTCUT_NEAR * most;
        if (found->class < 0 || x.rings > found->rings ||
            (x.rings == found->rings && x.skill > found->skill))
            *found = x;
    }
}

static enum smp_status search(struct searching *s, struct smp_shortcut *found)
{
    const struct smp_shortcut_in *in = s->in;

    SMP_TRY(room_make(s));
    SMP_TRY(classes_number(s));
    if (s->n_told < 2) return SMP_OK;
    s->j = calloc(in->n_sides * s->n_classes + 1, sizeof *s->j);
    s->model_j = calloc(s->n_classes, sizeof *s->model_j);
    if (!s->j || !s->model_j) return smp_fail_nomem();
    SMP_TRY(folds_deal(s));
    if (in->model) SMP_TRY(model_judge(s));
    s->luck.in = in;
    s->luck.y = s->y;
    s->luck.fold = s->fold;
    s->luck.cell = s->cell;
    s->luck.n_classes = s->n_classes;
    s->luck.n_told = s->n_told;
    SMP_TRY(shortcut_luck(&s->luck, s->j));
    for (size_t i = 0; i < in->n_sides; i++)
        side_tell(s, i, &found[i]);
    return SMP_OK;
}

enum smp_status smp_shortcut(const struct smp_shortcut_in *in, struct smp_shortcut *found)
{
    struct searching s = {.in = in};
    enum smp_status e = in_check(in);

    if (!e) none_found(in, found);
    if (!e) e = search(&s, found);
    free(s.y);
    free(s.class);
    free(s.cell);
    free(s.fold);
    free(s.j);
    free(s.model_j);
    shortcut_luck_free(&s.luck);
    return e;
}
